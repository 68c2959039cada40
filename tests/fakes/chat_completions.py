"""The language models of the fake gateway: `POST /v1/chat/completions`, exact about what it billed."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from quotas.catalog import load_catalog

MODELS = load_catalog().prompt_models
TEXT = "a red fox in deep snow, low winter sun, seen from close by"
NO_MODEL = {"error": {"code": "model_not_found", "message": "The model does not exist"}}
LETTERS = 4  # of a token


@dataclass(slots=True)
class ChatCall:
    """One call, as it arrived, with the amount billed for it."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    billed_micros: int = 0


@dataclass
class ChatCompletions:
    """Answers well unless `next` queued otherwise; what it generates is billed at list price x 1.5."""

    calls: list[ChatCall] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    models: set[str] = field(default_factory=lambda: set(MODELS))
    _queue: deque[dict[str, Any]] = field(default_factory=deque)

    @property
    def billed_micros(self) -> int:
        return sum(call.billed_micros for call in self.calls)

    def next(self, **options: Any) -> None:
        """Queue an answer: text, usage (None: not told), choice; status, body; or cut, hangs, raw (bytes)."""
        self._queue.append(options)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        call = ChatCall(await request.json(), request.headers)
        self.calls.append(call)
        self.asked.set()
        options = self._queue.popleft() if self._queue else {}
        if call.body["model"] not in self.models:
            return web.json_response(NO_MODEL, status=404)
        if "status" in options:
            return web.json_response(options.get("body"), status=options["status"])
        text = options.get("text", TEXT)
        sent = len(json.dumps(call.body["messages"][0]["content"])) // LETTERS + self._seen(call)
        written = min(len(text) // LETTERS, call.body["max_tokens"])
        call.billed_micros = bill(call.body["model"], sent, written)
        if options.get("hangs"):
            await asyncio.Event().wait()
        if "cut" in options:
            assert request.transport is not None
            request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
            request.transport.close()
            return web.Response()
        if "raw" in options:
            return web.Response(body=options["raw"], content_type="application/json")
        usage = options.get("usage", {"prompt_tokens": sent, "completion_tokens": written})
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        answer = {"choices": [choice | options.get("choice", {})]} | ({"usage": usage} if usage else {})
        return web.json_response(answer, headers={"x-request-id": f"chat-{len(self.calls)}"})

    def _seen(self, call: ChatCall) -> int:
        """Count a picture as 700 tokens, and a text by its letters."""
        content = call.body["messages"][1]["content"]
        return len(content) // LETTERS if isinstance(content, str) else 700


def bill(model: str, sent: int, written: int) -> int:
    """Return the list price of these tokens x 1.5 in micro-dollars, rounded half up."""
    price = MODELS[model]
    halves = 3 * (sent * price.text_in + written * price.text_out)
    return (halves + 1_000_000) // 2_000_000
