"""Helpers of the ledger's tests: a clock, reservations, and jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from quotas.ledger import Ledger
from quotas.records import Close, Job, Reservation, Reserved

UNIT = 60_000  # micro-dollars per image: the standard tier's price with its multiplier
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
HOUR = 3_600
DAY = 86_400
_numbers = count(1)


@dataclass
class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


def make_reservation(images: int = 1, **changes: object) -> Reservation:
    """Return a reservation, by default of Ann in the workspace "team", with a new request id."""
    values: dict[str, object] = {
        "request_id": f"request:{next(_numbers)}",
        "workspace": "team",
        "channel": "general",
        "person": "discord:ann",
        "name": "Ann",
        "tier": "standard",
        "model": "imagen-4-0",
        "quality": "",
        "ratio": "1:1",
        "images": images,
        "official_micros": 40_000,
        "unit_micros": UNIT,
        "multiplier": "1.5",
        "price_since": "2026-01-01",
        "origin": "imagine",
        "request": "{}",
        "platform": "discord",
        "address": "{}",
    }
    return Reservation(**{**values, **changes})  # type: ignore[arg-type]


def make_close(images: int, *, cost: int = 0, uncertain: int = 0) -> Close:
    """Return the closing of a job that delivered so many images. Costs are micro-dollars."""
    return Close(
        images=images, charge_micros=images * UNIT, cost_micros=cost, uncertain_micros=uncertain, outcome="{}"
    )


async def reserve(ledger: Ledger, images: int = 1, **changes: object) -> Job:
    """Reserve a job, and assert that it was accepted."""
    answer = await ledger.jobs.reserve(make_reservation(images, **changes))
    assert isinstance(answer, Reserved), answer
    return answer.job


async def draw(ledger: Ledger, images: int = 1, **changes: object) -> Job:
    """Reserve, start and settle a job; return it as it was reserved."""
    job = await reserve(ledger, images, **changes)
    assert await ledger.jobs.start(job.id)
    assert await ledger.jobs.settle(job.id, make_close(images))
    return job


def by(number: int = 0) -> dict[str, str]:
    """Return author, reason and request id of a change; the id is new unless numbered."""
    return {"author": "discord:boss", "reason": "trial", "request_id": f"change:{number or next(_numbers)}"}


async def no_pictures(_: Sequence[int]) -> None:
    """Delete the pictures of these jobs, of which there are none."""
