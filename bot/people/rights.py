"""Rights to change settings. They are looked up at each request and each press, and never stored."""

from collections.abc import Collection

from bot.port.requests import Person
from quotas.limits.rules import DIRECT
from quotas.records import ANY


def is_operator(person: Person, operators: Collection[str]) -> bool:
    """Return whether this person runs the bot, and so may change everything."""
    return person.operator or person.id in operators


def may_administer(person: Person, workspace: str, operators: Collection[str]) -> bool:
    """Return whether this person may change the settings of the workspace from which they ask.

    A platform says who is an admin of one workspace. Only operators may change what holds for all workspaces
    or in direct messages.
    """
    return is_operator(person, operators) or (person.admin and workspace not in (DIRECT, ANY))
