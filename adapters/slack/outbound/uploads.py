"""Files on their way to Slack: a card's at the same time, of few cards at once; and what becomes of them.

An upload is three calls: for a place, to it, and one that completes all of a card's. Slack then looks at
each file, and shows none before it has.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.common.pictures import PictureReader
from adapters.common.upload import Upload
from adapters.slack.errors import GONE, NO_ANSWER, Refusal, is_passing, reason
from adapters.slack.outbound.pictures import File, fit
from adapters.slack.outbound.web_api import Calls
from bot.port.cards import Card
from bot.port.cards import File as Keepsake

log = structlog.get_logger()

CARDS_AT_ONCE = 6  # whose pictures are in memory: fetched when their turn comes, and let go after it
UPLOAD_SECONDS = 120.0  # of one file
LOOKS = (0.3, 0.5, 0.7, 1.0, 1.5, *[2.0] * 8)  # seconds between looks at a file: 20 s, and Slack has given up


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A card's files at Slack. `extra`: what is to be said about them."""

    files: tuple[str, ...]
    titles: tuple[str, ...]
    extra: tuple[str, ...]


class Uploads:
    """`room`: bounds the cards whose pictures are in memory. Raises as `Calls.ask` and `fit` do."""

    def __init__(self, calls: Calls, pictures: PictureReader, room: asyncio.Semaphore) -> None:
        self._calls = calls
        self._pictures = pictures
        self._room = room

    async def upload(self, team: str, card: Card) -> Uploaded:
        """Bring a card's pictures to Slack, where nobody sees them before `complete`."""
        async with self._room:
            fitted = await fit(card, self._pictures)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(team, file)) for file in fitted.files]
        outcomes = [task.result() for task in tasks]
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        files = tuple(outcome for outcome in outcomes if isinstance(outcome, str))
        return Uploaded(files, tuple(file.name for file in fitted.files), fitted.extra)

    async def upload_file(self, team: str, file: Keepsake) -> Uploaded:
        """The same for a file that is no picture."""
        async with self._room:
            place = await self._upload(team, File(file.name, file.data, ""))
        return Uploaded((place,), (file.name,), ())

    async def _outcome(self, team: str, file: File) -> str | Exception:
        """The error as a value: a group of tasks would wrap it, and this is to be told as it is."""
        try:
            return await self._upload(team, file)
        except Exception as error:
            return error

    async def _upload(self, team: str, file: File) -> str:
        try:
            return await self._try(team, file)
        except NO_ANSWER:  # the place may have been used up: another one, and no harm is done
            return await self._try(team, file)

    async def _try(self, team: str, file: File) -> str:
        asked = {"filename": file.name, "length": str(len(file.data))}
        asked |= {"alt_txt": file.alt} if file.alt else {}
        place = await self._calls.ask(team, "files.getUploadURLExternal", asked)
        proxy = self._calls.client().proxy
        async with asyncio.timeout(UPLOAD_SECONDS):
            body = Upload(file.data)
            async with self._calls.session.post(place["upload_url"], data=body, proxy=proxy) as answer:
                if answer.status != 200:
                    raise Refusal("", answer.status)
        return str(place["file_id"])

    async def complete(self, team: str, uploaded: Uploaded, **where: str) -> None:
        """Hand the files over. `where`: channel_id and more, to show them there as one message."""
        pairs = zip(uploaded.files, uploaded.titles, strict=True)
        listed = [{"id": file, "title": title} for file, title in pairs]
        await self._calls.ask(team, "files.completeUploadExternal", {"files": listed, **where})

    async def wait_seen(self, team: str, files: Sequence[str]) -> bool:
        """Wait until Slack has looked at these; False where it takes too long."""
        for file in files:
            for pause in LOOKS:
                if (await self._info(team, file)).get("mimetype"):
                    break
                await asyncio.sleep(pause)
            else:
                return False
        return True

    async def shown_as(self, team: str, file: str, channel: str, *, looks: int = len(LOOKS)) -> str:
        """The ts of the message in a channel that shows a file; "" where there is none yet."""
        for pause in LOOKS[:looks]:
            if ts := _share(await self._info(team, file), channel):
                return ts
            await asyncio.sleep(pause)
        return ""

    async def delete(self, team: str, files: Sequence[str]) -> None:
        """One that is gone already, or will not go, is no error. Raises what may pass."""
        for file in files:
            try:
                await self._calls.ask(team, "files.delete", {"file": file})
            except Refusal as error:
                if is_passing(error):
                    raise
                if error.code not in GONE:
                    log.warning("slack.file_left", team=team, reason=reason(error))

    async def _info(self, team: str, file: str) -> Mapping[str, Any]:
        """{} where there is no such file, or none yet."""
        try:
            told = await self._calls.ask(team, "files.info", {"file": file})
        except Refusal as error:
            if error.code not in GONE:
                raise
            return {}
        return told.get("file") or {}


def _share(file: Mapping[str, Any], channel: str) -> str:
    shares = file.get("shares") or {}
    there = [share for side in shares.values() for share in side.get(channel, [])]
    return str(there[0]["ts"]) if there else ""
