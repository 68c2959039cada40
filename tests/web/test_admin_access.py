"""Access to the admins' page, the requests it may make, and nobody else acts as its operator."""

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
from adapters.web.token import Token
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

GET_PATHS = (
    "/api/admin",
    "/api/admin/allowances?workspace=*",
    "/api/admin/suggest?workspace=*&command=quotas+set",
)
POST_PATHS = ("/api/admin/command", "/api/admin/press")
USAGE = {"name": "usage", "help": "What was drawn", "admin": False, "options": ()}
WORKSPACES = ("discord:1", "slack:T1")


def command_body(command: str = "quotas set", workspace: str = "discord:1", **options: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "workspace": workspace, "command": command, "options": options}


def press_body(job: str = "WORDS", workspace: str = "discord:1") -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "workspace": workspace, "verb": "confirm", "job": job}


@pytest.fixture
async def page(store: MemoryKeyValue) -> AsyncIterator[Page]:
    """Run the admins' page beside a playground."""
    async with serving(store, ScriptedCore(workspace_ids=WORKSPACES), commands=[*COMMANDS, USAGE]) as page:
        yield page


@contextlib.asynccontextmanager
async def serving_admin_alone(
    core: ScriptedCore, host: str = "127.0.0.1", token: str = ""
) -> AsyncIterator[str]:
    """Run the admins' page on a server without a playground; yield its address."""
    server = WebServer(host, 0)
    routes = admin.routes(lambda: core, server, Token(token) if token else None, [*COMMANDS, USAGE])
    running = asyncio.create_task(server.serve(admin.application(routes)))
    try:
        async with asyncio.timeout(10):
            await server.listening.wait()
        yield f"http://127.0.0.1:{server.port}"
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def fetch(http: aiohttp.ClientSession, url: str, **more: Any) -> tuple[int, str]:
    async with http.get(url, **more) as answer:
        return answer.status, await answer.text()


# --- its requests, and their person


async def test_a_command_comes_from_the_operator_with_the_workspace_and_id_of_the_page(page: Page) -> None:
    body = command_body(images_per_day="5", confirm=True)
    status, answer = await page.post("/api/admin/command", body)
    assert (status, answer["reply"]["sentence"]) == (200, "quotas: set")
    [command] = page.core.requests
    assert isinstance(command, Command)
    assert (command.id, command.person) == (f"web:{body['id']}", OPERATOR)
    assert (command.address.platform, command.address.workspace) == ("web", "discord:1")
    assert (command.name, command.text) == ("quotas", "set")
    assert command.options == {"images_per_day": "5", "confirm": True}
    assert OPERATOR.admin


async def test_a_confirmation_is_the_operators_press(page: Page) -> None:
    status, answer = await page.post("/api/admin/press", press_body())
    assert (status, answer["reply"]["sentence"]) == (200, "Done.")
    [press] = page.core.requests
    assert isinstance(press, Press)
    assert (press.person, press.verb, press.target) == (OPERATOR, "confirm", "WORDS")
    assert press.address.workspace == "discord:1"


async def test_only_usage_and_commands_of_admins_are_accepted(page: Page) -> None:
    state = await fetch(page.http, page.adapter.url + "/api/admin")
    assert '"imagine"' not in state[1]
    for name in ("usage", "quotas set"):
        assert (await page.post("/api/admin/command", command_body(name)))[0] == 200
    page.core.requests.clear()
    for name in ("imagine", "quota", "tiers", "quotas", "quotas drop", "link", "", "usage x", "Quotas set"):
        status, answer = await page.post("/api/admin/command", command_body(name))
        assert (status, answer["error"][:8]) == (400, "command:"), name
    assert page.core.requests == []


async def test_only_known_workspaces_are_accepted(page: Page) -> None:
    for workspace in (*WORKSPACES, "web:playground", "dm", "*"):
        assert (await page.post("/api/admin/command", command_body(workspace=workspace)))[0] == 200, workspace
    page.core.requests.clear()
    for workspace in ("discord:2", "", "**", "discord:1 "):
        for path, body in zip(
            POST_PATHS, (command_body(workspace=workspace), press_body(workspace=workspace)), strict=True
        ):
            status, answer = await page.post(path, body)
            assert (status, "no such workspace" in answer["error"]) == (400, True), workspace
        url = f"{page.adapter.url}/api/admin/allowances"
        assert (await fetch(page.http, url, params={"workspace": workspace}))[0] == 400
    assert page.core.requests == []


async def test_a_button_may_only_confirm(page: Page) -> None:
    for verb in ("delete", "again", "share", "approve", "plain", "link"):
        assert (await page.post("/api/admin/press", {**press_body(), "verb": verb}))[0] == 400, verb
    assert page.core.requests == []


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
async def test_an_invalid_body_does_nothing(page: Page, change: Any) -> None:
    status, answer = await page.post("/api/admin/command", {**command_body(), **change})
    assert (status, bool(answer["error"])) == (400, True)
    assert page.core.requests == []


async def test_a_body_must_be_json_of_limited_size(page: Page) -> None:
    url, headers = page.adapter.url, {"Origin": page.adapter.url}
    for path in POST_PATHS:
        for raw in (b"", b"{", b"[]", b"\xff", b"[" * 50_000):
            json_headers = {**headers, "Content-Type": "application/json"}
            async with page.http.post(url + path, data=raw, headers=json_headers) as answer:
                assert answer.status == 400
        async with page.http.post(url + path, data={"id": "x"}, headers=headers) as answer:
            assert answer.status == 415
        assert (await page.post(path, command_body(reason="x" * 300_000)))[0] == 413
    assert page.core.requests == []


# --- other sites, other host names, other methods


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
async def test_a_post_from_another_site_does_nothing(page: Page, headers: dict[str, str]) -> None:
    filled_headers = {name: value.format(own=page.adapter.url) for name, value in headers.items()}
    for path, body in zip(POST_PATHS, (command_body(), press_body()), strict=True):
        async with page.http.post(page.adapter.url + path, json=body, headers=filled_headers) as answer:
            assert answer.status == 403, path
    assert page.core.requests == []


async def test_a_foreign_host_name_is_turned_away(page: Page) -> None:
    for path in ("/admin", *GET_PATHS):
        headers = {"Host": f"evil.example:{page.adapter.port}"}
        assert (await fetch(page.http, page.adapter.url + path, headers=headers))[0] == 403, path


async def test_only_post_changes_anything(page: Page) -> None:
    for path in POST_PATHS:
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
            origin = {"Origin": page.adapter.url}
            async with page.http.request(
                method, page.adapter.url + path, json=command_body(), headers=origin
            ) as answer:
                assert answer.status == 405, (method, path)
    assert page.core.requests == []


async def test_every_answer_has_the_strict_headers_and_figures_are_not_cached(page: Page) -> None:
    for path in ("/admin", "/admin.js", "/admin.css", *GET_PATHS):
        async with page.http.get(page.adapter.url + path) as answer:
            assert answer.status == 200, path
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == ("no-store" if "/api/" in path else "no-cache")


async def test_the_page_has_no_inline_script_or_style_and_nothing_from_elsewhere(page: Page) -> None:
    _, text = await fetch(page.http, page.adapter.url + "/admin")
    assert not {"<style", "style=", "onclick"} & {
        each for each in ("<style", "style=", "onclick") if each in text
    }
    assert text.count("<script") == text.count('<script type="module" src="/admin.js">') == 1
    assert "//" not in text.replace("http://www.w3.org/2000/svg", "")


# --- the playground's people are not operators


async def test_no_persona_is_or_can_claim_to_be_the_operator(page: Page) -> None:
    assert OPERATOR.id not in PERSONAS
    for path, body in (
        ("/api/say", {"text": "/quotas set --images-per-day 500"}),
        ("/api/press", {"verb": "confirm", "job": "WORDS"}),
    ):
        forged = {"persona": OPERATOR.id, "id": str(uuid.uuid4()), **body}
        assert (await page.post(path, forged))[0] == 400
    assert page.core.requests == []
    for persona in PERSONAS:
        await page.say("/quotas set --images-per-day 500", persona)
    assert {each.person.id for each in page.core.requests} == set(PERSONAS)  # type: ignore[union-attr]
    assert (await fetch(page.http, page.adapter.url + f"/api/messages?persona={OPERATOR.id}"))[0] == 400


# --- the token


async def test_with_a_token_everything_is_closed_until_one_signs_in(store: MemoryKeyValue) -> None:
    core = ScriptedCore(workspace_ids=WORKSPACES)
    async with serving(store, core, token="sesame", commands=COMMANDS) as page:
        url = page.adapter.url
        for path in GET_PATHS:
            assert (await fetch(page.http, url + path))[0] == 401, path
        for path, body in zip(POST_PATHS, (command_body(), press_body()), strict=True):
            assert (await page.post(path, body))[0] == 401, path
        status, form = await fetch(page.http, url + "/admin")
        assert (status, 'name="to" value="/admin"' in form) == (401, True)
        login, origin = {"token": "sesame", "to": "/admin"}, {"Origin": url}
        async with page.http.post(
            url + "/login", data=login, headers=origin, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/admin")
        assert (await fetch(page.http, url + "/admin"))[0] == 200
        assert (await page.post("/api/admin/command", command_body()))[0] == 200


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/api/admin", "javascript:x", ""])
async def test_the_sign_in_form_leads_only_to_our_own_pages(store: MemoryKeyValue, to: str) -> None:
    async with serving(store, token="sesame") as page:
        login, origin = {"token": "sesame", "to": to}, {"Origin": page.adapter.url}
        url = page.adapter.url + "/login"
        async with page.http.post(url, data=login, headers=origin, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_without_a_token_it_is_not_made_for_other_machines() -> None:
    with pytest.raises(ValueError, match="IMAGINE_WEB_TOKEN"):
        async with serving_admin_alone(ScriptedCore(), "0.0.0.0"):
            pass


async def test_without_a_playground_it_works_and_serves_nothing_of_the_playground() -> None:
    core = ScriptedCore(workspace_ids=WORKSPACES)
    async with serving_admin_alone(core) as url, aiohttp.ClientSession() as http:
        status, text = await fetch(http, url + "/api/admin")
        assert (status, '"playground": false' in text, "web:playground" in text) == (200, True, False)
        assert (await fetch(http, url + "/admin"))[0] == 200
        for path in ("/", "/api/messages?persona=web:member", "/api/books", "/pictures/x"):
            assert (await fetch(http, url + path))[0] == 404, path
        async with http.post(
            url + "/api/admin/command", json=command_body(), headers={"Origin": url}
        ) as answer:
            assert answer.status == 200
    async with serving_admin_alone(core, "0.0.0.0", token="sesame") as url, aiohttp.ClientSession() as http:
        assert (await fetch(http, url + "/api/admin"))[0] == 401
        assert (await fetch(http, url + "/admin?token=sesame"))[0] == 200


# --- the routes that the settings give


def admin_paths(folder: Path, **env: str) -> set[str]:
    """List the paths of the admins' page beside real platforms."""
    settings = load_settings({name.upper(): value for name, value in env.items()}, folder)
    nothing = cast(Any, None)
    commands = registry(load_catalog())
    result = platforms.make_platforms(settings, commands, nothing, Workbench(), bytes, nothing)
    return {route.path for route in result.admins(cast(Any, ScriptedCore()))}


def test_beside_real_platforms_it_is_open_on_this_machine_and_closed_if_slack_calls_us(
    tmp_path: Path,
) -> None:
    discord, slack = {"discord_token": "x.y.z"}, {"slack_bot_token": "xoxb-1"}
    assert "/api/admin/command" in admin_paths(tmp_path, **discord)
    assert "/api/admin/command" in admin_paths(tmp_path, **slack, slack_app_token="xapp-1")
    called = {**slack, "slack_signing_secret": "5" * 32}
    assert admin_paths(tmp_path, **called) == {"/admin"}
    assert admin_paths(tmp_path, **discord, imagine_web_host="0.0.0.0") == {"/admin"}
    for open_to_others in (called, {**discord, "imagine_web_host": "0.0.0.0"}):
        assert "/api/admin/command" in admin_paths(tmp_path, **open_to_others, imagine_web_token="s" * 40)
