"""Pending actions: for one person, of one kind, until their time is over."""

import pytest

from quotas.ledger import Ledger
from quotas.people.pending import MOST, Kind, PendingAction
from tests.quotas.helpers import Clock

ANN, BOB = "discord:ann", "discord:bob"


async def test_an_action_is_for_its_person_and_of_its_kind(ledger: Ledger) -> None:
    action = PendingAction(person=ANN, workspace="team", subject=BOB, payload="{}")
    name = await ledger.pending.put("change", action)
    other = await ledger.pending.put("change", action)
    assert name != other
    assert await ledger.pending.get("change", ANN, name) == action
    assert await ledger.pending.get("change", BOB, name) is None
    assert await ledger.pending.get("forget", ANN, name) is None
    await ledger.pending.delete(name)
    await ledger.pending.delete(name)
    assert await ledger.pending.get("change", ANN, name) is None
    assert await ledger.pending.get("change", ANN, other) == action


async def test_an_action_ends_on_time(ledger: Ledger, clock: Clock) -> None:
    name = await ledger.pending.put("forget", PendingAction(person=ANN, until=clock.now + 600))
    clock.now += 599
    assert await ledger.pending.get("forget", ANN, name) is not None
    clock.now += 1
    assert await ledger.pending.get("forget", ANN, name) is None


@pytest.mark.parametrize(("kind", "until"), [("words", None), ("change", 600.0)])
async def test_old_actions_are_deleted(kind: Kind, until: float | None, ledger: Ledger, clock: Clock) -> None:
    """By age, or because nobody can press their button any more."""
    begin = clock.now
    ends = None if until is None else begin + until
    name = await ledger.pending.put(kind, PendingAction(person=ANN, until=ends))
    await ledger.pending.delete_old(begin)
    assert await ledger.pending.get(kind, ANN, name) is not None
    clock.now += 600
    await ledger.pending.delete_old(begin + (1 if until is None else 0))
    count = await ledger._store.read(lambda tx: tx.execute("SELECT COUNT(*) FROM pending").fetchone())
    assert count == (0,)


async def test_of_each_person_and_kind_only_the_newest_wait(ledger: Ledger) -> None:
    of_bob = await ledger.pending.put("words", PendingAction(person=BOB, payload="a fox"))
    change = await ledger.pending.put("change", PendingAction(person=ANN))
    names = [
        await ledger.pending.put("words", PendingAction(person=ANN, payload=f"fox {number}"))
        for number in range(MOST + 5)
    ]
    found = [await ledger.pending.get("words", ANN, name) is not None for name in names]
    assert found == [False] * 5 + [True] * MOST
    assert await ledger.pending.get("words", BOB, of_bob) is not None
    assert await ledger.pending.get("change", ANN, change) is not None
