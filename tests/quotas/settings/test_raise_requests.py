"""Requests for more: a refusal that somebody asks about, and its answer."""

from dataclasses import replace

from quotas.ledger import Ledger
from quotas.settings.raise_requests import MOST, RaiseRequest
from tests.quotas.helpers import DAY, Clock

REFUSAL = RaiseRequest(
    id="first",
    workspace="team",
    person="discord:ann",
    name="Ann",
    address='{"channel": "general"}',
    what="money",
    stopped_by="joined",
    period="month",
    maximum=100,
    used=90,
    amount=20,
)


async def test_from_a_refusal_to_its_answer(ledger: Ledger) -> None:
    requests = ledger.raise_requests
    await requests.put(REFUSAL)
    assert await requests.get("first") == REFUSAL
    assert await requests.get("second") is None
    assert await requests.latest("team", "discord:ann") is None, "nobody asked yet"
    await requests.ask("first", "2026-11-22")
    await requests.set_card("first", '{"id": "m1"}')
    asked = replace(REFUSAL, day="2026-11-22", card='{"id": "m1"}')
    assert await requests.latest("team", "discord:ann") == asked
    await requests.answer("first", "Boss said yes", "Boss", granted=True)
    answered = replace(asked, answer="Boss said yes", answered_by="Boss", granted=True)
    assert await requests.get("first") == answered


async def test_the_latest_is_the_one_that_was_asked_last(ledger: Ledger, clock: Clock) -> None:
    requests = ledger.raise_requests
    for number, name in enumerate(("first", "second", "third")):
        workspace = "elsewhere" if name == "third" else "team"
        await requests.put(replace(REFUSAL, id=name, workspace=workspace))
        clock.now += number
        await requests.ask(name, "2026-11-22")
    assert (await requests.latest("team", "discord:ann")).id == "second"  # type: ignore[union-attr]
    clock.now += DAY
    await requests.set_card("first", "{}")
    await requests.ask("first", "2026-11-23")
    latest = await requests.latest("team", "discord:ann")
    assert latest == replace(REFUSAL, day="2026-11-23"), "made again, without the card of then"


async def test_old_ones_are_deleted_by_their_last_change(ledger: Ledger, clock: Clock) -> None:
    requests, begin = ledger.raise_requests, clock.now
    await requests.put(REFUSAL)
    await requests.put(replace(REFUSAL, id="second"))
    clock.now += DAY
    await requests.ask("second", "2026-11-23")
    await requests.delete_old(begin + 1)
    assert await requests.get("first") is None
    assert await requests.get("second") is not None
    await requests.answer("first", "no", "Boss", granted=False)
    assert await requests.get("first") is None, "an answer brings nothing back"


async def test_only_the_newest_refusals_can_be_asked_about(ledger: Ledger) -> None:
    requests = ledger.raise_requests
    await requests.put(replace(REFUSAL, id="asked"))
    await requests.ask("asked", "2026-11-22")
    await requests.put(replace(REFUSAL, id="of bob", person="discord:bob"))
    names = [f"refusal {number:03}" for number in range(MOST + 5)]
    for name in names:
        await requests.put(replace(REFUSAL, id=name))
    assert [await requests.get(name) is not None for name in names] == [False] * 5 + [True] * MOST
    assert await requests.get("asked") is not None, "what was asked stays"
    assert await requests.get("of bob") is not None
