"""Bounds of time, bytes, tries and calls at once; and drawings in several calls."""

import asyncio
import base64
import io
import random
import threading
from email.utils import formatdate
from typing import Any

import pytest
from PIL import Image

from bot.painters.gateway import GatewayPainter
from bot.painters.gateway.body import LONG_STRING
from bot.painters.gateway.http import MAX_BODY, MAX_ERROR_BODY, MAX_FRAME
from bot.painters.gateway.response import parse_response
from bot.painters.port import Drawn, NotDrawn, Unknown
from tests.bot.painters.gateway.orders import FAST, order
from tests.fakes.gateway import FakeGateway
from tests.fakes.gateway_rules import noise

MEBIBYTE = 1 << 20
BUSY = {"error": {"message": "slow down"}}


@pytest.mark.parametrize("status", [200, 500])
async def test_a_drip_ends_at_the_deadline(
    gateway: FakeGateway, painter: GatewayPainter, status: int
) -> None:
    gateway.next("drip", status=status)
    outcome = await painter.draw(order(deadline=1))
    assert isinstance(outcome, Unknown)
    assert (outcome.why, outcome.uncertain_micros, len(gateway.requests)) == ("deadline", 4 * FAST, 1)


async def test_silence_ends_at_the_deadline(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("slow", seconds=3)
    outcome = await painter.draw(order(deadline=1))
    assert isinstance(outcome, Unknown)
    assert (outcome.why, outcome.uncertain_micros) == ("deadline", gateway.billed_micros)


async def test_a_body_that_stops_is_given_up(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.painters.gateway.http.IDLE_SECONDS", 0.2)
    gateway.next("drip", pause=60)
    outcome = await painter.draw(order(deadline=3600))
    assert isinstance(outcome, Unknown)


async def test_a_body_that_never_begins_is_given_up(make_painter: Any) -> None:
    hung_up = asyncio.Event()

    async def head_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        await reader.read(-1)  # until the other side hangs up
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    async with await asyncio.start_server(head_only, "127.0.0.1", 0) as server:
        painter = make_painter(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        outcome = await painter.draw(order(deadline=1))
        await hung_up.wait()
    assert outcome == Unknown(why="deadline", words="no whole answer in time", uncertain_micros=4 * FAST)


async def test_an_endless_answer_is_cut_at_the_cap(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("endless")
    outcome = await painter.draw(order())
    assert isinstance(outcome, Unknown)
    assert outcome.why == "unreadable answer"
    assert gateway.sent <= MAX_FRAME + 16 * MEBIBYTE  # what the sockets hold


async def test_a_picture_without_end_is_cut_at_the_cap(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("body", body=b'{"data":[{"b64_json":"' + b"A" * MAX_BODY + b'"}]}')
    outcome = await painter.draw(order())
    assert isinstance(outcome, Unknown)
    assert (outcome.why, outcome.words) == ("unreadable answer", "the answer is too large")


async def test_an_endless_error_is_not_read_to_its_end(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("endless", status=401)
    outcome = await painter.draw(order())
    assert isinstance(outcome, NotDrawn)
    assert outcome.why == "key"
    assert gateway.sent <= MAX_ERROR_BODY + 16 * MEBIBYTE


async def test_a_large_answer_is_parsed_outside_the_event_loop(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def spy(*arguments: Any) -> Any:
        threads.append(threading.get_ident())
        return parse_response(*arguments)

    monkeypatch.setattr("bot.painters.gateway.painter.parse_response", spy)
    gateway.next("ok", data=noise(2 * MEBIBYTE))
    outcome = await painter.draw(order())
    assert isinstance(outcome, Drawn)
    assert len(outcome.drawings) == 4
    assert threading.get_ident() not in threads
    assert len(threads) == 1


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize(
    "entry", [{"b64_json": "{}"}, {"b64_json": "data:image/x;base64,{}"}, {"url": "data:,{}"}]
)
async def test_large_pictures_of_every_kind_in_every_form(
    gateway: FakeGateway, painter: GatewayPainter, kind: str, entry: dict[str, str]
) -> None:
    out = io.BytesIO()
    Image.frombytes("RGB", (160, 90), random.Random(1).randbytes(160 * 90 * 3)).save(out, kind, quality=95)
    encoded = base64.b64encode(out.getvalue()).decode()
    assert len(encoded) > LONG_STRING
    gateway.next("data", data=[{name: form.format(encoded) for name, form in entry.items()}])
    outcome = await painter.draw(order(images=1))
    assert isinstance(outcome, Drawn)
    [drawing] = outcome.drawings
    assert (drawing.format, drawing.width, drawing.height) == (kind, 160, 90)
    assert Image.open(io.BytesIO(drawing.data)).tobytes() == Image.open(out).tobytes()


async def test_cancelling_closes_the_exchange(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("drip")
    task = asyncio.create_task(painter.draw(order()))
    while not gateway.dripping:  # noqa: ASYNC110  the server's word, not a clock's
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while gateway.dripping:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert isinstance(await painter.draw(order()), Drawn)


async def test_no_more_calls_at_once_than_allowed(gateway: FakeGateway, make_painter: Any) -> None:
    painter = make_painter(in_flight=2)
    for _ in range(6):
        gateway.next("slow", seconds=0.05)
    outcomes = await asyncio.gather(*(painter.draw(order(images=1)) for _ in range(6)))
    assert all(isinstance(outcome, Drawn) for outcome in outcomes)
    assert gateway.most_at_once == 2


async def test_without_a_turn_before_the_deadline_it_is_certainly_not_drawn(
    gateway: FakeGateway, make_painter: Any
) -> None:
    painter = make_painter(in_flight=1)
    gateway.next("slow", seconds=2)
    first = asyncio.create_task(painter.draw(order(deadline=60)))
    while not gateway.requests:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    second = await painter.draw(order(deadline=1))
    assert second == NotDrawn(why="busy", words="no turn before the deadline")
    assert isinstance(await first, Drawn)
    assert len(gateway.requests) == 1


async def test_waits_are_as_long_as_the_gateway_asks_and_a_little_longer(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any
) -> None:
    gateway.next("status", status=429, body=BUSY, headers={"Retry-After": "7"})
    gateway.next("status", status=503, body=BUSY, headers={"Retry-After": formatdate(clock.now + 20)})
    assert isinstance(await painter.draw(order()), Drawn)
    gateway.next("status", status=429, body=BUSY)
    gateway.next("status", status=429, body=BUSY, headers={"Retry-After": "soon"})
    assert isinstance(await painter.draw(order()), Drawn)
    for pause, asked in zip(clock.pauses, (7, 20, 1, 2), strict=True):
        assert asked <= pause <= asked * 1.25


@pytest.mark.parametrize("asked", ["30", "999999", "inf"])
async def test_no_wait_begins_that_would_pass_the_deadline(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any, asked: str
) -> None:
    gateway.next("status", status=429, body=BUSY, headers={"Retry-After": asked})
    outcome = await painter.draw(order(deadline=20))
    assert isinstance(outcome, NotDrawn)
    assert (outcome.why, len(gateway.requests), clock.pauses) == ("busy", 1, [])


async def test_more_pictures_than_fit_one_call_take_several(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    outcome = await painter.draw(order(images=4, per_call=3))
    assert isinstance(outcome, Drawn)
    assert (len(outcome.drawings), outcome.cost_micros) == (4, 4 * FAST)
    assert sorted(request.n for request in gateway.requests) == [1, 3]
    assert {request.headers["Idempotency-Key"] for request in gateway.requests} == {"0JOB-1", "0JOB-2"}


async def test_a_model_of_one_picture_per_call_is_remembered(clock: Any) -> None:
    async with FakeGateway(single=True) as gateway:
        painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=4, clock=clock)
        for requests in (5, 9):  # one refused and four drawn; then four drawn
            outcome = await painter.draw(order())
            assert isinstance(outcome, Drawn)
            assert (len(outcome.drawings), outcome.cost_micros) == (4, 4 * FAST)
            assert len(gateway.requests) == requests
        keys = [request.headers["Idempotency-Key"] for request in gateway.requests[:5]]
        assert keys[0] == "0JOB"
        assert sorted(keys[1:]) == ["0JOB-1", "0JOB-2", "0JOB-3", "0JOB-4"]
        await painter.close()


async def test_a_drawing_with_some_pictures_is_a_success(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    policy = {"error": {"code": "moderation_blocked"}}
    gateway.next("ok")
    gateway.next("status", status=500, body=BUSY, bill=1)
    gateway.next("status", status=400, body=policy)
    gateway.next("ok", data=b"nothing")
    outcome = await painter.draw(order(images=4, per_call=1))
    assert isinstance(outcome, Drawn)
    assert (len(outcome.drawings), outcome.filtered, outcome.broken, outcome.failed) == (1, 1, 1, 1)
    assert (outcome.cost_micros, outcome.uncertain_micros) == (2 * FAST, FAST)
    assert gateway.billed_micros == 3 * FAST


async def test_without_any_picture_the_unknown_part_decides(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("status", status=400, body={"error": {"code": "moderation_blocked"}})
    gateway.next("raw")
    outcome = await painter.draw(order(images=2, per_call=1))
    assert isinstance(outcome, Unknown)
    assert outcome.uncertain_micros == FAST
