"""Helpers of the browser tests: one Chromium, tabs that fail on console errors, and common actions."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, async_playwright, expect
from playwright.async_api import Page as Tab

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--no-first-run"]
PATIENCE_MS = 10_000


def need_chromium() -> None:
    """Skip the module if there is no browser, and say how to install one. In CI the tests fail instead."""
    expect.set_options(timeout=PATIENCE_MS)
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium", allow_module_level=True)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def tab_at(browser: Browser, url: str) -> AsyncIterator[Tab]:
    """Open a page in a new tab; an error or warning on its console fails the test."""
    tab = await browser.new_page()
    complaints: list[str] = []
    tab.on(
        "console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None
    )
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    await tab.goto(url)
    yield tab
    await tab.close()
    assert complaints == [], complaints


def prompt(tab: Tab) -> Locator:
    return tab.get_by_label("Prompt", exact=True)


def pictures(tab: Tab, text: str = "") -> Locator:
    """Locate the pictures of the messages with that text."""
    return tab.get_by_role("article").filter(has_text=text).get_by_role("img")


async def draw(tab: Tab, text: str) -> None:
    await prompt(tab).fill(text)
    await tab.get_by_role("button", name="Draw", exact=True).click()


async def open_tab(tab: Tab, name: str) -> None:
    await tab.get_by_role("tab", name=name).click()
