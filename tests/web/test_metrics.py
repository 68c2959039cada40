"""The `/metrics` route over real sockets: who gets the figures, and who learns how to get them."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.web.metrics import CONTENT_TYPE, routes
from adapters.web.token import Token

TOKEN = "a long secret that nobody guesses"
FIGURES = b"imagine_waiting 0.0\n"


async def get_metrics(
    *,
    host: str = "127.0.0.1",
    token: str | None = None,
    behind_proxy: bool = False,
    authorization: str = "",
    host_name: str = "",
) -> tuple[int, str, str]:
    """Return status, content type and body. `authorization` and `host_name`: headers of the request."""
    app = web.Application()
    secret = Token(token) if token else None
    app.add_routes(routes(lambda: FIGURES, host, secret, behind_proxy=behind_proxy))
    headers = {
        name: value for name, value in (("Authorization", authorization), ("Host", host_name)) if value
    }
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url("/metrics"), headers=headers) as response,
    ):
        return response.status, response.headers["Content-Type"], await response.text()


async def test_this_machine_gets_the_figures_without_a_token() -> None:
    assert await get_metrics() == (200, CONTENT_TYPE, FIGURES.decode())
    assert (await get_metrics(host_name="localhost:8080"))[0] == 200
    assert (await get_metrics(host="::1", host_name="[::1]:8080"))[0] == 200


@pytest.mark.parametrize(
    "setup",
    [
        {"host": "0.0.0.0"},
        {"host": "192.0.2.7"},
        {"behind_proxy": True},
        {"host_name": "evil.example"},
        {"host": "0.0.0.0", "host_name": "127.0.0.1"},
    ],
    ids=str,
)
async def test_nobody_else_gets_them_without_a_token(setup: dict[str, object]) -> None:
    status, _, text = await get_metrics(**setup)  # type: ignore[arg-type]
    assert status == 403
    assert "IMAGINE_WEB_TOKEN" in text
    assert "imagine_waiting" not in text


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_the_token_gets_the_figures_anywhere(host: str) -> None:
    for authorization in (f"Bearer {TOKEN}", f"bearer {TOKEN}"):
        status, *_ = await get_metrics(
            host=host, token=TOKEN, behind_proxy=True, authorization=authorization, host_name="bot.example"
        )
        assert status == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"])
async def test_no_other_authorization_gets_them(authorization: str) -> None:
    status, _, text = await get_metrics(token=TOKEN, authorization=authorization)
    assert status == 401
    assert "imagine_waiting" not in text
    assert TOKEN not in text
