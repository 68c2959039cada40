"""A card as a Slack message: layout, and no sentences of its own.

All text is plain text or rich text, which know no markup (see `text`). Everything is shortened: each card
keeps within Slack's limits, whatever people typed.
"""

import re
from collections.abc import Sequence
from typing import assert_never

from adapters.common.cards import LIST_BUTTONS, alt_text, picture_names, with_progress_bar
from adapters.slack.render.blocks import (
    LINE_LIMIT,
    SMALL_LIMIT,
    Json,
    bullets,
    header,
    image,
    listed,
    menu,
    quote,
    rich,
    rows,
    section,
    small,
    take_lines,
    total_weight,
    word,
    words,
)
from adapters.slack.render.limits import (
    ALT_LIMIT,
    BLOCK_WEIGHT,
    BODY_LIMIT,
    GALLERY_LIMIT,
    NOTIFICATION_LIMIT,
    TEXT_LIMIT,
    UPLOAD_ALT_LIMIT,
)
from adapters.slack.render.table import table
from adapters.slack.render.text import notification_text, shorten, weight
from bot import wording
from bot.port.cards import (
    Card,
    Chart,
    Delivered,
    Ended,
    Notice,
    Panel,
    PictureList,
    Refused,
    Report,
    Working,
)

QUOTE_LIMIT = 2_500  # weight of a prompt that is the answer: all of it
PROMPT_LIMIT = 300  # weight of a prompt: seven lines on a phone; the alt texts hold more
REPORT_LINE_LIMIT = 1_500  # weight of a report's line, which may be a whole prompt
CHART_ROOM = 1_000  # weight reserved for a chart and its alt text
MORE_ROOM = 200  # weight reserved for the line that counts the rows left out

_PERSON = re.compile(r"slack:[A-Z0-9]{1,32}:([UW][A-Z0-9]{1,32})")


def blocks(card: Card, *, files: Sequence[str] = (), extra: Sequence[str] = ()) -> list[Json]:
    """Render a card as blocks.

    `files`: Slack's ids of the card's pictures, in order; of a list, one for each job, "" if it has none.
    Without them the pictures must be files of the message itself, and a chart is shown in words.
    `extra`: more lines of small text, from the sender.
    """
    picks = card.picks if isinstance(card, Delivered | Panel) else ()
    most = LIST_BUTTONS if isinstance(card, PictureList) else None
    buttons = [] if isinstance(card, Notice) else rows(card.buttons[:most], picks)
    above, below = _text_blocks(card, files, extra, BODY_LIMIT - total_weight(buttons))
    person = _mention(card)
    if person:
        above = [*rich(section({"type": "user", "user_id": person})), *above]
    pictures = _images(card, files, BODY_LIMIT - total_weight([*above, *below, *buttons]))
    # Slack takes no empty message.
    return [*above, *pictures, *below, *buttons] or rich(section(word("…")))


def text(card: Card) -> str:
    """Render a card as the text for notifications and screen readers, and for blocks that cannot be shown."""
    person = _mention(card)
    match card:
        case Working():
            lines = [shorten(card.header.prompt, PROMPT_LIMIT), card.line]
        case Delivered() | Panel():
            lines = [shorten(card.header.prompt, PROMPT_LIMIT), card.caption]
        case Ended() | Refused() | Notice():
            lines = [card.sentence]
        case Report() | PictureList():
            lines = [card.title]
        case _:
            assert_never(card)
    summary = notification_text(" · ".join(filter(None, lines)), NOTIFICATION_LIMIT) or "…"
    return f"<@{person}> {summary}" if person else summary


def payload(card: Card, *, files: Sequence[str] | None = None, extra: Sequence[str] = ()) -> Json:
    """Render a card as a message's JSON.

    `files`: as in `blocks`; None puts the file names where Slack's ids would stand, for a preview.
    """
    body = blocks(card, files=_preview_files(card) if files is None else files, extra=extra)
    return {"text": text(card), "blocks": body, "unfurl_links": False, "unfurl_media": False}


def line_payload(card: Card) -> Json:
    """Render the line that stands where a card's pictures are about to show.

    It mentions whom the card does: the edit that brings the pictures notifies nobody.
    """
    person = _mention(card)
    mention = rich(section({"type": "user", "user_id": person})) if person else []
    title = rich(_prompt(card.header.prompt)) if isinstance(card, Delivered | Panel) else []
    body = [*mention, *title, *small(wording.pictures_follow(len(file_names(card))))]
    return {"text": text(card), "blocks": body, "unfurl_links": False, "unfurl_media": False}


def file_names(card: Card) -> tuple[str, ...]:
    """Name the files of a card's pictures; () if it has none. A list shows files that are there already."""
    return () if isinstance(card, PictureList) else picture_names(card, GALLERY_LIMIT)


def _preview_files(card: Card) -> tuple[str, ...]:
    if isinstance(card, PictureList):
        return tuple(f"{job.choose.target}-1" if job.picture else "" for job in card.jobs)
    return file_names(card)


def alt_texts(card: Card, limit: int = UPLOAD_ALT_LIMIT) -> tuple[str, ...]:
    """Describe each of a card's pictures in words of at most this weight."""
    match card:
        case Delivered():
            pictures = card.pictures[:GALLERY_LIMIT]
            prompt = card.header.prompt
            return tuple(alt_text(each, prompt, limit, fit=shorten, size=weight) for each in pictures)
        case Panel():
            return (alt_text(card.picture, card.header.prompt, limit, fit=shorten, size=weight),)
        case Report(chart=Chart(alt=alt)):
            return (shorten(alt, limit),)
        case _:
            return ()


def _text_blocks(
    card: Card, files: Sequence[str], extra: Sequence[str], room: int
) -> tuple[list[Json], list[Json]]:
    """Render the text above and below the pictures."""
    match card:
        case Working():
            line = with_progress_bar(shorten(card.line, LINE_LIMIT), card.progress)
            return rich(_prompt(card.header.prompt), section(word(line))), small(
                card.summary, *extra, *card.notes
            )
        case Delivered():
            return rich(_prompt(card.header.prompt)), small(card.caption, *extra, *card.notes)
        case Panel():
            return rich(_prompt(card.header.prompt)), small(card.caption, *extra)
        case PictureList():
            return _list(card, files), small(*extra)
        case Ended():
            return rich(_prompt(card.header.prompt), _sentence(card.sentence)), small(*extra)
        case Refused():
            return rich(_sentence(card.sentence)), small(card.hint, *extra)
        case Report():
            return _report(card, files, extra, room)
        case Notice():
            return rich(_sentence(card.sentence)), small(*extra)
        case _:
            assert_never(card)


def _list(card: PictureList, files: Sequence[str]) -> list[Json]:
    lines = take_lines([shorten(line, LINE_LIMIT) for line in card.lines if line], SMALL_LIMIT)
    named = files or [""] * len(card.jobs)
    jobs = [listed(job, file) for job, file in zip(card.jobs, named, strict=True)]
    return [header(card.title), *rich(*map(_sentence, lines)), *jobs, *menu(card.menu, card.jobs)]


def _report(
    card: Report, files: Sequence[str], extra: Sequence[str], room: int
) -> tuple[list[Json], list[Json]]:
    lines = [line for line in (shorten(each, REPORT_LINE_LIMIT) for each in card.lines) if line]
    lines = take_lines(lines, TEXT_LIMIT)
    body = bullets(lines) if len(lines) > 1 else section(*(each for line in lines for each in words(line)))
    quoted = [quote(shorten(card.quote, QUOTE_LIMIT))] if card.quote else []
    above = [header(card.title), *rich(*quoted, body)]
    chart = [_chart_in_words(card.title, card.chart.alt)] if card.chart and not files else []
    below = small(*chart, *extra)
    table_room = room - total_weight([*above, *below]) - CHART_ROOM - MORE_ROOM
    figures, left_out = table(card.columns, card.rows, table_room)
    return above, [*figures, *small(wording.more(left_out) if left_out else ""), *below]


def _chart_in_words(title: str, alt: str) -> str:
    """Return the chart's alt text without the title, which the header shows."""
    return alt.removeprefix(f"{title}. ")


def _images(card: Card, files: Sequence[str], room: int) -> list[Json]:
    """Render the pictures that have a file; their alt texts share the weight that is left."""
    count = min(len(files), len(file_names(card)))
    if not count:
        return []
    limit = room // count - BLOCK_WEIGHT - max(total_weight([image(file, "")]) for file in files)
    alts = alt_texts(card, max(1, min(ALT_LIMIT, limit)))
    return [image(file, alt) for file, alt in zip(files, alts, strict=False)]


def _prompt(prompt: str) -> Json:
    return quote(shorten(prompt, PROMPT_LIMIT))


def _sentence(sentence: str) -> Json:
    return section(*words(shorten(sentence, LINE_LIMIT)))


def _mention(card: Card) -> str:
    """Return Slack's id of the person to mention; "" if there is none."""
    match = _PERSON.fullmatch(card.mention) if isinstance(card, Delivered) else None
    return match[1] if match else ""
