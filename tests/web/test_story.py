"""The program as a newcomer meets it: `imagine run` in a process of its own, and a person in a browser."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from playwright.async_api import Page as Tab

from tests.fakes.program import Program, imagine
from tests.web.browser import draw, need_chromium, open_tab, pictures, prompt, tab_at

need_chromium()
# `imagine` with faster samples
QUICK = ("-c", "from bot.app import run; from bot.cli import main; run.SAMPLE_SPEED = 0.1; main.main()")
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def become(tab: Tab, persona: str) -> None:
    await tab.get_by_label("Persona").select_option(f"web:{persona}")


async def press(tab: Tab, text: str, name: str) -> None:
    message = tab.get_by_role("article").filter(has_text=text).filter(has=tab.get_by_role("img"))
    await message.first.get_by_role("button", name=name).click()


async def test_a_day_at_the_playground(browser: Browser, tmp_path: Path) -> None:
    environment = {"IMAGINE_IMAGES_PER_DAY": "4"}
    async with Program(tmp_path, environment, entry=QUICK) as program:
        await program.ready()
        async with tab_at(browser, program.url) as tab:
            log = tab.get_by_role("log")
            await draw(tab, "/imagine a red fox --fast -n 1")
            await expect(pictures(tab, "a red fox")).to_have_count(1)
            await press(tab, "a red fox", "Again")
            await expect(pictures(tab, "a red fox")).to_have_count(2)
            await tab.get_by_role("button", name="React 🔁").first.click()
            await expect(pictures(tab, "a red fox")).to_have_count(3)
            await press(tab, "a red fox", "Edit prompt")
            form = tab.get_by_role("dialog")
            await form.get_by_label("What to draw").fill("a blue fox")
            await form.get_by_label("Ratio", exact=True).select_option("16:9")
            await form.get_by_role("button", name="Draw this").click()
            await expect(pictures(tab, "a blue fox")).to_have_count(1)

            await press(tab, "a blue fox", "In Ultra")
            await expect(log.get_by_text("Everyone's allowance allows 4 pictures per day")).to_be_visible()
            await expect(log.get_by_text("It renews in")).to_be_visible()
            await tab.get_by_role("button", name="Skip a day").click()
            await press(tab, "a blue fox", "In Ultra")
            await expect(log.get_by_text("Imagen 4 Ultra · 16:9")).to_be_visible()

            await become(tab, "second")
            await press(tab, "a blue fox", "Delete")
            await expect(log.get_by_text("Only the person who asked for it, or an admin")).to_be_visible()
            await draw(tab, "a green fox --fast -n 1 --private")
            await expect(pictures(tab, "a green fox")).to_have_count(1)
            await press(tab, "a green fox", "Share")
            await expect(pictures(tab, "a green fox")).to_have_count(2)
            await draw(tab, "/recent")
            recent = log.get_by_role("list", name="Your last pictures")
            await recent.get_by_role("button", name="a green fox").click()
            await expect(tab.get_by_role("dialog").get_by_role("button", name="Share")).to_be_visible()
            await tab.get_by_role("dialog").get_by_role("button", name="Close").click()
            await log.get_by_role("button", name="Dismiss").last.click()
            await expect(recent).to_have_count(0)
            await press(tab, "a green fox", "Details")
            await expect(log.get_by_role("cell", name="3 pictures; renews in")).to_be_visible()
            await press(tab, "a green fox", "Delete")
            await expect(pictures(tab, "a green fox")).to_have_count(0)

            await open_tab(tab, "Ledger")
            row_text = await tab.get_by_role("row", name="In all").inner_text()
        usage = (await imagine(tmp_path, "usage", "--json")).json["totals"]
        charged = f"${usage['charge_micros'] / 1e6:.2f}"
        assert row_text.split("\t")[:4] == ["In all", str(usage["jobs"]), str(usage["images"]), charged]


async def test_a_reload_and_a_restart_in_the_middle_of_a_job(browser: Browser, tmp_path: Path) -> None:
    async with Program(tmp_path) as first:
        await first.ready()
        port = first.url.rpartition(":")[2]
        tab = await browser.new_page()
        await tab.goto(first.url)
        await draw(tab, "a patient fox --fast -n 1")
        await tab.reload()
        await expect(pictures(tab, "a patient fox")).to_have_count(1)
        await tab.get_by_label("Gateway", exact=True).select_option("slow")
        await draw(tab, "a lost fox --fast -n 1")
        await expect(tab.get_by_text("drawing, ")).to_be_visible()
    await expect(tab.get_by_role("status")).to_contain_text("Connection lost")
    async with Program(tmp_path, {"IMAGINE_WEB_PORT": port}) as second:
        await second.ready()
        await expect(tab.get_by_text("I was restarted while this was being drawn")).to_be_visible()
        await expect(tab.get_by_role("status")).to_be_empty()
        await expect(pictures(tab, "a patient fox")).to_have_count(1)
        await expect(tab.get_by_label("Gateway", exact=True)).to_have_value("")
        await tab.close()


async def test_the_whole_story_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    async with Program(tmp_path, {"IMAGINE_IMAGES_PER_DAY": "1"}, entry=QUICK) as program:
        await program.ready()
        async with tab_at(browser, program.url) as tab:
            keys = tab.keyboard
            await expect(prompt(tab)).to_be_focused()
            await keys.type("a red fox --fast -n 1")
            await keys.press("Enter")
            await expect(pictures(tab, "a red fox")).to_have_count(1)
            await tab_to(tab, "Again", backwards=True)
            await keys.press("Enter")
            await expect(tab.get_by_text("0 pictures left")).to_be_visible()
            await tab_to(tab, "Skip a day", backwards=True)
            await keys.press("Space")
            await expect(tab.get_by_role("status")).to_contain_text("It is")
            await tab_to(tab, "Edit prompt")
            await keys.press("Enter")
            await expect(tab.get_by_role("dialog").get_by_label("What to draw")).to_be_focused()
            await keys.press("Control+a")
            await keys.type("a blue fox")
            await tab_to(tab, "Draw this")
            await keys.press("Enter")
            await expect(pictures(tab, "a blue fox")).to_have_count(1)
            await tab_to(tab, "Delete", backwards=True)
            await keys.press("Enter")
            await tab_to(tab, "Chat", backwards=True)
            await keys.press("ArrowRight")
            await expect(tab.get_by_role("link", name="a red fox")).to_be_visible()
            await keys.press("ArrowRight")
            await expect(tab.get_by_role("row", name="In all 2 2 $0.06")).to_be_visible()
            await keys.press("ArrowRight")
            await expect(tab.get_by_role("region", name="Card as JSON")).to_be_visible()


async def tab_to(tab: Tab, name: str, *, backwards: bool = False) -> None:
    """Press Tab until the control with that text has the focus."""
    for _ in range(40):
        await tab.keyboard.press("Shift+Tab" if backwards else "Tab")
        if await tab.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


async def test_a_comparison_at_the_playground(browser: Browser, tmp_path: Path) -> None:
    """A prompt that no tier draws is edited in the form of its card; what an allowance leaves is offered."""
    async with Program(tmp_path, {"IMAGINE_IMAGES_PER_DAY": "5"}, entry=QUICK) as program:
        await program.ready()
        async with tab_at(browser, program.url) as tab:
            gateway = tab.get_by_label("Gateway", exact=True)
            await gateway.select_option("refuse")
            await draw(tab, "/compare a red fox --tiers fast,gpt")
            refused = tab.get_by_role("article").filter(has_text="None of the tiers drew this.")
            await expect(refused).to_contain_text("GPT-Image-2: Rejected by its safety filter")
            await gateway.select_option("")
            await refused.get_by_role("button", name="Edit prompt").click()
            form = tab.get_by_role("dialog")
            tiers = form.get_by_role("group", name="Tiers").get_by_role("checkbox")
            await expect(tiers).to_have_count(4)
            assert [await each.is_checked() for each in await tiers.all()] == [True, False, False, True]
            await form.get_by_label("Prompt").fill("a tame fox")
            await tiers.nth(1).check()
            await form.get_by_role("button", name="Draw").click()
            await expect(tab.get_by_role("list", name="Tiers side by side").get_by_role("img")).to_have_count(
                3
            )
            await draw(tab, "/compare a blue fox")
            await tab.get_by_role("button", name="Compare Fast, Standard · $0.09").click()
            blue = tab.get_by_role("article").filter(has_text="2 tiers compared")
            await expect(blue.get_by_role("img")).to_have_count(2)
            await blue.get_by_role("button", name="More in Fast").click()
            await expect(tab.get_by_text("0 pictures left, and this asks for 4")).to_be_visible()
