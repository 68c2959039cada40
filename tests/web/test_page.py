"""The page itself in a real browser: a person who draws, repeats, reacts, deletes, reloads."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from playwright.async_api import Page as Tab

from tests.fakes.core import ScriptedCore
from tests.fakes.keep import MemoryKeep
from tests.web.conftest import Page, serving

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--no-first-run"]
if not CHROMIUM.exists() and not os.environ.get("CI"):
    pytest.skip(f"the browser tests need {CHROMIUM}", allow_module_level=True)
pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all of them
expect.set_options(timeout=10_000)


@pytest_asyncio.fixture(loop_scope="module")
async def playground(keep: MemoryKeep) -> AsyncIterator[Page]:
    choices = {"tier": ["fast", "standard"], "ratio": ["1:1", "16:9"], "variants": ["1", "2", "3", "4"]}
    async with serving(keep, ScriptedCore(draws_at_once=True), choices=choices) as page:
        yield page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, playground: Page) -> AsyncIterator[Tab]:
    """A fresh page; whatever it complains about on its console fails the test."""
    tab = await browser.new_page()
    complaints: list[str] = []
    tab.on(
        "console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None
    )
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    await tab.goto(playground.adapter.url)
    yield tab
    await tab.close()
    assert complaints == []


def gallery(tab: Tab, prompt: str) -> object:
    return tab.get_by_role("article").filter(has_text=prompt).filter(has=tab.get_by_role("img"))


async def draw(tab: Tab, prompt: str) -> None:
    await tab.get_by_label("Prompt", exact=True).fill(prompt)
    await tab.get_by_role("button", name="Draw", exact=True).click()


async def test_a_person_draws_repeats_reacts_reloads_and_deletes(tab: Tab, playground: Page) -> None:
    log = tab.get_by_role("log")
    await draw(tab, "a red fox <img src=x onerror=alert(1)>")
    await expect(log.get_by_role("img")).to_have_count(4)
    await expect(log.get_by_role("img").first).to_have_js_property("naturalWidth", 512)
    await expect(log.locator("blockquote")).to_have_text("a red fox <img src=x onerror=alert(1)>")
    await expect(tab.get_by_label("Prompt", exact=True)).to_be_focused()

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
    [slow] = [job for job, head in playground.core.heads.items() if head.prompt == "a slow fox"]
    await playground.core.move(slow, 0.5)
    await expect(log.get_by_text("drawing, 10 s of about 20 s")).to_be_visible()
    await expect(tab.get_by_role("progressbar")).to_have_js_property("value", 0.5)
    await playground.core.deliver(slow)
    await expect(log.get_by_role("img")).to_have_count(16)

    await tab.get_by_role("button", name="Details").first.click()
    await expect(tab.get_by_role("heading", name="Details")).to_be_in_viewport()
    await tab.get_by_role("button", name="Dismiss").click()
    for left in (3, 2, 1, 0):
        await tab.get_by_role("button", name="Delete").first.click()
        await expect(log.locator(".delivered")).to_have_count(left)
    await expect(log.get_by_text("Deleted.")).to_have_count(4)


async def test_refusals_and_reports_are_private_and_can_be_dismissed(tab: Tab, playground: Page) -> None:
    log = tab.get_by_role("log")
    await tab.get_by_label("Prompt", exact=True).fill("please refuse")
    await tab.keyboard.press("Enter")
    await expect(log.get_by_text("2 left, and this asks for 4")).to_be_visible()
    await expect(log.get_by_text("Only you can see this")).to_be_visible()
    await tab.keyboard.type("/tiers 100")
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("table").get_by_role("row")).to_have_count(3)
    for left in (1, 0):
        await tab.get_by_role("button", name="Dismiss").first.click()
        await expect(log.get_by_role("article")).to_have_count(left)
    await expect(tab.get_by_role("heading", name="What would you like to see?")).to_be_visible()


async def test_an_example_is_one_press_away_and_edit_is_prefilled(tab: Tab, playground: Page) -> None:
    await tab.get_by_role("button", name="a red fox asleep").click()
    await tab.get_by_role("button", name="Edit prompt").click()
    form = tab.get_by_role("dialog")
    await expect(form.get_by_label("What to draw")).to_have_value(
        "a red fox asleep in fresh snow, soft morning light"
    )
    await form.get_by_label("What to draw").fill("a blue fox")
    await form.get_by_label("Variants").select_option("2")
    await form.get_by_role("button", name="Draw this").click()
    await expect(gallery(tab, "a blue fox").get_by_role("img")).to_have_count(2)


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


async def test_a_lost_connection_is_told_and_mended(browser: Browser, keep: MemoryKeep) -> None:
    tab = await browser.new_page()
    async with serving(keep) as first:
        port = first.adapter.port
        await tab.goto(first.adapter.url)
        await draw(tab, "a patient fox")
        await expect(tab.get_by_role("log").get_by_text("queued 1st")).to_be_visible()
    await expect(tab.get_by_role("status")).to_contain_text("Connection lost")
    async with serving(keep, port=port) as second:
        await expect(tab.get_by_role("status")).to_be_empty()
        second.core.heads, second.core.refs = first.core.heads, first.core.refs
        await second.core.deliver("JOB0000000000")
        await expect(tab.get_by_role("log").get_by_role("img")).to_have_count(4)


async def test_the_login_form_lets_a_browser_in(browser: Browser, keep: MemoryKeep) -> None:
    async with serving(keep, token="sesame") as playground:
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
