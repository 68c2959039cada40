"""`imagine draw`: draw pictures, and save them as files."""

import asyncio
import base64
import contextlib
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from adapters.shell.ids import PLATFORM
from adapters.shell.requests import (
    CompareRequest,
    DrawAnswer,
    DrawRequest,
    PictureFile,
    Problem,
    Progress,
    SentPicture,
)
from bot import wording
from bot.app.folder import pictures as pictures_folder
from bot.cli.context import login, settings_or_exit
from bot.cli.data_folder import write
from bot.cli.exits import Exit, InvalidInput, exit_code, fail
from bot.cli.options import AsJson, whole
from bot.cli.output import print_json
from bot.cli.running import delay_interrupt, run_command, set_log_level
from bot.commands.registry import MAX_REFERENCES
from bot.config.settings import Settings
from bot.port.requests import OptionValue
from bot.references.check import MAX_BYTES, BadReference, prepare
from bot.references.mask import read_mask
from bot.storage.pictures import FolderStore, StoreProblem

Present = Callable[[DrawAnswer, Sequence[Path], bool, Sequence[Path]], None]
USUAL_BYTES = 8_000_000  # of four pictures, as a rule; if a few need more, they are kept in the data folder


def draw(
    prompt: Annotated[
        str, typer.Argument(help="What to draw; flags such as --ar 16:9 are understood inside it too.")
    ],
    tier: Annotated[str | None, typer.Option(help="fast, standard, ultra or gpt.")] = None,
    ratio: Annotated[str | None, typer.Option(help="1:1, 4:3, 3:4, 16:9, 9:16, 3:2 or 2:3.")] = None,
    variants: Annotated[
        int | None,
        typer.Option(
            "--variants", "-n", parser=whole(0, 1_000_000), metavar="NUMBER", help="1 to 4 pictures."
        ),
    ] = None,
    quality: Annotated[str | None, typer.Option(help="low, medium or high, on tiers that offer it.")] = None,
    transparent: Annotated[
        bool, typer.Option("--transparent", help="Leave the background out, on tiers that can.")
    ] = False,
    style: Annotated[
        str | None, typer.Option(help="A style of the workspace; imagine styles list shows them.")
    ] = None,
    reference: Annotated[
        list[Path] | None, typer.Option(help="A picture to work from; up to 4 times.", metavar="FILE")
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(help="What may change in the first picture: transparent, or white.", metavar="FILE"),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for the files.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Draw pictures and save them."""
    flags = {"transparent": True} if transparent else {}
    given = {"tier": tier, "ratio": ratio, "variants": variants, "quality": quality, "style": style}
    options = {**{name: value for name, value in given.items() if value is not None}, **flags}
    settings = settings_or_exit(as_json=as_json)
    try:
        check_input(options, out)
        references, mask_file = sent_pictures(reference or [], mask)
    except (InvalidInput, BadReference) as error:
        fail(Exit.INPUT, str(error), as_json=as_json)
    set_log_level(settings, "warning")
    me = login()
    request = DrawRequest(
        id=f"{PLATFORM}:{uuid.uuid4()}",
        person=f"{PLATFORM}:{me}",
        name=me,
        text=prompt,
        options=options,
        references=references,
        mask=mask_file,
    )
    raise typer.Exit(run_command(carry_out(settings, request, out, as_json), as_json=as_json))


def check_input(options: Mapping[str, OptionValue], out: Path) -> None:
    """Refuse empty options, and a folder that cannot be written to. Raises InvalidInput."""
    for name, value in options.items():
        if value == "":
            raise InvalidInput(f"--{name} is empty; give one of its values, or leave it out.")
    if problem := folder_problem(out):
        raise InvalidInput(problem)


def sent_pictures(
    references: Sequence[Path], mask: Path | None
) -> tuple[tuple[SentPicture, ...], SentPicture | None]:
    """Read and check the files; the running process checks them again. Raises BadReference."""
    if mask is not None and not references:
        raise BadReference(wording.MASK_ALONE)
    if len(references) > MAX_REFERENCES:
        raise BadReference(wording.too_many_references(len(references), MAX_REFERENCES))
    pictures_sent = [prepare(path.name, _read_file(path)) for path in references]
    files = tuple(
        SentPicture(name=path.name, data=base64.b64encode(picture.data))
        for path, picture in zip(references, pictures_sent, strict=True)
    )
    if mask is None:
        return files, None
    size = pictures_sent[0].width, pictures_sent[0].height
    checked = read_mask(mask.name, _read_file(mask), size)
    return files, SentPicture(name=mask.name, data=base64.b64encode(checked.data)) if checked else None


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadReference(f"{path} cannot be read ({error.strerror}).") from error


async def carry_out(
    settings: Settings,
    request: DrawRequest | CompareRequest,
    out: Path,
    as_json: bool,
    present: Present | None = None,
) -> int:
    """Have a request drawn, save its pictures, and print the end; return the exit code.

    `present`: prints it, instead of `print_drawing`.
    """
    pictures: dict[str, bytes] = {}
    with progress(as_json) as show, delay_interrupt():
        async with aclosing(write(settings, request)) as events:
            async for event in events:
                match event:
                    case Progress():
                        show(event.line, event.progress)
                    case Problem():
                        fail(Exit.FAILED, event.sentence, as_json=as_json)
                    case PictureFile():
                        pictures[event.key] = event.data
                    case DrawAnswer():
                        answer = event
                    case _:
                        pass
    if missing := len([key for key in answer.files if key not in pictures]):
        fail(Exit.FAILED, f"{missing} pictures were charged, but could not be read.", as_json=as_json)
    try:
        files = save({key: pictures[key] for key in answer.files}, out)
        earlier = save({key: pictures[key] for key in answer.earlier if key in pictures}, out)
    except OSError as error:
        sentence = await _elsewhere(FolderStore(pictures_folder(settings)), pictures, out, error)
        fail(Exit.FAILED, sentence, as_json=as_json)
    (present or print_drawing)(answer, files, as_json, earlier)
    return exit_code(answer.why)


async def _elsewhere(store: FolderStore, pictures: Mapping[str, bytes], out: Path, error: OSError) -> str:
    """Tell where pictures are that could not be saved, in a temporary folder at worst."""
    not_saved = f"could not be saved in {out} ({error.strerror})"
    try:
        if all([await store.get(key) == data for key, data in pictures.items()]):
            return f"The pictures are kept in {store.folder}, but {not_saved}."
        folder = Path(tempfile.mkdtemp(prefix="imagine-"))
        save(pictures, folder)
    except OSError as other:
        return f"The pictures {not_saved}, and nowhere else either ({other.strerror}). They were charged."
    return f"The pictures {not_saved}, so they are in {folder}."


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, float | None], None]]:
    """Show a bar on a terminal's standard error; nothing elsewhere."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda line, part: None
        return
    with Bar(
        SpinnerColumn("line"),
        BarColumn(24),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda line, part: bar.update(task, description=line, completed=part or 0.0)


def folder_problem(folder: Path) -> str | None:
    """Make the folder for the files before anything is charged; return a sentence if it cannot hold them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{folder} cannot be written to ({error.strerror}); choose another folder with --out."
    answer = asyncio.run(FolderStore(folder).look())
    if isinstance(answer, StoreProblem):
        return f"{folder} cannot be written to ({answer.cause}); choose another folder with --out."
    if answer.free is not None and answer.free < USUAL_BYTES:
        return (
            f"Only {answer.free // 1_000_000} MB are free in {folder}, and pictures may need "
            f"{USUAL_BYTES // 1_000_000} MB; choose another folder with --out."
        )
    return None


def save(pictures: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Save a job's pictures in a folder, all or none, and return the paths. Raises OSError."""
    files = [folder / key.replace(".jpeg", ".jpg") for key in pictures]
    try:
        for path, data in zip(files, pictures.values(), strict=True):
            path.write_bytes(data)
    except OSError:
        for path in files:
            path.unlink(missing_ok=True)
        raise
    return files


def print_drawing(
    answer: DrawAnswer, files: Sequence[Path], as_json: bool, earlier: Sequence[Path] = ()
) -> None:
    """Print the files and the caption, or why there are none. `earlier`: files of commands that had gone."""
    if as_json:
        data = answer.model_dump(exclude={"event", "why", "files", "earlier", "tiers"})
        paths = {"files": [str(path) for path in files], "earlier": [str(path) for path in earlier]}
        print_json({"outcome": answer.why, **data, **paths})
        return
    for path in earlier:
        typer.echo(f"From an earlier request that you did not wait for: {path}", err=True)
    if answer.why != "delivered":
        typer.echo(answer.sentence, err=True)
        return
    for path in files:
        typer.echo(str(path))
    for line in (answer.caption, *answer.notes):
        typer.echo(line)
