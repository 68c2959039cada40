"""The work of `imagine quota`: send a verb to the core, and print its answer; or read an allowance."""

import uuid
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import typer

from adapters.shell.requests import (
    PLATFORM,
    AnyRequest,
    CommandAnswer,
    CommandRequest,
    ConfirmRequest,
    Problem,
)
from bot import wording
from bot.app.ledger import read_ledger
from bot.cli.commands.quota import bare_name
from bot.cli.context import login, settings_or_exit
from bot.cli.data_folder import write
from bot.cli.exits import Exit, InvalidInput, exit_code, fail
from bot.cli.output import print_answer, print_json, print_table
from bot.cli.running import ask, run_command, set_log_level
from bot.cli.targets import find_person, find_workspace, refuse_empty
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
    answer = await _answer(settings, request, as_json)
    if answer.confirm:
        ask(answer.lines[0], answer.title, as_json=as_json)
        yes = ConfirmRequest(id=_id(), author=author, workspace=place, target=answer.confirm)
        answer = await _answer(settings, yes, as_json)
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
    """Return the workspace that a command is about ("*": all), and put a person's id for a name.

    Raises InvalidInput where it names nobody, or nothing, or needs one workspace and has none.
    """
    for name in ("role", "channel"):
        refuse_empty(f"--{name}", _text(options, name))
    person = _text(options, "person")
    if person is None and workspace is None:
        place = ANY
    else:
        async with read_ledger(settings) as ledger:
            place = await find_workspace(ledger, workspace) or ANY
            if person is not None:
                who = await find_person(ledger, person, None if place == ANY else place, login())
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


async def _answer(settings: Settings, request: AnyRequest, as_json: bool) -> CommandAnswer:
    """Have a request carried out, and return its answer; exit where it was refused."""
    async with aclosing(write(settings, request)) as events:
        async for event in events:
            if isinstance(event, Problem):
                fail(Exit.FAILED, event.sentence, as_json=as_json)
            if isinstance(event, CommandAnswer):
                if event.why:
                    fail(exit_code(event.why), event.sentence, as_json=as_json)
                return event
    raise AssertionError("The last event is the answer.")


# --- what one person may still draw


def _print_allowance(found: Allowance, as_json: bool) -> None:
    if as_json:
        meters = {"images_day": found.images_day, "money_day_micros": found.money_day}
        meters["money_month_micros"] = found.money_month
        print_json(
            {
                "person": found.person,
                "workspace": found.workspace,
                **{name: _meter(meter) for name, meter in meters.items()},
                "tiers": found.tiers,
                "blocked": found.blocked,
                "set_by": found.set_by,
                "day": found.day,
                "zone": found.zone,
                "renews_at": datetime.fromtimestamp(found.renews_at, UTC).isoformat(),
            }
        )
        return
    where = "everywhere" if found.workspace == ANY else f"in {found.workspace}"
    typer.echo(f"{found.person} {where}")
    print_table(wording.QUOTA_COLUMNS, wording.quota_rows(found), wording.QUOTA_COLUMNS[1:])
    renews = datetime.fromtimestamp(found.renews_at, ZoneInfo(found.zone))
    typer.echo(f"Renews {renews:%a %-d %b, %H:%M} {found.zone}.")


def _meter(meter: Meter) -> dict[str, int | None]:
    return {**asdict(meter), "left": meter.left}
