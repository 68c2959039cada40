"""The ways to change what is set in an open ledger, and to read the log of it."""

from collections.abc import Callable

from quotas.limits.rules import Key
from quotas.records import ANY, Defaults, Entry, Kind, Limits
from quotas.settings import grants, limits, log
from quotas.settings.log import Change
from quotas.store.store import Store


class Changing:
    """Changes of settings. Each is safe to repeat under its request id, and leaves one entry.

    `author` changes, for `reason`. Methods raise LedgerError where the ledger cannot serve.
    """

    _store: Store
    _clock: Callable[[], float]
    _defaults: Defaults

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

    async def limits(self, workspace: str, kind: Kind, ref: str) -> Limits | None:
        """The setting at exactly this place, run out or not; None: there is none."""
        key: Key = (workspace, kind, ref)
        return await self._store.read(lambda tx: limits.limits(tx, key))

    async def set_here(self, workspace: str) -> list[tuple[Kind, str, str, Limits]]:
        """(kind, ref, a person's name or "", setting) of all that is set in a workspace and in force."""
        now = self._clock()
        return await self._store.read(lambda tx: limits.set_here(tx, workspace, now))

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
        return await self._store.write(lambda tx: limits.set_limits(tx, by, change))

    async def reset_limits(
        self, *, workspace: str, kind: Kind, ref: str, author: str, reason: str, request_id: str
    ) -> Entry | None:
        """Remove a setting's figures and tiers, never usage, never a block. None: there was nothing."""
        by = self._change(workspace, kind, ref, author, reason, request_id)
        return await self._store.write(lambda tx: limits.reset_limits(tx, by))

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
        return await self._store.write(lambda tx: limits.block(tx, by, blocked, until))

    async def pause(
        self, *, workspace: str, paused: bool, author: str, reason: str, request_id: str
    ) -> Entry | None:
        """Accept nothing more in a workspace ("*": anywhere), or again. None: it was so already."""
        kind: Kind = "bot" if workspace == ANY else "workspace"
        by = self._change(workspace, kind, ANY, author, reason, request_id)
        return await self._store.write(lambda tx: limits.pause(tx, by, paused))

    async def grant(
        self,
        *,
        workspace: str,
        person: str,
        images: int,
        money: int,
        until: str | None = None,
        author: str,
        reason: str,
        request_id: str,
    ) -> Entry:
        """Add images and micro-dollars, both >= 0, to the person's current day; money also to its month.

        With `until` (a day, inclusive) the same on each day to that one. Raises ValueError where it is no
        day, is over, or makes more than grants.MAX_DAYS days.
        """
        by = self._change(workspace, "person", person, author, reason, request_id)
        return await self._store.write(lambda tx: grants.grant(tx, by, images, money, until))

    async def deny(self, *, workspace: str, person: str, author: str, reason: str, request_id: str) -> Entry:
        """Note that a person's request for more was denied."""
        by = self._change(workspace, "person", person, author, reason, request_id)
        return await self._store.write(lambda tx: log.note(tx, by, "deny"))

    async def set_zone(
        self, workspace: str, zone: str, *, author: str, reason: str, request_id: str
    ) -> Entry:
        """Count days in `zone` from the next midnight on. Raises ValueError on an unknown zone."""
        by = self._change(workspace, "workspace", ANY, author, reason, request_id)
        return await self._store.write(lambda tx: limits.set_zone(tx, by, zone))

    async def entry(self, entry: int) -> Entry | None:
        return await self._store.read(lambda tx: log.entry(tx, entry))

    async def entries(self, workspace: str | None, limit: int, *, ref: str | None = None) -> list[Entry]:
        """The log, newest first; of every workspace, and about anything, where that is None."""
        return await self._store.read(lambda tx: log.entries(tx, workspace, limit, ref))

    async def workspaces(self) -> list[str]:
        """Every workspace where somebody drew or something was set, in order."""
        return await self._store.read(limits.workspaces)
