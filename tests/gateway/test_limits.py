"""Bounds: time, bytes, tries, calls at once; and what is switched off for everyone."""

import asyncio
import threading
from email.utils import formatdate
from typing import Any

import pytest
import structlog

import bot.gateway.client
from bot.gateway import GatewayError, GatewayPainter
from bot.gateway.wire import MAX_BODY, MAX_ERROR_BODY
from bot.painter import Declined, Drawn, NotDrawn, Unknown
from tests.fakes.gateway import FakeGateway
from tests.fakes.gateway_rules import noise
from tests.gateway.orders import CATALOG, FAST, order

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
    gateway.next("slow", seconds=30)
    outcome = await painter.draw(order(deadline=1))
    assert isinstance(outcome, Unknown)
    assert (outcome.why, outcome.uncertain_micros) == ("deadline", gateway.billed_micros)


async def test_a_body_that_stops_is_given_up(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.wire.IDLE_SECONDS", 0.2)
    gateway.next("drip", pause=60)
    outcome = await painter.draw(order(deadline=3600))
    assert isinstance(outcome, Unknown)


async def test_an_endless_answer_is_cut_at_the_cap(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("endless")
    outcome = await painter.draw(order())
    assert isinstance(outcome, Unknown)
    assert outcome.why == "unreadable answer"
    assert gateway.sent <= MAX_BODY + 16 * MEBIBYTE  # what the sockets hold


async def test_an_endless_error_is_not_read_to_its_end(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("endless", status=401)
    outcome = await painter.draw(order())
    assert isinstance(outcome, NotDrawn)
    assert outcome.why == "key"
    assert gateway.sent <= MAX_ERROR_BODY + 16 * MEBIBYTE


async def test_a_large_answer_is_read_outside_the_event_loop(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    read = bot.gateway.client.read

    def noted(*arguments: Any) -> Any:
        threads.append(threading.get_ident())
        return read(*arguments)

    monkeypatch.setattr("bot.gateway.client.read", noted)
    gateway.next("ok", data=noise(2 * MEBIBYTE))
    outcome = await painter.draw(order())
    assert isinstance(outcome, Drawn)
    assert len(outcome.drawings) == 4
    assert threading.get_ident() not in threads
    assert len(threads) == 1


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
    outcomes = await asyncio.gather(*(painter.draw(order(variants=1)) for _ in range(6)))
    assert all(isinstance(outcome, Drawn) for outcome in outcomes)
    assert gateway.most_at_once == 2


async def test_no_turn_before_the_deadline_is_known_not_drawn(
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


async def test_waits_are_as_long_as_asked_and_a_little_more(
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
async def test_a_wait_past_the_deadline_is_not_begun(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any, asked: str
) -> None:
    gateway.next("status", status=429, body=BUSY, headers={"Retry-After": asked})
    outcome = await painter.draw(order(deadline=20))
    assert isinstance(outcome, NotDrawn)
    assert (outcome.why, len(gateway.requests), clock.pauses) == ("busy", 1, [])


async def test_several_calls_where_one_cannot_hold_them_all(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    outcome = await painter.draw(order(variants=4, per_call=3))
    assert isinstance(outcome, Drawn)
    assert (len(outcome.drawings), outcome.cost_micros) == (4, 4 * FAST)
    assert sorted(asked.n for asked in gateway.requests) == [1, 3]
    assert {asked.headers["Idempotency-Key"] for asked in gateway.requests} == {"0JOB-1", "0JOB-2"}


async def test_a_model_of_one_picture_per_call_is_remembered(clock: Any) -> None:
    async with FakeGateway(single=True) as gateway:
        painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=4, clock=clock)
        for requests in (5, 9):  # one refused and four drawn; then four drawn
            outcome = await painter.draw(order())
            assert isinstance(outcome, Drawn)
            assert (len(outcome.drawings), outcome.cost_micros) == (4, 4 * FAST)
            assert len(gateway.requests) == requests
        keys = [asked.headers["Idempotency-Key"] for asked in gateway.requests[:5]]
        assert keys[0] == "0JOB"
        assert sorted(keys[1:]) == ["0JOB-1", "0JOB-2", "0JOB-3", "0JOB-4"]
        await painter.close()


async def test_some_parts_are_a_success(gateway: FakeGateway, painter: GatewayPainter) -> None:
    policy = {"error": {"code": "moderation_blocked"}}
    gateway.next("ok")
    gateway.next("status", status=500, body=BUSY, bill=1)
    gateway.next("status", status=400, body=policy)
    gateway.next("ok", data=b"nothing")
    outcome = await painter.draw(order(variants=4, per_call=1))
    assert isinstance(outcome, Drawn)
    assert (len(outcome.drawings), outcome.filtered, outcome.broken, outcome.failed) == (1, 1, 1, 1)
    assert (outcome.cost_micros, outcome.uncertain_micros) == (2 * FAST, FAST)
    assert gateway.billed_micros == 3 * FAST


async def test_without_any_picture_the_unknown_part_decides(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("status", status=400, body={"error": {"code": "moderation_blocked"}})
    gateway.next("raw")
    outcome = await painter.draw(order(variants=2, per_call=1))
    assert isinstance(outcome, Unknown)
    assert outcome.uncertain_micros == FAST


async def test_a_refused_key_is_off_until_one_request_succeeds(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any
) -> None:
    key, gateway.key = gateway.key, "sk-cg-other"
    tier = CATALOG.tiers["gpt"]
    assert painter.unavailable(tier) is None
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            outcome = await painter.draw(order())
            assert isinstance(outcome, NotDrawn)
            assert outcome.why == "key"
        assert len(gateway.requests) == 1
        assert painter.unavailable(tier) == "The gateway refuses our key; the operator has been told."
        clock.now += 61
        assert painter.unavailable(tier) is None
        await asyncio.gather(painter.draw(order()), painter.draw(order()))
        assert len(gateway.requests) == 2
        assert painter.unavailable(tier)
    assert len([line for line in logs if line["log_level"] == "warning"]) == 1
    gateway.key = key
    clock.now += 61
    assert isinstance(await painter.draw(order()), Drawn)
    assert painter.unavailable(tier) is None


async def test_a_trial_that_is_cancelled_leaves_the_door_ajar(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any
) -> None:
    gateway.next("status", status=402, body=BUSY)
    await painter.draw(order())
    clock.now += 61
    gateway.next("drip")
    trial = asyncio.create_task(painter.draw(order()))
    while not gateway.dripping:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert painter.unavailable(CATALOG.tiers["fast"])
    trial.cancel()
    await asyncio.wait([trial])
    assert isinstance(await painter.draw(order()), Drawn)


async def test_an_unknown_model_is_off_alone(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any
) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            outcome = await painter.draw(order(model="imagen-9"))
            assert isinstance(outcome, NotDrawn)
            assert outcome.why == "model"
    assert len(gateway.requests) == 1
    warning = next(line for line in logs if line["log_level"] == "warning")
    assert warning["model"] == "imagen-9"
    gone = CATALOG.tiers["fast"].model_copy(update={"model": "imagen-9"})
    assert painter.unavailable(gone) is not None
    assert painter.unavailable(CATALOG.tiers["standard"]) is None
    clock.now += 901
    assert painter.unavailable(gone) is None


@pytest.mark.parametrize(
    ("tier", "changes", "fields"),
    [
        ("fast", {}, {"n": 4, "aspect_ratio": "16:9", "output_format": "jpeg"}),
        ("fast", {"variants": 1}, {"aspect_ratio": "16:9", "output_format": "jpeg"}),
        ("fast", {"told": "size"}, {"n": 4, "size": "16:9", "output_format": "jpeg"}),
        ("gpt", {}, {"n": 4, "size": "1536x864", "output_format": "jpeg", "quality": "medium"}),
        (
            "gpt",
            {"variants": 1, "transparent": True, "quality": "high", "ratio": "1:1"},
            {"size": "1024x1024", "output_format": "png", "background": "transparent", "quality": "high"},
        ),
    ],
)
async def test_what_is_asked(
    gateway: FakeGateway, painter: GatewayPainter, tier: str, changes: Any, fields: Any
) -> None:
    ordered = order(tier, **changes)
    assert isinstance(await painter.draw(ordered), Drawn)
    expected = {"model": ordered.tier.model, "prompt": ordered.prompt, **fields}
    assert gateway.requests[0].body == expected
    assert gateway.requests[0].headers["Idempotency-Key"] == "0JOB"


async def test_neither_prompt_nor_key_is_logged(
    gateway: FakeGateway, painter: GatewayPainter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    prompt = "a very secret prompt about foxes"
    echoes = [
        {"error": {"code": "moderation_blocked", "message": f"Your prompt {prompt!r} with {gateway.key}"}},
        {"error": {"message": f"cannot draw {prompt[:20]}"}},
        {"error": {"code": "invalid_api_key", "message": f"Incorrect API key provided: {gateway.key}."}},
    ]
    with structlog.testing.capture_logs() as logs:
        outcomes = []
        for body in echoes:
            gateway.next("status", status=400, body=body)
            outcomes.append(await painter.draw(order(prompt=prompt)))
    told = f"{logs} {outcomes} {caplog.text}"
    for secret in (prompt, prompt[:20], gateway.key):
        assert secret not in told
    assert isinstance(outcomes[0], Declined)
    assert "moderation_blocked" in outcomes[0].words


@pytest.mark.parametrize("prompt", ["insufficient balance", "your organization must be verified"])
async def test_a_prompt_that_is_quoted_switches_nothing_off(
    gateway: FakeGateway, painter: GatewayPainter, prompt: str
) -> None:
    gateway.next("status", status=403, body={"error": {"message": f"Rejected: {prompt}"}})
    outcome = await painter.draw(order(prompt=prompt))
    assert isinstance(outcome, NotDrawn)
    assert outcome.why == "request"
    assert painter.unavailable(CATALOG.tiers["fast"]) is None


async def test_the_log_tells_what_support_will_ask(gateway: FakeGateway, painter: GatewayPainter) -> None:
    with structlog.testing.capture_logs() as logs:
        await painter.draw(order())
    line = logs[0]
    assert (line["request_id"], line["status"], line["asked"], line["got"]) == ("req-fake", 200, 4, 4)
    assert (line["job"], line["form"], line["log_level"]) == ("0JOB", "b64", "info")
    assert line["bytes"] > 0


async def test_the_models_on_offer(gateway: FakeGateway, make_painter: Any) -> None:
    assert await make_painter().models() >= {"imagen-4-flash", "gpt-image-2"}
    with pytest.raises(GatewayError, match="refuses the key; check CODEGATEWAY_API_KEY"):
        await make_painter(key="sk-wrong").models()
    with pytest.raises(GatewayError, match="check CODEGATEWAY_BASE_URL"):
        await make_painter("http://127.0.0.1:1/v1").models()
    with pytest.raises(GatewayError, match="answered 404"):
        await make_painter(gateway.origin).models()
    gateway.next("body", body=b"<html>")
    with pytest.raises(GatewayError, match="end in /v1"):
        await make_painter().models()


async def test_what_the_environment_says_of_openai_stays_home(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, make_painter: Any
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-secret")
    await make_painter().draw(order())
    assert "secret" not in str(gateway.requests[0].headers)
