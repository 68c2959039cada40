"""Installing by OAuth, on real sockets: states, codes, tokens that rotate, and what is forgotten."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.slack.adapter import SlackAdapter
from adapters.slack.errors import Refusal
from adapters.slack.oauth.encryption import TokenCipher
from adapters.slack.oauth.flow import STATE_SECONDS, OAuth
from adapters.slack.oauth.installs import RENEW_BEFORE, Installation, Installs
from adapters.slack.oauth.manifest import SCOPES
from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.oauth.routes import COOKIE, install_routes
from adapters.slack.transport.http_events import event_routes
from bot.port.requests import Imagine
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack import methods_apps
from tests.fakes.slack.call import Call, Method
from tests.fakes.slack.places import Team
from tests.fakes.slack.server import METHODS
from tests.fakes.slack.world import FakeSlack
from tests.slack.desk import serving
from tests.slack.transport.test_http_events import reached

KEY, NEWER = "k" * 32, "n" * 32


@dataclass
class Place:
    """An app that no team has installed yet, and a browser that keeps its cookie."""

    fake: FakeSlack
    store: MemoryKeyValue
    core: ScriptedCore
    installs: Installs
    adapter: SlackAdapter
    url: str
    http: aiohttp.ClientSession
    cookie: str = ""

    async def get(self, url: str) -> tuple[int, str, str]:
        """(status, text, where it leads to). Cookies are kept by hand: they are for https alone."""
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        async with self.http.get(url, headers=headers, allow_redirects=False) as answer:
            if COOKIE in answer.cookies:
                self.cookie = answer.cookies[COOKIE].value
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def leave(self) -> str:
        """To Slack's page, and where that sends the browser back to."""
        status, _, there = await self.get(f"{self.url}/slack/install")
        assert status == 302
        status, text, back = await self.get(there)
        assert status == 302, text
        return back

    async def install(self, team: Team) -> tuple[int, str]:
        self.fake.installer = team.add_user("boss", admin=True)
        status, text, _ = await self.get(await self.leave())
        return status, text

    async def draws(self, team: Team) -> bool:
        """Whether a command in that team comes to the core."""
        ann, room = team.add_user("ann"), team.add_channel("general")
        before = len([each for each in self.core.requests if isinstance(each, Imagine)])
        asked = await self.fake.slash(ann, room, "/imagine", "a red fox")
        await self.fake.until(lambda: asked.followups)
        return len([each for each in self.core.requests if isinstance(each, Imagine)]) > before


@asynccontextmanager
async def offered(
    store: MemoryKeyValue, *, rotation: bool = False, keys: tuple[str, ...] = (KEY,)
) -> AsyncIterator[Place]:
    async with FakeSlack("http") as fake, aiohttp.ClientSession() as http:
        fake.tokens.rotation = rotation
        async with begun(fake, store, http, keys) as place:
            yield place
        assert fake.violations == []


@asynccontextmanager
async def begun(
    fake: FakeSlack, store: MemoryKeyValue, http: aiohttp.ClientSession, keys: tuple[str, ...] = (KEY,)
) -> AsyncIterator[Place]:
    """A process that serves the app."""
    cipher, clock = TokenCipher(keys), fake.now
    tokens = fake.tokens
    installs = Installs(
        store, client_id=tokens.client_id, client_secret=tokens.client_secret, cipher=cipher, clock=clock
    )
    oauth = OAuth(store, installs, cipher, scopes=SCOPES, clock=clock)
    adapter = SlackAdapter(
        store, installs=installs, signing_secret=fake.signing_secret, base_url=fake.base_url, clock=clock
    )
    core = ScriptedCore()
    core.adapter = adapter
    routes = [*event_routes(lambda: adapter.app, fake.signing_secret), *install_routes(oauth)]
    async with reached(routes) as url, serving(adapter, core):
        fake.app_url = url + EVENTS_PATH
        fake.redirect_uri = f"{url}/slack/oauth_redirect"
        yield Place(fake, store, core, installs, adapter, url, http)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with offered(MemoryKeyValue()) as place:
        yield place


async def test_a_team_that_installs_it_is_served_and_others_are_not(place: Place) -> None:
    mine = place.fake.add_team("Mine", installed=False)
    other = place.fake.add_team("Other")  # from the app's own pages at Slack, of which nobody tells us
    status, text = await place.install(mine)
    assert (status, "type /imagine" in text) == (200, True)
    assert mine.scopes == set(SCOPES)
    assert await place.draws(mine)
    assert not await place.draws(other)


async def test_it_goes_into_several_teams_each_with_its_own_token(place: Place) -> None:
    teams = [place.fake.add_team(name, installed=False) for name in ("One", "Two")]
    for team in teams:
        assert (await place.install(team))[0] == 200
    assert [await place.installs.token(team.id) for team in teams] == [team.token for team in teams]
    assert len({team.token for team in teams}) == 2


async def test_what_slack_is_asked_for(place: Place) -> None:
    _, _, there = await place.get(f"{place.url}/slack/install?redirect_uri=https://evil.example&scope=admin")
    asked = parse_qs(urlsplit(there).query)
    assert asked["scope"] == [",".join(SCOPES)]
    assert asked["client_id"] == [place.fake.tokens.client_id]
    assert asked["state"] == [place.cookie]
    assert "redirect_uri" not in asked


async def test_the_cookie_is_for_this_browser_and_https_alone(place: Place) -> None:
    async with place.http.get(f"{place.url}/slack/install", allow_redirects=False) as answer:
        cookie = answer.cookies[COOKIE]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["max-age"]) == ("/slack", str(STATE_SECONDS))


@pytest.mark.parametrize(
    "how", ["used", "late", "another browser", "no state", "changed", "other key", "a token"]
)
async def test_a_state_is_good_once_soon_and_in_one_browser(place: Place, how: str) -> None:
    team = place.fake.add_team("Mine", installed=False)
    place.fake.installer = team.add_user("boss")
    back = await place.leave()
    state = place.cookie
    match how:
        case "used":
            assert (await place.get(back))[0] == 200
            await place.store.delete(f"install:{team.id}")
            place.cookie = state
        case "late":
            place.fake.skip(STATE_SECONDS + 1)
        case "another browser":
            await place.get(f"{place.url}/slack/install")
            assert place.cookie != state
        case "no state":
            back, place.cookie = back.replace(state, ""), ""
        case _:
            forged = {
                "changed": state[:-2] + ("AA" if state[-2:] != "AA" else "BB"),
                "other key": TokenCipher((NEWER,)).encrypt({"state": "x", "until": 2**40}),
                "a token": TokenCipher((KEY,)).encrypt({"team": team.id, "until": 2**40}),
            }[how]
            back, place.cookie = back.replace(state, forged), forged
    status, text, _ = await place.get(back)
    assert (status, "This link is over" in text) == (400, True)
    assert f"install:{team.id}" not in place.store.pairs


async def test_a_used_state_is_forgotten_when_it_would_be_over_anyway(place: Place) -> None:
    await place.install(place.fake.add_team("One", installed=False))
    assert [key for key in place.store.pairs if key.startswith("state:")]
    before = set(place.store.pairs)
    place.fake.skip(STATE_SECONDS + 1)
    await place.install(place.fake.add_team("Two", installed=False))
    assert len([key for key in place.store.pairs if key.startswith("state:")]) == 1
    assert {key for key in before if key.startswith("state:")}.isdisjoint(place.store.pairs)


@dataclass
class Browser:
    place: Place
    cookie: str

    async def get(self, url: str) -> int:
        async with self.place.http.get(url, headers={"Cookie": f"{COOKIE}={self.cookie}"}) as answer:
            return answer.status


class SlowKeyValue(MemoryKeyValue):
    """As a database is, it lets others run before it answers."""

    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        found = await MemoryKeyValue.items(self, prefix, limit)
        await asyncio.sleep(0.02)
        return found


async def test_the_same_state_twice_at_once_is_good_once() -> None:
    async with offered(SlowKeyValue()) as place:
        place.fake.installer = place.fake.add_team("Mine", installed=False).add_user("boss")
        back = await place.leave()
        place.cookie, kept = "", place.cookie
        twice = [Browser(place, kept), Browser(place, kept)]
        assert sorted(await asyncio.gather(*(each.get(back) for each in twice))) == [200, 400]
        assert place.fake.count("oauth.v2.access") == 1


async def test_who_does_not_agree_installs_nothing(place: Place) -> None:
    place.fake.installer = None
    status, text, _ = await place.get(await place.leave())
    assert (status, "Nothing was installed" in text) == (200, True)


@pytest.mark.parametrize(
    ("trouble", "status"),
    [({"error": "invalid_code"}, 400), ({"status": 503}, 400), ({"lost": True}, 502)],
)
async def test_when_slack_does_not_take_the_code(
    place: Place, trouble: dict[str, object], status: int
) -> None:
    team = place.fake.add_team("Mine", installed=False)
    if trouble.pop("lost", False):
        place.fake.lose("oauth.v2.access")
    else:
        place.fake.fail("oauth.v2.access", **trouble)  # type: ignore[arg-type]
    assert (await place.install(team))[0] == status
    assert place.fake.count("oauth.v2.access") == 1  # a code is good for one use
    assert (await place.install(team))[0] == 200


async def test_a_whole_organization_is_not_taken(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    access = methods_apps.METHODS["oauth.v2.access"].handler

    def for_all(call: Call) -> dict[str, Any]:
        told = access(call)
        assert isinstance(told, dict)
        return told | {"team": None, "enterprise": {"id": "E1"}, "is_enterprise_install": True}

    monkeypatch.setitem(METHODS, "oauth.v2.access", Method(for_all, tier=4, by="nobody"))
    status, text = await place.install(place.fake.add_team("Mine", installed=False))
    assert (status, "one workspace at a time" in text) == (400, True)
    assert not [key for key in place.store.pairs if key.startswith("install:")]


async def test_pages_say_nothing_that_a_request_brought(place: Place) -> None:
    for query in ("error=<script>", "state=<script>&code=<script>", "error_description=<script>"):
        _, text, _ = await place.get(f"{place.url}/slack/oauth_redirect?{query}")
        assert "script" not in text


async def test_before_it_serves_a_browser_is_asked_to_wait() -> None:
    store, cipher = MemoryKeyValue(), TokenCipher((KEY,))
    installs = Installs(store, client_id="1.2", client_secret="s", cipher=cipher)
    routes = install_routes(OAuth(store, installs, cipher, scopes=SCOPES))
    async with (
        reached(routes) as url,
        aiohttp.ClientSession() as http,
        http.get(f"{url}/slack/install") as answer,
    ):
        assert answer.status == 503


async def test_no_token_is_in_what_is_kept(place: Place) -> None:
    place.fake.tokens.rotation = True
    team = place.fake.add_team("Mine", installed=False)
    await place.install(team)
    kept = repr(place.store.pairs)
    assert f"install:{team.id}" in kept
    for secret in (team.token, "xox", place.fake.tokens.client_secret, team.bot.id):
        assert secret not in kept


async def test_they_outlive_the_process_and_its_key() -> None:
    store = MemoryKeyValue()
    async with FakeSlack("http") as fake, aiohttp.ClientSession() as http:
        team = fake.add_team("Mine", installed=False)
        async with begun(fake, store, http) as place:
            await place.install(team)
        first = store.pairs[f"install:{team.id}"]
        async with begun(fake, store, http, (NEWER, KEY)) as place:
            assert await place.draws(team)
        assert store.pairs[f"install:{team.id}"] != first
        async with begun(fake, store, http, (NEWER,)) as place:
            assert await place.draws(team)
            sealed = store.pairs[f"install:{team.id}"]
        async with begun(fake, store, http, (NEWER,)) as place:
            assert store.pairs[f"install:{team.id}"] == sealed  # nothing to be done anew
        async with begun(fake, store, http, (KEY,)) as place:
            assert not await place.draws(team)  # said in the log, and kept for when the key is there again
            assert store.pairs[f"install:{team.id}"] == sealed


async def test_a_row_that_was_moved_to_another_team_opens_nothing(place: Place) -> None:
    mine, other = place.fake.add_team("Mine", installed=False), place.fake.add_team("Other", installed=False)
    await place.install(mine)
    place.store.pairs[f"install:{other.id}"] = place.store.pairs[f"install:{mine.id}"]
    assert await place.installs.token(other.id) is None


async def test_tokens_are_renewed_before_they_end_and_once_for_all_who_wait() -> None:
    async with offered(MemoryKeyValue(), rotation=True) as place:
        team = place.fake.add_team("Mine", installed=False)
        await place.install(team)
        first = team.token
        assert await place.installs.token(team.id) == first
        place.fake.skip(43_200 - RENEW_BEFORE + 1)
        tokens = await asyncio.gather(*(place.installs.token(team.id) for _ in range(20)))
        assert set(tokens) == {team.token}
        assert team.token != first
        assert (place.fake.count("oauth.v2.access"), place.fake.tokens.refused_refreshes) == (2, 0)
        assert await place.draws(team)


async def test_a_renewal_outlives_whoever_asked_for_it() -> None:
    async with offered(MemoryKeyValue(), rotation=True) as place:
        team = place.fake.add_team("Mine", installed=False)
        await place.install(team)
        place.fake.skip(43_000)
        gate = place.fake.hold("oauth.v2.access")
        asking = asyncio.create_task(place.installs.token(team.id))
        await place.fake.until(lambda: place.fake.count("oauth.v2.access") == 2)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        gate.open()
        assert await place.installs.token(team.id) == team.token
        assert place.fake.tokens.refused_refreshes == 0


async def test_a_renewal_does_not_undo_what_was_installed_meanwhile() -> None:
    async with offered(MemoryKeyValue(), rotation=True) as place:
        team = place.fake.add_team("Mine", installed=False)
        await place.install(team)
        place.fake.skip(43_000)
        gate = place.fake.hold("oauth.v2.access")
        asking = asyncio.create_task(place.installs.token(team.id))
        await place.fake.until(lambda: place.fake.count("oauth.v2.access") == 2)
        anew = Installation(team=team.id, bot="U1", bot_id="B1", token="xoxb-anew")
        await place.installs.save(anew)
        gate.open()
        await asking
        assert await place.installs.token(team.id) == "xoxb-anew"


async def test_while_slack_renews_nothing_the_old_token_serves_as_long_as_it_lasts() -> None:
    async with offered(MemoryKeyValue(), rotation=True) as place:
        team = place.fake.add_team("Mine", installed=False)
        await place.install(team)
        first = team.token
        place.fake.skip(43_200 - 60)
        place.fake.fail("oauth.v2.access", status=503, times=2)
        assert await place.installs.token(team.id) == first
        assert await place.draws(team)
        assert await place.installs.token(team.id) == team.token != first


async def test_a_token_that_has_ended_and_is_not_renewed_asks_to_install_again() -> None:
    async with offered(MemoryKeyValue(), rotation=True) as place:
        team = place.fake.add_team("Mine", installed=False)
        await place.install(team)
        place.fake.skip(43_201)
        place.fake.fail("oauth.v2.access", error="invalid_refresh_token", times=10)
        with pytest.raises(Refusal, match="invalid_refresh_token"):
            await place.installs.token(team.id)
        assert not await place.draws(team)
        place.fake.heal()
        assert (await place.install(team))[0] == 200
        assert await place.draws(team)


async def test_what_is_uninstalled_is_forgotten(place: Place) -> None:
    team = place.fake.add_team("Mine", installed=False)
    await place.install(team)
    for told in await place.fake.uninstall(team):
        assert told.acked
    assert f"install:{team.id}" not in place.store.pairs
    assert await place.installs.token(team.id) is None
    name = f"slack:{team.id}"
    assert place.core.presence_calls[:2] == [("serving",), ("joined", name)]
    assert set(place.core.presence_calls[2:]) == {("left", name)}


async def test_old_news_of_an_uninstall_does_not_take_a_new_installation(place: Place) -> None:
    team = place.fake.add_team("Mine", installed=False)
    await place.install(team)
    await place.fake.uninstall(team)
    await place.install(team)
    for sent in list(place.fake.http.requests):
        assert (await place.fake.replay(sent)).status == 200
    assert await place.installs.token(team.id) == team.token
    assert await place.draws(team)


async def test_a_token_that_one_team_revoked_ends_nothing_for_the_others(place: Place) -> None:
    one, two = (place.fake.add_team(name, installed=False) for name in ("One", "Two"))
    await place.install(one)
    await place.install(two)
    place.fake.tokens.revoke(one.token)
    ann, room = one.add_user("ann"), one.add_channel("general")
    await place.fake.slash(ann, room, "/imagine", "a red fox")
    assert await place.draws(two)
    assert place.adapter.ready.is_set()


async def test_the_database_holds_no_token(tmp_path: Path) -> None:
    from bot.storage.key_value import LedgerKeyValue
    from quotas.ledger import Ledger
    from quotas.records import Defaults

    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=1, zone="UTC"))
    async with FakeSlack("http") as fake, aiohttp.ClientSession() as http:
        fake.tokens.rotation = True
        team = fake.add_team("Mine", installed=False)
        async with begun(fake, LedgerKeyValue(ledger, "slack"), http) as place:  # type: ignore[arg-type]
            await place.install(team)
            token = team.token
            assert await place.draws(team)
    await ledger.close()
    dump = "\n".join(sqlite3.connect(tmp_path / "imagine.db").iterdump())
    files = (tmp_path / "imagine.db").read_bytes()  # closed, so that no log is beside it
    assert f"install:{team.id}" in dump
    assert "xox" not in dump
    assert token.encode() not in files
