"""Comparisons: jobs of one request whose outcomes arrive as one message.

The job whose id is their `comparison` carries the card, and at the end the message: at first the first of
them, and once all are closed the one that `complete` is told.
"""

from quotas.jobs.rows import COLUMNS, read_job, read_jobs
from quotas.records import Job
from quotas.store.transaction import Transaction

_OF_COMPARISON = f"SELECT {COLUMNS} FROM jobs WHERE comparison = ? ORDER BY id"
_CARRIER = f"""SELECT {COLUMNS} FROM jobs
  WHERE id = (SELECT COALESCE(comparison, id) FROM jobs WHERE id = ?)"""
# Only the carrier is left to deliver. What follows it is as if it had been one job all along.
_JOIN = """UPDATE jobs SET comparison = :carrier,
    card = CASE WHEN id = :carrier THEN :card END,
    outcome = CASE WHEN id = :carrier THEN :outcome ELSE outcome END,
    delivered_at = CASE WHEN id = :carrier THEN NULL WHEN closed_at > :now THEN closed_at ELSE :now END
  WHERE comparison = :first"""
_MOVE_MESSAGES = "UPDATE messages SET job = ? WHERE job = ?"


def jobs_of(tx: Transaction, comparison: int) -> list[Job]:
    """Return the jobs of a comparison in the order of their reservation."""
    return read_jobs(tx, _OF_COMPARISON, (comparison,))


def carrier_of(tx: Transaction, job: int) -> Job | None:
    """Return the job that carries a job's message: of a job by itself, the same."""
    return read_job(tx, _CARRIER, (job,))


def complete(tx: Transaction, comparison: int, carrier: int, outcome: str, now: float) -> Job | None:
    """Let `carrier` carry the outcome of a comparison whose jobs are all closed, and its card.

    None: some are open, or it was completed before.
    """
    jobs = jobs_of(tx, comparison)
    if not jobs or any(job.closed_at is None or job.delivered_at is not None for job in jobs):
        return None
    card = next((job.card for job in jobs if job.id == comparison), None)
    values = {"first": comparison, "carrier": carrier, "outcome": outcome, "card": card, "now": now}
    tx.execute(_JOIN, values)
    tx.execute(_MOVE_MESSAGES, (carrier, comparison))
    return carrier_of(tx, carrier)
