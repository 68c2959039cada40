"""The rules of style that a test can hold: sizes, folders, imports, docstrings, and committed files."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "quotas", "adapters")
MODULE_LINES = 400  # of code, without docstrings
FUNCTION_LINES = 55
FOLDER_MODULES = 15  # as many as one reads at a glance
BOT_MODULES = 6  # directly in bot/, whose folders are its table of contents
SMALL_MODULE_LINES = 30
STANDS_ALONE = "stands alone because"  # in the docstring of a small module that does not join its only reader
# The imports inside functions: (file, module or package): the reason. Times are of one import, on one core.
LATE_IMPORTS = {
    (
        "bot/app/installers.py",
        "adapters",
    ): "discord.py takes 0.4 s, slack_sdk 0.3 s; a command needs one of them",
    ("bot/app/platforms.py", "adapters"): "discord.py takes 0.4 s, Slack's libraries 0.5 s; few serve both",
    (
        "bot/app/platforms.py",
        "bot.telemetry.health",
    ): "aiohttp's server takes 0.2 s; a command runs without it",
    ("bot/app/run.py", "bot.painters.gateway"): "the openai library takes 0.5 s; samples do without it",
    ("bot/app/run.py", "bot.writers.gateway"): "the same library, for prompts",
    (
        "bot/cli/commands/doctor.py",
        "bot.painters.gateway",
    ): "the same library, beside checks that need no network",
    (
        "bot/cli/commands/quota.py",
        "bot.cli.commands.quota_run",
    ): "the ledger takes 0.2 s; help and completion of the verbs do without it",
    (
        "bot/cli/data_folder.py",
        "bot.app.run",
    ): "the core takes 0.3 s; a command beside `imagine run` has no core",
    ("bot/reports/charts.py", "matplotlib"): "it takes 0.4 s and 43 MB; only a report with a chart needs it",
    ("bot/telemetry/metrics.py", "prometheus_client"): "it takes 0.05 s; only `/metrics` needs it",
}
# A docstring that opens so is a clause, and not a sentence or a name.
CLAUSE = re.compile(r"(What|Who|Whom|Whose|Where|Whether|How|Why|When|That|Which|From|Of)\b")
LANGUAGES = frozenset(
    ("english", "german", "shared")
)  # modules of bot.wording, which nothing looks up by language


def modules(root: Path, *folders: str) -> list[Path]:
    """List the Python files in some folders, as paths relative to the root."""
    return sorted(path.relative_to(root) for folder in folders for path in (root / folder).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def code_lines(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    return len(text.splitlines()) - sum(map(_docstring_lines, ast.walk(parsed(path))))


def _docstring_lines(node: ast.AST) -> int:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return 0
    first = node.body[0] if node.body and ast.get_docstring(node, clean=False) is not None else None
    return (first.end_lineno or 0) - first.lineno + 1 if first else 0


def module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(node: ast.AST) -> Iterator[str]:
    """Yield the modules that an import statement may load; of `from a import b`, both a and a.b."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def crowded_folders(root: Path) -> list[str]:
    """List the folders with too many modules."""
    counts: dict[str, int] = {}
    for path in modules(root, *PACKAGES):
        if path.name != "__init__.py":
            counts[str(path.parent)] = counts.get(str(path.parent), 0) + 1
    limits = {"bot": BOT_MODULES}
    return [folder for folder, count in counts.items() if count > limits.get(folder, FOLDER_MODULES)]


def slivers(root: Path) -> list[str]:
    """List the small modules that only one other module imports, and that do not say why they stand alone.

    A module that its own package imports is a part of this package's face, and is left out.
    """
    paths = {module_name(path): path for path in modules(root, *PACKAGES)}
    readers: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for node in ast.walk(parsed(root / path)):
            for imported in imported_names(node):
                if imported in readers and imported != name:
                    readers[imported].add(name)
    return [
        str(path)
        for name, path in paths.items()
        if path.name != "__init__.py"
        and code_lines(root / path) < SMALL_MODULE_LINES
        and len(readers[name]) == 1
        and readers[name] != {name.rpartition(".")[0]}
        and STANDS_ALONE not in " ".join((ast.get_docstring(parsed(root / path)) or "").split())
    ]


def fixed_sentences(root: Path) -> list[str]:
    """List the imports of single names from bot.wording, which would stay in one language."""
    return [
        f"{path}: {alias.name}"
        for path in modules(root, *PACKAGES, "tests")
        for node in ast.walk(parsed(root / path))
        if isinstance(node, ast.ImportFrom) and node.module == "bot.wording"
        for alias in node.names
        if alias.name not in LANGUAGES
    ]


def late_imports(root: Path) -> list[str]:
    """List the imports inside functions that have no reason in LATE_IMPORTS."""
    return [f"{path}: {names[0]}" for path, names in _imports_in_functions(root) if not _reason(path, names)]


def _imports_in_functions(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the path of a file, and the names of one import statement."""
    for path in modules(root, *PACKAGES):
        functions = [
            node
            for node in ast.walk(parsed(root / path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        for node in {node for function in functions for node in ast.walk(function)}:
            if names := list(imported_names(node)):
                yield str(path), names


def _reason(path: str, names: list[str]) -> tuple[str, str] | None:
    """Return the entry of LATE_IMPORTS that allows the import."""
    entries = (entry for entry in LATE_IMPORTS if entry[0] == path)
    return next(
        (each for each in entries if any(f"{name}.".startswith(f"{each[1]}.") for name in names)), None
    )


def clauses(root: Path) -> list[str]:
    """List the docstrings that open with a clause."""
    return [
        f"{path}:{node.body[0].lineno}"
        for path in modules(root, *PACKAGES, "tests")
        for node in ast.walk(parsed(root / path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if CLAUSE.match(ast.get_docstring(node) or "")
    ]


RULES: dict[Callable[[Path], list[str]], dict[str, str]] = {  # each with files that break it
    crowded_folders: {
        **{f"quotas/store/module_{number}.py": "" for number in range(FOLDER_MODULES + 1)},
        **{f"bot/module_{number}.py": "" for number in range(BOT_MODULES + 1)},
    },
    slivers: {
        "bot/one.py": '"""A small module."""',
        "bot/two.py": "from bot import one",
        "bot/three.py": "from bot.two import one\nfrom bot import four",
        "bot/four.py": f'"""It {STANDS_ALONE} this is an example."""\nfrom bot import two',
    },
    fixed_sentences: {"tests/test_it.py": "from bot.wording import denied"},
    late_imports: {
        "bot/app/run.py": "def painter():\n    import bot.painters.gateway.painter",
        "bot/one.py": "class One:\n    async def run(self):\n        from bot import two",
        "bot/two.py": "if True:\n    import bot.one",
    },
    clauses: {"tests/test_it.py": 'def test_it() -> None:\n    """What it is."""'},
}
VIOLATIONS = {
    crowded_folders: ["bot", "quotas/store"],
    slivers: ["bot/one.py"],
    fixed_sentences: ["tests/test_it.py: denied"],
    late_imports: ["bot/one.py: bot"],
    clauses: ["tests/test_it.py:2"],
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_code_breaks_the_rule(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_can_be_broken(rule: Callable[[Path], list[str]], tmp_path: Path) -> None:
    for name, text in RULES[rule].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert rule(tmp_path) == VIOLATIONS[rule]


def test_every_reason_for_a_late_import_is_needed() -> None:
    assert {_reason(path, names) for path, names in _imports_in_functions(ROOT)} == set(LATE_IMPORTS)


@pytest.mark.parametrize("path", modules(ROOT, *PACKAGES), ids=str)
def test_modules_and_functions_are_small(path: Path) -> None:
    assert code_lines(ROOT / path) <= MODULE_LINES
    for node in ast.walk(parsed(ROOT / path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name


def test_every_module_has_a_docstring() -> None:
    paths = modules(ROOT, *PACKAGES)
    assert [str(path) for path in paths if not ast.get_docstring(parsed(ROOT / path))] == []


def committed_files() -> list[str]:
    """List the files of the git checkout; skip the test if there is none."""
    run = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip("not a git checkout, so the committed files are not known")
    return run.stdout.splitlines()


def test_every_file_of_a_package_is_installed() -> None:
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    ours = [Path(name) for name in committed_files() if name.split("/")[0] in PACKAGES]
    assert setup["packages"]["find"]["include"] == ["bot*", "quotas*", "adapters*"]
    folders = {path.parent for path in ours if path.suffix == ".py"}
    assert all(folder / "__init__.py" in ours for folder in folders)
    for path in ours:
        folder = str(path.parent).replace("/", ".")
        patterns = [
            (package, pattern)
            for package, patterns in setup["package-data"].items()
            for pattern in patterns
            if folder.startswith(package)
        ]
        matches = [
            path.relative_to(package.replace(".", "/")).match(pattern) for package, pattern in patterns
        ]
        assert path.suffix == ".py" or any(matches), path


def test_locks_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
        assert pins
        assert all(line.endswith("\\") for line in pins)
        assert "://" not in text


def test_settings_and_databases_are_not_committed() -> None:
    assert not [name for name in committed_files() if name.endswith((".env", ".db", "imagine.toml"))]
