"""The import contracts break if an arrow runs the wrong way: one wrong arrow for each, tried in a copy."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WRONG = {  # contract: (module, an import that it must not have)
    "bot: from the command line down to plain text": ("bot/text.py", "import bot.imagine.lifecycle"),
    "quotas: from the ledger down to ids": ("quotas/limits/rules.py", "import quotas.ledger"),
    "Arrows run one way: quotas, then the core, then adapters, then what puts them together": (
        "bot/imagine/lifecycle.py",
        "import bot.cli.output",
    ),
    "Nothing runs in circles": ("bot/imagine/retry.py", "import bot.imagine.lifecycle"),
    "An adapter knows its platform and the port": (
        "adapters/slack/inbound/listener.py",
        "import bot.imagine.queue, bot.painters.gateway.painter",
    ),
    "Adapters never know each other": ("adapters/slack/adapter.py", "import adapters.discord.ids"),
    "No platform in the core or the money": ("bot/core/bot.py", "import discord"),
    "discord: from the adapter down to ids": (
        "adapters/discord/render/cards.py",
        "import adapters.discord.inbound.listener",
    ),
    "slack: from the adapter down to ids": (
        "adapters/slack/outbound/posting.py",
        "import adapters.slack.transport.bolt",
    ),
    "web: from the playground down to the server": (
        "adapters/web/server.py",
        "import adapters.web.playground.adapter",
    ),
}
UNPLACED = ("bot", "quotas", "adapters", "adapters/discord", "adapters/slack", "adapters/web")


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code and its contracts, in which arrows may be drawn."""
    folder = tmp_path_factory.mktemp("copy")
    ignore = shutil.ignore_patterns("__pycache__", "static", "locales", "*.sql")
    for name in ("bot", "quotas", "adapters"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken(folder: Path) -> set[str]:
    """The names of the contracts that do not hold there."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    run = subprocess.run([*command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    text = " ".join(run.stdout.split())  # long names are wrapped
    assert all(f"{name} KEPT" in text or f"{name} BROKEN" in text for name in contracts())
    return {name for name in contracts() if f"{name} BROKEN" in text}


def test_every_contract_is_tried() -> None:
    assert set(contracts()) == set(WRONG)


def test_all_are_kept_as_it_stands(copy: Path) -> None:
    assert broken(copy) == set()


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_arrow_breaks_its_contract(copy: Path, name: str) -> None:
    module, arrow = WRONG[name]
    path = copy / module
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{arrow}\n", encoding="utf-8")
    try:
        assert name in broken(copy)
    finally:
        path.write_text(before, encoding="utf-8")


@pytest.mark.parametrize("parent", UNPLACED)
def test_a_new_room_must_be_placed(copy: Path, parent: str) -> None:
    room = copy / parent / "attic"
    room.mkdir()
    try:
        (room / "__init__.py").write_text('"""A room without a place."""\n', encoding="utf-8")
        assert len(broken(copy)) == 1
    finally:
        shutil.rmtree(room)
