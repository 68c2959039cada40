"""Stored facts about messages with pictures: a post under way, a finished one, and the files of each message.

    sending:KEY              a `Draft`: how far the post with this key has come
    sent:KEY                 the channel and the id of its message
    files:CHANNEL:MESSAGE    the message's files, which Slack keeps when it deletes the message

They outlive the process: the next one does not repeat what this one may have posted, and deletes its files.
"""

import json
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import structlog

from adapters.common.cards import requester
from adapters.slack.outbound.addresses import channel_of, team_of
from adapters.slack.outbound.uploads import Uploaded
from bot.errors import trace
from bot.port.cards import Card
from bot.port.protocols import KeyValue
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

GalleryMethod = Literal["blocks", "completion"]
SENT_KEYS = 100  # finished posts whose keys are stored; the core itself soon records where they are


@dataclass(frozen=True, slots=True)
class GalleryPost:
    """A card to post as one message."""

    place: Address
    card: Card
    key: str

    @property
    def team(self) -> str:
        return team_of(self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post under way in a channel, by one method.

    `uploaded`: its files at Slack; None before there are any.
    `ts`: of the line that the gallery replaces; "" if there is none.
    `lost`: how many calls may have posted something without an answer.
    """

    channel: str
    method: GalleryMethod
    uploaded: Uploaded | None = None
    ts: str = ""
    lost: int = 0


class GalleryStore:
    """The entries of one adapter. A failure is only logged: pictures are posted all the same."""

    def __init__(self, store: KeyValue) -> None:
        self._store = store
        self._sent_keys: deque[str] = deque()

    async def draft(self, post: GalleryPost) -> Draft | None:
        """Return how far an earlier post with this key came in this channel."""
        entry = await self._read(f"sending:{post.key}")
        # An earlier version wrote a list.
        if not isinstance(entry, dict) or entry["channel"] != channel_of(post.place):
            return None
        uploaded = entry.pop("uploaded")
        return Draft(**entry, uploaded=uploaded and Uploaded(*(tuple(each) for each in uploaded.values())))

    async def save(self, post: GalleryPost, draft: Draft) -> Draft:
        """Store a draft; return it."""
        await self._write(f"sending:{post.key}", asdict(draft), _people(post.place, post.card))
        return draft

    async def drop(self, post: GalleryPost) -> None:
        await self._delete(f"sending:{post.key}")

    async def sent(self, post: GalleryPost) -> MessageRef | None:
        """Return the message that a finished post with this key made in this channel."""
        channel, *ids = await self._read(f"sent:{post.key}") or [""]
        return (
            MessageRef(address=post.place, id=ids[0]) if ids and channel == channel_of(post.place) else None
        )

    async def record(self, post: GalleryPost, files: Sequence[str], id_: str) -> MessageRef:
        """Store the files and the key of a posted message, in case the core dies before it records them."""
        message = MessageRef(address=post.place, id=id_)
        await self.save_files(message, post.card, files)
        sent = [channel_of(post.place), id_]
        await self._write(f"sent:{post.key}", sent, _people(post.place, post.card))
        await self.drop(post)
        self._sent_keys.append(post.key)
        if len(self._sent_keys) > SENT_KEYS:
            await self._delete(f"sent:{self._sent_keys.popleft()}")
        return message

    async def files(self, message: MessageRef) -> list[str]:
        return await self._read(_files_key(message)) or []

    async def save_files(self, message: MessageRef, card: Card, files: Sequence[str]) -> None:
        await self._write(_files_key(message), files, _people(message.address, card))

    async def drop_files(self, message: MessageRef) -> None:
        await self._delete(_files_key(message))

    async def _read(self, key: str) -> Any:
        try:
            text = await self._store.get(key)
        except Exception as error:
            log.error("slack.not_read", trace=trace(error))
            return None
        return json.loads(text) if text else None

    async def _write(self, key: str, value: object, people: Collection[str]) -> None:
        try:
            await self._store.put(key, json.dumps(value), people)
        except Exception as error:
            log.error("slack.not_noted", trace=trace(error))

    async def _delete(self, key: str) -> None:
        try:
            await self._store.delete(key)
        except Exception as error:
            log.error("slack.not_dropped", trace=trace(error))


def _people(place: Address, card: Card) -> set[str]:
    """Return the people of a message: the requester of its card, and its only reader."""
    return {requester(card), place.private_to} - {""}


def _files_key(message: MessageRef) -> str:
    return f"files:{channel_of(message.address)}:{message.id}"
