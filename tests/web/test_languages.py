"""A playground whose workspace uses German, and an admins' page that shows other workspaces too."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.web import WebAdapter
from adapters.web.playground.chat import WORKSPACE
from bot import wording
from bot.wording import english, german
from quotas.records import Limits
from quotas.records_workspace import Preferences
from tests.bot.running_bot import request_id
from tests.discord.backend import Backend
from tests.fakes.key_value import MemoryKeyValue

ELSEWHERE = "chat:club"  # a workspace that uses English
COMMANDS = [
    {"name": name, "help": name, "admin": name != "usage", "options": ()} for name in ("usage", "quotas log")
]
WHY = {"author": "boss", "reason": ""}


@dataclass
class Page:
    """A client that sends all its requests over one connection that stays open."""

    home: Backend
    url: str
    http: aiohttp.ClientSession

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        async with self.http.get(f"{self.url}{path}", params=query) as answer:
            data: dict[str, Any] = await answer.json()
            return data

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        full_body = {"id": str(uuid.uuid4()), **body}
        async with self.http.post(
            f"{self.url}{path}", json=full_body, headers={"Origin": self.url}
        ) as answer:
            data: dict[str, Any] = await answer.json()
            return data

    async def say(self, text: str) -> dict[str, Any]:
        return await self.post("/api/say", persona="web:admin", text=text)

    async def rows(self, workspace: str) -> list[str]:
        """Return whom each allowance of a workspace is for."""
        return [row["who"] for row in (await self.get("/api/admin/allowances", workspace=workspace))["rows"]]


def preview(_card: object) -> Mapping[str, str]:
    return {"cut": wording.more(3)}


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    adapter = WebAdapter("127.0.0.1", 0, MemoryKeyValue(), commands=COMMANDS, previews={"here": preview})
    home = await Backend(tmp_path).open(adapter)
    ledger = home.ledger
    await ledger.settings.set_preferences(
        workspace=WORKSPACE, change=Preferences(language="de"), zone=None, request_id=request_id(), **WHY
    )
    for workspace in (WORKSPACE, ELSEWHERE):
        limits = Limits(images_per_day=100)
        await ledger.settings.set_limits(
            workspace=workspace, kind="everyone", ref="*", change=limits, request_id=request_id(), **WHY
        )
    running = asyncio.create_task(adapter.run(home.bot))
    await adapter.listening.wait()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as http:
        yield Page(home, adapter.url, http)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await home.close()


async def test_replies_forms_and_suggestions_are_german(page: Page) -> None:
    assert (await page.say("/quota"))["reply"]["title"] == german.QUOTA
    assert (await page.say("/usage --workspace"))["reply"]["title"].startswith(f"{german.EVERYONE_HERE}, ")
    form = (await page.post("/api/form", persona="web:member", verb="imagine", job=""))["form"]
    assert (form["title"], form["submit"]) == (german.IMAGINE, german.DRAW)
    labels = {each["name"]: each["label"] for each in form["fields"]}
    assert labels == {name: german.field_label(name) for name in labels}
    for workspace, words in ((WORKSPACE, german), (ELSEWHERE, english)):
        query = {"workspace": workspace, "command": "usage", "option": "period", "typed": "week"}
        (choice,) = (await page.get("/api/admin/suggest", **query))["choices"]
        assert choice == {"value": "week", "label": words.PERIODS["week"]}


async def test_the_admin_page_uses_the_language_of_each_workspace(page: Page) -> None:
    before = await page.get("/api/books", by="tier")
    for _ in range(2):
        assert await page.rows(WORKSPACE) == [german.whom("everyone", "*")]
        assert await page.get("/api/books", by="tier") == before
        assert await page.rows(ELSEWHERE) == [english.whom("everyone", "*")]
        for workspace, words in ((WORKSPACE, german), (ELSEWHERE, english)):
            log = await page.post("/api/admin/command", workspace=workspace, command="quotas log")
            assert log["reply"]["title"] == words.LOG


async def test_the_inspector_shows_the_payloads_in_the_playgrounds_language(page: Page) -> None:
    message_id = (await page.say("/quota"))["id"]
    await page.rows(ELSEWHERE)
    inspected = await page.get("/api/inspect", message=message_id, persona="web:admin")
    assert inspected["previews"] == {"here": {"cut": german.more(3)}}
