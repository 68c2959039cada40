"""Drawing through an OpenAI-compatible gateway: when to ask, when to ask again, when never to."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import structlog
from aiohttp.abc import AbstractResolver

from bot import wording
from bot.painters.gateway.circuit_breaker import CircuitBreaker
from bot.painters.gateway.download import Fetcher
from bot.painters.gateway.errors import ApiError, Meaning, complaint, meaning, parsed, wait_asked
from bot.painters.gateway.http import HttpExchange, Reply
from bot.painters.gateway.memory_budget import EXPECTED, Lease, MemoryBudget, room
from bot.painters.gateway.models import offered
from bot.painters.gateway.outcomes import answered, drawn, in_doubt, joined, refused
from bot.painters.gateway.request import fields
from bot.painters.gateway.response import ImageResponse, checked, read
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder, Unknown
from quotas.catalog import Tier

TRIES = 3  # the first, and two more after "busy"; nothing else is ever repeated
FIRST_WAIT = 1.0  # seconds, doubled each time, where the gateway names none
LONGEST_WAIT = 60.0  # seconds; whoever is asked to wait longer is told "busy" at once
JITTER = 0.25  # of the wait, on top: never sooner than was asked
KEY_OFF = 60.0  # seconds until one request may try a refused key again
MODEL_OFF = 900.0  # seconds; models come back rarely
INLINE = 64 * 1024  # bytes; a smaller body is read faster than a thread is found

_KEY = ""  # the switch of the whole gateway; a model's is its id, which is never empty
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One part of a drawing: so many pictures in one request. `when`: the event loop's time to give up at."""

    order: PaintOrder
    asked: int
    key: str
    when: float


@dataclass(frozen=True, slots=True)
class _Busy:
    """Not now: known not to have been done. `wait`: seconds the gateway asked for, if it did."""

    wait: float | None
    words: str


class GatewayPainter:
    """A Painter. `in_flight`: requests at once; `clock`: unix seconds; `pause`: sleeps for seconds.

    Raises ValueError where the base URL is not absolute.
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
        self._wire = HttpExchange(base_url, api_key, connections=in_flight + 1)  # one for the list of models
        self._fetcher = Fetcher(base_url, resolver=resolver)
        self._switches = CircuitBreaker(clock)
        self._clock = clock
        self._pause = pause
        self._turns = asyncio.Semaphore(in_flight)
        self._starting = asyncio.Lock()
        self._budget = MemoryBudget(room(in_flight))
        self._expected: dict[str, int] = {}  # bytes of a model's last answer
        self._one_each: set[str] = set()  # models that give one picture per call

    async def draw(self, order: PaintOrder) -> Outcome:
        """Draw, within the tier's deadline, everything included."""
        tried = self._switches.enter(_KEY, order.tier.model)
        if tried is None:
            return NotDrawn(why="key" if self._switches.is_off(_KEY) else "model", words="not asked: off")
        worked = False
        try:
            outcome = await self._draw(order)
            worked = isinstance(outcome, Drawn | Declined)
        finally:
            self._switches.leave(tried, worked=worked)
        return outcome

    def unavailable(self, tier: Tier) -> str | None:
        if self._switches.is_off(_KEY):
            return wording.KEY_OFF
        if self._switches.is_off(tier.model):
            return wording.model_off(tier)
        return None

    async def models(self) -> set[str]:
        """The ids of the models that the gateway offers. Raises GatewayError."""
        return await offered(self._wire)

    async def close(self) -> None:
        await self._wire.close()
        await self._fetcher.close()

    async def _draw(self, order: PaintOrder) -> Outcome:
        when = asyncio.get_running_loop().time() + order.tier.deadline
        size = 1 if order.tier.model in self._one_each else order.tier.per_call
        full, rest = divmod(order.images, size)
        return await self._several(order, [size] * full + [rest] * bool(rest), order.job, when)

    async def _several(self, order: PaintOrder, sizes: Sequence[int], key: str, when: float) -> Outcome:
        if len(sizes) == 1:
            return await self._part(_Call(order=order, asked=sizes[0], key=key, when=when))
        keys = [f"{key}-{part}" for part in range(1, len(sizes) + 1)]
        async with asyncio.TaskGroup() as group:
            parts = [
                group.create_task(self._part(_Call(order=order, asked=asked, key=key, when=when)))
                for asked, key in zip(sizes, keys, strict=True)
            ]
        return joined([(asked, part.result()) for asked, part in zip(sizes, parts, strict=True)])

    async def _part(self, call: _Call) -> Outcome:
        """One call, asked again while the gateway is busy and the deadline allows."""
        words = ""
        for attempt in range(TRIES):
            outcome = await self._call(call)
            if not isinstance(outcome, _Busy):
                return outcome
            words = outcome.words
            wait = FIRST_WAIT * 2**attempt if outcome.wait is None else outcome.wait
            wait *= random.uniform(1, 1 + JITTER)
            left = call.when - asyncio.get_running_loop().time()
            if attempt == TRIES - 1 or wait > min(left, LONGEST_WAIT * (1 + JITTER)):
                break
            await self._pause(wait)
        return NotDrawn(why="busy", words=words)

    async def _call(self, call: _Call) -> Outcome | _Busy:
        try:
            async with asyncio.timeout_at(call.when):
                await self._turns.acquire()
        except TimeoutError:
            return NotDrawn(why="busy", words="no turn before the deadline")
        try:
            async with self._starting:  # a burst leaves one by one, or the loop would stand still for it
                await asyncio.sleep(0)
            with self._budget.share(self._expected.get(call.order.tier.model, EXPECTED)) as lease:
                reply, content = await self._exchange(call, lease)
        finally:
            self._turns.release()
        if not isinstance(reply, Reply):
            _log.info("no answer from the gateway", job=call.order.job, why=reply.why, words=reply.words)
            return _with_doubt(reply, call)
        if reply.status >= 300:
            said = complaint(parsed(reply.body), call.order.prompt)
            _note(call, reply, said)
            refusal = await self._refused(call, reply, said)
            return refusal if isinstance(refusal, _Busy) else answered(refusal, reply.request_id)
        _note(call, reply, content)
        return answered(await self._answered(call, content), reply.request_id)

    async def _exchange(
        self, call: _Call, lease: Lease
    ) -> tuple[Reply | NotDrawn | Unknown, ImageResponse | ApiError | None]:
        """What was answered, and what is in it where it was no refusal. Its pictures are in the budget."""
        reply = await self._wire.generate(fields(call.order, call.asked), lease, key=call.key, when=call.when)
        if not isinstance(reply, Reply) or reply.status >= 300:
            return reply, None
        if reply.pictures:
            self._expected[call.order.tier.model] = reply.received * 3 // 4
        content = await self._read(call, reply)
        if isinstance(content, ImageResponse):
            self._budget.keep(picture for picture in content.pictures if isinstance(picture, Drawing))
        return reply, content

    async def _read(self, call: _Call, reply: Reply) -> ImageResponse | ApiError | None:
        arguments = (reply.body, reply.pictures, call.order.prompt, call.asked)
        if len(reply.body) <= INLINE and not reply.pictures:
            return read(*arguments)
        return await asyncio.to_thread(read, *arguments)

    async def _answered(self, call: _Call, content: ImageResponse | ApiError | None) -> Outcome:
        doubt = in_doubt(call.order, call.asked)
        if content is None:
            return Unknown(why="unreadable answer", uncertain_micros=doubt)
        if isinstance(content, ApiError):
            # It says both "done" and "refused": the person is told of the refusal, and the bill stays open.
            meant = meaning(200, content)
            self._switch(call.order.tier, meant, content.words)
            return replace(refused(meant, content.words, doubt), uncertain_micros=doubt)
        pictures = await asyncio.gather(*(self._picture(picture, call.when) for picture in content.pictures))
        return drawn(call.order, call.asked, content, pictures)

    async def _picture(self, picture: Drawing | str | None, when: float) -> Drawing | None:
        if not isinstance(picture, str):
            return picture
        with self._budget.share(0) as lease:
            data = await self._fetcher.fetch(picture, lease, when)
            drawing = await asyncio.to_thread(checked, data) if data else None
            self._budget.keep([drawing] if drawing else [])
        return drawing

    async def _refused(self, call: _Call, reply: Reply, said: ApiError | None) -> Outcome | _Busy:
        meant = meaning(reply.status, said)
        words = f"{reply.status} {said.words if said else ''}".strip()
        self._switch(call.order.tier, meant, words)
        if meant == "busy":
            return _Busy(wait_asked(reply.headers, self._clock()), words)
        if meant == "n" and call.asked > 1:
            self._one_each.add(call.order.tier.model)
            return await self._several(call.order, [1] * call.asked, call.key, call.when)
        return refused(meant, words, in_doubt(call.order, call.asked))

    def _switch(self, tier: Tier, meant: Meaning, words: str) -> None:
        """Switch off what the gateway refuses for everyone, and tell the operator once."""
        if meant == "key" and self._switches.turn_off(_KEY, KEY_OFF):
            fix = "check CODEGATEWAY_API_KEY and the balance of its account"
            _log.warning("the gateway refuses the key", words=words, fix=fix)
        if meant == "model" and self._switches.turn_off(tier.model, MODEL_OFF):
            fix = f"under [tiers.{tier.name}] in catalog.toml, name a model it offers, or enabled = false"
            fix += "; where it refuses them all, check CODEGATEWAY_BASE_URL"
            _log.warning("the gateway refuses a model", model=tier.model, words=words, fix=fix)


def _with_doubt(outcome: NotDrawn | Unknown, call: _Call) -> Outcome:
    if isinstance(outcome, NotDrawn):
        return outcome
    return replace(outcome, uncertain_micros=in_doubt(call.order, call.asked))


def _note(call: _Call, reply: Reply, content: ImageResponse | ApiError | None) -> None:
    sheet = content if isinstance(content, ImageResponse) else None
    _log.info(
        "the gateway answered",
        job=call.order.job,
        model=call.order.tier.model,
        request_id=reply.request_id,
        status=reply.status,
        code=(content.code or content.type) if isinstance(content, ApiError) else "",
        seconds=round(reply.seconds, 3),
        asked=call.asked,
        got=sheet.came if sheet else 0,
        form=sheet.form if sheet else "",
        bytes=reply.received,
    )
