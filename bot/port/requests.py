"""The nouns that cross the port from a platform to the core: who asks, from where, for what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

OptionValue = str | int | bool


@dataclass(frozen=True, slots=True)
class Named:
    """What a platform calls somebody or something that a request names by its id."""

    kind: Literal["person", "role", "channel"]
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on a platform. `id` is platform-qualified, such as "discord:1234"."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    admin: bool = False  # as the platform says, at this very request
    operator: bool = False  # whoever runs the bot, where that is known by how they got there: a shell


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A reply token that the platform lends with a request; worthless after `until` (unix seconds)."""

    token: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to answer. Durable, except for what is lent. `private_to`: only this person sees it.

    `lent_only`: nothing but what is lent reaches it, so that nothing can be told once that is over.
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
    """One message on a platform; what a reaction points at."""

    address: Address
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagine:
    """`/imagine`. `id` comes from the platform's delivery and is the idempotency key.

    `text` is the prompt as typed, flags and all; `options` are those the platform has typed
    fields for, by the registry's names, and win over flags in the text.
    """

    id: str
    person: Person
    address: Address
    text: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    names: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button pressed on a card. `target` says of what (see Button), `index` picks a picture."""

    id: str
    person: Person
    address: Address
    verb: str
    target: str
    index: int = 0
    options: Mapping[str, OptionValue] = field(default_factory=dict)  # a modal's fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji put on a message that may be ours. `emoji` is the character itself."""

    person: Person
    message: MessageRef
    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Any command of the registry but `/imagine`: its name, and its words or typed options."""

    id: str
    person: Person
    address: Address
    name: str
    text: str = ""
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    names: tuple[Named, ...] = ()
