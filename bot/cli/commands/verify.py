"""`imagine verify`: recompute every balance from the entries."""

from collections.abc import Sequence
from dataclasses import asdict

import typer

from bot.app.ledger import read_ledger
from bot.cli.context import settings_or_exit
from bot.cli.exits import Exit
from bot.cli.options import AsJson
from bot.cli.output import print_json, print_table
from bot.cli.running import run_command, set_log_level
from quotas.records import Difference


def verify(as_json: AsJson = False) -> None:
    """Recompute every balance from the entries. What differs is listed, and the exit code is 1."""
    settings = settings_or_exit(as_json=as_json)

    async def compare() -> int:
        async with read_ledger(settings) as ledger:
            differences = await ledger.verify()
        print_differences(differences, as_json)
        return Exit.FAILED if differences else Exit.DONE

    set_log_level(settings, "warning")
    raise typer.Exit(run_command(compare(), as_json=as_json))


def print_differences(differences: Sequence[Difference], as_json: bool) -> None:
    if as_json:
        print_json(
            {"clean": not differences, "differences": [asdict(difference) for difference in differences]}
        )
        return
    if not differences:
        typer.echo("Every balance is what its entries say.")
        return
    rows = [(each.invariant, each.where, each.stored, each.recomputed) for each in differences]
    print_table(("Check", "Where", "Stored", "Recomputed"), rows)
