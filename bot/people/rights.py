"""Who may change what. Looked up at each request and each press, never kept."""

from collections.abc import Collection

from bot.port.requests import Person
from quotas.limits.rules import DIRECT
from quotas.records import ANY


def operates(person: Person, operators: Collection[str]) -> bool:
    """Whether they run this bot, and so may change everything."""
    return person.operator or person.id in operators


def may(person: Person, workspace: str, operators: Collection[str]) -> bool:
    """Whether they may change what holds in this workspace, in which they ask.

    A platform says who is an admin of one workspace; what holds for all, or in direct messages, is for
    operators.
    """
    return operates(person, operators) or (person.admin and workspace not in (DIRECT, ANY))
