"""The page in a real browser: a person draws, repeats, reacts, deletes and reloads."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from playwright.async_api import Page as Tab

from bot.port.requests import Imagine
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.workbench import FakeWorkbench
from tests.web.browser import draw, need_chromium, open_tab, pictures, prompt, tab_at
from tests.web.conftest import COMMANDS, Page, serving

need_chromium()
pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all tests


@pytest_asyncio.fixture(loop_scope="module")
async def playground(store: MemoryKeyValue) -> AsyncIterator[Page]:
    async with serving(
        store, ScriptedCore(draws_at_once=True), commands=COMMANDS, workbench=FakeWorkbench()
    ) as page:
        yield page


async def test_a_person_draws_repeats_reacts_reloads_and_deletes(tab: Tab, playground: Page) -> None:
    log = tab.get_by_role("log")
    await draw(tab, "a red fox <img src=x onerror=alert(1)>")
    await expect(log.get_by_role("img")).to_have_count(4)
    await expect(log.get_by_role("img").first).to_have_js_property("naturalWidth", 512)
    await expect(log.locator("blockquote")).to_have_text("a red fox <img src=x onerror=alert(1)>")
    await expect(prompt(tab)).to_be_focused()

    await tab.get_by_role("button", name="Again").click()
    await expect(log.get_by_role("article")).to_have_count(2)

    await tab.get_by_role("button", name="React 🔁").first.click()
    await expect(log.get_by_role("article")).to_have_count(3)
    await expect(tab.get_by_role("button", name="React 🔁", pressed=True)).to_have_count(1)

    playground.core.draws_at_once = False
    await draw(tab, "a slow fox")
    await expect(log.get_by_text("queued 1st")).to_be_visible()
    await tab.reload()
    await expect(log.get_by_role("article")).to_have_count(4)
    await expect(tab.get_by_role("button", name="React 🔁", pressed=True)).to_have_count(1)
    [slow] = [job for job, head in playground.core.headers.items() if head.prompt == "a slow fox"]
    await playground.core.move(slow, 0.5)
    await expect(log.get_by_text("drawing, 10 s of about 20 s")).to_be_visible()
    await expect(tab.get_by_role("progressbar")).to_have_js_property("value", 0.5)
    await playground.core.deliver(slow)
    await expect(log.get_by_role("img")).to_have_count(16)

    await tab.get_by_role("button", name="Details").first.click()
    await expect(tab.get_by_role("heading", name="Details")).to_be_in_viewport()
    await tab.get_by_role("button", name="Dismiss").click()
    for count in (3, 2, 1, 0):
        await tab.get_by_role("button", name="Delete").first.click()
        await expect(log.locator(".delivered")).to_have_count(count)
    await expect(log.get_by_text("Deleted.")).to_have_count(4)


async def test_refusals_and_reports_are_private_and_can_be_dismissed(tab: Tab, playground: Page) -> None:
    log = tab.get_by_role("log")
    await prompt(tab).fill("please refuse")
    await tab.keyboard.press("Enter")
    await expect(log.get_by_text("2 left, and this asks for 4")).to_be_visible()
    await expect(log.get_by_text("Only you can see this")).to_be_visible()
    await tab.keyboard.type("/tiers 100")
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("table").get_by_role("row")).to_have_count(3)
    for count in (1, 0):
        await tab.get_by_role("button", name="Dismiss").first.click()
        await expect(log.get_by_role("article")).to_have_count(count)
    await expect(tab.get_by_role("heading", name="What would you like to see?")).to_be_visible()


async def test_an_example_can_be_pressed_and_edit_is_prefilled(tab: Tab, playground: Page) -> None:
    await tab.get_by_role("button", name="a red fox asleep").click()
    await tab.get_by_role("button", name="Edit prompt").click()
    form = tab.get_by_role("dialog")
    await expect(form.get_by_label("What to draw")).to_have_value(
        "a red fox asleep in fresh snow, soft morning light"
    )
    await form.get_by_label("What to draw").fill("a blue fox")
    await form.get_by_label("Variants").select_option("2")
    await form.get_by_role("button", name="Draw this").click()
    await expect(pictures(tab, "a blue fox")).to_have_count(2)


async def test_the_viewer_works_by_keyboard_and_gives_the_focus_back(tab: Tab, playground: Page) -> None:
    await draw(tab, "a red fox")
    second = tab.get_by_role("button", name="a red fox (2 of 4)")
    await second.press("Enter")
    viewer = tab.get_by_role("dialog")
    await expect(viewer.get_by_text("2 of 4", exact=True)).to_be_visible()
    await tab.keyboard.press("ArrowRight")
    await expect(viewer.get_by_role("img", name="(3 of 4)")).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(second).to_be_focused()


@pytest.mark.parametrize(
    ("width", "columns", "ratio"), [(1280, 4, "16:9"), (390, 2, "16:9"), (320, 2, "1:1")]
)
async def test_a_comparison_shows_its_tiers_side_by_side(
    tab: Tab, playground: Page, width: int, columns: int, ratio: str
) -> None:
    await tab.set_viewport_size({"width": width, "height": 800})
    await tab.get_by_role("button", name="Options", exact=True).click()
    await tab.get_by_label("Ratio", exact=True).select_option(ratio)
    await draw(tab, "/compare a red fox --tiers fast,standard,ultra,gpt")
    tiers = tab.get_by_role("list", name="Tiers side by side").get_by_role("listitem")
    await expect(tiers).to_have_count(4)
    texts = [await tier.inner_text() for tier in await tiers.all()]
    assert [[line for line in text.splitlines() if line not in ("", "Edit this")] for text in texts] == [
        ["Imagen 4 Fast", "3 s · $0.03"],
        ["Imagen 4 Standard", "4 s · $0.04"],
        ["Rejected by its safety filter", "Imagen 4 Ultra"],
        ["GPT-Image-2", "6 s · $0.06"],
    ]
    boxes = [await tier.bounding_box() for tier in await tiers.all()]
    tops = [round(box["y"]) for box in boxes if box]
    assert tops.count(tops[0]) == columns
    assert await tab.evaluate("log.scrollWidth <= log.clientWidth")
    await expect(tiers.get_by_role("img")).to_have_count(3)
    (request,) = playground.core.requests
    assert isinstance(request, Imagine)
    assert (request.command, request.options) == ("compare", {"ratio": ratio})
    await expect(tiers.nth(3).get_by_role("img")).to_have_attribute("alt", "GPT-Image-2: 6 s · $0.06")


async def test_a_comparisons_originals_and_its_sheet_are_enlarged_by_keyboard(
    tab: Tab, playground: Page
) -> None:
    await draw(tab, "/compare a red fox")
    second = tab.get_by_role("button", name="Imagen 4 Standard: 4 s")
    await second.press("Enter")
    viewer = tab.get_by_role("dialog")
    await expect(viewer.get_by_text("2 of 3", exact=True)).to_be_visible()
    await tab.keyboard.press("ArrowRight")
    await expect(viewer.get_by_role("img", name="GPT-Image-2")).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(second).to_be_focused()
    await tab.get_by_role("button", name="All on one sheet").press("Enter")
    await expect(viewer.get_by_text("1 of 4", exact=True)).to_be_visible()
    await expect(viewer.get_by_role("img", name="Imagen 4 Fast; Imagen 4 Standard")).to_be_visible()


async def test_personas_see_their_own_and_a_phone_does_not_scroll_sideways(
    tab: Tab, playground: Page
) -> None:
    await tab.set_viewport_size({"width": 360, "height": 640})
    await draw(tab, "a secret fox --private")
    await draw(tab, "W" * 400)
    await expect(tab.get_by_role("log").get_by_role("img")).to_have_count(8)
    assert await tab.evaluate(
        "document.documentElement.scrollWidth <= innerWidth && log.scrollWidth <= log.clientWidth"
    )
    await tab.get_by_label("Persona").select_option("web:guest")
    await expect(tab.get_by_role("log").get_by_role("img")).to_have_count(4)
    await expect(tab.get_by_text("a secret fox")).to_have_count(0)


async def test_a_lost_connection_is_shown_and_recovers(browser: Browser, store: MemoryKeyValue) -> None:
    tab = await browser.new_page()
    async with serving(store) as first:
        port = first.adapter.port
        await tab.goto(first.adapter.url)
        await draw(tab, "a patient fox")
        await expect(tab.get_by_role("log").get_by_text("queued 1st")).to_be_visible()
    await expect(tab.get_by_role("status")).to_contain_text("Connection lost")
    async with serving(store, port=port) as second:
        await expect(tab.get_by_role("status")).to_be_empty()
        second.core.headers, second.core.message_refs = first.core.headers, first.core.message_refs
        await second.core.deliver("JOB0000000000")
        await expect(tab.get_by_role("log").get_by_role("img")).to_have_count(4)


async def test_the_login_form_lets_a_browser_in(browser: Browser, store: MemoryKeyValue) -> None:
    async with serving(store, token="sesame") as playground:
        tab = await browser.new_page()
        await tab.goto(playground.adapter.url)
        await tab.get_by_label("Access token").fill("wrong")
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_text("That is not the token.")).to_be_visible()
        await tab.get_by_label("Access token").fill("sesame")
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_role("heading", name="What would you like to see?")).to_be_visible()
        other = await (await browser.new_context()).new_page()
        await other.goto(f"{playground.adapter.url}/?token=sesame")
        await expect(other.get_by_role("heading", name="What would you like to see?")).to_be_visible()
        assert "sesame" not in other.url


async def test_a_skipped_day_and_a_mood_reach_every_open_page(
    tab: Tab, browser: Browser, playground: Page
) -> None:
    await draw(tab, "a red fox")
    time = tab.get_by_role("article").get_by_role("time")
    clock_time = await time.inner_text()
    today = await tab.locator("#today").inner_text()
    async with tab_at(browser, playground.adapter.url) as other:
        await tab.get_by_role("button", name="Skip a day", exact=True).click()
        await expect(tab.get_by_role("status")).to_contain_text("It is")
        for each in (tab, other):
            await expect(each.locator("#today")).not_to_have_text(today)
            await expect(each.get_by_role("article").get_by_role("time")).to_have_text(
                f"{today}, {clock_time}"
            )
        await other.get_by_label("Gateway", exact=True).select_option("answers slowly")
        await expect(tab.get_by_label("Gateway", exact=True)).to_have_value("slow")
        await other.get_by_label("Gateway", exact=True).select_option("behaves")
        await expect(tab.get_by_label("Gateway", exact=True)).to_have_value("")


async def test_without_a_workbench_its_controls_are_hidden(browser: Browser, store: MemoryKeyValue) -> None:
    async with serving(store) as playground, tab_at(browser, playground.adapter.url) as tab:
        await expect(tab.get_by_role("button", name="Save transcript")).to_be_visible()
        for name in ("Skip a day", "Gateway"):
            await expect(tab.get_by_text(name)).to_be_hidden()


async def test_the_open_ledger_updates_itself(tab: Tab, playground: Page) -> None:
    await open_tab(tab, "Ledger")
    await expect(tab.get_by_text("Nothing was drawn yet.")).to_be_visible()
    job = (await playground.say("a private fox --private", "web:guest"))["message"]
    await expect(tab.get_by_role("img", name="standard $0.2412")).to_be_visible()
    await playground.core.deliver((await playground.say("a red fox"))["message"])
    await expect(tab.get_by_role("row", name="In all 2 8 $0.4824 $0.4824 $0.000002")).to_be_visible()
    await tab.get_by_label("By", exact=True).select_option("person")
    await expect(tab.get_by_role("row", name="Gale 1 4 $0.2412 $0.2412 $0.000001")).to_be_visible()
    await expect(tab.get_by_role("img", name="Gale $0.2412, Mia $0.2412")).to_be_visible()
    await expect(tab.get_by_text(job)).to_have_count(0)


async def test_a_message_is_inspected_and_copied(tab: Tab, playground: Page) -> None:
    await tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await draw(tab, "an <i>odd</i> fox")
    await draw(tab, "/tiers")
    await tab.get_by_role("button", name="Inspect").first.click()
    card = tab.get_by_role("region", name="Card as JSON")
    await expect(card).to_contain_text('"prompt": "an <i>odd</i> fox"')
    await expect(tab.get_by_text("No platform's payload can be shown")).to_be_visible()
    await tab.get_by_role("button", name="Copy Card").click()
    await expect(tab.get_by_role("button", name="Copy Card")).to_have_text("Copied")
    assert await tab.evaluate("navigator.clipboard.readText()") == await card.inner_text()
    await tab.get_by_label("Message", exact=True).select_option(index=1)
    await expect(card).to_contain_text('"title": "Tiers"')


async def test_a_report_shows_its_chart_and_enlarges_it(tab: Tab, playground: Page) -> None:
    await draw(tab, "/usage")
    chart = tab.get_by_role("button", name="$0.24 on 22 November")
    await expect(chart.get_by_role("img")).to_have_js_property("naturalWidth", 640)
    await chart.click()
    await expect(tab.get_by_role("dialog").get_by_role("img")).to_have_js_property("naturalWidth", 640)


async def test_hints_complete_commands_flags_and_choices_by_keyboard(tab: Tab, playground: Page) -> None:
    hints = tab.get_by_role("listbox", name="Suggestions")
    await prompt(tab).press_sequentially("/")
    await expect(hints.get_by_role("option")).to_have_text(
        ["/imagineDraw", "/quotaWhat is left", "/tiersCompare"]
    )
    field = tab.get_by_role("combobox", name="Prompt", expanded=True)
    for _ in range(2):
        await tab.keyboard.press("ArrowDown")
    await expect(hints.get_by_role("option", selected=True)).to_contain_text("/tiers")
    await expect(field).to_have_attribute("aria-activedescendant", "hint-2")
    await tab.keyboard.press("ArrowDown")  # wraps from the last to the first
    await tab.keyboard.press("Tab")
    await expect(prompt(tab)).to_have_value("/imagine ")
    await expect(hints).to_be_hidden()
    await tab.keyboard.type("a fox --ti")
    await tab.keyboard.press("Enter")
    await expect(prompt(tab)).to_have_value("/imagine a fox --tier ")
    await tab.keyboard.press("ArrowUp")
    await tab.keyboard.press("Enter")
    await expect(prompt(tab)).to_have_value("/imagine a fox --tier standard ")
    await tab.keyboard.type("--")
    await expect(hints.get_by_role("option", name="--tier")).to_have_count(0)
    await hints.get_by_role("option", name="--private").click()
    await expect(prompt(tab)).to_be_focused()
    assert playground.core.requests == []
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("log").get_by_role("img")).to_have_count(4)
    assert playground.core.requests[0].text == "a fox --tier standard --private"  # type: ignore[union-attr]


async def test_hints_do_not_disturb_plain_typing(tab: Tab, playground: Page) -> None:
    hints = tab.get_by_role("listbox", name="Suggestions")
    await prompt(tab).press_sequentially("/quota")  # an admin also has /quotas set, but this persona is none
    await expect(hints).to_be_hidden()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_text("quota:")).to_be_visible()
    await prompt(tab).press_sequentially("a fox --")
    await expect(hints).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(hints).to_be_hidden()
    await tab.keyboard.press("Enter")
    await expect(pictures(tab, "a fox --")).to_have_count(4)
    await tab.get_by_label("Persona").select_option("web:admin")
    await prompt(tab).press_sequentially("/quotas set --tiers a,")
    await expect(hints.get_by_role("option")).to_have_text(["a", "b"])


async def test_the_options_form_is_sent_and_is_dropped_when_closed(tab: Tab, playground: Page) -> None:
    options = tab.get_by_role("button", name="Options", exact=True)
    await expect(tab.get_by_label("Tier", exact=True)).to_have_count(0)
    await options.press("Enter")
    form = tab.get_by_role("group", name="Options")
    for name, value in (("Tier", "fast"), ("Ratio", "16:9"), ("Variants", "2"), ("Quality", "high")):
        await form.get_by_label(name, exact=True).select_option(value)
    await form.get_by_label("Private", exact=True).check()
    await expect(form.get_by_label("Transparent", exact=True)).not_to_be_checked()
    await draw(tab, "a red fox")
    await expect(tab.get_by_role("article")).to_have_count(1)
    await options.click()
    await draw(tab, "another fox")
    await expect(tab.get_by_role("article")).to_have_count(2)
    choices = {"tier": "fast", "ratio": "16:9", "variants": 2, "quality": "high", "private": True}
    assert [each.options for each in playground.core.requests] == [choices, {}]


async def test_an_edit_sends_only_what_was_changed(tab: Tab, playground: Page) -> None:
    await draw(tab, "a red fox")
    for name, value in (("Transparent", "no"), ("Quality", "high"), ("Variants", "4")):
        await tab.get_by_role("button", name="Edit prompt").last.click()
        form = tab.get_by_role("dialog")
        await form.get_by_label(name, exact=True).select_option(value)
        await form.get_by_role("button", name="Draw this").click()
        await expect(tab.get_by_label("Tier", exact=True)).to_have_count(0)
    await expect(tab.get_by_role("article")).to_have_count(4)
    presses = [each.options for each in playground.core.requests[1:]]
    same = {"prompt": "a red fox"}
    assert presses == [{**same, "transparent": False}, {**same, "quality": "high"}, same]


async def test_a_transcript_is_saved(tab: Tab, playground: Page) -> None:
    await draw(tab, "a red fox")
    await expect(pictures(tab)).to_have_count(4)
    async with tab.expect_download() as saving:
        await tab.get_by_role("button", name="Save transcript").click()
    download = await saving.value
    assert download.suggested_filename == "transcript.json"
    assert json.loads((await download.path()).read_text())["steps"][0]["say"] == "a red fox"
