"""Sending one message: bounds on uploads and time, and a second try if Discord finds it too large.

No other call is repeated behind our back: `OneAnswer` keeps discord.py from it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar, cast

import aiohttp
import discord
import structlog

from adapters.common.pictures import PictureReader
from adapters.discord import errors
from adapters.discord.ids import PLATFORM
from adapters.discord.outbound.message import OutgoingMessage, prepare
from adapters.discord.outbound.state import PostingState
from adapters.discord.render.cards import names
from adapters.discord.render.limits import FILE_LIMIT, MIB
from bot.port.cards import Card
from bot.port.requests import Address

T = TypeVar("T")
log = structlog.get_logger()

SMALLEST_LIMIT = MIB  # bytes of one file; Discord takes at least ten times as many
CALL_SECONDS = 180.0  # of one call with discord.py's own repeats and waits, some of which have no bound


class OneAnswer:
    """A session for one call that posts something.

    discord.py repeats a call that ended in a server error, though Discord may have carried it out. Here the
    repetition fails, as if the connection was lost. A call that Discord's rate limit refused is repeated.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._is_lost = False

    @classmethod
    def of(cls, session: aiohttp.ClientSession) -> aiohttp.ClientSession:
        return cast(aiohttp.ClientSession, cls(session))

    @contextlib.asynccontextmanager
    async def request(self, *args: Any, **more: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._is_lost:
            raise aiohttp.ClientConnectionError("not repeated")
        self._is_lost = True
        async with self._session.request(*args, **more) as response:
            self._is_lost = response.status >= 500
            yield response


class CardSender:
    """Prepares and sends cards for one client. `pictures`: returns a picture's bytes by its key."""

    def __init__(
        self, client: discord.Client, pictures: PictureReader, state: PostingState, *, spoiler: bool
    ) -> None:
        self._client = client
        self._pictures = pictures
        self._spoiler = spoiler
        self._uploads = state.uploads

    async def send(self, card: Card, address: Address, call: Callable[[OutgoingMessage], Awaitable[T]]) -> T:
        """Call `call` with the prepared card; if Discord finds it too large, again with smaller files."""
        limit = self._file_limit(address)
        async with self._uploads if names(card) else contextlib.nullcontext(), asyncio.timeout(CALL_SECONDS):
            while True:
                try:
                    return await call(await self._prepare(card, limit))
                except discord.HTTPException as error:
                    if not errors.is_too_large(error) or limit <= SMALLEST_LIMIT:
                        raise
                    log.info("discord.too_large", limit=limit)
                limit = min(limit // 4, FILE_LIMIT)  # a server may have lost its boosts meanwhile

    async def _prepare(self, card: Card, limit: int) -> OutgoingMessage:
        return await prepare(card, self._pictures, limit=limit, spoiler=self._spoiler)

    def _file_limit(self, address: Address) -> int:
        """Return the bytes of one file: more than usual if a server's boosts allow it."""
        platform, _, number = address.workspace.partition(":")
        guild = self._client.get_guild(int(number)) if platform == PLATFORM else None
        return guild.filesize_limit if guild else FILE_LIMIT
