"""Run the program against another Slack: `python -m tests.fakes.slack.launch BASE -- run`.

BASE is where its Web API is, such as http://127.0.0.1:4000/api/; all else is below the same origin.
"""

import sys

from slack_sdk.web.async_client import AsyncWebClient


def main() -> None:
    AsyncWebClient.BASE_URL, _, *rest = sys.argv[1:]  # before the adapter, whose default it becomes
    sys.argv[1:] = rest
    from bot.cli import main as cli

    cli.main()


if __name__ == "__main__":
    main()
