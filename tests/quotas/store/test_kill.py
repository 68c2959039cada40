import subprocess
import sys
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import Close, Defaults
from quotas.settings.alerts import LINES
from tests.quotas.helpers import UNIT

ROOT = Path(__file__).parents[3]
ORDER = {"reserved": 0, "running": 1, "settled": 2}


@pytest.mark.parametrize("lines", [1, 200, 1_500])
async def test_acknowledged_operations_survive_kill_9(tmp_path: Path, lines: int) -> None:
    acknowledged = run_and_kill(tmp_path, lines)
    ledger = await Ledger.open(tmp_path, Defaults())
    assert await ledger.verify() == []
    for job, state in acknowledged.items():
        kept = await ledger.jobs.get(job)
        assert kept is not None, f"{state} was acknowledged and is gone"
        assert ORDER[kept.state] >= ORDER[state]
    for job in [one.id for one in await ledger.jobs.list_open()]:
        assert await ledger.jobs.release(job, Close())
    assert await ledger.jobs.list_open() == []
    assert await ledger.verify() == []
    await ledger.close()


@pytest.mark.parametrize(("lines", "budget"), [(300, 150), (900, 350), (150, 60)])
async def test_a_budgets_lines_are_recorded_with_the_job_that_crossed_them(
    tmp_path: Path, lines: int, budget: int
) -> None:
    run_and_kill(tmp_path, lines, budget)
    ledger = await Ledger.open(tmp_path, Defaults())
    alerts, state = await ledger.settings.due_alerts(), await ledger.settings.budget("team")
    await ledger.close()
    assert state.amount == budget * UNIT
    noticed = sorted(alert.percent for alert in alerts)
    reached = [line for line in LINES if state.spent * 100 >= line * state.amount]
    assert reached
    assert noticed in (reached, [*reached, 100])  # the end is noticed, too, when something no longer fits


def run_and_kill(folder: Path, lines: int, budget: int = 0) -> dict[int, str]:
    """Let a process work until it has printed so many lines, kill it, and return the printed states."""
    command = [sys.executable, "-m", "tests.quotas.load", str(folder), str(budget)]
    acknowledged: dict[int, str] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(lines):
            read_line(process.stdout.readline(), acknowledged)
        process.kill()
        for line in process.stdout:  # what it had said before it died
            read_line(line, acknowledged)
    return acknowledged


def read_line(line: str, acknowledged: dict[int, str]) -> None:
    job, _, state = line.strip().partition(" ")
    if line.endswith("\n") and state in ORDER:  # the last line may be cut short
        acknowledged[int(job)] = state
