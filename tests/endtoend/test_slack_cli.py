"""The hooks of the Slack CLI, which makes and runs the app: each runs, and prints what the CLI reads."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fakes.program import ROOT, Program, environment
from tests.fakes.slack.world import FakeSlack

HOOKS = ROOT / ".slack"
START = """
import runpy
import sys
from slack_sdk.web.async_client import AsyncWebClient
AsyncWebClient.BASE_URL, path = sys.argv[1:3]
sys.argv[:] = [path, "start"]
runpy.run_path(path, run_name="__main__")
"""


def run_hook(command: str) -> Any:
    """Run a hook, and return its output, read as JSON. The CLI splits a command at spaces, and adds flags."""
    python, *words = command.split()
    assert shlex.split(command) == [python, *words]
    process = subprocess.run(
        [sys.executable, *words, "--protocol=default", "--boundary=x"],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        check=True,
    )
    return json.loads(process.stdout)


def hooks() -> dict[str, str]:
    first = json.loads((HOOKS / "hooks.json").read_text())["hooks"]
    return dict(run_hook(first["get-hooks"])["hooks"])


def test_each_hook_is_listed_and_the_connection_is_ours() -> None:
    first = json.loads((HOOKS / "hooks.json").read_text())["hooks"]["get-hooks"]
    answer = run_hook(first)
    assert set(answer["hooks"]) == {"get-manifest", "start"}
    assert answer["config"]["sdk-managed-connection-enabled"] is True
    assert all((ROOT / command.split()[1]).is_file() for command in answer["hooks"].values())


def test_the_manifest_is_that_of_socket_mode() -> None:
    answer = run_hook(hooks()["get-manifest"])
    assert answer == json.loads((ROOT / "deploy" / "slack" / "manifest.json").read_text())
    assert answer["settings"]["socket_mode_enabled"] is True


async def test_it_starts_with_the_tokens_of_the_cli(tmp_path: Path) -> None:
    assert hooks()["start"].split()[1:] == [".slack/hooks.py", "start"]
    async with FakeSlack("socket") as fake:
        env = {
            "SLACK_CLI_XOXB": fake.team.token,
            "SLACK_CLI_XAPP": fake.tokens.app,
            "SLACK_BOT_TOKEN": "xoxb-of-another-app",
        }
        entry = ("-c", START, fake.base_url, str(HOOKS / "hooks.py"))
        async with Program(tmp_path, env, entry=entry) as program:
            await program.ready()
            assert "Serving Slack as imagine." in program.output()
