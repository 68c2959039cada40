"""The program in processes of its own: `imagine run` in a folder, and commands beside it.

They are forks of a process that has the imports done (`forks.py`), unless a test asks for a new Python.
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

PATIENCE = 30.0  # seconds to wait for anything
GLANCE = 0.01  # seconds between looks
CLI = ("-m", "bot.cli.main")


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Make the environment of a process: of the tests' own only PATH; the user is called ann."""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LOGNAME": "ann", "LANG": "C.UTF-8"}
    return {**own, "IMAGINE_WEB_PORT": "0", **extra}


async def start(
    folder: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    entry: tuple[str, ...] = CLI,
    stdin: int = asyncio.subprocess.DEVNULL,
) -> Any:
    """Start `imagine args` in a folder with a new Python and pipes for its output."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *entry,
        *args,
        cwd=folder,
        env=environment(env or {}),
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def imagine(
    folder: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    entry: tuple[str, ...] = CLI,
    fresh: bool = False,
) -> CommandResult:
    """Run `imagine args` in a folder until it exits. `fresh`: with a new Python."""
    if fresh:
        return await finish(await start(folder, *args, env=env, entry=entry))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = await Fork.start(folder, (*entry, *args), environment(env or {}), out, err)
        try:
            async with asyncio.timeout(PATIENCE):
                code = await process.wait()
        finally:
            process.kill()
        texts = [file.seek(0) or file.read().decode() for file in (out, err)]
        return CommandResult(code, *texts)


async def finish(process: Any) -> CommandResult:
    """Wait until a process with pipes exits."""
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return CommandResult(process.returncode, out.decode(), err.decode())


async def until(condition: Callable[[], Any | Awaitable[Any]], seconds: float = PATIENCE) -> Any:
    """Call the condition until its value is true, and return the value. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            value = condition()
            value = await value if inspect.isawaitable(value) else value
            if value:
                return value
            await asyncio.sleep(GLANCE)


def query_rows(folder: Path, sql: str, *values: Any) -> list[Any]:
    """Read from the ledger in `folder`, beside its owner; return no rows if there is no ledger yet."""
    path = folder / "imagine-data" / "imagine.db"
    if not path.exists():
        return []
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        db.row_factory = sqlite3.Row
        return db.execute(sql, values).fetchall()
    except sqlite3.OperationalError:
        return []  # the first process is creating it now
    finally:
        db.close()


class Program:
    """`imagine run` in `folder`. Entering the context starts it; leaving the context kills it."""

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
            self._start = out.tell()
            self._process = await Fork.start(self.folder, self._args, environment(self._env), out, log)
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        await self._session.close()

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    def output(self) -> str:
        """Return what this process has written to standard output."""
        return (self.folder / "out.txt").read_bytes()[self._start :].decode()

    async def ready(self) -> Self:
        """Wait for the line with the address, and set `url`."""

        def address() -> str:
            assert self.alive, (self.folder / "log.txt").read_text()
            return next((word for word in self.output().split() if word.startswith("http://")), "")

        self.url = await until(address)
        return self

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def kill(self) -> None:
        """Kill the process with SIGKILL, unless it has exited."""
        if self.alive:
            self._process.kill()
        await self._process.wait()

    async def wait(self) -> int:
        """Wait for the exit, and return the exit code."""
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Post to the playground. Raises aiohttp.ClientError if the answer is an error."""
        async with self._session.post(f"{self.url}{path}", json=body, headers={"Origin": self.url}) as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def say(self, persona: str, text: str, id: str | None = None) -> dict[str, Any]:
        """Type a line as a persona. Returns {"message": job} for an accepted job, else {"reply": card}."""
        return await self.post("/api/say", persona=persona, text=text, id=id or str(uuid.uuid4()))

    async def messages(self, persona: str) -> list[dict[str, Any]]:
        """Return the messages that this persona sees."""
        async with self._session.get(f"{self.url}/api/messages", params={"persona": persona}) as answer:
            answer.raise_for_status()
            return list((await answer.json())["messages"])

    async def wait_until_drawing(self, persona: str, job: str) -> None:
        """Wait until the job is being drawn."""

        async def is_drawing() -> bool | None:
            cards = (each["card"] for each in await self.messages(persona) if each["id"].startswith(job))
            return any(card.get("stage") == "drawing" for card in cards) or None

        await until(is_drawing)

    async def wait_for_card(self, persona: str, kind: str, job: str) -> dict[str, Any]:
        """Wait for a card of that kind about the job."""

        async def card() -> dict[str, Any] | None:
            cards = (each["card"] for each in await self.messages(persona) if each["id"].startswith(job))
            return next((card for card in cards if card["kind"] == kind), None)

        return dict(await until(card))
