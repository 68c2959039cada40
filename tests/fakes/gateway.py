"""A gateway on loopback: as strict as the real ones, as faulty as asked, and honest about what it billed.

    async with FakeGateway() as gateway:
        gateway.next("slow", seconds=2)
        painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=4)

By hand: python -m tests.fakes.gateway --port 9000
"""

import argparse
import asyncio
import base64
import json
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from aiohttp import web

from tests.fakes.gateway_rules import (
    TIERS,
    Asked,
    Complains,
    Picture,
    drawn,
    insist,
    unauthorised,
    unit_micros,
)

KEY = "sk-cg-fake"


class FakeGateway:
    """Answers `POST /v1/images/generations` and `GET /v1/models`.

    `next` queues a behaviour for one coming request, in order; without any, it draws well. Whatever works is
    billed at the catalog's list price x 1.5 as soon as it starts, whether or not anybody hears the answer.
    """

    def __init__(self, *, port: int = 0, delay: float = 0, single: bool = False) -> None:
        self.requests: list[Asked] = []
        self.fetches: list[Mapping[str, str]] = []  # headers of each request for a link
        self.sent = 0  # bytes of endless answers
        self.dripping = 0  # endless answers that somebody still reads
        self.most_at_once = 0
        self.key = KEY
        self._port = port
        self._delay = delay
        self._single = single  # one picture per call, as some models have it
        self._at_once = 0
        self._queue: deque[tuple[str, dict[str, Any]]] = deque()
        self._lists: deque[tuple[str, dict[str, Any]]] = deque()
        self._pictures: dict[str, Picture] = {}
        self._runner: web.AppRunner

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/images/generations", self._generate)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/pictures/{name}", self._picture)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    @property
    def billed_micros(self) -> int:
        return sum(asked.billed_micros for asked in self.requests)

    def next(self, behaviour: str, **options: Any) -> None:
        """Queue one of: ok, slow, status, raw, drip, endless, body, data, urls; `_do_…` tells the options."""
        self._behaviour(behaviour)
        self._queue.append((behaviour, options))

    def next_list(self, behaviour: str, **options: Any) -> None:
        """The same, for the next time the models are asked for."""
        self._behaviour(behaviour)
        self._lists.append((behaviour, options))

    def _behaviour(self, name: str) -> Callable[..., Awaitable[web.StreamResponse]]:
        found: Callable[..., Awaitable[web.StreamResponse]] = getattr(self, f"_do_{name}")
        return found

    async def _models(self, request: web.Request) -> web.StreamResponse:
        if self._lists:
            name, options = self._lists.popleft()
            return await self._behaviour(name)(request, Asked({}, {}), **options)
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return unauthorised().response
        return web.json_response({"object": "list", "data": [{"id": model} for model in TIERS]})

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(await request.json(), request.headers)
        self.requests.append(asked)
        try:
            if request.headers.get("Authorization") != f"Bearer {self.key}":
                raise unauthorised()
            insist(asked.body, most=1 if self._single else 10)
        except Complains as complaint:
            return complaint.response
        await asyncio.sleep(self._delay)
        name, options = self._queue.popleft() if self._queue else ("ok", {})
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._behaviour(name)(request, asked, **options)
        finally:
            self._at_once -= 1

    def _bill(self, asked: Asked, count: int, quality: str = "") -> None:
        if not asked.billed_micros:
            asked.billed_micros = count * unit_micros(asked.body, quality)

    # What it can be told to do.

    async def _do_slow(self, request: web.Request, asked: Asked, seconds: float) -> web.StreamResponse:
        """Bill, and draw after so many seconds."""
        self._bill(asked, asked.n)
        await asyncio.sleep(seconds)
        return await self._do_ok(request, asked)

    async def _do_status(
        self, request: web.Request, asked: Asked, status: int, body: Any = None, text: str = "", **more: Any
    ) -> web.StreamResponse:
        """Answer a status with a JSON body, or HTML text; `headers`; `bill`: pictures billed all the same."""
        self._bill(asked, more.get("bill", 0))
        headers = {"x-request-id": "req-fake", **more.get("headers", {})}
        if body is None:
            return web.Response(status=status, text=text, content_type="text/html", headers=headers)
        return web.json_response(body, status=status, headers=headers)

    async def _do_raw(self, request: web.Request, asked: Asked, data: bytes = b"") -> web.StreamResponse:
        """Bill, write these very bytes, head and all, and close the connection."""
        self._bill(asked, asked.n)
        transport = request.transport
        assert transport is not None
        transport.write(data)
        transport.close()
        return web.Response()

    async def _do_drip(
        self, request: web.Request, asked: Asked, status: int = 200, pause: float = 0.02
    ) -> web.StreamResponse:
        """Bill, and send a byte now and then for as long as anybody listens."""
        return await self._forever(request, asked, status, b" ", pause)

    async def _do_endless(self, request: web.Request, asked: Asked, status: int = 200) -> web.StreamResponse:
        """Bill, and send as fast as can be for as long as anybody listens."""
        return await self._forever(request, asked, status, b" " * (1 << 20), 0)

    async def _do_body(
        self, request: web.Request, asked: Asked, body: bytes, **headers: str
    ) -> web.StreamResponse:
        """Bill, and answer 200 with these bytes."""
        self._bill(asked, asked.n)
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def _do_data(self, request: web.Request, asked: Asked, **answer: Any) -> web.StreamResponse:
        """Bill, and answer 200 with this JSON object."""
        return await self._do_body(request, asked, json.dumps(answer).encode())

    async def _do_ok(
        self, request: web.Request, asked: Asked, count: int | None = None, **how: Any
    ) -> web.StreamResponse:
        """Draw and bill `count` pictures; `data`: their bytes; `prefix`, `quality`, `size`, `format`."""
        count = asked.n if count is None else count
        self._bill(asked, count, how.get("quality", ""))
        entries: list[dict[str, Any]] = []
        for index in range(count):
            data = how.get("data") or drawn(asked.body, index, how.get("size"), how.get("format", ""))
            encoded = base64.b64encode(data).decode()
            entries.append({"b64_json": how.get("prefix", "") + encoded, "revised_prompt": None})
        quality = {"quality": how["quality"]} if "quality" in how else {}
        answer = {"created": 1, "data": entries, **quality}
        return web.json_response(answer, headers={"x-request-id": "req-fake"})

    async def _do_urls(
        self, request: web.Request, asked: Asked, links: list[str] | None = None, **picture: Any
    ) -> web.StreamResponse:
        """Draw, and answer with links: to itself, with the options of Picture; or these very ones."""
        self._bill(asked, asked.n)
        if links is None:
            links = []
            for index in range(asked.n):
                name = f"{len(self._pictures)}"
                options = {"data": drawn(asked.body, index, None, ""), **picture}
                self._pictures[name] = Picture(**options)
                links.append(f"{self.origin}/pictures/{name}")
        return web.json_response({"created": 1, "data": [{"url": link} for link in links]})

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        self.fetches.append(request.headers)
        picture = self._pictures[request.match_info["name"]]
        if picture.failures:
            picture.failures -= 1
            return web.Response(status=500)
        if picture.redirects:
            picture.redirects -= 1
            raise web.HTTPFound(picture.to or request.path)
        return web.Response(status=picture.status, body=picture.data, headers=picture.headers)

    async def _forever(
        self, request: web.Request, asked: Asked, status: int, piece: bytes, pause: float
    ) -> web.StreamResponse:
        self._bill(asked, asked.n)
        response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
        await response.prepare(request)
        self.dripping += 1
        try:
            while request.transport is not None and not request.transport.is_closing():
                await response.write(piece)
                self.sent += len(piece)
                await asyncio.sleep(pause)
        except ConnectionError:
            pass
        finally:
            self.dripping -= 1
        return response


async def _serve(port: int, delay: float) -> None:
    async with FakeGateway(port=port, delay=delay) as gateway:
        sys.stdout.write(f"CODEGATEWAY_BASE_URL={gateway.base_url}\nCODEGATEWAY_API_KEY={gateway.key}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A gateway for trying things by hand.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=1.0, help="seconds each drawing takes")
    options = parser.parse_args()
    try:
        asyncio.run(_serve(options.port, options.delay))
    except KeyboardInterrupt:
        sys.exit(0)
