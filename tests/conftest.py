"""Hooks of every test run: the order of tests, the server for forks, and the summary."""

import gc
import os
import shutil
from pathlib import Path

import pytest

from tests.fakes import forks

HERE = Path(__file__).parent
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # bytes; a run takes less than one GiB
SLOW = ("web", "endtoend", "faults", "contract", "discord")  # with browsers, processes, whole platforms
# The properties in which tests record lines for the summary.
MATRIX, FUZZED, MUTATIONS = SECTIONS = ("contract", "fuzzed", "mutations")


def pytest_configure(config: pytest.Config) -> None:
    """Put the tests' folders in memory, if that has room: most of a test's time was the disk's."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    config.addinivalue_line("markers", "needs(*can): a story for platforms that have all of these")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each worker start with another folder, so that on a fresh machine each compiles others."""
    worker = getattr(session.config, "workerinput", None)
    if worker and session.config.args == session.config.getini("testpaths"):
        folders = sorted(
            str(path) for path in HERE.glob("[a-z]*") if path.is_dir() or path.match("test_*.py")
        )
        first = len(folders) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
        session.config.args = folders[first:] + folders[:first]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort tests alike in every worker, slow folders first, so that no worker waits for one at the end."""
    slow = {HERE / name for name in SLOW}
    items.sort(key=lambda item: (slow.isdisjoint(item.path.parents), item.path))


def pytest_collection_finish() -> None:
    """Freeze what was imported, so that later garbage collections look only at what tests leave."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    forks.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded, one section for each of SECTIONS."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    for section in SECTIONS:
        lines = {text for report in reports for name, text in report.user_properties if name == section}
        if lines:
            terminalreporter.section(section)
            terminalreporter.write_line("\n".join(sorted(lines)))
