"""A process that reserves, starts and settles as fast as it can, and says what was acknowledged."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from quotas.ledger import Ledger
from quotas.records import Defaults, Reserved
from tests.quotas.asking import UNIT, asked, by, drawn

numbers = count(1)


async def task(ledger: Ledger, name: str) -> None:
    while True:
        answer = await ledger.jobs.reserve(asked(2, request_id=f"{name}:{next(numbers)}", person=name))
        if not isinstance(answer, Reserved):
            return
        job = answer.job.id
        say(job, "reserved")
        await ledger.jobs.start(job)
        say(job, "running")
        await ledger.jobs.settle(job, drawn(1))
        say(job, "settled")


def say(job: int, state: str) -> None:
    sys.stdout.write(f"{job} {state}\n")
    sys.stdout.flush()


async def main(folder: Path, budget: int) -> None:
    """`budget`: how many images the month's may be; 0: no budget."""
    ledger = await Ledger.open(folder, Defaults(images_per_day=10_000_000))
    if budget:
        await ledger.settings.set_budget(workspace="team", money_per_month=budget * UNIT, at_end=None, **by())
    await asyncio.gather(*(task(ledger, f"person{n}") for n in range(20)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
