"""Everything the core is built from; the composition root builds it, and tests build it from other parts."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from bot import wording
from bot.commands.spec import Command
from bot.painters.estimates import Estimates
from bot.painters.port import Painter
from bot.port.protocols import Adapter
from bot.storage.guard import GuardedStore
from bot.tasks import SharedWork
from bot.telemetry.metrics import Metrics
from bot.writers.port import Writer
from quotas.catalog import Catalog
from quotas.ledger import Ledger
from quotas.records_workspace import Preferences

KEEP_DAYS = 90  # for Share, /recent and delivery after an outage; amounts are kept for ever
PURGE_DAYS = 30  # time enough to add the bot again
CHARTS = 12  # people whose charts wait at once: half a second each, so that the last one waits six
COPIES = 4  # people whose copies are made at once: each takes up to some tens of megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the core needs. `adapters` are by platform; `clock` gives unix seconds.

    `keep_days`: days that pictures and prompts are kept. `purge_days`: days that a workspace's data is kept
    after it removed the bot. `usual_language`: the language of a workspace that has set none.
    `writer`, `prompt_model`: of the help with prompts; None, or "" for no model: there is none.
    """

    ledger: Ledger
    catalog: Catalog
    painter: Painter
    store: GuardedStore
    commands: Mapping[str, Command]
    adapters: Mapping[str, Adapter]
    estimates: Estimates
    in_flight: int
    per_person: int
    operators: frozenset[str] = field(default_factory=frozenset)
    keep_days: int = KEEP_DAYS
    purge_days: int = PURGE_DAYS
    usual_language: str = wording.USUAL
    writer: Writer | None = None
    prompt_model: str = ""
    metrics: Metrics = field(default_factory=Metrics)
    charts: SharedWork = field(default_factory=lambda: SharedWork(CHARTS))
    copies: SharedWork = field(default_factory=lambda: SharedWork(COPIES))
    clock: Callable[[], float] = time.time

    async def language(self, workspace: str) -> str:
        """Return the code of the language that a workspace reads."""
        return (await self.ledger.settings.preferences(workspace)).language or self.usual_language

    async def activate_language(self, workspace: str) -> Preferences:
        """Activate the workspace's language for the current task; return the workspace's preferences."""
        preferences = await self.ledger.settings.preferences(workspace)
        wording.activate(preferences.language or self.usual_language)
        return preferences

    def today(self) -> date:
        """Return the day whose prices hold: in UTC, as they are published."""
        return datetime.fromtimestamp(self.clock(), UTC).date()
