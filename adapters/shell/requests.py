"""What a shell asks, and the events that answer it: the same in one process as over the control socket."""

from collections.abc import AsyncGenerator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.port.requests import OptionValue
from quotas.records import Kind

PLATFORM = "shell"


class DrawRequest(BaseModel):
    """`imagine draw`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    verb: Literal["draw"] = "draw"
    id: str
    person: str
    name: str
    text: str
    options: dict[str, OptionValue] = Field(default_factory=dict)


class QuotaRequest(BaseModel):
    """`imagine quota set`, `grant` or `reset`. Money is micro-dollars; -1 is expressly no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    verb: Literal["set", "grant", "reset"]
    id: str
    author: str
    workspace: str
    kind: Kind
    ref: str
    reason: str = ""
    images: int | None = None  # set: per day; grant: extra
    money: int | None = None  # set: per day; grant: extra
    money_per_month: int | None = None
    tiers: tuple[str, ...] | None = None
    until: int | None = None


class CommandRequest(BaseModel):
    """A command of the registry, such as "quotas pause", said in a workspace by whoever is at the shell."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    verb: Literal["command"] = "command"
    id: str
    author: str
    workspace: str
    name: str
    options: dict[str, OptionValue]


class ForgetRequest(BaseModel):
    """`imagine forget`: somebody, everywhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    verb: Literal["forget"] = "forget"
    id: str
    author: str
    person: str


AnyRequest = DrawRequest | QuotaRequest | CommandRequest | ForgetRequest
ShellRequest = TypeAdapter[AnyRequest](Annotated[AnyRequest, Field(discriminator="verb")])


class Progress(BaseModel):
    """How far a drawing is; `progress` from 0 to 1, None while it waits."""

    event: Literal["progress"] = "progress"
    line: str
    progress: float | None


class DrawAnswer(BaseModel):
    """How a drawing ended. `files` are the keys of pictures in the store."""

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
    charge_micros: int = 0
    cost_micros: int = 0
    uncertain_micros: int = 0


class QuotaAnswer(BaseModel):
    """The entry that a change made; None: there was nothing to change."""

    event: Literal["changed"] = "changed"
    verb: str
    before: str | None = None
    after: str | None = None
    entry: int | None = None


class CommandAnswer(BaseModel):
    """What a command was answered: a report, or a sentence. `why`: it was refused. `file`: name and text."""

    event: Literal["answered"] = "answered"
    why: Literal["", "input", "allowance", "policy", "unavailable"] = ""
    sentence: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    file: tuple[str, str] | None = None


class Problem(BaseModel):
    """The request was not carried out; the sentence says why."""

    event: Literal["problem"] = "problem"
    sentence: str


ShellEvent = Progress | DrawAnswer | QuotaAnswer | CommandAnswer | Problem
Events = AsyncGenerator[ShellEvent, None]  # the last is the answer
ShellEvents = TypeAdapter[ShellEvent](Annotated[ShellEvent, Field(discriminator="event")])
