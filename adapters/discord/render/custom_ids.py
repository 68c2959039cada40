"""What a button carries: which verb on which job. Never authority: that is looked up at the press."""

import re
from typing import cast, get_args

from bot.port.cards import Button, Verb

_VERBS = "|".join(get_args(Verb))
PATTERN = re.compile(rf"a1:(?P<verb>{_VERBS}):(?P<job>[0-9A-Za-z]{{1,32}}):(?P<index>[0-9]{{1,4}})")


def custom_id(button: Button) -> str:
    """The button as it travels back, 60 characters at most; "a1" tells this spelling from later ones."""
    return f"a1:{button.verb}:{button.target}:{button.index}"


def parsed(custom_id: str) -> tuple[Verb, str, int] | None:
    """(verb, job, index); None for what is not ours."""
    match = PATTERN.fullmatch(custom_id)
    return (cast(Verb, match["verb"]), match["job"], int(match["index"])) if match else None
