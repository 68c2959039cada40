"""What an admin asks to change, as data; and how the ledger carries it out."""

from dataclasses import dataclass
from typing import Literal

from quotas.ledger import Ledger
from quotas.records import Entry, Kind, Limits
from quotas.records_workspace import AtEnd, CannotUndo, Preferences

Verb = Literal["set", "grant", "reset", "block", "unblock", "pause", "resume", "undo", "budget", "settings"]
Outcome = Entry | CannotUndo | None  # None: there was nothing to change
NO_LIMITS, NO_PREFERENCES = Limits(), Preferences()
ASKED_FIRST = frozenset[Verb](("reset", "pause", "undo"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, read and checked: of the setting at (workspace, kind, ref), and what the verb needs.

    `limits`: of set. `ends`: of a block, unix seconds. `images`, `money` (micro-dollars) and `until`, the
    last day: of a grant. `entry`: of undo, and `anywhere` whether it may be of another workspace. `amount`
    (micro-dollars) and `at_end`: of the budget. `preferences` and `zone`: of the settings.
    """

    verb: Verb
    workspace: str
    kind: Kind
    ref: str
    reason: str = ""
    limits: Limits = NO_LIMITS
    ends: int | None = None
    images: int = 0
    money: int = 0
    until: str | None = None
    entry: int = 0
    anywhere: bool = False
    amount: int | None = None
    at_end: AtEnd | None = None
    preferences: Preferences = NO_PREFERENCES
    zone: str | None = None

    @property
    def asks_first(self) -> bool:
        """Whether it is done only once it was confirmed."""
        return self.verb in ASKED_FIRST or (self.verb == "block" and self.kind == "everyone")


async def carry_out(ledger: Ledger, change: Change, author: str, request_id: str) -> Outcome:
    """Do it, once for each request id."""
    where = change.workspace
    why = {"author": author, "reason": change.reason, "request_id": request_id}
    match change.verb:
        case "set":
            return await ledger.settings.set_limits(
                workspace=where, kind=change.kind, ref=change.ref, change=change.limits, **why
            )
        case "reset":
            return await ledger.settings.reset_limits(
                workspace=where, kind=change.kind, ref=change.ref, **why
            )
        case "grant":
            return await ledger.settings.grant(
                workspace=where,
                person=change.ref,
                images=change.images,
                money=change.money,
                until=change.until,
                **why,
            )
        case "block" | "unblock":
            blocked = change.verb == "block"
            return await ledger.settings.block(
                workspace=where, person=change.ref, blocked=blocked, until=change.ends, **why
            )
        case "pause" | "resume":
            return await ledger.settings.pause(workspace=where, paused=change.verb == "pause", **why)
        case "undo":
            here = None if change.anywhere else where
            return await ledger.settings.undo(entry=change.entry, workspace=here, **why)
        case "budget":
            return await ledger.settings.set_budget(
                workspace=where, money_per_month=change.amount, at_end=change.at_end, **why
            )
        case "settings":
            return await ledger.settings.set_preferences(
                workspace=where, change=change.preferences, zone=change.zone, **why
            )
