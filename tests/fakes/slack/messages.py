"""Messages, files and views as they stand and stood, and what can be read off them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fakes.slack.errors import Json
from tests.fakes.slack.places import Channel, Team, User, UserGroup

Pinged = User | UserGroup | str  # as a string: "channel", "here", "everyone"

SHOWABLE = {"png", "jpg", "gif"}  # block-kit/composition-objects/slack-file-object; jpeg counts as jpg


@dataclass(eq=False, slots=True, kw_only=True)
class File:
    """`data` is None where bytes are not kept; `sha1` and `size` always tell which they were.

    `mimetype` and `filetype` are what the bytes are; Slack tells them once it has looked (`processed_at`).
    `shares`: the messages that show it, by channel.
    """

    id: str
    name: str
    team: Team
    length: int
    alt: str
    created: float
    title: str = ""
    size: int = 0
    sha1: str = ""
    data: bytes | None = None
    mimetype: str = ""
    filetype: str = ""
    uploaded: bool = False
    completed: bool = False
    processed_at: float = 0.0
    shares: "dict[Channel, list[Message]]" = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<File {self.id} {self.name} {self.size} bytes>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a message showed before an edit."""

    text: str
    blocks: list[Json]
    attachments: list[Json]


@dataclass(eq=False, slots=True, kw_only=True)
class Message:
    """`only_for`: ephemeral, seen by this user alone. `files`: tiles below the text, from an upload.

    `pings`: whom Slack notifies for it. `risks`: those, and whom it might: mentions in a text that only
    stands in for blocks, and words such as @channel where Slack may link them by itself. Edits add to
    `risks` alone. `by_url`: it came by a response_url, or as the body of an ack. `unfurl_links`,
    `unfurl_media`: as asked for.
    """

    ts: str
    channel: Channel
    author: User
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    thread_ts: str = ""
    only_for: User | None = None
    by_url: bool = False
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    metadata: Json | None = None
    edited: str = ""
    history: list[Past] = field(default_factory=list)
    pings: set[Pinged] = field(default_factory=set)
    risks: set[Pinged] = field(default_factory=set)
    reactions: dict[str, list[User]] = field(default_factory=dict)
    shown_files: dict[str, File] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All that a person reads: the blocks' texts, a line each; the text where there are none."""
        lines = list(texts(self.blocks)) or [self.text]
        return "\n".join(line for line in lines if line)

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [e["text"]["text"] for _, e in elements(self.blocks) if e["type"] == "button"]

    @property
    def gallery(self) -> list[tuple[File | str, str]]:
        """What it shows, in order: the file (or an outside URL) and its alt text; tiles come last."""
        images = [block for block in walk(self.blocks) if block.get("type") == "image"]
        shown: list[tuple[File | str, str]] = [(self._image(block), block["alt_text"]) for block in images]
        return shown + [(file, file.alt) for file in self.files]

    def _image(self, block: Json) -> File | str:
        named = block.get("slack_file") or {}
        pointer = named.get("id") or named.get("url")
        return (
            self.shown_files[pointer]
            if pointer in self.shown_files
            else str(block.get("image_url") or pointer)
        )

    def past(self) -> Past:
        return Past(text=self.text, blocks=self.blocks, attachments=self.attachments)

    def __repr__(self) -> str:
        return f"<Message {self.ts} {self.words[:40]!r} {len(self.gallery)} pictures {self.labels}>"


@dataclass(eq=False, slots=True, kw_only=True)
class View:
    """A modal, or the home tab. `errors`: what a submission was answered with, by block."""

    id: str
    user: User
    team: Team
    payload: Json
    hash: str
    root: "View | None" = None
    previous: "View | None" = None
    errors: dict[str, str] = field(default_factory=dict)
    history: list[Json] = field(default_factory=list)

    @property
    def title(self) -> str:
        return str((self.payload.get("title") or {}).get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        return list(self.payload.get("blocks") or [])

    @property
    def words(self) -> str:
        return "\n".join(texts(self.blocks))

    @property
    def labels(self) -> list[str]:
        return [e["text"]["text"] for _, e in elements(self.blocks) if e["type"] == "button"]

    @property
    def fields(self) -> dict[str, Json]:
        """Its inputs, by label."""
        return {b["label"]["text"]: b["element"] for b in self.blocks if b["type"] == "input"}


def walk(blocks: list[Json]) -> Iterator[Json]:
    """Every block, outer ones first; the cards of carousels and what containers hold, too."""
    for block in blocks:
        yield block
        if block.get("type") == "carousel":
            yield from walk(block.get("elements", []))
        yield from walk(block.get("child_blocks", []))
        if isinstance(block.get("hero_image"), dict):
            yield block["hero_image"]


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Everything that can be acted on, with the block that holds it."""
    for block in walk(blocks):
        kind = block.get("type")
        if kind in ("actions", "context_actions"):
            yield from ((block, element) for element in block.get("elements", []))
        elif kind == "card":
            yield from ((block, element) for element in block.get("actions", []))
        elif kind == "section" and "accessory" in block:
            yield block, block["accessory"]
        elif kind == "input":
            yield block, block["element"]


def text_objects(blocks: list[Json]) -> Iterator[Json]:
    """The text objects that show as text of their own: not labels of buttons, not alt texts."""
    for block in walk(blocks):
        kind = block.get("type")
        held = [block.get(name) for name in ("text", "title", "subtitle", "body", "label", "hint")]
        held += block.get("fields", [])
        held += block.get("elements", []) if kind == "context" else []
        if kind == "markdown":
            held = [{"type": "mrkdwn", "text": block.get("text", "")}]
        if kind == "rich_text":
            held = [{"type": "plain_text", "text": _read(part)} for part in block["elements"]]
        yield from (t for t in held if isinstance(t, dict) and t.get("type") in ("mrkdwn", "plain_text"))


def texts(blocks: list[Json]) -> Iterator[str]:
    for held in text_objects(blocks):
        yield held["text"]


def _read(part: Json) -> str:
    """What a section, quote or list of a rich text says; people and emoji are no words."""
    parts = part.get("elements", [])
    between = "\n" if part["type"] == "rich_text_list" else ""
    return between.join(
        str(each.get("text", "")) if "elements" not in each else _read(each) for each in parts
    )
