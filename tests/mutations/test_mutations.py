"""The table of guards is true, and in the soak some guards are taken away and missed, or all of them."""

import ast
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.conftest import MUTATIONS
from tests.mutations.guard import Guard
from tests.mutations.runner import ROOT, Untrue, is_found, judge_all, room
from tests.mutations.table import GUARDS

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
GUARD_SECONDS = 4.0  # for one guard on one processor: the start of pytest, and a test or two
LEAST = 45  # guards

Record = Callable[[str, object], None]


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_stands_where_the_table_says_and_its_tests_exist(guard: Guard) -> None:
    """If this fails, the guard was rewritten: write its new source into the table, and run it once."""
    assert is_found(guard), f"{guard.file} holds {guard.source!r} not once"
    assert guard.tests
    for test in guard.tests:
        file, _, name = test.partition("::")
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        functions = ast.FunctionDef | ast.AsyncFunctionDef
        assert name in [node.name for node in tree.body if isinstance(node, functions)], test


def test_the_table_is_large_and_each_name_is_its_own() -> None:
    assert len({guard.name for guard in GUARDS}) == len(GUARDS) >= LEAST


PROGRAM = {
    "bot/one.py": "def allowed(amount: int) -> bool:\n    return amount < 10 and amount > 0\n",
    "tests/bot/test_one.py": "from bot.one import allowed\ndef test_most():\n    assert not allowed(10)\n",
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = ["-p", "no:simcord"]\n',
}
FALSE = "def test_false() -> None:\n    assert 0\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program with a guard that a test holds, and one that none holds."""
    for name, text in PROGRAM.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.soak
def test_each_verdict_can_be_given(program: Path) -> None:
    test = ("bot/test_one.py::test_most",)
    guards = [
        Guard("held", "bot/one.py", "amount < 10", "True", test),
        Guard("not held", "bot/one.py", " and amount > 0", "", test),
        Guard("rewritten", "bot/one.py", "amount <= 10", "True", test),
        Guard("no Python any more", "bot/one.py", "return", "retrun", test),
    ]
    lines: list[str] = []
    verdicts = judge_all(guards, lines.append, workers=2, root=program)
    assert verdicts == {
        "held": "caught",
        "not held": "survived",
        "rewritten": "not found",
        "no Python any more": "broken",
    }
    assert len(lines) == len(guards)
    assert (program / "bot/one.py").read_text() == PROGRAM["bot/one.py"]
    assert room(guards[0], program) == "tests/bot"


@pytest.mark.soak
def test_a_test_that_fails_anyway_proves_nothing(program: Path) -> None:
    (program / "tests/bot/test_false.py").write_text(FALSE, encoding="utf-8")
    guard = Guard("held", "bot/one.py", "amount < 10", "True", ("bot/test_false.py::test_false",))
    with pytest.raises(Untrue, match="1 failed"):
        judge_all([guard], lambda _: None, workers=1, root=program)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_guard_that_is_taken_away_is_missed(record_property: Record) -> None:
    """All guards if there is time, else some of them: MUTATIONS_SEED chooses the same ones again."""
    seed = int(os.environ.get("MUTATIONS_SEED") or secrets.randbelow(1_000_000))
    number = int(SECONDS * (os.cpu_count() or 1) / GUARD_SECONDS) or 1
    guards = Random(seed).sample(GUARDS, min(number, len(GUARDS)))
    lines: list[str] = []
    verdicts = judge_all(guards, lines.append)
    record_property(MUTATIONS, f"{len(guards)} of {len(GUARDS)} guards taken away (MUTATIONS_SEED={seed})")
    wrong = [line for line in lines if not line.startswith("caught")]
    assert set(verdicts.values()) == {"caught"}, "\n".join(wrong)
