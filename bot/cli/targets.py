"""What a person at a shell means by a name, number, amount or day. Raises NotUnderstood, with the fix."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from adapters.shell.requests import PLATFORM
from bot.app.run import catalog
from bot.config.settings import Settings
from quotas.ledger import Ledger
from quotas.money import parse_dollars
from quotas.records import ANY, UNLIMITED, Kind

MOST_IMAGES = 1_000_000  # a day; larger is a slip of the finger
PLAYGROUND = "web:playground"
HOME = {PLATFORM: PLATFORM, "web": PLAYGROUND}  # the one workspace of a platform that has only one


class NotUnderstood(Exception):
    """The words of a command are off; the message says what to type instead."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person in a workspace."""

    workspace: str
    person: str


async def find_person(ledger: Ledger, text: str | None, workspace: str | None, login: str) -> Who:
    """The person meant by an id or a name; nobody named means whoever is at the shell."""
    if text is None or text.lstrip("@") in (login, f"{PLATFORM}:{login}"):
        return Who(workspace or PLATFORM, f"{PLATFORM}:{login}")
    known = [row for row in await ledger.people.find(text) if workspace in (None, row[0])]
    if len(known) == 1:
        return Who(known[0][0], known[0][1])
    if known:
        listed = ", ".join(f"{person} ({name}) in {place}" for place, person, name in known[:5])
        raise NotUnderstood(f"{text!r} may be {listed}. Give the id, and --workspace if it is in several.")
    platform, colon, _ = text.partition(":")
    if not colon:
        raise NotUnderstood(
            f"Nobody called {text!r} has asked for a picture yet; give the id, such as discord:1234."
        )
    return Who(workspace or HOME.get(platform, ANY), text)


async def find_id(ledger: Ledger, text: str) -> str:
    """The id meant by an id or a name, wherever it is from; one that nobody has need not be known."""
    people = {person: name for _, person, name in await ledger.people.find(text)}
    if len(people) > 1:
        listed = ", ".join(f"{person} ({name})" for person, name in list(people.items())[:5])
        raise NotUnderstood(f"{text!r} may be {listed}. Give the id.")
    if not people and ":" not in text:
        raise NotUnderstood(f"Nobody called {text!r} is known; give the id, such as discord:1234.")
    return next(iter(people), text)


async def find_target(
    ledger: Ledger,
    person: str | None,
    role: str | None,
    channel: str | None,
    workspace: str | None,
    *,
    login: str,
    one_workspace: bool,
) -> tuple[str, Kind, str]:
    """(workspace, kind, ref) of a setting. Without a workspace it is the operator's, and holds in all."""
    if sum(target is not None for target in (person, role, channel)) > 1:
        raise NotUnderstood("Name one of a person, --role and --channel, or none for everyone.")
    if person is not None:
        who = await find_person(ledger, person, workspace, login)
        if one_workspace and who.workspace == ANY:
            raise NotUnderstood(
                f"{person} has not asked for a picture yet; say in which workspace with --workspace."
            )
        return who.workspace, "person", who.person
    if role is not None:
        return workspace or ANY, "role", role
    if channel is not None:
        if workspace is None:
            raise NotUnderstood("Say which workspace the channel is in, with --workspace.")
        return workspace, "channel", channel
    return workspace or ANY, "everyone", ANY


def a_count(text: str | None) -> int | None:
    if text is None:
        return None
    if text.strip().lower() == "unlimited":
        return UNLIMITED
    if not text.strip().isdecimal() or int(text) > MOST_IMAGES:
        raise NotUnderstood(f"{text!r} is not a number of pictures from 0 to {MOST_IMAGES:,}, nor unlimited.")
    return int(text)


def an_amount(text: str | None) -> int | None:
    if text is None:
        return None
    if text.strip().lower() == "unlimited":
        return UNLIMITED
    try:
        return parse_dollars(text)
    except ValueError as error:
        raise NotUnderstood(str(error)) from error


def some_tiers(text: str | None, settings: Settings) -> tuple[str, ...] | None:
    if text is None:
        return None
    known = list(catalog(settings).tiers)
    wanted = tuple(word.strip() for word in text.split(",") if word.strip())
    strange = [word for word in wanted if word not in known]
    if strange or not wanted:
        raise NotUnderstood(
            f"{', '.join(strange) or 'Nothing'} is not a tier; choose from {', '.join(known)}."
        )
    return wanted


def a_day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise NotUnderstood(f"{text!r} is not a day; write it like 2026-03-01.") from error


def end_of_day(text: str | None, zone: str) -> int | None:
    """The instant at which that day is over, in unix seconds."""
    day = a_day(text)
    if day is None:
        return None
    after = date.fromisoformat(day) + timedelta(days=1)
    return int(datetime.combine(after, time(), ZoneInfo(zone)).timestamp())
