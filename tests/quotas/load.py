"""A process that reserves, starts and settles as fast as it can, and prints what was acknowledged."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from quotas.ledger import Ledger
from quotas.records import Defaults, Reserved
from tests.quotas.helpers import UNIT, by, make_close, make_reservation

numbers = count(1)


async def draw_forever(ledger: Ledger, name: str) -> None:
    while True:
        answer = await ledger.jobs.reserve(
            make_reservation(2, request_id=f"{name}:{next(numbers)}", person=name)
        )
        if not isinstance(answer, Reserved):
            return
        job = answer.job.id
        report(job, "reserved")
        await ledger.jobs.start(job)
        report(job, "running")
        await ledger.jobs.settle(job, make_close(1))
        report(job, "settled")


def report(job: int, state: str) -> None:
    sys.stdout.write(f"{job} {state}\n")
    sys.stdout.flush()


async def main(folder: Path, budget: int) -> None:
    """Draw until killed. `budget`: the month's budget in images; 0: none."""
    ledger = await Ledger.open(folder, Defaults(images_per_day=10_000_000))
    if budget:
        await ledger.settings.set_budget(workspace="team", money_per_month=budget * UNIT, at_end=None, **by())
    await asyncio.gather(*(draw_forever(ledger, f"person{n}") for n in range(20)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
