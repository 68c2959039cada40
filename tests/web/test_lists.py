"""Lists of one's own pictures, in a real browser: their pages, what a choice opens, and the keyboard."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from playwright.async_api import Page as Tab

from adapters.web.bodies import MEMBER
from bot.port.cards import Button, ListedJob, PictureList, Reply
from bot.port.requests import Command, Press
from tests.fakes.core import ScriptedCore, delivered_card, header, panel_card
from tests.fakes.key_value import MemoryKeyValue
from tests.web.browser import need_chromium, tab_at
from tests.web.conftest import COMMANDS, Page, serving

need_chromium()
pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all tests


class Core(ScriptedCore):
    """The scripted core, with a list of two pages of two jobs, the last without a picture."""

    async def command(self, command: Command) -> PictureList:
        self.requests.append(command)
        return self._page(1)

    async def press(self, press: Press) -> Reply:
        self.requests.append(press)
        if press.verb == "page":
            return self._page(press.index)
        return panel_card(self.headers[press.target], 1)

    def _page(self, number: int) -> PictureList:
        jobs = [f"JOB{place}" for place in (2 * number - 1, 2 * number)]
        for job in jobs:
            self.headers[job] = header(job, f"fox {job}", MEMBER)
        turns = {1: (("Older", 2),), 2: (("Newer", 1),)}[number]
        return PictureList(
            title="Your last pictures",
            lines=(f"page {number}",),
            jobs=tuple(
                ListedJob(
                    prompt=f"fox {job}",
                    facts="fast · 4 pictures",
                    picture=delivered_card(self.headers[job]).pictures[0] if job != "JOB4" else None,
                    choose=Button(verb="choose", label="Open", target=job),
                )
                for job in jobs
            ),
            buttons=tuple(Button(verb="page", label=to, target="LIST", index=page) for to, page in turns),
        )


@pytest_asyncio.fixture(loop_scope="module")
async def playground(store: MemoryKeyValue) -> AsyncIterator[Page]:
    async with serving(store, Core(), commands=COMMANDS) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, playground: Page) -> AsyncIterator[Tab]:
    async with tab_at(browser, playground.adapter.url) as tab:
        await tab.get_by_label("Prompt").fill("/recent")
        await tab.keyboard.press("Enter")
        await expect(jobs(tab)).to_have_count(2)
        yield tab


def jobs(tab: Tab):  # type: ignore[no-untyped-def]
    return tab.get_by_role("list", name="Your last pictures").get_by_role("button")


async def test_a_page_takes_the_place_of_the_one_before_and_keeps_the_focus(tab: Tab) -> None:
    await tab.get_by_role("button", name="Older").focus()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_text("page 2")).to_be_visible()
    await expect(tab.get_by_text("page 1")).to_have_count(0)
    await expect(tab.get_by_role("article")).to_have_count(1)
    await expect(tab.get_by_label("Prompt")).to_be_focused()
    await tab.get_by_role("button", name="Newer").click()
    await expect(tab.get_by_text("page 1")).to_be_visible()


async def test_the_keyboard_opens_a_job_with_its_picture(tab: Tab, playground: Page) -> None:
    await jobs(tab).first.focus()
    await tab.keyboard.press("Tab")
    await tab.keyboard.press("Enter")
    dialog = tab.get_by_role("dialog")
    await expect(dialog.get_by_role("img")).to_have_attribute("alt", "fox JOB2 (1 of 4)")
    assert [(each.verb, each.target) for each in playground.core.requests if isinstance(each, Press)] == [
        ("choose", "JOB2")
    ]


async def test_a_job_without_a_picture_has_its_words(tab: Tab) -> None:
    await tab.get_by_role("button", name="Older").click()
    await expect(tab.get_by_text("page 2")).to_be_visible()
    await expect(jobs(tab).first.get_by_role("img")).to_have_count(1)
    await expect(jobs(tab).last.get_by_role("img")).to_have_count(0)
    await expect(jobs(tab).last).to_contain_text("fox JOB4")
