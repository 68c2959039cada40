"""What the ledger's tests share: a clock that obeys, reservations, and a ledger in a folder."""

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


def asked(images: int = 1, **changes: object) -> Reservation:
    """A reservation, of ann in the workspace "team" unless told otherwise; its request id is fresh."""
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


def drawn(images: int, *, cost: int = 0, uncertain: int = 0) -> Close:
    return Close(
        images=images, charge_micros=images * UNIT, cost_micros=cost, uncertain_micros=uncertain, outcome="{}"
    )


async def reserved(ledger: Ledger, images: int = 1, **changes: object) -> Job:
    answer = await ledger.jobs.reserve(asked(images, **changes))
    assert isinstance(answer, Reserved), answer
    return answer.job


async def settled(ledger: Ledger, images: int = 1, **changes: object) -> Job:
    job = await reserved(ledger, images, **changes)
    assert await ledger.jobs.start(job.id)
    assert await ledger.jobs.settle(job.id, drawn(images))
    return job


def by(number: int = 0) -> dict[str, str]:
    """Who changes a setting, with a request id that is fresh unless numbered."""
    return {"author": "discord:boss", "reason": "trial", "request_id": f"change:{number or next(_numbers)}"}
