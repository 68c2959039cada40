"""A job that has not been told yet, and how often its card may move meanwhile."""

import asyncio
from dataclasses import dataclass, field

from quotas.records import Job

DRAWING_EVERY = 3.0  # seconds between revisions of one card while drawing: Discord allows about one a second
QUEUED_EVERY = 10.0  # and while waiting, and only when its place changed


@dataclass(slots=True)
class TrackedCard:
    """`lock` keeps a late revision from painting over the gallery."""

    job: Job
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    line: str = ""  # what the card says now
    looked_at: float = 0.0  # when its card was last found due, revised or not
    telling: bool = False

    def due(self, now: float) -> bool:
        """Whether the card may be revised at `now` (unix seconds)."""
        if self.telling or self.job.card is None or self.lock.locked():
            return False
        pause = QUEUED_EVERY if self.job.started_at is None else DRAWING_EVERY
        return now - self.looked_at >= pause
