"""Cards as Discord messages: layout and escaping. The sentences all come from the card and `bot.wording`.

Texts are cut to keep every card within Discord's limits, whatever was typed. Components are plain data:
discord.py's objects took as long to make, count and read out again as all the rest of an answer.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, assert_never

import discord

from adapters.common.cards import LIST_BUTTONS, alt_text, even_rows, picture_names, with_progress_bar
from adapters.discord.render.custom_ids import MENU, custom_id
from adapters.discord.render.limits import (
    ALT_LIMIT,
    CHOICE_LIMIT,
    GALLERY_LIMIT,
    LABEL_LIMIT,
    MENU_LABEL_LIMIT,
    ROW_LIMIT,
    TEXT_LIMIT,
)
from adapters.discord.render.text import escape
from bot import wording
from bot.port.cards import (
    Button,
    Card,
    Delivered,
    Ended,
    ListedJob,
    Notice,
    Panel,
    Picture,
    PictureList,
    Refused,
    Report,
    Working,
)
from bot.text import clean, cut

QUOTE_LIMIT = 2_500  # characters of a prompt that is the answer: all of it, with its escapes
PROMPT_LIMIT = 300  # characters of a prompt: seven lines on a phone; the alt texts hold more
LINE_LIMIT = 500  # characters of any other line
LISTED_LIMIT, FACTS_LIMIT = 120, 200  # characters of a listed prompt, and of the line below it
REPORT_LINE_LIMIT = 1_500  # characters of a report's line, which may be a whole prompt
TITLE_LIMIT, CELL_LIMIT = 200, 200  # characters
MAX_BUTTONS = (
    20  # with their rows, the texts, galleries, ten pictures and a mention counted one by one: 40 components
)
MENTION_ROOM = 32  # characters left free for the mention of a person
MORE_ROOM = 32  # characters left free for "and 5 more" below a report's rows

# component-reference, "Component Types"
_ROW, _BUTTON, _SELECT, _SECTION, _TEXT, _THUMBNAIL, _GALLERY, _FILE, _FRAME = 1, 2, 3, 9, 10, 11, 12, 13, 17
_STYLES = {"primary": 1, "normal": 2, "danger": 4}  # component-reference, "Button Styles"
_COMPONENTS_V2 = 1 << 15  # message-object, "Message Flags"
Json = dict[str, Any]
_PERSON = re.compile(r"discord:([0-9]{1,20})")


def components(
    card: Card, *, files: Sequence[str] = (), extra: Sequence[str] = (), spoiler: bool = False
) -> list[Json]:
    """Render a card as components.

    `files`: the names of its pictures, if they are not `names(card)`.
    `extra`: notes to add.
    """
    buttons = card.buttons if not isinstance(card, Notice) else ()
    layout = _Layout(
        buttons[:LIST_BUTTONS] if isinstance(card, PictureList) else buttons,
        card.picks if isinstance(card, Delivered | Panel) else (),
    )
    _lay_out(layout, card, tuple(files) or names(card), [_small(line) for line in extra], spoiler)
    person = _mentioned_person(card)
    mention = [] if person is None else [_text(f"<@{person}>")]
    return mention + layout.components(framed=not isinstance(card, Refused | Notice))


def names(card: Card) -> tuple[str, ...]:
    """Name the files of a card's pictures."""
    return picture_names(card, GALLERY_LIMIT)


def file_names(card: Card) -> tuple[str, ...]:
    """Name a report's file for download; empty if it has none."""
    return (card.file.name,) if isinstance(card, Report) and card.file else ()


def mentions(card: Card) -> discord.AllowedMentions:
    """Allow a notification of nobody, or of the requester of a gallery that took long."""
    person = _mentioned_person(card)
    users = False if person is None else [discord.Object(person)]
    return discord.AllowedMentions(everyone=False, users=users, roles=False, replied_user=False)


def payload(card: Card, *, spoiler: bool = False) -> Json:
    """Render a message as the JSON that discord.py sends; the pictures' bytes go beside it."""
    body: Json = {
        "components": components(card, spoiler=spoiler),
        "flags": _COMPONENTS_V2,
        "allowed_mentions": mentions(card).to_dict(),
    }
    numbered = enumerate((*names(card), *file_names(card)))
    files = [{"id": number, "filename": name} for number, name in numbered]
    return body | ({"attachments": files} if files else {})


class _Layout:
    """The components of one message, within the characters that it may have."""

    def __init__(self, *groups: Iterable[Button]) -> None:
        """`groups`: the buttons; each group begins a row."""
        self._components: list[Json] = []
        self._rows = _button_rows(groups)
        labels = sum(len(button["label"]) for row in self._rows for button in row)
        self._room = TEXT_LIMIT - MENTION_ROOM - labels

    def add_text(self, lines: Iterable[str], *, spare: int = 0) -> int:
        """Add one text of as many lines as fit; return how many did not.

        `spare`: characters to leave free.
        """
        filled = [line for line in lines if line]
        count, room = 0, self._room - spare
        while count < len(filled) and len(filled[count]) + 1 <= room:
            room -= len(filled[count]) + 1
            count += 1
        if count:
            self._components.append(_text("\n".join(filled[:count])))
            self._room = room + spare
        return len(filled) - count

    def add_gallery(self, names: Sequence[str], alts: Iterable[str], *, spoiler: bool = False) -> None:
        """Add a gallery of pictures attached to the message."""
        items = [_media(name, alt, spoiler) for name, alt in zip(names, alts, strict=False)]
        if items:
            self._components.append({"type": _GALLERY, "items": items})

    def add_file(self, name: str) -> None:
        """Add a file attached to the message; Discord does not show one that no component names."""
        self._components.append({"type": _FILE, "file": {"url": f"attachment://{name}"}})

    def add_job(self, text: str, job: ListedJob, name: str, *, spoiler: bool) -> None:
        """Add one job of a list. `name`: of its picture's file; "" if it has none."""
        self._room -= len(text)
        alt = _cut_clean(job.picture.alt, ALT_LIMIT) if job.picture else ""
        thumbnail = {"type": _THUMBNAIL, **_media(name, alt, spoiler)}
        section = {"type": _SECTION, "components": [_text(text)], "accessory": thumbnail}
        self._components.append(section if name else _text(text))

    def add_menu(self, label: str, jobs: Sequence[ListedJob]) -> None:
        """Add a menu of the jobs of a list."""
        options = {custom_id(job.choose): _option(job) for job in jobs}
        if options:
            placeholder = {"placeholder": _cut_clean(label, MENU_LABEL_LIMIT)} if label else {}
            menu = {"type": _SELECT, "custom_id": MENU, "options": list(options.values()), **placeholder}
            self._components.append({"type": _ROW, "components": [menu]})

    def components(self, *, framed: bool) -> list[Json]:
        """Return everything in its order, buttons last."""
        rows = [{"type": _ROW, "components": row} for row in self._rows]
        components = [*self._components, *rows] or [_text("…")]  # Discord takes no empty message
        return [{"type": _FRAME, "components": components}] if framed else components


def _lay_out(layout: _Layout, card: Card, files: Sequence[str], notes: list[str], spoiler: bool) -> None:
    match card:
        case Working():
            line = with_progress_bar(escape(card.line, LINE_LIMIT), card.progress)
            layout.add_text([_quote(card.header.prompt)])
            layout.add_text([line, _small(card.summary), *notes, *map(_small, card.notes)])
        case Delivered():
            layout.add_text([_quote(card.header.prompt)])
            alts = [_alt(picture, card.header.prompt) for picture in card.pictures]
            sheets = int(card.sheet is not None)  # by itself: among others a phone shows it too small to read
            layout.add_gallery(files[:sheets], alts[:sheets], spoiler=spoiler)
            layout.add_gallery(files[sheets:], alts[sheets:], spoiler=spoiler)
            layout.add_text([_small(card.caption), *notes, *map(_small, card.notes)])
        case Panel():
            layout.add_text([_quote(card.header.prompt)])
            layout.add_gallery(files, [_alt(card.picture, card.header.prompt)], spoiler=spoiler)
            layout.add_text([_small(card.caption), *notes])
        case PictureList():
            _lay_out_list(layout, card, files, notes, spoiler)
        case Ended():
            layout.add_text([_quote(card.header.prompt)])
            layout.add_text([escape(card.sentence, LINE_LIMIT), *notes])
        case Refused():
            layout.add_text([escape(card.sentence, LINE_LIMIT), _small(card.hint), *notes])
        case Report():
            _lay_out_report(layout, card, files, notes)
        case Notice():
            layout.add_text([escape(card.sentence, LINE_LIMIT), *notes])
        case _:
            assert_never(card)


def _lay_out_report(layout: _Layout, card: Report, files: Sequence[str], notes: list[str]) -> None:
    bullet = "- " if len(card.lines) > 1 else ""
    lines = [_prefixed(bullet, escape(line, REPORT_LINE_LIMIT)) for line in card.lines]
    quote = [_prefixed("> ", escape(card.quote, QUOTE_LIMIT))] if card.quote else []
    layout.add_text([_prefixed("### ", escape(card.title, TITLE_LIMIT)), *quote, *lines])
    if card.chart:
        layout.add_gallery(files, [_cut_clean(card.chart.alt, ALT_LIMIT)])
    left_out = layout.add_text([_table_row(card.columns, row) for row in card.rows], spare=MORE_ROOM)
    layout.add_text([_small(wording.more(left_out)) if left_out else "", *notes])
    for name in file_names(card):
        layout.add_file(name)


def _lay_out_list(
    layout: _Layout, card: PictureList, files: Sequence[str], notes: list[str], spoiler: bool
) -> None:
    texts = [_listed(job) for job in card.jobs]
    lines = [escape(line, LINE_LIMIT) for line in card.lines]
    title = _prefixed("### ", escape(card.title, TITLE_LIMIT))
    layout.add_text([title, *lines, *notes], spare=sum(map(len, texts)))
    names = iter(files)
    for job, text in zip(card.jobs, texts, strict=True):
        layout.add_job(text, job, next(names, "") if job.picture else "", spoiler=spoiler)
    layout.add_menu(card.menu, card.jobs)


def _listed(job: ListedJob) -> str:
    prompt, facts = escape(job.prompt, LISTED_LIMIT), escape(job.facts, FACTS_LIMIT)
    return "\n".join(filter(None, [_prefixed("> ", prompt), _prefixed("-# ", facts)])) or "…"


def _option(job: ListedJob) -> Json:
    label = _cut_clean(job.prompt or job.choose.label, CHOICE_LIMIT) or job.choose.verb
    facts = _cut_clean(job.facts, CHOICE_LIMIT)
    return {"label": label, "value": custom_id(job.choose)} | ({"description": facts} if facts else {})


def _table_row(columns: Sequence[str], row: Sequence[str]) -> str:
    """Write a row as one line; as two if its columns have names, since a phone is too narrow for a table."""
    first, *rest = [escape(cell, CELL_LIMIT) for cell in row]
    bold = f"**{first}**" if first else ""
    if not columns:
        return " ".join(filter(None, [bold, " · ".join(rest)]))
    cells = [
        f"{escape(name, CELL_LIMIT)} {cell}" for name, cell in zip(columns[1:], rest, strict=False) if cell
    ]
    return "\n".join(filter(None, [bold, _prefixed("-# ", " · ".join(cells))]))


def _alt(picture: Picture, prompt: str) -> str:
    return alt_text(picture, prompt, ALT_LIMIT, fit=_cut_clean, size=len)


def _cut_clean(text: str, limit: int) -> str:
    return cut(clean(text), limit)


def _quote(prompt: str) -> str:
    return _prefixed("> ", escape(prompt, PROMPT_LIMIT))


def _small(line: str) -> str:
    return _prefixed("-# ", escape(line, LINE_LIMIT))


def _prefixed(prefix: str, line: str) -> str:
    return prefix + line if line else ""


def _mentioned_person(card: Card) -> int | None:
    match = _PERSON.fullmatch(card.mention) if isinstance(card, Delivered) else None
    return int(match[1]) if match else None


def _button_rows(groups: Iterable[Iterable[Button]]) -> list[list[Json]]:
    """Arrange each group of buttons in rows of about the same length; groups share MAX_BUTTONS equally.

    Discord refuses a message in which two buttons have the same custom id, so only one of them stays.
    """
    taken: set[str] = set()
    unique_groups = []
    for group in groups:
        unique = {id_: _button(button) for button in group if (id_ := custom_id(button)) not in taken}
        taken |= unique.keys()
        unique_groups.append(list(unique.values()))
    share = MAX_BUTTONS // max(1, sum(map(bool, unique_groups)))
    return [row for group in unique_groups for row in even_rows(group[:share], ROW_LIMIT)]


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
    item: Json = {"media": {"url": f"attachment://{name}"}, "spoiler": spoiler}
    return item | ({"description": alt} if alt else {})
