"""Who reaches the admins' page, what it may ask for, and that nobody else acts as its operator."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from adapters.web.admin import routes as admin
from adapters.web.bodies import PERSONAS
from adapters.web.server import WebServer
from bot.app import platforms
from bot.app.workbench import Workbench
from bot.commands.registry import registry
from bot.config.settings import load_settings
from bot.port.protocols import OPERATOR
from bot.port.requests import Command, Press
from quotas.catalog import load_catalog
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.web.conftest import COMMANDS, Page, serving

READ = (
    "/api/admin",
    "/api/admin/allowances?workspace=*",
    "/api/admin/suggest?workspace=*&command=quotas+set",
)
WRITTEN = ("/api/admin/command", "/api/admin/press")
USAGE = {"name": "usage", "help": "What was drawn", "admin": False, "options": ()}
PLACES = ("discord:1", "slack:T1")


def asked(command: str = "quotas set", workspace: str = "discord:1", **options: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "workspace": workspace, "command": command, "options": options}


def confirmed(job: str = "WORDS", workspace: str = "discord:1") -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "workspace": workspace, "verb": "confirm", "job": job}


@pytest.fixture
async def office(store: MemoryKeyValue) -> AsyncIterator[Page]:
    """The page beside a playground."""
    async with serving(store, ScriptedCore(workspace_ids=PLACES), commands=[*COMMANDS, USAGE]) as page:
        yield page


@contextlib.asynccontextmanager
async def alone(core: ScriptedCore, host: str = "127.0.0.1", **settings: Any) -> AsyncIterator[str]:
    """The page where only real platforms are served; its address."""
    server = WebServer(host, 0)
    settings = {"token": None, "behind_proxy": False, **settings}
    routes = admin.routes(lambda: core, server, commands=[*COMMANDS, USAGE], **settings)
    running = asyncio.create_task(server.serve(admin.application(routes)))
    try:
        async with asyncio.timeout(10):
            await server.listening.wait()
        yield f"http://127.0.0.1:{server.port}"
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def got(http: aiohttp.ClientSession, url: str, **more: Any) -> tuple[int, str]:
    async with http.get(url, **more) as answer:
        return answer.status, await answer.text()


# --- what it asks, and as whom


async def test_a_command_comes_from_the_operator_in_the_chosen_workspace_with_the_pages_own_id(
    office: Page,
) -> None:
    body = asked(images_per_day="5", confirm=True)
    status, answer = await office.post("/api/admin/command", body)
    assert (status, answer["reply"]["sentence"]) == (200, "quotas: set")
    [command] = office.core.requests
    assert isinstance(command, Command)
    assert (command.id, command.person) == (f"web:{body['id']}", OPERATOR)
    assert (command.address.platform, command.address.workspace) == ("web", "discord:1")
    assert (command.name, command.text) == ("quotas", "set")
    assert command.options == {"images_per_day": "5", "confirm": True}
    assert OPERATOR.admin


async def test_a_confirmation_is_the_operators_press(office: Page) -> None:
    status, answer = await office.post("/api/admin/press", confirmed())
    assert (status, answer["reply"]["sentence"]) == (200, "Done.")
    [press] = office.core.requests
    assert isinstance(press, Press)
    assert (press.person, press.verb, press.target) == (OPERATOR, "confirm", "WORDS")
    assert press.address.workspace == "discord:1"


async def test_only_commands_of_admins_and_usage_can_be_asked(office: Page) -> None:
    state = await got(office.http, office.adapter.url + "/api/admin")
    assert '"imagine"' not in state[1]
    for name in ("usage", "quotas set"):
        assert (await office.post("/api/admin/command", asked(name)))[0] == 200
    office.core.requests.clear()
    for name in ("imagine", "quota", "tiers", "quotas", "quotas drop", "link", "", "usage x", "Quotas set"):
        status, answer = await office.post("/api/admin/command", asked(name))
        assert (status, answer["error"][:8]) == (400, "command:"), name
    assert office.core.requests == []


async def test_a_workspace_is_one_that_there_is(office: Page) -> None:
    for known in (*PLACES, "web:playground", "dm", "*"):
        assert (await office.post("/api/admin/command", asked(workspace=known)))[0] == 200, known
    office.core.requests.clear()
    for unknown in ("discord:2", "", "**", "discord:1 "):
        for path, body in zip(WRITTEN, (asked(workspace=unknown), confirmed(workspace=unknown)), strict=True):
            status, answer = await office.post(path, body)
            assert (status, "no such workspace" in answer["error"]) == (400, True), unknown
        url = f"{office.adapter.url}/api/admin/allowances"
        assert (await got(office.http, url, params={"workspace": unknown}))[0] == 400
    assert office.core.requests == []


async def test_what_a_button_may_do_here_is_to_confirm(office: Page) -> None:
    for verb in ("delete", "again", "share", "approve", "plain", "link"):
        assert (await office.post("/api/admin/press", {**confirmed(), "verb": verb}))[0] == 400, verb
    assert office.core.requests == []


@pytest.mark.parametrize(
    "change",
    [
        {"id": "1"},
        {"id": None},
        {"workspace": None},
        {"workspace": "x" * 201},
        {"persona": "web:admin"},
        {"person": {"id": "discord:1"}},
        {"options": {"reason": "x" * 8_001}},
        {"options": {"reason": {"deep": 1}}},
        {"options": {"reason": ["x"]}},
        {"options": {f"o{number}": "x" for number in range(17)}},
        {"options": {"x" * 201: "x"}},
    ],
)
async def test_a_body_that_makes_no_sense_does_nothing(office: Page, change: Any) -> None:
    status, answer = await office.post("/api/admin/command", {**asked(), **change})
    assert (status, bool(answer["error"])) == (400, True)
    assert office.core.requests == []


async def test_a_body_is_json_and_not_endless(office: Page) -> None:
    url, headers = office.adapter.url, {"Origin": office.adapter.url}
    for path in WRITTEN:
        for raw in (b"", b"{", b"[]", b"\xff", b"[" * 50_000):
            sent = {**headers, "Content-Type": "application/json"}
            async with office.http.post(url + path, data=raw, headers=sent) as answer:
                assert answer.status == 400
        async with office.http.post(url + path, data={"id": "x"}, headers=headers) as answer:
            assert answer.status == 415
        assert (await office.post(path, asked(reason="x" * 300_000)))[0] == 413
    assert office.core.requests == []


# --- no other site, no other name, no other way


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "{own}", "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_post_from_another_site_does_nothing(office: Page, headers: dict[str, str]) -> None:
    sent = {name: value.format(own=office.adapter.url) for name, value in headers.items()}
    for path, body in zip(WRITTEN, (asked(), confirmed()), strict=True):
        async with office.http.post(office.adapter.url + path, json=body, headers=sent) as answer:
            assert answer.status == 403, path
    assert office.core.requests == []


async def test_a_foreign_host_name_is_turned_away(office: Page) -> None:
    for path in ("/admin", *READ):
        headers = {"Host": f"evil.example:{office.adapter.port}"}
        assert (await got(office.http, office.adapter.url + path, headers=headers))[0] == 403, path


async def test_nothing_is_changed_by_reading(office: Page) -> None:
    for path in WRITTEN:
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
            origin = {"Origin": office.adapter.url}
            async with office.http.request(
                method, office.adapter.url + path, json=asked(), headers=origin
            ) as answer:
                assert answer.status == 405, (method, path)
    assert office.core.requests == []


async def test_the_strict_headers_are_on_every_answer_and_figures_are_kept_nowhere(office: Page) -> None:
    for path in ("/admin", "/admin.js", "/admin.css", *READ):
        async with office.http.get(office.adapter.url + path) as answer:
            assert answer.status == 200, path
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == ("no-store" if "/api/" in path else "no-cache")


async def test_the_page_has_no_inline_script_or_style_and_nothing_from_elsewhere(office: Page) -> None:
    _, text = await got(office.http, office.adapter.url + "/admin")
    assert not {"<style", "style=", "onclick"} & {
        each for each in ("<style", "style=", "onclick") if each in text
    }
    assert text.count("<script") == text.count('<script type="module" src="/admin.js">') == 1
    assert "//" not in text.replace("http://www.w3.org/2000/svg", "")


# --- the playground's people are not operators


async def test_no_persona_is_the_operator_and_none_can_say_so(office: Page) -> None:
    assert OPERATOR.id not in PERSONAS
    for path, body in (
        ("/api/say", {"text": "/quotas set --images-per-day 500"}),
        ("/api/press", {"verb": "confirm", "job": "WORDS"}),
    ):
        forged = {"persona": OPERATOR.id, "id": str(uuid.uuid4()), **body}
        assert (await office.post(path, forged))[0] == 400
    assert office.core.requests == []
    for persona in PERSONAS:
        await office.say("/quotas set --images-per-day 500", persona)
    assert {each.person.id for each in office.core.requests} == set(PERSONAS)  # type: ignore[union-attr]
    assert (await got(office.http, office.adapter.url + f"/api/messages?persona={OPERATOR.id}"))[0] == 400


# --- the token


async def test_behind_a_token_everything_is_shut_until_it_is_told(store: MemoryKeyValue) -> None:
    core = ScriptedCore(workspace_ids=PLACES)
    async with serving(store, core, token="sesame", commands=COMMANDS) as page:
        url = page.adapter.url
        for path in READ:
            assert (await got(page.http, url + path))[0] == 401, path
        for path, body in zip(WRITTEN, (asked(), confirmed()), strict=True):
            assert (await page.post(path, body))[0] == 401, path
        status, form = await got(page.http, url + "/admin")
        assert (status, 'name="to" value="/admin"' in form) == (401, True)
        login, origin = {"token": "sesame", "to": "/admin"}, {"Origin": url}
        async with page.http.post(
            url + "/login", data=login, headers=origin, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/admin")
        assert (await got(page.http, url + "/admin"))[0] == 200
        assert (await page.post("/api/admin/command", asked()))[0] == 200


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/api/admin", "javascript:x", ""])
async def test_the_form_leads_to_our_own_pages_alone(store: MemoryKeyValue, to: str) -> None:
    async with serving(store, token="sesame") as page:
        login, origin = {"token": "sesame", "to": to}, {"Origin": page.adapter.url}
        url = page.adapter.url + "/login"
        async with page.http.post(url, data=login, headers=origin, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("host", "behind_proxy"), [("0.0.0.0", False), ("127.0.0.1", True), ("0.0.0.0", True)]
)
async def test_where_others_may_come_it_is_shut_without_a_token_and_says_what_opens_it(
    host: str, behind_proxy: bool
) -> None:
    core = ScriptedCore(workspace_ids=PLACES)
    async with alone(core, host, behind_proxy=behind_proxy) as url, aiohttp.ClientSession() as http:
        status, text = await got(http, url + "/admin")
        assert (status, "IMAGINE_WEB_TOKEN" in text) == (403, True)
        for path in (*READ, "/admin.js", "/login"):
            assert (await got(http, url + path))[0] == 404, path
        for path in WRITTEN:
            async with http.post(url + path, json=asked(), headers={"Origin": url}) as answer:
                assert answer.status == 404
    assert core.requests == []


async def test_a_playground_that_a_proxy_leads_to_shuts_it_too(store: MemoryKeyValue) -> None:
    async with serving(
        store, ScriptedCore(workspace_ids=PLACES), commands=COMMANDS, behind_proxy=True
    ) as page:
        assert (await got(page.http, page.adapter.url + "/admin"))[0] == 403
        assert (await got(page.http, page.adapter.url + "/api/admin"))[0] == 404
    async with serving(store, token="sesame", commands=COMMANDS, behind_proxy=True) as page:
        assert (await got(page.http, page.adapter.url + "/admin?token=sesame"))[0] == 200


async def test_it_is_there_without_a_playground_and_nothing_of_the_playground_with_it() -> None:
    core = ScriptedCore(workspace_ids=PLACES)
    async with alone(core) as url, aiohttp.ClientSession() as http:
        status, text = await got(http, url + "/api/admin")
        assert (status, '"playground": false' in text, "web:playground" in text) == (200, True, False)
        assert (await got(http, url + "/admin"))[0] == 200
        for path in ("/", "/api/messages?persona=web:member", "/api/books", "/pictures/x"):
            assert (await got(http, url + path))[0] == 404, path
        async with http.post(url + "/api/admin/command", json=asked(), headers={"Origin": url}) as answer:
            assert answer.status == 200
    async with alone(core, "0.0.0.0", token="sesame") as url, aiohttp.ClientSession() as http:
        assert (await got(http, url + "/api/admin"))[0] == 401
        assert (await got(http, url + "/admin?token=sesame"))[0] == 200


# --- what the settings come to


def addresses(folder: Path, **env: str) -> set[str]:
    """Of the page that is served beside real platforms."""
    settings = load_settings({name.upper(): value for name, value in env.items()}, folder)
    made = platforms.make(settings, registry(load_catalog()), cast(Any, None), Workbench(), bytes)
    return {route.path for route in made.admins(cast(Any, ScriptedCore()))}


def test_beside_real_platforms_it_is_open_on_this_machine_and_shut_where_slack_calls(tmp_path: Path) -> None:
    discord, slack = {"discord_token": "x.y.z"}, {"slack_bot_token": "xoxb-1"}
    assert "/api/admin/command" in addresses(tmp_path, **discord)
    assert "/api/admin/command" in addresses(tmp_path, **slack, slack_app_token="xapp-1")
    called = {**slack, "slack_signing_secret": "s"}
    assert addresses(tmp_path, **called) == {"/admin"}
    assert addresses(tmp_path, **discord, imagine_web_host="0.0.0.0") == {"/admin"}
    for open_to_others in (called, {**discord, "imagine_web_host": "0.0.0.0"}):
        assert "/api/admin/command" in addresses(tmp_path, **open_to_others, imagine_web_token="s" * 40)
