"""Each picture by itself, in a real browser: its dialog, its buttons, and the keyboard."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from playwright.async_api import Page as Tab

from bot.port.cards import Choice, Field, Form
from bot.port.requests import Press
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.web.browser import draw, need_chromium, tab_at
from tests.web.conftest import COMMANDS, Page, serving
from tests.web.test_pictures import FOX, file

need_chromium()
pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all tests


class Core(ScriptedCore):
    """The scripted core, with the form of *Edit*."""

    async def form(self, press: Press) -> Form:
        head = self.headers[press.target]
        tiers = (Choice(value="gpt", label="gpt"), Choice(value="fast", label="fast"))
        fields = (
            Field(name="prompt", label="Prompt", kind="text", value=head.prompt, longest=8_000),
            Field(name="tier", label="Tier", kind="choice", value="gpt", choices=tiers),
            Field(name="mask", label="Mask", kind="picture", value="", longest=1, hint="White may change."),
            Field(name="reference", label="Pictures", kind="picture", value="", longest=3),
        )
        return Form(
            title="Edit prompt",
            submit="Draw",
            verb="edit",
            target=press.target,
            fields=fields,
            index=press.index,
        )


@pytest_asyncio.fixture(loop_scope="module")
async def playground(store: MemoryKeyValue) -> AsyncIterator[Page]:
    async with serving(store, Core(draws_at_once=True), commands=COMMANDS) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, playground: Page) -> AsyncIterator[Tab]:
    async with tab_at(browser, playground.adapter.url) as tab:
        await draw(tab, "a red fox")
        await expect(tab.get_by_role("log").get_by_role("img")).to_have_count(4)
        yield tab


def presses(playground: Page) -> list[tuple[str, int]]:
    return [
        (request.verb, request.index) for request in playground.core.requests if isinstance(request, Press)
    ]


async def test_a_number_opens_its_picture_and_the_keyboard_is_enough(tab: Tab, playground: Page) -> None:
    second = tab.get_by_role("group", name="Each picture").get_by_role("button", name="Picture 2")
    await second.focus()
    await tab.keyboard.press("Enter")
    panel = tab.get_by_role("dialog", name="Picture 2 of 4")
    await expect(panel.get_by_role("img", name="a red fox (2 of 4)")).to_have_js_property("naturalWidth", 512)
    await expect(panel.get_by_role("button")).to_have_text(["Edit", "Vary", "Final · $0.1014", "Close"])
    await tab.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(second).to_be_focused()
    await expect(tab.get_by_role("article")).to_have_count(1)
    assert presses(playground) == [("pick", 2)]


async def test_vary_closes_the_dialog_and_draws_from_that_picture(tab: Tab, playground: Page) -> None:
    await tab.get_by_role("button", name="Picture 3").click()
    await tab.get_by_role("button", name="Vary").click()
    await expect(tab.get_by_role("article")).to_have_count(2)
    await expect(tab.locator("#panel")).to_be_hidden()
    assert presses(playground) == [("pick", 3), ("vary", 3)]


async def test_edit_opens_the_form_that_the_core_made_for_that_picture(tab: Tab, playground: Page) -> None:
    await tab.get_by_role("button", name="Picture 4").click()
    await tab.get_by_role("button", name="Edit", exact=True).click()
    form = tab.get_by_role("dialog", name="Edit prompt")
    await expect(form.get_by_label("Tier")).to_have_value("gpt")
    await form.get_by_label("Prompt").fill("now in snow")
    await form.get_by_role("button", name="Draw").click()
    await expect(tab.locator("blockquote").last).to_have_text("now in snow")
    assert presses(playground) == [("pick", 4), ("edit", 4)]
    (edit,) = [each for each in playground.core.requests if isinstance(each, Press) and each.verb == "edit"]
    assert edit.options == {"prompt": "now in snow", "tier": "gpt"}
    assert playground.core.files == []


async def test_files_of_a_form_are_sent_with_it(tab: Tab, playground: Page) -> None:
    await tab.get_by_role("button", name="Picture 4").click()
    await tab.get_by_role("button", name="Edit", exact=True).click()
    form = tab.get_by_role("dialog", name="Edit prompt")
    await expect(form.get_by_label("Mask")).to_have_accessible_description("White may change.")
    await form.get_by_label("Pictures").set_input_files([file("one.png"), file("two.png")])
    await form.get_by_label("Mask").set_input_files(file("mask.png"))
    await form.get_by_role("button", name="Draw").click()
    await expect(tab.get_by_role("article")).to_have_count(2)
    assert sorted(name for name, _ in playground.core.files) == ["mask.png", "one.png", "two.png"]
    (edit,) = [each for each in playground.core.requests if isinstance(each, Press) and each.verb == "edit"]
    assert edit.options == {"prompt": "a red fox", "tier": "gpt"}
    assert (len(edit.references), edit.mask and edit.mask.name) == (2, "mask.png")


async def test_the_edit_of_a_gallery_takes_files_too(tab: Tab, playground: Page) -> None:
    await tab.get_by_role("button", name="Edit prompt").click()
    editor = tab.get_by_role("dialog", name="Edit and draw again")
    boxes = [await editor.get_by_label(label).bounding_box() for label in ("Pictures to work from", "Mask")]
    first, second = (box for box in boxes if box)
    assert second["y"] >= first["y"] + first["height"], "one below the other"
    await editor.get_by_label("Pictures to work from").set_input_files(file("fox.png"))
    await editor.get_by_role("button", name="Draw this").click()
    await expect(tab.get_by_role("article")).to_have_count(2)
    assert playground.core.files == [("fox.png", FOX)]


async def test_download_gives_the_file_of_the_store_under_its_name(tab: Tab, playground: Page) -> None:
    await tab.get_by_role("button", name="Picture 2").click()
    async with tab.expect_download() as download:
        await tab.get_by_role("link", name="Download").click()
    file = await download.value
    (job,) = playground.core.headers
    assert file.suggested_filename == f"{job}-2.png"
    assert (await file.path()).read_bytes() == await playground.core.picture(f"{job}-2")


async def test_one_picture_has_no_row(tab: Tab, playground: Page) -> None:
    (job,) = playground.core.headers
    playground.core.headers[job] = replace(playground.core.headers[job], images=1)
    await playground.core.deliver(job)
    await expect(tab.get_by_role("log").get_by_role("img")).to_have_count(1)
    await expect(tab.get_by_role("group", name="Each picture")).to_have_count(0)
