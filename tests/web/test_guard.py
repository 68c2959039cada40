"""The guard of the playground: host names, sites, the token and the size of a body."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from adapters.web import WebAdapter, bodies
from adapters.web.token import Token
from bot.hosts import is_loopback
from bot.port.protocols import CannotRun
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.web.conftest import Page, serving

SAY = {"persona": "web:member", "id": "7b0c4f0e-0d4f-4c8c-9a53-0f8a6d8a1c11", "text": "a red fox"}

GET_PATHS = ("/api/messages?persona=web:member", "/api/events?persona=web:member", "/pictures/x")


async def test_every_answer_carries_the_strict_headers(page: Page) -> None:
    for path in (
        "/",
        "/page.js",
        "/ledger.js",
        "/page.css",
        "/api/books",
        "/api/transcript",
        "/api/messages?persona=web:member",
        "/pictures/none",
        "/nowhere",
    ):
        async with page.http.get(page.adapter.url + path) as answer:
            policy = answer.headers["Content-Security-Policy"].split("; ")
            assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy), path
            assert "unsafe" not in str(policy)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_the_page_has_no_inline_script_or_style_and_nothing_from_elsewhere(page: Page) -> None:
    async with page.http.get(page.adapter.url) as answer:
        text = await answer.text()
    assert "<style" not in text
    assert "style=" not in text
    assert "onclick" not in text
    assert text.count("<script") == text.count('<script type="module" src="/page.js">') == 1
    assert "//" not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:{port}", "127.0.0.1", "localhost:1", ""]
)
async def test_a_foreign_host_name_is_turned_away(page: Page, host: str) -> None:
    port = page.adapter.port
    headers = {"Host": host.format(port=port)}
    for path in ("/", *GET_PATHS, "/api/books", "/api/transcript"):
        async with page.http.get(page.adapter.url + path, headers=headers) as answer:
            assert answer.status == 403, path


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
async def test_every_name_of_this_machine_is_its_own(page: Page, name: str) -> None:
    port = page.adapter.port
    async with page.http.get(page.adapter.url, headers={"Host": f"{name}:{port}"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "{own}", "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_post_from_elsewhere_does_nothing(page: Page, headers: dict[str, str]) -> None:
    filled_headers = {name: value.format(own=page.adapter.url) for name, value in headers.items()}
    for path in ("/api/say", "/api/press", "/api/react", "/api/dismiss", "/api/workbench", "/login"):
        async with page.http.post(page.adapter.url + path, json=SAY, headers=filled_headers) as answer:
            assert answer.status == 403, path
    assert page.core.requests == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"persona": "web:nobody"}, "persona"),
        ({"text": "   "}, "text"),
        ({"text": "x" * 8_001}, "text"),
        ({"id": "not-a-uuid"}, "id"),
        ({"id": None}, "id"),
        ({"extra": 1}, "extra"),
    ],
)
async def test_an_invalid_body_is_400_and_says_why(page: Page, change: Any, says: str) -> None:
    status, answer = await page.post("/api/say", {**SAY, **change})
    assert status == 400
    assert says in answer["error"]
    assert page.core.requests == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b'"x"', b"[" * 50_000])
async def test_malformed_json_is_400(page: Page, raw: bytes) -> None:
    headers = {"Origin": page.adapter.url, "Content-Type": "application/json"}
    async with page.http.post(page.adapter.url + "/api/say", data=raw, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]


async def test_only_json_is_accepted(page: Page) -> None:
    headers = {"Origin": page.adapter.url, "Content-Type": "text/plain"}
    async with page.http.post(page.adapter.url + "/api/say", data="{}", headers=headers) as answer:
        assert answer.status == 415


async def test_an_oversize_body_is_413(page: Page) -> None:
    status, answer = await page.post("/api/say", {**SAY, "text": "x" * 300_000})
    assert status == 413
    assert "256 KiB" in answer["error"]


async def test_an_unknown_persona_has_no_history_and_no_stream(page: Page) -> None:
    for path in ("/api/messages", "/api/events"):
        for query in ({}, {"persona": "web:nobody"}):
            async with page.http.get(page.adapter.url + path, params=query) as answer:
                assert answer.status == 400


async def test_an_error_of_the_core_is_a_sentence_and_the_log_does_not_contain_the_prompt(
    page: Page, capfd: pytest.CaptureFixture[str]
) -> None:
    status, answer = await page.post("/api/say", {**SAY, "text": "a broken teapot"})
    assert status == 500
    assert "broke on our side" in answer["error"]
    printed = "".join(capfd.readouterr())
    assert "RuntimeError" in printed
    assert "teapot" not in printed


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "bot.example", "2130706433"])
def test_a_host_that_others_reach_needs_a_token(host: str, store: MemoryKeyValue) -> None:
    with pytest.raises(ValueError, match="IMAGINE_WEB_TOKEN"):
        WebAdapter(host, 0, store)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_a_loopback_host_needs_no_token(host: str) -> None:
    assert is_loopback(host)


async def test_with_a_token_everything_but_the_sign_in_form_is_closed(store: MemoryKeyValue) -> None:
    async with serving(store, token="sesame") as page:
        for path in (
            *GET_PATHS,
            "/api/inspect?persona=web:member&message=x",
            "/api/books",
            "/api/transcript",
        ):
            async with page.http.get(page.adapter.url + path) as answer:
                assert answer.status == 401, path
        status, _ = await page.post("/api/say", SAY)
        assert status == 401
        async with page.http.get(page.adapter.url) as answer:
            assert answer.status == 401
            assert "Access token" in await answer.text()
        assert page.core.requests == []


async def test_the_right_token_in_the_form_sets_a_cookie_that_is_not_the_token(store: MemoryKeyValue) -> None:
    async with serving(store, token="sesame") as page:
        login, origin = page.adapter.url + "/login", {"Origin": page.adapter.url}
        async with page.http.post(login, data={"token": "Sesame"}, headers=origin) as answer:
            assert answer.status == 401
            assert not answer.cookies
        async with page.http.post(
            login, data={"token": "sesame"}, headers=origin, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            cookie = answer.cookies["imagine_web"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert "sesame" not in cookie.value
        assert "message" in await page.say("a red fox")


async def test_a_token_in_the_address_signs_in_and_the_cookie_outlives_a_restart(
    store: MemoryKeyValue,
) -> None:
    async with serving(store, token="sesame") as page:
        async with page.http.get(page.adapter.url, params={"token": "wrong"}) as answer:
            assert answer.status == 401
        async with page.http.get(page.adapter.url, params={"token": "sesame"}) as answer:
            assert answer.status == 200
            cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
    for token, status in (("sesame", 200), ("changed", 401)):
        async with serving(store, token=token) as page:
            url = f"{page.adapter.url}/api/messages?persona=web:member"
            async with page.http.get(url, cookies=cookies) as answer:
                assert answer.status == status


async def test_an_open_host_is_served_under_any_name_behind_the_token(store: MemoryKeyValue) -> None:
    async with serving(store, host="0.0.0.0", token="sesame") as page:
        url = page.adapter.url.replace("0.0.0.0", "127.0.0.1")
        async with page.http.get(url + "/?token=sesame", headers={"Host": "bot.example"}) as answer:
            assert answer.status == 200


async def test_extra_routes_bring_their_own_checks(store: MemoryKeyValue) -> None:
    async def livez(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    routes = [web.get("/livez", livez)]
    async with (
        serving(store, token="sesame", extra_routes=routes) as page,
        page.http.get(page.adapter.url + "/livez", headers={"Host": "10.0.0.7"}) as answer,
    ):
        assert await answer.text() == "ok"


async def test_a_taken_port_is_a_sentence_that_names_the_setting(page: Page, store: MemoryKeyValue) -> None:
    port = page.adapter.port
    with pytest.raises(CannotRun, match=f"Port {port} on 127.0.0.1 is taken .* IMAGINE_WEB_PORT"):
        await WebAdapter("127.0.0.1", port, store).run(ScriptedCore())


async def test_a_host_that_is_not_this_machines_is_a_sentence_that_names_the_setting(
    store: MemoryKeyValue,
) -> None:
    with pytest.raises(CannotRun, match="check IMAGINE_WEB_HOST"):
        await WebAdapter("192.0.2.1", 0, store, Token("sesame")).run(ScriptedCore())


async def test_open_streams_end_cleanly_when_the_server_stops(page: Page) -> None:
    async with page.events(after=(await page.state())["last"]) as events:
        page.running.cancel()
        assert await events.content.read() == b""


# --- what a browser never sends


async def raw_status(page: Page, method: bytes, path: bytes, *headers: bytes, body: bytes = b"") -> int:
    """Send a request as bytes, from our own page; return its status."""
    host = b"127.0.0.1:%d" % page.adapter.port
    own = [b"Host: " + host, b"Content-Length: %d" % len(body), *headers]
    if method == b"POST" and not any(header.startswith(b"Origin") for header in headers):
        own.append(b"Origin: http://" + host)
    reader, writer = await asyncio.open_connection("127.0.0.1", page.adapter.port)
    writer.write(b"%s %s HTTP/1.1\r\n%s\r\n\r\n%s" % (method, path, b"\r\n".join(own), body))
    async with asyncio.timeout(10):
        line = await reader.readline()
    writer.transport.abort()
    return int(line.split()[1])


@pytest.mark.parametrize("value", [b"\xff\xfe\x80", b"\xed\xa0\x80", b'"\\377"', b"", b";;=,=="])
async def test_no_cookie_and_no_token_breaks_the_sign_in(store: MemoryKeyValue, value: bytes) -> None:
    form = b"Content-Type: application/x-www-form-urlencoded"
    async with serving(store, token="sesame") as page:
        cookie = b"Cookie: imagine_web=" + value
        assert await raw_status(page, b"GET", b"/api/books", cookie) == 401
        assert await raw_status(page, b"GET", b"/?token=%ed%a0%80") == 401
        assert await raw_status(page, b"GET", b"/?token=%ff%00") == 401
        for body, status in ((b"token=%ed%a0%80", 401), (b"token=" + value, 401), (b"&" * 99, 400)):
            assert await raw_status(page, b"POST", b"/login", form, body=body) in (status, 400), body


@pytest.mark.parametrize(
    "kind", [b"multipart/form-data; boundary=x", b"multipart/form-data", b"text/plain", b"\xff", b""]
)
async def test_the_sign_in_form_takes_no_other_kind_of_body(store: MemoryKeyValue, kind: bytes) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nsesame\r\n--x--'
    async with serving(store, token="sesame") as page:
        assert await raw_status(page, b"POST", b"/login", b"Content-Type: " + kind, body=body) == 415


@pytest.mark.parametrize(
    "origin", [b"null", b"http://[::", b"http://127.0.0.1:99999", b"http://\xff", b"http://xn--a", b"//", b""]
)
async def test_an_odd_origin_is_another_site(page: Page, origin: bytes) -> None:
    for path in (b"/api/say", b"/login", b"/api/admin/command"):
        assert await raw_status(page, b"POST", path, b"Origin: " + origin, body=b"{}") == 403


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br"])
async def test_a_body_that_is_not_encoded_as_it_says_is_400(page: Page, coding: bytes) -> None:
    headers = b"Content-Type: application/json", b"Content-Encoding: " + coding
    assert await raw_status(page, b"POST", b"/api/say", *headers, body=b"no such thing") == 400


async def test_a_body_that_does_not_arrive_is_408(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    headers = b"Content-Type: application/json", b"Content-Length: 500"
    host = b"127.0.0.1:%d" % page.adapter.port
    reader, writer = await asyncio.open_connection("127.0.0.1", page.adapter.port)
    lines = b"\r\n".join((b"Host: " + host, b"Origin: http://" + host, *headers))
    writer.write(b"POST /api/say HTTP/1.1\r\n%s\r\n\r\n{" % lines)
    async with asyncio.timeout(10):
        assert b" 408 " in await reader.readline()
    writer.transport.abort()
