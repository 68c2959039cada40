"""Pictures as one message. There are two methods; if Slack rejects one's message, the other one follows.

"blocks": upload the pictures for nobody, then post a message that shows them in image blocks. The layout is
the bot's, but Slack must have processed the files first.

"completion": let the call that completes the uploads show them in the channel, with the bot's blocks. It
needs no wait, and no limit of one message a second holds for it, but it does not say which message it made:
the files tell that later.

If the answer to a post is lost, the bot asks the files if they are shown before it posts again. To read the
channel instead would take scopes that the bot does not ask for. The files of each key and each message are in
the store: the check works after a restart, too, and the files are deleted with their message.
"""

import json
from collections import deque
from collections.abc import Awaitable, Collection, Sequence
from contextlib import suppress
from typing import Literal, TypeVar

import structlog

from adapters.common.cards import requester
from adapters.slack.errors import NO_ANSWER, RateLimited, Refusal, is_content_error, is_uncertain, reason
from adapters.slack.outbound.addresses import FILE_PREFIX, channel_of, team_of
from adapters.slack.outbound.uploads import Uploads
from adapters.slack.outbound.web_api import Json, WebApi
from adapters.slack.render.cards import payload
from adapters.slack.render.limits import NOTIFICATION_LIMIT
from adapters.slack.render.text import notification_text
from bot.errors import trace
from bot.port.cards import Card, File
from bot.port.protocols import KeyValue
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

T = TypeVar("T")
GalleryMethod = Literal["blocks", "completion"]
SENT_KEYS = 100  # finished posts whose keys are stored; the core itself soon records where they are
LOST_LOOKS = 6  # at a file whose message may be on its way: 6 s


class Galleries:
    """Messages with pictures. Raises as `WebApi.call` does, and DeliveryError."""

    def __init__(self, web_api: WebApi, uploads: Uploads, store: KeyValue, method: GalleryMethod) -> None:
        self._web_api = web_api
        self._uploads = uploads
        self._store = store
        self._sent_keys: deque[str] = deque()
        self._methods = (self._post_blocks, self._post_completion)
        if method == "completion":
            self._methods = (self._post_completion, self._post_blocks)

    async def post(self, place: Address, card: Card, key: str, extra: Sequence[str] = ()) -> MessageRef:
        """Post one message with all pictures of a card. The same key gives the same message."""
        if (earlier := await self._find_earlier(place, card, key)) is not None:
            return earlier
        for post in self._methods:
            if (message := await post(place, card, key, extra)) is not None:
                return message
        raise Refusal("invalid_blocks")

    async def post_file(self, place: Address, file: File, comment: str) -> None:
        """Post a file to download, as a message of its own."""
        uploaded = await self._uploads.upload_file(team_of(place), file)
        target = {"thread_ts": place.thread} if place.thread else {}
        target["channel_id"] = channel_of(place)
        target["initial_comment"] = notification_text(comment, NOTIFICATION_LIMIT)
        await self._uploads.complete(team_of(place), uploaded, **target)

    async def revise(self, message: MessageRef, card: Card) -> None:
        """Replace the pictures that a message shows, and delete their files."""
        place, team = message.address, team_of(message.address)
        uploaded = await self._uploads.upload(team, card)
        await self._uploads.complete(team, uploaded)
        await self._uploads.wait_ready(team, uploaded.files)
        body = message_body(place, card, uploaded.files, uploaded.extra)
        await self._web_api.call(team, "chat.update", body | {"ts": message.id})
        await self.delete_files(message)
        await self._write(_files_key(message), uploaded.files, _people(place, card))

    async def find(self, message: MessageRef) -> MessageRef | None:
        """Find a message that Slack did not show when it was posted; None if it still does not."""
        file, place = message.id.removeprefix(FILE_PREFIX), message.address
        ts = await self._uploads.find_message(team_of(place), file, channel_of(place), looks=1)
        return MessageRef(address=place, id=ts) if ts else None

    async def delete_files(self, message: MessageRef) -> None:
        """Delete a message's files: Slack keeps them when it deletes the message."""
        key = _files_key(message)
        files = await self._read(key)
        if files:
            await self._uploads.delete(team_of(message.address), files)
            await self._delete(key)

    async def _post_blocks(
        self, place: Address, card: Card, key: str, extra: Sequence[str]
    ) -> MessageRef | None:
        """Post the pictures in blocks; None if Slack has not processed the files, or rejects the blocks."""
        team = team_of(place)
        uploaded = await self._uploads.upload(team, card)
        await self._uploads.complete(team, uploaded)
        body = message_body(place, card, uploaded.files, (*extra, *uploaded.extra))
        # The last file is mostly the last one that is ready. Wait for all of them only if Slack objects.
        for awaited in (uploaded.files[-1:], uploaded.files):
            if not await self._uploads.wait_ready(team, awaited):
                break
            try:
                ts = await self._send(place, card, key, uploaded.files, self._web_api.post(team, body))
            except Refusal as error:
                if not is_content_error(error):
                    raise
                log.info("slack.not_shown", way="blocks", reason=reason(error))
            else:
                return await self._record(place, card, key, uploaded.files, ts)
        with suppress(Refusal, RateLimited, *NO_ANSWER):
            await self._uploads.delete(team, uploaded.files)
        return None

    async def _post_completion(
        self, place: Address, card: Card, key: str, extra: Sequence[str]
    ) -> MessageRef | None:
        """Post the pictures by completing their upload; None if Slack rejects the blocks."""
        team, channel = team_of(place), channel_of(place)
        uploaded = await self._uploads.upload(team, card)
        body = message_body(place, card, (), (*extra, *uploaded.extra))
        target = {"channel_id": channel, "blocks": json.dumps(body["blocks"])}
        if place.thread:
            target["thread_ts"] = place.thread
        try:
            post = self._uploads.complete(team, uploaded, **target)
            await self._send(place, card, key, uploaded.files, post)
        except Refusal as error:
            if not is_content_error(error):
                raise
            log.info("slack.not_shown", way="completion", reason=reason(error))
            return None
        ts = await self._uploads.find_message(team, uploaded.files[0], channel)
        return await self._record(place, card, key, uploaded.files, ts)

    # --- the store's entries: sending:KEY, sent:KEY, and files:CHANNEL:MESSAGE

    async def _send(
        self, place: Address, card: Card, key: str, files: Sequence[str], post: Awaitable[T]
    ) -> T:
        """Await a post; keep its files in the store while nobody knows if it arrived."""
        await self._write(f"sending:{key}", [channel_of(place), *files], _people(place, card))
        try:
            return await post
        except Exception as error:
            if not is_uncertain(error):
                await self._delete(f"sending:{key}")
            raise

    async def _find_earlier(self, place: Address, card: Card, key: str) -> MessageRef | None:
        """Find the message of an earlier post with this key, even if that post's answer was lost."""
        channel, *ids = await self._read(f"sent:{key}") or [""]
        if ids and channel == channel_of(place):
            return MessageRef(address=place, id=ids[0])
        channel, *files = await self._read(f"sending:{key}") or [""]
        if channel != channel_of(place):
            return None
        ts = await self._uploads.find_message(team_of(place), files[0], channel, looks=LOST_LOOKS)
        return await self._record(place, card, key, files, ts) if ts else None

    async def _record(
        self, place: Address, card: Card, key: str, files: Sequence[str], ts: str
    ) -> MessageRef:
        """Store the files and the key of a posted message, in case the core dies before it records them.

        `ts`: "" if Slack does not show the message yet.
        """
        message = MessageRef(address=place, id=ts or f"{FILE_PREFIX}{files[0]}")
        people = _people(place, card)
        await self._write(_files_key(message), files, people)
        await self._write(f"sent:{key}", [channel_of(place), message.id], people)
        await self._delete(f"sending:{key}")
        self._sent_keys.append(key)
        if len(self._sent_keys) > SENT_KEYS:
            await self._delete(f"sent:{self._sent_keys.popleft()}")
        return message

    async def _read(self, key: str) -> list[str]:
        try:
            text = await self._store.get(key)
        except Exception as error:
            log.error("slack.not_read", trace=trace(error))
            return []
        return [str(each) for each in json.loads(text)] if text else []

    async def _write(self, key: str, values: Sequence[str], people: Collection[str]) -> None:
        """Store values. A failure is only logged: pictures are posted all the same."""
        try:
            await self._store.put(key, json.dumps(values), people)
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


def message_body(place: Address, card: Card, files: Sequence[str] = (), extra: Sequence[str] = ()) -> Json:
    """Render a card as the body of a chat.* call."""
    thread = {"thread_ts": place.thread} if place.thread else {}
    return {"channel": channel_of(place), **payload(card, files=files, extra=extra), **thread}
