"""The life of a job after it was reserved: start, settle, release, deliver; and the ways to find it again.

Each step is one guarded UPDATE: the state a job must be in stands in its WHERE, so that of two who try the
same step one changes a row and the other changes nothing.
"""

from dataclasses import fields
from typing import Any

from quotas.limits.counters import Payer, give_back
from quotas.people.links import link_of
from quotas.records import Close, Job
from quotas.settings import alerts
from quotas.store.transaction import Transaction

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


def start(tx: Transaction, job: int, now: float) -> bool:
    return tx.execute(_START, (now, job)).rowcount == 1


def settle(tx: Transaction, job: int, close: Close, now: float) -> bool:
    return _close(tx, job, close, now, state="settled", also="running")


def release(tx: Transaction, job: int, close: Close, now: float) -> bool:
    return _close(tx, job, close, now, state="released", also="reserved")


def _close(tx: Transaction, job: int, close: Close, now: float, *, state: str, also: str) -> bool:
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
    closed = tx.execute(_CLOSE, values).fetchall()
    if not closed:
        return False
    *whose, tier, model, images, charge, hold_images, hold_micros, budget = closed[0]
    workspace, person, channel, day, bot_day = whose
    payer = Payer(workspace, person, channel, day, bot_day, link_of(tx, workspace, person).ref)
    give_back(tx, payer, hold_images - images, hold_micros - charge)
    cost = close.cost_micros
    sums = images, charge, cost, close.uncertain_micros, max(0, cost - charge)
    tx.execute(_ROLL_UP, (workspace, day, person, channel, tier, model, *sums))
    if budget is not None and charge:
        alerts.notice(tx, workspace, day[:7], budget, now)
    return True


def shown(tx: Transaction, job: int, card: str, place: tuple[str, str, str]) -> None:
    """`place`: platform, channel, message. The card of a delivered job stays the delivered one."""
    tx.execute(_SHOW, (card, job))
    map_message(tx, job, place)


def deliver(tx: Transaction, job: int, card: str, place: tuple[str, str, str], now: float) -> bool:
    if not tx.execute(_DELIVER, (now, card, job)).rowcount:
        return False
    map_message(tx, job, place)
    return True


def map_message(tx: Transaction, job: int, place: tuple[str, str, str]) -> None:
    if place[2]:  # told without a message that could be found again
        tx.execute(_REMEMBER, (*place, job))


def remove(tx: Transaction, job: int, now: float) -> bool:
    return tx.execute(_REMOVE, (now, job)).rowcount == 1


def emptied(tx: Transaction, job: int, request: str, now: float) -> bool:
    return tx.execute(_EMPTY, (now, request, job)).rowcount == 1


def forget_lent(tx: Transaction, now: float) -> int:
    return tx.execute(_FORGET, (now,)).rowcount


def job(tx: Transaction, number: int) -> Job | None:
    return _one(tx, _JOB, (number,))


def job_of_request(tx: Transaction, request_id: str) -> Job | None:
    return _one(tx, _OF_REQUEST, (request_id,))


def job_of_message(tx: Transaction, platform: str, channel: str, message: str) -> Job | None:
    return _one(tx, _OF_MESSAGE, (platform, channel, message))


def open_jobs(tx: Transaction) -> list[Job]:
    return _all(tx, _OPEN, ())


def undelivered(tx: Transaction) -> list[Job]:
    return _all(tx, _UNDELIVERED, ())


def recent(tx: Transaction, workspace: str, person: str, limit: int) -> list[Job]:
    return _all(tx, _RECENT, (workspace, person, limit))


def newest(tx: Transaction, workspace: str, person: str, limit: int) -> list[Job]:
    """Whatever became of them."""
    return _all(tx, _NEWEST, (workspace, person, limit))


def expired(tx: Transaction, before: float, limit: int) -> list[Job]:
    return _all(tx, _EXPIRED, (before, limit))


def durations(tx: Transaction, limit: int) -> list[tuple[str, str, float]]:
    return [
        (tier, quality, seconds) for tier, quality, seconds in tx.execute(_DURATIONS, (limit,)).fetchall()
    ]


def _one(tx: Transaction, sql: str, values: tuple[Any, ...]) -> Job | None:
    row = tx.execute(sql, values).fetchone()
    return _job(row) if row else None


def _all(tx: Transaction, sql: str, values: tuple[Any, ...]) -> list[Job]:
    return [_job(row) for row in tx.execute(sql, values).fetchall()]


def _job(row: tuple[Any, ...]) -> Job:
    return Job(**dict(zip(FIELDS, row, strict=True)))
