"""Pictures as one message, which nobody sees twice.

There are two methods; if Slack rejects one's message, the other one follows.

"blocks": upload the pictures for nobody, post a line that says that they follow, and edit it into a message
that shows them in image blocks. The layout is the bot's, but Slack must have processed the files first.

"completion": let the call that completes the uploads show them in the channel, with the bot's blocks. It
needs no wait, and no limit of one message a second holds for it, but it does not say which message it made:
the files tell that later.

Slack does not know a repeated post again. If the answer to one is lost, it may have been carried out, and the
bot has no scope to read the channel. So the one call that is repeated blindly shows no pictures: a line that
was lost stays, above the gallery. Editing a line twice does no harm. Files tell which message shows them as
tiles; whether they tell which one shows them in blocks, Slack's documents do not say.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import structlog

from adapters.slack import messages
from adapters.slack.errors import (
    CANNOT_EDIT,
    NO_ANSWER,
    RateLimited,
    Refusal,
    is_content_error,
    is_transient,
    is_uncertain,
    reason,
)
from adapters.slack.outbound.addresses import FILE_PREFIX, channel_of, describe, team_of
from adapters.slack.outbound.gallery_store import Draft, GalleryMethod, GalleryPost, GalleryStore
from adapters.slack.outbound.uploads import Uploads
from adapters.slack.outbound.web_api import Json, WebApi
from adapters.slack.render.cards import line_payload, payload
from adapters.slack.render.limits import NOTIFICATION_LIMIT
from adapters.slack.render.text import notification_text
from bot.port.cards import Card, File
from bot.port.protocols import DeliveryError, KeyValue
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

T = TypeVar("T")
METHODS: tuple[GalleryMethod, ...] = ("blocks", "completion")
LOST_LOOKS = 6  # at a file whose message may be on its way: 6 s
# Calls for one gallery whose answer may be lost; each may have left a line in the channel. Right before each,
# Slack answered about the files: so an outage of all of Slack costs one of them at most.
MOST_LOST = 5


class Unconfirmed(Exception):
    """Nobody can know what a channel shows of a gallery, and it must not be posted any more."""


class Galleries:
    """Messages with pictures. Raises as `WebApi.call` does, and DeliveryError."""

    def __init__(self, web_api: WebApi, uploads: Uploads, store: KeyValue, method: GalleryMethod) -> None:
        self._web_api = web_api
        self._uploads = uploads
        self._store = GalleryStore(store)
        self._methods = METHODS if method == "blocks" else METHODS[::-1]

    async def post(self, place: Address, card: Card, key: str) -> MessageRef:
        """Post one message with all pictures of a card. The same key gives the same message.

        Raises Unconfirmed if too many answers were lost.
        """
        post = GalleryPost(place, card, key)
        if (earlier := await self._store.sent(post)) is not None:
            return earlier
        new = Draft(channel=channel_of(place), method=self._methods[0])
        draft = await self._store.draft(post) or new
        for method in self._methods[self._methods.index(draft.method) :]:
            draft = draft if draft.method == method else replace(new, method=method)
            carry_out = self._post_blocks if method == "blocks" else self._post_completion
            try:
                message = await carry_out(post, draft)
            except Refusal as error:
                if is_transient(error) or is_uncertain(error):
                    raise
                await self._discard(post)
                if error.code not in CANNOT_EDIT and not is_content_error(error):
                    raise
                log.info("slack.not_shown", way=method, reason=reason(error))
            else:
                if message is not None:
                    return message
                await self._discard(post)
        raise Refusal("invalid_blocks")

    async def post_file(self, place: Address, file: File, comment: str) -> None:
        """Post a file to download, as a message of its own."""
        team, channel = team_of(place), channel_of(place)
        uploaded = await self._uploads.upload_file(team, file)
        target = {"thread_ts": place.thread} if place.thread else {}
        target["channel_id"] = channel
        target["initial_comment"] = notification_text(comment, NOTIFICATION_LIMIT)
        try:
            await self._uploads.complete(team, uploaded, **target)
        except Exception as error:
            look = self._uploads.find_message
            if not is_uncertain(error) or not await look(team, uploaded.files[0], channel, looks=LOST_LOOKS):
                raise

    async def revise(self, message: MessageRef, card: Card) -> None:
        """Replace the pictures that a message shows, and delete their files."""
        place, team = message.address, team_of(message.address)
        uploaded = await self._uploads.upload(team, card)
        await self._uploads.complete(team, uploaded)
        await self._uploads.wait_ready(team, uploaded.files)
        body = message_body(place, card, uploaded.files, uploaded.extra)
        await self._web_api.call(team, "chat.update", body | {"ts": message.id})
        await self.delete_files(message)
        await self._store.save_files(message, card, uploaded.files)

    async def find(self, message: MessageRef) -> MessageRef | None:
        """Find a message that Slack did not show when it was posted; None if it still does not."""
        file, place = message.id.removeprefix(FILE_PREFIX), message.address
        ts = await self._uploads.find_message(team_of(place), file, channel_of(place), looks=1)
        return MessageRef(address=place, id=ts) if ts else None

    async def file(self, message: MessageRef, number: int) -> str:
        """Return Slack's id of one picture of a message, by its number from 1; "" if it is unknown."""
        files = await self._store.files(message)
        return files[number - 1] if number <= len(files) else ""

    async def delete_files(self, message: MessageRef) -> None:
        """Delete a message's files: Slack keeps them when it deletes the message."""
        if files := await self._store.files(message):
            await self._uploads.delete(team_of(message.address), files)
            await self._store.drop_files(message)

    async def _post_blocks(self, post: GalleryPost, draft: Draft) -> MessageRef | None:
        """Post a line and edit it into the gallery; None if Slack does not process the files."""
        uploaded = draft.uploaded
        if uploaded is None:
            uploaded = await self._uploads.upload(post.team, post.card)
            await self._uploads.complete(post.team, uploaded)
            draft = await self._store.save(post, replace(draft, uploaded=uploaded))
        body = message_body(post.place, post.card, uploaded.files, uploaded.extra)
        # The last file is mostly the last one that is ready. Wait for all of them only if Slack objects.
        if not await self._uploads.wait_ready(post.team, uploaded.files[-1:]):
            return None
        if not draft.ts:
            draft = await self._post_line(post, draft)
        try:
            await self._edit_line(post, draft, body)
        except Refusal as error:
            if not is_content_error(error):
                raise
            log.info("slack.not_shown", way="blocks", reason=reason(error))
            if not await self._uploads.wait_ready(post.team, uploaded.files):
                return None
            await self._edit_line(post, draft, body)
        return await self._store.record(post, uploaded.files, draft.ts)

    async def _post_line(self, post: GalleryPost, draft: Draft) -> Draft:
        """Post the line that the gallery replaces."""
        body = _body(post.place, line_payload(post.card))
        ts = await self._once(post, draft, lambda: self._web_api.post(post.team, body))
        return await self._store.save(post, replace(draft, ts=ts))

    async def _edit_line(self, post: GalleryPost, draft: Draft, body: Json) -> None:
        try:
            await self._web_api.call(post.team, "chat.update", body | {"ts": draft.ts})
        except Refusal as error:
            if error.code != "message_not_found":
                raise
            # Somebody deleted the line: post another one.
            await self._store.save(post, replace(draft, ts=""))
            raise DeliveryError(messages.line_gone(describe(post.place)), retryable=True) from error

    async def _post_completion(self, post: GalleryPost, draft: Draft) -> MessageRef:
        """Post the pictures by completing their upload. Slack tells about a file only once that is done."""
        uploads, team, channel, uploaded = self._uploads, post.team, channel_of(post.place), draft.uploaded
        if uploaded is None:
            uploaded = await uploads.upload(team, post.card)
            draft = replace(draft, uploaded=uploaded)
        first = uploaded.files[0]
        if draft.lost:
            if ts := await uploads.find_message(team, first, channel, looks=LOST_LOOKS):
                return await self._store.record(post, uploaded.files, ts)
            if await uploads.is_complete(team, first):
                await self._count_lost(post, draft)
                raise DeliveryError(messages.pictures_not_shown(describe(post.place)), retryable=True)
        body = message_body(post.place, post.card, (), uploaded.extra)
        target = {"channel_id": channel, "blocks": json.dumps(body["blocks"])}
        if post.place.thread:
            target["thread_ts"] = post.place.thread
        await self._once(post, draft, lambda: uploads.complete(team, uploaded, **target))
        ts = await uploads.find_message(team, first, channel)
        return await self._store.record(post, uploaded.files, ts or f"{FILE_PREFIX}{first}")

    async def _once(self, post: GalleryPost, draft: Draft, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call that posts something. It counts as lost until an answer comes."""
        await self._count_lost(post, draft)
        try:
            return await call()
        except Exception as error:
            if not is_uncertain(error):
                await self._store.save(post, draft)
            raise

    async def _count_lost(self, post: GalleryPost, draft: Draft) -> None:
        """Count one more call without an answer. Raises Unconfirmed if there were enough."""
        if draft.lost >= MOST_LOST:
            if draft.method == "blocks" and draft.uploaded:  # nobody sees them
                await self._uploads.delete(post.team, draft.uploaded.files)
                await self._store.save(post, replace(draft, uploaded=None))
            raise Unconfirmed
        await self._store.save(post, replace(draft, lost=draft.lost + 1))

    async def _discard(self, post: GalleryPost) -> None:
        """Delete what a method that failed has left at Slack."""
        draft = await self._store.draft(post)
        await self._store.drop(post)
        if draft is None:
            return
        if draft.ts:
            with suppress(Refusal, RateLimited, *NO_ANSWER):
                line = {"channel": draft.channel, "ts": draft.ts}
                await self._web_api.call(post.team, "chat.delete", line)
        if draft.uploaded:
            with suppress(Refusal, RateLimited, *NO_ANSWER):
                await self._uploads.delete(post.team, draft.uploaded.files)


def message_body(place: Address, card: Card, files: Sequence[str] = (), extra: Sequence[str] = ()) -> Json:
    """Render a card as the body of a chat.* call."""
    return _body(place, payload(card, files=files, extra=extra))


def _body(place: Address, content: Json) -> Json:
    thread = {"thread_ts": place.thread} if place.thread else {}
    return {"channel": channel_of(place), **content, **thread}
