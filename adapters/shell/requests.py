"""The requests of a shell and the events that answer them; the control socket carries them as they are."""

from collections.abc import AsyncGenerator
from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, TypeAdapter

from bot.port.requests import OptionValue

DEFERRED = ConfigDict(defer_build=True)  # validators are built for the first line, not by an import


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class SentPicture(_Request):
    """A picture that goes with a request, checked and brought to size before."""

    name: str
    data: Base64Bytes


class DrawRequest(_Request):
    """`imagine draw`."""

    verb: Literal["draw"] = "draw"
    id: str
    person: str
    name: str
    text: str
    options: dict[str, OptionValue] = Field(default_factory=dict)
    references: tuple[SentPicture, ...] = ()
    mask: SentPicture | None = None


class CompareRequest(_Request):
    """`imagine compare`."""

    verb: Literal["compare"] = "compare"
    id: str
    person: str
    name: str
    text: str
    options: dict[str, OptionValue] = Field(default_factory=dict)


class CommandRequest(_Request):
    """A command of the registry, such as "quotas pause", in one workspace or ("*") in all of them."""

    verb: Literal["command"] = "command"
    id: str
    author: str
    workspace: str
    name: str
    options: dict[str, OptionValue]


class ConfirmRequest(_Request):
    """A yes to the question that answered a command; `target` as the answer's `confirm` has it."""

    verb: Literal["confirm"] = "confirm"
    id: str
    author: str
    workspace: str
    target: str


class ForgetRequest(_Request):
    """`imagine forget`: one person, everywhere."""

    verb: Literal["forget"] = "forget"
    id: str
    author: str
    person: str


AnyRequest = DrawRequest | CompareRequest | CommandRequest | ConfirmRequest | ForgetRequest
ShellRequest = TypeAdapter[AnyRequest](Annotated[AnyRequest, Field(discriminator="verb")], config=DEFERRED)


class Progress(_Event):
    """The progress of a drawing, from 0 to 1; None while it waits."""

    event: Literal["progress"] = "progress"
    line: str
    progress: float | None


class PictureFile(_Event):
    """One picture of a drawing that ended. `key`: its name in the store, which may not have kept it."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    event: Literal["picture"] = "picture"
    key: str
    data: bytes


class TierAnswer(_Event):
    """One tier of a comparison. `key`: of its picture; "" if it has none, and then `sentence` says why."""

    tier: str
    title: str
    why: str
    sentence: str
    key: str
    seconds: float
    charge_micros: int


class DrawAnswer(_Event):
    """The end of a drawing. `files`: the keys of its pictures. `tiers`: of a comparison, whose sheet comes
    first if there is one.

    `earlier`: those of the person's earlier drawings whose commands had gone before the pictures came.
    """

    event: Literal["drawn"] = "drawn"
    why: Literal[
        "delivered",
        "input",
        "allowance",
        "policy",
        "unavailable",
        "refused",
        "failed",
        "unknown",
        "cancelled",
    ]
    sentence: str = ""
    job: str = ""
    caption: str = ""
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    tiers: tuple[TierAnswer, ...] = ()
    charge_micros: int = 0
    cost_micros: int = 0
    uncertain_micros: int = 0


class ChangeMade(_Event):
    """A change that a command of admins made; the port's `SettingChange`."""

    verb: str
    workspace: str
    kind: str
    ref: str
    entry: int | None
    before: str | None
    after: str | None


class CommandAnswer(_Event):
    """The answer to a command: a report, or a sentence. `why`: the reason of a refusal, else "".

    `file`: name and text. `confirm`: what a ConfirmRequest must name where the answer is a question, else "".
    """

    event: Literal["answered"] = "answered"
    why: Literal["", "input", "allowance", "policy", "unavailable"] = ""
    sentence: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    file: tuple[str, str] | None = None
    change: ChangeMade | None = None
    confirm: str = ""


class Problem(_Event):
    """The request was not carried out; the sentence says why."""

    event: Literal["problem"] = "problem"
    sentence: str


ShellEvent = Progress | PictureFile | DrawAnswer | CommandAnswer | Problem
Events = AsyncGenerator[ShellEvent, None]  # the last is the answer
ShellEvents = TypeAdapter[ShellEvent](Annotated[ShellEvent, Field(discriminator="event")], config=DEFERRED)
