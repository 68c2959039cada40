"""A change that an admin asks for, as data, and its way into the ledger."""

from dataclasses import dataclass
from typing import Literal

from quotas.ledger import Ledger
from quotas.records import Entry, Kind, Limits
from quotas.records_workspace import AtEnd, CannotUndo, Preferences, StyleRefused

Verb = Literal[
    "set",
    "grant",
    "reset",
    "block",
    "unblock",
    "pause",
    "resume",
    "undo",
    "budget",
    "settings",
    "style",
    "unstyle",
]
ChangeResult = Entry | CannotUndo | StyleRefused | None  # None: there was nothing to change
NO_LIMITS, NO_PREFERENCES = Limits(), Preferences()
CONFIRMED_VERBS = frozenset[Verb](("reset", "pause", "undo"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, parsed and checked, of the setting at (workspace, kind, ref). Each verb has its own fields.

    set: `limits`. block: `ends`, in unix seconds. grant: `images`, `money` in micro-dollars, and `until`, the
    last day. undo: `entry`, and `anywhere`, True if the entry may be of another workspace. budget: `amount`
    in micro-dollars, and `at_end`. settings: `preferences` and `zone`. style: `words`.
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
    words: str | None = None

    @property
    def needs_confirmation(self) -> bool:
        """Return whether the admin must confirm this change before it is made."""
        return self.verb in CONFIRMED_VERBS or (self.verb == "block" and self.kind == "everyone")


async def carry_out(ledger: Ledger, change: Change, author: str, request_id: str) -> ChangeResult:
    """Make the change in the ledger, once for each request id."""
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
            is_block = change.verb == "block"
            return await ledger.settings.block(
                workspace=where, person=change.ref, blocked=is_block, until=change.ends, **why
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
        case "style" | "unstyle":
            return await ledger.settings.set_style(
                workspace=where, name=change.ref, words=change.words, **why
            )
        case "settings":
            return await ledger.settings.set_preferences(
                workspace=where, change=change.preferences, zone=change.zone, **why
            )
