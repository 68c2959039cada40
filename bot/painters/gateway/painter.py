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
from bot.painters.gateway.billing import answered_cost, highest_cost
from bot.painters.gateway.circuit_breaker import CircuitBreaker
from bot.painters.gateway.download import BadLink, Downloader
from bot.painters.gateway.errors import (
    ApiError,
    Refusal,
    classify,
    describe,
    is_doubtful,
    read_error,
    retry_after,
)
from bot.painters.gateway.http import HttpExchange, Reply
from bot.painters.gateway.memory_budget import EXPECTED_BYTES, Lease, MemoryBudget, answer_bytes
from bot.painters.gateway.models import list_models
from bot.painters.gateway.outcomes import (
    broken_words,
    merge,
    outcome_of_refusal,
    outcome_of_response,
    with_call_id,
)
from bot.painters.gateway.refusal_log import RefusalLog
from bot.painters.gateway.request import request_fields
from bot.painters.gateway.response import Broken, ImageResponse, check_or_broken, parse_response
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder, Unknown
from bot.tasks import in_drawing_thread
from bot.telemetry import metrics
from quotas.catalog import Tier

TRIES = 3  # the first, and two more after "busy"; nothing else is ever repeated
FIRST_WAIT = 1.0  # seconds, doubled each time, if the gateway names none
LONGEST_WAIT = 60.0  # seconds; if the gateway asks for more, the outcome is "busy" at once
JITTER = 0.25  # of the wait, on top: never sooner than the gateway asked for
KEY_OFF_SECONDS = 60.0  # until one request may try a refused key again
MODEL_OFF_SECONDS = 900.0  # models come back rarely
# An answer that costs over so many times what was held for it switches its model off. A quality above the one
# that was asked for costs 3.98 times as much at worst (gpt's medium and high), which is entered as it is.
RUNAWAY = 4
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One call that was made. `refusal`, `status`, `error`: of its answer, for the log; 0 if none came."""

    outcome: Outcome | _Busy
    refusal: Refusal | None = None
    status: int = 0
    error: ApiError | None = None


class GatewayPainter:
    """A Painter that draws through the gateway at `base_url`.

    Raises ValueError if that URL is not absolute.

    `in_flight`: requests to the gateway at once.
    `clock`: returns unix seconds.
    `pause`: sleeps for so many seconds.
    `watched`: gets the number of refusals that an operator must look at.
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
        watched: metrics.Metrics | None = None,
    ) -> None:
        # One connection more, for the list of models.
        self._exchange = HttpExchange(base_url, api_key, connections=in_flight + 1)
        self._downloader = Downloader(base_url, resolver=resolver)
        self._breaker = CircuitBreaker(clock)
        self._refusals = RefusalLog()
        if watched is not None:
            watched.watch(metrics.GATEWAY_ALERTS, lambda: self._breaker.off + self._refusals.alerts)
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
            off = NotDrawn(
                why="key" if self._breaker.is_off(_KEY_SWITCH) else "model", words="not asked: off"
            )
            self._refusals.note(order, off)
            return off
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
        tries = 1
        attempt = await self._call_once(call)
        while tries < TRIES and isinstance(attempt.outcome, _Busy):
            if not await self._wait(call, attempt.outcome, tries):
                break
            attempt = await self._call_once(call)
            tries += 1
        outcome = attempt.outcome
        if isinstance(outcome, _Busy):
            outcome = NotDrawn(why="busy", words=outcome.words)
        elif attempt.refusal == "n" and call.images > 1:
            self._one_per_call.add(call.order.tier.model)
            parts = await self._draw_in_calls(call.order, [1] * call.images, call.key, call.deadline)
            return replace(parts, calls=(*outcome.calls, *parts.calls))
        self._refusals.note(call.order, outcome, status=attempt.status, error=attempt.error)
        return outcome

    async def _wait(self, call: _Call, busy: _Busy, tries: int) -> bool:
        """Wait before the next try; return False if there is no time for it."""
        wait = FIRST_WAIT * 2 ** (tries - 1) if busy.wait is None else busy.wait
        wait *= random.uniform(1, 1 + JITTER)
        left = call.deadline - asyncio.get_running_loop().time()
        if wait > min(left, LONGEST_WAIT * (1 + JITTER)):
            return False
        await self._pause(wait)
        return True

    async def _call_once(self, call: _Call) -> _Attempt:
        try:
            async with asyncio.timeout_at(call.deadline):
                await self._turns.acquire()
        except TimeoutError:
            return _Attempt(outcome=NotDrawn(why="busy", words="no turn before the deadline"))
        try:
            async with self._starting:  # a burst leaves one by one, or the loop would stand still for it
                await asyncio.sleep(0)
            expected = self._expected_bytes.get(call.order.tier.model, EXPECTED_BYTES)
            with self._memory.lease(expected) as lease:
                reply, content = await self._ask(call, lease)
        finally:
            self._turns.release()
        if not isinstance(reply, Reply):
            return _Attempt(outcome=_with_doubt(reply, call))
        if reply.status >= 300:
            content = read_error(reply.body, call.order.prompt)
        _log_answer(call, reply, content)
        if isinstance(content, ImageResponse):
            outcome = await self._handle_pictures(call, content)
            return _Attempt(outcome=with_call_id(outcome, reply.request_id), status=reply.status)
        attempt = self._handle_refusal(call, reply, content)
        if isinstance(attempt.outcome, _Busy):
            return attempt
        return replace(attempt, outcome=with_call_id(attempt.outcome, reply.request_id))

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
        has_pictures = reply.pictures or b"b64_json" in reply.body or b"base64," in reply.body
        if len(reply.body) <= INLINE_BYTES and not has_pictures:
            return parse_response(*arguments)
        return await in_drawing_thread(parse_response, *arguments)

    async def _handle_pictures(self, call: _Call, content: ImageResponse) -> Outcome:
        self._watch_cost(call, content)
        pictures = await asyncio.gather(
            *(self._download(picture, call.deadline) for picture in content.pictures)
        )
        outcome = outcome_of_response(call.order, call.images, content, pictures)
        if isinstance(outcome, Drawn) and outcome.broken:
            words = broken_words(pictures)
            _log.warning("some pictures are broken", job=call.order.job, broken=outcome.broken, words=words)
        return outcome

    async def _download(self, picture: Drawing | Broken | str, deadline: float) -> Drawing | Broken:
        """Download and check a picture if it came as a link."""
        if not isinstance(picture, str):
            return picture
        with self._memory.lease(0) as lease:
            try:
                data = await self._downloader.download(picture, lease, deadline)
            except BadLink as error:
                return Broken(str(error))
            drawing = await in_drawing_thread(check_or_broken, data)
            self._memory.track([drawing] if isinstance(drawing, Drawing) else [])
        return drawing

    def _handle_refusal(self, call: _Call, reply: Reply, error: ApiError | None) -> _Attempt:
        """Return the outcome of an answer without pictures: an error, or nothing that can be read."""
        highest = highest_cost(call.order, call.images)
        if error is None and reply.status < 300:
            unreadable = Unknown(why="unreadable answer", words="no pictures in it", uncertain_micros=highest)
            return _Attempt(outcome=unreadable, status=reply.status)
        refusal = classify(reply.status, error, call.order.tier.model)
        words = describe(reply.status, error, reply.headers)
        self._switch_off(call.order.tier, refusal, words)
        outcome: Outcome | _Busy
        if refusal == "busy" and reply.status >= 300:
            outcome = _Busy(retry_after(reply.headers, self._clock()), words)
        elif reply.status < 300:
            # It says both "done" and "refused": the person is told of the refusal, and the bill stays open.
            outcome = replace(outcome_of_refusal(refusal, words, highest), uncertain_micros=highest)
        else:
            doubtful = highest if is_doubtful(reply.status) else 0
            outcome = outcome_of_refusal(refusal, words, doubtful)
        once = refusal if reply.status >= 300 else None  # an answer of "done" is never asked for again
        return _Attempt(outcome=outcome, refusal=once, status=reply.status, error=error)

    def _watch_cost(self, call: _Call, content: ImageResponse) -> None:
        """Switch a model off, and tell the operators, if its answer costs far more than was held for it."""
        cost, held = answered_cost(call.order, content), highest_cost(call.order, call.images)
        if cost <= RUNAWAY * held:
            return
        self._breaker.turn_off(call.order.tier.model, MODEL_OFF_SECONDS)
        _log.error(
            "an answer costs far more than was held",
            job=call.order.job,
            model=call.order.tier.model,
            asked=call.images,
            got=content.count,
            quality=content.quality,
            cost_micros=cost,
            held_micros=held,
            fix=f"compare the gateway's bill (imagine reconcile) before {call.order.tier.name} is on again, "
            f"in {MODEL_OFF_SECONDS / 60:.0f} minutes",
        )

    def _switch_off(self, tier: Tier, refusal: Refusal, words: str) -> None:
        """Switch off a key or model that the gateway refuses for everyone, and tell the operator once."""
        if refusal == "key" and self._breaker.turn_off(_KEY_SWITCH, KEY_OFF_SECONDS):
            fix = "check CODEGATEWAY_API_KEY and the balance of its account"
            _log.error("the gateway refuses the key", words=words, fix=fix)
        if refusal == "model" and self._breaker.turn_off(tier.model, MODEL_OFF_SECONDS):
            fix = f"under [tiers.{tier.name}] in catalog.toml, name a model it offers, or enabled = false"
            fix += "; where it refuses them all, check CODEGATEWAY_BASE_URL"
            _log.error("the gateway refuses a model", model=tier.model, words=words, fix=fix)


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
