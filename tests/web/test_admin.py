"""The admins' page in a real browser, with the whole program: figures, allowances, budget, log."""

import asyncio
import csv
import time
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Route, expect
from playwright.async_api import Page as Tab

from quotas.ledger import Ledger
from quotas.records import Close, Defaults, Reservation
from tests.fakes.program import Program, imagine, query_rows
from tests.web.browser import need_chromium, open_tab, tab_at
from tests.web.test_access import AXE, find_barriers

need_chromium()
pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "<img src=x onerror=alert(1)>"
FORMULA = "=HYPERLINK(1)"
PRICE = 60_000  # micro-dollars for a picture
# One workspace for each test, so that no test disturbs another.
SHOPS = [f"discord:{number}" for number in range(1, 9)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """Run a bot that has drawn for people with dangerous names."""
    folder = tmp_path_factory.mktemp("admin")
    data = folder / "imagine-data"
    data.mkdir(mode=0o700)
    ledger = await Ledger.open(data, Defaults())
    for shop in SHOPS:
        for person, name in (("discord:1", HOSTILE), ("discord:2", FORMULA), ("discord:3", "Ann")):
            await _add_job(ledger, shop, person, name)
    await ledger.close()
    async with Program(folder) as program:
        yield await program.ready()


async def _add_job(ledger: Ledger, workspace: str, person: str, name: str) -> None:
    request = f"{workspace} {person}"
    reserved = await ledger.jobs.reserve(
        Reservation(
            request_id=request,
            workspace=workspace,
            channel="discord:7",
            person=person,
            name=name,
            tier="standard",
            model="imagen-4-0",
            quality="",
            ratio="1:1",
            images=4,
            official_micros=40_000,
            unit_micros=PRICE,
            multiplier="1.5",
            price_since="2026-01-01",
            origin="imagine",
            request="{}",
            platform="discord",
            address="{}",
        )
    )
    job = reserved.job.id  # type: ignore[union-attr]
    await ledger.jobs.start(job)
    await ledger.jobs.settle(job, Close(images=4, charge_micros=4 * PRICE, cost_micros=4 * PRICE))
    await ledger.jobs.deliver(job, "discord", "7", "", "{}")


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, program: Program) -> AsyncIterator[Tab]:
    async with tab_at(browser, f"{program.url}/admin") as tab:
        yield tab


async def work_in(tab: Tab, workspace: str, view: str) -> None:
    await tab.get_by_label("Workspace", exact=True).select_option(workspace)
    await open_tab(tab, view)


def answer(tab: Tab) -> Locator:
    return tab.locator("#answer article")


def form(tab: Tab) -> Locator:
    return tab.get_by_role("dialog")


def row(tab: Tab, name: str, text: str) -> Locator:
    return tab.get_by_role("region", name=name).get_by_role("row").filter(has_text=text)


async def test_an_allowance_is_set_listed_logged_changed_and_undone(tab: Tab) -> None:
    await work_in(tab, SHOPS[0], "Allowances")
    await expect(tab.get_by_text("Nothing is set here")).to_be_visible()
    await tab.get_by_role("button", name="Set…", exact=True).click()
    await form(tab).get_by_label("For", exact=True).select_option("One person")
    await form(tab).get_by_label("Person").fill("@ann")
    await form(tab).get_by_label("Images per day").fill("5")
    await form(tab).get_by_label("Money per day").fill("2.50")
    await form(tab).get_by_label("fast").check()
    await form(tab).get_by_label("standard").check()
    await form(tab).get_by_label("Reason").fill("a trial --tiers ultra")

    await form(tab).get_by_role("button", name="Preview").click()
    await expect(form(tab).get_by_role("alert")).to_contain_text("Nothing was changed")
    await expect(tab.get_by_text("Nothing is set here")).to_be_visible()
    await form(tab).get_by_role("button", name="Set", exact=True).click()
    await expect(form(tab)).to_be_hidden()
    await expect(answer(tab)).to_contain_text("Ann: ")
    await expect(answer(tab)).to_be_focused()
    ann_row = row(tab, "Allowances set here", "Ann")
    await expect(ann_row).to_contain_text("$2.50")
    await expect(ann_row).to_contain_text("fast, standard")

    await ann_row.get_by_role("button", name="Change").click()
    await expect(form(tab).get_by_label("Person")).to_have_value("discord:3")
    await expect(form(tab).get_by_label("Money per day")).to_have_value("2.50")
    await expect(form(tab).get_by_label("ultra")).not_to_be_checked()
    await form(tab).get_by_label("Images per day").fill("unlimited")
    await form(tab).get_by_role("button", name="Set", exact=True).click()
    await expect(row(tab, "Allowances set here", "unlimited")).to_be_visible()

    await open_tab(tab, "Log")
    entries = tab.get_by_role("region", name="The newest changes").get_by_role("row")
    await expect(entries).to_have_count(3)
    await expect(entries.nth(2)).to_contain_text("a trial --tiers ultra")
    await entries.nth(1).get_by_role("button", name="Undo").click()
    await form(tab).get_by_label("Reason").fill("too much")
    await form(tab).get_by_role("button", name="Undo").click()
    await expect(answer(tab).get_by_role("heading")).to_contain_text("Shall I")
    await expect(entries).to_have_count(3)
    await answer(tab).get_by_role("button", name="Confirm").click()
    await expect(answer(tab)).to_contain_text("To take it back: /quotas undo")
    await expect(entries).to_have_count(4)
    await expect(entries.nth(1)).to_contain_text("undo")
    await tab.get_by_label("About").fill("@nobody-of-that-name")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#entries")).to_contain_text("nobody-of-that-name")
    await tab.get_by_label("About").fill("ann")
    await tab.get_by_role("button", name="Show").click()
    await expect(entries).to_have_count(4)
    await open_tab(tab, "Allowances")
    await expect(row(tab, "Allowances set here", "Ann")).not_to_contain_text("unlimited")


async def test_a_refused_form_stays_open_with_the_reason(tab: Tab) -> None:
    await work_in(tab, SHOPS[1], "Allowances")
    await tab.get_by_role("button", name="Set…", exact=True).click()
    images = form(tab).get_by_label("Images per day")
    await images.fill("many")
    await images.press("Enter")
    await expect(form(tab).get_by_role("alert")).to_contain_text("many")
    await expect(images).to_have_value("many")
    await images.fill("7")
    await images.press("Enter")
    await expect(row(tab, "Allowances set here", "7")).to_be_visible()


async def test_a_form_sent_by_two_clicks_is_one_request(tab: Tab) -> None:
    await work_in(tab, SHOPS[7], "Allowances")
    await tab.get_by_role("button", name="Set…", exact=True).click()
    await form(tab).get_by_label("Images per day").fill("7")
    bodies: list[str | None] = []
    clicked = asyncio.Event()

    async def hold(route: Route) -> None:
        bodies.append(route.request.post_data)
        await clicked.wait()
        await route.continue_()

    await tab.route("**/api/admin/command", hold)
    await form(tab).get_by_role("button", name="Set", exact=True).dblclick()
    clicked.set()
    await expect(row(tab, "Allowances set here", "7")).to_be_visible()
    assert len([each for each in bodies if '"7"' in (each or "")]) == 1


async def test_a_pause_asks_first_and_ends_by_resume(tab: Tab) -> None:
    await work_in(tab, SHOPS[2], "Allowances")
    await tab.get_by_role("button", name="Pause…").click()
    await form(tab).get_by_label("Reason").fill("the audit")
    await form(tab).get_by_role("button", name="Pause").click()
    await expect(answer(tab).get_by_role("heading")).to_contain_text("Shall I")
    await answer(tab).get_by_role("button", name="Leave it as it is").click()
    await expect(answer(tab)).to_have_count(0)
    await expect(tab.get_by_text("Nothing is set here")).to_be_visible()

    await tab.get_by_role("button", name="Pause…").click()
    await form(tab).get_by_label("Reason").press("Enter")
    confirm = answer(tab).get_by_role("button", name="Confirm")
    await confirm.dblclick()
    paused = row(tab, "Allowances set here", "paused")
    await expect(paused).to_be_visible()
    await paused.get_by_role("button", name="Resume").click()
    await form(tab).get_by_role("button", name="Resume").click()
    await expect(tab.get_by_text("Nothing is set here")).to_be_visible()


async def test_a_budget_is_set_and_its_state_is_shown(tab: Tab) -> None:
    await work_in(tab, SHOPS[3], "Spending")
    await expect(tab.get_by_text("Held", exact=True)).to_be_visible()
    await tab.get_by_role("button", name="Change budget…").click()
    await form(tab).get_by_label("Money per month").fill("1,200.50")
    await form(tab).get_by_label("At end").select_option("cheaper")
    await form(tab).get_by_role("button", name="Change budget").click()
    await expect(tab.locator("#budget")).to_contain_text("$1,200.50")
    await expect(tab.locator("#budget")).to_contain_text("$0.72")


async def test_spending_is_broken_down_and_exported_and_names_are_only_text(tab: Tab, tmp_path: Path) -> None:
    await work_in(tab, SHOPS[4], "Spending")
    figures = tab.locator("#figures")
    await expect(figures.get_by_role("heading")).to_contain_text("$0.72")
    await expect(figures.get_by_role("img")).to_be_visible(timeout=30_000)  # after the one before it
    await tab.get_by_label("By", exact=True).select_option("person")
    for name in (HOSTILE, FORMULA, "Ann"):
        await expect(figures.get_by_role("row").filter(has_text=name)).to_contain_text("$0.24")
    assert await figures.locator("[onerror]").count() == 0
    async with tab.expect_download() as started:
        await tab.get_by_role("button", name="Download CSV").click()
    download = await started.value
    assert download.suggested_filename.endswith(".csv")
    await download.save_as(tmp_path / "usage.csv")
    with (tmp_path / "usage.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert sum(int(line["charge_micros"]) for line in lines) == 12 * PRICE
    assert FORMULA not in {line["name"] for line in lines}

    day = time.strftime("%Y-%m-%d", time.gmtime())
    await tab.get_by_label("When").select_option("from … to …")
    await tab.get_by_label("From").fill("2026-01-01")
    await tab.get_by_label("To", exact=True).fill("2026-01-31")
    await expect(figures).to_contain_text("$0.00")
    await tab.get_by_label("From").fill(day)
    await tab.get_by_label("To", exact=True).fill(day)
    await expect(figures.get_by_role("heading")).to_contain_text("$0.72")


async def test_a_chart_that_waits_for_another_comes_by_itself(tab: Tab) -> None:
    charts: list[object] = []

    async def leave_out(route: Route) -> None:
        if charts or '"usage"' not in (route.request.post_data or ""):
            return await route.continue_()
        answer = await route.fetch()
        body = await answer.json()
        charts.append(body["reply"]["chart"])
        body["reply"]["chart"] = None
        return await route.fulfill(response=answer, json=body)

    await work_in(tab, SHOPS[4], "Log")
    await tab.route("**/api/admin/command", leave_out)
    await tab.get_by_role("tab", name="Spending").click()
    await expect(tab.locator("#figures").get_by_role("img")).to_be_visible(timeout=30_000)
    assert len(charts) == 1
    await tab.unroute_all(behavior="ignoreErrors")


async def test_the_whole_bot_is_a_workspace_of_its_own(tab: Tab, program: Program) -> None:
    await work_in(tab, "*", "Spending")
    total = (await imagine(program.folder, "usage", "--json")).json["totals"]["charge_micros"]
    await expect(tab.locator("#figures").get_by_role("heading")).to_contain_text(f"${total / 1e6:.2f}")
    await open_tab(tab, "Allowances")
    await tab.get_by_role("button", name="Set…", exact=True).click()
    await form(tab).get_by_label("For", exact=True).select_option("The whole bot")
    await form(tab).get_by_label("Money per month").fill("500")
    await form(tab).get_by_role("button", name="Set", exact=True).click()
    await expect(row(tab, "Allowances set here", "$500.00")).to_be_visible()
    await row(tab, "Allowances set here", "$500.00").get_by_role("button", name="Remove").click()
    await form(tab).get_by_role("button", name="Remove").click()
    await answer(tab).get_by_role("button", name="Confirm").click()
    await expect(tab.get_by_text("Nothing is set here")).to_be_visible()


async def test_a_lost_connection_says_so_and_the_same_form_sent_again_is_one_change(
    browser: Browser, program: Program
) -> None:
    tab = await browser.new_page()
    await tab.clock.install()
    await tab.goto(f"{program.url}/admin")
    await work_in(tab, SHOPS[5], "Allowances")
    await tab.get_by_role("button", name="Set…", exact=True).click()
    await form(tab).get_by_label("Images per day").fill("9")

    async def cut(route: Route) -> None:
        if '"usage"' in (route.request.post_data or ""):  # a report's second look for its chart
            return await route.continue_()
        await route.fetch()
        return await route.abort()  # the server did it, but its answer is lost

    await tab.route("**/api/admin/command", cut)
    async with tab.expect_event("requestfailed"):
        await form(tab).get_by_role("button", name="Set", exact=True).click()
    for _ in range(3):  # once for each retry
        async with tab.expect_event("requestfailed"):
            await tab.clock.run_for(4_000)
    await expect(form(tab).get_by_role("alert")).to_contain_text("cannot be reached")
    await tab.unroute_all()
    await form(tab).get_by_role("button", name="Set", exact=True).click()
    await expect(row(tab, "Allowances set here", "9")).to_be_visible()
    verbs = query_rows(program.folder, "SELECT verb FROM entries WHERE workspace = ?", SHOPS[5])
    assert [each[0] for each in verbs] == ["set"]
    await tab.close()


async def test_a_form_is_reached_and_left_by_keyboard_alone(tab: Tab) -> None:
    await tab.get_by_role("tab", name="Spending").focus()
    await tab.keyboard.press("ArrowRight")
    await expect(tab.get_by_role("tab", name="Allowances")).to_be_focused()
    await tab.keyboard.press("Tab")
    for _ in range(4):
        if await tab.evaluate("document.activeElement.textContent") == "Set…":
            break
        await tab.keyboard.press("Tab")
    await tab.keyboard.press("Enter")
    await expect(form(tab)).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(form(tab)).to_be_hidden()
    await expect(tab.get_by_role("button", name="Set…", exact=True)).to_be_focused()


async def test_no_view_has_a_serious_barrier_or_scrolls_sideways_on_a_phone(
    browser: Browser, program: Program
) -> None:
    tab = await browser.new_page(viewport={"width": 360, "height": 740})
    await tab.goto(f"{program.url}/admin")
    await tab.evaluate(resources.files(AXE).joinpath("axe.min.js").read_text(encoding="utf-8"))
    await work_in(tab, SHOPS[6], "Allowances")
    await tab.get_by_role("button", name="Block…", exact=True).click()
    await form(tab).get_by_label("For", exact=True).select_option("One person")
    await form(tab).get_by_label("Person").fill("discord:1")
    await form(tab).get_by_label("Reason").fill("x" * 200)
    assert await find_barriers(tab) == []
    await form(tab).get_by_role("button", name="Block").click()
    await expect(row(tab, "Allowances set here", HOSTILE)).to_be_visible()
    for view, text in (("Spending", "Held"), ("Allowances", HOSTILE), ("Log", "xxxxx")):
        await open_tab(tab, view)
        await expect(tab.get_by_role("tabpanel").get_by_text(text).first).to_be_visible()
        assert await find_barriers(tab) == []
        assert await tab.evaluate("document.documentElement.scrollWidth") == 360
    await tab.close()
