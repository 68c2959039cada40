"""Closing a job: settled, with a charge, or released, without one; and giving a charge back."""

from typing import Literal

from quotas.jobs.rows import COLUMNS, job_of_row
from quotas.limits.counters import Payer, give_back
from quotas.people.links import link_of
from quotas.records import Close, Job
from quotas.settings import alerts
from quotas.store.transaction import Transaction

# Nobody pays more than was held for them: what the provider bills beyond it is cost. A clock that was set
# back makes no step of a job earlier than the one before.
_CLOSE = f"""UPDATE jobs SET state = :state,
    charge_images = CASE WHEN :images < hold_images THEN :images ELSE hold_images END,
    charge_micros = CASE WHEN :charge < hold_micros THEN :charge ELSE hold_micros END,
    cost_micros = :cost, uncertain_micros = :uncertain, outcome = :outcome,
    closed_at = CASE WHEN COALESCE(started_at, created_at) > :now
      THEN COALESCE(started_at, created_at) ELSE :now END,
    delivered_at = CASE WHEN hold_images > 0 THEN NULL WHEN COALESCE(started_at, created_at) > :now
      THEN COALESCE(started_at, created_at) ELSE :now END
  WHERE id = :id AND (state = 'running' OR state = :also)
  RETURNING {COLUMNS}, bot_day, hold_images,
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

# Of a comparison that was completed, the others count as delivered, but what carries them was not.
_UNDELIVERED = f"""SELECT {COLUMNS}, bot_day FROM jobs
  WHERE state = 'settled' AND (id = :id OR (comparison = :id AND delivered_at IS NOT NULL))
    AND EXISTS (SELECT 1 FROM jobs AS own WHERE own.id = :id AND own.delivered_at IS NULL)"""
_WRITE_OFF = f"""UPDATE jobs SET state = 'released', charge_images = 0, charge_micros = 0, outcome = ?
  WHERE id = ? RETURNING {COLUMNS}"""
_ROLL_BACK = """UPDATE rollup SET images = images - ?, charge_micros = charge_micros - ?,
    beyond_micros = beyond_micros + ?
  WHERE workspace = ? AND day = ? AND person = ? AND channel = ? AND tier = ? AND model = ?"""


def close_job(
    tx: Transaction, job: int, close: Close, now: float, *, state: Literal["settled", "released"]
) -> Job | None:
    """Close a job, give back what it did not use, and add it to the reports. None: nothing to close.

    The workspace's and the bot's money keep what the job cost, or may have cost, beyond its charge: else a
    gateway that bills and delivers nothing could spend any amount under their caps.

    Help with a prompt, a job without images, counts as delivered: whoever asks for it waits for the answer.

    A running job can be settled or released, a reserved one only released. That state stands in the WHERE of
    the guarded UPDATE: if two try to close one job, one changes a row and the other changes nothing.
    """
    values = {
        "id": job,
        "now": now,
        "state": state,
        "also": "running" if state == "settled" else "reserved",
        "images": close.images,
        "charge": close.charge_micros,
        "cost": close.cost_micros,
        "uncertain": close.uncertain_micros,
        "outcome": close.outcome,
    }
    rows = tx.execute(_CLOSE, values).fetchall()
    if not rows:
        return None
    *columns, bot_day, hold_images, budget = rows[0]
    closed = job_of_row(columns)
    workspace, person, channel, day = closed.workspace, closed.person, closed.channel, closed.day
    images, charge = closed.charge_images or 0, closed.charge_micros or 0
    payer = Payer(workspace, person, channel, day, bot_day, link_of(tx, workspace, person).ref)
    cost, uncertain = close.cost_micros, close.uncertain_micros
    beyond = max(0, cost - charge)
    give_back(tx, payer, hold_images - images, closed.hold_micros - charge, beyond + uncertain)
    sums = images, charge, cost, uncertain, beyond
    tx.execute(_ROLL_UP, (workspace, day, person, channel, closed.tier, closed.model, *sums))
    if budget is not None and charge + beyond + uncertain:
        alerts.record_alerts(tx, workspace, day[:7], budget, now)
    return closed


def write_off(tx: Transaction, job: int, outcome: str) -> Job | None:
    """Release a settled job whose pictures were lost before anybody saw them. None: nothing to write off.

    The person gets the charge back; what the provider bills stays, as cost beyond it. A job that carries a
    comparison takes the others with it.
    """
    rows = tx.execute(_UNDELIVERED, {"id": job}).fetchall()
    written_off = [_write_off(tx, job_of_row(columns), bot_day, outcome) for *columns, bot_day in rows]
    return next((each for each in written_off if each.id == job), None)


def _write_off(tx: Transaction, settled: Job, bot_day: str, outcome: str) -> Job:
    workspace, person, channel, day = settled.workspace, settled.person, settled.channel, settled.day
    images, charge = settled.charge_images or 0, settled.charge_micros or 0
    beyond = settled.cost_micros - max(0, settled.cost_micros - charge)  # what the charge had covered
    payer = Payer(workspace, person, channel, day, bot_day, link_of(tx, workspace, person).ref)
    give_back(tx, payer, images, charge, beyond)
    key = workspace, day, person, channel, settled.tier, settled.model
    tx.execute(_ROLL_BACK, (images, charge, beyond, *key))
    alerts.lower_alerts(tx, workspace, day[:7])
    return job_of_row(tx.execute(_WRITE_OFF, (outcome, settled.id)).fetchone())
