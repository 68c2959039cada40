"""Messages with their earlier contents, and the texts, buttons and pictures in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fakes.discord.errors import Json
from tests.fakes.discord.places import Channel, User

EPHEMERAL, LOADING, V2 = 1 << 6, 1 << 7, 1 << 15  # discord-api-docs resources/message, "Message Flags"

ROW, BUTTON, TEXT_INPUT, SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE = 1, 2, 4, 9, 10, 11, 12, 13
CONTAINER, LABEL = 17, 18  # discord-api-docs components/reference, "Component Types"
SELECTS = frozenset({3, 5, 6, 7, 8})


@dataclass(eq=False, slots=True)
class Attachment:
    """A file of a message. `data`: None if bytes are not kept; `sha1` and `size` are always known."""

    id: int
    name: str
    description: str | None
    size: int
    sha1: str
    url: str
    data: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A message's content before an edit."""

    content: str
    components: list[Json]
    attachments: list[Attachment]
    flags: int


@dataclass(eq=False, slots=True, kw_only=True)
class Message:
    """One message.

    `components`: as the bot sent them.
    `only_for`: the only user who sees it; None if it is not ephemeral.
    `pings`: the users whom its text notifies, by `allowed_mentions`. Edits notify nobody, except the one that
    fills in a deferred answer.
    `token`: the token of the interaction that made it; "" if none did.
    """

    id: int
    channel: Channel
    author: User
    content: str = ""
    components: list[Json] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    allowed_mentions: Json | None = None
    nonce: str | int | None = None
    reference: "Message | None" = None
    only_for: User | None = None
    token: str = ""
    asker: User | None = None
    created: float
    edited: float | None = None
    history: list[Past] = field(default_factory=list)
    pings: set[User] = field(default_factory=set)
    reactions: dict[str, list[User]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return all text: the content and every text component, a line each."""
        parts = [self.content, *(c["content"] for c in walk(self.components) if c["type"] == TEXT_DISPLAY)]
        return "\n".join(part for part in parts if part)

    @property
    def labels(self) -> list[str]:
        """Return the labels of its buttons, disabled ones too, in order."""
        return [c.get("label", "") for c in walk(self.components) if c["type"] == BUTTON]

    @property
    def gallery(self) -> list[tuple[str, str]]:
        """Return its pictures, thumbnails too, in order, as (file name or outside URL, alt text)."""
        return [
            (media_name(url, self.attachments), item.get("description") or "")
            for item, url in media(self.components)
            if item.get("type") != FILE
        ]

    @property
    def loading(self) -> bool:
        """Return whether it is a deferral that nobody has filled in yet: "is thinking…"."""
        return bool(self.flags & LOADING)

    def past(self) -> Past:
        return Past(
            content=self.content,
            components=self.components,
            attachments=list(self.attachments),
            flags=self.flags,
        )

    def __repr__(self) -> str:
        return f"<Message {self.id} {self.text[:40]!r} {len(self.attachments)} files {self.labels}>"


def walk(components: list[Json]) -> Iterator[Json]:
    """Iterate over all components, outer ones first."""
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        if "accessory" in component:
            yield component["accessory"]
        if "component" in component:
            yield component["component"]


def media(components: list[Json]) -> Iterator[tuple[Json, str]]:
    """Iterate over everything that shows a picture or a file, with its URL."""
    for component in walk(components):
        if component["type"] == GALLERY:
            yield from ((item, item["media"]["url"]) for item in component["items"])
        elif component["type"] == THUMBNAIL:
            yield component, component["media"]["url"]
        elif component["type"] == FILE:
            yield component, component["file"]["url"]


def find_attachment(url: str, attachments: list[Attachment]) -> Attachment | None:
    """Find the attachment that a URL in a component means: by its name, or by its address here."""
    name = url.removeprefix("attachment://")
    for attachment in attachments:
        if (name != url and attachment.name == name) or attachment.url.split("?")[0] == url.split("?")[0]:
            return attachment
    return None


def media_name(url: str, attachments: list[Attachment]) -> str:
    attachment = find_attachment(url, attachments)
    return attachment.name if attachment else url
