"""A process that reserves, starts, settles and delivers as fast as it can, and says what was acknowledged."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from quotas.ledger import Ledger
from quotas.records import Defaults, Reserved
from tests.quotas.asking import asked, drawn

numbers = count(1)


async def task(ledger: Ledger, name: str) -> None:
    while True:
        answer = await ledger.reserve(asked(2, request_id=f"{name}:{next(numbers)}", person=name))
        assert isinstance(answer, Reserved)
        job = answer.job.id
        say(job, "reserved")
        await ledger.start(job)
        say(job, "running")
        await ledger.settle(job, drawn(1))
        say(job, "settled")


def say(job: int, state: str) -> None:
    sys.stdout.write(f"{job} {state}\n")
    sys.stdout.flush()


async def main(folder: Path) -> None:
    ledger = await Ledger.open(folder, Defaults(images_per_day=10_000_000))
    await asyncio.gather(*(task(ledger, f"person{n}") for n in range(20)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
