"""`/metrics` over real sockets: who gets the figures, and who is told how to."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.web.metrics import CONTENT_TYPE, routes

TOKEN = "a long secret that nobody guesses"
FIGURES = b"imagine_waiting 0.0\n"


async def ask(
    *,
    host: str = "127.0.0.1",
    token: str | None = None,
    behind_proxy: bool = False,
    sent: str = "",
    named: str = "",
) -> tuple[int, str, str]:
    """Status, content type and body of a request that carries `sent`, and calls the server `named`."""
    app = web.Application()
    app.add_routes(routes(lambda: FIGURES, host, token, behind_proxy=behind_proxy))
    headers = {name: value for name, value in (("Authorization", sent), ("Host", named)) if value}
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url("/metrics"), headers=headers) as response,
    ):
        return response.status, response.headers["Content-Type"], await response.text()


async def test_this_machine_sees_them_without_a_token() -> None:
    assert await ask() == (200, CONTENT_TYPE, FIGURES.decode())
    assert (await ask(named="localhost:8080"))[0] == 200
    assert (await ask(host="::1", named="[::1]:8080"))[0] == 200


@pytest.mark.parametrize(
    "where",
    [
        {"host": "0.0.0.0"},
        {"host": "192.0.2.7"},
        {"behind_proxy": True},
        {"named": "evil.example"},
        {"host": "0.0.0.0", "named": "127.0.0.1"},
    ],
    ids=str,
)
async def test_nobody_else_does(where: dict[str, object]) -> None:
    status, _, text = await ask(**where)  # type: ignore[arg-type]
    assert status == 403
    assert "IMAGINE_WEB_TOKEN" in text
    assert "imagine_waiting" not in text


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_the_token_opens_them_anywhere(host: str) -> None:
    for sent in (f"Bearer {TOKEN}", f"bearer {TOKEN}"):
        assert (await ask(host=host, token=TOKEN, behind_proxy=True, sent=sent, named="bot.example"))[
            0
        ] == 200


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"])
async def test_nothing_else_opens_them(sent: str) -> None:
    status, _, text = await ask(token=TOKEN, sent=sent)
    assert status == 401
    assert "imagine_waiting" not in text
    assert TOKEN not in text
