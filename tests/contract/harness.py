"""The harness of a platform: people act on it, and the messages they see are plain data."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from bot.port.cards import Card, Reply
from bot.port.requests import Address, OptionValue
from tests.contract.backend import Backend

MASK = "mask.png"
Actor = Literal["ann", "bob", "boss"]  # boss is an admin
ACTORS: tuple[Actor, ...] = ("ann", "bob", "boss")

Capability = Literal[
    "channel",  # others see a person's gallery, and it stays
    "card",  # a card shows the request and its cost while the job is drawn
    "open",  # others see that card, and it becomes the gallery
    "moves",  # the progress of a job is updated, and disappears at its end
    "buttons",
    "reactions",
    "ping",
    "recent",
    "help",
    "chart",
    "outage",  # the platform may refuse messages for a while
    "ban",  # the platform may refuse messages in one channel for good
    "gone",  # people may delete a channel
    "lent",  # the platform lends reply tokens, which expire
    "admins",  # some people may do there what others may not
]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleMessage:
    """One message as a person sees it.

    `id`: the harness's id of the message; a revised message keeps it. `text`: all its words, but not those of
    the buttons. `files`: the names of the files that are not pictures. `alts`: the alt texts of the pictures.
    `pings`: the names of the people it notifies.
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
    """One platform with a whole bot on it. The actions of people return when they are answered."""

    name: ClassVar[str]
    names: ClassVar[Mapping[Actor, str]]  # display names
    unsupported: ClassVar[Mapping[Capability, str]]  # each with the reason
    duplicate_reason: ClassVar[str]  # why the same key posts a second message; "" if it does not
    backend: Backend

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def restart(self) -> None:
        """Kill the process, and start a new one on the same folder."""
        ...

    async def wait_until_done(self) -> None:
        """Wait until every job is closed and delivered, and visible to its requester."""
        ...

    async def skip(self, seconds: float) -> None:
        """Let time pass for the bot and the platform."""
        ...

    def mention(self, who: Actor) -> str:
        """Return a text that would notify this person if the platform took it as a mention."""
        ...

    def person(self, who: Actor) -> Any:
        """Return this person as the value of a command's option."""
        ...

    def channel(self) -> Any:
        """Return the channel that all are in as the value of a command's option."""
        ...

    # --- actions of people

    async def ask(self, who: Actor, text: str, **options: OptionValue) -> None: ...

    async def compare(self, who: Actor, text: str, **options: OptionValue) -> None:
        """Ask for one picture in each of several tiers."""
        ...

    async def send(self, who: Actor, text: str, files: Mapping[str, bytes], **options: OptionValue) -> None:
        """Ask for pictures that are drawn from these files, by name; MASK is the name of a mask."""
        ...

    async def command(self, who: Actor, name: str, /, **options: Any) -> None:
        """Give a command other than `/imagine`, such as "quota" or "quotas set"."""
        ...

    async def press(self, who: Actor, label: str, on: VisibleMessage) -> None:
        """Press the button whose label starts with `label`."""
        ...

    async def pick(self, who: Actor, number: int, on: VisibleMessage) -> VisibleMessage:
        """Press the number of a gallery's picture; return its panel, for `press` and `fill`."""
        ...

    async def fill(self, who: Actor, label: str, on: VisibleMessage, **changes: str) -> Mapping[str, str]:
        """Press a button, change the form that opens, and submit it. Returns the form's first values."""
        ...

    async def choose(self, who: Actor, prompt: str, on: VisibleMessage) -> None:
        """Choose the job with this prompt in the menu of a list."""
        ...

    async def opened(self, who: Actor) -> VisibleMessage:
        """Return what was opened last for this person alone: a message, or a window above the chat."""
        ...

    async def react(self, who: Actor, emoji: str, on: VisibleMessage) -> None: ...

    async def unreact(self, who: Actor, emoji: str, on: VisibleMessage) -> None: ...

    # --- messages

    async def messages(self, who: Actor) -> list[VisibleMessage]:
        """List what this person sees, oldest first; a revised message keeps its place."""
        ...

    async def last_answer(self, who: Actor) -> str:
        """Return the text of the last answer, which may be beside a field of a form."""
        ...

    async def last_file(self, who: Actor) -> bytes:
        """Return the last file that this person alone was given."""
        ...

    # --- trouble

    def outage(self) -> AbstractAsyncContextManager[None]:
        """Let the platform refuse our messages for the block."""
        ...

    def ban(self) -> None:
        """Forbid us to post in the channel from now on. Direct messages still work."""
        ...

    def delete_channel(self) -> None:
        """Delete the channel: no reply token and no permission opens it again."""
        ...

    def open_channel(self) -> None:
        """Make another channel, in which everybody acts from now on."""
        ...

    def refuse_direct_messages(self, who: Actor) -> None:
        """Let this person take no direct messages from now on."""
        ...

    def accept_direct_messages(self, who: Actor) -> None:
        """Let this person take direct messages again."""
        ...

    def expire_tokens(self) -> None:
        """Let every reply token expire."""
        ...

    # --- the port, directly

    async def job(self) -> str:
        """Make a new job whose cards are visible here, and return its id."""
        ...

    def address(self, *, private: bool) -> Address:
        """Return the address of the channel, or the private address of Ann."""
        ...

    async def answer(self, reply: Reply) -> None:
        """Let Ann make a request that the core answers with `reply`."""
        ...

    def why_not_shown(self, verb: str, card: Card) -> str:
        """Return the reason why this verb does not show this card here, or "" if it does."""
        ...


def to_flags(options: Mapping[str, Any]) -> str:
    """Write options as flags of a command line."""
    flags = {f"--{name.replace('_', '-')}": value for name, value in options.items() if value is not False}
    return " ".join(flag if value is True else f"{flag} {value}" for flag, value in flags.items())
