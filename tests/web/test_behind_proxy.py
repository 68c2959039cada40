"""The pages where a proxy leads others to the web server: shut without a token, and usable with it."""

from pathlib import Path
from typing import Any, get_args

import aiohttp
import pytest

from bot.app import platforms
from bot.config.settings import load_settings
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.program import Program, imagine, until
from tests.fakes.proxy import PUBLIC, Manner, proxy
from tests.fakes.slack.world import FakeSlack
from tests.web.conftest import COMMANDS, Page, serving

TOKEN = "sesame-and-15-more"
SECRET = "0123456789abcdef" * 2
PAGES = ("/", "/admin")
GET_PATHS = (*PAGES, "/api/messages?persona=web:admin", "/api/admin", "/api/books", "/api/transcript")
SET_ALL = {
    "id": "7b0c4f0e-0d4f-4c8c-9a53-0f8a6d8a1c11",
    "persona": "web:admin",
    "text": "/quotas set --images-per-day 100000",
}


def slack(fake: FakeSlack, **more: str) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": fake.team.token, "SLACK_SIGNING_SECRET": fake.signing_secret, **more}


def run_slack(fake: FakeSlack, folder: Path, **more: str) -> Program:
    return Program(folder, slack(fake, **more), entry=("-m", "tests.fakes.slack.launch", fake.base_url, "--"))


async def get(http: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, str]:
    async with http.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


# --- the whole program behind a proxy, for Slack over HTTP


@pytest.mark.parametrize("manner", get_args(Manner))
async def test_beside_slack_over_http_an_outsider_reaches_no_page(tmp_path: Path, manner: Manner) -> None:
    async with FakeSlack("http") as fake, run_slack(fake, tmp_path, IMAGINE_PLAYGROUND="on") as program:
        inside = (await program.ready()).url.removesuffix("/readyz")
        async with proxy(inside, manner) as outside, aiohttp.ClientSession() as http:
            for url in (outside, inside):
                for path in PAGES:
                    status, text = await get(http, url + path)
                    assert (status, "IMAGINE_WEB_TOKEN" in text) == (403, True), path
                for path in GET_PATHS[2:]:
                    assert (await get(http, url + path))[0] in (403, 404), path
                async with http.post(f"{url}/api/say", json=SET_ALL, headers={"Origin": inside}) as answer:
                    assert answer.status in (403, 404)
                assert (await get(http, f"{url}/metrics"))[0] == 403
                assert (await get(http, f"{url}/livez"))[0] == 200
                async with http.post(f"{url}/slack/events", data=b"{}") as answer:
                    assert answer.status == 401
        log = (tmp_path / "log.txt").read_text()
    assert "the playground, /admin and /metrics are shut" in log
    assert "set IMAGINE_WEB_TOKEN" in log


async def test_with_a_token_the_operator_signs_in_through_the_proxy(tmp_path: Path) -> None:
    env = {"IMAGINE_PLAYGROUND": "on", "IMAGINE_WEB_TOKEN": TOKEN}
    async with FakeSlack("http") as fake, run_slack(fake, tmp_path, **env) as program:
        inside = (await until(lambda: program.output() and program.ready())).url.rstrip("/")
        async with (
            proxy(inside) as outside,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        ):
            origin = {"Origin": f"https://{PUBLIC}"}
            assert (await get(http, f"{outside}/api/messages?persona=web:admin"))[0] == 401
            async with http.post(
                f"{outside}/login", data={"token": TOKEN}, headers=origin, allow_redirects=False
            ) as answer:
                cookie = answer.cookies["imagine_web"]
                assert (answer.status, cookie["secure"]) == (303, True)
            signed_in = {"Cookie": f"imagine_web={cookie.value}"}
            assert (await get(http, outside, **signed_in))[0] == 200
            body = {**SET_ALL, "text": "/quota"}
            async with http.post(f"{outside}/api/say", json=body, headers=origin | signed_in) as answer:
                assert answer.status == 200
    assert "are shut" not in (tmp_path / "log.txt").read_text()


# --- a proxy that no setting tells of


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "192.0.2.7"},
        {"x-forwarded-host": "bot.example.com"},
        {"Forwarded": "for=192.0.2.7"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "192.0.2.7"},
        {"CF-Connecting-IP": "192.0.2.7"},
        {"X-Forwarded-For": ""},
    ],
    ids=str,
)
async def test_a_request_that_a_proxy_marked_is_turned_away_without_a_token(
    page: Page, headers: dict[str, str]
) -> None:
    for path in GET_PATHS:
        status, text = await get(page.http, page.adapter.url + path, **headers)
        assert (status, "IMAGINE_WEB_TOKEN" in text) == (403, True), path
    status, _ = await page.post("/api/say", SET_ALL, **headers)
    assert status == 403
    assert page.core.requests == []


@pytest.mark.parametrize("manner", ["caddy", "nginx"])
async def test_a_proxy_before_a_playground_alone_is_noticed(page: Page, manner: Manner) -> None:
    async with proxy(page.adapter.url, manner) as outside:
        for path in GET_PATHS:
            status, text = await get(page.http, outside + path)
            assert (status, "IMAGINE_WEB_TOKEN" in text) == (403, True), path


async def test_with_a_token_any_name_and_any_proxy_lead_to_the_page(store: MemoryKeyValue) -> None:
    async with serving(store, ScriptedCore(), token=TOKEN, commands=COMMANDS) as page:
        for manner in get_args(Manner):
            async with proxy(page.adapter.url, manner) as outside, aiohttp.ClientSession() as http:
                assert (await get(http, f"{outside}/api/books"))[0] == 401
                assert (await get(http, f"{outside}/?token={TOKEN}"))[0] == 200


# --- what the settings say of it


@pytest.mark.parametrize(
    ("env", "shut"),
    [
        ({}, False),
        ({"discord_token": "x.y.z"}, False),
        ({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}, False),
        ({"slack_bot_token": "xoxb-1", "slack_signing_secret": SECRET}, True),
        ({"slack_bot_token": "xoxb-1", "slack_signing_secret": SECRET, "imagine_web_token": TOKEN}, False),
        (
            {
                "slack_client_id": "1",
                "slack_client_secret": "c",
                "slack_app_token": "xapp-1",
                "imagine_secret_key": "k" * 32,
            },
            True,
        ),
        ({"imagine_web_host": "0.0.0.0"}, True),
        ({"imagine_web_host": "::1"}, False),
    ],
)
def test_the_pages_are_shut_where_others_may_be_led_in(
    env: dict[str, Any], shut: bool, tmp_path: Path
) -> None:
    settings = load_settings({name.upper(): value for name, value in env.items()}, tmp_path)
    assert ("IMAGINE_WEB_TOKEN" in platforms.shut_pages(settings)) == shut


async def test_check_says_which_pages_are_shut_and_fails_if_they_are_asked_for(tmp_path: Path) -> None:
    async with FakeSlack("http") as fake:
        entry = ("-m", "tests.fakes.slack.launch", fake.base_url, "--")
        for more, ok, words in (
            ({}, True, "/admin and /metrics are shut"),
            ({"IMAGINE_PLAYGROUND": "on"}, False, "the playground, /admin and /metrics are shut"),
            ({"IMAGINE_WEB_TOKEN": TOKEN}, True, "open to whoever has IMAGINE_WEB_TOKEN"),
        ):
            result = await imagine(tmp_path, "check", "--json", env=slack(fake, **more), entry=entry)
            [line] = [each for each in result.json["checks"] if each["name"] == "web"]
            assert (line["ok"], words in line["sentence"]) == (ok, True), line
            assert ("IMAGINE_WEB_TOKEN" in line["fix"]) == ("shut" in line["sentence"])
