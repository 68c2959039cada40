"""Installation by OAuth on real sockets: states, codes, token rotation, and removal."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

import aiohttp
import pytest

from adapters.slack.errors import Refusal
from adapters.slack.oauth.encryption import TokenCipher
from adapters.slack.oauth.flow import STATE_SECONDS, OAuth
from adapters.slack.oauth.installs import RENEW_BEFORE, Installation, Installs
from adapters.slack.oauth.manifest import SCOPES
from adapters.slack.oauth.routes import COOKIE, install_routes
from bot.storage.key_value import LedgerKeyValue
from quotas.ledger import Ledger
from quotas.records import Defaults
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack import methods_apps
from tests.fakes.slack.call import Call, Method
from tests.fakes.slack.server import METHODS
from tests.fakes.slack.world import FakeSlack
from tests.slack.installable_app import KEY, InstallableApp, running_installable_app, running_process
from tests.slack.web_server import web_server

NEWER = "n" * 32  # a newer secret of IMAGINE_SECRET_KEY


@pytest.fixture
async def app() -> AsyncIterator[InstallableApp]:
    async with running_installable_app(MemoryKeyValue()) as app:
        yield app


async def test_the_bot_serves_a_team_that_installed_it_here_and_no_other(app: InstallableApp) -> None:
    mine = app.fake.add_team("Mine", installed=False)
    other = app.fake.add_team("Other")  # installed on the app's own page at Slack, so this bot has no token
    status, text = await app.install(mine)
    assert (status, "type /imagine" in text) == (200, True)
    assert mine.scopes == set(SCOPES)
    assert await app.can_draw(mine)
    assert not await app.can_draw(other)


async def test_each_team_has_its_own_token(app: InstallableApp) -> None:
    teams = [app.fake.add_team(name, installed=False) for name in ("One", "Two")]
    for team in teams:
        assert (await app.install(team))[0] == 200
    assert [await app.installs.token(team.id) for team in teams] == [team.token for team in teams]
    assert len({team.token for team in teams}) == 2


async def test_the_browser_goes_to_slack_with_the_apps_own_scopes_and_state(app: InstallableApp) -> None:
    _, _, slack_url = await app.get(f"{app.url}/slack/install?redirect_uri=https://evil.example&scope=admin")
    query = parse_qs(urlsplit(slack_url).query)
    assert query["scope"] == [",".join(SCOPES)]
    assert query["client_id"] == [app.fake.tokens.client_id]
    assert query["state"] == [app.cookie]
    assert "redirect_uri" not in query


async def test_the_cookie_is_for_https_only_and_hidden_from_scripts(app: InstallableApp) -> None:
    async with app.http.get(f"{app.url}/slack/install", allow_redirects=False) as answer:
        cookie = answer.cookies[COOKIE]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["max-age"]) == ("/slack", str(STATE_SECONDS))


@pytest.mark.parametrize(
    "flaw", ["used", "late", "another browser", "no state", "changed", "other key", "a token"]
)
async def test_a_state_works_once_within_ten_minutes_in_one_browser(app: InstallableApp, flaw: str) -> None:
    team = app.fake.add_team("Mine", installed=False)
    app.fake.installer = team.add_user("boss")
    redirect_url = await app.start()
    state = app.cookie
    match flaw:
        case "used":
            assert (await app.get(redirect_url))[0] == 200
            await app.store.delete(f"install:{team.id}")
            app.cookie = state
        case "late":
            app.fake.skip(STATE_SECONDS + 1)
        case "another browser":
            await app.get(f"{app.url}/slack/install")
            assert app.cookie != state
        case "no state":
            redirect_url, app.cookie = redirect_url.replace(state, ""), ""
        case _:
            forged = {
                "changed": state[:-2] + ("AA" if state[-2:] != "AA" else "BB"),
                "other key": TokenCipher((NEWER,)).encrypt({"state": "x", "until": 2**40}),
                "a token": TokenCipher((KEY,)).encrypt({"team": team.id, "until": 2**40}),
            }[flaw]
            redirect_url, app.cookie = redirect_url.replace(state, forged), forged
    status, text, _ = await app.get(redirect_url)
    assert (status, "This link is over" in text) == (400, True)
    assert f"install:{team.id}" not in app.store.pairs


async def test_a_used_state_is_deleted_after_its_ten_minutes(app: InstallableApp) -> None:
    await app.install(app.fake.add_team("One", installed=False))
    assert [key for key in app.store.pairs if key.startswith("state:")]
    before = set(app.store.pairs)
    app.fake.skip(STATE_SECONDS + 1)
    await app.install(app.fake.add_team("Two", installed=False))
    assert len([key for key in app.store.pairs if key.startswith("state:")]) == 1
    assert {key for key in before if key.startswith("state:")}.isdisjoint(app.store.pairs)


@dataclass
class Browser:
    """Another browser, with a cookie of its own."""

    app: InstallableApp
    cookie: str

    async def get(self, url: str) -> int:
        async with self.app.http.get(url, headers={"Cookie": f"{COOKIE}={self.cookie}"}) as answer:
            return answer.status


class SlowKeyValue(MemoryKeyValue):
    """Like a database, it lets other tasks run before it answers."""

    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        pairs = await MemoryKeyValue.items(self, prefix, limit)
        await asyncio.sleep(0.02)
        return pairs


async def test_the_same_state_twice_at_once_works_once() -> None:
    async with running_installable_app(SlowKeyValue()) as app:
        app.fake.installer = app.fake.add_team("Mine", installed=False).add_user("boss")
        redirect_url = await app.start()
        app.cookie, cookie = "", app.cookie
        browsers = [Browser(app, cookie), Browser(app, cookie)]
        assert sorted(await asyncio.gather(*(browser.get(redirect_url) for browser in browsers))) == [
            200,
            400,
        ]
        assert app.fake.count("oauth.v2.access") == 1


async def test_without_consent_nothing_is_installed(app: InstallableApp) -> None:
    app.fake.installer = None
    status, text, _ = await app.get(await app.start())
    assert (status, "Nothing was installed" in text) == (200, True)


@pytest.mark.parametrize(
    ("trouble", "status"),
    [({"error": "invalid_code"}, 400), ({"status": 503}, 400), ({"lost": True}, 502)],
)
async def test_if_slack_rejects_the_code_another_try_can_succeed(
    app: InstallableApp, trouble: dict[str, object], status: int
) -> None:
    team = app.fake.add_team("Mine", installed=False)
    if trouble.pop("lost", False):
        app.fake.lose("oauth.v2.access")
    else:
        app.fake.fail("oauth.v2.access", **trouble)  # type: ignore[arg-type]
    assert (await app.install(team))[0] == status
    assert app.fake.count("oauth.v2.access") == 1  # a code works only once
    assert (await app.install(team))[0] == 200


async def test_an_installation_for_a_whole_organization_is_refused(
    app: InstallableApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = methods_apps.METHODS["oauth.v2.access"].handler

    def for_organization(call: Call) -> dict[str, Any]:
        grant = access(call)
        assert isinstance(grant, dict)
        return grant | {"team": None, "enterprise": {"id": "E1"}, "is_enterprise_install": True}

    monkeypatch.setitem(METHODS, "oauth.v2.access", Method(for_organization, tier=4, by="nobody"))
    status, text = await app.install(app.fake.add_team("Mine", installed=False))
    assert (status, "one workspace at a time" in text) == (400, True)
    assert not [key for key in app.store.pairs if key.startswith("install:")]


async def test_pages_show_nothing_from_the_request(app: InstallableApp) -> None:
    for query in ("error=<script>", "state=<script>&code=<script>", "error_description=<script>"):
        _, text, _ = await app.get(f"{app.url}/slack/oauth_redirect?{query}")
        assert "script" not in text


@pytest.mark.parametrize("odd", ["%ff%fe", "%ed%a0%80", "%00", "%C3%A9", "x" * 3_000])
async def test_an_odd_state_cookie_or_code_is_refused(app: InstallableApp, odd: str) -> None:
    redirect_uri = f"{app.url}/slack/oauth_redirect"
    host, _, port = app.url.removeprefix("http://").partition(":")
    assert (await app.get(f"{redirect_uri}?state={odd}&code={odd}"))[0] == 400
    for cookie in (b"\xff\xfe\x80", b"\xed\xa0\x80", unquote_to_bytes(odd).replace(b"\0", b"")):
        reader, writer = await asyncio.open_connection(host, int(port))
        head = b"GET /slack/oauth_redirect?state=%s HTTP/1.1\r\nHost: x\r\nCookie: %s=%s\r\n\r\n"
        writer.write(head % (odd.encode(), COOKIE.encode(), cookie))
        async with asyncio.timeout(10):
            assert b" 400 " in await reader.readline()
        writer.transport.abort()
    await app.start()
    status, text, _ = await app.get(f"{redirect_uri}?state={app.cookie}&code={odd}")
    assert (status, "Nothing was installed" in text) == (400, True)


async def test_before_the_adapter_serves_the_page_asks_to_wait() -> None:
    store, cipher = MemoryKeyValue(), TokenCipher((KEY,))
    installs = Installs(store, client_id="1.2", client_secret="s", cipher=cipher)
    routes = install_routes(OAuth(store, installs, cipher, scopes=SCOPES))
    async with (
        web_server(routes) as url,
        aiohttp.ClientSession() as http,
        http.get(f"{url}/slack/install") as answer,
    ):
        assert answer.status == 503


async def test_the_store_holds_no_token_in_plain_text(app: InstallableApp) -> None:
    app.fake.tokens.rotation = True
    team = app.fake.add_team("Mine", installed=False)
    await app.install(team)
    content = repr(app.store.pairs)
    assert f"install:{team.id}" in content
    for secret in (team.token, "xox", app.fake.tokens.client_secret, team.bot.id):
        assert secret not in content


async def test_installations_survive_a_restart_and_a_change_of_the_key() -> None:
    store = MemoryKeyValue()
    async with FakeSlack("http") as fake, aiohttp.ClientSession() as http:
        team = fake.add_team("Mine", installed=False)
        async with running_process(fake, store, http) as app:
            await app.install(team)
        first = store.pairs[f"install:{team.id}"]
        async with running_process(fake, store, http, (NEWER, KEY)) as app:
            assert await app.can_draw(team)
        assert store.pairs[f"install:{team.id}"] != first
        async with running_process(fake, store, http, (NEWER,)) as app:
            assert await app.can_draw(team)
            text = store.pairs[f"install:{team.id}"]
        async with running_process(fake, store, http, (NEWER,)) as app:
            assert store.pairs[f"install:{team.id}"] == text  # the newest key encrypted it: no change
        async with running_process(fake, store, http, (KEY,)) as app:
            assert not await app.can_draw(team)  # logged, and kept for the day when the key is back
            assert store.pairs[f"install:{team.id}"] == text


async def test_a_row_that_was_moved_to_another_team_gives_no_token(app: InstallableApp) -> None:
    mine, other = app.fake.add_team("Mine", installed=False), app.fake.add_team("Other", installed=False)
    await app.install(mine)
    app.store.pairs[f"install:{other.id}"] = app.store.pairs[f"install:{mine.id}"]
    assert await app.installs.token(other.id) is None


async def test_a_token_is_renewed_before_its_end_and_once_for_all_callers() -> None:
    async with running_installable_app(MemoryKeyValue(), rotation=True) as app:
        team = app.fake.add_team("Mine", installed=False)
        await app.install(team)
        first = team.token
        assert await app.installs.token(team.id) == first
        app.fake.skip(43_200 - RENEW_BEFORE + 1)
        tokens = await asyncio.gather(*(app.installs.token(team.id) for _ in range(20)))
        assert set(tokens) == {team.token}
        assert team.token != first
        assert (app.fake.count("oauth.v2.access"), app.fake.tokens.refused_refreshes) == (2, 0)
        assert await app.can_draw(team)


async def test_a_renewal_goes_on_if_its_caller_is_cancelled() -> None:
    async with running_installable_app(MemoryKeyValue(), rotation=True) as app:
        team = app.fake.add_team("Mine", installed=False)
        await app.install(team)
        app.fake.skip(43_000)
        gate = app.fake.hold("oauth.v2.access")
        renewal = asyncio.create_task(app.installs.token(team.id))
        await app.fake.until(lambda: app.fake.count("oauth.v2.access") == 2)
        renewal.cancel()
        await asyncio.gather(renewal, return_exceptions=True)
        gate.open()
        assert await app.installs.token(team.id) == team.token
        assert app.fake.tokens.refused_refreshes == 0


async def test_a_renewal_does_not_overwrite_a_new_installation() -> None:
    async with running_installable_app(MemoryKeyValue(), rotation=True) as app:
        team = app.fake.add_team("Mine", installed=False)
        await app.install(team)
        app.fake.skip(43_000)
        gate = app.fake.hold("oauth.v2.access")
        renewal = asyncio.create_task(app.installs.token(team.id))
        await app.fake.until(lambda: app.fake.count("oauth.v2.access") == 2)
        new = Installation(team=team.id, bot="U1", bot_id="B1", token="xoxb-anew")
        await app.installs.save(new)
        gate.open()
        await renewal
        assert await app.installs.token(team.id) == "xoxb-anew"


async def test_the_old_token_is_used_until_its_end_if_slack_renews_nothing() -> None:
    async with running_installable_app(MemoryKeyValue(), rotation=True) as app:
        team = app.fake.add_team("Mine", installed=False)
        await app.install(team)
        first = team.token
        app.fake.skip(43_200 - 60)
        app.fake.fail("oauth.v2.access", status=503, times=2)
        assert await app.installs.token(team.id) == first
        assert await app.can_draw(team)
        assert await app.installs.token(team.id) == team.token != first


async def test_after_an_ended_token_a_new_installation_helps() -> None:
    async with running_installable_app(MemoryKeyValue(), rotation=True) as app:
        team = app.fake.add_team("Mine", installed=False)
        await app.install(team)
        app.fake.skip(43_201)
        app.fake.fail("oauth.v2.access", error="invalid_refresh_token", times=10)
        with pytest.raises(Refusal, match="invalid_refresh_token"):
            await app.installs.token(team.id)
        assert not await app.can_draw(team)
        app.fake.heal()
        assert (await app.install(team))[0] == 200
        assert await app.can_draw(team)


async def test_an_uninstalled_team_is_forgotten(app: InstallableApp) -> None:
    team = app.fake.add_team("Mine", installed=False)
    await app.install(team)
    for event in await app.fake.uninstall(team):
        assert event.acked
    assert f"install:{team.id}" not in app.store.pairs
    assert await app.installs.token(team.id) is None
    name = f"slack:{team.id}"
    assert app.core.presence_calls[:2] == [("serving",), ("joined", name)]
    assert set(app.core.presence_calls[2:]) == {("left", name)}


async def test_a_repeated_removal_does_not_delete_a_new_installation(app: InstallableApp) -> None:
    team = app.fake.add_team("Mine", installed=False)
    await app.install(team)
    await app.fake.uninstall(team)
    await app.install(team)
    for request in list(app.fake.http.requests):
        assert (await app.fake.replay(request)).status == 200
    assert await app.installs.token(team.id) == team.token
    assert await app.can_draw(team)


async def test_a_teams_revoked_token_does_not_affect_other_teams(app: InstallableApp) -> None:
    one, two = (app.fake.add_team(name, installed=False) for name in ("One", "Two"))
    await app.install(one)
    await app.install(two)
    app.fake.tokens.revoke(one.token)
    ann, room = one.add_user("ann"), one.add_channel("general")
    await app.fake.slash(ann, room, "/imagine", "a red fox")
    assert await app.can_draw(two)
    assert app.adapter.ready.is_set()


async def test_the_database_holds_no_token(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=1, zone="UTC"))
    async with FakeSlack("http") as fake, aiohttp.ClientSession() as http:
        fake.tokens.rotation = True
        team = fake.add_team("Mine", installed=False)
        async with running_process(fake, LedgerKeyValue(ledger, "slack"), http) as app:  # type: ignore[arg-type]
            await app.install(team)
            token = team.token
            assert await app.can_draw(team)
    await ledger.close()
    dump = "\n".join(sqlite3.connect(tmp_path / "imagine.db").iterdump())
    # The closed ledger has no write-ahead log: this file is all of it.
    content = (tmp_path / "imagine.db").read_bytes()
    assert f"install:{team.id}" in dump
    assert "xox" not in dump
    assert token.encode() not in content
