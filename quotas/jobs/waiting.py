"""`ledger.waiting`: closed jobs whose outcome nothing could deliver.

Such a job stays undelivered. Its row here goes in the transaction that delivers, empties or forgets the job.
"""

from collections.abc import Callable

from quotas.jobs.rows import COLUMNS, job_of_row
from quotas.records import Job
from quotas.store.store import Store
from quotas.store.transaction import Transaction

# Seconds until the next try: as long as the job has waited, within these bounds.
SOONEST = 3600.0
LATEST = 24 * 3600.0

_SINCE = "SELECT since FROM waiting WHERE job = ?"
_PUT = """INSERT INTO waiting (job, why, since, retry_at)
  SELECT id, ?, ?, ? FROM jobs WHERE id = ? AND closed_at IS NOT NULL AND delivered_at IS NULL
  ON CONFLICT (job) DO UPDATE SET why = excluded.why, retry_at = excluded.retry_at"""
_DUE = "SELECT job FROM waiting WHERE retry_at <= ? ORDER BY retry_at, job"
_SELECT = f"SELECT {COLUMNS}, waiting.why FROM jobs JOIN waiting ON waiting.job = jobs.id"
_ALL = f"{_SELECT} ORDER BY closed_at, id"
_OF_PERSON = f"{_SELECT} WHERE person = ? ORDER BY closed_at, id"
_DELETE = "DELETE FROM waiting WHERE job = ?"

Waiting = tuple[Job, str]  # a job, and why nothing could deliver it


class WaitingJobs:
    """The waiting jobs of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def put(self, job: int, why: str) -> bool:
        """Let a closed job wait, and put its next try off. False: it waited before, or it is delivered."""
        now = self._clock()

        def put(tx: Transaction) -> bool:
            row = tx.execute(_SINCE, (job,)).fetchone()
            since = row[0] if row else now
            pause = min(max(now - since, SOONEST), LATEST)
            return bool(tx.execute(_PUT, (why, since, now + pause, job)).rowcount) and row is None

        return await self._store.write(put)

    async def list_all(self) -> list[Waiting]:
        """Return every waiting job, oldest first."""
        rows = await self._store.read(lambda tx: tx.execute(_ALL).fetchall())
        return [(job_of_row(row[:-1]), row[-1]) for row in rows]

    async def list_due(self) -> list[int]:
        """Return the ids of the jobs whose next try is due, the longest due first."""
        now = self._clock()
        rows = await self._store.read(lambda tx: tx.execute(_DUE, (now,)).fetchall())
        return [job for (job,) in rows]

    async def of_person(self, person: str) -> list[Waiting]:
        """Return the waiting jobs of a person in every workspace, oldest first."""
        rows = await self._store.read(lambda tx: tx.execute(_OF_PERSON, (person,)).fetchall())
        return [(job_of_row(row[:-1]), row[-1]) for row in rows]


def delete(tx: Transaction, job: int) -> None:
    """Let a job wait no more."""
    tx.execute(_DELETE, (job,))
