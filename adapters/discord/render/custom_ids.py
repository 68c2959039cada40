"""Custom ids of buttons and forms: a verb and its target. They give no rights; a press looks those up."""

import re
from typing import cast, get_args

from bot.port.cards import Button, Verb

_VERBS = "|".join(get_args(Verb))
PATTERN = re.compile(rf"a1:(?P<verb>{_VERBS}):(?P<job>[0-9A-Za-z]{{1,32}}):(?P<index>[0-9]{{1,4}})")


MENU = "a1:menu"  # of a menu: a choice's value is the custom id of the button that it presses


def custom_id(button: Button) -> str:
    """Write a button's custom id, at most 60 characters; "a1" is the version of the format."""
    return f"a1:{button.verb}:{button.target}:{button.index}"


def parse_custom_id(custom_id: str) -> tuple[Verb, str, int] | None:
    """Read (verb, target, index) from a custom id; None if it is not in our format."""
    match = PATTERN.fullmatch(custom_id)
    return (cast(Verb, match["verb"]), match["job"], int(match["index"])) if match else None
