"""`ledger.settings`: every change of what is set, the log of these changes, and budget alerts."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from quotas.limits.rules import Key
from quotas.records import ANY, Defaults, Entry, Kind, LimitKind, Limits
from quotas.records_workspace import Alert, AtEnd, BudgetState, CannotUndo, Preferences, StyleRefused
from quotas.settings import alerts, budgets, grants, limits, log, preferences, styles
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

    async def limits(self, workspace: str, kind: LimitKind, ref: str) -> Limits | None:
        """Return the setting with exactly this key, expired or not; None: there is none."""
        key: Key = (workspace, kind, ref)
        return await self._store.read(lambda tx: limits.read_limits(tx, key))

    async def list_limits(self, workspace: str) -> list[tuple[Kind, str, str, Limits]]:
        """Return (kind, ref, a person's name or "", setting) of every setting in force in a workspace."""
        now = self._clock()
        return await self._store.read(lambda tx: limits.list_limits(tx, workspace, now))

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
        """Set the figures of `change` that are not None. Blocks are set by `block`."""
        by = self._change(workspace, kind, ref, author, reason, request_id)
        return await self._store.write(lambda tx: limits.set_limits(tx, by, change))

    async def reset_limits(
        self, *, workspace: str, kind: Kind, ref: str, author: str, reason: str, request_id: str
    ) -> Entry | None:
        """Remove a setting's figures and tiers, but never usage or a block. None: nothing to remove."""
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
        """Block a person ("*": everyone) until `until` (unix seconds; None: without end), or lift a block."""
        kind: Kind = "everyone" if person == ANY else "person"
        by = self._change(workspace, kind, person, author, reason, request_id)
        return await self._store.write(lambda tx: limits.block(tx, by, blocked, until))

    async def pause(
        self, *, workspace: str, paused: bool, author: str, reason: str, request_id: str
    ) -> Entry | None:
        """Pause or resume drawing in a workspace ("*": everywhere). None: nothing would change."""
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

        `until`: the last day (YYYY-MM-DD) that gets the same. Raises ValueError if it is no day, is over, or
        makes more than grants.MAX_DAYS days.
        """
        by = self._change(workspace, "person", person, author, reason, request_id)
        return await self._store.write(lambda tx: grants.grant(tx, by, images, money, until))

    async def deny(self, *, workspace: str, person: str, author: str, reason: str, request_id: str) -> Entry:
        """Write an entry that a person's request for more was denied."""
        by = self._change(workspace, "person", person, author, reason, request_id)
        return await self._store.write(lambda tx: log.write_note(tx, by, "deny"))

    async def set_zone(
        self, workspace: str, zone: str, *, author: str, reason: str, request_id: str
    ) -> Entry:
        """Count days in `zone` from the next midnight on. Raises ValueError on an unknown zone."""
        by = self._change(workspace, "workspace", ANY, author, reason, request_id)
        return await self._store.write(lambda tx: limits.set_zone(tx, by, zone))

    async def entry(self, entry: int) -> Entry | None:
        return await self._store.read(lambda tx: log.find_entry(tx, entry))

    async def entries(self, workspace: str | None, limit: int, *, ref: str | None = None) -> list[Entry]:
        """Return the log, newest first. None: of every workspace, or about every `ref`."""
        return await self._store.read(lambda tx: log.list_entries(tx, workspace, limit, ref))

    async def workspaces(self) -> list[str]:
        """Return every workspace where somebody drew or something was set, in order."""
        return await self._store.read(limits.workspaces)

    async def preferences(self, workspace: str) -> Preferences:
        """Return a workspace's preferences, from memory if the ledger is open to write."""
        if self._preferred is not None:
            return self._preferred.get(workspace, _NOTHING)
        return await self._store.read(lambda tx: preferences.read_preferences(tx, workspace))

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
        return await self._write(lambda tx: preferences.set_preferences(tx, by, change, zone))

    async def styles(self, workspace: str) -> dict[str, str]:
        """Return the words of every style of a workspace, by name, in order."""
        return await self._store.read(lambda tx: styles.read_styles(tx, workspace))

    async def set_style(
        self, *, workspace: str, name: str, words: str | None, author: str, reason: str, request_id: str
    ) -> Entry | StyleRefused:
        """Set the words of a style, or remove it (None)."""
        by = self._change(workspace, "style", name, author, reason, request_id)
        return await self._store.write(lambda tx: styles.set_style(tx, by, words))

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
        """Set what is not None: micro-dollars a month (UNLIMITED: no budget), and the action at its end."""
        by = self._change(workspace, "workspace", ANY, author, reason, request_id)
        return await self._write(lambda tx: budgets.set_budget(tx, by, money_per_month, at_end))

    async def budget(self, workspace: str) -> BudgetState:
        """Return the budget of the current month, what is spent and held of it, and a forecast."""
        now = self._clock()
        return await self._store.read(lambda tx: budgets.read_budget(tx, workspace, self._defaults, now))

    async def due_alerts(self) -> list[Alert]:
        """Return the budget alerts that were not posted yet, oldest first."""
        return await self._store.read(alerts.list_due)

    async def finish_alert(self, alert: Alert) -> None:
        """Mark an alert as posted, or as one that cannot be posted. Safe to repeat."""
        now = self._clock()
        await self._store.write(lambda tx: alerts.mark_posted(tx, alert, now))

    async def undo(
        self, *, entry: int, workspace: str | None, author: str, reason: str, request_id: str
    ) -> Entry | CannotUndo:
        """Undo one change, or one undoing, by a new entry. `workspace`: None lets an operator undo any."""
        # The key stands for none: undo() replaces it by that of the entry.
        by = self._change(ANY, "workspace", ANY, author, reason, request_id)
        return await self._write(lambda tx: undo(tx, by, entry, workspace))

    async def _write(self, change: Operation[T]) -> T:
        """Carry out a change of one workspace, and update its preferences in memory.

        Shielded: if the caller is cancelled, the change and the update still happen together.
        """
        return await asyncio.shield(self._write_and_update(change))

    async def _write_and_update(self, change: Operation[T]) -> T:
        answer, preferred = await self._store.write(lambda tx: _with_preferences(tx, change))
        if self._preferred is not None:
            self._preferred |= preferred
        return answer


def _with_preferences(
    tx: Transaction, change: Operation[T]
) -> tuple[T, dict[str, Preferences]] | Refusal[tuple[T, dict[str, Preferences]]]:
    """Return the answer to a change, and the preferences of the workspace that it changed."""
    answer = change(tx)
    if isinstance(answer, Refusal):
        return Refusal((answer.answer, {}))
    changed = [answer.workspace] if isinstance(answer, Entry) else []
    return answer, {workspace: preferences.read_preferences(tx, workspace) for workspace in changed}
