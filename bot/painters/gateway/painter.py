"""The painter that draws through an OpenAI-compatible gateway: it decides when to ask, and when to ask again.

Only a call that was certainly not carried out is repeated, because every other one may be billed.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import structlog
from aiohttp.abc import AbstractResolver

from bot import wording
from bot.painters.gateway.circuit_breaker import CircuitBreaker
from bot.painters.gateway.download import Downloader
from bot.painters.gateway.errors import ApiError, Refusal, classify, is_doubtful, read_error, retry_after
from bot.painters.gateway.http import HttpExchange, Reply
from bot.painters.gateway.memory_budget import EXPECTED_BYTES, Lease, MemoryBudget, answer_bytes
from bot.painters.gateway.models import list_models
from bot.painters.gateway.outcomes import (
    highest_cost,
    merge,
    outcome_of_refusal,
    outcome_of_response,
    with_call_id,
)
from bot.painters.gateway.request import request_fields
from bot.painters.gateway.response import ImageResponse, check_or_none, parse_response
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder, Unknown
from quotas.catalog import Tier

TRIES = 3  # the first, and two more after "busy"; nothing else is ever repeated
FIRST_WAIT = 1.0  # seconds, doubled each time, if the gateway names none
LONGEST_WAIT = 60.0  # seconds; if the gateway asks for more, the outcome is "busy" at once
JITTER = 0.25  # of the wait, on top: never sooner than the gateway asked for
KEY_OFF_SECONDS = 60.0  # until one request may try a refused key again
MODEL_OFF_SECONDS = 900.0  # models come back rarely
INLINE_BYTES = 64 * 1024  # a smaller body is parsed in less time than a thread takes to start

_KEY_SWITCH = ""  # switches the whole gateway off; a model's switch is its id, which is never empty
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request of a drawing.

    `images`: the number of pictures to ask for.
    `key`: the idempotency key.
    `deadline`: the event loop's time at which to give up.
    """

    order: PaintOrder
    images: int
    key: str
    deadline: float


@dataclass(frozen=True, slots=True)
class _Busy:
    """The gateway refused a call for now, and certainly did not carry it out.

    `wait`: the seconds that the gateway asked for; None if it named none.
    """

    wait: float | None
    words: str


class GatewayPainter:
    """A Painter that draws through the gateway at `base_url`.

    Raises ValueError if that URL is not absolute.

    `in_flight`: requests to the gateway at once.
    `clock`: returns unix seconds.
    `pause`: sleeps for so many seconds.
    """

    billed = True

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        in_flight: int,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        resolver: AbstractResolver | None = None,
    ) -> None:
        # One connection more, for the list of models.
        self._exchange = HttpExchange(base_url, api_key, connections=in_flight + 1)
        self._downloader = Downloader(base_url, resolver=resolver)
        self._breaker = CircuitBreaker(clock)
        self._clock = clock
        self._pause = pause
        self._turns = asyncio.Semaphore(in_flight)
        self._starting = asyncio.Lock()
        self._memory = MemoryBudget(answer_bytes(in_flight))
        self._expected_bytes: dict[str, int] = {}  # of a model's last answer
        self._one_per_call: set[str] = set()  # models that give one picture per call

    async def draw(self, order: PaintOrder) -> Outcome:
        """Draw within the tier's deadline, with all waits and retries."""
        on_trial = self._breaker.enter(_KEY_SWITCH, order.tier.model)
        if on_trial is None:
            return NotDrawn(
                why="key" if self._breaker.is_off(_KEY_SWITCH) else "model", words="not asked: off"
            )
        worked = False
        try:
            outcome = await self._draw(order)
            worked = isinstance(outcome, Drawn | Declined)
        finally:
            self._breaker.leave(on_trial, worked=worked)
        return outcome

    def unavailable(self, tier: Tier) -> str | None:
        if self._breaker.is_off(_KEY_SWITCH):
            return wording.KEY_OFF
        if self._breaker.is_off(tier.model):
            return wording.model_off(tier)
        return None

    async def models(self) -> set[str]:
        """Return the ids of the models that the gateway offers. Raises GatewayError."""
        return await list_models(self._exchange)

    async def close(self) -> None:
        await self._exchange.close()
        await self._downloader.close()

    async def _draw(self, order: PaintOrder) -> Outcome:
        deadline = asyncio.get_running_loop().time() + order.tier.deadline
        size = 1 if order.tier.model in self._one_per_call else order.tier.per_call
        full, rest = divmod(order.images, size)
        return await self._draw_in_calls(order, [size] * full + [rest] * bool(rest), order.job, deadline)

    async def _draw_in_calls(
        self, order: PaintOrder, sizes: Sequence[int], key: str, deadline: float
    ) -> Outcome:
        """Draw in one call for each size, all at once; several calls number their idempotency keys."""
        if len(sizes) == 1:
            return await self._call(_Call(order=order, images=sizes[0], key=key, deadline=deadline))
        calls = [
            _Call(order=order, images=size, key=f"{key}-{part}", deadline=deadline)
            for part, size in enumerate(sizes, start=1)
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._call(call)) for call in calls]
        return merge([(call.images, task.result()) for call, task in zip(calls, tasks, strict=True)])

    async def _call(self, call: _Call) -> Outcome:
        """Make a call, and repeat it while the gateway is busy and the deadline allows."""
        words = ""
        for attempt in range(TRIES):
            outcome = await self._call_once(call)
            if not isinstance(outcome, _Busy):
                return outcome
            words = outcome.words
            wait = FIRST_WAIT * 2**attempt if outcome.wait is None else outcome.wait
            wait *= random.uniform(1, 1 + JITTER)
            left = call.deadline - asyncio.get_running_loop().time()
            if attempt == TRIES - 1 or wait > min(left, LONGEST_WAIT * (1 + JITTER)):
                break
            await self._pause(wait)
        return NotDrawn(why="busy", words=words)

    async def _call_once(self, call: _Call) -> Outcome | _Busy:
        try:
            async with asyncio.timeout_at(call.deadline):
                await self._turns.acquire()
        except TimeoutError:
            return NotDrawn(why="busy", words="no turn before the deadline")
        try:
            async with self._starting:  # a burst leaves one by one, or the loop would stand still for it
                await asyncio.sleep(0)
            expected = self._expected_bytes.get(call.order.tier.model, EXPECTED_BYTES)
            with self._memory.lease(expected) as lease:
                reply, content = await self._ask(call, lease)
        finally:
            self._turns.release()
        if not isinstance(reply, Reply):
            _log.info("no answer from the gateway", job=call.order.job, why=reply.why, words=reply.words)
            return _with_doubt(reply, call)
        if reply.status >= 300:
            error = read_error(reply.body, call.order.prompt)
            _log_answer(call, reply, error)
            refusal = await self._handle_refusal(call, reply, error)
            return refusal if isinstance(refusal, _Busy) else with_call_id(refusal, reply.request_id)
        _log_answer(call, reply, content)
        return with_call_id(await self._handle_answer(call, content), reply.request_id)

    async def _ask(
        self, call: _Call, lease: Lease
    ) -> tuple[Reply | NotDrawn | Unknown, ImageResponse | ApiError | None]:
        """Send the call; return the reply, and its content unless it is a refusal.

        The content's pictures count in the memory budget from here on.
        """
        fields = request_fields(call.order, call.images)
        reply = await self._exchange.generate(fields, lease, key=call.key, deadline=call.deadline)
        if not isinstance(reply, Reply) or reply.status >= 300:
            return reply, None
        if reply.pictures:
            self._expected_bytes[call.order.tier.model] = reply.received_bytes * 3 // 4
        content = await self._parse(call, reply)
        if isinstance(content, ImageResponse):
            self._memory.track(picture for picture in content.pictures if isinstance(picture, Drawing))
        return reply, content

    async def _parse(self, call: _Call, reply: Reply) -> ImageResponse | ApiError | None:
        arguments = (reply.body, reply.pictures, call.order.prompt, call.images)
        if len(reply.body) <= INLINE_BYTES and not reply.pictures:
            return parse_response(*arguments)
        return await asyncio.to_thread(parse_response, *arguments)

    async def _handle_answer(self, call: _Call, content: ImageResponse | ApiError | None) -> Outcome:
        doubtful = highest_cost(call.order, call.images)
        if content is None:
            return Unknown(why="unreadable answer", uncertain_micros=doubtful)
        if isinstance(content, ApiError):
            # It says both "done" and "refused": the person is told of the refusal, and the bill stays open.
            refusal = classify(200, content)
            self._switch_off(call.order.tier, refusal, content.words)
            return replace(outcome_of_refusal(refusal, content.words, doubtful), uncertain_micros=doubtful)
        pictures = await asyncio.gather(
            *(self._download(picture, call.deadline) for picture in content.pictures)
        )
        return outcome_of_response(call.order, call.images, content, pictures)

    async def _download(self, picture: Drawing | str | None, deadline: float) -> Drawing | None:
        """Download and check a picture if it came as a link."""
        if not isinstance(picture, str):
            return picture
        with self._memory.lease(0) as lease:
            data = await self._downloader.download(picture, lease, deadline)
            drawing = await asyncio.to_thread(check_or_none, data) if data else None
            self._memory.track([drawing] if drawing else [])
        return drawing

    async def _handle_refusal(self, call: _Call, reply: Reply, error: ApiError | None) -> Outcome | _Busy:
        refusal = classify(reply.status, error)
        words = f"{reply.status} {error.words if error else ''}".strip()
        self._switch_off(call.order.tier, refusal, words)
        if refusal == "busy":
            return _Busy(retry_after(reply.headers, self._clock()), words)
        if refusal == "n" and call.images > 1:
            self._one_per_call.add(call.order.tier.model)
            return await self._draw_in_calls(call.order, [1] * call.images, call.key, call.deadline)
        doubtful = highest_cost(call.order, call.images) if is_doubtful(reply.status) else 0
        return outcome_of_refusal(refusal, words, doubtful)

    def _switch_off(self, tier: Tier, refusal: Refusal, words: str) -> None:
        """Switch off a key or model that the gateway refuses for everyone, and tell the operator once."""
        if refusal == "key" and self._breaker.turn_off(_KEY_SWITCH, KEY_OFF_SECONDS):
            fix = "check CODEGATEWAY_API_KEY and the balance of its account"
            _log.warning("the gateway refuses the key", words=words, fix=fix)
        if refusal == "model" and self._breaker.turn_off(tier.model, MODEL_OFF_SECONDS):
            fix = f"under [tiers.{tier.name}] in catalog.toml, name a model it offers, or enabled = false"
            fix += "; where it refuses them all, check CODEGATEWAY_BASE_URL"
            _log.warning("the gateway refuses a model", model=tier.model, words=words, fix=fix)


def _with_doubt(outcome: NotDrawn | Unknown, call: _Call) -> Outcome:
    if isinstance(outcome, NotDrawn):
        return outcome
    return replace(outcome, uncertain_micros=highest_cost(call.order, call.images))


def _log_answer(call: _Call, reply: Reply, content: ImageResponse | ApiError | None) -> None:
    response = content if isinstance(content, ImageResponse) else None
    _log.info(
        "the gateway answered",
        job=call.order.job,
        model=call.order.tier.model,
        request_id=reply.request_id,
        status=reply.status,
        code=(content.code or content.type) if isinstance(content, ApiError) else "",
        seconds=round(reply.seconds, 3),
        asked=call.images,
        got=response.count if response else 0,
        form=response.form if response else "",
        bytes=reply.received_bytes,
    )
