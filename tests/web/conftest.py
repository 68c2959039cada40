"""The real adapter on a loopback socket with a scripted core, and a client that acts like the page."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser
from playwright.async_api import Page as Tab

from adapters.web import WebAdapter
from adapters.web.token import Token
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.web.browser import chromium, tab_at


def option(name: str, kind: str, *choices: str) -> dict[str, Any]:
    return {"name": name, "flag": f"--{name}", "kind": kind, "help": f"The {name}", "choices": choices}


IMAGINE = (
    option("prompt", "text"),
    option("tier", "choice", "fast", "standard"),
    option("ratio", "choice", "1:1", "16:9"),
    option("variants", "integer", "1", "2", "3", "4"),
    option("private", "flag"),
    option("quality", "choice", "low", "high"),
    option("transparent", "flag"),
)
COMMANDS = [
    {"name": "imagine", "help": "Draw", "admin": False, "options": IMAGINE},
    {"name": "quota", "help": "What is left", "admin": False, "options": ()},
    {"name": "tiers", "help": "Compare", "admin": False, "options": (option("per_day", "integer"),)},
    {"name": "quotas set", "help": "Set", "admin": True, "options": (option("tiers", "choices", "a", "b"),)},
]


@dataclass
class Page:
    """A client of one running playground. It sends what the real page would send."""

    adapter: WebAdapter
    core: ScriptedCore
    http: aiohttp.ClientSession
    running: asyncio.Task[None]

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        all_headers = {"Origin": self.adapter.url, "Sec-Fetch-Site": "same-origin", **headers}
        async with self.http.post(self.adapter.url + path, json=body, headers=all_headers) as answer:
            return answer.status, await answer.json()

    async def say(self, text: str, persona: str = "web:member", id: str = "", **more: Any) -> dict[str, Any]:
        body = {"persona": persona, "id": id or str(uuid.uuid4()), "text": text, **more}
        status, answer = await self.post("/api/say", body)
        assert status == 200, answer
        return answer

    async def press(self, verb: str, job: str, persona: str = "web:member", **more: Any) -> dict[str, Any]:
        body = {"persona": persona, "id": str(uuid.uuid4()), "verb": verb, "job": job, **more}
        status, answer = await self.post("/api/press", body)
        assert status == 200, answer
        return answer

    async def state(self, persona: str = "web:member") -> dict[str, Any]:
        async with self.http.get(f"{self.adapter.url}/api/messages", params={"persona": persona}) as answer:
            return await answer.json()

    async def messages(self, persona: str = "web:member") -> list[dict[str, Any]]:
        return (await self.state(persona))["messages"]

    @contextlib.asynccontextmanager
    async def events(
        self, persona: str = "web:member", after: str = "", **headers: str
    ) -> AsyncIterator["Events"]:
        url = f"{self.adapter.url}/api/events"
        async with self.http.get(url, params={"persona": persona, "after": after}, headers=headers) as answer:
            assert answer.content_type == "text/event-stream", await answer.text()
            yield Events(answer.content)


@dataclass
class Events:
    """A stream of events, read as a browser reads it."""

    content: aiohttp.StreamReader

    async def next(self) -> tuple[str, dict[str, Any]]:
        """Read one event; return its id and data."""
        fields: dict[str, str] = {}
        while line := (await self.line()):
            name, _, value = line.partition(": ")
            fields[name] = value
        return fields["id"], json.loads(fields["data"])

    async def line(self) -> str:
        async with asyncio.timeout(10):
            return (await self.content.readline()).decode().rstrip("\n")


@contextlib.asynccontextmanager
async def serving(
    store: MemoryKeyValue,
    core: ScriptedCore | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str = "",
    **settings: Any,
) -> AsyncIterator[Page]:
    """Run a playground for the block."""
    core = core or ScriptedCore()
    secret = Token(token) if token else None
    adapter = core.adapter = WebAdapter(host, port, store, secret, **settings)
    running = asyncio.create_task(adapter.run(core))
    listening = asyncio.create_task(adapter.listening.wait())
    await asyncio.wait({running, listening}, return_when=asyncio.FIRST_COMPLETED)
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            yield Page(adapter, core, http, running)
    finally:
        listening.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
def store() -> MemoryKeyValue:
    return MemoryKeyValue()


@pytest.fixture
async def page(store: MemoryKeyValue) -> AsyncIterator[Page]:
    async with serving(store) as page:
        yield page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of a module."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, playground: Page) -> AsyncIterator[Tab]:
    """A tab at the page of the module's own `playground`."""
    async with tab_at(browser, playground.adapter.url) as tab:
        yield tab
