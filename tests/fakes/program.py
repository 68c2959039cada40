"""The program in processes of its own: `imagine run` serving from a folder, and commands beside it.

They are forked from one that has imported the program (`forks.py`); `fresh` asks for a Python of its own.
"""

import asyncio
import inspect
import json
import os
import signal
import sqlite3
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.fakes.forks import ROOT, Fork

PATIENCE = 30.0  # seconds until what should happen counts as not happening
GLANCE = 0.01  # seconds between looks
CLI = ("-m", "bot.cli.main")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the tests' own environment but the way to find programs; a person called ann."""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LOGNAME": "ann", "LANG": "C.UTF-8"}
    return {**own, "IMAGINE_WEB_PORT": "0", **extra}


async def begin(
    folder: Path, *args: str, env: Mapping[str, str] | None = None, entry: tuple[str, ...] = CLI
) -> Any:
    """`imagine args` in that folder, by a new Python, with pipes to read what it says."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *entry,
        *args,
        cwd=folder,
        env=environment(env or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def imagine(
    folder: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    entry: tuple[str, ...] = CLI,
    fresh: bool = False,
) -> Ended:
    """Run `imagine args` in that folder to its end."""
    if fresh:
        return await ended(await begin(folder, *args, env=env, entry=entry))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = await Fork.begin(folder, (*entry, *args), environment(env or {}), out, err)
        try:
            async with asyncio.timeout(PATIENCE):
                code = await process.wait()
        finally:
            process.kill()
        said = [file.seek(0) or file.read().decode() for file in (out, err)]
        return Ended(code, *said)


async def ended(process: Any) -> Ended:
    """Wait for a process with pipes."""
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return Ended(process.returncode, out.decode(), err.decode())


async def until(condition: Callable[[], Any | Awaitable[Any]], seconds: float = PATIENCE) -> Any:
    """Look again and again until it is true; its value. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            found = await found if inspect.isawaitable(found) else found
            if found:
                return found
            await asyncio.sleep(GLANCE)


def rows(folder: Path, sql: str, *values: Any) -> list[Any]:
    """Ask the ledger in `folder` beside its owner; nothing where there is none yet."""
    path = folder / "imagine-data" / "imagine.db"
    if not path.exists():
        return []
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        db.row_factory = sqlite3.Row
        return db.execute(sql, values).fetchall()
    except sqlite3.OperationalError:
        return []  # the first process is just making it
    finally:
        db.close()


class Program:
    """`imagine run` in `folder`, from entering the context until it ends; killed at the latest on leaving."""

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str] | None = None,
        *flags: str,
        entry: tuple[str, ...] = CLI,
    ) -> None:
        self.folder = folder
        self.url = ""
        self._env = env or {}
        self._args = (*entry, "run", *flags)
        self._process: Fork
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        with (self.folder / "out.txt").open("ab") as out, (self.folder / "log.txt").open("ab") as log:
            self._seen = out.tell()
            self._process = await Fork.begin(self.folder, self._args, environment(self._env), out, log)
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        await self._session.close()

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    def said(self) -> str:
        """What this process wrote to standard output."""
        return (self.folder / "out.txt").read_bytes()[self._seen :].decode()

    async def ready(self) -> Self:
        """Wait for the line that tells the address."""

        def address() -> str:
            assert self.alive, (self.folder / "log.txt").read_text()
            return next((word for word in self.said().split() if word.startswith("http://")), "")

        self.url = await until(address)
        return self

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def kill(self) -> None:
        """kill -9, unless it has ended."""
        if self.alive:
            self._process.kill()
        await self._process.wait()

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Post to the playground. Raises aiohttp.ClientError where it is not answered with 200."""
        async with self._session.post(f"{self.url}{path}", json=body, headers={"Origin": self.url}) as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def say(self, persona: str, text: str, id: str | None = None) -> dict[str, Any]:
        """Type a line as one of the personas: {"message": job} where it was accepted, or {"reply": card}."""
        return await self.post("/api/say", persona=persona, text=text, id=id or str(uuid.uuid4()))

    async def messages(self, persona: str) -> list[dict[str, Any]]:
        """The chat as this persona sees it."""
        async with self._session.get(f"{self.url}/api/messages", params={"persona": persona}) as answer:
            answer.raise_for_status()
            return list((await answer.json())["messages"])

    async def drawing(self, persona: str, job: str) -> None:
        """Wait until the job is being drawn."""

        async def begun() -> bool | None:
            cards = (each["card"] for each in await self.messages(persona) if each["id"].startswith(job))
            return any(card.get("stage") == "drawing" for card in cards) or None

        await until(begun)

    async def told(self, persona: str, kind: str, job: str) -> dict[str, Any]:
        """Wait for the card of that kind about the job."""

        async def card() -> dict[str, Any] | None:
            found = (each["card"] for each in await self.messages(persona) if each["id"].startswith(job))
            return next((card for card in found if card["kind"] == kind), None)

        return dict(await until(card))
