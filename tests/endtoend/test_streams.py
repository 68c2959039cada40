"""Standard input, output and error as shells make them: closed, cut off, full, or without our letters."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import pytest

from tests.fakes.forks import Fork
from tests.fakes.program import CLI, PATIENCE, CommandResult, environment, finish, imagine, query_rows, start

PLAIN = "import sys; from bot.cli.main import main; "
STREAMS = {  # what a shell does to the streams, before the program starts
    "ascii": "[stream.reconfigure(encoding='ascii') for stream in (sys.stdout, sys.stderr)]; ",
    "latin-1": "[stream.reconfigure(encoding='latin-1') for stream in (sys.stdout, sys.stderr)]; ",
    "closed": "import os; os.close(0); os.close(1); sys.stdin = sys.stdout = None; ",
}
VERBS = {  # each command of the shell, and its exit code
    "--help": 0,
    "quota set --help": 0,
    "tiers": 0,
    "usage": 0,
    "usage --json": 0,
    "usage --csv": 0,
    "usage --by colour": 2,
    "verify": 0,
    "check": 0,
    "reconcile bill.csv": 1,
    "manifest slack": 0,
    "invite slack": 0,
    "sync discord": 2,
    "export shell:ann": 0,
    "forget shell:bob": 2,
    "forget shell:bob --yes": 0,
    "quota show": 0,
    "quota set --images-per-day 41": 0,
    "quota log": 0,
    "quota log --json": 0,
    "quota pause": 2,
    "quota budget --workspace shell": 0,
    "quota settings --workspace shell": 0,
    "quota export --workspace shell": 0,
    "draw fox -n 1 --tier nope": 2,
    "draw fox -n 1 --tier fast --out out": 0,
}


async def run_into(
    out: IO[bytes], folder: Path, *words: str, entry: tuple[str, ...] = CLI
) -> tuple[int, str]:
    """Run a command with its output going there; return the exit code and the errors."""
    with tempfile.TemporaryFile() as err:
        process = await Fork.start(folder, (*entry, *words), environment({}), out, err)
        try:
            async with asyncio.timeout(PATIENCE):
                code = await process.wait()
        finally:
            process.kill()
        err.seek(0)
        return code, err.read().decode(errors="replace")


def broken_pipe() -> IO[bytes]:
    """Return the end of a pipe that nobody reads from."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "wb")


def is_calm(text: str) -> bool:
    return not any(word in text for word in ("Traceback", "broke", "Exception ignored"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bill.csv").write_text("time,cost\n2020-01-01,1\n")
    return tmp_path


@pytest.mark.parametrize("streams", STREAMS)
async def test_every_command_bears_streams_that_are_closed_or_lack_letters(
    streams: str, folder: Path
) -> None:
    entry = "-c", PLAIN + STREAMS[streams] + "main()"
    with tempfile.TemporaryFile() as out:
        for verb, expected in VERBS.items():
            code, err = await run_into(out, folder, *verb.split(), entry=entry)
            assert (verb, code) == (verb, expected), err
            assert is_calm(err)
        out.seek(0)
        assert is_calm(out.read().decode("latin-1"))


async def test_a_command_without_any_stream_ends_by_its_code(folder: Path) -> None:
    close = "import os; [os.close(number) for number in range(3)]; "
    entry = "-c", PLAIN + close + "sys.stdin = sys.stdout = sys.stderr = None; main()"
    for verb in ("usage --csv", "quota pause", "draw fox -n 1 --tier fast --out out"):
        with tempfile.TemporaryFile() as out:
            assert await run_into(out, folder, *verb.split(), entry=entry) == (VERBS[verb], "")


async def test_every_command_bears_a_pipe_that_nobody_reads(folder: Path) -> None:
    for verb, expected in VERBS.items():
        with broken_pipe() as out:
            code, err = await run_into(out, folder, *verb.split())
        assert (verb, code) == (verb, expected), err
        assert is_calm(err)


async def test_a_full_disk_below_the_output_is_a_sentence(folder: Path) -> None:
    for verb, expected in VERBS.items():
        with os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0) as out:
            code, err = await run_into(out, folder, *verb.split())
        if expected == 0:
            assert (verb, code, err) == (verb, 1, "No space left on device\n")
        assert is_calm(err)


async def test_a_drawing_whose_reader_goes_is_saved_and_charged(folder: Path) -> None:
    with broken_pipe() as out:
        words = ("draw", "a fox", "-n", "2", "--tier", "fast", "--out", "out", "--json")
        assert await run_into(out, folder, *words) == (0, "")
    assert len(list((folder / "out").iterdir())) == 2
    (job,) = query_rows(folder, "SELECT state, charge_images FROM jobs")
    assert (job["state"], job["charge_images"]) == ("settled", 2)


C_LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


async def run_with_bytes(folder: Path, *words: str | bytes, env: Mapping[str, str]) -> CommandResult:
    """Run a command whose words may be bytes, with a new Python: it reads its words by its locale."""
    return await finish(await start(folder, *words, env=env))  # type: ignore[arg-type]


async def test_the_c_locale_draws_the_words_that_were_typed(folder: Path) -> None:
    words = ("draw", "Füchse im Schnee", "-n", "1", "--tier", "fast", "--out", "Bücher")
    result = await run_with_bytes(folder, *words, env=C_LOCALE)
    assert result.code == 0, result
    assert result.out.startswith("Bücher/")
    assert len(list((folder / "Bücher").iterdir())) == 1
    (job,) = query_rows(folder, "SELECT request FROM jobs")
    assert '"Füchse im Schnee"' in job["request"]


@pytest.mark.parametrize(
    "words",
    [
        ("draw", b"a fox \xff in snow"),
        ("quota", "set", "--images-per-day", "1", "--reason", b"a \xff reason"),
        ("usage", "--person", b"j\xff"),
    ],
)
async def test_words_that_are_no_text_are_refused(words: tuple[str | bytes, ...], folder: Path) -> None:
    result = await run_with_bytes(folder, *words, env={})
    assert (result.code, result.out) == (2, ""), result
    assert "not UTF-8 text" in result.err
    assert query_rows(folder, "SELECT 1 FROM jobs UNION SELECT 1 FROM entries") == []


async def test_a_login_that_is_no_text_still_draws(folder: Path) -> None:
    environ = {**environment({}), "LOGNAME": b"j\xff"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli.main", "draw", "a fox", "-n", "1", "--out", "out"),
        cwd=folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    result = await finish(process)
    assert result.code == 0, result
    assert [row["person"] for row in query_rows(folder, "SELECT person FROM jobs")] == ["shell:operator"]


async def test_a_working_folder_that_is_gone_is_a_sentence(folder: Path) -> None:
    code = PLAIN + "import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); main()"
    result = await imagine(folder, "usage", entry=("-c", code))
    assert (result.code, result.out, result.err) == (1, "", "No such file or directory\n")
