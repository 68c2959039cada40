"""The playground's workbench: a clock to put forward, and a gateway that misbehaves."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.painters.port import Declined, Drawn, NotDrawn, Outcome, Painter, PaintOrder, Unknown
from bot.port.protocols import KeyValue
from bot.writers.port import Outcome as WrittenOutcome
from bot.writers.port import WriteOrder, Writer
from quotas.catalog import Tier
from quotas.prices import IMAGE

DAY = 24 * 3600
SLOW_SECONDS = 20.0  # long enough to watch the card move, to cancel behind it, and to restart in the middle
MOODS = MappingProxyType(
    {
        "slow": "answers slowly",
        "refuse": "refuses every prompt",
        "429": "is overloaded (429)",
        "500": "fails (500)",
        "cut": "cuts the connection",
        "fewer": "leaves one picture out",
    }
)
_SKIPPED = "skipped"
_IDS = 16  # requests to skip a day that are known again: the page repeats one within seconds


class Workbench:
    """The Workbench of the port. It stores the skipped time: a restart does not turn the clock back."""

    def __init__(self) -> None:
        self.moods: Mapping[str, str] = MOODS
        self.mood = ""
        self._skipped = 0
        self._ids: tuple[str, ...] = ()  # of the newest skips
        self._skipping = asyncio.Lock()
        self._store: KeyValue | None = None

    async def load(self, store: KeyValue) -> None:
        """Read the time that was skipped before from `store`, and store it there from now on."""
        self._store = store
        skipped, *ids = (await store.get(_SKIPPED) or "0").split()
        self._skipped, self._ids = int(skipped), tuple(ids)

    def now(self) -> float:
        return time.time() + self._skipped

    async def skip_day(self, request_id: str) -> bool:
        async with self._skipping:
            if request_id in self._ids:
                return False
            skipped, ids = self._skipped + DAY, (*self._ids, request_id)[-_IDS:]
            if self._store is not None:
                await self._store.put(_SKIPPED, " ".join((str(skipped), *ids)))
            self._skipped, self._ids = skipped, ids
            return True

    async def set_mood(self, mood: str) -> None:
        if mood and mood not in self.moods:
            raise ValueError(f"{mood!r} is not one of {', '.join(self.moods)}")
        self.mood = mood


class MoodyPainter:
    """A painter that behaves as the real one, or as the workbench's mood says."""

    def __init__(self, painter: Painter, bench: Workbench) -> None:
        self._painter = painter
        self._bench = bench
        self.billed = painter.billed

    async def draw(self, order: PaintOrder) -> Outcome:
        mood = self._bench.mood
        if mood == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        elif mood in ("refuse", "429", "500", "cut"):
            return self._refusal(mood, order)
        outcome = await self._painter.draw(order)
        if mood == "fewer" and isinstance(outcome, Drawn) and len(outcome.drawings) > 1:
            return replace(outcome, drawings=outcome.drawings[:-1], filtered=outcome.filtered + 1)
        return outcome

    def unavailable(self, tier: Tier) -> str | None:
        return self._painter.unavailable(tier)

    async def close(self) -> None:
        await self._painter.close()

    def _refusal(self, mood: str, order: PaintOrder) -> Outcome:
        """Make the outcome of a mood, without a call: a real gateway bills nothing.

        With samples, an unknown outcome has the uncertain cost that it would have with a gateway.
        """
        doubt = 0 if self.billed else order.images * order.costs[order.quality or IMAGE]
        match mood:
            case "refuse":
                return Declined(words="workbench")
            case "429":
                return NotDrawn(why="busy", words="workbench")
            case "500":
                return Unknown(why="server error", words="workbench", uncertain_micros=doubt)
            case _:
                return Unknown(why="cut off", words="workbench", uncertain_micros=doubt)


class MoodyWriter:
    """A writer that behaves as the real one, or as the workbench's mood says."""

    def __init__(self, writer: Writer, bench: Workbench) -> None:
        self._writer = writer
        self._bench = bench
        self.billed = writer.billed

    async def write(self, order: WriteOrder) -> WrittenOutcome:
        doubt = 0 if self.billed else order.held_micros
        match self._bench.mood:
            case "slow":
                await asyncio.sleep(SLOW_SECONDS)
            case "refuse":
                return Declined(words="workbench")
            case "429":
                return NotDrawn(why="busy", words="workbench")
            case "500":
                return Unknown(why="server error", words="workbench", uncertain_micros=doubt)
            case "cut":
                return Unknown(why="cut off", words="workbench", uncertain_micros=doubt)
        return await self._writer.write(order)

    def is_off(self, name: str) -> bool:
        return self._writer.is_off(name)

    async def close(self) -> None:
        await self._writer.close()
