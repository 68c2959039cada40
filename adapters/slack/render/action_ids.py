"""What buttons and forms carry: which verb on which job. Never authority: that is looked up at the press."""

import re
from typing import cast, get_args

from bot.port.cards import Button, Form, Verb

_VERBS = "|".join(get_args(Verb))
_JOB = "(?P<job>[0-9A-Za-z]{1,32})"
_BLANK = "imagine"  # the one verb that is about no job
# For `app.action` and `app.view`; "a1" tells this spelling from later ones.
ACTION = re.compile(rf"a1:(?P<verb>{_VERBS})(?::[0-9]{{1,2}})?")
VIEW = re.compile(rf"a1:(?:(?P<verb>{_VERBS}):{_JOB}|{_BLANK})")
_VALUE = re.compile(rf"{_JOB}?:(?P<index>[0-9]{{1,4}})")


def action_id(button: Button, place: int = 0) -> str:
    """Which verb. `place`: among the message's buttons of this verb, since no two may have the same id."""
    return f"a1:{button.verb}:{place}" if place else f"a1:{button.verb}"


def value(button: Button) -> str:
    """On which job's which picture."""
    return f"{button.target}:{button.index}"


def parsed(action_id: str, value: str) -> tuple[Verb, str, int] | None:
    """(verb, job, index); None for what is not ours. The job is "" where the verb is about none."""
    action, carried = ACTION.fullmatch(action_id), _VALUE.fullmatch(value)
    if action is None or carried is None or not (carried["job"] or action["verb"] == _BLANK):
        return None
    return cast(Verb, action["verb"]), carried["job"] or "", int(carried["index"])


def callback_id(form: Form) -> str:
    """What a form carries, so that it can be submitted to a process started later."""
    return f"a1:{form.verb}:{form.target}" if form.target else f"a1:{form.verb}"


def submitted(callback_id: str) -> tuple[Verb, str] | None:
    """(verb, job); None for what is not ours. The job is "" where the verb is about none."""
    match = VIEW.fullmatch(callback_id)
    return (cast(Verb, match["verb"] or _BLANK), match["job"] or "") if match else None
