"""Reserving: the one operation that accepts or refuses a request. The job's row is the reservation.

The same request id gets the same answer. The settings are read in one statement and resolved to rules; the
limits are checked by the statements that change the counters, so nothing can be spent in between.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from quotas.calendar import Calendar
from quotas.ids import new_id
from quotas.jobs import finding
from quotas.jobs.rows import COLUMNS, FIELDS, job_of_request
from quotas.limits.counters import Payer, read_counter, take
from quotas.limits.rules import Period, Requester, Rules, Scope
from quotas.people import links
from quotas.records import ANY, Defaults, Denied, Identity, Job, Reservation, Reserved
from quotas.settings import alerts, budgets, limits
from quotas.store.transaction import Refusal, Transaction

_INSERT = f"""INSERT INTO jobs ({COLUMNS}, bot_day, hold_images)
  VALUES ({", ".join("?" * (len(FIELDS) + 2))})"""
_RENAME = "UPDATE jobs SET request_id = ? WHERE id = ?"
_PUT_PERSON = """INSERT INTO people (workspace, person, name, seen_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (workspace, person) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at
  WHERE people.name <> excluded.name"""
_BUDGET: tuple[Scope, Period] = ("workspace", "month")
_values = attrgetter(*FIELDS)
_RESERVATION_FIELDS = tuple(field.name for field in fields(Reservation) if field.name in FIELDS)


def reserve(
    tx: Transaction, request: Reservation, defaults: Defaults, now: float
) -> Reserved | Refusal[Denied]:
    """Hold the request's price on every counter and insert the job, or name the limit that refused."""
    earlier = job_of_request(tx, request.request_id)
    if earlier is not None:
        if not (request.retry_released and earlier.state == "released"):
            return Reserved(earlier, fresh=False)
        tx.execute(_RENAME, (f"{earlier.request_id}#{earlier.id}", earlier.id))
    who = Requester(request.workspace, request.person, request.roles, request.channel)
    rules, link = links.rules_for(tx, who, defaults, now)
    here, bot = limits.read_calendars(tx, request.workspace)
    if denied := _check_gates(rules, request, here.zone_at(now)):
        return Refusal(denied)
    day = here.day(now)
    bot_day = day if here is bot else bot.day(now)
    payer = Payer(request.workspace, request.person, request.channel, day, bot_day, link.ref)
    full = take(tx, payer, request.images, request.hold_micros, rules)
    if full is not None:
        return Refusal(_name_limit(tx, request, rules, payer, full, bot if full[0] == "bot" else here, now))
    job = _job(request, payer.day, now)
    tx.execute(_INSERT, (*_values(job), payer.bot_day, request.images))
    if request.images:
        finding.put(tx, job, request.words, private=request.private)
    tx.execute(_PUT_PERSON, (request.workspace, request.person, request.name, now))
    if link.ref:
        links.update_identity(tx, identity(request))
    return Reserved(job, fresh=True)


def reserve_together(
    tx: Transaction, requests: Sequence[Reservation], defaults: Defaults, now: float
) -> list[Reserved] | Refusal[Denied]:
    """Reserve several requests of one person as one sum: all of them, or none."""
    held = {"images": 0, "money": 0}
    answers: list[Reserved] = []
    for request in requests:
        answer = reserve(tx, request, defaults, now)
        if isinstance(answer, Refusal):
            denied = answer.answer
            if denied.what in held:
                asked = {
                    "images": sum(each.images for each in requests),
                    "money": sum(each.hold_micros for each in requests),
                }
                used = denied.used - held[denied.what]
                denied = replace(denied, asked=asked[denied.what], used=used)
            return Refusal(denied)
        answers.append(answer)
        if answer.fresh:
            held["images"] += request.images
            held["money"] += request.hold_micros
    return answers


def record_refusal(tx: Transaction, request: Reservation, denied: Denied, now: float) -> None:
    """Record what remains of a refusal: a linked person's current name and roles, and a budget's end."""
    links.update_identity(tx, identity(request))
    if (denied.kind, denied.what, denied.period) == ("workspace", "money", "month"):
        month = limits.read_calendar(tx, request.workspace).day(now)[:7]
        alerts.record_end(tx, request.workspace, month, denied.limit, denied.asked, now)


def identity(request: Reservation) -> Identity:
    """Return the requester as their workspace knows them."""
    return Identity(request.workspace, request.person, request.name, request.roles)


def _check_gates(rules: Rules, request: Reservation, zone: str) -> Denied | None:
    """Return the denial of a block, a pause, or a tier of pictures that is not allowed."""
    if rules.blocked_by is not None:
        kind, ref, until = rules.blocked_by
        return Denied(kind=kind, ref=ref, what="blocked", frees_at=until, zone=zone)
    if rules.paused_by is not None:
        return Denied(kind=rules.paused_by, ref=ANY, what="paused")
    for gate in rules.gates if request.images else ():
        if request.tier not in gate.tiers:
            return Denied(kind=gate.kind, ref=gate.ref, what="tier", allowed=rules.tiers or ())
    return None


def _name_limit(
    tx: Transaction,
    request: Reservation,
    rules: Rules,
    payer: Payer,
    full: tuple[Scope, Period],
    days: Calendar,
    now: float,
) -> Denied:
    """Return the denial of the limit that had no room, of the one or two limits on a counter."""
    scope, period = full
    count = read_counter(tx, payer.counter(scope, period))
    needed = {"images": request.images, "money": request.hold_micros}
    used = {"images": count.images, "money": count.micros}
    extra = {"images": count.extra_images, "money": count.extra_micros}
    rule = next(
        rule
        for rule in rules.rules
        if (rule.scope, rule.period) == full
        and _is_full(used[rule.what], needed[rule.what], rule.limit + extra[rule.what])
    )
    return Denied(
        kind=rule.kind,
        ref=rule.ref,
        what=rule.what,
        period=period,
        limit=rule.limit + extra[rule.what],
        used=used[rule.what],
        asked=needed[rule.what],
        frees_at=days.renews_at(now) if period == "day" else days.month_renews_at(now),
        zone=days.zone_at(now),
        joined=scope == "joined",
        falls_back=full == _BUDGET and budgets.has_fallback(tx, request.workspace),
    )


def _is_full(used: int, needed: int, limit: int) -> bool:
    """Return whether a limit has no room, as `take` sees it: what needs none asks for a limit above 0."""
    return used + needed > limit if needed else limit <= 0


def _job(request: Reservation, day: str, now: float) -> Job:
    values: dict[str, Any] = {name: getattr(request, name) for name in _RESERVATION_FIELDS}
    return Job(
        **values,
        id=new_id() if request.job is None else request.job,
        card=None,
        day=day,
        state="reserved",
        hold_micros=request.hold_micros,
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
