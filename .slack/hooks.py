"""Hooks for the Slack CLI: with them, `slack run` creates the app and serves it with its tokens.

docs.slack.dev/tools/slack-cli/reference/hooks. The CLI starts a hook in the project's folder. It splits the
hook's command line at spaces, and adds flags, which this file ignores.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
VENV = Path(".venv/bin/python")  # `make run` makes it; every hook but get-hooks needs it
TOKENS = {"SLACK_CLI_XOXB": "SLACK_BOT_TOKEN", "SLACK_CLI_XAPP": "SLACK_APP_TOKEN"}


def hooks() -> str:
    """Describe the other hooks as JSON.

    The CLI calls this one first, perhaps with a Python that has no other packages.
    """
    python = VENV if (ROOT / VENV).exists() else "python3"
    description = {
        "hooks": {name: f"{python} .slack/hooks.py {name}" for name in ("get-manifest", "start")},
        "config": {"protocol-version": ["default"], "sdk-managed-connection-enabled": True},
        "runtime": "python",
    }
    return json.dumps(description)


def imagine(*words: str) -> None:
    """Run the command `imagine` with these words."""
    sys.path.insert(0, str(ROOT))
    sys.argv[:] = ["imagine", *words]
    # Not at the top: get-hooks must work without the packages that this import needs.
    from bot.cli.main import main

    main()


def run(name: str) -> None:
    match name:
        case "get-hooks":
            sys.stdout.write(f"{hooks()}\n")
        case "get-manifest":
            imagine("manifest", "slack")
        case "start":
            for cli_name, name_here in TOKENS.items():
                os.environ[name_here] = os.environ.get(cli_name) or os.environ.get(name_here, "")
            imagine("run")
        case _:
            sys.exit(f"There is no hook {name!r}.")


if __name__ == "__main__":
    run(sys.argv[1] if len(sys.argv) > 1 else "")
