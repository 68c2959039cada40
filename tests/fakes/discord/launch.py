"""Run the program on another Discord: `python -m tests.fakes.discord.launch BASE -- run`."""

import sys

from bot.cli import main as cli
from tests.fakes.discord.pointing import point


def main() -> None:
    base, _, *rest = sys.argv[1:]
    point(base)
    sys.argv[1:] = rest
    cli.main()


if __name__ == "__main__":
    main()
