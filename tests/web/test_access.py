"""The page is accessible in every state, as axe-core checks it, and respects reduced motion."""

import os
from collections.abc import AsyncIterator
from importlib import resources
from importlib.util import find_spec
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, expect
from playwright.async_api import Page as Tab

from tests.bot.references.pictures import encode, photo
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.workbench import FakeWorkbench
from tests.web.browser import draw, need_chromium, open_tab, pictures, prompt
from tests.web.conftest import COMMANDS, Page, serving

need_chromium()
AXE = "axe_playwright_python"  # the package that contains axe-core
if find_spec(AXE) is None and not os.environ.get("CI"):
    pytest.skip("no axe-core: pip install axe-playwright-python", allow_module_level=True)
pytestmark = pytest.mark.asyncio(loop_scope="module")
SERIOUS = ("serious", "critical")


@pytest_asyncio.fixture(loop_scope="module")
async def playground(store: MemoryKeyValue) -> AsyncIterator[Page]:
    previews = {"discord": lambda card: {"type": type(card).__name__}}
    async with serving(store, commands=COMMANDS, workbench=FakeWorkbench(), previews=previews) as page:
        yield page


async def find_barriers(tab: Tab) -> list[tuple[str, str, str]]:
    """List what axe-core finds serious. Of the dark scheme it checks the colours: nothing else differs."""
    barriers: list[tuple[str, str, str]] = []
    for scheme, options in (("light", ""), ("dark", "{runOnly: ['color-contrast']}")):
        await tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        result: dict[str, Any] = await tab.evaluate(f"axe.run({options})")
        assert result["passes"]
        for each in result["violations"]:
            barriers += [
                (scheme, each["id"], node["html"][:200])
                for node in each["nodes"]
                if each["impact"] in SERIOUS
            ]
    return barriers


async def test_no_state_of_the_page_has_a_serious_barrier(browser: Browser, playground: Page) -> None:
    tab = await browser.new_page()
    await tab.goto(playground.adapter.url)
    axe = resources.files(AXE).joinpath("axe.min.js").read_text(encoding="utf-8")
    await tab.evaluate(axe)  # not as an inline script, which the page's policy forbids
    await expect(tab.get_by_role("heading", name="What would you like to see?")).to_be_visible()
    assert await find_barriers(tab) == []
    await draw(tab, "a red fox")
    await expect(tab.get_by_text("queued 1st")).to_be_visible()
    [job] = playground.core.headers
    await playground.core.move(job, 0.5)
    await expect(tab.get_by_role("progressbar")).to_be_visible()
    assert await find_barriers(tab) == []
    await playground.core.deliver(job)
    await expect(pictures(tab)).to_have_count(4)
    for line in ("please refuse", "/tiers", "/usage"):
        await draw(tab, line)
    await expect(tab.get_by_role("article")).to_have_count(4)
    await tab.get_by_role("button", name="Options").click()
    await tab.get_by_label("Gateway", exact=True).select_option("slow")
    assert await find_barriers(tab) == []
    await prompt(tab).press_sequentially("a fox --")
    await expect(tab.get_by_role("listbox")).to_be_visible()
    assert await find_barriers(tab) == []
    await tab.get_by_role("button", name="Edit prompt").click()
    assert await find_barriers(tab) == []
    await tab.keyboard.press("Escape")
    await tab.get_by_role("button", name="Picture 2").click()
    await expect(tab.get_by_role("dialog", name="Picture 2 of 4")).to_be_visible()
    assert await find_barriers(tab) == []
    await tab.keyboard.press("Escape")
    await tab.get_by_role("button", name="(1 of 4)").click()
    assert await find_barriers(tab) == []
    await tab.keyboard.press("Escape")
    await draw(tab, "/compare a red fox")
    await playground.core.deliver(list(playground.core.headers)[-1])
    await expect(tab.get_by_role("list", name="Tiers side by side")).to_be_visible()
    assert await find_barriers(tab) == []
    async with tab.expect_file_chooser() as choosing:
        await tab.get_by_role("button", name="Add pictures").click()
    fox = encode(photo())
    files: list[FilePayload] = [
        {"name": name, "mimeType": "image/png", "buffer": data}
        for name, data in (("fox.png", fox), ("two.png", fox), ("page.png", b"<html>"))
    ]
    await (await choosing.value).set_files(files)
    await expect(tab.get_by_role("alert")).to_contain_text("page.png isn't a picture")
    assert await find_barriers(tab) == []
    await tab.get_by_role("button", name="Mask").click()
    await expect(tab.get_by_role("dialog").get_by_role("img")).to_be_visible()
    await tab.get_by_role("dialog").get_by_role("img").click()
    assert await find_barriers(tab) == []
    await tab.get_by_role("button", name="Done").click()
    await expect(tab.get_by_role("button", name="Remove mask")).to_be_visible()
    assert await find_barriers(tab) == []
    for name, text in (("Ledger", "In all"), ("Inspector", "Discord")):
        await open_tab(tab, name)
        await expect(tab.get_by_role("tabpanel").get_by_text(text)).to_be_visible()
        assert await find_barriers(tab) == []
    await tab.close()


async def test_nothing_moves_under_reduced_motion(browser: Browser, playground: Page) -> None:
    tab = await browser.new_page(reduced_motion="reduce")
    await tab.goto(playground.adapter.url)
    await draw(tab, "a red fox")
    await expect(tab.get_by_text("queued 1st")).to_be_visible()
    [job] = playground.core.headers
    await playground.core.move(job, 0.5)
    await expect(tab.locator(".ghost")).to_have_count(4)
    await tab.evaluate("new Promise(requestAnimationFrame)")
    assert await tab.evaluate("document.getAnimations().length") == 0
    await tab.emulate_media(reduced_motion="no-preference")
    assert await tab.evaluate("document.getAnimations().length") > 0
    await tab.close()
