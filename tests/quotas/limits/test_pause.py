"""Pausing: new requests are refused, and accepted jobs continue."""

import json

import pytest

from quotas.ledger import Ledger
from quotas.limits.rules import Requester, resolve
from quotas.records import ANY, Defaults, Denied, Entry, Identity, Kind, Limits, Reserved
from tests.quotas.helpers import Clock, by, make_close, make_reservation, reserve

ANN = "discord:ann"


async def pause(ledger: Ledger, workspace: str = "team", paused: bool = True) -> Entry | None:
    return await ledger.settings.pause(workspace=workspace, paused=paused, **by())


@pytest.mark.parametrize(("workspace", "kind"), [("team", "workspace"), (ANY, "bot")])
async def test_a_pause_refuses_new_requests_until_it_is_resumed(
    ledger: Ledger, workspace: str, kind: Kind
) -> None:
    before = await reserve(ledger)
    entry = await pause(ledger, workspace)
    assert entry is not None
    assert (entry.verb, entry.kind, entry.ref, entry.after) == ("pause", kind, ANY, '{"blocked": true}')
    assert await ledger.jobs.reserve(make_reservation()) == Denied(kind=kind, ref=ANY, what="paused")
    elsewhere = await ledger.jobs.reserve(make_reservation(workspace="elsewhere"))
    assert isinstance(elsewhere, Reserved) == (kind == "workspace")
    assert await ledger.jobs.start(before.id)
    assert await ledger.jobs.settle(before.id, make_close(1))
    assert await pause(ledger, workspace) is None
    resumed = await pause(ledger, workspace, False)
    assert resumed is not None
    assert (resumed.verb, resumed.before, resumed.after) == ("resume", '{"blocked": true}', None)
    assert await pause(ledger, workspace, False) is None
    assert isinstance(await ledger.jobs.reserve(make_reservation()), Reserved)
    assert len(await ledger.settings.entries(None, 9)) == 2


async def test_a_repeated_pause_request_pauses_once(ledger: Ledger) -> None:
    how = by()
    first = await ledger.settings.pause(workspace="team", paused=True, **how)
    await pause(ledger, paused=False)
    assert await ledger.settings.pause(workspace="team", paused=True, **how) == first
    assert isinstance(await ledger.jobs.reserve(make_reservation()), Reserved)


async def test_a_pause_leaves_figures_alone_and_survives_a_reset(ledger: Ledger) -> None:
    await pause(ledger)
    change = Limits(money_per_month=5)
    entry = await ledger.settings.set_limits(
        workspace="team", kind="workspace", ref=ANY, change=change, **by()
    )
    assert json.loads(entry.after or "") == {"money_per_month": 5, "blocked": True}
    await ledger.settings.reset_limits(workspace="team", kind="workspace", ref=ANY, **by())
    assert await ledger.settings.limits("team", "workspace", ANY) == Limits(blocked=True)


async def test_a_block_is_named_before_a_pause_and_a_pause_does_not_reach_linked_identities(
    ledger: Ledger,
) -> None:
    await pause(ledger)
    one, other = Identity("team", ANN, "Ann"), Identity("slack:T1", "slack:T1:sam", "Sam")
    await ledger.people.link(one, other, reason="", request_id="link")
    elsewhere = make_reservation(workspace=other.workspace, person=other.person)
    assert isinstance(await ledger.jobs.reserve(elsewhere), Reserved)
    await ledger.settings.block(workspace="team", person=ANN, blocked=True, until=None, **by())
    denied = await ledger.jobs.reserve(make_reservation())
    assert isinstance(denied, Denied)
    assert denied.what == "blocked"


def test_the_widest_pause_is_named_and_a_channel_has_none(clock: Clock) -> None:
    who = Requester("team", "ann", (), "general")
    channel = {("team", "channel", "general"): Limits(blocked=True)}
    assert resolve(channel, who, Defaults(), 0).paused_by is None  # type: ignore[arg-type]
    workspace = {**channel, ("team", "workspace", ANY): Limits(blocked=True, blocked_until=9)}
    assert resolve(workspace, who, Defaults(), 0).paused_by == "workspace"  # type: ignore[arg-type]
    assert resolve(workspace, who, Defaults(), 9).paused_by is None  # type: ignore[arg-type]
    bot = {**workspace, (ANY, "bot", ANY): Limits(blocked=True)}
    assert resolve(bot, who, Defaults(), 0).paused_by == "bot"  # type: ignore[arg-type]
