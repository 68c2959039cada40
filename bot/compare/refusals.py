"""Refusals of comparisons, with what can be compared instead."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bot import wording
from bot.compare.request import Comparison
from bot.imagine.records import FEWEST_TIERS, ComparedTier
from bot.port.cards import Button, Refused
from quotas.ledger import Ledger
from quotas.people.pending import PendingAction
from quotas.records import Denied, Reservation
from quotas.store.errors import LedgerError


def too_few(left_out: Sequence[ComparedTier], asked: int) -> Refused:
    """Refuse to compare; if nothing can be drawn for one and the same reason, tell that alone."""
    sentences = {each.sentence for each in left_out}
    why: Literal["input", "allowance", "unavailable"] = "input"
    if left_out and all(each.why == "unavailable" for each in left_out):
        why = "unavailable"
    elif any(each.why == "allowance" for each in left_out):
        why = "allowance"
    if not asked and len(sentences) == 1:
        return Refused(why=why, sentence=sentences.pop())
    reasons = [each.explained for each in left_out]
    return Refused(why=why, sentence=wording.too_few_tiers(reasons))


def affordable(reservations: Sequence[Reservation], denied: Denied) -> tuple[str, ...]:
    """Return as many of the tiers as the limit that refused them allows, the cheapest; () if too few."""
    kept = _cheapest(reservations, denied) if denied.what in ("images", "money") else set()
    if denied.what == "tier":
        kept = {each.tier for each in reservations if each.tier in denied.allowed}
    if not FEWEST_TIERS <= len(kept) < len(reservations):
        return ()
    return tuple(each.tier for each in reservations if each.tier in kept)


def _cheapest(reservations: Sequence[Reservation], denied: Denied) -> set[str]:
    is_money, left, kept = denied.what == "money", denied.limit - denied.used, set[str]()
    for each in sorted(reservations, key=lambda each: each.hold_micros if is_money else 0):
        left -= each.hold_micros if is_money else each.images
        if left < 0:
            break
        kept.add(each.tier)
    return kept


async def offered(ledger: Ledger, request: Comparison, refused: Refused, label: str) -> Refused:
    """Return the refusal with a button that compares as `request` says."""
    action = PendingAction(person=request.person.id, payload=request.as_words())
    try:
        name = await ledger.pending.put("words", action)
    except LedgerError:  # a convenience, not worth a failure of its own
        return refused
    return replace(refused, buttons=(*refused.buttons, Button(verb="plain", label=label, target=name)))
