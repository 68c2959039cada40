"""Reserving: the one operation that says yes or no. The job row is the reservation.

The same request id is answered as before. The settings are read in one statement and come to rules; the
guards themselves stand in the counters' statements, so nothing can be spent between a look and a write.
"""

from dataclasses import fields
from operator import attrgetter
from typing import Any

from quotas.calendar import Calendar
from quotas.ids import new_id
from quotas.jobs.rows import COLUMNS, FIELDS, job_of_request
from quotas.limits.counters import Payer, read, take
from quotas.limits.rules import Period, Rules, Scope, Who
from quotas.people import links
from quotas.records import ANY, Defaults, Denied, Identity, Job, Reservation, Reserved
from quotas.settings import alerts, budgets, limits
from quotas.store.transaction import Refusal, Transaction

_INSERT = f"""INSERT INTO jobs ({COLUMNS}, bot_day, hold_images)
  VALUES ({", ".join("?" * (len(FIELDS) + 2))})"""
_RENAME = "UPDATE jobs SET request_id = ? WHERE id = ?"
_SEEN = """INSERT INTO people (workspace, person, name, seen_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (workspace, person) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at
  WHERE people.name <> excluded.name"""
_BUDGET: tuple[Scope, Period] = ("workspace", "month")
_values = attrgetter(*FIELDS)
_AS_ASKED = tuple(field.name for field in fields(Reservation) if field.name in FIELDS)


def reserve(
    tx: Transaction, asked: Reservation, defaults: Defaults, now: float
) -> Reserved | Refusal[Denied]:
    """Hold the request's price on every counter and keep the job, or say which limit refused."""
    earlier = job_of_request(tx, asked.request_id)
    if earlier is not None:
        if not (asked.retry_released and earlier.state == "released"):
            return Reserved(earlier, fresh=False)
        tx.execute(_RENAME, (f"{earlier.request_id}#{earlier.id}", earlier.id))
    who = Who(asked.workspace, asked.person, asked.roles, asked.channel)
    rules, link = links.rules_for(tx, who, defaults, now)
    here, bot = limits.calendars(tx, asked.workspace)
    if barred := _barred(rules, asked.tier, here.zone_at(now)):
        return Refusal(barred)
    day = here.day(now)
    bot_day = day if here is bot else bot.day(now)
    payer = Payer(asked.workspace, asked.person, asked.channel, day, bot_day, link.ref)
    full = take(tx, payer, asked.images, asked.images * asked.unit_micros, rules)
    if full is not None:
        return Refusal(_denied(tx, asked, rules, payer, full, bot if full[0] == "bot" else here, now))
    job = _job(asked, payer.day, now)
    tx.execute(_INSERT, (*_values(job), payer.bot_day, asked.images))
    tx.execute(_SEEN, (asked.workspace, asked.person, asked.name, now))
    if link.ref:
        links.seen(tx, identity(asked))
    return Reserved(job, fresh=True)


def refused(tx: Transaction, asked: Reservation, denied: Denied, now: float) -> None:
    """What a refusal leaves behind: roles that were taken away are, and a budget has come to its end."""
    links.seen(tx, identity(asked))
    if (denied.kind, denied.what, denied.period) == ("workspace", "money", "month"):
        month = limits.calendar(tx, asked.workspace).day(now)[:7]
        alerts.refused(tx, asked.workspace, month, denied.limit, denied.asked, now)


def identity(asked: Reservation) -> Identity:
    """Who asks, as their workspace knows them."""
    return Identity(asked.workspace, asked.person, asked.name, asked.roles)


def _barred(rules: Rules, tier: str, zone: str) -> Denied | None:
    if rules.blocked_by is not None:
        kind, ref, until = rules.blocked_by
        return Denied(kind=kind, ref=ref, what="blocked", frees_at=until, zone=zone)
    if rules.paused_by is not None:
        return Denied(kind=rules.paused_by, ref=ANY, what="paused")
    for gate in rules.gates:
        if tier not in gate.tiers:
            return Denied(kind=gate.kind, ref=gate.ref, what="tier", allowed=rules.tiers or ())
    return None


def _denied(
    tx: Transaction,
    asked: Reservation,
    rules: Rules,
    payer: Payer,
    full: tuple[Scope, Period],
    days: Calendar,
    now: float,
) -> Denied:
    """Which of the counter's one or two limits had no room. Its row is as the guard found it."""
    scope, period = full
    count = read(tx, payer.counter(scope, period))
    need = {"images": asked.images, "money": asked.images * asked.unit_micros}
    used = {"images": count.images, "money": count.micros}
    extra = {"images": count.extra_images, "money": count.extra_micros}
    rule = next(
        rule
        for rule in rules.rules
        if (rule.scope, rule.period) == full
        and used[rule.what] + need[rule.what] > rule.limit + extra[rule.what]
    )
    return Denied(
        kind=rule.kind,
        ref=rule.ref,
        what=rule.what,
        period=period,
        limit=rule.limit + extra[rule.what],
        used=used[rule.what],
        asked=need[rule.what],
        frees_at=days.renews_at(now) if period == "day" else days.month_renews_at(now),
        zone=days.zone_at(now),
        joined=scope == "joined",
        falls_back=full == _BUDGET and budgets.falls_back(tx, asked.workspace),
    )


def _job(asked: Reservation, day: str, now: float) -> Job:
    asked_for: dict[str, Any] = {name: getattr(asked, name) for name in _AS_ASKED}
    return Job(
        **asked_for,
        id=new_id(),
        card=None,
        day=day,
        state="reserved",
        hold_micros=asked.images * asked.unit_micros,
        charge_images=None,
        charge_micros=None,
        cost_micros=0,
        uncertain_micros=0,
        outcome=None,
        created_at=now,
        started_at=None,
        closed_at=None,
        delivered_at=None,
        deleted_at=None,
    )
