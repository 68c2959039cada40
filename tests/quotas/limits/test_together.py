"""All limits together: of two hundred concurrent requests, the tightest limit accepts exactly its amount."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import ANY, Defaults, Denied, Kind, Limits, Reserved
from tests.quotas.helpers import UNIT, Clock, by, make_reservation

ANN, ROLE = "discord:ann", "discord:painters"
TIGHT, LOOSE, ASKED = 37, 60, 200
PLACES: dict[Kind, tuple[str, str]] = {
    "person": ("team", ANN),
    "role": ("team", ROLE),
    "channel": ("team", "general"),
    "workspace": ("team", ANY),
    "bot": (ANY, ANY),
}
FIGURES = {
    "images_per_day": ("images", "day", 1),
    "money_per_day": ("money", "day", UNIT),
    "money_per_month": ("money", "month", UNIT),
}
EACH = [(kind, figure) for kind in PLACES for figure in FIGURES]


async def set_all(ledger: Ledger, tight: tuple[Kind, str]) -> None:
    """Set every figure of every kind, but not of person and role at once: the person's would override."""
    kinds = [kind for kind in PLACES if kind != ("person" if tight[0] == "role" else "role")]
    for kind in kinds:
        workspace, ref = PLACES[kind]
        figures = {
            figure: (TIGHT if (kind, figure) == tight else LOOSE) * unit
            for figure, (_, _, unit) in FIGURES.items()
        }
        change = Limits(**figures)  # type: ignore[arg-type]
        await ledger.settings.set_limits(workspace=workspace, kind=kind, ref=ref, change=change, **by())


async def reserve_at_once(ledger: Ledger, images: Iterable[int]) -> tuple[int, list[Denied]]:
    """Return how many images were accepted, and the denials of the others."""
    requests = [make_reservation(number, person=ANN, roles=(ROLE,)) for number in images]
    answers = await asyncio.gather(*(ledger.jobs.reserve(request) for request in requests))
    accepted = sum(answer.job.images for answer in answers if isinstance(answer, Reserved))
    return accepted, [answer for answer in answers if isinstance(answer, Denied)]


@pytest.mark.parametrize(("kind", "figure"), EACH)
async def test_the_tightest_limit_accepts_exactly_its_amount(ledger: Ledger, kind: Kind, figure: str) -> None:
    await set_all(ledger, (kind, figure))
    accepted, denied = await reserve_at_once(ledger, [1] * ASKED)
    assert accepted == TIGHT
    what, period, unit = FIGURES[figure]
    named = {(one.kind, one.ref, one.what, one.period, one.limit) for one in denied}
    assert named == {(kind, PLACES[kind][1], what, period, TIGHT * unit)}
    assert {(one.used, one.asked) for one in denied} == {(TIGHT * unit, unit)}


async def test_requests_of_every_size_fill_a_limit_completely(ledger: Ledger) -> None:
    await set_all(ledger, ("channel", "images_per_day"))
    accepted, _ = await reserve_at_once(ledger, [4, 3, 2, 1] * 50)
    assert accepted == TIGHT


async def test_concurrent_grants_add_exactly_their_amounts(ledger: Ledger) -> None:
    await set_all(ledger, ("person", "images_per_day"))
    grants = [
        ledger.settings.grant(workspace="team", person=ANN, images=2, money=0, until="2026-11-30", **by())
        for _ in range(5)
    ]
    (accepted, _), *_ = await asyncio.gather(reserve_at_once(ledger, [1] * ASKED), *grants)
    assert TIGHT <= accepted <= TIGHT + 10
    more, _ = await reserve_at_once(ledger, [1] * ASKED)
    assert accepted + more == TIGHT + 10


async def test_requests_before_a_pause_are_accepted_and_later_ones_refused(
    tmp_path: Path, clock: Clock
) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=ASKED), clock=clock)
    requests = [make_reservation() for _ in range(ASKED)]
    early = [asyncio.create_task(ledger.jobs.reserve(request)) for request in requests[:100]]
    paused = asyncio.create_task(ledger.settings.pause(workspace="team", paused=True, **by()))
    await asyncio.sleep(0)
    late = [asyncio.create_task(ledger.jobs.reserve(request)) for request in requests[100:]]
    await asyncio.gather(*early, paused, *late)
    assert all(isinstance(task.result(), Reserved) for task in early)
    assert {task.result() for task in late} == {Denied(kind="workspace", ref=ANY, what="paused")}
    assert await ledger.verify() == []
    await ledger.close()
