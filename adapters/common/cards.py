"""The parts of a card that renderers build alike: file names, progress bar, alt texts, rows of buttons."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.port.cards import Card, Chart, Delivered, Ended, Panel, Picture, PictureList, Report, Working
from bot.text import clean

T = TypeVar("T")

BAR_STEPS = 10
ONE_LINE = 200  # characters of a form's field; a longer one has lines
LIST_BUTTONS = 12  # of a list: two for each of five jobs that wait, and two for its pages


def picture_names(card: Card, limit: int) -> tuple[str, ...]:
    """Name the files of a report's chart, of a gallery's first `limit` pictures, or of a panel's only one.

    Of a list, name the first picture of each job that has one.
    """
    match card:
        case Delivered():
            numbered = enumerate(card.pictures[:limit], start=1)
            return tuple(f"{card.header.job}-{number}.{picture.format}" for number, picture in numbered)
        case Panel():
            return (f"{card.header.job}-{card.number}.{card.picture.format}",)
        case PictureList():
            return tuple(f"{job.choose.target}.jpeg" for job in card.jobs if job.picture)
        case Report(chart=Chart()):
            return ("chart.png",)
        case _:
            return ()


def requester(card: Card) -> str:
    """Return the id of the person whose job the card is about, or ""."""
    return card.header.person if isinstance(card, Working | Delivered | Panel | Ended) else ""


def with_progress_bar(line: str, progress: float | None) -> str:
    """Add a bar below the line, where no phone breaks it; None adds none. `progress` is cut to 0 to 1."""
    if progress is None:
        return line
    done = round(BAR_STEPS * min(1.0, max(0.0, progress)))
    return f"{line}\n{'▓' * done}{'░' * (BAR_STEPS - done)}"


def alt_text(
    picture: Picture, prompt: str, limit: int, *, fit: Callable[[str, int], str], size: Callable[[str], int]
) -> str:
    """Describe a picture within `limit`.

    A long prompt loses its end, to keep the words that tell this picture from its neighbours.
    `fit`: cleans a text and cuts it to a size.
    `size`: measures a clean text as the platform does.
    """
    rest = " " + clean(picture.alt.removeprefix(prompt))
    if size(clean(picture.alt)) <= limit or size(rest) > limit // 2:
        return fit(picture.alt, limit)
    return fit(prompt, limit - size(rest)) + rest


def even_rows(items: Sequence[T], limit: int) -> list[list[T]]:
    """Divide the items into as few rows of at most `limit` as possible, of about the same length."""
    rows = -(-len(items) // limit)
    length = -(-len(items) // max(rows, 1))
    return [list(items[start : start + length]) for start in range(0, len(items), length or 1)]
