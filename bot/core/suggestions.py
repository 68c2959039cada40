"""Suggestions that complete an option while it is typed, likeliest first."""

import zoneinfo
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from bot import wording
from bot.people.names import names_in
from bot.people.rights import may_administer
from bot.port.cards import Choice
from bot.port.protocols import SUGGESTIONS
from bot.port.requests import Command
from bot.reports.calendar import load_calendar
from bot.services import Services
from quotas.records import ANY
from quotas.settings.log import SETTING_VERBS

NEWEST = 100  # entries of the log that are searched
UNDOABLE = frozenset((*SETTING_VERBS, "grant"))


async def suggest(services: Services, command: Command, option: str) -> tuple[Choice, ...]:
    """Complete one option, as `Core.suggest` describes."""
    typed = str(command.options.get(option, "")).strip()
    match option:
        case "tiers":
            choices = _list_items(typed, list(services.catalog.enabled))
        case "time_zone":
            choices = _containing(typed, _zones())
        case "until":
            choices = _days(typed, await _today(services, command))
        case "period":
            choices = _periods(typed, await _today(services, command))
        case "entry" if may_administer(command.person, command.address.workspace, services.operators):
            choices = await _entries(services, command.address.workspace, typed)
        case "style":
            choices = await _styles(services, command, typed)
        case "name" if command.name.partition(" ")[0] == "styles":
            choices = await _styles(services, command, typed)
        case "name":
            choices = await _collections(services, command, typed)
        case _:
            choices = []
    return tuple(choices[:SUGGESTIONS])


async def _today(services: Services, command: Command) -> date:
    person = command.person
    allowance = await services.ledger.reports.allowance(command.address.workspace, person.id, person.roles)
    return date.fromisoformat(allowance.day)


def _list_items(typed: str, values: list[str]) -> list[Choice]:
    """Complete a list joined by commas with each value that it does not hold yet."""
    *words, last = [word.strip().lower() for word in typed.split(",")]
    chosen = [value for value in words if value in values]
    ends = [value for value in values if value.startswith(last) and value not in chosen]
    return [Choice(value=text, label=text) for end in ends if (text := ",".join([*chosen, end]))]


def _containing(typed: str, names: Iterable[str]) -> list[Choice]:
    """Find names that contain the text as people write it: "new york" for America/New_York."""
    wanted = typed.casefold().replace(" ", "_")
    matches = [name for name in names if wanted in name.casefold()]
    matches.sort(key=lambda name: not name.rpartition("/")[2].casefold().startswith(wanted))
    return [Choice(value=name, label=name) for name in matches]


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC"))


def _days(typed: str, today: date) -> list[Choice]:
    """List the coming days of a month, first those that people name: today, tomorrow, Friday, the last."""
    friday = today + timedelta((4 - today.weekday()) % 7 or 7)
    last = (today.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    plain = [today + timedelta(number) for number in range(SUGGESTIONS)]
    days = dict.fromkeys((today, today + timedelta(1), friday, last, *plain))
    choices = [Choice(value=day.isoformat(), label=wording.named_day(day)) for day in days]
    return [each for each in choices if _matches(each, typed)]


def _periods(typed: str, today: date) -> list[Choice]:
    first = today.replace(day=1)
    choices = [Choice(value=name, label=wording.PERIODS[name]) for name in wording.PERIODS]
    for _ in range(12):
        last = first - timedelta(1)
        first = last.replace(day=1)
        choices.append(Choice(value=f"{first}..{last}", label=wording.named_month(first)))
    return [each for each in choices if _matches(each, typed)]


async def _collections(services: Services, command: Command, typed: str) -> list[Choice]:
    there = await services.ledger.finding.collections(command.address.workspace, command.person.id)
    choices = [Choice(value=name, label=name) for name, _ in there if name]
    return [each for each in choices if _matches(each, typed)]


async def _styles(services: Services, command: Command, typed: str) -> list[Choice]:
    styles = await services.ledger.settings.styles(command.address.workspace)
    choices = [Choice(value=name, label=wording.style_choice(name, words)) for name, words in styles.items()]
    return [each for each in choices if _matches(each, typed)]


async def _entries(services: Services, workspace: str, typed: str) -> list[Choice]:
    entries = await services.ledger.settings.entries(None if workspace == ANY else workspace, NEWEST)
    names = await names_in(services.ledger, workspace, entries)
    zone = (await load_calendar(services.ledger, workspace)).zone
    undone = {entry.reverses for entry in entries}
    choices = [
        Choice(value=wording.number(entry), label=wording.entry_choice(entry, names, zone))
        for entry in entries
        if entry.verb in UNDOABLE and entry.id not in undone
    ]
    return [each for each in choices if _matches(each, typed)]


def _matches(choice: Choice, typed: str) -> bool:
    wanted = typed.casefold()
    return wanted in choice.label.casefold() or wanted in choice.value.casefold()
