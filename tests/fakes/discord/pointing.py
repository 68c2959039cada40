"""Pointing an unmodified discord.py at another Discord, and back again.

A plain `Client` never asks GET /gateway/bot: it opens `DiscordWebSocket.DEFAULT_GATEWAY`. So both are set.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route


def point(base: str) -> None:
    """From now on discord.py speaks to `base`, such as http://127.0.0.1:4000/api/v10."""
    url = yarl.URL(base)
    Route.BASE = base
    scheme = "wss" if url.scheme == "https" else "ws"
    DiscordWebSocket.DEFAULT_GATEWAY = url.with_scheme(scheme).with_path("/gateway/")


@contextmanager
def pointed(base: str) -> Iterator[None]:
    """Within this, discord.py speaks to `base`."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    point(base)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
