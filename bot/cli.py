"""The command line: `imagine run`, `draw`, `tiers`, `usage`, `quota`, `verify`, `check`.

Exit: 0 done, 1 failed or a check found something, 2 bad input, 3 refused, 4 outcome unknown.
"""

import asyncio
import os
import uuid
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from bot import __version__, printing
from bot.logs import Level, configure
from bot.printing import Exit
from bot.settings import Settings, SettingsError, load_settings, warnings

app = typer.Typer(
    name="imagine",
    help="One /imagine for team chat, and one honest ledger of who spent what.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
quota = typer.Typer(help="Show and change who may draw how much.", no_args_is_help=True)
app.add_typer(quota, name="quota")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Workspace = Annotated[str | None, typer.Option(help="Only in this workspace, such as discord:1234.")]
Answer = TypeVar("Answer")
Reason = Annotated[str, typer.Option(help="Why, for the log.")]


def main() -> None:
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"imagine {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before a command."""


@app.command()
def run(
    web: Annotated[
        bool, typer.Option("--web", help="Serve the playground also when platform tokens are set.")
    ] = False,
) -> None:
    """Serve every platform whose tokens are set; without any, the playground on a local page."""
    settings = _settings()
    from bot import app as root

    for warning in warnings(os.environ):
        typer.echo(warning, err=True)
    waiting = root.not_yet(settings)
    for name in waiting:
        typer.echo(f"{name} is set, but that platform is not built in yet; it is ignored.", err=True)
    if waiting and not web:
        _fail(Exit.FAILED, "No platform can be served yet. Add --web for the playground.", as_json=False)
    _logs(settings, settings.imagine_log)
    _carry(root.run(settings, lambda line: typer.echo(line)))


@app.command()
def draw(
    prompt: Annotated[
        str, typer.Argument(help="What to draw; flags such as --ar 16:9 are understood inside it too.")
    ],
    tier: Annotated[str | None, typer.Option(help="fast, standard, ultra or gpt.")] = None,
    ratio: Annotated[str | None, typer.Option(help="1:1, 4:3, 3:4, 16:9, 9:16, 3:2 or 2:3.")] = None,
    variants: Annotated[int | None, typer.Option("--variants", "-n", help="1 to 4 pictures.")] = None,
    quality: Annotated[str | None, typer.Option(help="low, medium or high, on tiers that offer it.")] = None,
    transparent: Annotated[
        bool, typer.Option("--transparent", help="Leave the background out, on tiers that can.")
    ] = False,
    out: Annotated[Path, typer.Option(help="The folder for the files.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Draw pictures and save them."""
    from bot.shell import PLATFORM, DrawRequest

    chosen = {
        "tier": tier,
        "ratio": ratio,
        "variants": variants,
        "quality": quality,
        "transparent": transparent or None,
    }
    options = {name: value for name, value in chosen.items() if value is not None}
    settings = _settings(as_json=as_json)
    problem = printing.unwritable(out)
    if problem:
        _fail(Exit.INPUT, problem, as_json=as_json)
    _logs(settings, "warning")
    login = _login()
    request = DrawRequest(
        id=f"{PLATFORM}:{uuid.uuid4()}",
        person=f"{PLATFORM}:{login}",
        name=login,
        text=prompt,
        options=options,
    )
    raise typer.Exit(_carry(_draw(settings, request, out, as_json), as_json=as_json))


async def _draw(settings: Settings, request: Any, out: Path, as_json: bool) -> int:
    from bot.app import pictures
    from bot.folder import write
    from bot.shell import DrawAnswer, Problem, Progress
    from bot.store import FolderStore

    with printing.progress(as_json) as show:
        async with aclosing(write(settings, request)) as events:
            async for event in events:
                match event:
                    case Progress():
                        show(event.line, event.progress)
                    case Problem():
                        _fail(Exit.FAILED, event.sentence, as_json=as_json)
                    case DrawAnswer():
                        answer = event
                    case _:
                        pass
    files = await printing.save(FolderStore(pictures(settings)), answer.files, out)
    printing.drawn(answer, files, as_json)
    return printing.exit_of(answer.why)


@app.command()
def tiers(
    per_day: Annotated[
        int, typer.Option(min=1, max=100_000, help="Pictures a day, for the monthly cost.")
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """Compare tiers: speed, price, what each is for and cannot do, and the cost of a month."""
    from bot.app import catalog

    printing.tiers(catalog(_settings(as_json=as_json)), per_day, datetime.now(UTC).date(), as_json)


@app.command()
def usage(
    person: Annotated[str | None, typer.Option(help="Only this person: an id, or a name.")] = None,
    workspace: Workspace = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="The first day, such as 2026-03-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="The last day.")] = None,
    by: Annotated[str, typer.Option(help="tier, person, channel, day or workspace.")] = "tier",
    as_json: AsJson = False,
) -> None:
    """Who spent what: for all time and everyone unless narrowed."""
    from bot.folder import reading
    from bot.targets import a_day, find_person
    from quotas.records import UsageFilter

    settings = _settings(as_json=as_json)
    if by not in ("tier", "person", "channel", "day", "workspace"):
        _fail(Exit.INPUT, f"{by!r} is not one of tier, person, channel, day and workspace.", as_json=as_json)

    async def report() -> None:
        async with reading(settings) as ledger:
            who = await find_person(ledger, person, workspace, _login()) if person else None
            where = UsageFilter(
                workspace=workspace or (who.workspace if who else None),
                person=who.person if who else None,
                channel=channel,
                first_day=a_day(since),
                last_day=a_day(until),
            )
            printing.usage(await ledger.usage(where, by), as_json)  # type: ignore[arg-type]

    _logs(settings, "warning")
    _carry(report(), as_json=as_json)


@quota.command("show")
def quota_show(
    person: Annotated[
        str | None, typer.Argument(help="An id such as discord:1234, or a name; you, if left out.")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """What one person may still draw, and when that renews."""
    from bot.folder import reading
    from bot.targets import find_person

    settings = _settings(as_json=as_json)

    async def report() -> None:
        async with reading(settings) as ledger:
            who = await find_person(ledger, person, workspace, _login())
            printing.allowance(await ledger.allowance(who.workspace, who.person, ()), as_json)

    _logs(settings, "warning")
    _carry(report(), as_json=as_json)


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
    from bot import targets

    settings = _settings(as_json=as_json)

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
    from bot import targets

    def change() -> dict[str, Any]:
        given = {"images": targets.a_count(images), "money": targets.an_amount(money)}
        if not any(value and value > 0 for value in given.values()):
            raise targets.NotUnderstood("Say what to grant: --images or --money, more than nothing.")
        return given

    _change(_settings(as_json=as_json), "grant", (person, None, None, workspace), change, reason, as_json)


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
    _change(_settings(as_json=as_json), "reset", (person, role, channel, workspace), dict, reason, as_json)


def _change(
    settings: Settings,
    verb: str,
    target: tuple[str | None, str | None, str | None, str | None],
    change: Callable[[], dict[str, Any]],
    reason: str,
    as_json: bool,
) -> None:
    from bot.folder import reading, write
    from bot.shell import PLATFORM, Problem, QuotaAnswer, QuotaRequest
    from bot.targets import find_target

    async def carry_out() -> None:
        given = change()
        async with reading(settings) as ledger:
            workspace, kind, ref = await find_target(
                ledger, *target, login=_login(), one_workspace=verb == "grant"
            )
        request = QuotaRequest.model_validate(
            {
                "verb": verb,
                "id": f"{PLATFORM}:{uuid.uuid4()}",
                "author": f"{PLATFORM}:{_login()}",
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
                    _fail(Exit.FAILED, event.sentence, as_json=as_json)
                if isinstance(event, QuotaAnswer):
                    printing.changed(event, request, as_json)

    _logs(settings, "warning")
    _carry(carry_out(), as_json=as_json)


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Recompute every balance from the entries; anything that differs is listed, and the exit code is 1."""
    from bot.folder import reading

    settings = _settings(as_json=as_json)

    async def differences() -> int:
        async with reading(settings) as ledger:
            found = await ledger.verify()
        printing.differences(found, as_json)
        return Exit.FAILED if found else Exit.DONE

    _logs(settings, "warning")
    raise typer.Exit(_carry(differences(), as_json=as_json))


@app.command()
def check(as_json: AsJson = False) -> None:
    """Check settings, catalog, database and keys; each failure comes with its fix."""
    from bot.checks import checks

    found = asyncio.run(checks(os.environ, Path.cwd()))
    printing.checks(found, as_json)
    raise typer.Exit(Exit.DONE if all(line.ok for line in found) else Exit.FAILED)


# --- shared by the commands


def _settings(*, as_json: bool = False) -> Settings:
    try:
        return load_settings(os.environ, Path.cwd())
    except SettingsError as error:
        _fail(Exit.INPUT, str(error), as_json=as_json)


def _logs(settings: Settings, level: Level) -> None:
    configure("debug" if settings.imagine_log == "debug" else level, secrets=settings.secrets())


def _login() -> str:
    """Who is at this shell, by the name that the system knows."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "operator"


def _carry(work: Coroutine[Any, Any, Answer], *, as_json: bool = False) -> Answer:
    """Run to the end; what is expected to go wrong becomes a sentence and an exit code."""
    from bot.failures import sentence_and_exit

    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as error:
        known = sentence_and_exit(error)
        if known is None:
            raise
        _fail(known[1], known[0], as_json=as_json)


def _fail(code: int, sentence: str, *, as_json: bool) -> NoReturn:
    printing.failed(sentence, as_json)
    raise typer.Exit(code)
