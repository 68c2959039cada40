"""The work of `imagine quota`: send a verb to the core, and print its answer; or read an allowance."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import typer

from adapters.shell.ids import PLATFORM
from adapters.shell.requests import (
    CommandRequest,
    ConfirmRequest,
)
from bot import wording
from bot.app.ledger import read_ledger
from bot.cli.context import login, settings_or_exit
from bot.cli.data_folder import get_answer
from bot.cli.exits import InvalidInput
from bot.cli.options import bare_name
from bot.cli.output import print_answer, print_json, print_table
from bot.cli.running import ask, run_command, set_log_level
from bot.cli.targets import find_id, find_person, find_workspace, refuse_foreign
from bot.commands.spec import Command
from bot.config.settings import Settings
from bot.port.requests import OptionValue
from quotas.records import ANY, Allowance, Meter

Typed = Mapping[str, str | bool | None]


def show(person: str | None, workspace: str | None, as_json: bool) -> None:
    """Print what one person may still draw; nobody named means whoever is at the shell."""
    settings = settings_or_exit(as_json=as_json)

    async def report() -> None:
        async with read_ledger(settings) as ledger:
            who = await find_person(ledger, person, await find_workspace(ledger, workspace), login())
            _print_allowance(await ledger.reports.allowance(who.workspace, who.person, ()), as_json)

    set_log_level(settings, "warning")
    run_command(report(), as_json=as_json)


def run(command: Command, typed: Typed, workspace: str | None, as_json: bool) -> None:
    """Send one verb of the registry with what was typed, and print the answer."""
    settings = settings_or_exit(as_json=as_json)
    set_log_level(settings, "warning")
    run_command(_carry_out(settings, command, typed, workspace, as_json), as_json=as_json)


async def _carry_out(
    settings: Settings, command: Command, typed: Typed, workspace: str | None, as_json: bool
) -> None:
    options = _options(command, typed)
    place = await _place(settings, command, options, workspace)
    author = f"{PLATFORM}:{login()}"
    request = CommandRequest(id=_id(), author=author, workspace=place, name=command.name, options=options)
    answer = await get_answer(settings, request, as_json=as_json)
    if answer.confirm:
        ask(answer.lines[0], answer.title, as_json=as_json)
        yes = ConfirmRequest(id=_id(), author=author, workspace=place, target=answer.confirm)
        answer = await get_answer(settings, yes, as_json=as_json)
    print_answer(answer, as_json)


def _options(command: Command, typed: Typed) -> dict[str, OptionValue]:
    """Return the options that were typed, by the registry's names. Raises InvalidInput."""
    options: dict[str, OptionValue] = {}
    for option in command.options:
        bare, flag = typed.get(bare_name(option.name)), typed.get(option.name)
        if bare is not None and flag is not None:
            raise InvalidInput(f"Say {option.name.upper()} or {option.flag}, not both.")
        value = flag if bare is None else bare
        if value is not None and value is not False and not (option.name == "reason" and not value):
            options[option.name] = value
    return options


async def _place(
    settings: Settings, command: Command, options: dict[str, OptionValue], workspace: str | None
) -> str:
    """Return the workspace that a command is about ("*": all), and put the person's id into the options.

    Raises InvalidInput if a scope is empty or unknown, or if the command needs one workspace and has none.
    """
    for name in ("role", "channel"):
        refuse_foreign(f"--{name}", _text(options, name))
    person = _text(options, "person")
    if person is None and workspace is None:
        place = ANY
    else:
        async with read_ledger(settings) as ledger:
            named = await find_workspace(ledger, workspace)
            place = named or ANY
            if person is not None and named == ANY:
                options["person"] = await find_id(ledger, person)
            elif person is not None:
                who = await find_person(ledger, person, named, login())
                place, options["person"] = who.workspace, who.person
    if place == ANY and "channel" in options:
        raise InvalidInput("Say which workspace the channel is in, with --workspace.")
    if place == ANY and person is not None and command.name == "quotas grant":
        raise InvalidInput(
            f"{person} has not asked for a picture yet; say in which workspace with --workspace."
        )
    return place


def _text(options: Mapping[str, OptionValue], name: str) -> str | None:
    return str(options[name]) if name in options else None


def _id() -> str:
    return f"{PLATFORM}:{uuid.uuid4()}"


# --- what one person may still draw


def _print_allowance(allowance: Allowance, as_json: bool) -> None:
    if as_json:
        meters = {"images_day": allowance.images_day, "money_day_micros": allowance.money_day}
        meters["money_month_micros"] = allowance.money_month
        print_json(
            {
                "person": allowance.person,
                "workspace": allowance.workspace,
                **{name: _meter(meter) for name, meter in meters.items()},
                "tiers": allowance.tiers,
                "blocked": allowance.blocked,
                "set_by": allowance.set_by,
                "day": allowance.day,
                "zone": allowance.zone,
                "renews_at": datetime.fromtimestamp(allowance.renews_at, UTC).isoformat(),
            }
        )
        return
    where = "everywhere" if allowance.workspace == ANY else f"in {allowance.workspace}"
    typer.echo(f"{allowance.person} {where}")
    print_table(wording.QUOTA_COLUMNS, wording.quota_rows(allowance), wording.QUOTA_COLUMNS[1:])
    renews = datetime.fromtimestamp(allowance.renews_at, ZoneInfo(allowance.zone))
    typer.echo(f"Renews {renews:%a %-d %b, %H:%M} {allowance.zone}.")


def _meter(meter: Meter) -> dict[str, int | None]:
    return {**asdict(meter), "left": meter.left}
