"""A painter that measures how long another painter draws."""

import time
from typing import assert_never

from bot.painters.port import Declined, Drawn, NotDrawn, Outcome, Painter, PaintOrder, Unknown
from bot.telemetry.metrics import DRAWING, Metrics
from quotas.catalog import Tier


class TimedPainter:
    """A Painter that draws with another, and records how long each drawing took and how it ended."""

    def __init__(self, painter: Painter, metrics: Metrics) -> None:
        self._painter = painter
        self._metrics = metrics
        self.billed = painter.billed

    async def draw(self, order: PaintOrder) -> Outcome:
        began = time.monotonic()
        outcome = await self._painter.draw(order)
        seconds = time.monotonic() - began
        self._metrics.observe(DRAWING, order.tier.name, _label(outcome), seconds=seconds)
        return outcome

    def unavailable(self, tier: Tier) -> str | None:
        return self._painter.unavailable(tier)

    async def close(self) -> None:
        await self._painter.close()


def _label(outcome: Outcome) -> str:
    match outcome:
        case Drawn():
            return "drawn"
        case Declined():
            return "declined"
        case NotDrawn(why=why):
            return why
        case Unknown(why=why):
            return why
        case _:
            assert_never(outcome)
