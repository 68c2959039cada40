"""The page's own edit dialog, in a real browser: with help on, it shows *Improve*, and sends it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from playwright.async_api import Page as Tab

from bot.app.platforms import _as_data
from bot.commands.registry import Helps, registry
from bot.core.forms import editing
from bot.imagine.records import ImageSpec
from bot.port.cards import Form, Notice, Reply
from bot.port.requests import Press
from quotas.catalog import load_catalog
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.web.browser import draw, need_chromium, tab_at
from tests.web.conftest import Page, serving

IMAGINE = registry(load_catalog(), helps=Helps(improves=True))["imagine"]
need_chromium()
pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all tests


class Core(ScriptedCore):
    """The scripted core, with the form of *Edit prompt*. `price`: of better words; None: there are none."""

    price: int | None = 2_148

    async def press(self, press: Press) -> Reply:
        self.requests.append(press)
        return Notice(sentence="Better words.")

    async def form(self, press: Press) -> Form:
        spec = ImageSpec(prompt="a red fox", tier="fast", ratio="1:1", images=4, quality="")
        return editing(spec, press.target, IMAGINE, improve=self.price)


@pytest_asyncio.fixture(loop_scope="module")
async def playground(store: MemoryKeyValue) -> AsyncIterator[Page]:
    async with serving(store, Core(draws_at_once=True), commands=[_as_data(IMAGINE)]) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, playground: Page) -> AsyncIterator[Tab]:
    async with tab_at(browser, playground.adapter.url) as tab:
        await draw(tab, "a red fox")
        await expect(tab.get_by_role("log").get_by_role("img")).to_have_count(4)
        yield tab


async def test_better_words_are_chosen_in_the_dialog_with_their_price(tab: Tab, playground: Page) -> None:
    await tab.get_by_role("button", name="Edit prompt").click()
    field = tab.get_by_label("Improve the words first")
    await field.select_option(label="Show me better words · about $0.0022")
    await tab.get_by_role("dialog").get_by_role("button", name="Draw this").click()
    await expect(tab.get_by_role("dialog")).to_have_count(0)
    presses = [each for each in playground.core.requests if isinstance(each, Press)]
    assert [press.options["improve"] for press in presses] == ["yes"]


async def test_a_price_that_is_gone_meanwhile_is_left_out(tab: Tab, playground: Page) -> None:
    playground.core.price = None  # type: ignore[attr-defined]
    await tab.get_by_role("button", name="Edit prompt").click()
    await expect(tab.get_by_role("dialog").get_by_label("What to draw")).to_be_visible()
    await expect(tab.get_by_label("Improve the words first")).to_have_count(0)
