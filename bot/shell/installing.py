"""`imagine invite` and `imagine sync`: what puts the bot and its commands where people are."""

from typing import Annotated

import typer

from bot.config.settings import Settings
from bot.shell.exits import Exit
from bot.shell.running import carry, fail, log_at, settings_or_exit

invite = typer.Typer(help="Print the links that add the bot.", no_args_is_help=True)
sync = typer.Typer(help="Put a platform's commands right.", no_args_is_help=True)

NO_TOKEN = (
    "DISCORD_TOKEN is not set. Copy the token from https://discord.com/developers/applications, "
    "your application, Bot, Reset Token."
)
LARGEST_ID = 2**63 - 1  # a snowflake


@invite.command("discord")
def invite_discord() -> None:
    """Print the links that add the bot to a Discord server, or to your own account."""
    from bot import platforms

    settings = settings_or_exit()
    token = _token(settings)
    server, personal = carry(platforms.discord_links(token))
    typer.echo(f"For a server you manage:\n  {server}")
    typer.echo(f"For yourself, in every server and in direct messages:\n  {personal}")


@sync.command("discord")
def sync_discord(
    guild: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_ID, help="Only in this server, beside those everywhere.")
    ] = None,
) -> None:
    """Replace the bot's commands at Discord; `imagine run` does so by itself when they changed."""
    from bot import app, platforms
    from bot.typed.commands import registry

    settings = settings_or_exit()
    token = _token(settings)

    async def replace() -> int:
        return await platforms.sync_discord(token, registry(app.catalog(settings)), guild)

    number = carry(replace())
    typer.echo(f"Discord has {number} commands{f' in server {guild}' if guild else ''}.")


def _token(settings: Settings) -> str:
    log_at(settings, "warning")
    if settings.discord_token is None:
        fail(Exit.INPUT, NO_TOKEN, as_json=False)
    return settings.discord_token.get_secret_value()
