"""The style that matters is a test: rooms stay small, and nothing names the machine it was written on."""

import ast
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE_LINES = 400  # of code, without docstrings
FUNCTION_LINES = 55
CODE = sorted(path for folder in ("bot", "quotas", "adapters") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_room_is_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) - sum(map(_docstring_lines, ast.walk(tree))) <= MODULE_LINES
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name


def _docstring_lines(node: ast.AST) -> int:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return 0
    first = node.body[0] if node.body and ast.get_docstring(node, clean=False) is not None else None
    return (first.end_lineno or 0) - first.lineno + 1 if first else 0


def test_everything_is_installed() -> None:
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so what belongs to it is not known")
    ours = [
        Path(name)
        for name in listed.stdout.splitlines()
        if name.split("/")[0] in ("bot", "quotas", "adapters")
    ]
    assert setup["packages"]["find"]["include"] == ["bot*", "quotas*", "adapters*"]
    rooms = {path.parent for path in ours if path.suffix == ".py"}
    assert all(room / "__init__.py" in ours for room in rooms)
    for path in ours:
        room = str(path.parent).replace("/", ".")
        near = [
            (name, pattern)
            for name, of in setup["package-data"].items()
            for pattern in of
            if room.startswith(name)
        ]
        inside = [path.relative_to(name.replace(".", "/")).match(pattern) for name, pattern in near]
        assert path.suffix == ".py" or any(inside), path


def test_every_module_says_what_it_is_for() -> None:
    bare = [str(path) for path in CODE if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not bare


def test_locks_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
        assert pins
        assert all(line.endswith("\\") for line in pins)
        assert "://" not in text


def test_settings_files_are_not_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so nothing is committed here")
    names = listed.stdout.splitlines()
    assert not [name for name in names if name.endswith((".env", ".db", "imagine.toml"))]
