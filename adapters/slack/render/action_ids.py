"""Ids of buttons and forms: they carry a verb and its target.

They give no rights: the core checks these when somebody presses.
"""

import re
from typing import cast, get_args

from bot.port.cards import Button, Form, Verb

_VERBS = "|".join(get_args(Verb))
_TARGET = "(?P<target>[0-9A-Za-z]{1,32})"
_BLANK = ("imagine", "compare")  # verbs that open a blank form if they have no target
# For `app.action` and `app.view`; "a1" is the version of this format.
ACTION = re.compile(rf"a1:(?P<verb>{_VERBS})(?::[0-9]{{1,2}})?")
VIEW = re.compile(
    rf"a1:(?:(?P<verb>{_VERBS}):{_TARGET}(?::(?P<index>[0-9]{{1,4}}))?|(?P<blank>{'|'.join(_BLANK)}))"
)
MENU = "a1:menu"  # the action id of a menu; a choice's value has the verb of the button that it presses, too
_VALUE = re.compile(rf"{_TARGET}?:(?P<index>[0-9]{{1,4}})")


def action_id(button: Button, place: int = 0) -> str:
    """Write the button's verb as an id.

    `place`: the button's place among the message's buttons of this verb; Slack wants every id to differ.
    """
    return f"a1:{button.verb}:{place}" if place else f"a1:{button.verb}"


def action_value(button: Button) -> str:
    """Write the button's target and the index of its picture."""
    return f"{button.target}:{button.index}"


def menu_value(button: Button) -> str:
    """Write what a choice of a menu presses."""
    return f"{button.verb}:{action_value(button)}"


def parse_choice(value: str) -> tuple[Verb, str, int] | None:
    """Read (verb, target, index) from a choice of a menu; None if another app wrote it."""
    verb, _, rest = value.partition(":")
    return parse_action(f"a1:{verb}", rest)


def parse_action(action_id: str, value: str) -> tuple[Verb, str, int] | None:
    """Read (verb, target, index) from a press; None if another app wrote it.

    The target is "" if the verb has none.
    """
    action, pointer = ACTION.fullmatch(action_id), _VALUE.fullmatch(value)
    if action is None or pointer is None or not (pointer["target"] or action["verb"] in _BLANK):
        return None
    return cast(Verb, action["verb"]), pointer["target"] or "", int(pointer["index"])


def callback_id(form: Form) -> str:
    """Write the form's verb, target and index. Another process can read them after a restart."""
    index = f":{form.index}" if form.index else ""
    return f"a1:{form.verb}:{form.target}{index}" if form.target else f"a1:{form.verb}"


def parse_form(callback_id: str) -> tuple[Verb, str, int] | None:
    """Read (verb, target, index) from a form; None if another app wrote it.

    The target is "" if the verb has none.
    """
    match = VIEW.fullmatch(callback_id)
    if match is None:
        return None
    return cast(Verb, match["verb"] or match["blank"]), match["target"] or "", int(match["index"] or 0)
