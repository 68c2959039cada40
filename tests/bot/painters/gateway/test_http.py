"""The gateway and the log get what they should, and nobody else gets anything."""

import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import structlog

from bot.painters.gateway import GatewayError, GatewayPainter
from bot.painters.port import Declined, Drawn, NotDrawn, Unknown
from tests.bot.painters.gateway.orders import CATALOG, order
from tests.fakes.gateway import FakeGateway


@pytest.mark.parametrize(
    ("tier", "changes", "fields"),
    [
        ("fast", {}, {"n": 4, "aspect_ratio": "16:9", "output_format": "jpeg"}),
        ("fast", {"images": 1}, {"aspect_ratio": "16:9", "output_format": "jpeg"}),
        ("fast", {"ratio_style": "size"}, {"n": 4, "size": "16:9", "output_format": "jpeg"}),
        ("gpt", {}, {"n": 4, "size": "1536x864", "output_format": "jpeg", "quality": "medium"}),
        (
            "gpt",
            {"images": 1, "transparent": True, "quality": "high", "ratio": "1:1"},
            {"size": "1024x1024", "output_format": "png", "background": "transparent", "quality": "high"},
        ),
    ],
)
async def test_a_request_holds_these_fields(
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
    output = f"{logs} {outcomes} {caplog.text}"
    for secret in (prompt, prompt[:20], gateway.key):
        assert secret not in output
    assert isinstance(outcomes[0], Declined)
    assert "moderation_blocked" in outcomes[0].words


@pytest.mark.parametrize("prompt", ["insufficient balance", "your organization must be verified"])
async def test_an_error_that_quotes_the_prompt_switches_nothing_off(
    gateway: FakeGateway, painter: GatewayPainter, prompt: str
) -> None:
    gateway.next("status", status=403, body={"error": {"message": f"Rejected: {prompt}"}})
    outcome = await painter.draw(order(prompt=prompt))
    assert isinstance(outcome, NotDrawn)
    assert outcome.why == "request"
    assert painter.unavailable(CATALOG.tiers["fast"]) is None


async def test_the_log_holds_what_support_asks_for(gateway: FakeGateway, painter: GatewayPainter) -> None:
    with structlog.testing.capture_logs() as logs:
        await painter.draw(order())
    line = logs[0]
    assert (line["request_id"], line["status"], line["asked"], line["got"]) == ("req-fake", 200, 4, 4)
    assert (line["job"], line["form"], line["log_level"]) == ("0JOB", "b64", "info")
    assert line["bytes"] > 0


async def test_the_list_of_models_and_its_errors(gateway: FakeGateway, make_painter: Any) -> None:
    assert await make_painter().models() >= {"imagen-4-flash", "gpt-image-2"}
    with pytest.raises(GatewayError, match="refuses the key; check CODEGATEWAY_API_KEY"):
        await make_painter(key="sk-wrong").models()
    with pytest.raises(GatewayError, match="check CODEGATEWAY_BASE_URL"):
        await make_painter("http://127.0.0.1:1/v1").models()
    with pytest.raises(GatewayError, match="answered 404"):
        await make_painter(gateway.origin).models()
    gateway.next_list("body", body=b"<html>")
    with pytest.raises(GatewayError, match="end in /v1"):
        await make_painter().models()


async def test_openai_variables_of_the_environment_are_not_sent(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, make_painter: Any
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-secret")
    await make_painter().draw(order())
    assert "secret" not in str(gateway.requests[0].headers)


HTTP_ERRORS = [
    kind
    for kind in vars(httpx2).values()
    if isinstance(kind, type)
    and issubclass(kind, httpx2.RequestError)
    and kind is not httpx2.TooManyRedirects
]
BREAKS = [*(kind("x") for kind in HTTP_ERRORS), ssl.SSLError(1, "bad record"), ConnectionResetError()]


@pytest.mark.parametrize("error", BREAKS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("status", [200, 500])
async def test_a_body_that_breaks_is_an_unknown_outcome(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: Any, error: Exception, status: int
) -> None:
    async def broken(*_: object, **__: object) -> AsyncIterator[bytes]:
        yield b"{"
        raise error

    monkeypatch.setattr(httpx2.Response, "aiter_bytes", broken)
    gateway.next("status", status=status, body={}, bill=4)
    outcome = await painter.draw(order())
    assert isinstance(outcome, Unknown)
    whys = {httpx2.DecodingError: "unreadable answer", httpx2.TimeoutException: "deadline"}
    why = next((why for kind, why in whys.items() if isinstance(error, kind)), "cut off")
    assert outcome.why == (why if status == 200 else "server error")
    assert outcome.uncertain_micros == gateway.billed_micros
