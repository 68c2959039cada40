"""The library's routes: who gets which pictures, zips, and requests that no page sends."""

import asyncio
import hashlib
import io
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from PIL import Image

from adapters.web.library import archive, routes
from adapters.web.library.archive import Entry, zip_of
from tests.fakes.program import until
from tests.web.drawn import DATA, Request, seed
from tests.web.test_sweep import running
from tests.web.test_sweep import status as status_of

TOKEN = "sesame-and-15-more"
HOSTILE = '<img src=x onerror=alert(1)> ../../etc \u202e"gpj.exe\n🦊 ' + "x" * 2_000
DAY = 86_400
ROUTES = ("found", "narrowings", "small/{key}", "original/{key}", "zip", "zip/size")
PREFIXES = {"/api/library": "persona=web:member", "/api/admin/library": "workspace=web:playground"}


class Site:
    """A client of one running program whose library holds `jobs`."""

    def __init__(self, port: int, http: aiohttp.ClientSession, jobs: dict[str, Request]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.http = http
        self.jobs = jobs

    def job(self, words: str) -> str:
        return next(name for name, request in self.jobs.items() if words in request.prompt)

    def key(self, words: str, number: int = 1) -> str:
        return f"{self.job(words)}-{number}.png"

    async def get(self, path: str, **query: str) -> tuple[int, bytes]:
        async with self.http.get(f"{self.url}{path}", params=query) as answer:
            return answer.status, await answer.read()

    async def found(self, prefix: str = "/api/library", **query: str) -> list[str]:
        async with self.http.get(f"{self.url}{prefix}/found", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return [each["card"]["prompt"] for each in (await answer.json())["found"]]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    now = time.time()
    requests = [
        Request(prompt="a red fox", images=4, grain=True, at=now - 3 * DAY, kept="animals"),
        Request(prompt="a secret owl", private=True, at=now - 2 * DAY),
        Request(
            prompt="a blue bear", person="web:second", name="Noah", tier="fast", ratio="16:9", at=now - DAY
        ),
        Request(prompt=HOSTILE, person="web:second", name="Noah", at=now - 5),
        Request(
            prompt="elsewhere",
            workspace="discord:1",
            channel="discord:7",
            person="discord:9",
            name="Zed",
            at=now - 4,
        ),
    ]
    jobs = await seed(tmp_path, requests)
    async with running(tmp_path / DATA) as (port, _), aiohttp.ClientSession() as http:
        yield Site(port, http, jobs)


async def test_a_search_by_each_field_and_by_several(site: Site) -> None:
    fox, owl, bear = "a red fox", "a secret owl", "a blue bear"
    day = (await site.http.get(f"{site.url}/api/library/found?persona=web:member&words=bear")).json
    bear_day = (await day())["found"][0]["day"]
    queries: dict[str, tuple[dict[str, str], list[str]]] = {
        "all": ({}, [HOSTILE, bear, owl, fox]),
        "words": ({"words": "Blue BE"}, [bear]),
        "markup": ({"words": "<img onerror"}, [HOSTILE]),
        "tier": ({"tier": "fast"}, [bear]),
        "by": ({"by": "web:member"}, [owl, fox]),
        "channel": ({"channel": "web:general"}, [HOSTILE, bear, owl, fox]),
        "no channel": ({"channel": "web:other"}, []),
        "last": ({"last": bear_day}, [bear, owl, fox]),
        "one day": ({"first": bear_day, "last": bear_day}, [bear]),
        "kept": ({"kept": "1"}, [fox]),
        "collection": ({"collection": "animals"}, [fox]),
        "other collection": ({"collection": "logos"}, []),
        "several": ({"by": "web:second", "tier": "fast", "words": "bear"}, [bear]),
    }
    for name, (query, prompts) in queries.items():
        assert await site.found(persona="web:member", **query) == prompts, name
    assert await site.found(persona="web:second") == [HOSTILE, bear, fox]
    assert await site.found("/api/admin/library", workspace="web:playground") == [HOSTILE, bear, owl, fox]
    assert await site.found("/api/admin/library", workspace="*", words="e") == [
        "elsewhere", HOSTILE, bear, owl, fox
    ]  # fmt: skip
    assert await site.found("/api/admin/library", workspace="discord:1") == ["elsewhere"]


async def test_pictures_small_and_whole(site: Site) -> None:
    key = site.key("fox", 2)
    query = {"persona": "web:second"}
    assert await site.get(f"/api/library/original/{key}", **query) == (
        200,
        site.jobs[site.job("fox")].files[1],
    )
    async with site.http.get(f"{site.url}/api/library/small/{key}", params=query) as answer:
        assert answer.content_type == "image/jpeg"
        assert answer.headers["Cache-Control"] == "private, max-age=600"
        assert Image.open(io.BytesIO(await answer.read())).size == (480, 480)


async def test_another_persons_private_picture_is_nowhere(site: Site) -> None:
    key = site.key("owl")
    for persona, status in (("web:member", 200), ("web:second", 404), ("web:admin", 404), ("web:guest", 404)):
        for kind in ("small", "original"):
            assert (await site.get(f"/api/library/{kind}/{key}", persona=persona))[0] == status, persona
        _, data = await site.get("/api/library/zip", persona=persona)
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
        assert any(site.job("owl") in name for name in names) == (status == 200), persona
        _, data = await site.get("/api/library/found", persona=persona, words="owl")
        assert (b"owl" in data) == (status == 200)
    for kind in ("small", "original"):
        path = f"/api/admin/library/{kind}/{key}"
        assert (await site.get(path, workspace="web:playground"))[0] == 200
        assert (await site.get(path, workspace="*"))[0] == 200
        assert (await site.get(path, workspace="discord:1"))[0] == 404


async def test_another_workspaces_pictures_are_the_operators(site: Site) -> None:
    key = site.key("elsewhere")
    for persona in ("web:member", "web:admin"):
        for query in ({}, {"workspace": "discord:1"}, {"workspace": "*"}):
            assert (await site.get(f"/api/library/original/{key}", persona=persona, **query))[0] == 404
            assert "elsewhere" not in await site.found(persona=persona, **query)
    assert (await site.get(f"/api/admin/library/original/{key}", workspace="discord:1"))[0] == 200
    assert (await site.get(f"/api/admin/library/original/{key}", workspace="discord:2"))[0] == 400
    assert (await site.get("/api/admin/library/found"))[0] == 400


async def test_a_zip_holds_the_originals_under_safe_names(site: Site) -> None:
    async with site.http.get(f"{site.url}/api/library/zip", params={"persona": "web:member"}) as answer:
        assert answer.content_type == "application/zip"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="imagine-pictures.zip"'
        zipped = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert zipped.testzip() is None
    names = zipped.namelist()
    assert len(names) == len(set(names)) == 7
    digests = {hashlib.sha256(zipped.read(name)).hexdigest() for name in names}
    drawn = [
        data for request in site.jobs.values() if request.prompt != "elsewhere" for data in request.files
    ]
    assert digests == {hashlib.sha256(data).hexdigest() for data in drawn}
    for info in zipped.infolist():
        assert not info.flag_bits & 0x08  # sizes stand before the data, so that any program can unpack it
        assert info.compress_type == zipfile.ZIP_STORED
        assert not set(info.filename) & set('/\\:*?"<>|\n\u202e'), info.filename
        assert len(info.filename.encode()) < 200
        assert info.date_time[0] == time.gmtime().tm_year
    [hostile] = [name for name in names if "onerror" in name]
    assert hostile.endswith(f"-img-src-x-onerror-alert-1-etc-gpj-exe-xx-{site.job('onerror')}-1.png"), hostile
    only = zipfile.ZipFile(
        io.BytesIO((await site.get("/api/library/zip", persona="web:member", words="bear"))[1])
    )
    assert len(only.namelist()) == 1


async def test_a_zip_of_too_many_or_of_none_is_refused_before_it_begins(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await site.get("/api/library/zip/size", persona="web:member") == (200, b'{"pictures": 7}')
    monkeypatch.setattr(routes, "MOST_IN_ZIP", 6)
    for path in ("zip", "zip/size"):
        status, data = await site.get(f"/api/library/{path}", persona="web:member")
        assert (status, b"and this finds more" in data) == (413, True)
        assert (await site.get(f"/api/library/{path}", persona="web:second"))[0] == 200
        status, data = await site.get(f"/api/library/{path}", persona="web:member", words="zebra")
        assert (status, data) == (404, b'{"error": "There is no picture to download."}')


async def test_few_zips_at_once_and_their_room_is_given_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zips whose readers do not read hold a place each, and give it back when they go."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    plain = archive.zip_of

    async def slow(*arguments: Any) -> AsyncIterator[bytes]:
        async for piece in plain(*arguments):
            yield piece
            begun.set()
            await go_on.wait()

    monkeypatch.setattr(routes, "zip_of", slow)
    query = {"persona": "web:member"}
    held = []
    for _ in range(routes.ZIPS_AT_ONCE):
        begun.clear()
        held.append(asyncio.create_task(site.get("/api/library/zip", **query)))
        await begun.wait()
    for path in ("zip", "zip/size"):
        async with site.http.get(f"{site.url}/api/library/{path}", params=query) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert await site.found(**query)
    held.pop().cancel()  # its browser is closed
    go_on.set()
    assert (await held.pop())[0] == 200

    async def is_free() -> bool:
        return (await site.get("/api/library/zip", **query))[0] == 200

    await until(is_free)


async def test_a_zip_breaks_off_if_a_picture_cannot_be_read(
    site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = next((tmp_path / DATA / "pictures").rglob(site.key("owl")))
    file.unlink()
    _, data = await site.get("/api/library/zip", persona="web:member")
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == 6  # one that is gone is left out
    file.mkdir()  # a file that cannot be read
    with pytest.raises(aiohttp.ClientError):
        await site.get("/api/library/zip", persona="web:member")
    for kind in ("small", "original"):
        status, data = await site.get(f"/api/library/{kind}/{file.name}", persona="web:member")
        assert (status, b"cannot be read just now" in data) == (503, True)
    assert "Traceback" not in "".join(capfd.readouterr())


async def test_one_picture_is_in_memory_at_a_time() -> None:
    held = most = 0

    async def read(key: str) -> bytes:
        nonlocal held, most
        held += 1
        most = max(most, held)
        return key.encode() * 1_000

    async def in_thread(work: Any) -> bytes:
        nonlocal held
        piece: bytes = work()
        held -= 1
        return piece

    entries = [Entry(f"key{number}", f"{number}.png", 0.0) for number in range(300)]
    sizes, whole = [], b""
    async for piece in zip_of(entries, read, in_thread):
        sizes.append(len(piece))
        whole += piece
    assert most == 1
    assert max(sizes[:-1]) < 7_000
    zipped = zipfile.ZipFile(io.BytesIO(whole))
    assert [zipped.read(each.name) for each in entries] == [each.key.encode() * 1_000 for each in entries]
    assert zipped.infolist()[0].date_time[0] == 1980  # 1970 cannot be told in a zip


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"persona": "web:nobody"}, 400),
        ({"persona": "web:operator"}, 400),
        ({"persona": "web:member", "first": "yesterday"}, 400),
        ({"persona": "web:member", "last": "2026-13-01"}, 400),
        ({"persona": "web:member", "words": "x" * 201}, 400),
        ({"persona": "web:member", "words": "\x00%_!' OR 1=1 --"}, 200),
        ({"persona": "web:member", "after": "x' OR 1=1"}, 200),
        ({"persona": "web:member", "first": "20261130", "kept": "no", "tier": "🦊"}, 200),
    ],
)
async def test_an_odd_query_is_refused_or_finds_nothing(
    site: Site, query: dict[str, str], status: int
) -> None:
    for path in ("found", "zip/size"):
        code, data = await site.get(f"/api/library/{path}", **query)
        if path == "found":
            assert code == status, data
            assert status == 400 or b'"found": []' in data
        else:
            assert code in (status, 404), data


@pytest.mark.parametrize("odd", [b"%ed%a0%80", b"%ff", b"\xff", b"\xed\xa0\x80", b"%00"])
async def test_text_that_is_no_unicode_breaks_nothing(site: Site, odd: bytes) -> None:
    for name in (b"words", b"tier", b"by", b"channel", b"collection", b"after", b"first"):
        path = b"/api/library/found?persona=web:member&" + name + b"=" + odd
        request = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (path, site.port)
        assert await status_of(site.port, request) in (b"200", b"400"), name


@pytest.mark.parametrize(
    "key",
    [
        "..",
        "../imagine.db",
        "..%2fimagine.db",
        "%00",
        "{key}%00",
        "{key}/",
        "{lower}",
        "{mask}",
        "x" * 3_000,
        "%ff",
    ],
)
async def test_no_key_leads_out_of_the_store(site: Site, key: str) -> None:
    good = site.key("fox")
    text = key.format(key=good, lower=good.lower(), mask=good.replace("-1.", "-m."))
    for kind in ("small", "original"):
        url = f"{site.url}/api/library/{kind}/{text}?persona=web:member"
        async with site.http.get(aiohttp.client.URL(url, encoded=True)) as answer:
            assert answer.status in (400, 404), answer.status
            assert b"SQLite" not in await answer.read()


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_every_route_wants_the_token_and_our_own_host(prefix: str, tmp_path: Path) -> None:
    jobs = await seed(tmp_path, [Request(prompt="a red fox")])
    key = f"{next(iter(jobs))}-1.png"
    async with running(tmp_path / DATA, IMAGINE_WEB_TOKEN=TOKEN) as (port, _):
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            urls = [
                f"http://127.0.0.1:{port}{prefix}/{path.format(key=key)}?{PREFIXES[prefix]}"
                for path in ROUTES
            ]
            for cookie in ({}, {"Cookie": "imagine_web=x"}, {"Authorization": f"Bearer {TOKEN}"}):
                for url in urls:
                    for each in (url, f"{url}&token={TOKEN}"):
                        async with http.get(each, headers=cookie) as answer:
                            assert answer.status == 401, each
            await http.get(f"http://127.0.0.1:{port}/?token={TOKEN}")
            for url in urls:
                async with http.get(url) as answer:
                    assert answer.status == 200, url
                async with http.post(url, headers={"Origin": f"http://127.0.0.1:{port}"}) as answer:
                    assert answer.status == 405
    async with running(tmp_path / DATA) as (port, _), aiohttp.ClientSession() as http:
        for path in ROUTES:
            url = f"http://127.0.0.1:{port}{prefix}/{path.format(key=key)}?{PREFIXES[prefix]}"
            for headers in ({"Host": "evil.example"}, {"X-Forwarded-For": "1.2.3.4"}, {"Via": "1.1 proxy"}):
                async with http.get(url, headers=headers) as answer:
                    assert answer.status == 403, (path, headers)


async def test_many_small_pictures_at_once_are_all_answered(site: Site) -> None:
    keys = [site.key("fox", number) for number in (1, 2, 3, 4)] * 60
    answers = asyncio.gather(
        *(site.get(f"/api/library/small/{quote(key)}", persona="web:member") for key in keys)
    )
    assert await site.found(persona="web:member")
    assert {status for status, _ in await answers} == {200}


async def test_a_forgotten_persons_pictures_are_gone(site: Site) -> None:
    key = site.key("fox")
    query = {"workspace": "*"}
    for kind in ("small", "original"):
        assert (await site.get(f"/api/admin/library/{kind}/{key}", **query))[0] == 200
    body = {"persona": "web:member", "id": "7b0c4f0e-0d4f-4c8c-9a53-0f8a6d8a1c11", "text": "/forget me"}
    headers = {"Origin": site.url}
    async with site.http.post(f"{site.url}/api/say", json=body, headers=headers) as answer:
        [button, *_] = (await answer.json())["reply"]["buttons"]
    press = {"persona": "web:member", "id": body["id"], "verb": button["verb"], "job": button["job"]}
    async with site.http.post(f"{site.url}/api/press", json=press, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
    assert await site.found("/api/admin/library", **query) == ["elsewhere", HOSTILE, "a blue bear"]
    for kind in ("small", "original"):
        assert (await site.get(f"/api/admin/library/{kind}/{key}", **query))[0] == 404
    zipped = zipfile.ZipFile(io.BytesIO((await site.get("/api/admin/library/zip", **query))[1]))
    assert not [name for name in zipped.namelist() if "fox" in name]
    _, narrowings = await site.get("/api/admin/library/narrowings", **query)
    assert b"Mia" not in narrowings
    assert b"web:member" not in narrowings
