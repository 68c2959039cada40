"""Kill the process at any moment: every accepted job has one outcome and one message, and is paid once."""

import asyncio
import os
import random
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app.ledger import read_ledger
from bot.config.settings import load_settings
from quotas.ids import id_text
from tests.fakes.gateway import FakeGateway
from tests.fakes.program import Program, imagine, query_rows, until

PERSONAS = ("web:member", "web:second", "web:admin")
PRICE = 30_000  # micro-dollars for one picture of the fast tier
ROUNDS = 10
MOMENTS = ("start", "accept", "draw", "settle", "deliver")
CLOSED = "SELECT COUNT(*) FROM jobs WHERE closed_at IS NOT NULL"
RUNNING = "SELECT COUNT(*) FROM jobs WHERE state = 'running'"
DELIVERED = "SELECT COUNT(*) FROM jobs WHERE delivered_at IS NOT NULL"
OPEN = "SELECT COUNT(*) FROM jobs WHERE delivered_at IS NULL"
ROOMY = {"IMAGINE_IMAGES_PER_DAY": "100000"}


class Requesters:
    """People who ask for pictures. By request id: `requests` (persona, line) and `accepted` (the job)."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.requests: dict[str, tuple[str, str]] = {}
        self.accepted: dict[str, str] = {}

    async def burst(self, program: Program) -> None:
        """Make two requests for each person at once; each person makes theirs one after the other."""
        await asyncio.gather(*(self._person(program, persona) for persona in PERSONAS))

    async def _person(self, program: Program, persona: str) -> None:
        for _ in range(2):
            request = str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
            self.requests[request] = persona, f"/imagine a boat --tier fast -n {self._dice.randint(1, 2)}"
            with suppress(aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
                await self.ask(program, request)

    async def ask(self, program: Program, request: str) -> str:
        answer = await program.say(*self.requests[request], id=request)
        job = answer.get("message", "")
        if job:
            assert self.accepted.setdefault(request, job) == job
        return str(job)


async def kill_once(folder: Path, people: Requesters, moment: str, dice: random.Random) -> None:
    """Start the program, ask for pictures, and kill it at about that moment."""
    async with Program(folder, ROOMY) as program:
        if moment == "start":
            await asyncio.sleep(dice.uniform(0, 0.8))
            return
        await program.ready()
        before = {sql: _count(folder, sql) for sql in (CLOSED, DELIVERED)}
        answers = len(people.accepted) + dice.randint(1, 6)
        burst = asyncio.create_task(people.burst(program))
        try:
            await until(
                {
                    "accept": lambda: burst.done() or len(people.accepted) >= answers,
                    "draw": lambda: _count(folder, RUNNING),
                    "settle": lambda: _count(folder, CLOSED) > before[CLOSED],
                    "deliver": lambda: _count(folder, DELIVERED) > before[DELIVERED],
                }[moment]
            )
            await asyncio.sleep(dice.choice((0, dice.uniform(0, 0.05), dice.uniform(0, 0.5))))
            await program.kill()
        finally:
            await burst


def _count(folder: Path, sql: str) -> int:
    return sum(row[0] for row in query_rows(folder, sql))


async def check_ledger(folder: Path) -> None:
    """Check that figures and file are sound. After a kill at the start the file may not exist yet."""
    if query_rows(folder, "SELECT 1 FROM migrations"):
        async with read_ledger(load_settings({}, folder)) as ledger:
            assert await ledger.verify() == []
    for row in query_rows(folder, "PRAGMA integrity_check"):
        assert row[0] == "ok"


async def drain(folder: Path, people: Requesters) -> None:
    """Start once more, repeat every request, wait until all is done, and compare every source of figures."""
    async with Program(folder, ROOMY) as program:
        await program.ready()
        await until(lambda: _count(folder, OPEN) == 0)
        for request in people.requests:
            await people.ask(program, request)  # answered as the first time, or accepted now
        await until(lambda: _count(folder, OPEN) == 0)
        messages = {persona: await program.messages(persona) for persona in PERSONAS}
        spent = (await imagine(folder, "usage", "--json")).json["totals"]
    jobs = {
        row["request_id"].removeprefix("web:"): dict(row) for row in query_rows(folder, "SELECT * FROM jobs")
    }
    assert set(people.accepted) <= set(jobs) <= set(people.requests)
    delivered = 0
    for request, job in jobs.items():
        delivered += check_outcome(job, messages[people.requests[request][0]])
    assert spent["images"] == delivered
    assert spent["charge_micros"] == delivered * PRICE == sum(job["charge_micros"] for job in jobs.values())
    await check_ledger(folder)
    verdict = await imagine(folder, "verify")
    assert verdict.code == 0, verdict


def check_outcome(job: dict[str, Any], messages: list[dict[str, Any]]) -> int:
    """Check that exactly one message is about the job; return how many pictures it shows."""
    matches = [each for each in messages if each["id"].partition(".")[0] == id_text(job["id"])]
    assert len(matches) == 1, (job, matches)
    [message] = matches
    if job["state"] == "released":
        assert message["card"]["kind"] == "ended"
        assert message["private_to"] == job["person"]
        assert job["charge_micros"] == 0
        return 0
    assert job["state"] == "settled"
    assert message["card"]["kind"] == "delivered"
    pictures = message["card"]["pictures"]
    assert job["charge_micros"] == len(pictures) * PRICE
    return len(pictures)


async def kill_and_drain(folder: Path, seed: int, shift: int) -> None:
    dice = random.Random(seed)
    people = Requesters(dice)
    for number in range(ROUNDS):
        await kill_once(folder, people, MOMENTS[(number + shift) % len(MOMENTS)], dice)
        await check_ledger(folder)
    await drain(folder, people)


@pytest.mark.parametrize("seed", range(2))
async def test_twenty_kills_lose_nothing_and_charge_nothing_twice(seed: int, tmp_path: Path) -> None:
    await kill_and_drain(tmp_path, seed, seed)


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_many_kills_lose_nothing_and_charge_nothing_twice(tmp_path: Path) -> None:
    end = time.monotonic() + float(os.environ.get("SOAK_SECONDS", "60"))
    seed = 1_000
    while time.monotonic() < end:
        folder = tmp_path / str(seed)
        folder.mkdir()
        await kill_and_drain(folder, seed, seed)
        seed += 1


async def test_a_call_under_way_is_entered_as_uncertain_and_never_repeated(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        env = {"CODEGATEWAY_BASE_URL": gateway.base_url, "CODEGATEWAY_API_KEY": gateway.key}
        gateway.next("slow", seconds=60)
        async with Program(tmp_path, env) as program:
            await program.ready()
            job = (await program.say("web:member", "/imagine a lighthouse --tier ultra -n 3"))["message"]
            await until(lambda: gateway.requests)
            await program.kill()
        billed = gateway.billed_micros
        assert billed == 3 * 120_000
        async with Program(tmp_path, env) as program:
            await program.ready()
            card = await program.wait_for_card("web:member", "ended", job)
            assert card["why"] == "unknown"
            assert "Nothing was charged" in card["sentence"]
            await until(lambda: _count(tmp_path, OPEN) == 0)
            assert [each["card"]["kind"] for each in await program.messages("web:member")] == ["ended"]
            assert await program.messages("web:second") == []
            spent = (await imagine(tmp_path, "usage", "--json")).json["totals"]
            assert spent["charge_micros"] == 0
            assert spent["cost_micros"] + spent["uncertain_micros"] >= billed
            images_left = (await imagine(tmp_path, "quota", "show", "Mia", "--json")).json["images_day"][
                "left"
            ]
            assert images_left == 40
        assert len(gateway.requests) == 1
    await check_ledger(tmp_path)
