"""The ledger: who may spend what, and who spent what. The one door to it, for everything above.

Writes go through the writer's queue and are on disk before they are answered; reads see everything answered
before them. Methods return refusals; they raise LedgerError where the ledger itself cannot serve.
"""

import time
from collections.abc import Callable
from pathlib import Path

from quotas import jobs, links, reports, settings
from quotas.database import FILE, LedgerBusy, LedgerError, LedgerUnavailable
from quotas.finding import Finding
from quotas.keeping import Drawers
from quotas.limits import Key
from quotas.links import Link
from quotas.records import (
    ANY,
    Allowance,
    Close,
    Defaults,
    Denied,
    Difference,
    Entry,
    Identity,
    Kind,
    Limits,
    Reservation,
    Reserved,
    UsageFilter,
    UsageReport,
)
from quotas.reserve import identity, reserve
from quotas.settings import Change
from quotas.store import Store, open_store, open_store_read_only
from quotas.verify import verify

__all__ = ["Ledger", "LedgerBusy", "LedgerError", "LedgerUnavailable"]


class Ledger(Drawers, Finding):
    """An open ledger. Every method may be called from any task of the loop that opened it."""

    def __init__(self, store: Store, defaults: Defaults, clock: Callable[[], float]) -> None:
        super().__init__(store)
        self._defaults = defaults
        self._clock = clock

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
            store = await open_store_read_only(path)
        else:
            store = await open_store(path, defaults.zone, clock())
        return cls(store, defaults, clock)

    async def close(self) -> None:
        """Write what waits, then close. What is asked afterwards raises LedgerUnavailable."""
        await self._store.close()

    # The life of a job

    async def reserve(self, r: Reservation) -> Reserved | Denied:
        """Hold the request's price on every counter, or say which limit refused. Safe to repeat."""
        now = self._clock()
        answer: Reserved | Denied = await self._store.write(lambda db: reserve(db, r, self._defaults, now))
        if isinstance(answer, Denied):  # nothing was kept, but roles that were taken away must be
            await self._store.write(lambda db: links.seen(db, identity(r)))
        return answer

    async def start(self, job: int) -> bool:
        """reserved -> running. To be awaited before the gateway is called. False: not reserved any more."""
        now = self._clock()
        return await self._store.write(lambda db: jobs.start(db, job, now))

    async def settle(self, job: int, close: Close) -> bool:
        """running -> settled: charge what was delivered, at most the hold. False: was not running."""
        now = self._clock()
        return await self._store.write(lambda db: jobs.settle(db, job, close, now))

    async def release(self, job: int, close: Close) -> bool:
        """reserved or running -> released, and nothing charged (LedgerError if `close` says so)."""
        now = self._clock()
        return await self._store.write(lambda db: jobs.release(db, job, close, now))

    async def shown(self, job: int, card: str, platform: str, channel: str, message: str) -> None:
        """Remember the card (JSON) that announces the job and, unless "", the message. Safe to repeat."""
        place = platform, channel, message
        await self._store.write(lambda db: jobs.shown(db, job, card, place))

    async def deliver(self, job: int, platform: str, channel: str, message: str, card: str) -> bool:
        """A closed job's outcome was told, in `message` ("": nothing to find again). False: was already."""
        now, place = self._clock(), (platform, channel, message)
        return await self._store.write(lambda db: jobs.deliver(db, job, card, place, now))

    async def remove(self, job: int) -> bool:
        """Somebody took the job's pictures away. False: they had been already."""
        now = self._clock()
        return await self._store.write(lambda db: jobs.remove(db, job, now))

    async def emptied(self, job: int) -> bool:
        """The time of the job's pictures was over, and they are gone. False: they had been already."""
        now = self._clock()
        return await self._store.write(lambda db: jobs.emptied(db, job, now))

    async def map_message(self, job: int, platform: str, channel: str, message: str) -> None:
        """Let another message lead to the job. Safe to repeat."""
        place = platform, channel, message
        await self._store.write(lambda db: jobs.map_message(db, job, place))

    async def forget_lent(self) -> int:
        """Erase the reply tokens whose time is over, and say how many."""
        now = self._clock()
        return await self._store.write(lambda db: jobs.forget_lent(db, now))

    # Allowances and settings

    async def allowance(self, workspace: str, person: str, roles: tuple[str, ...]) -> Allowance:
        now = self._clock()
        return await self._store.read(
            lambda db: reports.allowance(db, workspace, person, roles, self._defaults, now)
        )

    async def limits(self, workspace: str, kind: Kind, ref: str) -> Limits | None:
        """The setting at exactly this place, run out or not; None: there is none."""
        key: Key = (workspace, kind, ref)
        return await self._store.read(lambda db: settings.limits(db, key))

    async def set_limits(
        self,
        *,
        workspace: str,
        kind: Kind,
        ref: str,
        change: Limits,
        author: str,
        reason: str,
        request_id: str,
    ) -> Entry:
        """Set those figures of `change` that are not None, at once. Blocks are left to `block`."""
        by = self._change(workspace, kind, ref, author, reason, request_id)
        return await self._store.write(lambda db: settings.set_limits(db, by, change))

    async def block(
        self,
        *,
        workspace: str,
        person: str,
        blocked: bool,
        until: int | None,
        author: str,
        reason: str,
        request_id: str,
    ) -> Entry:
        """Block a person (everyone: "*") until then (unix seconds; None: until it is lifted), or lift it."""
        kind: Kind = "everyone" if person == ANY else "person"
        by = self._change(workspace, kind, person, author, reason, request_id)
        return await self._store.write(lambda db: settings.block(db, by, blocked, until))

    async def reset_limits(
        self, *, workspace: str, kind: Kind, ref: str, author: str, reason: str, request_id: str
    ) -> Entry | None:
        """Remove a setting's figures and tiers, never usage, never a block. None: there was nothing."""
        by = self._change(workspace, kind, ref, author, reason, request_id)
        return await self._store.write(lambda db: settings.reset_limits(db, by))

    async def grant(
        self,
        *,
        workspace: str,
        person: str,
        images: int,
        money: int,
        author: str,
        reason: str,
        request_id: str,
    ) -> Entry:
        """Add images and micro-dollars, both >= 0, to the person's current day; money also to its month."""
        by = self._change(workspace, "person", person, author, reason, request_id)
        return await self._store.write(lambda db: settings.grant(db, by, images, money))

    async def set_zone(
        self, workspace: str, zone: str, *, author: str, reason: str, request_id: str
    ) -> Entry:
        """Count days in `zone` from the next midnight on. Raises ValueError on an unknown zone."""
        by = self._change(workspace, "workspace", ANY, author, reason, request_id)
        return await self._store.write(lambda db: settings.set_zone(db, by, zone))

    async def set_here(self, workspace: str) -> list[tuple[Kind, str, str, Limits]]:
        """(kind, ref, a person's name or "", setting) of all that is set in a workspace and in force."""
        now = self._clock()
        return await self._store.read(lambda db: settings.set_here(db, workspace, now))

    # Identities that are one person

    async def link(self, one: Identity, other: Identity, *, reason: str, request_id: str) -> Link | None:
        """Make them one, with all whom each is joined with; by `one`. None: too many. Safe to repeat."""
        by = self._change(one.workspace, "person", one.person, one.person, reason, request_id)
        return await self._store.write(lambda db: links.join(db, by, one, other))

    async def unlink(self, workspace: str, person: str, *, reason: str, request_id: str) -> Link | None:
        """Separate one identity from the others, and give who was together. None: it was alone."""
        by = self._change(workspace, "person", person, person, reason, request_id)
        return await self._store.write(lambda db: links.leave(db, by, workspace, person))

    async def link_of(self, workspace: str, person: str) -> Link:
        return await self._store.read(lambda db: links.link_of(db, workspace, person))

    async def entries(self, workspace: str | None, limit: int) -> list[Entry]:
        """The log, newest first; of every workspace when it is None."""
        return await self._store.read(lambda db: settings.entries(db, workspace, limit))

    def _change(
        self, workspace: str, kind: Kind, ref: str, author: str, reason: str, request_id: str
    ) -> Change:
        return Change(
            workspace=workspace,
            kind=kind,
            ref=ref,
            author=author,
            reason=reason,
            request_id=request_id,
            at=self._clock(),
        )

    # Reports, people, proof

    async def usage(self, where: UsageFilter, by: reports.By | None) -> UsageReport:
        return await self._store.read(lambda db: reports.usage(db, where, by))

    async def find_people(self, text: str) -> list[tuple[str, str, str]]:
        """(workspace, person, name) of everyone `text` may mean: an id, its part after ":", or a name."""
        return await self._store.read(lambda db: reports.find_people(db, text))

    async def verify(self) -> list[Difference]:
        """Every figure that is not what it is derived from; empty in a healthy ledger."""
        return await self._store.read(verify)
