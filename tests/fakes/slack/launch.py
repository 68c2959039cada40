"""Run the program against another Slack: `python -m tests.fakes.slack.launch BASE -- run`.

BASE is the URL of its Web API, such as http://127.0.0.1:4000/api/; everything else has the same origin.
"""

import sys

from slack_sdk.web.async_client import AsyncWebClient


def main() -> None:
    AsyncWebClient.BASE_URL, _, *rest = sys.argv[1:]
    sys.argv[1:] = rest
    # The adapter takes BASE_URL as a default when it is imported.
    from bot.cli import main as cli

    cli.main()


if __name__ == "__main__":
    main()
