"""Malformed requests for every route of the whole program: no answer of 500, and no traceback."""

import asyncio
import contextlib
import json
import random
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import web

from bot.app import run
from bot.config.settings import load_settings

SEED = 20_261_130
SAMPLE = 500  # of the requests
AT_ONCE = 8
TOKEN = "sesame-and-15-more"
PATIENCE = 30.0
LIBRARY = ("found", "narrowings", "small/{key}", "original/{key}", "zip", "zip/size")
QUERIES = {
    "/api/messages": b"persona=web:admin",
    "/api/inspect": b"persona=web:admin&message=x",
    "/api/admin/allowances": b"workspace=*",
    **{f"/api/library/{each}": b"persona=web:admin&words=x" for each in LIBRARY},
    **{f"/api/admin/library/{each}": b"workspace=*&words=x" for each in LIBRARY},
    "/api/admin/suggest": b"workspace=*&command=quotas+set&option=person&typed=x",
}
STREAM = "/api/events"  # goes on for ever if it is asked for rightly
NO_UTF8 = (b"\xff\xfe\x80", b"\xed\xa0\x80", b"\xc3")
HEADERS = (
    *(
        name + b": " + value
        for name in (b"Cookie: imagine_web=", b"Authorization: Bearer", b"Range", b"If-None-Match")
        for value in NO_UTF8
    ),
    *(b"Last-Event-ID: " + value for value in (*NO_UTF8, b"9" * 30, b"abc-1e9", b"-")),
    *(b"X-Forwarded-For: " + value for value in (*NO_UTF8, b"[::", b"1.2.3.4, x, ,")),
    *(b"Range: bytes=" + value for value in (b"5-2", b"9999999999999999999-", b"-", b"a-b")),
    *(b"Sec-Fetch-Site: " + value for value in NO_UTF8),
    b'Cookie: imagine_web="\\377"; ;;=,==',
    b"If-Modified-Since: Mon, 99 Foo 99999 99:99:99 GMT",
    b"Upgrade: websocket\r\nConnection: upgrade",
    b"Expect: banana",
    b"Content-Type: \xff/\xff",
    b"Content-Type: application/json; charset=nope",
    b"Content-Type: multipart/form-data",
    b"Content-Encoding: gzip",
    b"Content-Encoding: br",
    b"Transfer-Encoding: chunked",
)
HOSTS = (b"", b"[::", b"[::1]:99999", b"x:y:z", b"a@b", b"127.0.0.1:\xd9\xa1", b"." * 300, *NO_UTF8)
ORIGINS = (b"null", b"http://[::", b"http://127.0.0.1:99999", b"http://[::1]:x", b"http://xn--a", b"")
QUERY_TEXTS = (
    *(b"%", b"%zz", b"%ff%fe", b"persona=%ed%a0%80", b"token=%ed%a0%80", b"token=%ff", b"workspace=%ff"),
    *(b"by=%00", b"by=%ed%a0%80", b"persona=web:admin&message=%00", b"a=" * 2_000, b"&" * 3_000, b";;=="),
    b"persona=web:admin&message=%ed%a0%80",
    b"persona=web:admin&words=%ed%a0%80",
    b"persona=web:admin&after=%00&first=0000-00-00&kept=%ff",
    b"workspace=*&by=%ed%a0%80&last=99999-12-31&after=" + b"Z" * 200,
    b"workspace=*&command=quotas+set&option=%ed%a0%80&typed=%ed%a0%80",
    b"workspace=*&command=usage&option=period&typed=%00",
    b"workspace=*&command=quotas+set&option=images_per_day&typed=" + b"9" * 5_000,
)
PATHS = (
    *(b"/%00", b"/pictures/%00", b"/pictures/..%2f..%2fimagine.db", b"/pictures/../../imagine.db", b"//evil"),
    *(
        b"/../../etc/passwd",
        b"/%2e%2e/%2e%2e",
        b"/pictures/%ff",
        b"/pictures/" + b"A" * 4_000,
        b"/\xff",
        b"*",
    ),
    *(b"/pictures/1M8PDD2C5EX1K-1.png%00", b"/pictures/%ed%a0%80", b"http://evil/", b"/page.js%00", b"*"),
)
BODIES = (
    *(b"", b"null", b"[]", b"1", b"{", b"\xff\xfe", b"NaN", b'{"persona": NaN}', b'{"persona": 1e999}'),
    *(b"[" * 100_000, b'{"a":' * 40_000, b'{"id": ' + b"9" * 5_000 + b"}", b'{"persona": "\\ud800"}'),
)
FORMS = (
    b"a=%ff&b=%",
    b"token=\xff",
    b"token=%ed%a0%80&to=%00",
    b"--x\r\n\r\n\r\n--x--",
    b"&" * 100,
    b"to=/admin",
)
FORM_TYPES = (
    *(b"application/x-www-form-urlencoded", b"application/x-www-form-urlencoded; charset=nope", b"text/html"),
    *(b"multipart/form-data; boundary=x", b"multipart/form-data", b"\xff"),
)
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        10**30,
        1.5,
        float("nan"),
        "",
        "x" * 9_000,
        "\x00",
        "\ud800",
        "\u202e",
        [],
        {},
        {"a": {}},
    ),
    *(
        "9" * 5_000,
        "--" * 500,
        "/quotas " + "a " * 2_000,
        "/imagine --tier",
        "/usage --period 9999-99",
        "/ / ",
    ),
    *(
        "/quotas undo 99999999999999999999",
        "/quotas set @Mia --images-per-day " + "9" * 400,
        "/quotas log 1e9",
    ),
    *("/quotas grant @Mia --images 1 --until 99999-01-01", "/forget me", "/link X", "@Mia", "/imagine \x00"),
)


def new_id() -> str:
    return str(uuid.uuid4())


def bodies() -> dict[str, dict[str, Any]]:
    """Return a good body for each route that takes JSON."""
    acts = {"persona": "web:member", "id": new_id(), "options": {"tier": "fast"}}
    press = {**acts, "verb": "again", "job": "1M8PDD2C5EX1K", "index": 0}
    shown = {"persona": "web:member", "message": "1M8PDD2C5EX1K"}
    return {
        "/api/say": {**acts, "text": "a red fox"},
        "/api/press": press,
        "/api/form": press,
        "/api/react": {**shown, "emoji": "🔁", "on": True},
        "/api/dismiss": shown,
        "/api/workbench": {"skip_day": True, "id": new_id()},
        "/api/admin/command": {"id": new_id(), "workspace": "*", "command": "quotas set", "options": {}},
        "/api/admin/press": {"id": new_id(), "workspace": "*", "verb": "confirm", "job": "x"},
    }


class Requests:
    """Malformed requests for a server, as bytes. `routes`: (method, path) of all that it has."""

    def __init__(self, host: bytes, routes: Iterable[tuple[str, str]]) -> None:
        self.routes = sorted(set(routes))
        self._host = host
        self._posts = [path for method, path in self.routes if method == "POST"]

    def all(self) -> Iterator[bytes]:
        yield from self._heads()
        yield from self._posted()
        yield from (self._request("GET", path) for path in PATHS)
        for path, body in bodies().items():
            yield from (self._json(path, each) for each in self._odd_bodies(body))

    def _heads(self) -> Iterator[bytes]:
        for method, path in self.routes:
            target = path.replace("{key}", "x").encode()
            query = b"?" + QUERIES.get(path, b"x=1")
            for header in HEADERS:
                yield self._request(method, target + query, header)
            for host in HOSTS:
                yield b"%s %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (method.encode(), target + query, host)
            for text in QUERY_TEXTS:
                yield self._request(method, target + b"?" + text)
            for other in ("HEAD", "DELETE", "OPTIONS", "BREW", "POST"):
                yield self._request(other, target)
            yield b"GET %s HTTP/1.0\r\n\r\n" % target

    def _posted(self) -> Iterator[bytes]:
        for path in self._posts:
            for origin in ORIGINS:
                yield self._json(path, {}, b"Origin: " + origin)
            for body in BODIES:
                yield self._post(path, b"application/json", body)
            for kind in FORM_TYPES:
                yield from (self._post(path, kind, form) for form in FORMS)

    def _odd_bodies(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield bodies that differ from a good one in a field or an option."""
        fresh = {"id": new_id()} if "id" in body else {}
        for odd in ODD:
            yield from ({**body, **fresh, name: odd} for name in body)
            if "options" in body:
                names = ("tier", "variants", "transparent", "prompt", "reason", "until", "person", "\ud800")
                yield from ({**body, "id": new_id(), "options": {name: odd}} for name in names)

    def _request(self, method: str, target: bytes, *headers: bytes, body: bytes = b"") -> bytes:
        lines = [b"Host: " + self._host, *headers, b"Content-Length: %d" % len(body)]
        if any(header.startswith(b"Transfer-Encoding") for header in headers):
            lines, body = lines[:-1], b"zz\r\n"
        return b"%s %s HTTP/1.1\r\n%s\r\n\r\n%s" % (method.encode(), target, b"\r\n".join(lines), body)

    def _post(self, path: str, kind: bytes, body: bytes, origin: bytes = b"") -> bytes:
        origin = origin or b"Origin: http://" + self._host
        return self._request("POST", path.encode(), b"Content-Type: " + kind, origin, body=body)

    def _json(self, path: str, body: Any, origin: bytes = b"") -> bytes:
        return self._post(path, b"application/json", json.dumps(body).encode(), origin)


@contextlib.asynccontextmanager
async def running(folder: Path, **env: str) -> AsyncIterator[tuple[int, web.Application]]:
    """Run the whole program with a playground; yield its port and its routes."""
    settings = load_settings({"IMAGINE_DATA": str(folder), "IMAGINE_WEB_PORT": "0", **env}, folder)
    with patch.object(run, "SAMPLE_SPEED", 0):
        async with run.open_app(settings, web=True) as app:
            page = app.playground
            assert page is not None
            serving = asyncio.create_task(page.run(app.core))
            await page.listening.wait()
            try:
                yield page.port, page.app
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)


async def status(port: int, request: bytes) -> bytes:
    """Send a request on a connection of its own; return the status, b"" if the server only closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(PATIENCE):
            line = await reader.readline()
            if b" 100 " in line:
                await reader.readline()
                line = await reader.readline()
        return line.split(b" ")[1] if line else b""
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("token", ["", TOKEN])
async def test_no_request_is_answered_with_500_or_leaves_a_traceback(
    token: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"IMAGINE_WEB_TOKEN": token} if token else {}
    async with running(tmp_path, **settings) as (port, app):
        routes = [(route.method, route.resource.canonical) for route in app.router.routes() if route.resource]
        wanted = [(method, path) for method, path in routes if method != "HEAD" and path != STREAM]
        assert {"/api/say", "/login", "/metrics", "/livez", "/pictures/{key}", "/api/library/zip"} <= {
            path for _, path in wanted
        }
        requests = list(Requests(b"127.0.0.1:%d" % port, wanted).all())
        chosen = random.Random(SEED).sample(requests, SAMPLE)
        stream = b"GET /api/events?persona=web:nobody HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n\r\n"
        chosen += [stream % (port, header) for header in HEADERS]
        turns = asyncio.Semaphore(AT_ONCE)

        async def send(request: bytes) -> tuple[bytes, bytes]:
            async with turns:
                return await status(port, request), request[:300]

        answers = await asyncio.gather(*map(send, chosen))
        assert [answer for answer in answers if answer[0].startswith(b"5")] == []
        assert {b"400", b"403", b"405", b"415"} <= {code for code, _ in answers}
    printed = "".join(capfd.readouterr()) + caplog.text
    for word in ("Traceback", "trace=", "web.broke", "request.broke"):
        assert word not in printed, printed[printed.find(word) - 500 :][:4_000]
