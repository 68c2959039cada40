"""Uploads to Slack: all files of a card at the same time, but those of only a few cards at once.

An upload takes three calls: one for a URL, one that sends the file there, and one that completes all of a
card's files. Slack then processes each file, and shows none before that.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.common.pictures import PictureReader
from adapters.common.upload import Upload
from adapters.slack.errors import NO_ANSWER, NOT_FOUND, Refusal, is_transient, reason
from adapters.slack.outbound.pictures import File, prepare
from adapters.slack.outbound.web_api import WebApi
from bot.port.cards import Card
from bot.port.cards import File as TextFile

log = structlog.get_logger()

CARDS_AT_ONCE = 6  # cards whose pictures are in memory at the same time; the others' are not fetched yet
UPLOAD_SECONDS = 120.0  # the longest that sending one file may take
# Seconds after each look at a file: 20 s in all; after that Slack itself has given up.
LOOKS = (0.3, 0.5, 0.7, 1.0, 1.5, *[2.0] * 8)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A card's files at Slack: their ids and titles. `extra`: remarks about them."""

    files: tuple[str, ...]
    titles: tuple[str, ...]
    extra: tuple[str, ...]


class Uploads:
    """The files of cards at Slack. Raises as `WebApi.call` and `prepare` do.

    `slots`: limits the cards whose pictures are in memory.
    """

    def __init__(self, web_api: WebApi, read: PictureReader, slots: asyncio.Semaphore) -> None:
        self._web_api = web_api
        self._read = read
        self._slots = slots

    async def upload(self, team: str, card: Card) -> Uploaded:
        """Upload a card's pictures. Nobody sees them before `complete`."""
        async with self._slots:
            prepared = await prepare(card, self._read)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(team, file)) for file in prepared.files]
        outcomes = [task.result() for task in tasks]
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        ids = tuple(outcome for outcome in outcomes if isinstance(outcome, str))
        return Uploaded(ids, tuple(file.name for file in prepared.files), prepared.extra)

    async def upload_file(self, team: str, file: TextFile) -> Uploaded:
        """Upload a file that is no picture."""
        async with self._slots:
            id_ = await self._upload(team, File(file.name, file.data, ""))
        return Uploaded((id_,), (file.name,), ())

    async def _outcome(self, team: str, file: File) -> str | Exception:
        """Upload a file; return its id, or the error, which a task group would wrap in another."""
        try:
            return await self._upload(team, file)
        except Exception as error:
            return error

    async def _upload(self, team: str, file: File) -> str:
        """Upload a file, with a second try if no answer came; return its id.

        The first URL may be used up: the second try takes a new one. A file that arrived twice does no harm.
        """
        try:
            return await self._try(team, file)
        except NO_ANSWER:
            return await self._try(team, file)

    async def _try(self, team: str, file: File) -> str:
        about = {"filename": file.name, "length": str(len(file.data))}
        about |= {"alt_txt": file.alt} if file.alt else {}
        target = await self._web_api.call(team, "files.getUploadURLExternal", about)
        proxy = self._web_api.client().proxy
        async with asyncio.timeout(UPLOAD_SECONDS):
            body = Upload(file.data)
            async with self._web_api.session.post(target["upload_url"], data=body, proxy=proxy) as answer:
                if answer.status != 200:
                    raise Refusal("", answer.status)
        return str(target["file_id"])

    async def complete(self, team: str, uploaded: Uploaded, **place: str) -> None:
        """Complete the upload of files.

        `place`: channel_id and more; the files then show there as one message. Without it nobody sees them.
        """
        pairs = zip(uploaded.files, uploaded.titles, strict=True)
        files = [{"id": file, "title": title} for file, title in pairs]
        await self._web_api.call(team, "files.completeUploadExternal", {"files": files, **place})

    async def wait_ready(self, team: str, files: Sequence[str]) -> bool:
        """Wait until Slack has processed these files; return False if it takes too long."""
        for file in files:
            for pause in LOOKS:
                if (await self._info(team, file)).get("mimetype"):
                    break
                await asyncio.sleep(pause)
            else:
                return False
        return True

    async def find_message(self, team: str, file: str, channel: str, *, looks: int = len(LOOKS)) -> str:
        """Return the ts of the message in a channel that shows a file; "" if there is none yet.

        `looks`: how often to look before giving up.
        """
        for pause in LOOKS[:looks]:
            if ts := _shared_ts(await self._info(team, file), channel):
                return ts
            await asyncio.sleep(pause)
        return ""

    async def is_complete(self, team: str, file: str) -> bool:
        """Return whether Slack knows a file, as it does once the file's upload is complete."""
        return bool(await self._info(team, file))

    async def delete(self, team: str, files: Sequence[str]) -> None:
        """Delete files. Skip those that are gone or that Slack does not delete; raise transient errors."""
        for file in files:
            try:
                await self._web_api.call(team, "files.delete", {"file": file})
            except Refusal as error:
                if is_transient(error):
                    raise
                if error.code not in NOT_FOUND:
                    log.warning("slack.file_left", team=team, reason=reason(error))

    async def _info(self, team: str, file: str) -> Mapping[str, Any]:
        """Return Slack's description of a file; {} if there is no such file, or none yet."""
        try:
            response = await self._web_api.call(team, "files.info", {"file": file})
        except Refusal as error:
            if error.code not in NOT_FOUND:
                raise
            return {}
        return response.get("file") or {}


def _shared_ts(file: Mapping[str, Any], channel: str) -> str:
    shares = file.get("shares") or {}
    in_channel = [share for visibility in shares.values() for share in visibility.get(channel, [])]
    return str(in_channel[0]["ts"]) if in_channel else ""
