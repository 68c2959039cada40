"""A painter with scripted outcomes, and a gate that holds drawings back."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.painters.port import Drawing, Drawn, Outcome, PaintOrder
from quotas.catalog import Tier

Script = Outcome | Exception | Callable[[PaintOrder], Outcome]


def drawings(order: PaintOrder, number: int | None = None) -> tuple[Drawing, ...]:
    """Make the given number of drawings for an order; without a number, all of them."""
    width, height = order.tier.sizes[order.ratio]
    return tuple(
        Drawing(data=f"{order.job} {index}".encode(), format="png", width=width, height=height)
        for index in range(order.images if number is None else number)
    )


def draw_all(order: PaintOrder) -> Drawn:
    """Draw the whole order, billed at its list cost."""
    unit = order.costs[order.quality or "image"]
    return Drawn(drawings=drawings(order), cost_micros=order.images * unit)


@dataclass(slots=True)
class FakePainter:
    """The Painter of the port.

    `script`: the next outcomes; after them `draw_all` draws every order. `gate`: drawings wait until it is
    set. `off`: tier names to the reason why the tier is unavailable.
    """

    billed: bool = True
    script: list[Script] = field(default_factory=list)
    orders: list[PaintOrder] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    off: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gate.set()

    async def draw(self, order: PaintOrder) -> Outcome:
        self.orders.append(order)
        outcome = self.script.pop(0) if self.script else draw_all
        await self.gate.wait()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome(order) if callable(outcome) else outcome

    def unavailable(self, tier: Tier) -> str | None:
        return self.off.get(tier.name)

    async def close(self) -> None:
        return
