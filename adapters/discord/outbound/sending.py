"""One message on its way: a bound on uploads, a bound on time, and what is too large for Discord."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord
import structlog

from adapters.common.pictures import PictureReader
from adapters.discord import errors
from adapters.discord.ids import PLATFORM
from adapters.discord.outbound.message import Outgoing, prepare
from adapters.discord.outbound.state import Memory
from adapters.discord.render.cards import names
from adapters.discord.render.limits import FILE_LIMIT
from bot.port.cards import Card
from bot.port.requests import Address

T = TypeVar("T")
log = structlog.get_logger()

CALL_SECONDS = 180.0  # of one call, discord.py's own repeats and waits in it: some of these have no bound


class Sending:
    """Sends cards for one client. `pictures` gives a picture's bytes by its key."""

    def __init__(
        self, client: discord.Client, pictures: PictureReader, memory: Memory, *, spoiler: bool
    ) -> None:
        self._client = client
        self._pictures = pictures
        self._spoiler = spoiler
        self._uploads = memory.uploads

    async def send(self, card: Card, address: Address, call: Callable[[Outgoing], Awaitable[T]]) -> T:
        """`call` with the card made ready; where Discord finds it too large, once more with smaller files."""
        limit = self._file_limit(address)
        async with self._uploads if names(card) else contextlib.nullcontext(), asyncio.timeout(CALL_SECONDS):
            try:
                return await call(await self._prepared(card, limit))
            except discord.HTTPException as error:
                if not errors.is_too_large(error):
                    raise
                log.info("discord.too_large", limit=limit)
            smaller = min(limit // 2, FILE_LIMIT)  # a server may have lost its boosts meanwhile
            return await call(await self._prepared(card, smaller))

    async def _prepared(self, card: Card, limit: int) -> Outgoing:
        return await prepare(card, self._pictures, limit=limit, spoiler=self._spoiler)

    def _file_limit(self, address: Address) -> int:
        """Bytes of one file: more than everybody's where a server's boosts allow it."""
        platform, _, number = address.workspace.partition(":")
        guild = self._client.get_guild(int(number)) if platform == PLATFORM else None
        return guild.filesize_limit if guild else FILE_LIMIT
