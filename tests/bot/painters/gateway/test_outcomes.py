"""Every answer and every fault: its outcome, its cost, and the number of requests to the gateway."""

import base64
import gzip
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.painters.gateway import GatewayPainter
from bot.painters.gateway.http import MAX_BODY
from bot.painters.port import Declined, Drawn, NotDrawn, Outcome, Unknown
from tests.bot.painters.gateway.orders import FAST, order
from tests.bot.painters.gateway.test_image_check import make_picture, rgb, turned, without
from tests.fakes.gateway import FakeGateway

POLICY = {"error": {"code": "moderation_blocked", "type": "image_generation_user_error", "message": "no"}}
OLD_POLICY = {
    "error": {"code": None, "message": "Your request was rejected as a result of our safety system."}
}
GOOGLE = {"error": {"code": "400", "message": "violate Google's Responsible AI practices"}}
RESELLER = {"error": {"type": "shell_api_error", "message": "safety_violations=[violence]"}}
SENSITIVE = {"error": {"code": "sensitive_words_detected", "type": "new_api_error", "message": "no"}}
TOKEN_QUOTA = {"error": {"code": "pre_consume_token_quota_failed", "message": "token quota is not enough"}}
BUSY = {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}
OVERLOADED = {"error": {"message": "overloaded"}}
NO_QUOTA = {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}
LITELLM_QUOTA = {"error": {"code": "429", "type": "throttling_error", "message": "insufficient_quota: pay"}}
BALANCE = {"error": {"type": "permission_denied", "message": "insufficient balance"}}
BILLING = {"error": {"code": "billing_hard_limit_reached", "message": "hard limit"}}
UNVERIFIED = {"error": {"message": "Your organization must be verified to use the model `gpt-image-2`."}}
NO_MODEL = {"error": {"code": "model_not_found", "message": "no such model"}}
PUBLISHER = {"error": {"code": "404", "message": "Publisher Model `imagen` was not found"}}
NO_CHANNEL = {
    "error": {"code": "model_not_found", "type": "new_api_error", "message": "No available channel"}
}
BAD = {"error": {"code": "invalid_value", "message": "Invalid size"}}
PACKED, BOMB = gzip.compress(b'{"data": null}'), gzip.compress(bytes(MAX_BODY + 1))
PACKING = {"Content-Encoding": "gzip"}
N = 4
BODY = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n{"data": [{"b64'
LIE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"created":1,"data":[]}'

Case = tuple[str, list[tuple[str, dict[str, Any]]], type[Outcome], str, int, int]


def status(number: int, body: Any = None, **more: Any) -> tuple[str, dict[str, Any]]:
    return "status", {"status": number, "body": body, **more}


DOUBT = {"bill": N}
TABLELESS = without(make_picture("jpeg"), 0xC4, 0xDB)
NOISE = rgb(40, 30, b"no pixels at all" * 99)
TEN_BYTES = b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a\x40\0\x40\0"
CASES: list[Case] = [
    # name, behaviours, outcome, why, pictures, requests
    ("drawn", [("ok", {})], Drawn, "", 4, 1),
    ("data prefix", [("ok", {"prefix": "data:image/jpeg;base64,"})], Drawn, "", 4, 1),
    ("whitespace", [("ok", {"prefix": " \n data:image/jpeg;base64,\n"})], Drawn, "", 4, 1),
    ("webp", [("ok", {"format": "webp"})], Drawn, "", 4, 1),
    ("other shape", [("ok", {"size": (64, 64)})], Drawn, "", 4, 1),
    ("links", [("urls", {})], Drawn, "", 4, 1),
    ("redirected links", [("urls", {"redirects": 3})], Drawn, "", 4, 1),
    ("links that fail once", [("urls", {"failures": 1})], Drawn, "", 4, 1),
    ("fewer", [("ok", {"count": 3})], Drawn, "", 3, 1),
    ("more", [("ok", {"count": 6})], Drawn, "", 4, 1),
    ("expired links", [("urls", {"status": 403})], NotDrawn, "broken", 0, 1),
    ("links round in circles", [("urls", {"redirects": 99})], NotDrawn, "broken", 0, 1),
    ("links that always fail", [("urls", {"failures": 99})], NotDrawn, "broken", 0, 1),
    ("links to nonsense", [("urls", {"data": b"<html>"})], NotDrawn, "broken", 0, 1),
    ("unreadable bytes", [("ok", {"data": b"GIF89a"})], NotDrawn, "broken", 0, 1),
    ("a JPEG without tables", [("ok", {"data": TABLELESS})], NotDrawn, "broken", 0, 1),
    ("a PNG of noise", [("ok", {"data": NOISE})], NotDrawn, "broken", 0, 1),
    ("a WebP of ten bytes", [("urls", {"data": TEN_BYTES})], NotDrawn, "broken", 0, 1),
    ("policy", [status(400, POLICY)], Declined, "", 0, 1),
    ("old policy", [status(400, OLD_POLICY)], Declined, "", 0, 1),
    ("google policy", [status(400, GOOGLE)], Declined, "", 0, 1),
    ("reseller policy", [status(403, RESELLER)], Declined, "", 0, 1),
    ("policy by status", [status(451, {"error": "content policy"})], Declined, "", 0, 1),
    ("bad request", [status(400, BAD)], NotDrawn, "request", 0, 1),
    ("list", [status(400, [BAD])], NotDrawn, "request", 0, 1),
    ("bare string", [status(400, {"error": "no"})], NotDrawn, "request", 0, 1),
    ("too large", [status(413, text="<h1>413</h1>")], NotDrawn, "request", 0, 1),
    ("unprocessable", [status(422, {"detail": [{"msg": "no"}]})], NotDrawn, "request", 0, 1),
    ("forbidden", [status(403, text="<h1>blocked</h1>")], NotDrawn, "request", 0, 1),
    ("redirect", [status(307, headers={"Location": "/v1/images/generations"})], NotDrawn, "request", 0, 1),
    ("moved", [status(301, headers={"Location": "http://127.0.0.1:1/"})], NotDrawn, "request", 0, 1),
    ("key", [status(401, {"error": {"type": "authentication_error"}})], NotDrawn, "key", 0, 1),
    ("payment", [status(402, {"error": "pay"})], NotDrawn, "key", 0, 1),
    ("balance", [status(403, BALANCE)], NotDrawn, "key", 0, 1),
    ("billing", [status(400, BILLING)], NotDrawn, "key", 0, 1),
    ("quota", [status(429, NO_QUOTA)], NotDrawn, "key", 0, 1),
    ("quota, rewritten", [status(429, LITELLM_QUOTA)], NotDrawn, "key", 0, 1),
    ("unverified", [status(403, UNVERIFIED)], NotDrawn, "model", 0, 1),
    ("no model", [status(404, NO_MODEL)], NotDrawn, "model", 0, 1),
    ("no publisher model", [status(404, PUBLISHER)], NotDrawn, "model", 0, 1),
    ("no channel", [status(503, NO_CHANNEL)], NotDrawn, "model", 0, 1),
    ("busy, then drawn", [status(429, BUSY), ("ok", {})], Drawn, "", 4, 2),
    ("busy twice, then drawn", [status(429, BUSY), status(503, OVERLOADED), ("ok", {})], Drawn, "", 4, 3),
    ("busy thrice", [status(429, BUSY)] * 3, NotDrawn, "busy", 0, 3),
    ("busy in HTML", [status(429, text="<h1>429</h1>")] * 3, NotDrawn, "busy", 0, 3),
    ("overloaded thrice", [status(503, OVERLOADED)] * 3, NotDrawn, "busy", 0, 3),
    ("busy, then unknown", [status(429, BUSY), status(500, BAD, **DOUBT)], Unknown, "server error", 0, 2),
    ("503 in HTML", [status(503, text="<h1>503</h1>", **DOUBT)], Unknown, "server error", 0, 1),
    ("503 without a reason", [status(503, {"ok": False}, **DOUBT)], Unknown, "server error", 0, 1),
    ("500", [status(500, BAD, **DOUBT)], Unknown, "server error", 0, 1),
    ("500 of a policy", [status(500, POLICY, **DOUBT)], Declined, "", 0, 1),
    ("500 of a word list", [status(500, SENSITIVE, **DOUBT)], Declined, "", 0, 1),
    ("502 of a filter", [status(502, {"error": "blocked by content filters"}, **DOUBT)], Declined, "", 0, 1),
    ("503 of a policy", [status(503, OLD_POLICY, **DOUBT)], Declined, "", 0, 1),
    ("400 of a filter", [status(400, {"error": "blocked by content filters"})], Declined, "", 0, 1),
    ("422 of a guideline", [status(422, {"error": "violates usage guidelines"})], Declined, "", 0, 1),
    ("prompt blocked", [status(400, {"error": {"code": "prompt_blocked"}})], Declined, "", 0, 1),
    ("policy in plain text", [status(400, text="rejected by our safety system")], Declined, "", 0, 1),
    ("a 429 of a policy", [status(429, POLICY)], Declined, "", 0, 1),
    ("token quota", [status(403, TOKEN_QUOTA)], NotDrawn, "key", 0, 1),
    ("502", [status(502, text="<h1>502</h1>", **DOUBT)], Unknown, "server error", 0, 1),
    ("504", [status(504, BAD, **DOUBT)], Unknown, "server error", 0, 1),
    ("529", [status(529, OVERLOADED, **DOUBT)], Unknown, "server error", 0, 1),
    ("408", [status(408, BAD, **DOUBT)], Unknown, "server error", 0, 1),
    ("409", [status(409, BAD, **DOUBT)], Unknown, "server error", 0, 1),
    ("cut before the answer", [("raw", {})], Unknown, "cut off", 0, 1),
    ("cut in the head", [("raw", {"data": b"HTTP/1.1 200 O"})], Unknown, "cut off", 0, 1),
    ("cut in the body", [("raw", {"data": BODY})], Unknown, "cut off", 0, 1),
    ("not HTTP", [("raw", {"data": b"SSH-2.0-OpenSSH\r\n"})], Unknown, "cut off", 0, 1),
    ("a length that lies", [("raw", {"data": LIE})], Unknown, "unreadable answer", 0, 1),
    ("truncated", [("body", {"body": b'{"data": [{"b64_json": "/9j/'})], Unknown, "unreadable answer", 0, 1),
    ("empty", [("body", {"body": b""})], Unknown, "unreadable answer", 0, 1),
    ("HTML", [("body", {"body": b"<html>Welcome</html>"})], Unknown, "unreadable answer", 0, 1),
    ("too deep", [("body", {"body": b"[" * 100_000})], Unknown, "unreadable answer", 0, 1),
    ("a string", [("body", {"body": b'"ok"'})], Unknown, "unreadable answer", 0, 1),
    ("no data", [("data", {"created": 1})], Unknown, "unreadable answer", 0, 1),
    ("strange data", [("data", {"data": "soon"})], Unknown, "unreadable answer", 0, 1),
    ("data null", [("data", {"data": None})], Declined, "", 0, 1),
    ("data empty", [("data", {"data": []})], Declined, "", 0, 1),
    ("no picture in any", [("data", {"data": [{}, {"url": None}, None]})], Declined, "", 0, 1),
    ("packed", [("body", {"body": PACKED, **PACKING})], Declined, "", 0, 1),
    ("badly packed", [("body", {"body": b"no", **PACKING})], Unknown, "unreadable answer", 0, 1),
    ("a bomb", [("body", {"body": BOMB, **PACKING})], Unknown, "unreadable answer", 0, 1),
    ("policy in a 200", [("data", POLICY)], Declined, "", 0, 1),
    ("policy as a 200's text", [("body", {"body": b"rejected by content filters"})], Declined, "", 0, 1),
    ("policy as a 200's string", [("body", {"body": b'"prompt_blocked"'})], Declined, "", 0, 1),
    ("block reason in a 200", [("data", {"promptFeedback": {"blockReason": "SAFETY"}})], Declined, "", 0, 1),
    ("error in a 200", [("data", BAD)], NotDrawn, "request", 0, 1),
    ("busy in a 200", [("data", BUSY)], NotDrawn, "request", 0, 1),
    ("balance in a 200", [("data", BALANCE)], NotDrawn, "key", 0, 1),
    ("error list in a 200", [("body", {"body": json.dumps([POLICY]).encode()})], Declined, "", 0, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("behaviours", "kind", "why", "pictures", "requests"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
async def test_every_answer_ends_in_one_outcome_and_an_honest_cost(
    gateway: FakeGateway,
    painter: GatewayPainter,
    behaviours: list[tuple[str, dict[str, Any]]],
    kind: type[Outcome],
    why: str,
    pictures: int,
    requests: int,
) -> None:
    for name, options in behaviours:
        gateway.next(name, **options)
    outcome = await painter.draw(order(images=N))
    assert type(outcome) is kind
    assert getattr(outcome, "why", "") == why
    assert len(getattr(outcome, "drawings", ())) == pictures
    assert len(gateway.requests) == requests
    assert outcome.cost_micros + outcome.uncertain_micros >= gateway.billed_micros
    if isinstance(outcome, Unknown) or outcome.uncertain_micros:
        assert (outcome.cost_micros, outcome.uncertain_micros) == (0, N * FAST)
    else:
        assert outcome.cost_micros == gateway.billed_micros


async def test_fewer_are_filtered_and_more_are_billed(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("ok", count=3)
    gateway.next("ok", count=6)
    few, many = await painter.draw(order()), await painter.draw(order())
    assert isinstance(few, Drawn)
    assert isinstance(many, Drawn)
    assert (few.filtered, few.broken, few.cost_micros) == (1, 0, 3 * FAST)
    assert (many.filtered, many.broken, many.cost_micros) == (0, 0, 6 * FAST)


async def test_the_quality_in_the_answer_sets_the_cost(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("ok", quality="high")
    gateway.next("ok", quality="standard")
    high = await painter.draw(order("gpt", images=2))
    strange = await painter.draw(order("gpt", images=2, quality="low"))
    assert (high.cost_micros, strange.cost_micros) == (2 * 250_500, 2 * 16_500)


async def test_one_answer_never_books_more_than_its_bound(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("data", data=[{"b64_json": "AAAA"}] * 1_000)
    outcome = await painter.draw(order())
    assert outcome.cost_micros == 10 * FAST


async def test_a_cost_far_above_the_hold_switches_the_model_off_and_tells_the_operators(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("data", data=[{"b64_json": "AAAA"}] * (4 * N))
    gateway.next("data", data=[{"b64_json": "AAAA"}] * (4 * N + 1))
    with capture_logs() as lines:
        await painter.draw(order())
        assert painter.unavailable(order().tier) is None, "a small multiple is entered, no more"
        await painter.draw(order())
    assert painter.unavailable(order().tier)
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert line["event"] == "an answer costs far more than was held"
    assert (line["got"], line["cost_micros"]) == (4 * N + 1, (4 * N + 1) * FAST)
    refused = await painter.draw(order())
    assert isinstance(refused, NotDrawn)
    assert refused.why == "model"
    assert len(gateway.requests) == 2


async def test_an_outcome_holds_the_ids_of_all_its_answers(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    """The bill is compared by these ids: of each part of a drawing, of refusals and of answers in doubt."""
    gateway.next("status", status=429, body=BUSY)
    once = await painter.draw(order())
    gateway.next("status", status=400, body=POLICY, headers={"x-request-id": "req-refused"})
    refused = await painter.draw(order())
    gateway.next("status", status=500, body=None, headers={"x-request-id": "req-doubt"}, bill=N)
    doubt = await painter.draw(order())
    gateway.next("body", body=b'{"created": 1, "data": []}')
    nameless = await painter.draw(order())
    assert (once.calls, refused.calls, doubt.calls) == (("req-fake",), ("req-refused",), ("req-doubt",))
    assert nameless.calls == ()
    for name in ("req-1", "req-2"):
        gateway.next("status", status=400, body=POLICY, headers={"x-request-id": name})
    gateway.next("ok")
    parts = await painter.draw(order(images=3, per_call=1))
    assert isinstance(parts, Drawn)
    assert sorted(parts.calls) == ["req-1", "req-2", "req-fake"]


async def test_an_answer_with_good_and_broken_entries_counts_each(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("ok", count=1)
    whole = await painter.draw(order(images=1))
    assert isinstance(whole, Drawn)
    good = base64.b64encode(whole.drawings[0].data).decode()
    entries = [{"b64_json": good}, {"b64_json": "!!!"}, {"url": f"data:image/jpeg;base64,{good}"}, {}]
    gateway.next("data", created=1, data=entries)
    mixed = await painter.draw(order(images=4))
    assert isinstance(mixed, Drawn)
    assert (len(mixed.drawings), mixed.filtered, mixed.broken) == (2, 1, 1)
    assert mixed.cost_micros == 3 * FAST


async def test_an_unreachable_gateway_costs_nothing(make_painter: Any) -> None:
    refused = await make_painter("http://127.0.0.1:1/v1").draw(order())
    slip = await make_painter("ftp://gateway.example/v1").draw(order())
    nowhere = await make_painter("http://gateway.invalid/v1").draw(order())
    assert refused == NotDrawn(why="unreachable", words="ConnectError")
    assert slip == NotDrawn(why="unreachable", words="UnsupportedProtocol")
    assert nowhere == NotDrawn(why="unreachable", words="ConnectError")


async def test_a_gateway_without_tls_gets_no_request(gateway: FakeGateway, make_painter: Any) -> None:
    outcome = await make_painter(gateway.base_url.replace("http:", "https:")).draw(order())
    assert isinstance(outcome, NotDrawn)
    assert outcome.why == "unreachable"
    assert not gateway.requests


async def test_a_picture_on_its_side_has_the_size_that_is_shown(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("ok", data=turned("jpeg", 6))
    gateway.next("urls", data=turned("png", 8))
    encoded, linked = await painter.draw(order(images=1)), await painter.draw(order(images=1))
    for outcome in (encoded, linked):
        assert isinstance(outcome, Drawn)
        assert [(each.width, each.height) for each in outcome.drawings] == [(23, 37)]
