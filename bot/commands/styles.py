"""The subcommands of `/styles`, with which admins keep named words for prompts, and what a name may be."""

import re
import unicodedata

from bot.commands.quotas import change, verb
from bot.commands.spec import Command, Option

NAME_LIMIT = 32  # characters; a line of a menu shows it whole
STYLE_LIMIT = 500  # characters; a paragraph, and a quarter of the longest prompt
NO_STYLE = "none"  # in a form and as a flag: the prompt alone
_NAME = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")


def fold_name(text: str) -> str | None:
    """Return a style's name as it is kept: small letters, digits and hyphens; None if it cannot be one."""
    name = re.sub(r"[\s_]+", "-", unicodedata.normalize("NFKC", text).strip()).lower()
    return name if len(name) <= NAME_LIMIT and _NAME.fullmatch(name) else None


def style_commands() -> list[Command]:
    """Return the subcommands in the order in which help shows them."""
    name = Option(
        name="name", kind="style", help="Such as warm-brand", maximum=NAME_LIMIT, required=True, bare=True
    )
    words = Option(
        name="words",
        kind="text",
        help="What it adds to a prompt",
        maximum=STYLE_LIMIT,
        required=True,
        bare=True,
    )
    return [
        change("styles set", "Keep words under a name, to add to prompts", name, words),
        change("styles remove", "Remove a style", name),
        verb("styles list", "The styles of this workspace"),
    ]


def style_option() -> Option:
    """Return the option by which a request names a style."""
    return Option(name="style", kind="style", help="A style of this workspace", maximum=NAME_LIMIT)
