"""Pictures as input, in a real browser: choose, drop, paste, take from a message, paint a mask."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, FilePayload, Locator, expect
from playwright.async_api import Page as Tab

from tests.bot.references.pictures import encode, gps, photo
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.program import Program
from tests.web.browser import draw, need_chromium, pictures, prompt, tab_at
from tests.web.conftest import COMMANDS, Page, serving
from tests.web.test_story import QUICK

need_chromium()
pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all tests
FOX = encode(photo())
BIG_GAP = 200  # of 255: a painted pixel is told from one that JPEG moved
# Gives the page files, as a person who drops or pastes them; `text`: what comes beside them.
HAND_OVER = """([kind, files, text]) => {
  const data = new DataTransfer();
  for (const { name, bytes } of files) {
    data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  }
  if (text) data.setData("text/plain", text);
  const rest = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, ...rest })
    : new DragEvent(kind, { dataTransfer: data, ...rest });
  document.querySelector("#prompt").dispatchEvent(event);
  return event.defaultPrevented;
}"""


@pytest_asyncio.fixture(loop_scope="module")
async def playground(store: MemoryKeyValue) -> AsyncIterator[Page]:
    async with serving(store, ScriptedCore(draws_at_once=True), commands=COMMANDS) as page:
        yield page


def file(name: str, data: bytes = FOX, kind: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


async def choose(tab: Tab, *files: FilePayload, button: str = "Add pictures") -> None:
    async with tab.expect_file_chooser() as choosing:
        await tab.get_by_role("button", name=button).press("Enter")
    await (await choosing.value).set_files(list(files))


async def hand_over(tab: Tab, kind: str, *names: str, text: str = "") -> bool:
    files = [{"name": name, "bytes": list(FOX)} for name in names]
    prevented: bool = await tab.evaluate(HAND_OVER, [kind, files, text])
    return prevented


def attached(tab: Tab) -> Locator:
    return tab.get_by_role("list", name="Pictures to draw from").get_by_role("listitem").locator(".name")


def canvas(tab: Tab) -> Locator:
    return tab.get_by_role("dialog").get_by_role("img", name="to paint on")


async def paint(tab: Tab, left: float, top: float, right: float, bottom: float) -> None:
    """Paint a line between two places of the picture, given as shares of its sides."""
    await expect(canvas(tab)).to_be_visible()
    box = await canvas(tab).bounding_box()
    assert box
    await tab.mouse.move(box["x"] + box["width"] * left, box["y"] + box["height"] * top)
    await tab.mouse.down()
    await tab.mouse.move(box["x"] + box["width"] * right, box["y"] + box["height"] * bottom, steps=5)
    await tab.mouse.up()


async def share_painted(tab: Tab) -> float:
    """Return the share of the picture that is painted."""
    share: float = await canvas(tab).evaluate(
        "(node) => { const { data } = node.getContext('2d').getImageData(0, 0, node.width, node.height);"
        "return data.filter((value, at) => at % 4 === 3 && value > 127).length / (data.length / 4); }"
    )
    return share


async def test_pictures_are_chosen_dropped_and_pasted_and_sent_with_the_line(
    tab: Tab, playground: Page
) -> None:
    await choose(tab, file("one.png"), file("two.png"))
    await expect(attached(tab)).to_have_text(["one.png", "two.png"])
    await expect(prompt(tab)).to_be_focused()
    assert await hand_over(tab, "dragover", "three.png")
    assert await hand_over(tab, "drop", "three.png")
    assert not await hand_over(tab, "paste", "words.png", text="a table, and a picture of it")
    assert await hand_over(tab, "paste", "image.png")
    await expect(attached(tab)).to_have_text(["one.png", "two.png", "three.png", "image.png"])
    await tab.get_by_role("button", name="Remove two.png").press("Enter")
    await expect(tab.get_by_role("button", name="Remove three.png")).to_be_focused()
    await draw(tab, "/quota")
    await expect(tab.get_by_role("log").get_by_text("quota:")).to_be_visible()
    await expect(attached(tab)).to_have_count(3)
    await draw(tab, "make it snow")
    await expect(pictures(tab, "make it snow")).to_have_count(4)
    await expect(attached(tab)).to_have_count(0)
    assert [name for name, _ in playground.core.files] == ["one.png", "three.png", "image.png"]
    assert {data for _, data in playground.core.files} == {FOX}
    await draw(tab, "a fox of its own")
    await expect(pictures(tab, "a fox of its own")).to_have_count(4)
    assert len(playground.core.files) == 3


async def test_a_line_sent_at_once_takes_a_picture_that_is_still_coming(tab: Tab, playground: Page) -> None:
    await prompt(tab).fill("make it snow")
    await tab.evaluate(f"(given) => {{ ({HAND_OVER})(given); composer.requestSubmit(); }}", [
        "paste", [{"name": "image.png", "bytes": list(FOX)}], ""
    ])  # fmt: skip
    await expect(pictures(tab, "make it snow")).to_have_count(4)
    assert playground.core.files == [("image.png", FOX)]


async def test_what_is_no_picture_is_told_and_what_was_typed_stays(
    tab: Tab, playground: Page, tmp_path: Path
) -> None:
    note = tab.get_by_role("alert")
    await prompt(tab).fill("make it snow")
    for name, data, words in (
        ("page.png", b"<html>", "page.png isn't a picture I can use. Choose a PNG, JPEG, WebP or GIF."),
        ("void.png", b"", "void.png is empty."),
    ):
        await choose(tab, file(name, data))
        await expect(note).to_have_text(words)
    with (tmp_path / "big.png").open("wb") as big:
        big.truncate(25 * 1024 * 1024 + 1)
    await tab.locator("#picture-files").set_input_files(tmp_path / "big.png")
    await expect(note).to_have_text("big.png is too large. A picture can have up to 25 MB.")
    await choose(
        tab, file("old.bmp", encode(photo(), "bmp"), "image/bmp")
    )  # the browser reads it, the core not
    await expect(note).to_contain_text("old.bmp isn't a picture I can use.")
    await choose(tab, *(file(f"{number}.png") for number in range(1, 6)))
    await expect(note).to_have_text("I can draw from up to 4 pictures, so I left out 5.png.")
    await expect(prompt(tab)).to_have_value("make it snow")
    await prompt(tab).fill("")
    await tab.get_by_role("button", name="Draw", exact=True).click()
    await expect(note).to_have_text("Say what to draw from your pictures.")
    assert playground.core.requests == []


async def test_a_line_that_is_refused_comes_back_with_its_pictures(tab: Tab, playground: Page) -> None:
    await choose(tab, file("one.png"), file("two.png"))
    await draw(tab, "please refuse")
    await expect(tab.get_by_role("log").get_by_text("2 left, and this asks for 4")).to_be_visible()
    await expect(prompt(tab)).to_have_value("please refuse")
    await expect(attached(tab)).to_have_text(["one.png", "two.png"])


async def test_a_picture_of_a_message_is_edited(tab: Tab, playground: Page) -> None:
    await draw(tab, "a red fox")
    await tab.get_by_role("button", name="Edit this picture, 2 of 4").press("Enter")
    await expect(attached(tab)).to_have_text(["JOB0000000000-2"])
    await expect(prompt(tab)).to_be_focused()
    await draw(tab, "make it blue")
    await expect(pictures(tab, "make it blue")).to_have_count(4)
    assert playground.core.files == [("JOB0000000000-2", await playground.core.picture("JOB0000000000-2"))]


async def test_a_mask_is_painted_changed_erased_and_removed(tab: Tab, playground: Page) -> None:
    await choose(tab, file("fox.png", encode(photo(300, 200))), file("two.png"))
    await expect(tab.get_by_role("button", name="Mask", exact=True)).to_have_count(1)
    await tab.get_by_role("button", name="Mask", exact=True).click()
    await paint(tab, 0.2, 0.5, 0.8, 0.5)
    line = await share_painted(tab)
    assert 0.06 < line < 0.12  # 0.6 of the width, 8 % of it thick, with round ends
    await tab.get_by_role("slider", name="Size").fill("16")
    await paint(tab, 0.2, 0.2, 0.8, 0.2)
    assert await share_painted(tab) > 2.5 * line
    await tab.get_by_role("button", name="Undo").click()
    assert await share_painted(tab) == pytest.approx(line, rel=0.02)  # drawn in one go, not in pieces
    await tab.get_by_role("button", name="Erase").click()
    await paint(tab, 0.5, 0.1, 0.5, 0.9)
    assert await share_painted(tab) < line
    await tab.get_by_role("button", name="Done").click()
    await expect(tab.get_by_role("img", name="Mask")).to_be_visible()
    await expect(tab.get_by_role("button", name="Change mask")).to_be_focused()

    await tab.get_by_role("button", name="Change mask").click()
    assert 0 < await share_painted(tab) < line  # the strokes are still there
    await tab.get_by_role("button", name="Clear").click()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("img", name="Mask")).to_be_visible()
    await draw(tab, "make it snow")
    await expect(pictures(tab, "make it snow")).to_have_count(4)
    mask = Image.open(io.BytesIO(dict(playground.core.files)["mask.png"]))
    assert (mask.size, mask.mode) == ((300, 200), "RGBA")
    alpha = mask.getchannel("A")
    places = {(60, 100): 0, (240, 100): 0, (150, 100): 255, (150, 20): 255, (0, 0): 255}
    assert {place: alpha.getpixel(place) for place in places} == places

    await choose(tab, file("fox.png"))
    await tab.get_by_role("button", name="Mask", exact=True).click()
    await paint(tab, 0.2, 0.5, 0.8, 0.5)
    await tab.get_by_role("button", name="Clear").click()
    await tab.get_by_role("button", name="Done").click()
    await expect(tab.get_by_role("button", name="Mask", exact=True)).to_be_focused()
    await expect(tab.get_by_role("img", name="Mask")).to_have_count(0)


async def test_a_mask_file_is_chosen_and_removed_by_keyboard_alone(tab: Tab, playground: Page) -> None:
    await choose(tab, file("fox.png"))
    await tab.keyboard.press("Shift+Tab")
    await tab.keyboard.press("Shift+Tab")
    await expect(tab.get_by_role("button", name="Mask", exact=True)).to_be_focused()
    await tab.keyboard.press("Enter")
    await choose(tab, file("stencil.png"), button="Use a mask file instead")
    await expect(tab.get_by_role("dialog")).to_be_hidden()
    await expect(tab.get_by_role("img", name="Mask")).to_be_visible()
    await expect(tab.get_by_role("button", name="Change mask")).to_be_focused()
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("button", name="Change mask")).to_be_focused()
    await draw(tab, "make it snow")
    await expect(pictures(tab, "make it snow")).to_have_count(4)
    assert playground.core.files == [("fox.png", FOX), ("stencil.png", FOX)]

    await choose(tab, file("fox.png"), file("two.png"))
    await tab.get_by_role("button", name="Mask", exact=True).press("Enter")
    await choose(tab, file("stencil.png"), button="Use a mask file instead")
    await tab.get_by_role("button", name="Remove mask").press("Enter")
    await expect(tab.get_by_role("button", name="Mask", exact=True)).to_be_focused()
    await tab.keyboard.press("Enter")
    await choose(tab, file("page.png", b"<html>"), button="Use a mask file instead")
    await expect(tab.get_by_role("alert")).to_contain_text("page.png isn't a picture I can use.")
    await expect(attached(tab)).to_have_count(2)


async def test_a_mask_goes_with_the_picture_it_was_made_for(tab: Tab, playground: Page) -> None:
    await choose(tab, file("one.png"), file("two.png"))
    await tab.get_by_role("button", name="Mask", exact=True).press("Enter")
    await choose(tab, file("stencil.png"), button="Use a mask file instead")
    await expect(tab.get_by_role("img", name="Mask")).to_be_visible()
    await tab.get_by_role("button", name="Remove one.png").click()
    await expect(tab.get_by_role("img", name="Mask")).to_have_count(0)


async def test_a_finger_paints_on_a_phone(browser: Browser, playground: Page) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    context = await browser.new_context(**phone)
    tab = await context.new_page()
    await tab.goto(playground.adapter.url)
    await choose(tab, file("fox.png", encode(photo(600, 1500))))
    await tab.get_by_role("button", name="Mask", exact=True).tap()
    await expect(canvas(tab)).to_be_visible()
    box = await canvas(tab).bounding_box()
    assert box
    assert min(box["x"], box["y"]) >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] + box["height"] <= 844
    await tab.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert await share_painted(tab) > 0
    await expect(tab.get_by_role("button", name="Done")).to_be_in_viewport()
    assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()


async def test_an_edit_is_drawn_where_it_was_painted(browser: Browser, tmp_path: Path) -> None:
    """A photo that is turned by its metadata, painted in its lower half: the whole program draws there."""
    turned = photo(900, 600)
    data = encode(turned, "jpeg", exif=gps(turned), quality=95)  # shown as 600 × 900
    async with Program(tmp_path, {}, entry=QUICK) as program:
        await program.ready()
        async with tab_at(browser, program.url) as tab:
            await choose(tab, file("photo.jpg", data, "image/jpeg"))
            await tab.get_by_role("button", name="Mask", exact=True).click()
            await tab.get_by_role("slider", name="Size").fill("30")
            await paint(tab, 0.1, 0.8, 0.9, 0.8)
            await tab.get_by_role("button", name="Done").click()
            await expect(tab.get_by_role("img", name="Mask")).to_be_visible()
            await draw(tab, "a lake -n 1")
            await expect(pictures(tab, "a lake")).to_have_count(1)
            await expect(tab.get_by_text("Drawn with GPT-Image-2, which can work")).to_be_visible()
            source = await pictures(tab, "a lake").first.get_attribute("src")
            answer = await tab.request.get(f"{program.url}{source}")
            drawn = Image.open(io.BytesIO(await answer.body())).convert("RGB")
    upright = turned.rotate(-90, expand=True).resize(drawn.size)
    assert drawn.width < drawn.height
    above, below = (drawn.width // 4, drawn.height // 5), (drawn.width // 2, round(drawn.height * 0.8))
    assert _gap(drawn, upright, above) < BIG_GAP / 4
    assert _gap(drawn, upright, below) > BIG_GAP / 4


def _gap(one: Image.Image, other: Image.Image, at: tuple[int, int]) -> int:
    """Return the sum of the differences of all colours at a place."""
    pairs = zip(one.getpixel(at), other.getpixel(at), strict=True)  # type: ignore[arg-type]
    return sum(abs(left - right) for left, right in pairs)
