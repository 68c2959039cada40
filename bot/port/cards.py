"""Cards: everything the core says, as data. A closed union; renderers match on it and end in `assert_never`.

Sentences come ready-made from `bot.wording`; renderers lay them out, escape them, and add none.
Money is micro-dollars, times are seconds.
"""

from dataclasses import dataclass, field
from typing import Literal

from bot.port.requests import MessageRef

Stage = Literal["queued", "drawing", "posting"]
Verb = Literal[
    "cancel",
    "again",
    "edit",
    "final",
    "details",
    "delete",
    "missing",
    "share",
    "show",
    "plain",
    "instead",
    "imagine",
    "compare",
    "link",
    "confirm",
    "more",
    "approve",
    "deny",
    "pick",
    "vary",
    "download",
    "choose",
    "page",
    "keep",
    "drop",
    "collect",
    "describe",
]
OPENS_FORM = frozenset[Verb](
    ("edit", "compare", "approve", "collect")
)  # pressing these opens a form; submitting it is the press


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One thing to press. `verb`, `target` and `index` travel back with the press; authority does not.

    `target` is a job's id; for `plain`, `instead`, `confirm`, `more`, `approve`, `deny` and `page` the id
    under which the core keeps what the button stands for; for `link` a code; for `imagine` and `compare`,
    if they open a blank form, "".
    For `describe` it is either: a job, with the number of a picture, or such an id.
    `index` is the number of one picture of the job, from 1, for what is done with that picture alone; for
    `page` the number of the page, from 1.
    """

    verb: Verb
    label: str
    target: str
    index: int = 0
    style: Literal["normal", "primary", "danger"] = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The facts that every card of one job repeats."""

    job: str  # as people read it: 13 characters
    prompt: str
    person: str  # platform-qualified id
    name: str
    tier: str
    tier_title: str
    ratio: str
    quality: str
    images: int
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of a job. Fetch its bytes from the core by `key`."""

    key: str
    width: int
    height: int
    format: Literal["jpeg", "png", "webp"]
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """The card of an open job: posted when it is accepted, revised as it moves on."""

    header: Header
    stage: Stage
    line: str  # "queued 3rd", "drawing, 12 s of about 20 s"
    summary: str  # tier, ratio, variants, price
    progress: float | None  # 0 to 1 while drawing
    notes: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPicture:
    """One tier of a comparison. `key`: of its picture; "" if it has none, and then `sentence` says why.

    `facts`: the seconds and the price, or the reason, as short as on the sheet.
    """

    tier: str
    title: str
    facts: str
    why: str
    sentence: str
    key: str
    seconds: float
    charge_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The gallery.

    `picks`: a button for each picture, which opens its panel; none if there is only one.
    `compared`: of a comparison, its tiers. Its pictures are then `sheet`, if kept, and those of the tiers.
    `mention`: the person to notify, because the job took so long; "" for nobody.
    """

    header: Header
    pictures: tuple[Picture, ...]
    caption: str  # requester, tier, ratio, seconds, cost
    notes: tuple[str, ...] = ()  # "3 of 4; 1 was filtered", "asked 3:2, got 1:1"
    buttons: tuple[Button, ...] = ()
    picks: tuple[Button, ...] = ()
    mention: str = ""
    compared: tuple[ComparedPicture, ...] = ()

    @property
    def sheet(self) -> Picture | None:
        """Return the sheet that shows the tiers of a comparison side by side."""
        originals = {tier.key for tier in self.compared}
        first = self.pictures[0] if self.compared and self.pictures else None
        return first if first is not None and first.key not in originals else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture of a gallery by itself, for the presser alone, with what can be done with it.

    `picks`: a button for each picture, if the panel stands for a whole job.
    `message`: the message that shows the gallery; None if none is known.
    """

    header: Header
    picture: Picture
    number: int  # in its gallery, from 1
    caption: str  # "Picture 2 of 4"
    buttons: tuple[Button, ...] = ()
    picks: tuple[Button, ...] = ()
    message: MessageRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedJob:
    """One job of a list, with the button that opens it.

    `picture`: its first; None if the store has it no more. `message`: as in Panel.
    """

    prompt: str  # shortened
    facts: str  # tier, pictures, time, and if it is kept
    picture: Picture | None
    choose: Button
    message: MessageRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureList:
    """One page of somebody's own jobs, for that person alone: `/recent`, `/find`, `/kept`.

    `menu`: the label of a menu of the jobs, in which a choice is a press of the job's button.
    `buttons`: to the newer and the older page.
    """

    title: str
    lines: tuple[str, ...] = ()
    jobs: tuple[ListedJob, ...] = ()  # at most five
    menu: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A job that ended without a picture: refused by the model, failed, unknown or cancelled.

    Nothing was charged. It is posted privately to the requester, and the public card is deleted.
    """

    header: Header
    why: Literal["refused", "failed", "unknown", "cancelled"]
    sentence: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The answer to a request that was not accepted. Private; nothing reserved, nothing charged."""

    why: Literal["input", "allowance", "policy", "unavailable"]
    sentence: str
    hint: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A PNG of figures, and the figures in words. `dark`: the same PNG for a dark page, or b""."""

    png: bytes
    alt: str
    dark: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to download: a name that is safe on every system, and UTF-8 text or a picture."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Figures: `/quota`, `/usage`, `/tiers`, details, help, `/quotas`.

    Private, except for those posted to a workspace's alert or admin channel.
    `quote`: a prompt that it is about, in full.
    """

    title: str
    quote: str = ""
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    buttons: tuple[Button, ...] = ()
    chart: Chart | None = None
    file: File | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a field's values, and the label that a person reads for it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form. `name`: the registry's option.

    `value`: of choices, those that are chosen, joined by commas.
    `longest`: most characters of a text, or most files of a picture field. Its files travel beside the
    options of the press.
    """

    name: str
    label: str
    kind: Literal["text", "choice", "choices", "picture"]
    value: str
    choices: tuple[Choice, ...] = ()
    longest: int = 0
    required: bool = False
    hint: str = ""  # one line below the label


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A prefilled form that a button opens. Submitting it is a press of `verb` with its values as options.

    The last fields matter least, for platforms that show only some.
    """

    title: str
    submit: str
    verb: Verb
    target: str
    fields: tuple[Field, ...]
    index: int = 0  # as the button's


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A change that a command of admins made, for programs. `before`, `after`: JSON objects; None: not set.

    `entry`: the log's entry; None if nothing was changed, or only tried.
    """

    verb: str
    workspace: str  # "*": everywhere
    kind: str
    ref: str
    entry: int | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One private sentence: "Deleted.", "Only the requester or an admin can delete this.".

    `change`: what a command of admins did, which the sentence tells in words.
    """

    sentence: str
    change: SettingChange | None = field(default=None, compare=False)


Card = Working | Delivered | Panel | PictureList | Ended | Refused | Report | Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request that will end in exactly one outcome. Show `card`, then call `Core.shown`."""

    job: str
    card: Working | Delivered | Ended  # Working, unless this request was answered before
    fresh: bool


Reply = Accepted | Refused | Report | Notice | Panel | PictureList
