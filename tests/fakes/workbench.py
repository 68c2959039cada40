"""A workbench in memory: a clock that skips whole days, and a mood that has no effect."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

DAY = 24 * 3600


@dataclass(slots=True)
class FakeWorkbench:
    """The Workbench of the port. `days`: the days skipped so far."""

    moods: Mapping[str, str] = field(default_factory=lambda: {"slow": "answers slowly", "500": "fails (500)"})
    mood: str = ""
    days: int = 0
    ids: set[str] = field(default_factory=set)

    def now(self) -> float:
        return time.time() + self.days * DAY

    async def skip_day(self, request_id: str) -> bool:
        is_new = request_id not in self.ids
        self.ids.add(request_id)
        self.days += is_new
        return is_new

    async def set_mood(self, mood: str) -> None:
        if mood and mood not in self.moods:
            raise ValueError(f"{mood!r} is not one of {', '.join(self.moods)}")
        self.mood = mood
