"""The adapter of an app that teams install by OAuth, with a scripted core, on the loopback Slack.

async with running_installable_app(MemoryKeyValue()) as app:
    team = app.fake.add_team("Mine", installed=False)
    await app.install(team)
    assert await app.can_draw(team)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from adapters.slack.adapter import SlackAdapter
from adapters.slack.oauth.encryption import TokenCipher
from adapters.slack.oauth.flow import OAuth
from adapters.slack.oauth.installs import Installs
from adapters.slack.oauth.manifest import SCOPES
from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.oauth.routes import COOKIE, install_routes
from adapters.slack.transport.http_events import event_routes
from bot.port.requests import Imagine
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack.places import Team
from tests.fakes.slack.world import FakeSlack
from tests.slack.desk import serving
from tests.slack.web_server import web_server

KEY = "k" * 32  # of IMAGINE_SECRET_KEY


@dataclass
class InstallableApp:
    """An app that no team has installed yet, and a browser with its cookie."""

    fake: FakeSlack
    store: MemoryKeyValue
    core: ScriptedCore
    installs: Installs
    adapter: SlackAdapter
    url: str
    http: aiohttp.ClientSession
    cookie: str = ""

    async def get(self, url: str) -> tuple[int, str, str]:
        """Get a page as the browser does; return (status, text, Location header).

        This handles the cookie itself: aiohttp would send it only over https.
        """
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        async with self.http.get(url, headers=headers, allow_redirects=False) as answer:
            if COOKIE in answer.cookies:
                self.cookie = answer.cookies[COOKIE].value
            return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def start(self) -> str:
        """Go to Slack's page; return the URL to which it sends the browser back."""
        status, _, slack_url = await self.get(f"{self.url}/slack/install")
        assert status == 302
        status, text, redirect_url = await self.get(slack_url)
        assert status == 302, text
        return redirect_url

    async def install(self, team: Team) -> tuple[int, str]:
        """Install the app into a team; return the last page's status and text."""
        self.fake.installer = team.add_user("boss", admin=True)
        status, text, _ = await self.get(await self.start())
        return status, text

    async def can_draw(self, team: Team) -> bool:
        """Use a command in a team; return whether it reaches the core."""
        ann, room = team.add_user("ann"), team.add_channel("general")
        before = len([each for each in self.core.requests if isinstance(each, Imagine)])
        interaction = await self.fake.slash(ann, room, "/imagine", "a red fox")
        await self.fake.until(lambda: interaction.followups)
        return len([each for each in self.core.requests if isinstance(each, Imagine)]) > before


@asynccontextmanager
async def running_installable_app(
    store: MemoryKeyValue, *, rotation: bool = False, keys: tuple[str, ...] = (KEY,)
) -> AsyncIterator[InstallableApp]:
    """Run an app on a Slack of its own.

    `rotation`: tokens end after 12 hours. `keys`: the secrets of IMAGINE_SECRET_KEY, the newest first.
    """
    async with FakeSlack("http") as fake, aiohttp.ClientSession() as http:
        fake.tokens.rotation = rotation
        async with running_process(fake, store, http, keys) as app:
            yield app
        assert fake.violations == []


@asynccontextmanager
async def running_process(
    fake: FakeSlack, store: MemoryKeyValue, http: aiohttp.ClientSession, keys: tuple[str, ...] = (KEY,)
) -> AsyncIterator[InstallableApp]:
    """Run one process that serves the app."""
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
    async with web_server(routes) as url, serving(adapter, core):
        fake.app_url = url + EVENTS_PATH
        fake.redirect_uri = f"{url}/slack/oauth_redirect"
        yield InstallableApp(fake, store, core, installs, adapter, url, http)
