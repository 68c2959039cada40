"""The life of a job after it was reserved: start, settle, release, deliver; and the ways to find it again.

Each step is one guarded UPDATE: the state a job must be in stands in its WHERE, so that of two who try the
same step one changes a row and the other changes nothing.
"""

import sqlite3
from dataclasses import fields
from typing import Any

from quotas.limits.counters import Payer, give_back
from quotas.people.links import link_of
from quotas.records import Close, Job
from quotas.settings import alerts

FIELDS = tuple(field.name for field in fields(Job))
COLUMNS = ", ".join(FIELDS)

_JOB = f"SELECT {COLUMNS} FROM jobs WHERE id = ?"
_OF_REQUEST = f"SELECT {COLUMNS} FROM jobs WHERE request_id = ?"
_OF_MESSAGE = f"""SELECT {COLUMNS} FROM jobs
  WHERE id = (SELECT job FROM messages WHERE platform = ? AND channel = ? AND message = ?)"""
_OPEN = f"SELECT {COLUMNS} FROM jobs WHERE closed_at IS NULL ORDER BY created_at, id"
_UNDELIVERED = f"""SELECT {COLUMNS} FROM jobs WHERE closed_at IS NOT NULL AND delivered_at IS NULL
  ORDER BY closed_at, id"""
_RECENT = f"""SELECT {COLUMNS} FROM jobs
  WHERE workspace = ? AND person = ? AND state = 'settled' AND deleted_at IS NULL AND emptied_at IS NULL
  ORDER BY created_at DESC, id DESC LIMIT ?"""
_NEWEST = f"""SELECT {COLUMNS} FROM jobs WHERE workspace = ? AND person = ?
  ORDER BY created_at DESC, id DESC LIMIT ?"""
_EXPIRED = f"""SELECT {COLUMNS} FROM jobs
  WHERE closed_at < ? AND emptied_at IS NULL AND delivered_at IS NOT NULL
  ORDER BY closed_at, id LIMIT ?"""
_DURATIONS = """SELECT tier, quality, closed_at - started_at FROM jobs
  WHERE state = 'settled' ORDER BY id DESC LIMIT ?"""

_START = "UPDATE jobs SET state = 'running', started_at = ? WHERE id = ? AND state = 'reserved'"
# Nobody pays more than was held for them: what the provider bills beyond it is cost.
_CLOSE = """UPDATE jobs SET state = :state,
    charge_images = CASE WHEN :images < hold_images THEN :images ELSE hold_images END,
    charge_micros = CASE WHEN :charge < hold_micros THEN :charge ELSE hold_micros END,
    cost_micros = :cost, uncertain_micros = :uncertain, outcome = :outcome, closed_at = :now
  WHERE id = :id AND (state = 'running' OR state = :also)
  RETURNING workspace, person, channel, day, bot_day, tier, model,
    charge_images, charge_micros, hold_images, hold_micros,
    (SELECT money_per_month FROM limits WHERE limits.workspace = jobs.workspace
      AND kind = 'workspace' AND ref = '*' AND (until IS NULL OR until > :now)) AS budget"""
_ROLL_UP = """INSERT INTO rollup (workspace, day, person, channel, tier, model,
    jobs, images, charge_micros, cost_micros, uncertain_micros, beyond_micros)
  VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, day, person, channel, tier, model) DO UPDATE
  SET jobs = rollup.jobs + 1, images = rollup.images + excluded.images,
      charge_micros = rollup.charge_micros + excluded.charge_micros,
      cost_micros = rollup.cost_micros + excluded.cost_micros,
      uncertain_micros = rollup.uncertain_micros + excluded.uncertain_micros,
      beyond_micros = rollup.beyond_micros + excluded.beyond_micros"""
_SHOW = "UPDATE jobs SET card = ? WHERE id = ? AND delivered_at IS NULL"
_DELIVER = """UPDATE jobs SET delivered_at = ?, card = ?
  WHERE id = ? AND closed_at IS NOT NULL AND delivered_at IS NULL"""
_REMEMBER = """INSERT INTO messages (platform, channel, message, job)
  SELECT ?, ?, ?, id FROM jobs WHERE id = ?
  ON CONFLICT (platform, channel, message) DO UPDATE SET job = excluded.job"""
_REMOVE = "UPDATE jobs SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"
_EMPTY = "UPDATE jobs SET emptied_at = ?, request = ? WHERE id = ? AND emptied_at IS NULL"
_FORGET = """UPDATE jobs SET reply_token = NULL, reply_until = NULL
  WHERE reply_token IS NOT NULL AND reply_until <= ?"""


def start(db: sqlite3.Connection, job: int, now: float) -> bool:
    return db.execute(_START, (now, job)).rowcount == 1


def settle(db: sqlite3.Connection, job: int, close: Close, now: float) -> bool:
    return _close(db, job, close, now, state="settled", also="running")


def release(db: sqlite3.Connection, job: int, close: Close, now: float) -> bool:
    return _close(db, job, close, now, state="released", also="reserved")


def _close(db: sqlite3.Connection, job: int, close: Close, now: float, *, state: str, also: str) -> bool:
    """Close a running job (or one in `also`), give back what it did not use, and add it to the reports."""
    values = {
        "id": job,
        "now": now,
        "state": state,
        "also": also,
        "images": close.images,
        "charge": close.charge_micros,
        "cost": close.cost_micros,
        "uncertain": close.uncertain_micros,
        "outcome": close.outcome,
    }
    closed = db.execute(_CLOSE, values).fetchall()
    if not closed:
        return False
    *whose, tier, model, images, charge, hold_images, hold_micros, budget = closed[0]
    workspace, person, channel, day, bot_day = whose
    payer = Payer(workspace, person, channel, day, bot_day, link_of(db, workspace, person).ref)
    give_back(db, payer, hold_images - images, hold_micros - charge)
    cost = close.cost_micros
    sums = images, charge, cost, close.uncertain_micros, max(0, cost - charge)
    db.execute(_ROLL_UP, (workspace, day, person, channel, tier, model, *sums))
    if budget is not None and charge:
        alerts.notice(db, workspace, day[:7], budget, now)
    return True


def shown(db: sqlite3.Connection, job: int, card: str, place: tuple[str, str, str]) -> None:
    """`place`: platform, channel, message. The card of a delivered job stays the delivered one."""
    db.execute(_SHOW, (card, job))
    map_message(db, job, place)


def deliver(db: sqlite3.Connection, job: int, card: str, place: tuple[str, str, str], now: float) -> bool:
    if not db.execute(_DELIVER, (now, card, job)).rowcount:
        return False
    map_message(db, job, place)
    return True


def map_message(db: sqlite3.Connection, job: int, place: tuple[str, str, str]) -> None:
    if place[2]:  # told without a message that could be found again
        db.execute(_REMEMBER, (*place, job))


def remove(db: sqlite3.Connection, job: int, now: float) -> bool:
    return db.execute(_REMOVE, (now, job)).rowcount == 1


def emptied(db: sqlite3.Connection, job: int, request: str, now: float) -> bool:
    return db.execute(_EMPTY, (now, request, job)).rowcount == 1


def forget_lent(db: sqlite3.Connection, now: float) -> int:
    return db.execute(_FORGET, (now,)).rowcount


def job(db: sqlite3.Connection, number: int) -> Job | None:
    return _one(db, _JOB, (number,))


def job_of_request(db: sqlite3.Connection, request_id: str) -> Job | None:
    return _one(db, _OF_REQUEST, (request_id,))


def job_of_message(db: sqlite3.Connection, platform: str, channel: str, message: str) -> Job | None:
    return _one(db, _OF_MESSAGE, (platform, channel, message))


def open_jobs(db: sqlite3.Connection) -> list[Job]:
    return _all(db, _OPEN, ())


def undelivered(db: sqlite3.Connection) -> list[Job]:
    return _all(db, _UNDELIVERED, ())


def recent(db: sqlite3.Connection, workspace: str, person: str, limit: int) -> list[Job]:
    return _all(db, _RECENT, (workspace, person, limit))


def newest(db: sqlite3.Connection, workspace: str, person: str, limit: int) -> list[Job]:
    """Whatever became of them."""
    return _all(db, _NEWEST, (workspace, person, limit))


def expired(db: sqlite3.Connection, before: float, limit: int) -> list[Job]:
    return _all(db, _EXPIRED, (before, limit))


def durations(db: sqlite3.Connection, limit: int) -> list[tuple[str, str, float]]:
    return [
        (tier, quality, seconds) for tier, quality, seconds in db.execute(_DURATIONS, (limit,)).fetchall()
    ]


def _one(db: sqlite3.Connection, sql: str, values: tuple[Any, ...]) -> Job | None:
    row = db.execute(sql, values).fetchone()
    return _job(row) if row else None


def _all(db: sqlite3.Connection, sql: str, values: tuple[Any, ...]) -> list[Job]:
    return [_job(row) for row in db.execute(sql, values).fetchall()]


def _job(row: tuple[Any, ...]) -> Job:
    return Job(**dict(zip(FIELDS, row, strict=True)))
