"""`ledger.jobs`: the life of a job, and the ways to find one."""

from collections.abc import Callable, Sequence

from quotas.jobs import comparisons, finding, waiting
from quotas.jobs.close import close_job, write_off
from quotas.jobs.reserve import record_refusal, reserve, reserve_together
from quotas.jobs.rows import COLUMNS, job_of_request, read_job, read_jobs
from quotas.records import Close, Defaults, Denied, Job, Reservation, Reserved
from quotas.store.store import Store
from quotas.store.transaction import Refusal, Transaction

_JOB = f"SELECT {COLUMNS} FROM jobs WHERE id = ?"
_OF_MESSAGE = f"""SELECT {COLUMNS} FROM jobs
  WHERE id = (SELECT job FROM messages WHERE platform = ? AND channel = ? AND message = ?)"""
# Help with a prompt is a job without images, which nothing draws.
_OPEN = f"SELECT {COLUMNS} FROM jobs WHERE closed_at IS NULL AND images > 0 ORDER BY created_at, id"
_OPEN_HELP = f"SELECT {COLUMNS} FROM jobs WHERE closed_at IS NULL AND images = 0 ORDER BY created_at, id"
_UNDELIVERED = f"""SELECT {COLUMNS} FROM jobs WHERE closed_at IS NOT NULL AND delivered_at IS NULL
  ORDER BY closed_at, id"""
_RECENT = f"""SELECT {COLUMNS} FROM jobs
  WHERE workspace = ? AND person = ? AND state = 'settled' AND deleted_at IS NULL AND emptied_at IS NULL
    AND images > 0
    AND (comparison IS NULL OR (comparison = id AND delivered_at IS NOT NULL))
  ORDER BY created_at DESC, id DESC LIMIT ?"""
_EXPIRED = f"""SELECT {COLUMNS} FROM jobs
  WHERE closed_at < ? AND emptied_at IS NULL
    AND (delivered_at IS NOT NULL OR id IN (SELECT job FROM waiting))
    AND COALESCE(comparison, id) NOT IN (SELECT job FROM collected)
  ORDER BY closed_at, id LIMIT ?"""
_DURATIONS = """SELECT tier, quality, closed_at - started_at FROM jobs
  WHERE state = 'settled' AND closed_at >= started_at AND images > 0 ORDER BY id DESC LIMIT ?"""

# As in `close.py`: a clock that was set back makes no step earlier than the one before.
_START = f"""UPDATE jobs SET state = 'running',
    started_at = CASE WHEN created_at > ? THEN created_at ELSE ? END
  WHERE id = ? AND state = 'reserved' RETURNING {COLUMNS}"""
_RECORD_CARD = """UPDATE jobs SET card = ?
  WHERE id = (SELECT COALESCE(comparison, id) FROM jobs WHERE id = ?) AND delivered_at IS NULL"""
_DELIVER = """UPDATE jobs SET delivered_at = CASE WHEN closed_at > ? THEN closed_at ELSE ? END, card = ?
  WHERE id = ? AND closed_at IS NOT NULL AND delivered_at IS NULL"""
# Nothing leads to the job of somebody who was forgotten, not even a message that was on its way.
_MAP_MESSAGE = """INSERT INTO messages (platform, channel, message, job)
  SELECT ?, ?, ?, COALESCE(comparison, id) FROM jobs WHERE id = ? AND request_id NOT LIKE 'forgotten:%'
  ON CONFLICT (platform, channel, message) DO UPDATE SET job = excluded.job"""
_SHARE = """INSERT INTO shares (job, message, shared_at)
  SELECT id, ?, ? FROM jobs WHERE id = ? AND request_id NOT LIKE 'forgotten:%'
  ON CONFLICT (job) DO UPDATE SET message = excluded.message, shared_at = excluded.shared_at"""
_SHARE_OF = "SELECT message FROM shares WHERE job = ?"
_DELETE_SHARES = "DELETE FROM shares WHERE shared_at < ?"
_REMOVE = "UPDATE jobs SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"
_EMPTY = """UPDATE jobs SET emptied_at = :now, request = :request,
    delivered_at = COALESCE(delivered_at, CASE WHEN closed_at > :now THEN closed_at ELSE :now END)
  WHERE id = :job AND emptied_at IS NULL"""
_ERASE_TOKENS = """UPDATE jobs SET reply_token = NULL, reply_until = NULL
  WHERE reply_token IS NOT NULL AND reply_until <= ?"""


class Jobs:
    """The jobs of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(
        self,
        store: Store,
        defaults: Defaults,
        clock: Callable[[], float],
        welcome: Callable[[Transaction, str, str, float], None],
    ) -> None:
        """`welcome`: called with workspace, person and now, in the transaction that counts for them."""
        self._store = store
        self._defaults = defaults
        self._clock = clock
        self._welcome = welcome

    async def reserve(self, r: Reservation) -> Reserved | Denied:
        """Hold the request's price on every counter, or name the limit that refused. Safe to repeat."""
        now = self._clock()

        def attempt(tx: Transaction) -> Reserved | Refusal[Denied]:
            self._welcome(tx, r.workspace, r.person, now)
            return reserve(tx, r, self._defaults, now)

        answer: Reserved | Denied = await self._store.write(attempt)
        if isinstance(answer, Denied):  # nothing of it was kept
            denied = answer
            await self._store.write(lambda tx: self._record_refusal(tx, r, denied, now))
        return answer

    async def reserve_together(self, reservations: Sequence[Reservation]) -> list[Reserved] | Denied:
        """Hold the sum of several requests of one person, or nothing of it. Safe to repeat.

        A denial tells what all of them ask for, and what was used before them.
        """
        now, first = self._clock(), reservations[0]

        def attempt(tx: Transaction) -> list[Reserved] | Refusal[Denied]:
            self._welcome(tx, first.workspace, first.person, now)
            return reserve_together(tx, reservations, self._defaults, now)

        answer: list[Reserved] | Denied = await self._store.write(attempt)
        if isinstance(answer, Denied):
            denied = answer
            await self._store.write(lambda tx: self._record_refusal(tx, first, denied, now))
        return answer

    def _record_refusal(self, tx: Transaction, r: Reservation, denied: Denied, now: float) -> None:
        self._welcome(tx, r.workspace, r.person, now)  # so that admins see and change what refused
        record_refusal(tx, r, denied, now)

    async def start(self, job: int) -> Job | None:
        """Mark a reserved job as running. Await this before the gateway is called. None: not reserved."""
        now = self._clock()
        return await self._store.write(lambda tx: next(iter(read_jobs(tx, _START, (now, now, job))), None))

    async def settle(self, job: int, close: Close) -> Job | None:
        """Close a running job: charge what was delivered, at most the hold. None: not running."""
        now = self._clock()
        return await self._store.write(lambda tx: close_job(tx, job, close, now, state="settled"))

    async def release(self, job: int, close: Close) -> Job | None:
        """Close a reserved or running job and charge nothing. None: closed already.

        Raises LedgerError if `close` charges something.
        """
        now = self._clock()
        return await self._store.write(lambda tx: close_job(tx, job, close, now, state="released"))

    async def write_off(self, job: int, outcome: str) -> Job | None:
        """Release a settled job that cannot be delivered any more, and give its charge back.

        None: delivered, or not settled.
        """
        return await self._store.write(lambda tx: write_off(tx, job, outcome))

    async def are_there(self, jobs: Sequence[int]) -> set[int]:
        """Return which of these ids are of a job."""
        if not jobs:
            return set()
        marks = ", ".join("?" * len(jobs))
        sql = f"SELECT id FROM jobs WHERE id IN ({marks})"
        rows = await self._store.read(lambda tx: tx.execute(sql, tuple(jobs)).fetchall())
        return {job for (job,) in rows}

    async def complete_comparison(self, comparison: int, carrier: int, outcome: str) -> Job | None:
        """Let one job carry the outcome (JSON) of a comparison whose jobs are all closed; return it.

        The others count as delivered from then on. None: some are open, or it was completed before.
        """
        now = self._clock()
        return await self._store.write(lambda tx: comparisons.complete(tx, comparison, carrier, outcome, now))

    async def of_comparison(self, comparison: int) -> list[Job]:
        """Return the jobs of a comparison in the order of their reservation."""
        return await self._store.read(lambda tx: comparisons.jobs_of(tx, comparison))

    async def carrier(self, job: int) -> Job | None:
        """Return the job that carries a job's card and message: of a job by itself, the same."""
        return await self._store.read(lambda tx: comparisons.carrier_of(tx, job))

    async def record_card(self, job: int, card: str, platform: str, channel: str, message: str) -> None:
        """Remember the card (JSON) that announces the job and, unless "", its message. Safe to repeat.

        The card of a delivered job stays the delivered one.
        """

        def record(tx: Transaction) -> None:
            tx.execute(_RECORD_CARD, (card, job))
            _map_message(tx, job, (platform, channel, message))

        await self._store.write(record)

    async def deliver(self, job: int, platform: str, channel: str, message: str, card: str) -> bool:
        """Record that a closed job's outcome was posted, in `message` ("": no message to find it by).

        False: recorded already, or the job is open.
        """
        now = self._clock()

        def deliver(tx: Transaction) -> bool:
            if not tx.execute(_DELIVER, (now, now, card, job)).rowcount:
                return False
            waiting.delete(tx, job)
            finding.show(tx, job)
            _map_message(tx, job, (platform, channel, message))
            return True

        return await self._store.write(deliver)

    async def remove(self, job: int) -> bool:
        """Record that somebody deleted the job's pictures. False: recorded already."""
        now = self._clock()

        def remove(tx: Transaction) -> bool:
            finding.forget(tx, job)
            return tx.execute(_REMOVE, (now, job)).rowcount == 1

        return await self._store.write(remove)

    async def empty(self, job: int, request: str) -> bool:
        """Record that the job's pictures and words expired; `request` (JSON) stays. False: was already.

        What waited until now waits no more: there is nothing left to deliver.
        """
        values = {"now": self._clock(), "request": request, "job": job}

        def empty(tx: Transaction) -> bool:
            waiting.delete(tx, job)
            finding.forget(tx, job)
            return tx.execute(_EMPTY, values).rowcount == 1

        return await self._store.write(empty)

    async def map_message(self, job: int, platform: str, channel: str, message: str) -> None:
        """Let another message lead to the job. Safe to repeat."""
        place = platform, channel, message
        await self._store.write(lambda tx: _map_message(tx, job, place))

    async def share(self, job: int, card: str, platform: str, channel: str, message: str) -> None:
        """Remember the message (`card`: JSON) in which a job's private pictures were made public.

        The message then leads to the job. Safe to repeat.
        """
        now = self._clock()

        def share(tx: Transaction) -> None:
            tx.execute(_SHARE, (card, now, job))
            _map_message(tx, job, (platform, channel, message))

        await self._store.write(share)

    async def share_of(self, job: int) -> str | None:
        """Return the message (JSON) in which the job's private pictures were made public."""
        row = await self._store.read(lambda tx: tx.execute(_SHARE_OF, (job,)).fetchone())
        return str(row[0]) if row else None

    async def delete_shares(self, before: float) -> None:
        """Forget shares made before then (unix seconds)."""
        await self._store.write(lambda tx: tx.execute(_DELETE_SHARES, (before,)).rowcount)

    async def erase_reply_tokens(self) -> int:
        """Erase the reply tokens that expired, and return how many."""
        now = self._clock()
        return await self._store.write(lambda tx: tx.execute(_ERASE_TOKENS, (now,)).rowcount)

    async def get(self, job: int) -> Job | None:
        return await self._store.read(lambda tx: read_job(tx, _JOB, (job,)))

    async def of_request(self, request_id: str) -> Job | None:
        return await self._store.read(lambda tx: job_of_request(tx, request_id))

    async def of_message(self, platform: str, channel: str, message: str) -> Job | None:
        return await self._store.read(lambda tx: read_job(tx, _OF_MESSAGE, (platform, channel, message)))

    async def list_open(self) -> list[Job]:
        """Return reserved and running jobs that draw, oldest first."""
        return await self._store.read(lambda tx: read_jobs(tx, _OPEN))

    async def list_open_help(self) -> list[Job]:
        """Return reserved and running jobs that help with a prompt, oldest first."""
        return await self._store.read(lambda tx: read_jobs(tx, _OPEN_HELP))

    async def list_undelivered(self) -> list[Job]:
        """Return jobs that are closed but not delivered, oldest first."""
        return await self._store.read(lambda tx: read_jobs(tx, _UNDELIVERED))

    async def list_recent(self, workspace: str, person: str, limit: int) -> list[Job]:
        """Return the person's settled jobs that still have pictures and words, newest first."""
        return await self._store.read(lambda tx: read_jobs(tx, _RECENT, (workspace, person, limit)))

    async def list_expired(self, before: float, limit: int) -> list[Job]:
        """Return jobs closed before then (unix seconds) that still have words or pictures, oldest first.

        One whose delivery is still being tried is not among them, nor is one that is kept; one that waits is.
        """
        return await self._store.read(lambda tx: read_jobs(tx, _EXPIRED, (before, limit)))

    async def durations(self, limit: int) -> list[tuple[str, str, float]]:
        """Return (tier, quality, seconds from start to close) of the newest settled jobs."""
        return await self._store.read(lambda tx: tx.execute(_DURATIONS, (limit,)).fetchall())


def _map_message(tx: Transaction, job: int, place: tuple[str, str, str]) -> None:
    """`place`: platform, channel, message ("": there is none to find the job by)."""
    if place[2]:
        tx.execute(_MAP_MESSAGE, (*place, job))
