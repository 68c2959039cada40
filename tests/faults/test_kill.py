"""kill -9 at any moment: whatever was accepted ends in one outcome and one message, and is paid for once."""

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

from bot.cli.data_folder import reading
from bot.config.settings import load_settings
from quotas.ids import id_text
from tests.fakes.gateway import FakeGateway
from tests.fakes.program import Program, imagine, query_rows, until

PERSONAS = ("web:member", "web:second", "web:admin")
PRICE = 30_000  # micro-dollars: one picture of the fast tier
ROUNDS = 10
MOMENTS = ("start", "accept", "draw", "settle", "deliver")
CLOSED = "SELECT COUNT(*) FROM jobs WHERE closed_at IS NOT NULL"
RUNNING = "SELECT COUNT(*) FROM jobs WHERE state = 'running'"
TOLD = "SELECT COUNT(*) FROM jobs WHERE delivered_at IS NOT NULL"
OPEN = "SELECT COUNT(*) FROM jobs WHERE delivered_at IS NULL"
ROOMY = {"IMAGINE_IMAGES_PER_DAY": "100000"}


class Crowd:
    """People who ask for pictures, and remember what they asked for and what was answered."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.asked: dict[str, tuple[str, str]] = {}
        self.accepted: dict[str, str] = {}

    async def burst(self, program: Program) -> None:
        """Two requests from each person, one after the other."""
        await asyncio.gather(*(self._person(program, persona) for persona in PERSONAS))

    async def _person(self, program: Program, persona: str) -> None:
        for _ in range(2):
            request = str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
            self.asked[request] = persona, f"/imagine a boat --tier fast -n {self._dice.randint(1, 2)}"
            with suppress(aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
                await self.ask(program, request)

    async def ask(self, program: Program, request: str) -> str:
        answer = await program.say(*self.asked[request], id=request)
        job = answer.get("message", "")
        if job:
            assert self.accepted.setdefault(request, job) == job
        return str(job)


async def killed_once(folder: Path, crowd: Crowd, moment: str, dice: random.Random) -> None:
    """Start, ask for pictures, and kill at that moment, give or take."""
    async with Program(folder, ROOMY) as program:
        if moment == "start":
            await asyncio.sleep(dice.uniform(0, 0.8))
            return
        await program.ready()
        before = {sql: _count(folder, sql) for sql in (CLOSED, TOLD)}
        answers = len(crowd.accepted) + dice.randint(1, 6)
        burst = asyncio.create_task(crowd.burst(program))
        try:
            await until(
                {
                    "accept": lambda: burst.done() or len(crowd.accepted) >= answers,
                    "draw": lambda: _count(folder, RUNNING),
                    "settle": lambda: _count(folder, CLOSED) > before[CLOSED],
                    "deliver": lambda: _count(folder, TOLD) > before[TOLD],
                }[moment]
            )
            await asyncio.sleep(dice.choice((0, dice.uniform(0, 0.05), dice.uniform(0, 0.5))))
            await program.kill()
        finally:
            await burst


def _count(folder: Path, sql: str) -> int:
    return sum(row[0] for row in query_rows(folder, sql))


async def verified(folder: Path) -> None:
    """The figures add up, and the file is sound. (After a kill at start it may not be made yet.)"""
    if query_rows(folder, "SELECT 1 FROM migrations"):
        async with reading(load_settings({}, folder)) as ledger:
            assert await ledger.verify() == []
    for row in query_rows(folder, "PRAGMA integrity_check"):
        assert row[0] == "ok"


async def drained(folder: Path, crowd: Crowd) -> None:
    """Start once more, repeat every request, wait until nothing is left to do, and compare what all say."""
    async with Program(folder, ROOMY) as program:
        await program.ready()
        await until(lambda: _count(folder, OPEN) == 0)
        for request in crowd.asked:
            await crowd.ask(program, request)  # answered as before, or accepted now
        await until(lambda: _count(folder, OPEN) == 0)
        seen = {persona: await program.messages(persona) for persona in PERSONAS}
        spent = (await imagine(folder, "usage", "--json")).json["totals"]
    jobs = {
        row["request_id"].removeprefix("web:"): dict(row) for row in query_rows(folder, "SELECT * FROM jobs")
    }
    assert set(crowd.accepted) <= set(jobs) <= set(crowd.asked)
    delivered = 0
    for request, job in jobs.items():
        delivered += one_outcome(job, seen[crowd.asked[request][0]])
    assert spent["images"] == delivered
    assert spent["charge_micros"] == delivered * PRICE == sum(job["charge_micros"] for job in jobs.values())
    await verified(folder)
    verdict = await imagine(folder, "verify")
    assert verdict.code == 0, verdict


def one_outcome(job: dict[str, Any], seen: list[dict[str, Any]]) -> int:
    """Exactly one message about the job: its gallery, or why there is none. How many pictures it shows."""
    about = [each for each in seen if each["id"].partition(".")[0] == id_text(job["id"])]
    assert len(about) == 1, (job, about)
    [message] = about
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


async def killed_and_drained(folder: Path, seed: int, shift: int) -> None:
    dice = random.Random(seed)
    crowd = Crowd(dice)
    for number in range(ROUNDS):
        await killed_once(folder, crowd, MOMENTS[(number + shift) % len(MOMENTS)], dice)
        await verified(folder)
    await drained(folder, crowd)


@pytest.mark.parametrize("seed", range(2))
async def test_twenty_kills_lose_nothing_and_charge_nothing_twice(seed: int, tmp_path: Path) -> None:
    await killed_and_drained(tmp_path, seed, seed)


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_kills_for_as_long_as_asked(tmp_path: Path) -> None:
    end = time.monotonic() + float(os.environ.get("SOAK_SECONDS", "60"))
    seed = 1_000
    while time.monotonic() < end:
        folder = tmp_path / str(seed)
        folder.mkdir()
        await killed_and_drained(folder, seed, seed)
        seed += 1


async def test_a_call_that_was_out_is_entered_as_uncertain_and_never_repeated(tmp_path: Path) -> None:
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
            ended = await program.wait_for_card("web:member", "ended", job)
            assert ended["why"] == "unknown"
            assert "Nothing was charged" in ended["sentence"]
            await until(lambda: _count(tmp_path, OPEN) == 0)
            assert [each["card"]["kind"] for each in await program.messages("web:member")] == ["ended"]
            assert await program.messages("web:second") == []
            spent = (await imagine(tmp_path, "usage", "--json")).json["totals"]
            assert spent["charge_micros"] == 0
            assert spent["cost_micros"] + spent["uncertain_micros"] >= billed
            left = (await imagine(tmp_path, "quota", "show", "Mia", "--json")).json["images_day"]["left"]
            assert left == 40
        assert len(gateway.requests) == 1
    await verified(tmp_path)
