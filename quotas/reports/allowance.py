"""A person's allowance: what they may still draw, and what is used and held of it."""

from quotas.limits.counters import Count, Payer, read_counter
from quotas.limits.rules import Period, Requester, Scope, What
from quotas.people.links import rules_for
from quotas.records import Allowance, Defaults, Meter
from quotas.settings import limits
from quotas.store.transaction import Transaction

_HELD = """SELECT COALESCE(SUM(hold_images), 0), COALESCE(SUM(hold_micros), 0) FROM jobs
  WHERE closed_at IS NULL AND workspace = ? AND person = ? AND substr(day, 1, ?) = ?"""


def read_allowance(
    tx: Transaction,
    workspace: str,
    person: str,
    roles: tuple[str, ...],
    defaults: Defaults,
    now: float,
) -> Allowance:
    """Return what a person may still draw now. The caps of a channel are not part of it."""
    who = Requester(workspace, person, roles)
    rules, link = rules_for(tx, who, defaults, now)
    scope: Scope = "joined" if link.ref else "person"
    holders = [(one.workspace, one.person) for one in link.identities] or [(workspace, person)]
    days = limits.read_calendar(tx, workspace)
    day = days.day(now)
    payer = Payer(workspace, person, "", day, day, link.ref)

    def meter(period: Period, what: What) -> Meter:
        key = payer.counter(scope, period)
        held = _held(tx, holders, key[2])
        return _meter(what, read_counter(tx, key), held, rules.limit(scope, period, what))

    return Allowance(
        person=person,
        workspace=workspace,
        images_day=meter("day", "images"),
        money_day=meter("day", "money"),
        money_month=meter("month", "money"),
        tiers=rules.tiers,
        blocked=rules.blocked_by is not None,
        set_by=rules.set_by,
        day=day,
        renews_at=days.renews_at(now),
        month_renews_at=days.month_renews_at(now),
        zone=days.zone_at(now),
        joined=len(holders),
    )


def _held(tx: Transaction, holders: list[tuple[str, str]], period: str) -> tuple[int, int]:
    """Return the images and micro-dollars that these identities' open jobs hold in the period."""
    held = [tx.execute(_HELD, (*one, len(period), period)).fetchone() for one in holders]
    return sum(images for images, _ in held), sum(micros for _, micros in held)


def _meter(what: What, count: Count, held: tuple[int, int], limit: int | None) -> Meter:
    if what == "images":
        return Meter(limit=limit, granted=count.extra_images, used=count.images - held[0], held=held[0])
    return Meter(limit=limit, granted=count.extra_micros, used=count.micros - held[1], held=held[1])
