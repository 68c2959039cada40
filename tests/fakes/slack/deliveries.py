"""What a person did, as it is told to the bot, and how the bot acknowledged it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.fakes.slack.errors import Json
from tests.fakes.slack.messages import Message, View
from tests.fakes.slack.places import Channel, User

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """How one delivery was met. `body`: a JSON object, or {}; `why`: "" if all went well, else what did not:

    timeout, http_error, connection_failed, or no_connection where no socket was there.
    """

    body: Json = field(default_factory=dict)
    seconds: float = 0.0
    status: int = 200
    why: str = ""

    @property
    def ok(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Which repetition of an event this is, from 1, and why it is repeated."""

    number: int
    reason: str


Send = Callable[[Kind, Json, Retry | None], Awaitable[Ack]]


@dataclass(eq=False, slots=True, kw_only=True)
class Delivery:
    """`acks`: one for each time it was told; only events are told more than once."""

    kind: Kind
    payload: Json
    acks: list[Ack] = field(default_factory=list)

    @property
    def acked(self) -> bool:
        return any(ack.ok for ack in self.acks)

    @property
    def ack(self) -> Ack | None:
        """The one that counts: the first good one, or None."""
        return next((ack for ack in self.acks if ack.ok), None)

    @property
    def body(self) -> Json:
        return self.ack.body if self.ack else {}

    @property
    def seconds(self) -> float | None:
        return self.ack.seconds if self.ack else None

    @property
    def failed(self) -> str:
        """What the person sees in red; "" where all is well."""
        if self.acked or not self.acks:
            return ""
        shown = {"timeout": "operation_timeout", "http_error": "http_service_error"}
        return shown.get(self.acks[-1].why, "dispatch_failed")


@dataclass(eq=False, slots=True, kw_only=True)
class Event(Delivery):
    """Of the Events API. `event_id` is the same in every repetition."""

    @property
    def event_id(self) -> str:
        return str(self.payload["event_id"])


@dataclass(eq=False, slots=True, kw_only=True)
class Interaction(Delivery):
    """A command, click, submission or shortcut.

    `followups`: messages that came by its response_url or in its ack's body, in order, ephemeral or not.
    `original`: the message that was pressed, which alone a response_url replaces and deletes. `modal`: what
    was opened by its trigger_id, or put in place by the ack. `url_used`: how often its response_url was.
    """

    user: User
    channel: Channel | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: View | None = None
    created: float = 0.0
    url_used: int = 0
    url_expired: bool = False
    trigger_used: bool = False
    trigger_expired: bool = False

    @property
    def response_url(self) -> str:
        return str(self.payload.get("response_url", ""))

    @property
    def trigger_id(self) -> str:
        return str(self.payload.get("trigger_id", ""))
