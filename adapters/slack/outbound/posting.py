"""Posting, revising and deleting messages, each by the best way to those who may see it.

Pictures go out as one message that everybody in the channel sees, or as a direct message. Everything else is
for one person: through the response_url, else as an ephemeral message, else as a direct message. In a direct
message with the bot it is a plain message, which the bot can revise and delete.

After a lost answer nobody knows if a call was carried out. `galleries` keeps pictures from showing twice. A
sentence may show twice, since that is better than not at all, but not again and again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog
from cachetools import LRUCache

from adapters.slack import messages
from adapters.slack.errors import (
    NO_ANSWER,
    NOT_FOUND,
    RateLimited,
    Refusal,
    closed_place,
    delivery_error,
    is_content_error,
    is_transient,
    is_uncertain,
    reason,
)
from adapters.slack.outbound.addresses import (
    EPHEMERAL_PREFIX,
    FILE_PREFIX,
    PRESSED_PREFIX,
    channel_of,
    describe,
    in_channel,
    is_direct,
    team_of,
    user_of,
)
from adapters.slack.outbound.galleries import Galleries, Unconfirmed, message_body
from adapters.slack.outbound.response_url import MOST_PROGRESS_USES, MOST_USES, ResponseUrls
from adapters.slack.outbound.web_api import Json, WebApi
from adapters.slack.render.cards import file_names
from bot import wording
from bot.port.cards import Card, Delivered, Ended, Notice, Panel, PictureList, Report, Working
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

CALL_ERRORS = (Refusal, RateLimited, DeliveryError, Unconfirmed, *NO_ANSWER)
# Posts of one sentence that may have arrived; before another one, Slack must answer something else.
MOST_LOST = 2
REMEMBERED_LOSSES = 1_000  # keys; more at once is an outage, in which Slack answers nothing else either
Attempt = Callable[[], Awaitable[MessageRef]]


class Posting:
    """The messages of one session. Raises only DeliveryError. `bot`: the name by which people invite it."""

    def __init__(self, web_api: WebApi, response_urls: ResponseUrls, galleries: Galleries, bot: str) -> None:
        self._web_api = web_api
        self._response_urls = response_urls
        self._galleries = galleries
        self._bot = bot
        # How often a sentence with this key may have arrived.
        self._losses: LRUCache[str, int] = LRUCache(REMEMBERED_LOSSES)

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        """Post a new message. If it is a direct message, the result names that channel."""
        async with self._map_errors(f"post in {describe(address)}"):
            match card:
                case Delivered() | Panel():
                    try:
                        return await self._post_gallery(address, card, key)
                    except Unconfirmed:
                        return await self._tell_unconfirmed(address, card, key)
                case Report() if card.chart or card.file:
                    return await self._post_report(address, card, key)
                case PictureList():
                    return await self._post_list(address, card, key)
            return await self._post_text(address, card, key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        """Replace a message's content. If nothing can revise it, it stays; then post an outcome anew."""
        async with self._map_errors(f"revise {message.id} in {describe(message.address)}"):
            if message.id.startswith(EPHEMERAL_PREFIX):
                if isinstance(card, Working):
                    return message
                return await self.post(message.address, card, key=message.id)
            if message.id.startswith(PRESSED_PREFIX):
                await self._replace_pressed(message, card)
            elif file_names(card):
                await self._galleries.revise(await self._locate(message), card)
            else:
                posted = await self._locate(message)
                files = await self._files_of(card)
                body = message_body(posted.address, card, files) | {"ts": posted.id}
                await self._web_api.call(team_of(posted.address), "chat.update", body, patience=0.0)
            return message

    async def delete(self, message: MessageRef) -> None:
        """Delete a message and its files. One that only its reader sees may stay, if nothing reaches it."""
        if not message.id or message.id.startswith(EPHEMERAL_PREFIX):
            return
        async with self._map_errors(f"delete {message.id} in {describe(message.address)}"):
            if message.id.startswith(PRESSED_PREFIX):
                await self._delete_pressed(message)
                return
            posted = await self._locate(message)
            # The files go first: while the message is there, people can press its button again.
            await self._galleries.delete_files(message)
            try:
                body = {"channel": channel_of(posted.address), "ts": posted.id}
                await self._web_api.call(team_of(posted.address), "chat.delete", body)
            except Refusal as error:
                if error.code not in NOT_FOUND:
                    raise

    async def picture_file(self, message: MessageRef, number: int) -> str:
        """Return Slack's id of one picture of a message, by its number from 1; "" if it is unknown."""
        return await self._galleries.file(message, number)

    async def _locate(self, message: MessageRef) -> MessageRef:
        """Return the message with its ts, which a new gallery may not have yet."""
        if not message.id.startswith(FILE_PREFIX):
            return message
        posted = await self._galleries.find(message)
        if posted is None:
            raise DeliveryError(messages.pictures_not_shown(describe(message.address)), retryable=True)
        return posted

    # --- pictures

    async def _post_gallery(self, address: Address, card: Delivered | Panel, key: str) -> MessageRef:
        if not address.private_to:
            try:
                return await self._galleries.post(address, card, key)
            except Refusal as error:
                raise self._closed(address, error) from error
        direct = await self._open_direct(address, address.private_to)
        return await self._galleries.post(direct, card, key)

    def _closed(self, address: Address, error: Refusal) -> DeliveryError:
        """Return the error of a channel that refused pictures, with the reason for people."""
        mapped = delivery_error(error, f"post in {describe(address)}")
        if not mapped.retryable:
            why = closed_place(error.code)
            mapped.sentence = (
                wording.NOT_BETWEEN_YOU if is_direct(address) else wording.not_here(self._bot, why)
            )
        return mapped

    async def _tell_unconfirmed(self, address: Address, card: Delivered | Panel, key: str) -> MessageRef:
        """Tell the requester alone that nobody knows whether the pictures can be seen."""
        log.warning("slack.unconfirmed", job=card.header.job, place=describe(address))
        private = replace(address, private_to=address.private_to or card.header.person)
        return await self._post_text(private, Notice(sentence=wording.unconfirmed("Slack")), f"{key}.told")

    async def _post_report(self, address: Address, card: Report, key: str) -> MessageRef:
        """Post a report's text at its address, and its chart and file as direct messages.

        An ephemeral message can have no file, so the text describes the chart. In a direct message with the
        bot, the chart and the text are one message.
        """
        report = None
        if not (is_direct(address) and card.chart):
            extra = wording.to_come(card, is_direct(address))
            report = await self._post_text(address, card, key, extra=extra)
        try:
            place = await self._open_direct(address, address.private_to)
            if card.chart:
                chart = await self._galleries.post(place, card, f"{key}.chart")
                report = report or chart
            if card.file:
                await self._galleries.post_file(place, card.file, card.title)
        except CALL_ERRORS as error:
            log.warning("slack.no_file", reason=reason(error))
            report = report or await self._post_text(address, card, key)
            if card.file:
                await self._post_text(address, Notice(sentence=wording.NOT_COME), f"{key}.told")
        assert report is not None
        return report

    async def _post_list(self, address: Address, card: PictureList, key: str) -> MessageRef:
        """Post a list with the pictures that Slack has of its jobs; without them if Slack shows none here."""
        if any(files := await self._files_of(card)):
            try:
                return await self._post_text(address, card, key, files=files)
            except Refusal as error:
                if not is_content_error(error):
                    raise
                log.info("slack.not_shown", way="list", reason=reason(error))
        return await self._post_text(address, card, key)

    async def _files_of(self, card: Card) -> list[str]:
        """Return Slack's ids of the pictures of a list, "" for a job without one; [] for another card."""
        jobs = card.jobs if isinstance(card, PictureList) else ()
        shown = [job.message if job.picture else None for job in jobs]
        return [await self.picture_file(message, 1) if message else "" for message in shown]

    async def _open_direct(self, address: Address, person: str) -> Address:
        """Return the direct channel of the bot and a person; the address itself if there is no person."""
        if not person:
            return address
        users = {"users": user_of(person)}
        response = await self._web_api.call(team_of(address), "conversations.open", users)
        return in_channel(address, str(response["channel"]["id"]))

    # --- text for one person

    async def _post_text(
        self, address: Address, card: Card, key: str, extra: Sequence[str] = (), files: Sequence[str] = ()
    ) -> MessageRef:
        """Post by the first way that works. If none does, raise a transient error if there was one.

        After too many lost answers, nothing is posted any more.
        """
        losses = self._losses.get(key, 0)
        if losses >= MOST_LOST:
            raise DeliveryError(messages.unconfirmed(f"post in {describe(address)}"), retryable=False)
        if losses:
            await self._web_api.call(team_of(address), "auth.test", {})
        errors: list[Exception] = []
        for attempt in self._attempts(address, card, key, extra, files):
            try:
                return await attempt()
            except CALL_ERRORS as error:
                log.info("slack.other_way", place=describe(address), reason=reason(error))
                errors.append(error)
        if any(map(is_uncertain, errors)):
            self._losses[key] = losses + 1
        if not errors:
            raise DeliveryError(messages.no_reader(f"post in {describe(address)}"), retryable=False)
        raise next((error for error in errors if is_transient(error)), errors[-1])

    def _attempts(
        self, address: Address, card: Card, key: str, extra: Sequence[str], files: Sequence[str]
    ) -> Iterator[Attempt]:
        reader, body = address.private_to, message_body(address, card, files, extra)
        if isinstance(card, Working | Ended):
            reader = reader or card.header.person
        is_for_all = not reader and isinstance(card, Report)
        if is_direct(address) or is_for_all:
            yield lambda: self._post_plain(address, body)
        if url := self._response_urls.url(address, limit=_most_uses(card)):
            yield lambda: self._post_response_url(url, address, body, key)
        if reader and not is_direct(address):
            yield lambda: self._post_ephemeral(address, body, reader)
        if reader:
            yield lambda: self._post_direct(address, body, reader)

    async def _post_plain(self, address: Address, body: Json) -> MessageRef:
        return MessageRef(address=address, id=await self._web_api.post(team_of(address), body))

    async def _post_response_url(self, url: str, address: Address, body: Json, key: str) -> MessageRef:
        ephemeral = {"response_type": "ephemeral", "replace_original": False}
        await self._response_urls.send(url, body | ephemeral)
        return MessageRef(address=address, id=f"{EPHEMERAL_PREFIX}{key}")

    async def _post_ephemeral(self, address: Address, body: Json, reader: str) -> MessageRef:
        body = body | {"user": user_of(reader)}
        response = await self._web_api.call(team_of(address), "chat.postEphemeral", body)
        return MessageRef(address=address, id=f"{EPHEMERAL_PREFIX}{response['message_ts']}")

    async def _post_direct(self, address: Address, body: Json, reader: str) -> MessageRef:
        place = await self._open_direct(address, reader)
        content = {name: value for name, value in body.items() if name != "thread_ts"}
        return await self._post_plain(place, content | {"channel": channel_of(place)})

    async def _replace_pressed(self, message: MessageRef, card: Card) -> None:
        """Replace a message through its response_url; skip a progress card if only the last uses are left."""
        if url := self._response_urls.url(message.address, limit=_most_uses(card)):
            files = await self._files_of(card)
            body = message_body(message.address, card, files) | {"replace_original": True}
            await self._response_urls.send(url, body)
        elif not isinstance(card, Working):
            sentence = messages.out_of_reach(f"revise {describe(message.address)}")
            raise DeliveryError(sentence, retryable=False)

    async def _delete_pressed(self, message: MessageRef) -> None:
        if url := self._response_urls.url(message.address):
            await self._response_urls.send(url, {"delete_original": True})
        else:
            log.info("slack.message_left", place=describe(message.address))

    @asynccontextmanager
    async def _map_errors(self, action: str) -> AsyncIterator[None]:
        try:
            yield
        except DeliveryError:
            raise
        except Exception as error:
            if self._web_api.session.closed:  # a closed session makes open calls fail in many ways
                raise DeliveryError(messages.connection_closed(action), retryable=True) from error
            raise delivery_error(error, action) from error


def _most_uses(card: Card) -> int:
    """Return how often a response_url may be used for a card, this time included."""
    return MOST_PROGRESS_USES if isinstance(card, Working) else MOST_USES
