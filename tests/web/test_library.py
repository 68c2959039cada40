"""The library in a real browser, with the whole program: found, looked at, copied, saved, drawn from."""

import hashlib
import io
import time
import zipfile
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Locator, expect
from playwright.async_api import Page as Tab

from tests.fakes.program import Program
from tests.web.browser import draw, need_chromium, open_tab, pictures, prompt, tab_at
from tests.web.drawn import Request, paint, seed
from tests.web.test_access import AXE, find_barriers
from tests.web.test_story import QUICK

need_chromium()
pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser and one program for most tests
DAY = 86_400
HOSTILE = "<img src=x onerror=alert(1)> & <b>bold</b>"
TURNED = "שועל אדום \u202egnp.exe\u202c בשלג"
LONG = "a very long story of a fox, " * 71
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 220, 30)


def quarters() -> bytes:
    """Paint a quarter each red, green, blue and yellow, in the order in which one reads."""
    image = Image.new("RGB", (1200, 1200))
    for colour, corner in ((RED, (0, 0)), (GREEN, (600, 0)), (BLUE, (0, 600)), (YELLOW, (600, 600))):
        image.paste(colour, (*corner, corner[0] + 600, corner[1] + 600))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def requests() -> list[Request]:
    now = time.time()
    noah = {"person": "web:second", "name": "Noah"}
    return [
        Request(prompt="a quilt", files=[quarters()], at=now - 5 * DAY, kept="patterns"),
        Request(prompt="a red fox", images=4, at=now - 4 * DAY),
        Request(prompt="a secret owl", private=True, at=now - 3 * DAY),
        Request(prompt="a blue bear", tier="fast", ratio="16:9", at=now - 2 * DAY, **noah),  # type: ignore[arg-type]
        Request(prompt=LONG, at=now - DAY, channel="web:other", **noah),  # type: ignore[arg-type]
        Request(prompt=TURNED, at=now - 60, **noah),  # type: ignore[arg-type]
        Request(prompt=HOSTILE, at=now - 50, **noah),  # type: ignore[arg-type]
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def jobs() -> dict[str, Request]:
    return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program(
    tmp_path_factory: pytest.TempPathFactory, jobs: dict[str, Request]
) -> AsyncIterator[Program]:
    folder = tmp_path_factory.mktemp("library")
    jobs |= await seed(folder, requests())
    async with Program(folder, entry=QUICK) as program:
        yield await program.ready()


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, program: Program) -> AsyncIterator[Tab]:
    async with tab_at(browser, f"{program.url}/#library") as tab:
        yield tab


def tiles(tab: Tab, words: str = "") -> Locator:
    found = tab.get_by_role("tabpanel", name="Library").get_by_role("listitem")
    return found.get_by_role("link", name=words) if words else found


def viewer(tab: Tab) -> Locator:
    return tab.get_by_role("dialog", name="Picture")


def field(tab: Tab, label: str) -> Locator:
    return tab.get_by_role("search").get_by_label(label, exact=True)


async def look_at(tab: Tab, words: str) -> None:
    """Open a tile in the viewer, and wait until its picture is there."""
    await tiles(tab, words).click()
    await expect(viewer(tab).get_by_role("img")).not_to_have_js_property("naturalWidth", 0)
    await expect(viewer(tab).get_by_text("100 %")).to_be_visible()


async def colour(tab: Tab, across: float, down: float) -> tuple[int, int, int]:
    """Return the colour that is seen at a place of the viewer's stage, given as shares of its sides."""
    shot = await tab.get_by_role("group", name="Picture.").screenshot()
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    pixel = image.getpixel((int(image.width * across), int(image.height * down)))
    assert isinstance(pixel, tuple)
    return min(
        (RED, GREEN, BLUE, YELLOW), key=lambda each: sum(abs(a - b) for a, b in zip(each, pixel, strict=True))
    )  # type: ignore[return-value,arg-type]


async def middle_of(tab: Tab, across: float = 0.5, down: float = 0.5) -> tuple[float, float]:
    box = await tab.get_by_role("group", name="Picture.").bounding_box()
    assert box
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


# --- finding


async def test_what_is_found_is_narrowed_and_the_address_says_how(tab: Tab, program: Program) -> None:
    await expect(tiles(tab)).to_have_count(10)
    await expect(tab.get_by_text("7 results", exact=True)).to_be_visible()
    await expect(tab.get_by_role("button", name="Clear filters")).to_be_hidden()
    await field(tab, "Search prompts").fill("FOX red")
    await expect(tiles(tab)).to_have_count(4)
    await expect(tab.get_by_text("1 result", exact=True)).to_be_visible()
    assert tab.url.endswith("/#library?words=FOX+red")
    await field(tab, "Search prompts").fill("")
    for label, name, value, count in (
        ("Tier", "tier", "fast", 1),
        ("Person", "by", "web:second", 4),
        ("Channel", "channel", "web:other", 1),
        ("Kept", "kept", "1", 1),
        ("Kept", "kept", "in:patterns", 1),
    ):
        await field(tab, label).select_option(value)
        await expect(tiles(tab)).to_have_count(count)
        assert parse_qs(tab.url.partition("?")[2]) == {name: [value]}
        await tab.reload()
        await expect(tiles(tab)).to_have_count(count)
        await expect(field(tab, label)).to_have_value(value)
        await tab.get_by_role("button", name="Clear filters").click()
        await expect(tiles(tab)).to_have_count(10)
    bear_day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 2 * DAY))
    await field(tab, "To").fill(bear_day)
    await expect(tiles(tab)).to_have_count(7)
    await field(tab, "From").fill(bear_day)
    await expect(tiles(tab)).to_have_count(1)
    await expect(tiles(tab, "a blue bear")).to_be_visible()
    assert parse_qs(tab.url.partition("?")[2]) == {"first": [bear_day], "last": [bear_day]}


async def test_a_search_that_finds_nothing_says_so_and_is_cleared(tab: Tab, program: Program) -> None:
    await field(tab, "Search prompts").fill("zebra")
    await expect(tab.get_by_role("heading", name="No picture matches.")).to_be_visible()
    await expect(tab.get_by_role("button", name="Download all")).to_be_hidden()
    await tab.get_by_role("button", name="Clear filters").press("Enter")
    await expect(tiles(tab)).to_have_count(10)
    await expect(field(tab, "Search prompts")).to_be_focused()


async def test_the_last_search_wins_whichever_answer_comes_last(tab: Tab, program: Program) -> None:
    await expect(tiles(tab)).to_have_count(10)
    held = []

    async def hold(route: Any) -> None:
        if "words=owl" in route.request.url:
            held.append(route)
        else:
            await route.continue_()

    await tab.route("**/api/library/found*", hold)
    await field(tab, "Search prompts").fill("owl")
    async with tab.expect_request(lambda request: "words=owl" in request.url):
        pass
    await field(tab, "Search prompts").fill("bear")
    await expect(tiles(tab)).to_have_count(1)
    async with tab.expect_response(lambda response: "words=owl" in response.url):
        await held[0].continue_()
    await expect(tiles(tab, "a blue bear")).to_be_visible()
    await expect(tiles(tab)).to_have_count(1)


async def test_each_persona_sees_what_is_theirs_and_the_operator_sees_all(
    tab: Tab, browser: Browser, program: Program
) -> None:
    await expect(tiles(tab, "a secret owl")).to_be_visible()
    await expect(tiles(tab).get_by_role("img", name="Private")).to_have_count(1)
    await tab.get_by_label("Persona").select_option("web:second")
    await expect(tab.get_by_text("6 results", exact=True)).to_be_visible()
    await expect(tiles(tab, "a secret owl")).to_have_count(0)
    async with tab_at(browser, f"{program.url}/admin#library?words=owl") as admin:
        await expect(tiles(admin, "a secret owl")).to_be_visible()
        await tiles(admin, "a secret owl").click()
        await expect(viewer(admin).get_by_role("button", name="Copy picture")).to_be_visible()
        await expect(viewer(admin).get_by_role("button", name="Use as reference")).to_be_hidden()
        await admin.keyboard.press("Escape")
        await open_tab(admin, "Log")
        assert admin.url.endswith("/admin")
        await open_tab(admin, "Library")
        await expect(tiles(admin)).to_have_count(1)
        assert admin.url.endswith("#library?words=owl")


# --- looking


async def test_a_wheel_and_a_drag_change_what_is_seen(tab: Tab, program: Program) -> None:
    await look_at(tab, "a quilt")
    assert await colour(tab, 0.45, 0.45) == RED
    await tab.mouse.move(*await middle_of(tab, 0.6, 0.6))
    await tab.mouse.wheel(0, -600)
    await expect(viewer(tab).get_by_text("332 %")).to_be_visible()
    # What is under the pointer stays there, so that the middle of the picture moves away from it.
    assert [await colour(tab, *place) for place in ((0.6, 0.6), (0.4, 0.9), (0.9, 0.4))] == [YELLOW] * 3
    await tab.mouse.down()
    await tab.mouse.move(*await middle_of(tab, 2, 2), steps=4)
    await tab.mouse.up()
    assert [await colour(tab, *place) for place in ((0.05, 0.05), (0.4, 0.95))] == [RED, RED]
    box = await viewer(tab).get_by_role("img").bounding_box()
    await tab.mouse.move(*await middle_of(tab))
    await tab.mouse.down()
    await tab.mouse.move(*await middle_of(tab, 3, 3), steps=4)  # no further than the picture's edge
    await tab.mouse.up()
    assert await viewer(tab).get_by_role("img").bounding_box() == box
    await tab.mouse.dblclick(*await middle_of(tab))
    await expect(viewer(tab).get_by_text("100 %")).to_be_visible()
    await tab.mouse.dblclick(*await middle_of(tab, 0.45, 0.45))
    await expect(viewer(tab).get_by_text("100 %")).to_be_hidden()
    await tab.mouse.wheel(0, 9_000)
    await expect(viewer(tab).get_by_text("100 %")).to_be_visible()


async def test_the_whole_library_by_keyboard_alone(tab: Tab, program: Program) -> None:
    keys = tab.keyboard
    await expect(tiles(tab)).to_have_count(10)
    await field(tab, "Search prompts").focus()
    await keys.type("quilt")
    await expect(tiles(tab)).to_have_count(1)
    await tab_to(tab, "quilt")
    await keys.press("Enter")
    await expect(viewer(tab).get_by_role("img")).to_have_js_property("naturalWidth", 1200)
    for _ in range(3):
        await keys.press("+")
    await expect(viewer(tab).get_by_text("338 %")).to_be_visible()
    for way, seen in (("Left", BLUE), ("Up", RED), ("Right", GREEN), ("Down", YELLOW)):
        if way == "Left":  # from the lower right corner
            for start in ("Right", "Down"):
                for _ in range(30):
                    await keys.press(f"Arrow{start}")
        for _ in range(30):
            await keys.press(f"Arrow{way}")
        assert await colour(tab, 0.5, 0.5) == seen, way
    await keys.press("-")
    await expect(viewer(tab).get_by_text("225 %")).to_be_visible()
    await keys.press("0")
    await expect(viewer(tab).get_by_text("100 %")).to_be_visible()
    await tab_to(tab, "Use as reference")
    await keys.press("Enter")
    await expect(viewer(tab)).to_be_hidden()
    await expect(prompt(tab)).to_be_focused()
    attached = tab.get_by_role("list", name="Pictures to draw from").get_by_role("listitem")
    await expect(attached).to_contain_text("-a-quilt-")


async def tab_to(tab: Tab, name: str) -> None:
    """Press Tab until the control with that text or label has the focus."""
    words = "(({ activeElement: node }) => node.textContent + (node.title ?? ''))(document)"
    for _ in range(40):
        await tab.keyboard.press("Tab")
        if name in await tab.evaluate(words):
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


async def test_pictures_are_looked_at_one_after_the_other(tab: Tab, program: Program) -> None:
    await tiles(tab, "a red fox (4 of 4)").click()
    place = viewer(tab).locator(".steps")
    await expect(place).to_contain_text("9 of 10")
    await tab.keyboard.press("ArrowRight")
    await expect(viewer(tab).get_by_text("a quilt", exact=True)).to_be_visible()
    await tab.keyboard.press("PageDown")
    await expect(place).to_contain_text("1 of 10")
    await viewer(tab).get_by_role("button", name="Previous picture").click()
    await expect(place).to_contain_text("10 of 10")
    await expect(viewer(tab).get_by_text("Mia · Imagen 4 Standard · 1:1")).to_be_visible()
    await tab.mouse.click(2, 2)  # beside the dialog
    await expect(viewer(tab)).to_be_hidden()
    await tiles(tab, "a quilt").press("Enter")
    await tab.keyboard.press("Escape")
    await expect(tiles(tab, "a quilt")).to_be_focused()


async def test_fingers_pinch_and_swipe_on_a_phone(browser: Browser, program: Program) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    tab = await context.new_page()
    await tab.goto(f"{program.url}/#library")
    await expect(tiles(tab)).to_have_count(10)
    await expect(field(tab, "Tier")).to_be_hidden()
    await tab.get_by_role("button", name="Filters", exact=True).tap()
    await field(tab, "Kept").select_option("1")
    await expect(tiles(tab)).to_have_count(1)
    await tab.get_by_role("button", name="Clear filters").tap()
    await expect(tiles(tab)).to_have_count(10)
    await look_at(tab, "a quilt")
    x, y = await middle_of(tab, 0.6, 0.6)
    client = await context.new_cdp_session(tab)

    async def touch(kind: str, *fingers: tuple[float, float]) -> None:
        points = [{"x": across, "y": down, "id": number} for number, (across, down) in enumerate(fingers)]
        await client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await touch("touchStart", (x - 20, y), (x + 20, y))
    for spread in (40, 60, 80):
        await touch("touchMove", (x - spread, y), (x + spread, y))
    await touch("touchEnd")
    await expect(viewer(tab).get_by_text("400 %")).to_be_visible()
    assert await colour(tab, 0.9, 0.6) == YELLOW
    await tab.keyboard.press("0")
    await touch("touchStart", (x, y))
    for moved in (40, 80, 120):
        await touch("touchMove", (x + moved, y))
    await touch("touchEnd")
    await expect(viewer(tab).locator(".steps")).to_contain_text("9 of 10")
    await expect(viewer(tab).get_by_role("button", name="Close")).to_be_in_viewport()
    assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()


# --- taking with one


async def test_prompt_and_picture_are_copied(tab: Tab, program: Program) -> None:
    await tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await look_at(tab, "a quilt")
    await viewer(tab).get_by_role("button", name="Copy prompt").click()
    await expect(viewer(tab).get_by_role("status")).to_have_text("The prompt is copied.")
    assert await tab.evaluate("navigator.clipboard.readText()") == "a quilt"
    await viewer(tab).get_by_role("button", name="Copy picture").click()
    await expect(viewer(tab).get_by_role("status")).to_have_text("The picture is copied.")
    data = await tab.evaluate(
        "(async () => { const [item] = await navigator.clipboard.read();"
        "return [...new Uint8Array(await (await item.getType('image/png')).arrayBuffer())]; })()"
    )
    copied = Image.open(io.BytesIO(bytes(data))).convert("RGB")
    assert copied.size == (1200, 1200)
    assert [copied.getpixel(place) for place in ((5, 5), (1195, 1195))] == [RED, YELLOW]


async def test_a_browser_that_may_not_copy_says_what_to_do(tab: Tab, program: Program) -> None:
    await tab.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await tiles(tab, "a quilt").click()
    for name, advice in (("Copy picture", "Use Save instead."), ("Copy prompt", "Select the text")):
        await viewer(tab).get_by_role("button", name=name).click()
        await expect(viewer(tab).get_by_role("status")).to_contain_text(advice)


async def test_one_picture_and_all_of_them_are_saved(
    tab: Tab, program: Program, jobs: dict[str, Request]
) -> None:
    await tiles(tab, "a quilt").click()
    async with tab.expect_download() as saving:
        await viewer(tab).get_by_role("link", name="Save").click()
    one = await saving.value
    assert "-a-quilt-" in one.suggested_filename
    assert (await one.path()).read_bytes() == quarters()
    await tab.keyboard.press("Escape")
    await field(tab, "Search prompts").fill("fox")
    await expect(tiles(tab)).to_have_count(5)
    async with tab.expect_download() as saving:
        await tab.get_by_role("button", name="Download all").click()
    whole = await saving.value
    assert whole.suggested_filename == "imagine-pictures.zip"
    with zipfile.ZipFile(await whole.path()) as zipped:
        digests = {hashlib.sha256(zipped.read(name)).hexdigest() for name in zipped.namelist()}
    drawn = [data for request in jobs.values() if "fox" in request.prompt for data in request.files]
    assert digests == {hashlib.sha256(data).hexdigest() for data in drawn}
    assert len(drawn) == 5


async def test_a_request_is_kept_in_a_collection_and_let_go(tab: Tab, program: Program) -> None:
    stars = tiles(tab, "a red fox").get_by_role("img", name="Kept")
    said = viewer(tab).get_by_role("status")
    await tiles(tab, "a red fox (2 of 4)").click()
    await viewer(tab).get_by_role("button", name="Keep", exact=True).click()
    await expect(said).to_contain_text("90 days")
    await expect(stars).to_have_count(4)
    await viewer(tab).get_by_role("button", name="Keep in…").click()
    await tab.get_by_role("dialog").get_by_role("textbox").fill("animals")
    await tab.keyboard.press("Enter")
    await expect(tiles(tab, "a red fox").get_by_role("img", name="Kept in animals")).to_have_count(4)
    await tab.keyboard.press("Escape")
    await open_tab(tab, "Chat")
    await open_tab(tab, "Library")
    await field(tab, "Kept").select_option("animals")
    await expect(tiles(tab)).to_have_count(4)
    await tiles(tab, "a red fox (1 of 4)").click()
    await viewer(tab).get_by_role("button", name="Don't keep").click()
    await expect(stars).to_have_count(0)
    await expect(viewer(tab).get_by_role("button", name="Keep", exact=True)).to_be_visible()
    await tab.keyboard.press("Escape")
    await tab.get_by_role("button", name="Clear filters").click()
    await tiles(tab, "a blue bear").click()  # somebody else's
    await expect(viewer(tab).get_by_role("button", name="Copy picture")).to_be_visible()
    await expect(viewer(tab).get_by_role("button", name="Keep")).to_have_count(0)


async def test_a_tile_is_dragged_into_the_composer_and_drawn_from(tab: Tab, program: Program) -> None:
    attached = tab.get_by_role("list", name="Pictures to draw from").get_by_role("listitem")
    await tiles(tab, "a quilt").drag_to(tab.get_by_text("7 results"))
    await expect(attached).to_have_count(0)  # it goes nowhere but into the composer
    await tiles(tab, "a quilt").drag_to(prompt(tab))
    await expect(attached).to_have_count(1)
    await expect(attached).to_contain_text("-a-quilt-")
    await expect(prompt(tab)).to_have_value("")
    await draw(tab, "make it snow -n 1")
    await expect(tab.get_by_role("tab", name="Chat", selected=True)).to_be_visible()
    await expect(pictures(tab, "make it snow")).to_have_count(1)
    await pictures(tab, "make it snow").drag_to(prompt(tab))
    await expect(attached).to_have_count(1)
    await (
        tab.get_by_role("article")
        .filter(has_text="make it snow")
        .get_by_role("button", name="Delete")
        .click()
    )
    await expect(tab.get_by_text("Deleted.")).to_be_visible()
    await open_tab(tab, "Library")
    await expect(tab.get_by_text("7 results", exact=True)).to_be_visible()


async def test_a_drop_of_another_pages_making_attaches_nothing_foreign(tab: Tab, program: Program) -> None:
    for text in (
        "{",
        "null",
        '{"src": "https://evil.example/pictures/x"}',
        '{"src": 5}',
        '{"src": "/?token=x"}',
    ):
        prevented = await tab.evaluate(
            """(text) => {
              const data = new DataTransfer();
              data.setData("application/x-imagine-picture", text);
              const event = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
              document.querySelector("#prompt").dispatchEvent(event);
              return event.defaultPrevented;
            }""",
            text,
        )
        assert prevented, text
    await expect(tab.get_by_role("list", name="Pictures to draw from")).to_be_hidden()


# --- what is hostile, what is much, what is gone


async def test_hostile_prompts_are_only_text(tab: Tab, program: Program) -> None:
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for words, whole in (("onerror", HOSTILE), ("שועל", TURNED), ("story", LONG)):
        await field(tab, "Search prompts").fill(words)
        await expect(tiles(tab)).to_have_count(1)
        await tiles(tab, whole[:20]).click()
        await expect(viewer(tab).locator(".words")).to_have_text(whole.strip())
        await expect(viewer(tab).get_by_role("button", name="Close")).to_be_in_viewport()
        assert await tab.locator("main img[src='x'], main b, dialog b").count() == 0
        await tab.keyboard.press("Escape")
    assert dialogs == []
    assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_thousand_requests_are_scrolled_with_few_calls(browser: Browser, tmp_path: Path) -> None:
    now, tiny = time.time(), paint("tiny", (64, 64))
    await seed(
        tmp_path,
        [
            Request(
                prompt=f"fox {number}",
                at=now - number // 100 * DAY,
                images=4 if number < 100 else 1,
                files=[tiny] * 4,
            )
            for number in range(1_000)
        ],
    )
    calls: list[str] = []
    async with Program(tmp_path) as program:
        await program.ready()
        async with await browser.new_page() as tab:
            tab.on("request", lambda request: calls.append(request.url))
            await tab.goto(f"{program.url}/#library")
            await expect(tab.get_by_text("1,000 results", exact=True)).to_be_visible()
            await expect(tiles(tab).first).to_be_visible()
            await tab.wait_for_load_state("networkidle")
            assert len([url for url in calls if "/found?" in url]) <= 4
            assert len([url for url in calls if "/small/" in url]) <= 150  # of the 192 on this page
            await tab.get_by_role("link", name="fox").first.click()
            await expect(viewer(tab).locator(".steps")).to_contain_text("1 of ")
            await tab.keyboard.press("Escape")
            panel = tab.get_by_role("tabpanel", name="Library")
            more = tab.get_by_role("button", name="Show more")
            while await more.is_visible():
                before = await tiles(tab).count()
                await panel.evaluate("(node) => node.scrollTo(0, node.scrollHeight)")
                await tab.wait_for_function(
                    "(before) => document.querySelectorAll('.tiles li').length > before", arg=before
                )
            await expect(tiles(tab)).to_have_count(1_300)
            assert len([url for url in calls if "/found?" in url]) <= 21
            labels = (
                await tiles(tab)
                .get_by_role("img")
                .evaluate_all("(all) => new Set(all.map((n) => n.alt)).size")
            )
            assert labels == 1_300
            await tab.get_by_role("button", name="Download all").click()
            await expect(tab.get_by_text("A download holds up to 500 pictures")).to_be_visible()


async def test_the_viewer_goes_on_behind_the_first_page(browser: Browser, tmp_path: Path) -> None:
    await seed(tmp_path, [Request(prompt=f"fox {number}") for number in range(160)])
    async with Program(tmp_path) as program, tab_at(browser, (await program.ready()).url) as tab:
        await tab.set_viewport_size({"width": 700, "height": 400})
        await open_tab(tab, "Library")
        await expect(tiles(tab)).not_to_have_count(0)
        await tab.wait_for_load_state("networkidle")
        loaded = await tiles(tab).count()
        assert loaded < 160
        await tiles(tab).nth(loaded - 1).get_by_role("link").click()
        await tab.keyboard.press("ArrowRight")
        await expect(viewer(tab).locator(".steps")).to_contain_text(f"{loaded + 1} of ")


async def test_a_deleted_and_a_forgotten_picture_leave_the_open_library(
    browser: Browser, tmp_path: Path
) -> None:
    gale = {"person": "web:guest", "name": "Gale"}
    await seed(tmp_path, [Request(prompt="a fox"), Request(prompt="an owl", **gale)])  # type: ignore[arg-type]
    async with Program(tmp_path) as program:
        await program.ready()
        async with tab_at(browser, f"{program.url}/#library") as tab:
            await expect(tiles(tab)).to_have_count(2)
            answer = await program.say("web:guest", "/forget me")
            button = answer["reply"]["buttons"][0]
            press = {
                "id": "7b0c4f0e-0d4f-4c8c-9a53-0f8a6d8a1c11",
                "verb": button["verb"],
                "job": button["job"],
            }
            await program.post("/api/press", persona="web:guest", **press)
            await open_tab(tab, "Chat")
            await open_tab(tab, "Library")
            await expect(tiles(tab)).to_have_count(1)
            await expect(tiles(tab, "a fox")).to_be_visible()


async def test_an_empty_library_is_kind(browser: Browser, tmp_path: Path) -> None:
    async with Program(tmp_path, entry=QUICK) as program:
        await program.ready()
        async with tab_at(browser, f"{program.url}/#library") as tab:
            await expect(tab.get_by_role("heading", name="Nothing here yet.")).to_be_visible()
            await program.say("web:member", "a red fox --fast -n 2")
            await expect(tiles(tab)).to_have_count(2)  # by itself


async def test_no_state_of_the_library_has_a_serious_barrier(browser: Browser, program: Program) -> None:
    axe = resources.files(AXE).joinpath("axe.min.js").read_text(encoding="utf-8")
    for path in ("/", "/admin"):
        tab = await browser.new_page()
        await tab.goto(f"{program.url}{path}#library")
        await tab.evaluate(axe)
        await expect(tiles(tab)).not_to_have_count(0)
        assert await find_barriers(tab) == []
        await tiles(tab, "a secret owl").click()
        await expect(viewer(tab)).to_be_visible()
        assert await find_barriers(tab) == []
        await tab.keyboard.press("+")
        await tab.keyboard.press("Escape")
        await field(tab, "Search prompts").fill("zebra")
        await expect(tab.get_by_role("heading", name="No picture matches.")).to_be_visible()
        assert await find_barriers(tab) == []
        await tab.set_viewport_size({"width": 360, "height": 640})
        await tab.get_by_role("button", name="Filters", exact=True).click()
        assert await find_barriers(tab) == []
        await tab.close()
