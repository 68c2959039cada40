"""Requests: the nouns that cross the port from a platform to the core (who, from where, for what)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

OptionValue = str | int | bool
Drawing = Literal["imagine", "compare"]  # the commands that draw


@dataclass(frozen=True, slots=True)
class Named:
    """The display name of somebody or something that a request names by its id."""

    kind: Literal["person", "role", "channel"]
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on a platform. `id` is platform-qualified, such as "discord:1234"."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    admin: bool = False  # the platform says so at this very request
    operator: bool = False  # runs the bot: known only from how the request came, such as from a shell


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A reply token that the platform lends with a request; it expires at `until` (unix seconds)."""

    token: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place to answer, durable except for the reply token.

    `private_to`: the only person who may see it; "" for everybody there. `lent_only`: only the reply token
    reaches it, and nothing does once the token has expired.
    """

    platform: str
    workspace: str  # platform-qualified, such as "discord:987", or "dm"
    channel: str
    thread: str = ""
    private_to: str = ""
    lent_only: bool = False
    lent: Lent | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """One message on a platform."""

    address: Address
    id: str


class FileUnavailable(Exception):
    """A file that somebody sent cannot be read. The message is a sentence for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file that somebody sent. `name`: as they call it.

    `read`: returns the whole file, or at least its first bytes, as many as it is called with. It reads only
    when there is room for the file, so it should not be read before. Raises FileUnavailable.
    """

    name: str
    read: Callable[[int], Awaitable[bytes]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagine:
    """`/imagine` or `/compare` as typed. `id` comes from the platform's delivery and is the idempotency key.

    `text`: the prompt with its flags. `options`: values of the platform's own fields, by the registry's
    names; they beat flags in the text. `references`, `mask`: pictures to draw from; what may change in the
    first.
    """

    id: str
    person: Person
    address: Address
    text: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    names: tuple[Named, ...] = ()
    references: tuple[SentFile, ...] = ()
    mask: SentFile | None = None
    command: Drawing = "imagine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A press of a button. `target`: see Button. `index`: see Button.

    `options`, `references`, `mask`: the fields of a submitted form.
    """

    id: str
    person: Person
    address: Address
    verb: str
    target: str
    index: int = 0
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    references: tuple[SentFile, ...] = ()
    mask: SentFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji added to a message that may be the bot's. `emoji`: the character itself."""

    person: Person
    message: MessageRef
    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of the registry that draws nothing, with the text or the options that follow its name."""

    id: str
    person: Person
    address: Address
    name: str
    text: str = ""
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    names: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search of the library, by `person`. "" and False: no matter.

    `workspace`: "*" for all of them, which only operators may search. `words`: of the prompt, in any order.
    `by`: the id of who asked for the pictures. `first_day`, `last_day`: YYYY-MM-DD, inclusive.
    `collection`: the name of one in which pictures are kept. `kept`: in any.
    `after`: the `more` of the page before this one. `most`: requests on a page.
    """

    person: Person
    workspace: str
    words: str = ""
    tier: str = ""
    by: str = ""
    channel: str = ""
    first_day: str = ""
    last_day: str = ""
    collection: str = ""
    kept: bool = False
    after: str = ""
    most: int = 48
