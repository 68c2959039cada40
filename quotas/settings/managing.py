"""What concerns a whole workspace of an open ledger: preferences, budget, alerts; and undoing."""

import asyncio
from typing import TypeVar

from quotas.records import ANY, Entry
from quotas.records_workspace import Alert, AtEnd, BudgetState, CannotUndo, Preferences
from quotas.settings import alerts, budgets, preferences
from quotas.settings.service import Changing
from quotas.settings.undo import undo
from quotas.store.transaction import Operation, Refusal, Transaction

T = TypeVar("T")
_NOTHING = Preferences()


class Managing(Changing):
    """As Changing: each change is safe to repeat under its request id."""

    _preferred: dict[str, Preferences] | None  # of every workspace; None: somebody else may write them

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

    async def alert_told(self, alert: Alert) -> None:
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
