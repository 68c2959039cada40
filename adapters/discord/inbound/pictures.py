"""Pictures that people send on Discord, and those of a message whose *Edit this* form is open."""

import json
import mimetypes
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

import aiohttp
import discord

from adapters.common.download import download
from bot import wording
from bot.commands.registry import MAX_REFERENCES
from bot.port.protocols import KeyValue
from bot.port.requests import FileUnavailable, SentFile

# docs.discord.com/developers/reference, "Signed Attachment CDN URLs"
CDN = frozenset(("https://cdn.discordapp.com", "https://media.discordapp.net"))
KEPT_SECONDS = 3_600  # that a form may stay open
MOST_KEPT = 500  # forms that are open at once
_PREFIX = "edit:"


class Pictures:
    """Reads attachments from Discord's own hosts, without the bot's token.

    `store`: keeps the links of open forms, which outlive the process.
    """

    def __init__(
        self, store: KeyValue, clock: Callable[[], float], *, origins: Collection[str] = CDN
    ) -> None:
        self._store = store
        self._clock = clock
        self._origins = origins

    def sent(self, attachments: Iterable[discord.Attachment]) -> tuple[SentFile, ...]:
        """Return the attachments of an interaction as files; they are read later."""
        return tuple(self._file(each.filename, each.url) for each in attachments)

    async def keep(self, person: str, attachments: Iterable[discord.Attachment]) -> str:
        """Keep a person's choice of pictures until their form comes; return the id to take it by."""
        await self._drop_old()
        name = secrets.token_hex(8)
        until = int(self._clock()) + KEPT_SECONDS
        choice = [person, until, [[each.filename, each.url] for each in attachments]]
        await self._store.put(_PREFIX + name, json.dumps(choice), (person,))
        return name

    async def take(self, person: str, name: str) -> tuple[SentFile, ...]:
        """Return the pictures of a form, once. () if it is over, or another person's."""
        text = await self._store.get(_PREFIX + name)
        owner, until, files = json.loads(text) if text else ("", 0, [])
        if owner != person or until <= self._clock():
            return ()
        await self._store.delete(_PREFIX + name)
        return tuple(self._file(file, url) for file, url in files)

    async def _drop_old(self) -> None:
        kept = await self._store.items(_PREFIX, 2 * MOST_KEPT)
        surplus = max(0, len(kept) - MOST_KEPT + 1)
        for place, (key, text) in enumerate(kept):
            if place < surplus or json.loads(text)[1] <= self._clock():
                await self._store.delete(key)

    def _file(self, name: str, url: str) -> SentFile:
        return SentFile(name=name, read=partial(self._read, name, url))

    async def _read(self, name: str, url: str, limit: int) -> bytes:
        # A session of its own has no cookies and no headers of the bot's.
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            answer = await download(session, url, name=name, limit=limit, origins=self._origins)
        if answer.redirects:
            raise FileUnavailable(wording.file_not_fetched(name))
        return answer.data


def pictures_of(message: discord.Message) -> list[discord.Attachment]:
    """List a message's first pictures, or those of the message that it forwards."""
    attachments: Sequence[discord.Attachment] = message.attachments
    if not attachments and message.message_snapshots:
        attachments = message.message_snapshots[0].attachments
    return [each for each in attachments if _is_picture(each)][:MAX_REFERENCES]


def _is_picture(attachment: discord.Attachment) -> bool:
    kind = attachment.content_type or mimetypes.guess_type(attachment.filename)[0] or ""
    return kind.startswith("image/")
