"""The ledger: who may spend how much, and who spent what. Everything above this package enters here.

Writes wait in the writer's queue and are durable before they are answered; a read sees every answered write.
Methods return refusals, and raise LedgerError if the ledger itself cannot serve.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from quotas.jobs.finding import Finding
from quotas.jobs.service import Jobs
from quotas.jobs.waiting import WaitingJobs
from quotas.people.pending import PendingActions
from quotas.people.service import People
from quotas.privacy import rest, returning
from quotas.privacy.service import Privacy
from quotas.records import Defaults, Difference
from quotas.records_workspace import Preferences
from quotas.reports.service import Reports
from quotas.reports.verify import verify
from quotas.settings import preferences
from quotas.settings.limits import follow_operators_zone, has_calendar
from quotas.settings.raise_requests import RaiseRequests
from quotas.settings.service import Settings
from quotas.store.dry_run import DryRun
from quotas.store.errors import LedgerUnavailable
from quotas.store.key_value import Kept
from quotas.store.sqlite import FILE
from quotas.store.sqlite_store import open_store, open_store_read_only
from quotas.store.store import Store
from quotas.store.transaction import Transaction

VERIFY_TRIES, VERIFY_PAUSE = (
    100,
    0.1,
)  # seconds between tries: ten thousand jobs are forgotten in some seconds


class Ledger:
    """An open ledger, by subject. Every method may be called from any task of the loop that opened it."""

    def __init__(
        self,
        store: Store,
        defaults: Defaults,
        clock: Callable[[], float],
        preferred: dict[str, Preferences] | None = None,
        digests: returning.Digests | None = None,
    ) -> None:
        """`preferred`: the preferences of every workspace, if no other process writes them.

        `digests`: of people who may come back, from a ledger over the same store; a new one loads them.
        """
        self._digests = digests = digests or returning.Digests()
        self._store = store
        self._defaults = defaults
        self._clock = clock
        self.kept = Kept(store)
        self.settings = Settings(store, defaults, clock, preferred)
        self.raise_requests = RaiseRequests(store, clock)
        self.people = People(store, clock)
        self.pending = PendingActions(store, clock)
        self.privacy = Privacy(store, clock, digests)
        self.waiting = WaitingJobs(store, clock)
        self.finding = Finding(store, clock)
        self.jobs = Jobs(store, defaults, clock, digests.welcome)
        self.reports = Reports(store, defaults, clock, digests.include, digests.welcome)

    @classmethod
    async def open(
        cls,
        folder: Path,
        defaults: Defaults,
        *,
        clock: Callable[[], float] = time.time,
        read_only: bool = False,
        moves_zone: bool = True,
    ) -> "Ledger":
        """Open `folder`/imagine.db. A writer must own the folder (OwnerLock); an older file is migrated.

        `moves_zone`: days are counted in the zone of `defaults` from the next midnight on. A process that
        opens the ledger for one change keeps the zone in force: it may not have the bot's settings.
        Read-only works beside the owner. Raises LedgerUnavailable if the file is missing (read-only),
        damaged, of another version, or the disk refuses; ValueError on an unknown zone.
        """
        path = folder / FILE
        store = await (open_store_read_only(path) if read_only else open_store(path))
        try:
            if read_only:
                if not await store.read(has_calendar):
                    raise LedgerUnavailable(f"the ledger {path} is just being made; try again")
                return cls(store, defaults, clock)
            await store.write(lambda tx: follow_operators_zone(tx, defaults.zone, clock(), moves_zone))
            ledger = cls(store, defaults, clock, await store.read(preferences.read_all))
            await ledger.privacy.load_digests()
        except BaseException:
            await store.close()
            raise
        return ledger

    async def close(self) -> None:
        """Write what waits, then close. Afterwards every method raises LedgerUnavailable."""
        await self._store.close()

    def dry_run(self) -> "Ledger":
        """Return this ledger for trying changes: each is answered as usual, and nothing of it stays."""
        return Ledger(DryRun(self._store), self._defaults, self._clock, digests=self._digests)

    @property
    def pulse(self) -> tuple[int, int, int]:
        """Transactions and operations since the ledger was opened, and operations that wait."""
        return self._store.pulse

    async def verify(self) -> list[Difference]:
        """Return every figure that differs from what it is derived from; none in a healthy ledger.

        Waits for a forgetting that is being finished: meanwhile jobs and figures have different names.
        """
        for _ in range(VERIFY_TRIES):
            differences = await self._store.read(_verify)
            if differences is not None:
                return differences
            await asyncio.sleep(VERIFY_PAUSE)
        return [
            Difference("nobody is half forgotten", "imagine.db", "unfinished", "finished at the next start")
        ]


def _verify(tx: Transaction) -> list[Difference] | None:
    """Return every difference; None: a forgetting is not finished."""
    return None if rest.list_unfinished(tx) else [*verify(tx), *returning.differences(tx)]
