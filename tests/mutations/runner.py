"""Take a guard away in a copy of the program, and run the tests that must miss it."""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.mutations.guard import Guard, Verdict

ROOT = Path(__file__).parents[2]
PARTS = (
    "bot",
    "quotas",
    "adapters",
    "tests",
    "pyproject.toml",
    "deploy",
    "docs",
)  # of the copy, if they exist
TESTS_FAILED = 1  # an exit code of pytest
SUITE_SECONDS = 900
LINES = 15  # of pytest's output that are shown if it breaks
OPTIONS = ("-p", "no:cacheprovider", "-q", "-x", "--no-header", "--tb=line")


class Copy:
    """A copy of the program in a folder of its own. It never compiles, so that no old code is run."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            if (root / part).is_dir():
                shutil.copytree(root / part, folder / part)
            elif (root / part).exists():
                shutil.copy2(root / part, folder / part)

    @contextmanager
    def without(self, guard: Guard) -> Iterator[None]:
        """Take a guard away for a while."""
        path = self.folder / guard.file
        source, state = path.read_text(encoding="utf-8"), path.stat()
        changed = source
        for piece, without in guard.pieces:
            changed = changed.replace(piece, without)
        path.write_text(changed, encoding="utf-8")
        os.utime(path, (state.st_atime + 1, state.st_mtime + 1))  # another time than the compiled file has
        try:
            yield
        finally:
            path.write_text(source, encoding="utf-8")
            os.utime(path, (state.st_atime, state.st_mtime))

    def pytest(self, *arguments: str, seconds: float = SUITE_SECONDS) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment = {**kept, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *OPTIONS, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )


def is_found(guard: Guard, root: Path = ROOT) -> bool:
    """Return True if the guard's source stands in its file, once."""
    path = root / guard.file
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    return all(source.count(piece) == 1 for piece, _ in guard.pieces)


def judge(copy: Copy, guard: Guard) -> tuple[Verdict, str]:
    """Run a guard's tests without it. Returns the verdict, and pytest's last lines if they broke."""
    if not is_found(guard, copy.folder):
        return "not found", f"{guard.file} holds {guard.source!r} not once"
    with copy.without(guard):
        run = copy.pytest(*(f"tests/{test}" for test in guard.tests))
    if run.returncode in (0, TESTS_FAILED):
        return "caught" if run.returncode else "survived", ""
    return "broken", _last_lines(run)


class Untrue(Exception):
    """A test fails although every guard is in its place; the message holds pytest's last lines."""


def check_whole(copy: Copy, guards: Sequence[Guard]) -> None:
    """Run the tests of all these guards with nothing taken away. Raises Untrue."""
    run = copy.pytest(*sorted({f"tests/{test}" for guard in guards for test in guard.tests}))
    if run.returncode:
        raise Untrue(_last_lines(run))


def _last_lines(run: subprocess.CompletedProcess[str]) -> str:
    return "\n".join((run.stdout + run.stderr).splitlines()[-LINES:])


def judge_all(
    guards: Sequence[Guard], tell: Callable[[str], None], *, workers: int | None = None, root: Path = ROOT
) -> dict[str, Verdict]:
    """Judge guards, several at once, each in a copy of its own. Raises Untrue if their tests fail anyway.

    `tell`: gets one line for each.
    """
    number = workers or os.cpu_count() or 1
    verdicts: dict[str, Verdict] = {}
    with tempfile.TemporaryDirectory() as name:
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for each in range(number):
            copies.put(Copy(root, Path(name) / str(each)))
        whole = Copy(root, Path(name) / "whole")

        def work(guard: Guard) -> None:
            copy = copies.get()
            try:
                verdict, more = judge(copy, guard)
            finally:
                copies.put(copy)
            verdicts[guard.name] = verdict
            tests = ", ".join(test.rpartition("::")[2] for test in guard.tests)
            tell(f"{verdict}: {guard.name} → {tests}" + (f"\n{more}" if more else ""))

        with ThreadPoolExecutor(number) as threads:
            checked = threads.submit(check_whole, whole, guards)
            list(threads.map(work, guards))
            checked.result()
    return verdicts


def failing(guard: Guard, root: Path = ROOT) -> list[str]:
    """Run the suite of the guard's room without the guard; list the tests that fail, to write the table."""
    with tempfile.TemporaryDirectory() as name:
        copy = Copy(root, Path(name) / "copy")
        with copy.without(guard):
            run = copy.pytest("--maxfail=20", "-rf", "-m", "not soak", room(guard, root))
    lines = (line.split(" - ")[0] for line in run.stdout.splitlines() if line.startswith("FAILED "))
    return sorted({line.removeprefix("FAILED tests/").partition("[")[0] for line in lines})


def room(guard: Guard, root: Path = ROOT) -> str:
    """Return the folder of the tests beside the guard: of its own room, or of the nearest above it."""
    parts = Path(guard.file).parent.parts
    parts = parts[1:] if parts[0] == "adapters" else parts
    while parts and not (root / "tests").joinpath(*parts).is_dir():
        parts = parts[:-1]
    return str(Path("tests", *parts))
