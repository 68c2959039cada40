"""Around every run: what its processes share; at its end, which platform shows which card by which verb."""

import gc
from pathlib import Path

import pytest

from tests.fakes import forks

HERE = Path(__file__).parent
SLOW = ("web", "endtoend", "faults", "contract", "discord")  # of browsers, processes, whole platforms
MATRIX = "contract"  # the property under which a test hands over its row of the matrix


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*can): a story for platforms that have all of these")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Workers begin to collect in different rooms: on a fresh machine each compiles what no other has."""
    worker = getattr(session.config, "workerinput", None)
    if worker and session.config.args == session.config.getini("testpaths"):
        rooms = sorted(str(path) for path in HERE.glob("[a-z]*") if path.is_dir() or path.match("test_*.py"))
        first = len(rooms) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
        session.config.args = rooms[first:] + rooms[:first]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in every worker, and slow rooms first, so that nobody waits for one at the end."""
    rooms = {HERE / room for room in SLOW}
    items.sort(key=lambda item: (rooms.isdisjoint(item.path.parents), item.path))


def pytest_collection_finish() -> None:
    """What was imported and collected stays: every later full collection is for what tests leave."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    forks.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The matrix of tests/contract: platform, verb, and how each card fared."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    rows = [text for report in reports for name, text in report.user_properties if name == MATRIX]
    if rows:
        terminalreporter.section(MATRIX)
        terminalreporter.write_line("\n".join(sorted(rows)))
