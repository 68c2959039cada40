"""What the Slack CLI asks of this project, so that `slack run` makes the app and serves it with its tokens.

docs.slack.dev/tools/slack-cli/reference/hooks. It starts hooks in the project's folder, splits what it is
told of them at spaces, and adds flags, which mean nothing here.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
VENV = Path(".venv/bin/python")  # which `make run` makes, and the hooks but the first need
TOKENS = {"SLACK_CLI_XOXB": "SLACK_BOT_TOKEN", "SLACK_CLI_XAPP": "SLACK_APP_TOKEN"}


def hooks() -> str:
    """The other hooks. Needs nothing but Python, since it is asked before anything else."""
    python = VENV if (ROOT / VENV).exists() else "python3"
    told = {
        "hooks": {name: f"{python} .slack/hooks.py {name}" for name in ("get-manifest", "start")},
        "config": {"protocol-version": ["default"], "sdk-managed-connection-enabled": True},
        "runtime": "python",
    }
    return json.dumps(told)


def imagine(*words: str) -> None:
    """As the command does."""
    sys.path.insert(0, str(ROOT))
    sys.argv[:] = ["imagine", *words]
    from bot.cli.main import main

    main()


def run(name: str) -> None:
    match name:
        case "get-hooks":
            sys.stdout.write(f"{hooks()}\n")
        case "get-manifest":
            imagine("manifest", "slack")
        case "start":
            for given, ours in TOKENS.items():
                os.environ[ours] = os.environ.get(given) or os.environ.get(ours, "")
            imagine("run")
        case _:
            sys.exit(f"There is no hook {name!r}.")


if __name__ == "__main__":
    run(sys.argv[1] if len(sys.argv) > 1 else "")
