"""`imagine forget` and `imagine export`: erase what is kept about one person, or copy it."""

import contextlib
import os
import time
import uuid
from pathlib import Path
from typing import Annotated

import typer

from adapters.shell.ids import PLATFORM
from adapters.shell.requests import ForgetRequest
from bot import wording
from bot.app.ledger import read_ledger
from bot.cli.context import login, settings_or_exit
from bot.cli.data_folder import get_answer
from bot.cli.exits import Exit, fail
from bot.cli.options import AsJson, Yes
from bot.cli.output import print_answer
from bot.cli.running import ask, run_command, set_log_level
from bot.cli.targets import find_id
from bot.privacy.export import MOST_FOR_OPERATORS, build_copy

Person = Annotated[str, typer.Argument(help="An id such as discord:1234, or a name.")]


def forget(person: Person, yes: Yes = False, as_json: AsJson = False) -> None:
    """Forget one person. Prompts, pictures and name go; amounts stay under a made-up name."""
    settings = settings_or_exit(as_json=as_json)

    async def carry_out() -> None:
        async with read_ledger(settings) as ledger:
            whom = await find_id(ledger, person)
        if not yes:
            ask(f"This forgets {whom}, for good.", wording.QUESTION, as_json=as_json)
        request = ForgetRequest(id=f"{PLATFORM}:{uuid.uuid4()}", author=f"{PLATFORM}:{login()}", person=whom)
        print_answer(await get_answer(settings, request, as_json=as_json), as_json)

    set_log_level(settings, "warning")
    run_command(carry_out(), as_json=as_json)


def export(
    person: Person,
    out: Annotated[Path | None, typer.Option(help="The file to write; standard output, if left out.")] = None,
) -> None:
    """Write all that is kept about one person, as JSON."""
    settings = settings_or_exit()

    async def make() -> bytes:
        async with read_ledger(settings) as ledger:
            about = await ledger.privacy.collect(await find_id(ledger, person), MOST_FOR_OPERATORS)
            return build_copy(about, time.time(), None).data

    set_log_level(settings, "warning")
    data = run_command(make())
    if out is None:
        typer.echo(data)
        return
    try:
        # Prompts and names: a new file is for its owner alone.
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        with contextlib.suppress(OSError):
            out.unlink()  # half a copy looks like a whole one
        fail(Exit.FAILED, wording.not_written(str(out), error.strerror or "unknown"), as_json=False)
