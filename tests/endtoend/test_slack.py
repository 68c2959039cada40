"""The whole program on a loopback Slack: Socket Mode, HTTP mode, and installs by OAuth."""

import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.oauth.routes import COOKIE
from bot.cli.main import app
from tests.fakes.program import Program, imagine, until
from tests.fakes.slack.blockkit import message_errors
from tests.fakes.slack.places import Channel, Team
from tests.fakes.slack.world import FakeSlack

PROMPT = "a canaryprompt at dusk"
KEY = "canary-key-" + "k" * 32


@pytest.fixture
async def fake() -> AsyncIterator[FakeSlack]:
    """An app that listens by Socket Mode."""
    async with FakeSlack("socket") as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
async def by_http() -> AsyncIterator[FakeSlack]:
    """An app that listens over HTTP."""
    async with FakeSlack("http") as fake:
        yield fake
        assert fake.violations == []


def entry(fake: FakeSlack) -> tuple[str, ...]:
    return ("-m", "tests.fakes.slack.launch", fake.base_url, "--")


def tokens(fake: FakeSlack) -> dict[str, str]:
    """Return the settings for one workspace, by Socket Mode or over HTTP as the fake delivers events."""
    listens = (
        {"SLACK_APP_TOKEN": fake.tokens.app}
        if fake.mode == "socket"
        else {"SLACK_SIGNING_SECRET": fake.signing_secret}
    )
    return {"SLACK_BOT_TOKEN": fake.team.token, **listens}


def client(fake: FakeSlack) -> dict[str, str]:
    """Return the settings for every workspace that installs the app."""
    return {
        "SLACK_CLIENT_ID": fake.tokens.client_id,
        "SLACK_CLIENT_SECRET": fake.tokens.client_secret,
        "SLACK_SIGNING_SECRET": fake.signing_secret,
        "IMAGINE_SECRET_KEY": KEY,
    }


def make_program(fake: FakeSlack, folder: Path, **env: str) -> Program:
    return Program(folder, env, entry=entry(fake))


async def wait_for_address(program: Program, fake: FakeSlack) -> str:
    """Wait until the program is ready; return the address of its web server, and give it to Slack."""
    url = (await program.ready()).url.removesuffix("/readyz")
    fake.app_url = f"{url}{EVENTS_PATH}"
    fake.redirect_uri = f"{url}/slack/oauth_redirect"
    return url


async def fetch(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.text()


async def draw(fake: FakeSlack, team: Team) -> Channel:
    """Draw two pictures in a new channel, and return the channel once they are there."""
    ann, room = team.add_user("ann"), team.add_channel("general")
    call = await fake.slash(ann, room, "/imagine", f"{PROMPT} -n 2")
    assert call.acked
    await fake.until(lambda: any(len(message.gallery) == 2 for message in room.messages), 20)
    return room


async def install(fake: FakeSlack, url: str, team: Team) -> int:
    """Install the app as a browser does, with its cookie; return the status of the last page."""
    fake.installer = team.add_user("boss", admin=True)
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{url}/slack/install", allow_redirects=False) as answer:
            cookie, there = answer.cookies[COOKIE].value, answer.headers["Location"]
        async with http.get(there, allow_redirects=False) as answer:
            back = answer.headers["Location"]
        async with http.get(back, headers={"Cookie": f"{COOKIE}={cookie}"}) as answer:
            return answer.status


def read_output(folder: Path, program: Program, *secrets: str) -> str:
    """Read what the program wrote, and check that it holds no secret, prompt or traceback."""
    text = (folder / "log.txt").read_text() + program.output()
    for secret in (PROMPT, *secrets):
        assert secret not in text
    assert "Traceback" not in text
    return text


async def test_in_socket_mode_the_web_server_has_no_route_for_slack(fake: FakeSlack, tmp_path: Path) -> None:
    async with make_program(fake, tmp_path, **tokens(fake)) as program:
        url = await wait_for_address(program, fake)
        assert "Serving Slack as imagine." in program.output()
        assert await fetch(f"{url}/readyz") == (200, "ok\n")
        for path in ("/", EVENTS_PATH, "/slack/install", "/slack/oauth_redirect"):
            assert (await fetch(url + path))[0] == 404
        await draw(fake, fake.team)
        program.send(signal.SIGTERM)
        assert await program.wait() == 0
    assert "job.delivered" in read_output(tmp_path, program, fake.team.token, fake.tokens.app, "/respond/")


async def test_in_http_mode_slack_reaches_the_one_web_server(by_http: FakeSlack, tmp_path: Path) -> None:
    fake = by_http
    async with make_program(fake, tmp_path, **tokens(fake)) as program:
        url = await wait_for_address(program, fake)
        assert (await fetch(f"{url}/slack/install"))[0] == 404
        assert (await fake.verify_url()).ok
        ann, room = fake.add_user("ann"), fake.add_channel("general")
        assert (await fake.forge("wrong", ann, room, "/imagine", PROMPT)).status == 401
        await draw(fake, fake.team)
        program.send(signal.SIGTERM)
        assert await program.wait() == 0
    read_output(tmp_path, program, fake.team.token, fake.signing_secret, "/respond/")


async def test_beside_the_playground_slack_may_use_any_host_name(by_http: FakeSlack, tmp_path: Path) -> None:
    """The playground checks the host of its own page only; a request of Slack has a signature."""
    env = {"IMAGINE_PLAYGROUND": "on", "IMAGINE_WEB_TOKEN": "sesame-and-15-more"}
    async with make_program(by_http, tmp_path, **tokens(by_http), **env) as program:
        await wait_for_address(program, by_http)
        await until(lambda: "Serving Slack as" in program.output())
        body = by_http.http.sign_request("events_api", {"type": "url_verification", "challenge": "x"})
        body.headers["Host"] = "bot.example.com"
        assert (await by_http.http.post(body)).body == {"challenge": "x"}
        assert (await fetch(f"{program.url}/?token=sesame-and-15-more"))[0] == 200


async def test_by_oauth_every_workspace_that_installs_the_app_is_served(
    by_http: FakeSlack, tmp_path: Path
) -> None:
    fake = by_http
    fake.tokens.rotation = True
    one, two = (fake.add_team(name, installed=False) for name in ("One", "Two"))
    async with make_program(fake, tmp_path, **client(fake)) as program:
        url = await wait_for_address(program, fake)
        assert [await install(fake, url, team) for team in (one, two)] == [200, 200]
        for team in (one, two):
            await draw(fake, team)
        await program.kill()
    async with make_program(fake, tmp_path, **client(fake)) as program:
        await wait_for_address(program, fake)
        ann = one.add_user("bob")
        assert (await fake.slash(ann, one.add_channel("random"), "/quota")).acked
        await fake.uninstall(two)
        program.send(signal.SIGTERM)
        assert await program.wait() == 0
    read_output(tmp_path, program, KEY, fake.tokens.client_secret, one.token, "xoxe", "xoxb")
    database = (tmp_path / "imagine-data" / "imagine.db").read_bytes()
    assert f"install:{one.id}".encode() in database
    assert b"xoxe" not in database


async def test_by_oauth_and_socket_mode_the_web_server_has_the_install_pages_only(
    fake: FakeSlack, tmp_path: Path
) -> None:
    env = client(fake) | {"SLACK_APP_TOKEN": fake.tokens.app}
    del env["SLACK_SIGNING_SECRET"]
    team = fake.add_team("One", installed=False)
    async with make_program(fake, tmp_path, **env) as program:
        url = await wait_for_address(program, fake)
        async with aiohttp.ClientSession() as http, http.post(url + EVENTS_PATH) as answer:
            assert answer.status == 404
        assert await install(fake, url, team) == 200
        await draw(fake, team)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong-5b1e8f", "Slack does not take SLACK_BOT_TOKEN (invalid_auth)."),
        ("SLACK_APP_TOKEN", "xapp-wrong-5b1e8f", "Slack does not take SLACK_APP_TOKEN (invalid_auth)."),
    ],
)
async def test_a_bad_token_ends_the_program_with_one_clear_line(
    fake: FakeSlack, tmp_path: Path, name: str, value: str, says: str
) -> None:
    env = tokens(fake) | {name: value}
    result = await imagine(tmp_path, "run", env=env, entry=entry(fake))
    assert result.code == 2, result
    assert result.err.splitlines()[-1].startswith(says)
    assert "Traceback" not in result.err
    assert "wrong-5b1e8f" not in result.out + result.err
    result = await imagine(tmp_path, "check", "--json", env=env, entry=entry(fake))
    [bad] = [line for line in result.json["checks"] if not line["ok"]]
    assert (result.code, bad["name"], says.startswith(bad["sentence"])) == (1, "slack", True)
    assert "https://api.slack.com/apps" in bad["fix"]


async def test_check_tries_the_tokens_and_the_scopes(fake: FakeSlack, tmp_path: Path) -> None:
    result = await imagine(tmp_path, "check", env=tokens(fake), entry=entry(fake))
    assert (result.code, "as imagine" in result.out) == (0, True), result
    fake.team.scopes.discard("files:write")
    result = await imagine(tmp_path, "check", "--json", env=tokens(fake), entry=entry(fake))
    [bad] = [line for line in result.json["checks"] if not line["ok"]]
    assert (bad["sentence"], "OAuth & Permissions" in bad["fix"]) == (
        "Without the scope files:write the bot cannot post pictures",
        True,
    )


def run_here(*words: str) -> tuple[int, str, str]:
    """Run a command in this process, and return its exit code, output and errors."""
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.stdout, result.stderr


def test_manifest_and_invite_print_the_manifest_and_the_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run_here("manifest", "slack")
    assert (code, err, json.loads(out)["settings"]["socket_mode_enabled"]) == (0, "", True)
    _, out, _ = run_here("manifest", "slack", "--yaml", "--url", "https://bot.example.com/")
    assert 'request_url: "https://bot.example.com/slack/events"' in out
    _, out, _ = run_here("invite", "slack")
    assert out.startswith("https://api.slack.com/apps?new_app=1&manifest_json=%7B")
    for url in ("http://bot.example.com", "bot.example.com", "https://", "https://[", "https://x/?y=1"):
        code, out, err = run_here("manifest", "slack", "--url", url)
        assert (code, out, err.startswith("--url is no address")) == (2, "", True)
    assert list(tmp_path.iterdir()) == []


async def test_the_playground_shows_the_payloads_for_slack(tmp_path: Path) -> None:
    async with Program(tmp_path) as program:
        await program.ready()

        async def preview(message: str) -> dict[str, Any]:
            query = f"persona=web:member&message={message}"
            answer = json.loads((await fetch(f"{program.url}/api/inspect?{query}"))[1])
            return dict(answer["previews"]["slack"])

        job = (await program.say("web:member", PROMPT))["message"]
        await program.wait_for_card("web:member", "delivered", job)
        report = (await program.say("web:member", "/tiers"))["id"]
        refused = (await program.say("web:member", "a fox --tier nope"))["id"]
        shown = [await preview(message) for message in (job, report, refused)]
    assert sum(block["type"] == "image" for block in shown[0]["blocks"]) == 4
    for message in shown:
        assert message["text"]
        assert message_errors(message) == []
