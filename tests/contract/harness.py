"""What a house on any platform can do for a story: people act there, and what they see is plain data."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from bot.port.cards import Card, Reply
from bot.port.requests import Address, OptionValue
from tests.contract.ground import Ground

Who = Literal["ann", "bob", "boss"]  # boss: an admin
WHO: tuple[Who, ...] = ("ann", "bob", "boss")

Can = Literal[
    "channel",  # others see what one is drawn, and it stays
    "card",  # what was asked and what it costs stand there while it is drawn
    "open",  # others see that card, and it becomes the gallery
    "moves",  # how far a job is, is told anew as it goes on, and goes with its end
    "buttons",
    "reactions",
    "ping",
    "recent",
    "help",
    "chart",
    "outage",  # it may refuse messages for a while
    "ban",  # it may refuse messages in one channel for good
    "lent",  # it lends reply tokens, which end
    "admins",  # admins change there who may draw how much
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One message as somebody sees it. `text`: all words but the buttons'; `alts`: of its pictures.

    `pings`: the names of those it notifies. `id`: what it is called by the house; it is one message
    as long as that stays. `files`: the names of those that are no pictures.
    """

    id: str
    text: str
    files: tuple[str, ...] = ()
    pictures: int = 0
    alts: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    private: bool = False
    pings: tuple[str, ...] = ()


class Harness(Protocol):
    """One platform with a whole bot on it. Whatever a person does returns once it is answered."""

    name: ClassVar[str]
    names: ClassVar[Mapping[Who, str]]  # as the platform shows them
    lacks: ClassVar[Mapping[Can, str]]  # what it has not, and why not
    twice: ClassVar[str]  # why the same key posts another message; "" where it does not
    ground: Ground

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def restart(self) -> None:
        """The process dies, and a new one starts on the same folder."""
        ...

    async def done(self) -> None:
        """Wait until every job is closed and told, and whoever asked has seen it."""
        ...

    async def skip(self, seconds: float) -> None:
        """Let time pass for everybody."""
        ...

    def mention(self, who: Who) -> str:
        """What would notify this person, if it were taken for more than words."""
        ...

    def person(self, who: Who) -> Any:
        """This person, as the value of a command's option."""
        ...

    def channel(self) -> Any:
        """The channel that all are in, as the value of a command's option."""
        ...

    # --- what people do

    async def ask(self, who: Who, text: str, **options: OptionValue) -> None: ...

    async def command(self, who: Who, name: str, **options: Any) -> None:
        """A command other than `/imagine`, such as "quota" or "quotas set"."""
        ...

    async def press(self, who: Who, label: str, on: Seen) -> None:
        """Press the button whose label begins so."""
        ...

    async def fill(self, who: Who, label: str, on: Seen, **changes: str) -> Mapping[str, str]:
        """Press a button, change the form that opens, submit it. Returns what was filled in."""
        ...

    async def react(self, who: Who, emoji: str, on: Seen) -> None: ...

    async def unreact(self, who: Who, emoji: str, on: Seen) -> None: ...

    # --- what is seen

    async def seen(self, who: Who) -> list[Seen]:
        """All that this person sees, oldest first; a message that changes keeps its place."""
        ...

    # --- trouble

    def outage(self) -> AbstractAsyncContextManager[None]:
        """The platform takes no message of ours while the block lasts."""
        ...

    def ban(self) -> None:
        """From now on nothing may be posted in the channel; persons can still be written to."""
        ...

    def spend_tokens(self) -> None:
        """What was lent is over."""
        ...

    # --- the port, directly

    async def job(self) -> str:
        """The name of a job whose cards can be seen here; each call gives a new one."""
        ...

    def address(self, *, private: bool) -> Address:
        """Where Ann and the others are, or where only Ann is."""
        ...

    async def answer(self, reply: Reply) -> None:
        """Ann asks for something, and this is what the core says."""
        ...

    def why_not(self, verb: str, card: Card) -> str:
        """Why this verb shows nothing of this card here; "" where it does."""
        ...


def typed(options: Mapping[str, Any]) -> str:
    """Options as flags in a line."""
    flags = {f"--{name.replace('_', '-')}": value for name, value in options.items() if value is not False}
    return " ".join(flag if value is True else f"{flag} {value}" for flag, value in flags.items())
