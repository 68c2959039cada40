"""What the core is built from; handed over whole by the composition root, and by tests with other parts."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from bot import wording
from bot.commands.registry import Command
from bot.painters.estimates import Estimates
from bot.painters.port import Painter
from bot.port.protocols import Adapter
from bot.storage.pictures import Store
from bot.telemetry.metrics import Metrics
from quotas.catalog import Catalog
from quotas.ledger import Ledger

KEEP_DAYS = 90  # for Share, /recent and delivery after an outage; what was spent is kept for ever
PURGE_DAYS = 30  # time enough to take the bot in again


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the core needs. `adapters` are by platform; `clock` gives unix seconds.

    `keep_days`: how long pictures and words are kept; `purge_days`: and a workspace that took the bot out.
    `usual_language`: what is spoken where a workspace has set none.
    """

    ledger: Ledger
    catalog: Catalog
    painter: Painter
    store: Store
    commands: Mapping[str, Command]
    adapters: Mapping[str, Adapter]
    estimates: Estimates
    in_flight: int
    per_person: int
    operators: frozenset[str] = field(default_factory=frozenset)
    keep_days: int = KEEP_DAYS
    purge_days: int = PURGE_DAYS
    usual_language: str = wording.USUAL
    metrics: Metrics = field(default_factory=Metrics)
    clock: Callable[[], float] = time.time

    async def language(self, workspace: str) -> str:
        """What is spoken in a workspace."""
        return (await self.ledger.preferences(workspace)).language or self.usual_language

    async def speak(self, workspace: str) -> None:
        """From here on, this task speaks the workspace's language."""
        wording.activate(await self.language(workspace))

    def today(self) -> date:
        """The day by which prices hold, in UTC as they are published."""
        return datetime.fromtimestamp(self.clock(), UTC).date()
