"""`imagine quota`: show and change who may draw how much."""

import uuid
from collections.abc import Callable
from contextlib import aclosing
from typing import Annotated, Any

import typer

from bot.cli.exits import Exit
from bot.cli.running import AsJson, Workspace, carry, fail, log_at, login, settings_or_exit
from bot.config.settings import Settings

quota = typer.Typer(help="Show and change who may draw how much.", no_args_is_help=True)

Reason = Annotated[str, typer.Option(help="Why, for the log.")]


@quota.command("show")
def quota_show(
    person: Annotated[
        str | None, typer.Argument(help="An id such as discord:1234, or a name; you, if left out.")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """What one person may still draw, and when that renews."""
    from bot.cli import output
    from bot.cli.data_folder import reading
    from bot.cli.targets import find_person

    settings = settings_or_exit(as_json=as_json)

    async def report() -> None:
        async with reading(settings) as ledger:
            who = await find_person(ledger, person, workspace, login())
            output.allowance(await ledger.reports.allowance(who.workspace, who.person, ()), as_json)

    log_at(settings, "warning")
    carry(report(), as_json=as_json)


@quota.command("set")
def quota_set(
    person: Annotated[str | None, typer.Argument(help="Whose; everyone's, if left out.")] = None,
    role: Annotated[str | None, typer.Option(help="A role's or user group's, by its id.")] = None,
    channel: Annotated[str | None, typer.Option(help="A channel's, by its id.")] = None,
    images_per_day: Annotated[str | None, typer.Option(help="Pictures a day, or unlimited.")] = None,
    money_per_day: Annotated[
        str | None, typer.Option(help="Dollars a day such as 2.50, or unlimited.")
    ] = None,
    money_per_month: Annotated[str | None, typer.Option(help="Dollars a month, or unlimited.")] = None,
    tiers: Annotated[str | None, typer.Option(help="The only tiers allowed, joined by commas.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="The last day it holds.")] = None,
    workspace: Workspace = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Set an allowance: one person's, a role's, a channel's, or everyone's."""
    from bot.cli import targets

    settings = settings_or_exit(as_json=as_json)

    def change() -> dict[str, Any]:
        given = {
            "images": targets.a_count(images_per_day),
            "money": targets.an_amount(money_per_day),
            "money_per_month": targets.an_amount(money_per_month),
            "tiers": targets.some_tiers(tiers, settings),
            "until": targets.end_of_day(until, settings.imagine_timezone),
        }
        if all(value is None for value in given.values()):
            raise targets.NotUnderstood(
                "Say what to set: --images-per-day, --money-per-day, --money-per-month or --tiers."
            )
        return given

    _change(settings, "set", (person, role, channel, workspace), change, reason, as_json)


@quota.command("grant")
def quota_grant(
    person: Annotated[str, typer.Argument(help="An id such as discord:1234, or a name.")],
    images: Annotated[str | None, typer.Option(help="Pictures on top of today's.")] = None,
    money: Annotated[str | None, typer.Option(help="Dollars on top of today's and this month's.")] = None,
    workspace: Workspace = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Give one person more for today."""
    from bot.cli import targets

    def change() -> dict[str, Any]:
        given = {"images": targets.a_count(images), "money": targets.an_amount(money)}
        if not any(value and value > 0 for value in given.values()):
            raise targets.NotUnderstood("Say what to grant: --images or --money, more than nothing.")
        return given

    _change(
        settings_or_exit(as_json=as_json), "grant", (person, None, None, workspace), change, reason, as_json
    )


@quota.command("reset")
def quota_reset(
    person: Annotated[str | None, typer.Argument(help="Whose; everyone's, if left out.")] = None,
    role: Annotated[str | None, typer.Option(help="A role's or user group's, by its id.")] = None,
    channel: Annotated[str | None, typer.Option(help="A channel's, by its id.")] = None,
    workspace: Workspace = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Remove a setting, so that the wider one holds again; what was used stays used."""
    _change(
        settings_or_exit(as_json=as_json), "reset", (person, role, channel, workspace), dict, reason, as_json
    )


def _change(
    settings: Settings,
    verb: str,
    target: tuple[str | None, str | None, str | None, str | None],
    change: Callable[[], dict[str, Any]],
    reason: str,
    as_json: bool,
) -> None:
    from adapters.shell.requests import PLATFORM, Problem, QuotaAnswer, QuotaRequest
    from bot.cli import output
    from bot.cli.data_folder import reading, write
    from bot.cli.targets import find_target

    async def carry_out() -> None:
        given = change()
        async with reading(settings) as ledger:
            workspace, kind, ref = await find_target(
                ledger, *target, login=login(), one_workspace=verb == "grant"
            )
        request = QuotaRequest.model_validate(
            {
                "verb": verb,
                "id": f"{PLATFORM}:{uuid.uuid4()}",
                "author": f"{PLATFORM}:{login()}",
                "workspace": workspace,
                "kind": kind,
                "ref": ref,
                "reason": reason,
                **given,
            }
        )
        async with aclosing(write(settings, request)) as events:
            async for event in events:
                if isinstance(event, Problem):
                    fail(Exit.FAILED, event.sentence, as_json=as_json)
                if isinstance(event, QuotaAnswer):
                    output.changed(event, request, as_json)

    log_at(settings, "warning")
    carry(carry_out(), as_json=as_json)
