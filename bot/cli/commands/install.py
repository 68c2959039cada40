"""`imagine invite`, `sync` and `manifest`: put the bot and its commands on the platforms."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bot.app import installers
from bot.app.folder import catalog, helps
from bot.cli.context import settings_or_exit
from bot.cli.exits import Exit, fail
from bot.cli.options import GROUP, Once, whole
from bot.cli.output import print_file
from bot.cli.running import run_command, set_log_level
from bot.commands.registry import registry
from bot.commands.spec import Command
from bot.config.settings import Settings

invite = typer.Typer(help="Print the links that add the bot.", **GROUP)
sync = typer.Typer(help="Put a platform's commands right.", **GROUP)
manifest = typer.Typer(help="Print what a platform is told of the app.", **GROUP)

Url = Annotated[
    str, typer.Option("--url", help="For HTTP mode: where Slack reaches us, such as https://bot.example.com.")
]

NO_TOKEN = (
    "DISCORD_TOKEN is not set. Copy the token from https://discord.com/developers/applications, "
    "your application, Bot, Reset Token."
)
LARGEST_ID = 2**63 - 1  # a snowflake
NO_URL = "--url is no address that Slack reaches; write it like https://bot.example.com"


@invite.command("discord", cls=Once)
def invite_discord() -> None:
    """Print the links that add the bot to a Discord server, or to your own account."""
    settings = settings_or_exit()
    token = _token(settings)
    server, personal = run_command(installers.discord_links(token))
    typer.echo(f"For a server you manage:\n  {server}")
    typer.echo(f"For yourself, in every server and in direct messages:\n  {personal}")


@invite.command("slack", cls=Once)
def invite_slack(url: Url = "") -> None:
    """Print the link that makes the Slack app, with all that it needs filled in."""
    settings, address = settings_or_exit(), _checked_url(url)

    async def link() -> str:
        return installers.slack_link(_commands(settings), address)

    typer.echo(run_command(link()))


@manifest.command("slack", cls=Once)
def manifest_slack(
    url: Url = "", yaml: Annotated[bool, typer.Option("--yaml", help="As YAML.")] = False
) -> None:
    """Print the Slack app's manifest: for Socket Mode, or with `--url` for HTTP mode."""
    settings, address = settings_or_exit(), _checked_url(url)

    async def write() -> str:
        return installers.slack_manifest(_commands(settings), address, yaml=yaml)

    print_file(run_command(write()))


@sync.command("discord", cls=Once)
def sync_discord(
    guild: Annotated[
        int | None,
        typer.Option(
            parser=whole(1, LARGEST_ID),
            metavar="ID",
            help="Only in this server, beside those everywhere.",
        ),
    ] = None,
) -> None:
    """Replace the bot's commands at Discord; `imagine run` does so by itself when they changed."""
    settings = settings_or_exit()
    token = _token(settings)

    async def replace() -> int:
        return await installers.sync_discord(token, _commands(settings), guild)

    number = run_command(replace())
    typer.echo(f"Discord has {number} commands{f' in server {guild}' if guild else ''}.")


def _commands(settings: Settings) -> Mapping[str, Command]:
    entries = catalog(settings)
    return registry(entries, helps=helps(settings, entries))


def _checked_url(url: str) -> str:
    """Return the address without a slash at its end, or "" for none; exit if it is no https address."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme == "https" and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        sound = False
    if url and not sound:
        fail(Exit.INPUT, NO_URL, as_json=False)
    return url.rstrip("/")


def _token(settings: Settings) -> str:
    set_log_level(settings, "warning")
    if settings.discord_token is None:
        fail(Exit.INPUT, NO_TOKEN, as_json=False)
    return settings.discord_token.get_secret_value()
