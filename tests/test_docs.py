"""The documents match the code: their tables, the files they name, and their commands, which are run.

`UPDATE_DOCS=1 python -m pytest tests/test_docs.py` updates the tables.
"""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from typer.core import TyperGroup

from bot.cli.main import COMMANDS, load
from bot.config.settings import describe_settings
from bot.telemetry.metrics import METRICS
from tests.fakes.program import ROOT, imagine

DOCUMENTS = sorted(
    path for path in (*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/README.md")) if path.name != "CHANGELOG.md"
)
README, DEPLOY = ROOT / "README.md", ROOT / "deploy" / "README.md"
# Mentioned without their arguments, so only their help is run.
WITHOUT_ARGUMENTS = {
    "imagine draw",
    "imagine reconcile",
    "imagine forget",
    "imagine compare",
    "imagine export",
    "imagine quota undo",
    "imagine quota",
    "imagine quota set",
    "imagine quota grant",
    "imagine quota reset",
    "imagine quota block",
    "imagine quota pause",
    "imagine styles set",
    "imagine styles remove",
    "imagine styles list",
}
# Not run: one does not end, one changes the shell, two call Discord.
NOT_RUN = (
    "imagine run",
    "imagine --install-completion",
    "imagine invite",
    "imagine sync",
)


def table(rows: list[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def settings_table() -> str:
    rows = [
        (f"`{name}`", f"`{default}`" if default else "", text) for name, default, text in describe_settings()
    ]
    return table([("name", "default", "what"), ("---", "---", "---"), *rows])


def commands() -> Iterator[tuple[str, str]]:
    for name in COMMANDS:
        command = load(name)
        if isinstance(command, TyperGroup):
            for verb, each in command.commands.items():
                yield f"imagine {name} {verb}", each.get_short_help_str(200)
        else:
            yield f"imagine {name}", command.get_short_help_str(200)


def commands_table() -> str:
    rows = [(f"`{name}`", text) for name, text in commands()]
    return table([("command", "what"), ("---", "---"), *rows])


def metrics_table() -> str:
    rows = [
        (f"`{metric.name}`", metric.kind, ", ".join(f"`{label}`" for label in metric.labels), metric.help)
        for metric in METRICS
    ]
    return table([("metric", "kind", "labels", "what"), ("---", "---", "---", "---"), *rows])


@pytest.mark.parametrize(
    ("path", "name", "make_table"),
    [
        (README, "settings", settings_table),
        (README, "commands", commands_table),
        (DEPLOY, "metrics", metrics_table),
    ],
)
def test_a_table_matches_the_code(path: Path, name: str, make_table: Callable[[], str]) -> None:
    text = path.read_text(encoding="utf-8")
    match = re.search(rf"(<!-- {name}: [^>]*-->\n)(.*?)(<!-- /{name} -->)", text, re.DOTALL)
    assert match
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text[: match.start(2)] + make_table() + text[match.end(2) :], encoding="utf-8")
    else:
        assert match[2] == make_table()


def commands_in_documents() -> list[str]:
    """List our commands in the documents: lines of sh blocks, and whole commands between backticks."""
    lines: dict[str, None] = {}
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            lines.update(dict.fromkeys(line for line in block.splitlines() if line.startswith("imagine ")))
        lines.update(dict.fromkeys(re.findall(r"`(imagine (?:[a-z]|--)[^`]*)`", text)))
    return [line for line in lines if not line.startswith(NOT_RUN) and "…" not in line]


async def test_every_command_in_the_documents_runs(tmp_path: Path) -> None:
    lines = commands_in_documents()
    assert len(lines) >= 8
    env = {"HOME": str(tmp_path), "IMAGINE_DATA": str(tmp_path / "data")}
    Image.new("RGB", (96, 64), "red").save(tmp_path / "photo.jpg")
    mask = Image.new("L", (96, 64), "black")
    mask.paste("white", (0, 0, 48, 64))
    mask.save(tmp_path / "mask.png")
    for line in lines:
        words = shlex.split(line)
        if line in WITHOUT_ARGUMENTS:
            words.append("--help")
        run = await imagine(tmp_path, *words[1:], env=env)
        assert run.code == 0, f"{line}: {run.err or run.out}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_named_in_a_document_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"`((?:bot|quotas|adapters|tests|deploy)/[\w./-]*)`", text)
    names += [link for link in re.findall(r"\]\(([^)#:]+)\)", text)]
    missing = [name for name in names if not (ROOT / name).exists() and not (path.parent / name).exists()]
    assert not missing
