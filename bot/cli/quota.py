"""`imagine quota block`, `pause`, `log`, `undo` and others: the registry's verbs, carried out by the core.

Without a workspace they are about the whole bot, as whoever runs it means it.
"""

import uuid
from collections.abc import Mapping
from contextlib import aclosing
from typing import Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.more_quota import Reason, quota
from bot.cli.running import AsJson, Workspace, carry, fail, log_at, login, settings_or_exit
from bot.port.requests import OptionValue

__all__ = ["quota"]

Whom = Annotated[str | None, typer.Argument(help="An id such as discord:1234, or a name.")]
Until = Annotated[str | None, typer.Option(metavar="DAY", help="The last day it holds.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]


@quota.command("block")
def quota_block(
    person: Whom = None,
    until: Until = None,
    workspace: Workspace = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Stop one person, or everyone, from drawing."""
    given = {"until": until, "reason": reason, "dry_run": dry_run}
    _carry_out("block", workspace, as_json, person, given)


@quota.command("unblock")
def quota_unblock(
    person: Whom = None,
    workspace: Workspace = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let them draw again."""
    _carry_out("unblock", workspace, as_json, person, {"reason": reason, "dry_run": dry_run})


@quota.command("pause")
def quota_pause(
    workspace: Workspace = None, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Stop all drawing, or that of one workspace; what was accepted is still drawn."""
    _carry_out("pause", workspace, as_json, None, {"reason": reason, "dry_run": dry_run})


@quota.command("resume")
def quota_resume(
    workspace: Workspace = None, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Start drawing again."""
    _carry_out("resume", workspace, as_json, None, {"reason": reason, "dry_run": dry_run})


@quota.command("log")
def quota_log(person: Whom = None, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Who changed what, when and why."""
    _carry_out("log", workspace, as_json, person, {})


@quota.command("undo")
def quota_undo(
    entry: Annotated[str, typer.Argument(help="Its number in the log.")],
    workspace: Workspace = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take one change back, by a new entry."""
    _carry_out("undo", workspace, as_json, None, {"entry": entry, "reason": reason, "dry_run": dry_run})


@quota.command("budget")
def quota_budget(
    money_per_month: Annotated[str | None, typer.Option(help="Dollars a month, or unlimited.")] = None,
    at_end: Annotated[str | None, typer.Option(help="When it is spent: stop, or cheaper.")] = None,
    workspace: Workspace = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Show a workspace's monthly budget and where it is heading, or set it."""
    given = {"money_per_month": money_per_month, "at_end": at_end, "reason": reason, "dry_run": dry_run}
    _carry_out("budget", workspace, as_json, None, given)


@quota.command("export")
def quota_export(
    period: Annotated[
        str | None, typer.Argument(help="today, week, month, or 2026-03-01..2026-03-31.")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Print usage as CSV."""
    _carry_out("export", workspace, as_json, None, {"period": period})


@quota.command("settings")
def quota_settings(
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Berlin.")] = None,
    language: Annotated[str | None, typer.Option(help="The language of replies.")] = None,
    default_tier: Annotated[str | None, typer.Option(help="The tier when none is named.")] = None,
    default_ratio: Annotated[str | None, typer.Option(help="The ratio when none is named.")] = None,
    default_variants: Annotated[int | None, typer.Option(help="How many pictures.")] = None,
    alert_channel: Annotated[str | None, typer.Option(help="Where budget alerts are posted.")] = None,
    admin_channel: Annotated[str | None, typer.Option(help="Where changes are posted.")] = None,
    clear: Annotated[str | None, typer.Option(help="The name of one to take back.")] = None,
    workspace: Workspace = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Show a workspace's settings, or change some."""
    given = {
        "time_zone": time_zone,
        "language": language,
        "default_tier": default_tier,
        "default_ratio": default_ratio,
        "default_variants": default_variants,
        "alert_channel": alert_channel,
        "admin_channel": admin_channel,
        "clear": clear,
        "reason": reason,
        "dry_run": dry_run,
    }
    _carry_out("settings", workspace, as_json, None, given)


def _carry_out(
    verb: str,
    workspace: str | None,
    as_json: bool,
    person: str | None,
    given: Mapping[str, OptionValue | None],
) -> None:
    from adapters.shell.requests import PLATFORM, CommandAnswer, CommandRequest, Problem
    from bot.cli import output
    from bot.cli.data_folder import reading, write
    from bot.cli.targets import find_target

    settings = settings_or_exit(as_json=as_json)
    options: dict[str, OptionValue] = {
        name: value for name, value in given.items() if value not in (None, "")
    }

    async def carry_out() -> None:
        async with reading(settings) as ledger:
            where, _, ref = await find_target(
                ledger, person, None, None, workspace, login=login(), one_workspace=False
            )
        if person is not None:
            options["person"] = ref
        if verb not in ("log", "export"):
            options["confirm"] = True  # who types it here means it
        request = CommandRequest(
            id=f"{PLATFORM}:{uuid.uuid4()}",
            author=f"{PLATFORM}:{login()}",
            workspace=where,
            name=f"quotas {verb}",
            options=options,
        )
        async with aclosing(write(settings, request)) as events:
            async for event in events:
                if isinstance(event, Problem):
                    fail(Exit.FAILED, event.sentence, as_json=as_json)
                if isinstance(event, CommandAnswer):
                    if event.why:
                        code = Exit.INPUT if event.why == "input" else Exit.REFUSED
                        fail(code, event.sentence, as_json=as_json)
                    output.answered(event, as_json)

    log_at(settings, "warning")
    carry(carry_out(), as_json=as_json)
