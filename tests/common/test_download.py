"""Downloads of what people send: bounded, without redirects, and with a sentence for each failure."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from adapters.common.download import Downloaded, download
from bot import wording
from bot.port.requests import FileUnavailable


class Host:
    """A host with files. `paths`: each request so far."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.origin = ""

    async def serve(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        status = int(request.match_info["status"])
        headers = {"Location": f"{self.origin}/200/secret"} if 300 <= status < 400 else {}
        return web.Response(status=status, body=b"x" * 300_000, headers=headers)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    app = web.Application()
    app.router.add_get("/{status}/{name}", host.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    await runner.cleanup()


async def read(host: Host, path: str, limit: int = 1_000_000) -> Downloaded:
    async with aiohttp.ClientSession() as session:
        url = f"{host.origin}{path}"
        return await download(session, url, name="fox.png", limit=limit, origins={host.origin})


async def test_it_reads_as_much_as_it_may_and_no_more(host: Host) -> None:
    assert len((await read(host, "/200/fox")).data) == 300_000
    assert len((await read(host, "/200/fox", limit=100_001)).data) == 100_001


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_it_follows_no_redirect(host: Host, status: int) -> None:
    assert (await read(host, f"/{status}/fox")).redirects
    assert host.paths == [f"/{status}/fox"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, wording.file_gone("fox.png")),
        (404, wording.file_gone("fox.png")),
        (429, wording.file_not_fetched("fox.png")),
        (500, wording.file_not_fetched("fox.png")),
    ],
)
async def test_each_failure_has_a_sentence(host: Host, status: int, sentence: str) -> None:
    with pytest.raises(FileUnavailable) as caught:
        await read(host, f"/{status}/fox")
    assert str(caught.value) == sentence


async def test_a_host_that_nobody_answers_at_is_a_sentence(host: Host) -> None:
    host.origin = "http://127.0.0.1:1"
    with pytest.raises(FileUnavailable) as caught:
        await read(host, "/200/fox")
    assert str(caught.value) == wording.file_not_fetched("fox.png")
