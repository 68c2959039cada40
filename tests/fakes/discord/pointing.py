"""Pointing an unmodified discord.py at another Discord, and back again.

A plain `Client` does not ask GET /gateway/bot for the gateway but opens `DiscordWebSocket.DEFAULT_GATEWAY`,
so both the REST base and the gateway are set.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route


def point(base: str) -> None:
    """Let discord.py use `base` from now on, such as http://127.0.0.1:4000/api/v10."""
    url = yarl.URL(base)
    Route.BASE = base
    scheme = "wss" if url.scheme == "https" else "ws"
    DiscordWebSocket.DEFAULT_GATEWAY = url.with_scheme(scheme).with_path("/gateway/")


@contextmanager
def pointed(base: str) -> Iterator[None]:
    """Let discord.py use `base` within the block."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    point(base)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
