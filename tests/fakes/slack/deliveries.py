"""Deliveries to the bot, each with its acknowledgements."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.fakes.slack.errors import Json
from tests.fakes.slack.messages import Message, View
from tests.fakes.slack.places import Channel, User

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """The app's answer to one delivery.

    `body`: a JSON object, or {}.
    `why`: "" if it is good, else timeout, http_error, connection_failed or no_connection.
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
    """One repetition of an event: its number, from 1, and its reason."""

    number: int
    reason: str


Send = Callable[[Kind, Json, Retry | None], Awaitable[Ack]]


@dataclass(eq=False, slots=True, kw_only=True)
class Delivery:
    """Something sent to the app. `acks`: one for each time; only events are sent more than once."""

    kind: Kind
    payload: Json
    acks: list[Ack] = field(default_factory=list)

    @property
    def acked(self) -> bool:
        return any(ack.ok for ack in self.acks)

    @property
    def ack(self) -> Ack | None:
        """The first good acknowledgement; None if there is none."""
        return next((ack for ack in self.acks if ack.ok), None)

    @property
    def body(self) -> Json:
        return self.ack.body if self.ack else {}

    @property
    def seconds(self) -> float | None:
        return self.ack.seconds if self.ack else None

    @property
    def failed(self) -> str:
        """The error that the person sees in red; "" if there is none."""
        if self.acked or not self.acks:
            return ""
        errors = {"timeout": "operation_timeout", "http_error": "http_service_error"}
        return errors.get(self.acks[-1].why, "dispatch_failed")


@dataclass(eq=False, slots=True, kw_only=True)
class Event(Delivery):
    """An event of the Events API. `event_id` is the same in every repetition."""

    @property
    def event_id(self) -> str:
        return str(self.payload["event_id"])


@dataclass(eq=False, slots=True, kw_only=True)
class Interaction(Delivery):
    """A command, click, submission or shortcut.

    `original`: the message with the pressed button; a response_url can replace and delete no other.
    `followups`: messages through its response_url or in its acknowledgement, in order, ephemeral or not.
    `modal`: the view that its trigger_id opened, or that the acknowledgement put in place.
    `url_use_count`: how often the app used its response_url.
    """

    user: User
    channel: Channel | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: View | None = None
    created: float = 0.0
    url_use_count: int = 0
    is_url_expired: bool = False
    is_trigger_used: bool = False
    is_trigger_expired: bool = False

    @property
    def response_url(self) -> str:
        return str(self.payload.get("response_url", ""))

    @property
    def trigger_id(self) -> str:
        return str(self.payload.get("trigger_id", ""))
