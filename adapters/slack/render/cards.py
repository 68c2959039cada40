"""From a card to what Slack is sent: layout, and no sentence of its own.

Everything is plain text or rich text, which know no markup (see `text`), and cut so that every card keeps
within Slack's limits, whatever was typed.
"""

import re
from collections.abc import Sequence
from typing import assert_never

from adapters.common.cards import alt_text, picture_names, with_progress_bar
from adapters.slack.render.blocks import (
    LINE,
    Json,
    bullets,
    header,
    image,
    quote,
    rich,
    rows,
    section,
    small,
    taken,
    weighed,
    word,
    words,
)
from adapters.slack.render.limits import (
    ALT_LIMIT,
    BLOCK_WEIGHT,
    BODY_LIMIT,
    GALLERY_LIMIT,
    NOTIFIED_LIMIT,
    TEXT_LIMIT,
    UPLOAD_ALT_LIMIT,
)
from adapters.slack.render.table import table
from adapters.slack.render.text import fitted, notified, weight
from bot import wording
from bot.port.cards import (
    Card,
    Chart,
    Delivered,
    Ended,
    Notice,
    Picture,
    Refused,
    Report,
    Working,
)

PROMPT = 300  # characters of a prompt: seven lines on a phone; the alt texts hold more
LONG_LINE = 1_500  # characters of a report's line, which may be a whole prompt
CHART = 1_000  # left free for a chart and its words
MORE = 200  # left free for how many rows there are besides

_PERSON = re.compile(r"slack:[A-Z0-9]{1,32}:([UW][A-Z0-9]{1,32})")


def blocks(card: Card, *, files: Sequence[str] = (), extra: Sequence[str] = ()) -> list[Json]:
    """The card as blocks.

    `files`: the ids that Slack gave its pictures, in order; without, they have to come as files of the
    message itself, and a chart is told in words. `extra`: notes of the sender's.
    """
    pressed = rows(card.buttons) if not isinstance(card, Notice) else []
    above, below = _written(card, files, extra, BODY_LIMIT - weighed(pressed))
    mentioned = _mentioned(card)
    if mentioned:
        above = [*rich(section({"type": "user", "user_id": mentioned})), *above]
    pictures = _images(card, files, BODY_LIMIT - weighed([*above, *below, *pressed]))
    return [*above, *pictures, *below, *pressed] or rich(section(word("…")))  # an empty message is none


def text(card: Card) -> str:
    """What a notification and a screen reader say; it stands for the blocks where they cannot be shown."""
    mentioned = _mentioned(card)
    match card:
        case Working():
            lines = [fitted(card.header.prompt, PROMPT), card.line]
        case Delivered():
            lines = [fitted(card.header.prompt, PROMPT), card.caption]
        case Ended() | Refused() | Notice():
            lines = [card.sentence]
        case Report():
            lines = [card.title]
        case _:
            assert_never(card)
    told = notified(" · ".join(filter(None, lines)), NOTIFIED_LIMIT) or "…"
    return f"<@{mentioned}> {told}" if mentioned else told


def payload(card: Card, *, files: Sequence[str] | None = None, extra: Sequence[str] = ()) -> Json:
    """The message as JSON. Without `files` the names stand where the ids will that Slack gives to uploads."""
    shown = blocks(card, files=names(card) if files is None else files, extra=extra)
    return {"text": text(card), "blocks": shown, "unfurl_links": False, "unfurl_media": False}


def names(card: Card) -> tuple[str, ...]:
    """What the files of the card's pictures are called."""
    return picture_names(card, GALLERY_LIMIT)


def alts(card: Card, most: int = UPLOAD_ALT_LIMIT) -> tuple[str, ...]:
    """The card's pictures in words; `most` is what an upload may be told."""
    match card:
        case Delivered():
            return tuple(_alt(each, card.header.prompt, most) for each in card.pictures[:GALLERY_LIMIT])
        case Report(chart=Chart(alt=alt)):
            return (fitted(alt, most),)
        case _:
            return ()


def _written(
    card: Card, files: Sequence[str], extra: Sequence[str], room: int
) -> tuple[list[Json], list[Json]]:
    """What stands above and below the pictures."""
    match card:
        case Working():
            moving = section(word(_moving(card)))
            return rich(_quoted(card.header.prompt), moving), small(card.summary, *extra, *card.notes)
        case Delivered():
            return rich(_quoted(card.header.prompt)), small(card.caption, *extra, *card.notes)
        case Ended():
            return rich(_quoted(card.header.prompt), _sentence(card.sentence)), small(*extra)
        case Refused():
            return rich(_sentence(card.sentence)), small(card.hint, *extra)
        case Report():
            return _report(card, files, extra, room)
        case Notice():
            return rich(_sentence(card.sentence)), small(*extra)
        case _:
            assert_never(card)


def _report(
    card: Report, files: Sequence[str], extra: Sequence[str], room: int
) -> tuple[list[Json], list[Json]]:
    lines = taken([line for line in (fitted(each, LONG_LINE) for each in card.lines) if line], TEXT_LIMIT)
    told = bullets(lines) if len(lines) > 1 else section(*(each for line in lines for each in words(line)))
    above = [header(card.title), *rich(told)]
    said = [_beside(card.title, card.chart.alt)] if card.chart and not files else []
    below = small(*said, *extra)
    figures, left = table(card.columns, card.rows, room - weighed([*above, *below]) - CHART - MORE)
    return above, [*figures, *small(wording.more(left) if left else ""), *below]


def _beside(title: str, alt: str) -> str:
    """A chart in words, without the title that stands above."""
    return alt.removeprefix(f"{title}. ")


def _images(card: Card, files: Sequence[str], room: int) -> list[Json]:
    """The pictures that there are files for; their words share what room is left."""
    count = min(len(files), len(names(card)))
    if not count:
        return []
    most = room // count - BLOCK_WEIGHT - max(weighed([image(file, "")]) for file in files)
    told = alts(card, max(1, min(ALT_LIMIT, most)))
    return [image(file, alt) for file, alt in zip(files, told, strict=False)]


def _alt(picture: Picture, prompt: str, most: int) -> str:
    return alt_text(picture, prompt, most, fit=fitted, size=weight)


def _moving(card: Working) -> str:
    return with_progress_bar(fitted(card.line, LINE), card.progress)


def _quoted(prompt: str) -> Json:
    return quote(fitted(prompt, PROMPT))


def _sentence(sentence: str) -> Json:
    return section(*words(fitted(sentence, LINE)))


def _mentioned(card: Card) -> str:
    match = _PERSON.fullmatch(card.mention) if isinstance(card, Delivered) else None
    return match[1] if match else ""
