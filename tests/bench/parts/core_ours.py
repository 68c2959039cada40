"""The bot under load, with the real core, ledger, store and gateway client, and a platform that only counts.

python tests/bench/parts/core_ours.py 200 https://127.0.0.1:1234/v1 FOLDER

With more arguments, each request draws from the pictures of these files, and every second one has a mask, the
last file.
"""

import asyncio
import gc
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

import structlog

from bot.app import malloc
from bot.commands.registry import registry
from bot.core.bot import Bot
from bot.painters.estimates import Estimates
from bot.painters.gateway import GatewayPainter
from bot.port.cards import Accepted, Card, Delivered, Ended
from bot.port.protocols import WholeCore
from bot.port.requests import Address, Imagine, MessageRef, Person, SentFile
from bot.services import Services
from bot.storage.guard import GuardedStore
from bot.storage.pictures import FolderStore
from quotas.catalog import load_catalog
from quotas.ledger import Ledger
from quotas.records import Defaults
from tests.bench.parts.meters import Meters

HERE = Address(platform="bench", workspace="bench:team", channel="general")


class CountingAdapter:
    """An adapter that shows nothing and counts galleries of four. `done`: set when every job has ended."""

    name = "bench"
    card_becomes_gallery = True
    has_buttons = True

    def __init__(self, jobs: int) -> None:
        self._open = jobs
        self.delivered = 0
        self.done = asyncio.Event()

    async def run(self, core: WholeCore) -> None:
        await asyncio.Event().wait()

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        self._count(card)
        return MessageRef(address=address, id=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        self._count(card)
        return message

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        return None

    async def delete(self, message: MessageRef) -> None:
        pass

    def _count(self, card: Card) -> None:
        self.delivered += isinstance(card, Delivered) and len(card.pictures) == 4
        self._open -= isinstance(card, Delivered | Ended)
        if not self._open:
            self.done.set()


def sent(path: Path) -> SentFile:
    """Send a file whose bytes come anew for each request, as a download's do."""

    async def read(limit: int) -> bytes:
        return await asyncio.to_thread(lambda: path.read_bytes()[:limit])

    return SentFile(name=path.name, read=read)


async def ask(bot: Bot, number: int, files: Sequence[Path]) -> None:
    person = Person(id=f"bench:{number}", name=f"Person {number}")
    request = Imagine(id=f"bench:{number}", person=person, address=HERE, text="a red fox in snow -n 4")
    if files:
        mask = sent(files[-1]) if number % 2 else None
        request = replace(request, references=tuple(sent(path) for path in files[:-1]), mask=mask)
    answer = await bot.imagine(request)
    assert isinstance(answer, Accepted), answer
    await bot.shown(answer.job, MessageRef(address=HERE, id=answer.job))


async def main(jobs: int, url: str, folder: Path, files: Sequence[Path]) -> None:
    malloc.give_back()
    catalog = load_catalog()
    ledger = await Ledger.open(folder, Defaults(images_per_day=100_000))
    painter = GatewayPainter(url, "sk-bench", in_flight=jobs)
    platform = CountingAdapter(jobs)
    services = Services(
        ledger=ledger,
        catalog=catalog,
        painter=painter,
        store=GuardedStore(FolderStore(folder / "pictures"), job_bytes=0),
        commands=registry(catalog),
        adapters={platform.name: platform},
        estimates=Estimates(catalog),
        in_flight=jobs,
        per_person=jobs,
    )
    bot = Bot(services)
    await bot.start()
    gc.collect()
    gc.freeze()  # as the program does
    async with Meters() as meters:
        async with asyncio.TaskGroup() as tasks:
            for number in range(jobs):
                tasks.create_task(ask(bot, number, files))
                await asyncio.sleep(0)  # a platform's events come one by one
        await platform.done.wait()
        while await ledger.jobs.list_open() or await ledger.jobs.list_undelivered():  # noqa: ASYNC110 - the ledger has no event to wait for
            await asyncio.sleep(0.1)
    await bot.stop(1.0)
    await painter.close()
    await ledger.close()
    assert platform.delivered == jobs, f"{platform.delivered} of {jobs}"
    print(meters.usage().text())


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), [Path(each) for each in sys.argv[4:]]))
