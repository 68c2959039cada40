"""Messages, files and views, their former versions, and the text that people read in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fakes.slack.errors import Json
from tests.fakes.slack.places import Channel, Team, User, UserGroup

Recipient = User | UserGroup | str  # of a notification; as a string: "channel", "here" or "everyone"

# File types that image blocks show (block-kit/composition-objects/slack-file-object); "jpg" is any JPEG.
IMAGE_TYPES = {"png", "jpg", "gif"}


@dataclass(eq=False, slots=True, kw_only=True)
class File:
    """An uploaded file.

    `length`: the size that the app announced; `size`: the real one.
    `data`: None if the fake keeps no bytes; `sha1` and `size` are always right.
    `mimetype`, `filetype`: what the bytes are. Slack tells them from `processed_at` on.
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
    is_uploaded: bool = False
    is_completed: bool = False
    processed_at: float = 0.0
    shares: "dict[Channel, list[Message]]" = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<File {self.id} {self.name} {self.size} bytes>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A message's content before an edit."""

    text: str
    blocks: list[Json]
    attachments: list[Json]


@dataclass(eq=False, slots=True, kw_only=True)
class Message:
    """One message.

    `files`: tiles below the text, from an upload; `shown_files`: the files in its blocks.
    `only_for`: the one user who sees it, if it is ephemeral.
    `via_response_url`: it came through a response_url, or as the body of an acknowledgement.
    `unfurl_links`, `unfurl_media`: as the app set them.
    `edited_ts`: the time of the last edit; "" if there was none.
    `pings`: those whom Slack notifies of it.
    `risks`: those, and all whom it might notify: mentions in a text that stands in for blocks, and words such
    as @channel that Slack may link by itself. Edits add only to `risks`.
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
    via_response_url: bool = False
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    metadata: Json | None = None
    edited_ts: str = ""
    history: list[Version] = field(default_factory=list)
    pings: set[Recipient] = field(default_factory=set)
    risks: set[Recipient] = field(default_factory=set)
    reactions: dict[str, list[User]] = field(default_factory=dict)
    shown_files: dict[str, File] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The text that a person reads: that of the blocks, a line each; else the text itself."""
        lines = list(texts(self.blocks)) or [self.text]
        return "\n".join(line for line in lines if line)

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [e["text"]["text"] for _, e in elements(self.blocks) if e["type"] == "button"]

    @property
    def gallery(self) -> list[tuple[File | str, str]]:
        """The pictures, in order: each file (or an outside URL) with its alt text; tiles come last."""
        images = [block for block in walk(self.blocks) if block.get("type") == "image"]
        pictures: list[tuple[File | str, str]] = [(self._image(block), block["alt_text"]) for block in images]
        return pictures + [(file, file.alt) for file in self.files]

    def _image(self, block: Json) -> File | str:
        slack_file = block.get("slack_file") or {}
        pointer = slack_file.get("id") or slack_file.get("url")
        if pointer in self.shown_files:
            return self.shown_files[pointer]
        return str(block.get("image_url") or pointer)

    def version(self) -> Version:
        return Version(text=self.text, blocks=self.blocks, attachments=self.attachments)

    def __repr__(self) -> str:
        return f"<Message {self.ts} {self.words[:40]!r} {len(self.gallery)} pictures {self.labels}>"


@dataclass(eq=False, slots=True, kw_only=True)
class View:
    """A modal, or the home tab. `errors`: the errors that the last submission got, by block."""

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
        """The inputs, by label."""
        return {b["label"]["text"]: b["element"] for b in self.blocks if b["type"] == "input"}


def walk(blocks: list[Json]) -> Iterator[Json]:
    """Yield every block, outer ones first, with those in carousels, containers, cards and sections."""
    for block in blocks:
        yield block
        if block.get("type") == "carousel":
            yield from walk(block.get("elements", []))
        yield from walk(block.get("child_blocks", []))
        if isinstance(block.get("hero_image"), dict):
            yield block["hero_image"]
        if (block.get("accessory") or {}).get("type") == "image":
            yield block["accessory"]


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield every interactive element, each after its block."""
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
    """Yield the text objects that show as text, without the labels of buttons and the alt texts."""
    for block in walk(blocks):
        kind = block.get("type")
        objects = [block.get(name) for name in ("text", "title", "subtitle", "body", "label", "hint")]
        objects += block.get("fields", [])
        objects += block.get("elements", []) if kind == "context" else []
        if kind == "markdown":
            objects = [{"type": "mrkdwn", "text": block.get("text", "")}]
        if kind == "rich_text":
            objects = [{"type": "plain_text", "text": _rich_text(part)} for part in block["elements"]]
        yield from (t for t in objects if isinstance(t, dict) and t.get("type") in ("mrkdwn", "plain_text"))


def texts(blocks: list[Json]) -> Iterator[str]:
    for text in text_objects(blocks):
        yield text["text"]


def _rich_text(part: Json) -> str:
    """Return the text of a section, quote or list, without people and emoji."""
    parts = part.get("elements", [])
    between = "\n" if part["type"] == "rich_text_list" else ""
    return between.join(
        str(each.get("text", "")) if "elements" not in each else _rich_text(each) for each in parts
    )
