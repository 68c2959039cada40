"""The scopes that a shell's commands name: persons, workspaces, channels, days.

Every function raises InvalidInput, with the fix. An empty or unknown scope never becomes a wider one.
"""

import re
from dataclasses import dataclass
from datetime import date

from adapters.shell.ids import PLATFORM
from bot.cli.exits import InvalidInput
from quotas.ledger import Ledger
from quotas.records import ANY, UsageFilter

HOME = {PLATFORM: PLATFORM, "web": "web:playground"}  # the one workspace of a platform that has only one
DIRECT = "dm"
FEW = 5  # namesakes that a refusal lists
_ID = re.compile(r"(?:discord|slack|web|shell):\S+")
_ID_LIKE = re.compile(r"[a-z]+:\S+")
_WORKSPACE = re.compile(r"discord:[0-9]+|slack:[A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Who:
    """A person in a workspace."""

    workspace: str
    person: str


def refuse_empty(scope: str, value: str | None) -> None:
    """Refuse an empty scope, such as a script's variable that is not set. None: no scope was typed."""
    if value is not None and not value.strip():
        raise InvalidInput(f"{scope} is empty; give an id such as discord:1234, or leave it out.")


def refuse_foreign(scope: str, value: str | None) -> None:
    """Refuse an empty scope, and an id of a platform that there is not; a name is left to the core."""
    refuse_empty(scope, value)
    if value is not None and _ID_LIKE.fullmatch(value) and not _ID.fullmatch(value):
        raise InvalidInput(f"{value!r} is of no platform that is served; give an id such as discord:1234.")


async def find_workspace(ledger: Ledger, text: str | None) -> str | None:
    """Return the workspace if it is known, or if its id looks like its platform's; None if none is named."""
    refuse_empty("--workspace", text)
    if text is None or text in (ANY, DIRECT, *HOME.values()) or _WORKSPACE.fullmatch(text):
        return text
    if text in await ledger.settings.workspaces():
        return text
    raise InvalidInput(f"{text!r} is no workspace; give its id, such as discord:1234 or slack:T0123.")


async def find_person(
    ledger: Ledger, text: str | None, workspace: str | None, login: str, *, scope: str = "PERSON"
) -> Who:
    """Return the person with this id or name, and their workspace; without one, whoever is at the shell.

    An id need not be known: the person is then in `workspace`, else in all of their platform's.
    `scope`: the command's name for the person, for the sentence.
    """
    refuse_empty(scope, text)
    if text is None or text.lstrip("@") in (login, f"{PLATFORM}:{login}"):
        return Who(workspace or PLATFORM, f"{PLATFORM}:{login}")
    rows = [row for row in await ledger.people.find(text) if workspace in (None, row[0])]
    # The ledger knows the name of an operator wherever they changed something; they draw at home alone.
    rows = [row for row in rows if row[0] == HOME.get(row[1].partition(":")[0], row[0])] or rows
    if len(rows) == 1:
        return Who(rows[0][0], rows[0][1])
    if rows:
        listed = ", ".join(f"{person} ({name}) in {place}" for place, person, name in rows[:FEW])
        raise InvalidInput(f"{text!r} may be {listed}. Give the id, and --workspace if it is in several.")
    if not _ID.fullmatch(text):
        raise InvalidInput(
            f"Nobody called {text!r} has asked for a picture yet; give the id, such as discord:1234."
        )
    return Who(workspace or HOME.get(text.partition(":")[0], ANY), text)


async def find_id(ledger: Ledger, text: str) -> str:
    """Return the id of the person with this id or name, in any workspace; an id need not be known."""
    refuse_empty("PERSON", text)
    people = {person: name for _, person, name in await ledger.people.find(text)}
    if len(people) > 1:
        listed = ", ".join(f"{person} ({name})" for person, name in list(people.items())[:FEW])
        raise InvalidInput(f"{text!r} may be {listed}. Give the id.")
    if not people and not _ID.fullmatch(text):
        raise InvalidInput(f"Nobody called {text!r} is known; give the id, such as discord:1234.")
    return next(iter(people), text)


async def find_channel(ledger: Ledger, text: str | None) -> str | None:
    """Return the channel if something was drawn there, or if its id looks like a platform's."""
    refuse_empty("--channel", text)
    if text is None or _ID.fullmatch(text):
        return text
    report = await ledger.reports.usage(UsageFilter(), "channel")
    if text in {key for key, _, _ in report.rows}:
        return text
    raise InvalidInput(f"{text!r} is no channel that is known; give its id, such as discord:1234.")


def parse_day(text: str | None) -> str | None:
    """Parse a day, and return it as YYYY-MM-DD; None if none was typed."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a day; write it like 2026-03-01.") from error
