"""Imports that do no work and are few; secrets and prompts that stay where they belong."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.discord.world import FakeDiscord
from tests.fakes.gateway import FakeGateway
from tests.fakes.program import ROOT, CommandResult, Program, imagine

WATCHED = """
import os, sys
seen = []
acts = ("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.mkdir", "os.remove")
def watch(event, args):
    if event in acts:
        seen.append((event, str(args)))
    if event == "open" and not (args[1] or "r").startswith("r"):
        seen.append((event, str(args)))
read = os.environ.__class__.__getitem__
def spy(self, key):
    if key.startswith(("IMAGINE_", "CODEGATEWAY_", "DISCORD_", "SLACK_")):
        seen.append(("environ", key))
    return read(self, key)
sys.dont_write_bytecode = True
sys.addaudithook(watch)
os.environ.__class__.__getitem__ = spy
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
print(seen)
"""
KEY = "canary-gateway-7f3d9a1c5e"  # of no shape that a pattern would catch
TOKEN = "canaryDiscordToken-5b1e8f"
SECRETS = {
    "CODEGATEWAY_API_KEY": KEY,
    "DISCORD_TOKEN": TOKEN,
    "IMAGINE_SECRET_KEY": "canary-secret-key-" + "0123456789" * 3,
}
# Libraries that take tens of milliseconds to import. Not pydantic: typer itself needs it.
HEAVY = [
    "aiohttp",
    "aiosqlite",
    "anyio",
    "asyncio",
    "cryptography",
    "discord",
    "httpx2",
    "matplotlib",
    "openai",
    "PIL",
    "prometheus_client",
    "pydantic_settings",
    "rich",
    "slack_bolt",
    "slack_sdk",
    "sqlite3",
    "structlog",
]
LEDGER = "aiosqlite asyncio pydantic_settings rich sqlite3 structlog"
IMPORTED = f"""
import sys
from bot.cli.main import main
try:
    main()
except SystemExit:
    pass
print("IMPORTED", *(name for name in {HEAVY} if name in sys.modules))
"""
PROMPT = "a canaryprompt at dusk"
BREAKS = f"""
from bot.cli.commands import draw
def broken(*_): raise RuntimeError("{KEY}")
draw.print_drawing = broken
from bot.cli.main import main
main()
"""


def modules() -> list[str]:
    """List every module of the product."""
    files = [file for room in ("bot", "quotas", "adapters") for file in (ROOT / room).rglob("*.py")]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return sorted(name.removesuffix(".__init__") for name in names)


def read_files(folder: Path) -> dict[str, bytes]:
    """Read every file below the folder, but sockets."""
    paths = (Path(root) / name for root, _, names in os.walk(folder) for name in names)
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


async def test_importing_reads_no_setting_and_opens_nothing(tmp_path: Path) -> None:
    result = await imagine(tmp_path, *modules(), entry=("-c", WATCHED), fresh=True)
    assert (result.code, result.out.strip()) == (0, "[]"), result
    assert read_files(tmp_path) == {}


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        ("--help", ""),
        ("quota --help", ""),
        ("quota set --help", ""),
        ("tiers", "asyncio pydantic_settings rich"),
        ("usage", LEDGER),
        ("verify", LEDGER),
        ("quota show", LEDGER),
        ("reconcile bill.csv", LEDGER),
        ("export shell:ann", LEDGER),
        ("check", LEDGER),
    ],
)
async def test_a_command_imports_no_library_that_it_does_not_need(
    command: str, needs: str, tmp_path: Path
) -> None:
    (tmp_path / "bill.csv").write_text("time,cost\n2020-01-01,1\n")
    result = await imagine(tmp_path, *command.split(), entry=("-c", IMPORTED), fresh=True)
    imported = result.out.rsplit("IMPORTED", 1)[1].split()
    assert set(imported) <= set(needs.split())


async def test_secrets_are_written_nowhere_and_prompts_not_to_the_log(tmp_path: Path) -> None:
    async with FakeGateway() as gateway, FakeDiscord(point=False) as discord:
        gateway.key, discord.token = KEY, TOKEN
        launch = ("-m", "tests.fakes.discord.launch", discord.base, "--")
        env = {**SECRETS, "CODEGATEWAY_BASE_URL": gateway.base_url, "IMAGINE_LOG": "debug"}
        shown: list[CommandResult] = []
        async with Program(tmp_path, env, "--web", entry=launch) as program:
            await program.ready()
            body = {"error": {"message": f"Incorrect API key provided: {KEY}. Prompt: {PROMPT}"}}
            faults: tuple[tuple[str, dict[str, Any]], ...] = (
                ("ok", {}),
                ("raw", {"data": b"HTTP/1.1 200 OK\r\n\r\n{"}),
                ("status", {"status": 400, "body": body}),
            )
            for behaviour, options in faults:
                gateway.next(behaviour, **options)
                job = (await program.say("web:member", f"/imagine {PROMPT} -n 1"))["message"]
                await program.wait_for_card("web:member", "delivered" if behaviour == "ok" else "ended", job)
            gateway.next("status", status=401, body=body)
            shown.append(await imagine(tmp_path, "draw", PROMPT, "--json", env=env, entry=launch))
            shown += [
                await imagine(tmp_path, *words, env=env, entry=launch)
                for words in (("check",), ("usage",), ("verify",), ("invite", "discord"), ("sync", "discord"))
            ]
            messages = str([await program.messages(persona) for persona in ("web:member", "web:admin")])
        texts = messages + "".join(each.out + each.err for each in shown)
        contents = read_files(tmp_path)
    for secret in SECRETS.values():
        assert secret not in texts
        assert [path for path, data in contents.items() if secret.encode() in data] == []
    assert b"canaryprompt" not in contents[str(tmp_path / "log.txt")]
    assert b"job.accepted" in contents[str(tmp_path / "log.txt")]


async def test_an_unknown_error_is_a_sentence_and_a_log_line(tmp_path: Path) -> None:
    env = {"CODEGATEWAY_API_KEY": KEY, "CODEGATEWAY_BASE_URL": "http://127.0.0.1:9/v1"}
    result = await imagine(tmp_path, "draw", PROMPT, env=env, entry=("-c", BREAKS), fresh=True)
    assert result.code == 1, result
    log, sentence = result.err.rstrip().rsplit("\n", 1)
    assert sentence.startswith("Something broke on our side")
    assert "RuntimeError" in log
    assert KEY not in result.out + result.err
    assert "canaryprompt" not in result.out + result.err
