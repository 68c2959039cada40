"""`imagine compare`: draw one prompt in several tiers, and save a sheet of them and the originals."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from adapters.shell.ids import PLATFORM
from adapters.shell.requests import CompareRequest, DrawAnswer
from bot.cli.commands.draw import carry_out, check_input, print_drawing
from bot.cli.context import login, settings_or_exit
from bot.cli.exits import Exit, InvalidInput, fail
from bot.cli.options import AsJson
from bot.cli.output import print_json, print_table
from bot.cli.running import run_command, set_log_level
from quotas.money import format_dollars

COLUMNS = ("Tier", "Seconds", "Price", "File")


def compare(
    prompt: Annotated[
        str, typer.Argument(help="What to draw; flags such as --ar 16:9 are understood inside it too.")
    ],
    tiers: Annotated[str | None, typer.Option(help="Such as fast,gpt; all that are on unless named.")] = None,
    ratio: Annotated[str | None, typer.Option(help="1:1, 4:3, 3:4, 16:9, 9:16, 3:2 or 2:3.")] = None,
    out: Annotated[Path, typer.Option(help="The folder for the files.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Draw one prompt in several tiers, side by side."""
    options = {name: value for name, value in (("tiers", tiers), ("ratio", ratio)) if value is not None}
    settings = settings_or_exit(as_json=as_json)
    try:
        check_input(options, out)
    except InvalidInput as error:
        fail(Exit.INPUT, str(error), as_json=as_json)
    set_log_level(settings, "warning")
    me = login()
    request = CompareRequest(
        id=f"{PLATFORM}:{uuid.uuid4()}",
        person=f"{PLATFORM}:{me}",
        name=me,
        text=prompt,
        options=dict(options),
    )
    work = carry_out(settings, request, out, as_json, print_comparison)
    raise typer.Exit(run_command(work, as_json=as_json))


def print_comparison(
    answer: DrawAnswer, files: Sequence[Path], as_json: bool, earlier: Sequence[Path]
) -> None:
    """Print a line a tier and the sheet, or why there is neither."""
    if answer.why != "delivered" and not as_json:
        print_drawing(answer, files, as_json, earlier)
        return
    paths = dict(zip(answer.files, map(str, files), strict=True))
    keys = {tier.key for tier in answer.tiers}
    sheet = next((path for key, path in paths.items() if key not in keys), None)
    if as_json:
        data = answer.model_dump(exclude={"event", "why", "files", "earlier", "tiers"})
        tiers = [{**tier.model_dump(exclude={"key"}), "file": paths.get(tier.key)} for tier in answer.tiers]
        others = [str(path) for path in earlier]
        print_json({"outcome": answer.why, **data, "sheet": sheet, "tiers": tiers, "earlier": others})
        return
    for path in earlier:
        typer.echo(f"From an earlier request that you did not wait for: {path}", err=True)
    rows = [
        (tier.title, f"{tier.seconds:.1f}", format_dollars(tier.charge_micros), paths[tier.key])
        if tier.key
        else (tier.title, "", format_dollars(0), tier.sentence)
        for tier in answer.tiers
    ]
    print_table(COLUMNS, rows, numbers=("Seconds", "Price"))
    for line in (sheet, answer.caption):
        if line:
            typer.echo(line)
