"""A real core on a real ledger in one folder, for the adapter that a test brings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import time

from bot.commands.registry import registry
from bot.core.bot import Bot
from bot.painters.estimates import Estimates
from bot.port.protocols import Adapter
from bot.services import Services
from bot.storage.guard import GuardedStore
from bot.storage.pictures import FolderStore
from bot.writers.port import Writer
from quotas.catalog import Catalog, load_catalog
from quotas.ids import id_number
from quotas.ledger import Ledger
from quotas.records import Defaults, Job
from tests.bot.running_bot import until
from tests.fakes.painter import FakePainter

__all__ = ["Backend", "until"]


@dataclass
class Backend:
    """The core, its ledger and its painter.

    `images`: pictures that each person may draw a day.
    `dm_images`: the same for direct messages and personal installs.
    """

    folder: Path
    images: int = 400
    dm_images: int = 0
    painter: FakePainter = field(default_factory=FakePainter)
    clock: Callable[[], float] = time
    catalog: Catalog = field(default_factory=load_catalog)
    writer: Writer | None = None
    ledger: Ledger = field(init=False)
    bot: Bot = field(init=False)

    async def open(self, adapter: Adapter) -> "Backend":
        defaults = Defaults(images_per_day=self.images, dm_images_per_day=self.dm_images)
        self.ledger = await Ledger.open(self.folder, defaults, clock=self.clock)
        services = Services(
            ledger=self.ledger,
            catalog=self.catalog,
            painter=self.painter,
            store=GuardedStore(FolderStore(self.folder / "pictures"), job_bytes=0),
            commands=registry(self.catalog),
            adapters={adapter.name: adapter},
            estimates=Estimates(self.catalog),
            in_flight=8,
            per_person=4,
            writer=self.writer,
            prompt_model="gpt-4.1-mini" if self.writer else "",
            clock=self.clock,
        )
        self.bot = Bot(services)
        await self.bot.start()
        return self

    async def close(self) -> None:
        """Stop, and check that the ledger's balances add up."""
        self.painter.gate.set()
        await self.bot.stop(1.0)
        differences = await self.ledger.verify()
        await self.ledger.close()
        assert differences == []

    async def job(self, name: str) -> Job:
        job = await self.ledger.jobs.get(id_number(name))
        assert job is not None
        return job

    async def done(self) -> None:
        """Wait until every job is closed and delivered."""
        async with asyncio.timeout(20):
            while await self.ledger.jobs.list_open() or await self.ledger.jobs.list_undelivered():  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.002)
