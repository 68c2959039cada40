"""Kill the process in the middle of comparisons: each ends in one message, and no tier is paid twice.

And fifty comparisons at once, in one process: each tier of each is asked for once, and the sums are exact.
"""

import asyncio
import random
import uuid
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from quotas.ids import id_text
from tests.fakes.gateway import FakeGateway
from tests.fakes.program import Program, imagine, query_rows, until
from tests.faults.test_kill import CLOSED, DELIVERED, OPEN, PERSONAS, ROOMY, _count, check_ledger

PRICES = {"fast": 30_000, "standard": 60_000, "ultra": 120_000, "gpt": 63_000}
MODELS = {"imagen-4-flash", "imagen-4-0", "imagen-4-ultra", "gpt-image-2"}
MOMENTS = ("accept", "draw", "settle", "deliver")
SAMPLE, KILLS = 4, 40
DELAY = 0.05  # seconds for a drawing


def env_of(gateway: FakeGateway) -> dict[str, str]:
    return {**ROOMY, "CODEGATEWAY_BASE_URL": gateway.base_url, "CODEGATEWAY_API_KEY": gateway.key}


async def ask(program: Program, request: str, number: int) -> str:
    """Ask for a comparison; return the id of its message, "" if it has ended or the process dies."""
    with suppress(aiohttp.ClientError):
        answer = await program.say(PERSONAS[number % 3], f"/compare fox {number}", id=request)
        assert "message" in answer or answer["reply"]["kind"] == "ended", answer
        return str(answer.get("message", ""))
    return ""


async def kill_once(
    folder: Path, gateway: FakeGateway, request: str, number: int, dice: random.Random
) -> None:
    """Start the program, ask for a comparison, and kill it at about some moment of it."""
    async with Program(folder, env_of(gateway)) as program:
        await program.ready()
        before = {sql: _count(folder, sql) for sql in (CLOSED, DELIVERED)}
        calls = len(gateway.requests) + dice.randint(1, 4)
        closed = before[CLOSED] + dice.randint(1, 4)
        asking = asyncio.create_task(ask(program, request, number))
        moment = MOMENTS[number % len(MOMENTS)]
        try:
            await until(
                {
                    "accept": asking.done,
                    "draw": lambda: len(gateway.requests) >= calls,
                    "settle": lambda: _count(folder, CLOSED) >= closed,
                    "deliver": lambda: _count(folder, DELIVERED) > before[DELIVERED],
                }[moment]
            )
            await asyncio.sleep(dice.choice((0, dice.uniform(0, 0.02), dice.uniform(0, 0.2))))
            await program.kill()
        finally:
            await asking


async def kill_and_drain(folder: Path, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    requests = [str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(kills)]
    async with FakeGateway(delay=DELAY) as gateway:
        for number, request in enumerate(requests):
            await kill_once(folder, gateway, request, number, dice)
            await check_ledger(folder)
        async with Program(folder, env_of(gateway)) as program:
            await program.ready()
            await until(lambda: _count(folder, OPEN) == 0)
            for number, request in enumerate(requests):
                await ask(program, request, number)  # answered as the first time, or accepted now
            await until(lambda: _count(folder, OPEN) == 0)
            await check_outcomes(program, requests, gateway)
    verdict = await imagine(folder, "verify")
    assert verdict.code == 0, verdict


async def check_outcomes(program: Program, requests: list[str], gateway: FakeGateway) -> None:
    """Check that each comparison is one message, which is true, and that each tier was asked for once."""
    calls = Counter((call.body["prompt"], call.body["model"]) for call in gateway.requests)
    assert set(calls.values()) == {1}, calls.most_common(3)
    messages = {persona: await program.messages(persona) for persona in PERSONAS}
    charged = 0
    for number, request in enumerate(requests):
        jobs = query_rows(program.folder, "SELECT * FROM jobs WHERE request_id LIKE ?", f"web:{request}:%")
        assert len(jobs) == len(PRICES), request
        charged += check_outcome([dict(job) for job in jobs], messages[PERSONAS[number % 3]])
        assert {model for prompt, model in calls if prompt == f"fox {number}"} <= MODELS
    spent = (await imagine(program.folder, "usage", "--json", env=env_of(gateway))).json["totals"]
    assert spent["charge_micros"] == charged
    assert spent["cost_micros"] + spent["uncertain_micros"] >= gateway.billed_micros


def check_outcome(jobs: list[dict[str, Any]], messages: list[dict[str, Any]]) -> int:
    """Check that one message tells the outcome of a comparison's jobs; return what was charged for it."""
    names = {id_text(job["id"]) for job in jobs}
    about = [each for each in messages if each["id"].partition(".")[0] in names]
    assert len(about) == 1, about
    card, drawn = about[0]["card"], {job["tier"] for job in jobs if job["state"] == "settled"}
    for job in jobs:
        assert job["charge_micros"] == (PRICES[job["tier"]] if job["tier"] in drawn else 0)
    assert len({job["comparison"] for job in jobs}) == 1
    if not drawn:
        assert card["kind"] == "ended"
        return 0
    assert card["kind"] == "delivered"
    assert len(card["compared"]) == len(PRICES)
    assert sum(each["picture"] is not None for each in card["compared"]) == len(drawn)
    assert len(card["pictures"]) == len(drawn) + 1, "the sheet, too"
    return sum(PRICES[tier] for tier in drawn)


async def test_a_few_kills_in_the_middle_of_a_comparison(tmp_path: Path) -> None:
    await kill_and_drain(tmp_path, SAMPLE, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_forty_kills_in_the_middle_of_a_comparison(tmp_path: Path) -> None:
    await kill_and_drain(tmp_path, KILLS, seed=2)


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_fifty_comparisons_at_once_are_paid_exactly_and_take_turns(tmp_path: Path) -> None:
    requests = [str(uuid.uuid4()) for _ in range(50)]
    async with FakeGateway(delay=DELAY) as gateway, Program(tmp_path, env_of(gateway)) as program:
        await program.ready()
        jobs = await asyncio.gather(*(ask(program, each, number) for number, each in enumerate(requests)))
        assert len(set(jobs)) == len(requests)
        again = await asyncio.gather(*(ask(program, each, number) for number, each in enumerate(requests)))
        assert again == jobs
        await until(lambda: _count(tmp_path, OPEN) == 0)
        assert len(gateway.requests) == len(requests) * len(PRICES)
        await check_outcomes(program, requests, gateway)
        assert (await imagine(tmp_path, "usage", "--json")).json["totals"] == {
            "jobs": 200,
            "images": 200,
            "charge_micros": 50 * sum(PRICES.values()),
            "cost_micros": gateway.billed_micros,
            "uncertain_micros": 0,
            "beyond_micros": 0,
        }
        order = [int(call.body["prompt"].removeprefix("fox ")) % 3 for call in gateway.requests]
        for end in range(30, 150, 10):  # after a burst's beginning, before its end
            counts = Counter(order[:end])
            assert max(counts.values()) - min(counts.values()) <= 12, (end, counts)
    await check_ledger(tmp_path)
