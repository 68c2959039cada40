"""The operator's lines about refusals: one for each, with its reason, and an alert after several alike."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from bot.painters.gateway import GatewayPainter
from bot.painters.gateway.refusal_log import IN_A_ROW
from bot.painters.port import Drawn
from bot.telemetry.metrics import GATEWAY_ALERTS, Metrics
from tests.bot.painters.gateway.orders import order
from tests.bot.painters.gateway.test_outcomes import BAD, BUSY, CASES, POLICY, SENSITIVE, status
from tests.fakes.gateway import FakeGateway

PROMPT = "a very long prompt about a red fox in deep snow at night"
Logs = list[Any]
Behaviours = list[tuple[str, dict[str, Any]]]


@contextlib.contextmanager
def watching() -> Iterator[Logs]:
    with structlog.testing.capture_logs() as logs:
        yield logs


def warnings(logs: Logs) -> Logs:
    return [line for line in logs if line["log_level"] == "warning"]


def alerts(logs: Logs) -> Logs:
    return [line for line in logs if line["log_level"] == "error"]


@pytest.mark.parametrize(
    "behaviours", [pytest.param(case[1], id=case[0]) for case in CASES if case[2] is not Drawn]
)
async def test_every_refusal_leaves_one_warning_with_its_reason(
    gateway: FakeGateway, painter: GatewayPainter, behaviours: Behaviours
) -> None:
    for name, options in behaviours:
        gateway.next(name, **options)
    with watching() as logs:
        outcome = await painter.draw(order(prompt=PROMPT))
    [line] = warnings(logs)
    assert line["job"] == "0JOB"
    assert line["outcome"] == getattr(outcome, "why", "declined")
    assert line["words"]
    assert len(line["words"]) <= 400
    assert all(PROMPT not in str(each) and gateway.key not in str(each) for each in logs)


@pytest.mark.parametrize("case", [case for case in CASES if case[2] is Drawn], ids=lambda case: case[0])
async def test_what_is_drawn_leaves_no_warning(
    gateway: FakeGateway, painter: GatewayPainter, case: Any
) -> None:
    for name, options in case[1]:
        gateway.next(name, **options)
    with watching() as logs:
        await painter.draw(order())
    assert warnings(logs) == alerts(logs) == []


async def test_the_line_has_status_code_parameter_and_scrubbed_words(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    text = f"Invalid size for fox\x1b[2J with key {gateway.key}, {'x' * 500}"
    error = {"code": "invalid_value", "type": "invalid_request_error", "param": "size", "message": text}
    gateway.next("status", status=400, body={"error": error})
    with watching() as logs:
        await painter.draw(order(prompt="fox"))
    [line] = warnings(logs)
    assert (line["status"], line["code"], line["parameter"]) == (400, "invalid_value", "size")
    assert "Invalid size for [prompt]" in line["words"]
    assert "with key [key]" in line["words"]
    assert line["words"].isprintable()
    assert len(line["words"]) < 300


async def test_words_that_repeat_the_prompt_are_left_out_and_said_to_be(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("status", status=400, body={"error": {"code": "bad", "message": f"cannot draw {PROMPT}"}})
    with watching() as logs:
        await painter.draw(order(prompt=PROMPT))
    assert warnings(logs)[0]["words"] == "400 bad: (its text repeats the prompt)"


async def test_each_call_of_a_drawing_leaves_its_own_line(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("status", status=400, body=POLICY)
    gateway.next("status", status=500, body=None)
    gateway.next("ok")
    with watching() as logs:
        await painter.draw(order(images=3, per_call=1))
    assert sorted(line["outcome"] for line in warnings(logs)) == ["declined", "server error"]


async def test_a_refusal_that_is_mended_at_once_is_none(make_painter: Any) -> None:
    async with FakeGateway(single=True) as single:
        with watching() as logs:
            outcome = await make_painter(single.base_url).draw(order("gpt", images=2))
    assert isinstance(outcome, Drawn)
    assert warnings(logs) == []


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        ({"status": 403}, "a link answered 403 (127.0.0.1)"),
        ({"redirects": 99}, "a link redirects more than 3 times (127.0.0.1)"),
        ({"failures": 99}, "a link failed: status 500 (127.0.0.1)"),
        ({"data": b"<html>"}, "This is not a JPEG, PNG or WebP picture."),
        ({"links": ["https://127.0.0.1:9/p?sig=secret"]}, "a link failed: not a public address (127.0.0.1)"),
        ({"links": ["ftp://cdn.example/p?sig=secret"]}, "a link is not https (cdn.example)"),
        ({"links": ["https://c.invalid/p?sig=secret"]}, "a link failed: the host has no address (c.invalid)"),
        ({"links": ["https://[::1/"]}, "a link is no address"),
        (
            {"redirects": 9, "to": "https://10.0.0.1/p?sig=secret"},
            "a link failed: not a public address (10.0.0.1)",
        ),
    ],
)  # fmt: skip
async def test_a_link_that_cannot_be_fetched_says_why(
    gateway: FakeGateway, painter: GatewayPainter, picture: dict[str, Any], why: str
) -> None:
    gateway.next("urls", **picture)
    with watching() as logs:
        await painter.draw(order(images=1))
    [line] = warnings(logs)
    assert line["words"].startswith(why)
    assert "secret" not in str(logs)


async def test_some_broken_pictures_say_why_too(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("urls")
    await painter.draw(order(images=1))
    gateway.next("urls", links=[f"{gateway.origin}/pictures/0", "https://127.0.0.1/x", "https://127.0.0.1/y"])
    with watching() as logs:
        await painter.draw(order(images=3))
    [line] = warnings(logs)
    assert (line["job"], line["broken"]) == ("0JOB", 2)
    assert line["words"] == "a link failed: not a public address (127.0.0.1)"


@pytest.mark.parametrize(
    ("to", "origin"),
    [
        ("https://login.example/next?token=secret", "https://login.example"),
        ("/v1/images", "/v1/images"),
        ("javascript:secret", "nowhere"),
        ("", "nowhere"),
    ],
)
async def test_a_redirect_says_where_it_leads(
    gateway: FakeGateway, painter: GatewayPainter, to: str, origin: str
) -> None:
    gateway.next("status", status=307, headers={"Location": to})
    with watching() as logs:
        await painter.draw(order())
    [line] = warnings(logs)
    assert line["words"] == f"307 a redirect to {origin}, which is not followed"
    assert "secret" not in str(logs)


async def refused(
    gateway: FakeGateway, painter: GatewayPainter, times: int, *behaviour: tuple[str, dict[str, Any]]
) -> Logs:
    with watching() as logs:
        for job in range(times):
            name, options = behaviour[job % len(behaviour)]
            gateway.next(name, **options)
            await painter.draw(order(job=f"0JOB{gateway.billed_micros}{len(gateway.requests)}"))
    return logs


@pytest.fixture
def figures(make_painter: Callable[..., GatewayPainter]) -> tuple[GatewayPainter, Metrics]:
    metrics = Metrics()
    return make_painter(watched=metrics), metrics


async def test_the_same_refusal_in_a_row_is_an_alert_until_one_drawing_succeeds(
    gateway: FakeGateway, figures: tuple[GatewayPainter, Metrics]
) -> None:
    painter, metrics = figures
    few = await refused(gateway, painter, IN_A_ROW - 1, status(400, BAD))
    assert (alerts(few), metrics.value(GATEWAY_ALERTS)) == ([], 0)
    more = await refused(gateway, painter, 3, status(400, BAD))
    [alert] = alerts(more)
    assert (alert["model"], alert["outcome"], alert["status"]) == ("imagen-4-flash", "request", 400)
    assert "[tiers.fast] in catalog.toml" in alert["fix"]
    assert metrics.value(GATEWAY_ALERTS) == 1
    with watching() as logs:
        assert isinstance(await painter.draw(order(job="0LAST")), Drawn)
    assert [line["event"] for line in logs if "again" in line["event"]] == ["the gateway draws again"]
    assert metrics.value(GATEWAY_ALERTS) == 0
    assert alerts(await refused(gateway, painter, IN_A_ROW - 1, status(400, BAD))) == []


LINKS = ("urls", {"status": 403})
CUT = ("raw", {})


@pytest.mark.parametrize(
    ("behaviour", "fix"),
    [
        (status(400, BAD), "catalog.toml"),
        (status(405, {"error": "no"}), "CODEGATEWAY_BASE_URL"),
        (status(307, headers={"Location": "https://x.example/"}), "CODEGATEWAY_BASE_URL"),
        (status(500, BAD), "enabled = false"),
        (status(429, BUSY, headers={"Retry-After": "900"}), "IMAGINE_MAX_IN_FLIGHT"),
        (("data", {"data": []}), "without pictures"),
        (("body", {"body": b"<html>"}), "no image API"),
        (LINKS, "https links"),
        (CUT, "proxy"),
    ],
    ids=str,
)
async def test_the_alert_of_each_refusal_says_what_to_do(
    gateway: FakeGateway, painter: GatewayPainter, behaviour: Any, fix: str
) -> None:
    [alert] = alerts(await refused(gateway, painter, IN_A_ROW, behaviour))
    assert fix in alert["fix"]


async def test_an_unreachable_gateway_is_an_alert_too(make_painter: Callable[..., GatewayPainter]) -> None:
    painter = make_painter("http://127.0.0.1:1/v1")
    with watching() as logs:
        for job in range(IN_A_ROW):
            await painter.draw(order(job=f"0JOB{job}"))
    assert [line["fix"] for line in alerts(logs)] == ["check CODEGATEWAY_BASE_URL and the network"]


async def test_a_deadline_is_an_alert_too(gateway: FakeGateway, painter: GatewayPainter) -> None:
    with watching() as logs:
        for job in range(IN_A_ROW):
            gateway.next("slow", seconds=1)
            await painter.draw(order(job=f"0JOB{job}", deadline=0.05))
    assert ["raise deadline" in line["fix"] for line in alerts(logs)] == [True]


async def test_refusals_of_other_kinds_or_of_prompts_are_not_in_a_row(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    mixed = await refused(gateway, painter, 2 * IN_A_ROW, status(400, BAD), status(500, BAD))
    prompts = await refused(gateway, painter, 2 * IN_A_ROW, status(400, POLICY), status(500, SENSITIVE))
    assert alerts(mixed) == alerts(prompts) == []


async def test_one_drawing_in_several_calls_counts_once(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    with watching() as logs:
        for _ in range(2 * IN_A_ROW):
            gateway.next("status", status=400, body=BAD)
        for job in ("0ONE", "0TWO"):
            await painter.draw(order(job=job, images=4, per_call=1))
    assert alerts(logs) == []
    assert len(warnings(logs)) == 8


async def test_a_key_that_is_refused_is_an_alert_at_once(
    gateway: FakeGateway, figures: tuple[GatewayPainter, Metrics], clock: Any
) -> None:
    painter, metrics = figures
    [alert] = alerts(await refused(gateway, painter, 1, status(401, {"error": "no"})))
    assert "CODEGATEWAY_API_KEY" in alert["fix"]
    assert metrics.value(GATEWAY_ALERTS) == 1
    clock.now += 61
    assert isinstance(await painter.draw(order()), Drawn)
    assert metrics.value(GATEWAY_ALERTS) == 0
