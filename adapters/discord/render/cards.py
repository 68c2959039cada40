"""From a card to what Discord is sent: layout and escaping, and no sentence of its own.

Texts are cut so that every card keeps within Discord's limits, whatever was typed. Components are plain data:
discord.py's objects for them took as long to make, to count and to read out again as all else in an answer.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, assert_never

import discord

from adapters.common.cards import alt_text, even_rows, picture_names, with_progress_bar
from adapters.discord.render.custom_ids import custom_id
from adapters.discord.render.limits import ALT_LIMIT, GALLERY_LIMIT, LABEL_LIMIT, ROW_LIMIT, TEXT_LIMIT
from adapters.discord.render.text import plain
from bot import wording
from bot.port.cards import (
    Button,
    Card,
    Delivered,
    Ended,
    Notice,
    Picture,
    Refused,
    Report,
    Working,
)
from bot.text import clean, cut

PROMPT = 300  # characters of a prompt: seven lines on a phone; the alt texts hold more
LINE, LONG_LINE = 500, 1_500  # characters of any other line; of a report's, which may be a whole prompt
TITLE, CELL = 200, 200
BUTTONS = 20  # with their rows, the texts and a gallery of ten counted one by one: 40 components
MENTION = 32  # characters left free for the one that there may be
MORE = 32  # characters left free for how many rows there are besides

_ROW, _BUTTON, _TEXT, _GALLERY, _FILE, _FRAME = 1, 2, 10, 12, 13, 17  # component-reference, "Component Types"
_STYLES = {"primary": 1, "normal": 2, "danger": 4}  # component-reference, "Button Styles"
_COMPONENTS_V2 = 1 << 15  # message-object, "Message Flags"
Json = dict[str, Any]
_PERSON = re.compile(r"discord:([0-9]{1,20})")


def components(
    card: Card, *, files: Sequence[str] = (), extra: Sequence[str] = (), spoiler: bool = False
) -> list[Json]:
    """The card. `files`: its pictures' names where they are not `names(card)`; `extra`: notes."""
    paper = _Paper(card.buttons if not isinstance(card, Notice) else ())
    _write(paper, card, tuple(files) or names(card), [_small(line) for line in extra], spoiler)
    mentioned = _mentioned(card)
    called = [] if mentioned is None else [_text(f"<@{mentioned}>")]
    return called + paper.items(framed=not isinstance(card, Refused | Notice))


def names(card: Card) -> tuple[str, ...]:
    """What the files of the card's pictures are called."""
    return picture_names(card, GALLERY_LIMIT)


def kept(card: Card) -> tuple[str, ...]:
    """What a report's file to keep is called, if it has one."""
    return (card.file.name,) if isinstance(card, Report) and card.file else ()


def mentions(card: Card) -> discord.AllowedMentions:
    """Who is notified: nobody, or the requester of a gallery that took long."""
    person = _mentioned(card)
    users = False if person is None else [discord.Object(person)]
    return discord.AllowedMentions(everyone=False, users=users, roles=False, replied_user=False)


def payload(card: Card, *, spoiler: bool = False) -> Json:
    """The message as JSON, as discord.py sends it; the pictures' bytes go beside it."""
    sent: Json = {
        "components": components(card, spoiler=spoiler),
        "flags": _COMPONENTS_V2,
        "allowed_mentions": mentions(card).to_dict(),
    }
    named = enumerate((*names(card), *kept(card)))
    files = [{"id": number, "filename": name} for number, name in named]
    return sent | ({"attachments": files} if files else {})


class _Paper:
    """What is written on one message, within the characters that it may have."""

    def __init__(self, buttons: Iterable[Button]) -> None:
        self._items: list[Json] = []
        self._rows = _rows(buttons)
        labels = sum(len(button["label"]) for row in self._rows for button in row)
        self._room = TEXT_LIMIT - MENTION - labels

    def write(self, lines: Iterable[str], *, spare: int = 0) -> int:
        """One text of as many of these lines as fit, `spare` characters left over; how many did not fit."""
        given = [line for line in lines if line]
        taken, room = 0, self._room - spare
        while taken < len(given) and len(given[taken]) + 1 <= room:
            room -= len(given[taken]) + 1
            taken += 1
        if taken:
            self._items.append(_text("\n".join(given[:taken])))
            self._room = room + spare
        return len(given) - taken

    def show(self, names: Sequence[str], alts: Iterable[str], *, spoiler: bool = False) -> None:
        """A gallery of files that come with the message."""
        shown = [_media(name, alt, spoiler) for name, alt in zip(names, alts, strict=False)]
        if shown:
            self._items.append({"type": _GALLERY, "items": shown})

    def attach(self, name: str) -> None:
        """A file to keep, which comes with the message; one that no component names is not shown."""
        self._items.append({"type": _FILE, "file": {"url": f"attachment://{name}"}})

    def items(self, *, framed: bool) -> list[Json]:
        """Everything in its order, buttons last."""
        rows = [{"type": _ROW, "components": row} for row in self._rows]
        items = [*self._items, *rows] or [_text("…")]  # an empty message is none
        return [{"type": _FRAME, "components": items}] if framed else items


def _write(paper: _Paper, card: Card, files: Sequence[str], notes: list[str], spoiler: bool) -> None:
    match card:
        case Working():
            paper.write([_quoted(card.header.prompt)])
            paper.write([_moving(card), _small(card.summary), *notes, *map(_small, card.notes)])
        case Delivered():
            paper.write([_quoted(card.header.prompt)])
            alts = [_alt(picture, card.header.prompt) for picture in card.pictures]
            paper.show(files, alts, spoiler=spoiler)
            paper.write([_small(card.caption), *notes, *map(_small, card.notes)])
        case Ended():
            paper.write([_quoted(card.header.prompt)])
            paper.write([plain(card.sentence, LINE), *notes])
        case Refused():
            paper.write([plain(card.sentence, LINE), _small(card.hint), *notes])
        case Report():
            _report(paper, card, files, notes)
        case Notice():
            paper.write([plain(card.sentence, LINE), *notes])
        case _:
            assert_never(card)


def _report(paper: _Paper, card: Report, files: Sequence[str], notes: list[str]) -> None:
    point = "- " if len(card.lines) > 1 else ""
    lines = [_marked(point, plain(line, LONG_LINE)) for line in card.lines]
    paper.write([_marked("### ", plain(card.title, TITLE)), *lines])
    if card.chart:
        paper.show(files, [cut(clean(card.chart.alt), ALT_LIMIT)])
    left = paper.write([_row(card.columns, row) for row in card.rows], spare=MORE)
    paper.write([_small(wording.more(left)) if left else "", *notes])
    for name in kept(card):
        paper.attach(name)


def _row(columns: Sequence[str], row: Sequence[str]) -> str:
    """A row as one line, or, where its columns have names, as two: a phone is too narrow for a table."""
    first, *rest = [plain(cell, CELL) for cell in row]
    bold = f"**{first}**" if first else ""
    if not columns:
        return " ".join(filter(None, [bold, " · ".join(rest)]))
    named = [f"{plain(name, CELL)} {cell}" for name, cell in zip(columns[1:], rest, strict=False) if cell]
    return "\n".join(filter(None, [bold, _marked("-# ", " · ".join(named))]))


def _moving(card: Working) -> str:
    return with_progress_bar(plain(card.line, LINE), card.progress)


def _alt(picture: Picture, prompt: str) -> str:
    return alt_text(picture, prompt, ALT_LIMIT, fit=_fitted, size=len)


def _fitted(text: str, most: int) -> str:
    return cut(clean(text), most)


def _quoted(prompt: str) -> str:
    return _marked("> ", plain(prompt, PROMPT))


def _small(line: str) -> str:
    return _marked("-# ", plain(line, LINE))


def _marked(mark: str, line: str) -> str:
    return mark + line if line else ""


def _mentioned(card: Card) -> int | None:
    match = _PERSON.fullmatch(card.mention) if isinstance(card, Delivered) else None
    return int(match[1]) if match else None


def _rows(buttons: Iterable[Button]) -> list[list[Json]]:
    """In rows of about the same length; Discord refuses a message where two buttons carry the same."""
    made = list({custom_id(button): _button(button) for button in buttons}.values())[:BUTTONS]
    return even_rows(made, ROW_LIMIT)


def _button(button: Button) -> Json:
    label = cut(clean(button.label), LABEL_LIMIT) or button.verb
    return {
        "type": _BUTTON,
        "style": _STYLES[button.style],
        "label": label,
        "custom_id": custom_id(button),
    }


def _text(content: str) -> Json:
    return {"type": _TEXT, "content": content}


def _media(name: str, alt: str, spoiler: bool) -> Json:
    shown: Json = {"media": {"url": f"attachment://{name}"}, "spoiler": spoiler}
    return shown | ({"description": alt} if alt else {})
