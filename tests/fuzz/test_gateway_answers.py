"""Any answer of a gateway: one of the four outcomes, with costs that the order bounds, and no exception."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import pytest
import structlog

from bot.painters.gateway import GatewayPainter
from bot.painters.gateway.billing import MOST_BILLED, answered_cost, highest_cost
from bot.painters.gateway.body import LONG_STRING, Body
from bot.painters.gateway.errors import MAX_WORDS, classify, describe, read_error, retry_after
from bot.painters.gateway.outcomes import outcome_of_response
from bot.painters.gateway.response import ImageResponse, parse_response
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder, Unknown
from tests.bot.painters.gateway.conftest import Clock
from tests.bot.painters.gateway.orders import CATALOG, order
from tests.bot.painters.gateway.test_image_check import SAMPLES
from tests.fakes.gateway import FakeGateway
from tests.fuzz.fuzzer import TIMEOUT, Fuzzer
from tests.fuzz.generators import damaged_bytes, odd_text, word

pytestmark = [pytest.mark.soak, pytest.mark.timeout(TIMEOUT)]

PROMPT = "a red fox in snow, and a secret word: xylophone"
TEXTS = [
    *(
        "content_policy_violation",
        "moderation_blocked",
        "insufficient_quota",
        "model_not_found",
        "rate_limit_exceeded",
    ),
    *(
        "Your prompt was blocked by the safety filter",
        "You exceeded your current quota",
        "n must be 1",
        "busy",
    ),
    *(
        "medium",
        "high",
        "low",
        "standard",
        PROMPT,
        f"The prompt '{PROMPT}' violates our policies",
        "sk-abcdef123456",
    ),
]
KEYS = [
    *(
        "data",
        "error",
        "errors",
        "message",
        "code",
        "type",
        "param",
        "status",
        "detail",
        "details",
        "b64_json",
        "url",
    ),
    *("quality", "created", "promptFeedback", "blockReason", "innererror", "msg", "reason", "revised_prompt"),
]
ERROR_KEYS = ["code", "type", "param", "message", "status", "reason", "details"]
STATUSES = [
    200,
    200,
    200,
    201,
    204,
    299,
    301,
    307,
    400,
    401,
    402,
    403,
    404,
    408,
    409,
    410,
    413,
    422,
    429,
    451,
    499,
]
STATUSES += [500, 502, 503, 504, 520, 599]
LINKS = [
    "",
    "x",
    "ftp://x/y",
    "http://127.0.0.1:1/p.png",
    "http://169.254.169.254/",
    "https://[",
    "data:image/png,x",
]


def picture(dice: Random) -> str:
    """Return a picture in base64, whole or damaged, short or long."""
    data = SAMPLES[dice.choice(sorted(SAMPLES))]
    if dice.random() < 0.3:
        data = damaged_bytes(dice, data)
    if dice.random() < 0.2:
        data += bytes(LONG_STRING)  # what follows the end is cut off
    text = base64.b64encode(data).decode()
    if dice.random() < 0.2:
        text = dice.choice(
            (text.rstrip("="), text + "===", text[:-1], text[:40] + "\n" + text[40:], text + "*")
        )
    return dice.choice(("", "", "", "data:image/png;base64,")) + text


def anything(dice: Random, depth: int = 0) -> Any:
    """Return any JSON, often of the shapes that answers and errors have."""
    match dice.randrange(9 if depth < 4 else 6):
        case 0:
            return dice.choice((None, True, False, 0, -1, 429, 1e99, 2**70, float("nan")))
        case 1 | 2:
            return dice.choice(TEXTS)
        case 3:
            return odd_text(dice, 60)
        case 4:
            return dice.choice((picture(dice), dice.choice(LINKS), "x" * dice.choice((10, LONG_STRING + 1))))
        case 5:
            return dice.choice(([], {}, ""))
        case 6:
            return [anything(dice, depth + 1) for _ in range(dice.choice((1, 1, 2, 11)))]
    return {dice.choice(KEYS): anything(dice, depth + 1) for _ in range(dice.randint(1, 4))}


def answer(dice: Random) -> Any:
    """Return an answer with pictures, often more or fewer than were asked for, or anything else."""
    kind = dice.random()
    if kind < 0.2:
        names = dice.sample(ERROR_KEYS, 3)
        return {"error": {name: dice.choice(TEXTS) for name in names}}
    if kind < 0.4:
        return anything(dice)
    entries = [
        {"b64_json": picture(dice)} if dice.random() < 0.8 else anything(dice)
        for _ in range(dice.randrange(6))
    ]
    body = {"created": 1, "data": entries * dice.choice((1, 1, 1, 30)), "usage": usage(dice)}
    return (
        {**body, dice.choice(("quality", "error", "usage")): anything(dice, 2)}
        if dice.random() < 0.4
        else body
    )


def usage(dice: Random) -> Any:
    """Return a count of tokens, true or made up."""
    counts = (0, 1, 196, 4_160, 10_000_000, 10_000_001, -1, 2**70, True, None, "7", 1.5)
    details = {"text_tokens": dice.choice(counts), "image_tokens": dice.choice(counts)}
    table = {"input_tokens": dice.choice(counts), "output_tokens": dice.choice(counts)}
    return dice.choice((table, table | {"input_tokens_details": details}, None, anything(dice, 3)))


def body_of(dice: Random) -> bytes:
    body = json.dumps(answer(dice), ensure_ascii=dice.random() < 0.8).encode("utf-8", "surrogatepass")
    if dice.random() < 0.2:
        body = damaged_bytes(dice, body)
    if dice.random() < 0.05:
        body = dice.choice(
            (b"", b"<html>busy</html>", b"[" * 99_999, b'{"data": "' + b"A" * 99_999, b"\xff\xfe", b"null")
        )
    return body


def asked(dice: Random) -> PaintOrder:
    return order(dice.choice(sorted(CATALOG.tiers)), dice.randint(1, 4), prompt=PROMPT)


def check_outcome(ordered: PaintOrder, outcome: Outcome, calls: int = 1) -> None:
    """The outcome is one of four; pictures and costs are within what was ordered."""
    assert isinstance(outcome, Drawn | Declined | NotDrawn | Unknown)
    dearest = max(ordered.costs.values())
    assert type(outcome.cost_micros) is int
    most = calls * (MOST_BILLED * dearest + ordered.inputs_micros)
    assert 0 <= outcome.cost_micros <= most
    assert 0 <= outcome.uncertain_micros <= most
    if isinstance(outcome, Drawn):
        parts = (len(outcome.drawings), outcome.filtered, outcome.broken, outcome.failed)
        assert min(parts) >= 0
        assert parts[0] >= 1
        assert sum(parts) == ordered.images
        assert outcome.charge_micros is None or type(outcome.charge_micros) is int
        assert (outcome.charge_micros or 0) >= 0
        assert all(isinstance(drawing, Drawing) and drawing.data for drawing in outcome.drawings)
        return
    assert "xylophone" not in outcome.words
    if isinstance(outcome, NotDrawn) and outcome.why != "broken":
        assert not outcome.cost_micros or calls > 1


def test_gateway_bodies(fuzzer: Fuzzer) -> None:
    for dice in fuzzer:
        data, ordered = body_of(dice), asked(dice)
        fuzzer.input = data
        body = Body()
        at = 0
        while at < len(data):
            size = dice.choice((1, 7, 4_096, len(data)))
            size = max(size, len(data) // 50)
            body.feed(data[at : at + size])
            at += size
        assert body.size <= len(data) + LONG_STRING
        content = parse_response(bytes(body.frame), body.pictures, PROMPT, ordered.images)
        if isinstance(content, ImageResponse):
            check_response(ordered, content)
        check_refusal(dice, data)


def check_response(ordered: PaintOrder, content: ImageResponse) -> None:
    assert len(content.pictures) <= ordered.images
    assert len(content.pictures) <= content.count
    assert answered_cost(ordered, content) >= 0
    assert highest_cost(ordered, ordered.images) > 0
    downloaded = [each for each in content.pictures if not isinstance(each, str)]
    if len(downloaded) == len(content.pictures):
        check_outcome(ordered, outcome_of_response(ordered, ordered.images, content, downloaded))


def check_refusal(dice: Random, data: bytes) -> None:
    """An error's words never hold the prompt or a key, and its status always gets a meaning."""
    error, status = read_error(data, PROMPT), dice.choice(STATUSES)
    headers = {
        "location": odd_text(dice),
        "retry-after": dice.choice(("", "1", "-5", "nan", "inf", "1e999", odd_text(dice))),
    }
    assert classify(status, error, "m") in ("policy", "key", "model", "n", "busy", "request", "doubt")
    words = describe(status, error, headers)
    assert "xylophone" not in words
    assert "sk-abcdef123456" not in words
    assert "\n" not in words
    assert len(words) < 2 * MAX_WORDS + 100
    wait = retry_after(headers, 0.0)
    assert wait is None or wait >= 0


@pytest.fixture
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def gateway(_quiet: None) -> AsyncIterator[FakeGateway]:
    async with FakeGateway() as gateway:
        yield gateway


@pytest.fixture
async def painter(gateway: FakeGateway, clock: Clock) -> AsyncIterator[GatewayPainter]:
    painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=4, clock=clock, pause=clock.pause)
    yield painter
    await painter.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_gateway_answers(
    fuzzer: Fuzzer, gateway: FakeGateway, painter: GatewayPainter, clock: Clock
) -> None:
    """Let the whole painter draw. Its clock moves on, so that no refusal keeps it switched off."""
    for dice in fuzzer:
        clock.now += 10_000
        gateway.requests.clear()
        clock.pauses.clear()
        ordered = asked(dice)
        fuzzer.input = [queue_behaviour(dice, gateway) for _ in range(8)]
        outcome = await asyncio.wait_for(painter.draw(ordered), 60)
        calls = len(gateway.requests)
        gateway.forget_queued()
        check_outcome(ordered, outcome, calls)
        assert calls <= 3 + 3 * ordered.images


def queue_behaviour(dice: Random, gateway: FakeGateway) -> tuple[str, dict[str, Any]]:
    """Let the gateway answer one call so."""
    status = dice.choice(STATUSES)
    options: dict[str, Any]
    match dice.randrange(6):
        case 0:
            name, options = "raw", {"data": damaged_bytes(dice, raw(dice))}
        case 1:
            name, options = (
                "ok",
                {"count": dice.randrange(6), "quality": dice.choice(("high", "low", word(dice)))},
            )
        case 2 | 3:
            name, options = "body", {"body": body_of(dice)}
        case _:
            headers = {"retry-after": dice.choice(("1", "0", "soon", "9e9")), "location": "/elsewhere"}
            name, options = "status", {"status": status, "body": anything(dice), "headers": headers}
    gateway.next(name, **options)
    return name, options


def raw(dice: Random) -> bytes:
    """Return a whole HTTP answer."""
    body = body_of(dice)
    length = dice.choice((len(body), len(body) + 1, 0, 99_999_999_999))
    return f"HTTP/1.1 {dice.choice(STATUSES)} X\r\nContent-Length: {length}\r\n\r\n".encode() + body
