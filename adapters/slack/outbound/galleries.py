"""Pictures as one message, by either of two ways, each of which the other stands in for.

"blocks": the pictures are uploaded for nobody, and a message then shows them in image blocks. The layout is
ours, but Slack must have looked at the files before. "completion": the call that completes the uploads shows
them in the channel with our blocks. It waits for nothing, and knows no second a message, but does not say
which message it made: the files do, later.

A post whose answer was lost is not repeated before the files were asked whether they are shown: to read the
channel would take scopes that this bot does not want. Which files a key and a message have is kept, so that
this holds after a restart, too, and so that they go with their message.
"""

import json
from collections import deque
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Literal, TypeVar

import structlog

from adapters.slack.errors import NO_ANSWER, Refusal, TooOften, is_badly_made, is_uncertain, reason
from adapters.slack.outbound.addresses import FILE, channel_of, team_of
from adapters.slack.outbound.uploads import Uploads
from adapters.slack.outbound.web_api import Calls, Json
from adapters.slack.render.cards import payload
from adapters.slack.render.limits import NOTIFIED_LIMIT
from adapters.slack.render.text import notified
from bot.errors import trace
from bot.port.cards import Card, File
from bot.port.protocols import KeyValue
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

T = TypeVar("T")
Way = Literal["blocks", "completion"]
SENT_KEPT = 100  # posts that are known by their keys; the core notes where they are as soon as it is told
LOST_LOOKS = 6  # at a file whose message may be on its way: 6 s


class Galleries:
    """Raises as `Calls.ask` does, and DeliveryError."""

    def __init__(self, calls: Calls, uploads: Uploads, store: KeyValue, way: Way) -> None:
        self._calls = calls
        self._uploads = uploads
        self._store = store
        self._sent: deque[str] = deque()
        self._ways = (self._by_blocks, self._by_completion)
        if way == "completion":
            self._ways = (self._by_completion, self._by_blocks)

    async def post(self, place: Address, card: Card, key: str, extra: Sequence[str] = ()) -> MessageRef:
        """One message with all pictures of the card; the same key gives the same message."""
        if (earlier := await self._found(place, key)) is not None:
            return earlier
        for way in self._ways:
            if (message := await way(place, card, key, extra)) is not None:
                return message
        raise Refusal("invalid_blocks")

    async def hand_over(self, place: Address, file: File, about: str) -> None:
        """A file to keep, as a message of its own."""
        where = {"thread_ts": place.thread} if place.thread else {}
        uploaded = await self._uploads.upload_file(team_of(place), file)
        comment = notified(about, NOTIFIED_LIMIT)
        where |= {"channel_id": channel_of(place), "initial_comment": comment}
        await self._uploads.complete(team_of(place), uploaded, **where)

    async def revise(self, message: MessageRef, card: Card) -> None:
        """Other pictures, in place of those that a message shows."""
        place, team = message.address, team_of(message.address)
        uploaded = await self._uploads.upload(team, card)
        await self._uploads.complete(team, uploaded)
        await self._uploads.wait_seen(team, uploaded.files)
        body = body_of(place, card, uploaded.files, uploaded.extra)
        await self._calls.ask(team, "chat.update", body | {"ts": message.id})
        await self.forget(message)
        await self._note(_files_key(message), uploaded.files)

    async def find(self, message: MessageRef) -> MessageRef | None:
        """Which message it is that had not been shown yet when it was posted; None if it still is not."""
        file, place = message.id.removeprefix(FILE), message.address
        ts = await self._uploads.shown_as(team_of(place), file, channel_of(place), looks=1)
        return MessageRef(address=place, id=ts) if ts else None

    async def forget(self, message: MessageRef) -> None:
        """Delete the files of a message, which would stay at Slack without it."""
        key = _files_key(message)
        files = await self._noted(key)
        if files:
            await self._uploads.delete(team_of(message.address), files)
            await self._drop(key)

    async def _by_blocks(
        self, place: Address, card: Card, key: str, extra: Sequence[str]
    ) -> MessageRef | None:
        """None where Slack does not show the files in blocks: they are not looked at yet, or not liked."""
        team = team_of(place)
        uploaded = await self._uploads.upload(team, card)
        await self._uploads.complete(team, uploaded)
        body = body_of(place, card, uploaded.files, (*extra, *uploaded.extra))
        for awaited in (uploaded.files[-1:], uploaded.files):  # mostly, one tells of all
            if not await self._uploads.wait_seen(team, awaited):
                break
            try:
                ts = await self._surely(place, key, uploaded.files, self._calls.post(team, body))
            except Refusal as error:
                if not is_badly_made(error):
                    raise
                log.info("slack.not_shown", way="blocks", reason=reason(error))
            else:
                return await self._posted(place, key, uploaded.files, ts)
        with suppress(Refusal, TooOften, *NO_ANSWER):
            await self._uploads.delete(team, uploaded.files)
        return None

    async def _by_completion(
        self, place: Address, card: Card, key: str, extra: Sequence[str]
    ) -> MessageRef | None:
        """None where Slack does not take the blocks."""
        team, channel = team_of(place), channel_of(place)
        uploaded = await self._uploads.upload(team, card)
        body = body_of(place, card, (), (*extra, *uploaded.extra))
        where = {"channel_id": channel, "blocks": json.dumps(body["blocks"])}
        if place.thread:
            where["thread_ts"] = place.thread
        try:
            await self._surely(place, key, uploaded.files, self._uploads.complete(team, uploaded, **where))
        except Refusal as error:
            if not is_badly_made(error):
                raise
            log.info("slack.not_shown", way="completion", reason=reason(error))
            return None
        ts = await self._uploads.shown_as(team, uploaded.files[0], channel)
        return await self._posted(place, key, uploaded.files, ts)

    # --- what is kept

    async def _surely(self, place: Address, key: str, files: Sequence[str], post: Awaitable[T]) -> T:
        """Post, with a note of it as long as nobody knows whether it arrived."""
        await self._note(f"sending:{key}", [channel_of(place), *files])
        try:
            return await post
        except Exception as error:
            if not is_uncertain(error):
                await self._drop(f"sending:{key}")
            raise

    async def _found(self, place: Address, key: str) -> MessageRef | None:
        """The message of an earlier post with this key, which did or may have arrived."""
        channel, *known = await self._noted(f"sent:{key}") or [""]
        if known and channel == channel_of(place):
            return MessageRef(address=place, id=known[0])
        channel, *files = await self._noted(f"sending:{key}") or [""]
        if channel != channel_of(place):
            return None
        ts = await self._uploads.shown_as(team_of(place), files[0], channel, looks=LOST_LOOKS)
        return await self._posted(place, key, files, ts) if ts else None

    async def _posted(self, place: Address, key: str, files: Sequence[str], ts: str) -> MessageRef:
        """`ts`: "" where Slack does not show it yet."""
        message = MessageRef(address=place, id=ts or f"{FILE}{files[0]}")
        await self._note(_files_key(message), files)
        await self._note(f"sent:{key}", [channel_of(place), message.id])  # the core may die before it hears
        await self._drop(f"sending:{key}")
        self._sent.append(key)
        if len(self._sent) > SENT_KEPT:
            await self._drop(f"sent:{self._sent.popleft()}")
        return message

    async def _noted(self, key: str) -> list[str]:
        try:
            text = await self._store.get(key)
        except Exception as error:
            log.error("slack.not_read", trace=trace(error))
            return []
        return [str(each) for each in json.loads(text)] if text else []

    async def _note(self, key: str, values: Sequence[str]) -> None:
        """What cannot be noted is posted all the same."""
        try:
            await self._store.put(key, json.dumps(values))
        except Exception as error:
            log.error("slack.not_noted", trace=trace(error))

    async def _drop(self, key: str) -> None:
        try:
            await self._store.delete(key)
        except Exception as error:
            log.error("slack.not_dropped", trace=trace(error))


def _files_key(message: MessageRef) -> str:
    return f"files:{channel_of(message.address)}:{message.id}"


def body_of(place: Address, card: Card, files: Sequence[str] = (), extra: Sequence[str] = ()) -> Json:
    """A card as the body of a chat.* call there."""
    thread = {"thread_ts": place.thread} if place.thread else {}
    return {"channel": channel_of(place), **payload(card, files=files, extra=extra), **thread}
