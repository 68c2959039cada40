"""A gateway on loopback: as strict as the real ones, faulty on request, and exact about what it billed.

    async with FakeGateway() as gateway:
        gateway.next("slow", seconds=2)
        painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=4)

By hand: python -m tests.fakes.gateway --port 9000
"""

import argparse
import asyncio
import base64
import json
import ssl
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from aiohttp import web

from tests.fakes.chat_completions import ChatCompletions
from tests.fakes.gateway_rules import (
    TIERS,
    ImageCall,
    Picture,
    Rejection,
    UploadedPicture,
    check_call,
    check_edit,
    draw,
    token_micros,
    unauthorised,
    unit_micros,
    usage_of,
)

KEY = "sk-cg-fake"


class FakeGateway:
    """Answers `POST /v1/images/generations`, `POST /v1/images/edits`, `GET /v1/models`, and as `chat` does.

    `next` queues a behaviour for one coming call; without any, the gateway draws well. What works is billed
    at the catalog's list price x 1.5 as soon as it starts, even if nobody receives the answer.

    `counts`: whether answers say what they counted in tokens. `models`: the ids it lists.
    `heeds_mask`: whether what a mask protects stays.
    """

    def __init__(
        self, *, port: int = 0, delay: float = 0, single: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        self.chat = ChatCompletions()
        self.requests: list[ImageCall] = []
        self.fetches: list[Mapping[str, str]] = []  # headers of each request for a link
        self.sent = 0  # bytes of endless answers
        self.dripping = 0  # endless answers that a client still reads
        self.most_at_once = 0
        self.key = KEY
        self.counts = True
        self.heeds_mask = True
        self.models = [name for name, tier in TIERS.items() if tier.enabled is True]
        self._port = port
        self._tls = tls
        self._delay = delay
        self._single = single  # one picture per call, as some models require
        self._at_once = 0
        self._queue: deque[tuple[str, dict[str, Any]]] = deque()
        self._lists: deque[tuple[str, dict[str, Any]]] = deque()
        self._pictures: dict[str, Picture] = {}
        self._runner: web.AppRunner

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/images/generations", self._generate)
        app.router.add_post("/v1/images/edits", self._edit)
        app.router.add_post("/v1/chat/completions", self.chat.answer)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/pictures/{name}", self._picture)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def connections(self) -> int:
        """Count the clients that are connected."""
        return len(self._runner.server.connections) if self._runner.server else 0

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    @property
    def billed_micros(self) -> int:
        return sum(call.billed_micros for call in self.requests)

    def next(self, behaviour: str, **options: Any) -> None:
        """Queue ok, slow, status, raw, drip, endless, body, data or urls; `_do_…` lists the options."""
        self._behaviour(behaviour)
        self._queue.append((behaviour, options))

    def forget_queued(self) -> None:
        """Drop the behaviours that no call has used."""
        self._queue.clear()

    def next_list(self, behaviour: str, **options: Any) -> None:
        """Queue a behaviour for the next call for the list of models."""
        self._behaviour(behaviour)
        self._lists.append((behaviour, options))

    def _behaviour(self, name: str) -> Callable[..., Awaitable[web.StreamResponse]]:
        method: Callable[..., Awaitable[web.StreamResponse]] = getattr(self, f"_do_{name}")
        return method

    async def _models(self, request: web.Request) -> web.StreamResponse:
        if self._lists:
            name, options = self._lists.popleft()
            return await self._behaviour(name)(request, ImageCall({}, {}), **options)
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return unauthorised().response
        return web.json_response({"object": "list", "data": [{"id": model} for model in self.models]})

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, ImageCall(await request.json(), request.headers))

    async def _edit(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        call = ImageCall({}, request.headers)
        for part, value in form.items():
            if isinstance(value, str):
                call.body[part] = int(value) if part == "n" else value
                continue
            uploaded = UploadedPicture(part, value.filename, value.content_type, value.file.read())
            if part == "mask":
                call.mask = uploaded
            else:
                call.references.append(uploaded)
        return await self._answer(request, call, edit=True)

    async def _answer(
        self, request: web.Request, call: ImageCall, *, edit: bool = False
    ) -> web.StreamResponse:
        self.requests.append(call)
        try:
            if request.headers.get("Authorization") != f"Bearer {self.key}":
                raise unauthorised()
            check_call(call.body, limit=1 if self._single else 10)
            if edit:
                check_edit(call)
        except Rejection as rejection:
            return rejection.response
        await asyncio.sleep(self._delay)
        name, options = self._queue.popleft() if self._queue else ("ok", {})
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._behaviour(name)(request, call, **options)
        finally:
            self._at_once -= 1

    def _bill(self, call: ImageCall, count: int, quality: str = "") -> None:
        if not call.billed_micros:
            tokens = token_micros(call, usage_of(call, count, quality)) if call.body else 0
            call.billed_micros = count * unit_micros(call.body, quality) + tokens

    # --- behaviours

    async def _do_slow(self, request: web.Request, call: ImageCall, seconds: float) -> web.StreamResponse:
        """Bill, and draw after `seconds`."""
        self._bill(call, call.n)
        await asyncio.sleep(seconds)
        return await self._do_ok(request, call)

    async def _do_status(
        self,
        request: web.Request,
        call: ImageCall,
        status: int,
        body: Any = None,
        text: str = "",
        **more: Any,
    ) -> web.StreamResponse:
        """Answer a status with a JSON body, or with HTML text. `bill`: pictures billed nevertheless."""
        self._bill(call, more.get("bill", 0))
        headers = {"x-request-id": "req-fake", **more.get("headers", {})}
        if body is None:
            return web.Response(status=status, text=text, content_type="text/html", headers=headers)
        return web.json_response(body, status=status, headers=headers)

    async def _do_raw(self, request: web.Request, call: ImageCall, data: bytes = b"") -> web.StreamResponse:
        """Bill, write exactly these bytes as the whole response, and close the connection."""
        self._bill(call, call.n)
        transport = request.transport
        assert transport is not None
        transport.write(data)
        transport.close()
        return web.Response()

    async def _do_drip(
        self, request: web.Request, call: ImageCall, status: int = 200, pause: float = 0.02
    ) -> web.StreamResponse:
        """Bill, and send a byte after each pause until the client disconnects."""
        return await self._forever(request, call, status, b" ", pause)

    async def _do_endless(
        self, request: web.Request, call: ImageCall, status: int = 200
    ) -> web.StreamResponse:
        """Bill, and send as fast as possible until the client disconnects."""
        return await self._forever(request, call, status, b" " * (1 << 20), 0)

    async def _do_body(
        self, request: web.Request, call: ImageCall, body: bytes, **headers: str
    ) -> web.StreamResponse:
        """Bill, and answer 200 with these bytes."""
        self._bill(call, call.n)
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def _do_data(self, request: web.Request, call: ImageCall, **answer: Any) -> web.StreamResponse:
        """Bill, and answer 200 with this JSON object."""
        return await self._do_body(request, call, json.dumps(answer).encode())

    async def _do_ok(
        self, request: web.Request, call: ImageCall, count: int | None = None, **options: Any
    ) -> web.StreamResponse:
        """Draw and bill `count` pictures, with the options data, prefix, quality, size and format."""
        count = call.n if count is None else count
        self._bill(call, count, options.get("quality", ""))
        entries: list[dict[str, Any]] = []
        for index in range(count):
            data = options.get("data") or draw(
                call, index, options.get("size"), options.get("format", ""), heeds_mask=self.heeds_mask
            )
            encoded = base64.b64encode(data).decode()
            entries.append({"b64_json": options.get("prefix", "") + encoded, "revised_prompt": None})
        quality = {"quality": options["quality"]} if "quality" in options else {}
        usage = {"usage": usage_of(call, count, options.get("quality", ""))} if self.counts else {}
        answer = {"created": 1, "data": entries, **quality, **usage}
        return web.json_response(answer, headers={"x-request-id": "req-fake"})

    async def _do_urls(
        self, request: web.Request, call: ImageCall, links: list[str] | None = None, **picture: Any
    ) -> web.StreamResponse:
        """Draw, and answer with `links`, or with links to this gateway that have the options of Picture."""
        self._bill(call, call.n)
        if links is None:
            links = []
            for index in range(call.n):
                name = f"{len(self._pictures)}"
                options = {"data": draw(call, index, None, ""), **picture}
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
        self, request: web.Request, call: ImageCall, status: int, piece: bytes, pause: float
    ) -> web.StreamResponse:
        self._bill(call, call.n)
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
