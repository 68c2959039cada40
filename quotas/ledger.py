"""The ledger: who may spend what, and who spent what. The one door to it, for everything above.

Writes go through the writer's queue and are on disk before they are answered; reads see everything answered
before them. Methods return refusals; they raise LedgerError where the ledger itself cannot serve.
"""

import time
from collections.abc import Callable
from pathlib import Path

from quotas.jobs import lifecycle
from quotas.jobs.queries import Finding
from quotas.jobs.reserve import refused, reserve
from quotas.people import links
from quotas.people.links import Link
from quotas.people.names import People
from quotas.privacy.service import Privacy
from quotas.records import Allowance, Close, Defaults, Denied, Difference, Identity, Reservation, Reserved
from quotas.records_workspace import Preferences
from quotas.reports import allowance
from quotas.reports.usage import Usage
from quotas.reports.verify import verify
from quotas.settings import preferences
from quotas.settings.limits import keep_operators_zone
from quotas.settings.managing import Managing
from quotas.store.dry_run import DryRun
from quotas.store.key_value import Drawers
from quotas.store.sqlite import FILE
from quotas.store.sqlite_store import open_store, open_store_read_only
from quotas.store.store import Store


class Ledger(Drawers, Finding, Usage, People, Managing, Privacy):
    """An open ledger. Every method may be called from any task of the loop that opened it."""

    def __init__(
        self,
        store: Store,
        defaults: Defaults,
        clock: Callable[[], float],
        preferred: dict[str, Preferences] | None = None,
    ) -> None:
        super().__init__(store)
        self._defaults = defaults
        self._clock = clock
        self._preferred = preferred

    @classmethod
    async def open(
        cls,
        folder: Path,
        defaults: Defaults,
        *,
        clock: Callable[[], float] = time.time,
        read_only: bool = False,
    ) -> "Ledger":
        """Open `folder`/imagine.db. Who writes must own the folder (OwnerLock); an older file is migrated.

        Read-only works beside the owner. Raises LedgerUnavailable where the file is missing (read-only),
        damaged, of another version, or the disk refuses; ValueError on an unknown zone.
        """
        path = folder / FILE
        if read_only:
            return cls(await open_store_read_only(path), defaults, clock)
        store = await open_store(path)
        try:
            await store.write(lambda tx: keep_operators_zone(tx, defaults.zone, clock()))
            ledger = cls(store, defaults, clock, await store.read(preferences.everywhere))
            await ledger.recall_away()
        except BaseException:
            await store.close()
            raise
        return ledger

    async def close(self) -> None:
        """Write what waits, then close. What is asked afterwards raises LedgerUnavailable."""
        await self._store.close()

    def dry_run(self) -> "Ledger":
        """This ledger as one to try changes in: each is answered as ever, and nothing of it stays."""
        return Ledger(DryRun(self._store), self._defaults, self._clock)

    # The life of a job

    async def reserve(self, r: Reservation) -> Reserved | Denied:
        """Hold the request's price on every counter, or say which limit refused. Safe to repeat."""
        await self._welcome(r.workspace, r.person)
        now = self._clock()
        answer: Reserved | Denied = await self._store.write(lambda tx: reserve(tx, r, self._defaults, now))
        if isinstance(answer, Denied):  # of which nothing was kept
            denied = answer
            await self._store.write(lambda tx: refused(tx, r, denied, now))
        return answer

    async def start(self, job: int) -> bool:
        """reserved -> running. To be awaited before the gateway is called. False: not reserved any more."""
        now = self._clock()
        return await self._store.write(lambda tx: lifecycle.start(tx, job, now))

    async def settle(self, job: int, close: Close) -> bool:
        """running -> settled: charge what was delivered, at most the hold. False: was not running."""
        now = self._clock()
        return await self._store.write(lambda tx: lifecycle.settle(tx, job, close, now))

    async def release(self, job: int, close: Close) -> bool:
        """reserved or running -> released, and nothing charged (LedgerError if `close` says so)."""
        now = self._clock()
        return await self._store.write(lambda tx: lifecycle.release(tx, job, close, now))

    async def shown(self, job: int, card: str, platform: str, channel: str, message: str) -> None:
        """Remember the card (JSON) that announces the job and, unless "", the message. Safe to repeat."""
        place = platform, channel, message
        await self._store.write(lambda tx: lifecycle.shown(tx, job, card, place))

    async def deliver(self, job: int, platform: str, channel: str, message: str, card: str) -> bool:
        """A closed job's outcome was told, in `message` ("": nothing to find again). False: was already."""
        now, place = self._clock(), (platform, channel, message)
        return await self._store.write(lambda tx: lifecycle.deliver(tx, job, card, place, now))

    async def remove(self, job: int) -> bool:
        """Somebody took the job's pictures away. False: they had been already."""
        now = self._clock()
        return await self._store.write(lambda tx: lifecycle.remove(tx, job, now))

    async def emptied(self, job: int, request: str) -> bool:
        """The time of the job's pictures and words is over: `request` stays. False: it was already."""
        now = self._clock()
        return await self._store.write(lambda tx: lifecycle.emptied(tx, job, request, now))

    async def map_message(self, job: int, platform: str, channel: str, message: str) -> None:
        """Let another message lead to the job. Safe to repeat."""
        place = platform, channel, message
        await self._store.write(lambda tx: lifecycle.map_message(tx, job, place))

    async def forget_lent(self) -> int:
        """Erase the reply tokens whose time is over, and say how many."""
        now = self._clock()
        return await self._store.write(lambda tx: lifecycle.forget_lent(tx, now))

    # Allowances

    async def allowance(self, workspace: str, person: str, roles: tuple[str, ...]) -> Allowance:
        await self._welcome(workspace, person)
        now = self._clock()
        return await self._store.read(
            lambda tx: allowance.allowance(tx, workspace, person, roles, self._defaults, now)
        )

    # Identities that are one person

    async def link(self, one: Identity, other: Identity, *, reason: str, request_id: str) -> Link | None:
        """Make them one, with all whom each is joined with; by `one`. None: too many. Safe to repeat."""
        by = self._change(one.workspace, "person", one.person, one.person, reason, request_id)
        return await self._store.write(lambda tx: links.join(tx, by, one, other))

    async def unlink(self, workspace: str, person: str, *, reason: str, request_id: str) -> Link | None:
        """Separate one identity from the others, and give who was together. None: it was alone."""
        by = self._change(workspace, "person", person, person, reason, request_id)
        return await self._store.write(lambda tx: links.leave(tx, by, workspace, person))

    async def link_of(self, workspace: str, person: str) -> Link:
        return await self._store.read(lambda tx: links.link_of(tx, workspace, person))

    # People, proof

    async def find_people(self, text: str) -> list[tuple[str, str, str]]:
        """(workspace, person, name) of everyone `text` may mean: an id, its part after ":", or a name."""
        return await self._store.read(lambda tx: allowance.find_people(tx, text))

    async def verify(self) -> list[Difference]:
        """Every figure that is not what it is derived from; empty in a healthy ledger."""
        return await self._store.read(verify)
