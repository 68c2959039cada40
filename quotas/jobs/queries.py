"""The ways to find jobs in an open ledger."""

from quotas.jobs import lifecycle
from quotas.records import Job
from quotas.store.store import Store


class Finding:
    """Questions about jobs. Methods raise LedgerError where the ledger cannot serve."""

    _store: Store

    @property
    def pulse(self) -> tuple[int, int, int]:
        """Transactions and operations since the ledger was opened, and operations that wait."""
        return self._store.pulse

    async def job(self, job: int) -> Job | None:
        return await self._store.read(lambda tx: lifecycle.job(tx, job))

    async def job_of_request(self, request_id: str) -> Job | None:
        return await self._store.read(lambda tx: lifecycle.job_of_request(tx, request_id))

    async def job_of_message(self, platform: str, channel: str, message: str) -> Job | None:
        return await self._store.read(lambda tx: lifecycle.job_of_message(tx, platform, channel, message))

    async def open_jobs(self) -> list[Job]:
        """Reserved and running, oldest first."""
        return await self._store.read(lifecycle.open_jobs)

    async def undelivered(self) -> list[Job]:
        """Closed but not told, oldest first."""
        return await self._store.read(lifecycle.undelivered)

    async def recent(self, workspace: str, person: str, limit: int) -> list[Job]:
        """The person's settled jobs whose pictures and words are still kept, newest first."""
        return await self._store.read(lambda tx: lifecycle.recent(tx, workspace, person, limit))

    async def expired(self, before: float, limit: int) -> list[Job]:
        """Jobs closed before then and told, whose words or pictures are still kept; oldest first."""
        return await self._store.read(lambda tx: lifecycle.expired(tx, before, limit))

    async def durations(self, limit: int) -> list[tuple[str, str, float]]:
        """(tier, quality, seconds from start to close) of the newest settled jobs."""
        return await self._store.read(lambda tx: lifecycle.durations(tx, limit))
