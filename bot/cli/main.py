"""The command line: `imagine run`, `draw`, `tiers`, `usage`, `reconcile`, `forget`, `export`, `quota`,
`verify`, `check`, `invite`, `sync`, `manifest`.

Exit: 0 done, 1 failed or a check found something, 2 bad input, 3 refused, 4 outcome unknown.
"""

import asyncio
import os
import uuid
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from bot import __version__
from bot.cli.exits import Exit, exit_of
from bot.cli.install import invite, manifest, sync
from bot.cli.privacy import export, forget
from bot.cli.quota import quota
from bot.cli.reconcile import reconcile
from bot.cli.running import AsJson, carry, fail, finishing_first, log_at, login, settings_or_exit
from bot.cli.usage import usage
from bot.config.settings import Settings

app = typer.Typer(
    name="imagine",
    help="One /imagine for team chat, and one honest ledger of who spent what.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(quota, name="quota")
app.add_typer(invite, name="invite")
app.add_typer(sync, name="sync")
app.add_typer(manifest, name="manifest")


def main() -> None:
    app(prog_name="imagine")


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
        bool, typer.Option("--web", help="The playground, too: as with IMAGINE_PLAYGROUND=on.")
    ] = False,
) -> None:
    """Serve the platforms whose tokens are set. Without any: the playground, on a local page."""
    from bot.config.settings import warnings

    settings = settings_or_exit()
    if web:
        settings = settings.model_copy(update={"imagine_playground": "on"})
    for warning in warnings(os.environ):
        typer.echo(warning, err=True)
    log_at(settings, settings.imagine_log)
    carry(_serve(settings))


async def _serve(settings: Settings) -> None:
    """Serve, and meanwhile ask the gateway once whether it has what the catalog offers."""
    from bot.app import run as root

    asking = asyncio.create_task(_tell_of_gateway(settings))
    try:
        await root.run(settings, lambda line: typer.echo(line))
    finally:
        asking.cancel()


async def _tell_of_gateway(settings: Settings) -> None:
    from bot.app import run as root
    from bot.cli.doctor import gateway

    check = await gateway(settings, root.catalog(settings))
    if not check.ok:
        structlog.get_logger().warning("gateway.check", problem=check.sentence, fix=check.fix)


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
    from adapters.shell.requests import PLATFORM, DrawRequest
    from bot.cli import output

    chosen = {
        "tier": tier,
        "ratio": ratio,
        "variants": variants,
        "quality": quality,
        "transparent": transparent or None,
    }
    options = {name: value for name, value in chosen.items() if value is not None}
    settings = settings_or_exit(as_json=as_json)
    problem = output.unwritable(out)
    if problem:
        fail(Exit.INPUT, problem, as_json=as_json)
    log_at(settings, "warning")
    me = login()
    request = DrawRequest(
        id=f"{PLATFORM}:{uuid.uuid4()}",
        person=f"{PLATFORM}:{me}",
        name=me,
        text=prompt,
        options=options,
    )
    raise typer.Exit(carry(_draw(settings, request, out, as_json), as_json=as_json))


async def _draw(settings: Settings, request: Any, out: Path, as_json: bool) -> int:
    from adapters.shell.requests import DrawAnswer, Problem, Progress
    from bot.app.run import pictures
    from bot.cli import output
    from bot.cli.data_folder import write
    from bot.storage.pictures import FolderStore

    with output.progress(as_json) as show, finishing_first():
        async with aclosing(write(settings, request)) as events:
            async for event in events:
                match event:
                    case Progress():
                        show(event.line, event.progress)
                    case Problem():
                        fail(Exit.FAILED, event.sentence, as_json=as_json)
                    case DrawAnswer():
                        answer = event
                    case _:
                        pass
    store = FolderStore(pictures(settings))
    try:
        files = await output.save(store, answer.files, out)
    except OSError as error:
        kept = f"The pictures are kept in {store.folder}, but could not be saved in {out} ({error.strerror})."
        fail(Exit.FAILED, kept, as_json=as_json)
    output.drawn(answer, files, as_json)
    return exit_of(answer.why)


@app.command()
def tiers(
    per_day: Annotated[
        int, typer.Option(min=1, max=100_000, help="Pictures a day, for the monthly cost.")
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """Compare tiers and their prices. For each: speed, what it is for and cannot do, the cost of a month."""
    from bot.app.run import catalog
    from bot.cli import output

    output.tiers(catalog(settings_or_exit(as_json=as_json)), per_day, datetime.now(UTC).date(), as_json)


app.command()(usage)
app.command()(reconcile)
app.command()(forget)
app.command()(export)


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Recompute every balance from the entries. What differs is listed, and the exit code is 1."""
    from bot.cli import output
    from bot.cli.data_folder import reading

    settings = settings_or_exit(as_json=as_json)

    async def differences() -> int:
        async with reading(settings) as ledger:
            found = await ledger.verify()
        output.differences(found, as_json)
        return Exit.FAILED if found else Exit.DONE

    log_at(settings, "warning")
    raise typer.Exit(carry(differences(), as_json=as_json))


@app.command()
def check(as_json: AsJson = False) -> None:
    """Check settings, catalog, database and keys. Each failure comes with its fix."""
    from bot.cli import output
    from bot.cli.doctor import checks

    found = asyncio.run(checks(os.environ, Path.cwd()))
    output.checks(found, as_json)
    raise typer.Exit(Exit.DONE if all(line.ok for line in found) else Exit.FAILED)


if __name__ == "__main__":
    main()
