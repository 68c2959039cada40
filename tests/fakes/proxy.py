"""A little reverse proxy before a server, which hands requests on as well-known proxies do."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Literal

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

# caddy: the Host as it came, with X-Forwarded-*; nginx: as without any setting; bare: without a trace.
Manner = Literal["caddy", "nginx", "bare"]
PUBLIC = "bot.example.com"
_HOP = ("host", "connection", "content-length", "transfer-encoding")


@asynccontextmanager
async def proxy(target: str, manner: Manner = "caddy") -> AsyncIterator[str]:
    """Run a proxy before the server at `target`; yield the proxy's address."""
    version = aiohttp.HttpVersion10 if manner == "nginx" else aiohttp.HttpVersion11
    async with aiohttp.ClientSession(version=version, auto_decompress=False) as session:

        async def hand_on(request: web.Request) -> web.Response:
            url = URL(target).join(request.rel_url)
            headers = _headers(request.headers, request.remote or "", manner)
            body = await request.read()
            async with session.request(
                request.method, url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _HOP]
                return web.Response(status=answer.status, body=await answer.read(), headers=dict(kept))

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", hand_on)
        async with TestServer(app) as server:
            yield str(server.make_url(""))


def _headers(sent: Mapping[str, str], remote: str, manner: Manner) -> dict[str, str]:
    headers = {name: value for name, value in sent.items() if name.lower() not in _HOP}
    if manner == "caddy":
        headers |= {"Host": PUBLIC, "X-Forwarded-For": remote, "X-Forwarded-Proto": "https"}
    return headers
