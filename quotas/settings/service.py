"""`ledger.settings`: every change of what is set, the log of these changes, and budget alerts."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from quotas.limits.rules import Key
from quotas.records import ANY, Defaults, Entry, Kind, Limits
from quotas.records_workspace import Alert, AtEnd, BudgetState, CannotUndo, Preferences
from quotas.settings import alerts, budgets, grants, limits, log, preferences
from quotas.settings.log import Change
from quotas.settings.undo import undo
from quotas.store.store import Store
from quotas.store.transaction import Operation, Refusal, Transaction

T = TypeVar("T")
_NOTHING = Preferences()


class Settings:
    """The settings of an open ledger.

    Each change is safe to repeat under its request id, and leaves one entry: `author` changed it, for
    `reason`. Methods raise LedgerError if the ledger cannot serve.
    """

    def __init__(
        self,
        store: Store,
        defaults: Defaults,
        clock: Callable[[], float],
        preferred: dict[str, Preferences] | None,
    ) -> None:
        """`preferred`: the preferences of every workspace, kept in memory; None: others may write them."""
        self._store = store
        self._defaults = defaults
        self._clock = clock
        self._preferred = preferred

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

    async def list_limits(self, workspace: str) -> list[tuple[Kind, str, str, Limits]]:
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

    async def preferences(self, workspace: str) -> Preferences:
        """From memory where the ledger was opened to write: every request asks before it is reserved."""
        if self._preferred is not None:
            return self._preferred.get(workspace, _NOTHING)
        return await self._store.read(lambda tx: preferences.here(tx, workspace))

    async def set_preferences(
        self,
        *,
        workspace: str,
        change: Preferences,
        zone: str | None,
        author: str,
        reason: str,
        request_id: str,
    ) -> Entry:
        """Set what is not None; "" and 0 clear. `zone`: as set_zone. Raises ValueError on an unknown zone."""
        by = self._change(workspace, "workspace", ANY, author, reason, request_id)
        return await self._write(lambda tx: preferences.prefer(tx, by, change, zone))

    async def set_budget(
        self,
        *,
        workspace: str,
        money_per_month: int | None,
        at_end: AtEnd | None,
        author: str,
        reason: str,
        request_id: str,
    ) -> Entry:
        """Set what is not None: micro-dollars a month (UNLIMITED: no budget), and what happens at its end."""
        by = self._change(workspace, "workspace", ANY, author, reason, request_id)
        return await self._write(lambda tx: budgets.set_budget(tx, by, money_per_month, at_end))

    async def budget(self, workspace: str) -> BudgetState:
        """The budget of the current month, what is spent of it, and what the month is likely to come to."""
        now = self._clock()
        return await self._store.read(lambda tx: budgets.state(tx, workspace, self._defaults, now))

    async def due_alerts(self) -> list[Alert]:
        """What was noticed of budgets and not told yet, oldest first."""
        return await self._store.read(alerts.due)

    async def finish_alert(self, alert: Alert) -> None:
        """It was told, or nobody can be told. Safe to repeat."""
        now = self._clock()
        await self._store.write(lambda tx: alerts.was_told(tx, alert, now))

    async def undo(
        self, *, entry: int, workspace: str | None, author: str, reason: str, request_id: str
    ) -> Entry | CannotUndo:
        """Undo one change, an undoing included, by a new entry. `workspace` None: of any, for an operator."""
        by = self._change(ANY, "workspace", ANY, author, reason, request_id)  # undo() puts in the entry's
        return await self._write(lambda tx: undo(tx, by, entry, workspace))

    async def _write(self, change: Operation[T]) -> T:
        """Carry out a change of one workspace, and remember what it prefers from then on.

        Shielded: a caller that goes away does not stop the change, which must be remembered then, too.
        """
        return await asyncio.shield(self._write_and_remember(change))

    async def _write_and_remember(self, change: Operation[T]) -> T:
        answer, preferred = await self._store.write(lambda tx: _with_preferences(tx, change))
        if self._preferred is not None:
            self._preferred |= preferred
        return answer


def _with_preferences(
    tx: Transaction, change: Operation[T]
) -> tuple[T, dict[str, Preferences]] | Refusal[tuple[T, dict[str, Preferences]]]:
    """The answer to a change, and what is preferred in the workspace that it changed."""
    answer = change(tx)
    if isinstance(answer, Refusal):
        return Refusal((answer.answer, {}))
    changed = [answer.workspace] if isinstance(answer, Entry) else []
    return answer, {workspace: preferences.here(tx, workspace) for workspace in changed}
