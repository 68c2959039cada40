"""The platforms that one process serves: the one place that makes adapters.

A chat platform is served if its token is set; the playground if no token is, or if the settings ask for it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from bot import wording
from bot.commands.spec import Command, Option
from bot.config.settings import Settings
from bot.config.validators import MAKE_TOKEN, secret_text
from bot.hosts import is_loopback
from bot.port.cards import Card
from bot.port.protocols import Adapter, CannotRun, PageCore, WholeCore, Workbench
from bot.storage.guard import GuardedStore
from bot.storage.key_value import LedgerKeyValue
from quotas.ledger import Ledger

if TYPE_CHECKING:  # a command of the shell needs no web server
    from adapters.web.playground.adapter import WebAdapter
    from adapters.web.server import WebServer
    from adapters.web.token import Token

log = structlog.get_logger()

NOTHING_TO_SERVE = (
    "Nothing to serve: set DISCORD_TOKEN or SLACK_BOT_TOKEN, or IMAGINE_PLAYGROUND to auto for a local page."
)
FEW = 10  # numbers that are offered as choices


class Platform(Adapter, Protocol):
    """An adapter of a chat platform."""

    ready: asyncio.Event  # set while it is connected
    account: str  # the bot's name on the platform, once ready


Routes = list[Any]  # of aiohttp, which a command of the shell does without
Maker = Callable[[Settings, Mapping[str, Command], LedgerKeyValue], tuple[Platform, Routes]]


@dataclass(frozen=True, slots=True)
class Platforms:
    """The adapters and the web server of one process.

    `server`: the one web server; with a playground, the playground's.
    `routes`: the routes besides pages.
    `admins`: makes the routes of the admins' page for a core; none with a playground, which has the page too.
    `shut`: why the pages are shut, and how to open them; "" if they are open.
    """

    real: tuple[Platform, ...]
    playground: "WebAdapter | None"
    server: "WebServer"
    routes: Routes
    admins: Callable[[PageCore], Routes]
    shut: str

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        return self.real if self.playground is None else (*self.real, self.playground)

    def runs(self, core: WholeCore) -> list[Coroutine[Any, Any, None]]:
        """Make the coroutines that run until cancelled. Each raises CannotRun."""
        adapters = [adapter.run(core) for adapter in self.adapters]
        return adapters if self.playground else [*adapters, self._serve_routes(core)]

    async def announce(self, say: Callable[[str], None], *, samples: bool) -> None:
        """Print a line for each platform as soon as it is served."""
        await self.server.listening.wait()
        if self.shut:
            log.warning("web.shut", problem=self.shut)
        if self.playground is not None:
            say(wording.playground(self.server.url, samples=samples))
        await asyncio.gather(*(self._announce(platform, say, samples) for platform in self.real))

    async def _announce(self, platform: Platform, say: Callable[[str], None], samples: bool) -> None:
        await platform.ready.wait()
        say(wording.serving(platform.name.capitalize(), platform.account, self.server.url, samples=samples))

    def _serve_routes(self, core: PageCore) -> Coroutine[Any, Any, None]:
        from adapters.web.admin.routes import application

        return self.server.serve(application([*self.admins(core), *self.routes]))


def make_platforms(
    settings: Settings,
    commands: Mapping[str, Command],
    ledger: Ledger,
    bench: Workbench,
    figures: Callable[[], bytes],
    store: GuardedStore,
) -> Platforms:
    """Make the adapters that the settings ask for, each with its namespace in the ledger. Raises CannotRun.

    `figures`: makes the answer of `/metrics`. `store`: knows whether drawing is off, for `/readyz`.
    """
    from adapters.web import metrics
    from adapters.web.server import WebServer
    from adapters.web.token import Token

    made = [_MAKERS[name](settings, commands, LedgerKeyValue(ledger, name)) for name in settings.platforms]
    real = tuple(platform for platform, _ in made)
    own = [route for _, routes in made for route in routes]
    server = WebServer(settings.imagine_web_host, settings.imagine_web_port)
    secret, behind_proxy = secret_text(settings.imagine_web_token), settings.behind_proxy
    token = Token(secret) if secret else None
    watched = metrics.routes(figures, server.host, token, behind_proxy=behind_proxy)
    routes = [*_health(real, store), *watched, *own]
    if settings.has_playground and (token or not behind_proxy):
        bench_here = None if real else bench
        page = _playground(settings, commands, LedgerKeyValue(ledger, "web"), routes, bench_here, token)
        return Platforms(real, page, page.server, routes, lambda _: [], "")
    if not real:
        raise CannotRun(NOTHING_TO_SERVE)
    shut = shut_pages(settings)
    if shut:
        pages = _closed(settings)
        return Platforms(real, None, server, routes, lambda _: pages, shut)
    admins = partial(_admins, commands=commands, server=server, token=token)
    return Platforms(real, None, server, routes, admins, "")


def shut_pages(settings: Settings) -> str:
    """Return why the pages are shut, and after a semicolon how to open them; "" if they are open."""
    if settings.imagine_web_token:
        return ""
    if settings.behind_proxy:
        why = "Slack's calls come through a proxy, which may lead others in"
    elif not is_loopback(settings.imagine_web_host):
        why = f"others can reach them at {settings.imagine_web_host or 'every address'}"
    else:
        return ""
    pages = "the playground, /admin and /metrics" if settings.has_playground else "/admin and /metrics"
    return f"{pages} are shut, because {why}; set IMAGINE_WEB_TOKEN, {MAKE_TOKEN}"


def _closed(settings: Settings) -> Routes:
    from adapters.web.files import ADMIN, HOME
    from adapters.web.guard_routes import closed_routes

    return [*closed_routes(*((HOME, ADMIN) if settings.has_playground else (ADMIN,)))]


def _admins(
    core: PageCore, *, commands: Mapping[str, Command], server: "WebServer", token: "Token | None"
) -> Routes:
    from adapters.web.admin import routes as admin

    known = [_as_data(command) for command in commands.values()]
    return [*admin.routes(lambda: core, server, token, known)]


def _discord(
    settings: Settings, commands: Mapping[str, Command], store: LedgerKeyValue
) -> tuple[Platform, Routes]:
    from adapters.discord.adapter import DiscordAdapter

    assert settings.discord_token is not None
    token = settings.discord_token.get_secret_value()
    adapter = DiscordAdapter(
        token,
        store,
        commands=commands,
        spoiler=settings.imagine_discord_spoiler,
        shard_range=settings.discord_shards,
    )
    return adapter, []


def _slack(settings: Settings, _: Mapping[str, Command], store: LedgerKeyValue) -> tuple[Platform, Routes]:
    """Make Slack's adapter: by Socket Mode if there is a token for it, else over HTTP.

    It serves one workspace, or by OAuth all that install it.
    """
    from adapters.slack.adapter import SlackAdapter
    from adapters.slack.oauth.encryption import TokenCipher
    from adapters.slack.oauth.flow import OAuth
    from adapters.slack.oauth.installs import Installs
    from adapters.slack.oauth.manifest import SCOPES
    from adapters.slack.oauth.routes import install_routes
    from adapters.slack.transport.http_events import event_routes

    routes, installs = [], None
    if settings.slack_client_id and settings.slack_client_secret:
        cipher = TokenCipher(settings.secret_keys)
        installs = Installs(
            store,
            client_id=settings.slack_client_id,
            client_secret=settings.slack_client_secret.get_secret_value(),
            cipher=cipher,
        )
        routes += install_routes(OAuth(store, installs, cipher, scopes=SCOPES))
    signing_secret = secret_text(settings.slack_signing_secret)
    app_token = secret_text(settings.slack_app_token)
    adapter = SlackAdapter(
        store,
        bot_token=secret_text(settings.slack_bot_token),
        installs=installs,
        app_token=app_token,
        signing_secret=signing_secret,
        gallery=settings.imagine_slack_gallery,
        admins_group=settings.imagine_slack_admins or "",
    )
    if not app_token:
        routes += event_routes(lambda: adapter.app, signing_secret)
    return adapter, routes


_MAKERS: Mapping[str, Maker] = {"discord": _discord, "slack": _slack}  # by the names of Settings.platforms


def _playground(
    settings: Settings,
    commands: Mapping[str, Command],
    store: LedgerKeyValue,
    routes: Routes,
    bench: Workbench | None,
    token: "Token | None",
) -> "WebAdapter":
    from adapters.web.playground.adapter import WebAdapter

    try:
        return WebAdapter(
            settings.imagine_web_host,
            settings.imagine_web_port,
            store,
            token,
            commands=[_as_data(command) for command in commands.values()],
            previews={
                "discord": partial(_discord_preview, spoiler=settings.imagine_discord_spoiler),
                "slack": _slack_preview,
            },
            workbench=bench,
            extra_routes=routes,
        )
    except ValueError as error:  # the page would be open to everyone, and has no token
        raise CannotRun(str(error)) from error


def _discord_preview(card: Card, *, spoiler: bool) -> Any:
    """Render a card as Discord's payload. The first call imports the library."""
    from adapters.discord.render.cards import payload

    return payload(card, spoiler=spoiler)


def _slack_preview(card: Card) -> Any:
    from adapters.slack.render.cards import payload

    return payload(card)


def _health(real: Iterable[Platform], store: GuardedStore) -> Routes:
    from bot.telemetry import health

    return health.routes(
        lambda: [platform.name for platform in real if not platform.ready.is_set()],
        lambda: store.off.cause if store.off else "",
    )


def _as_data(command: Command) -> dict[str, Any]:
    """Describe a command for the page's hints and form; a short range of numbers becomes choices."""
    options = [
        {
            "name": option.name,
            "flag": option.flag,
            "kind": option.kind,
            "help": option.help,
            "choices": [*option.choices, *_few(option)],
            "required": option.required,
            "longest": option.maximum if option.kind == "text" else None,
            "unlimited": option.unlimited,
            "suggested": option.suggested,
        }
        for option in command.options
        if option.kind != "picture"
    ]
    about = {"name": command.name, "help": command.help, "admin": command.admin, "options": options}
    return {**about, "improves": command.improves}


def _few(option: Option) -> list[str]:
    if option.kind != "integer" or option.minimum is None or option.maximum is None:
        return []
    numbers = range(option.minimum, option.maximum + 1)
    return [str(number) for number in numbers] if len(numbers) <= FEW else []
