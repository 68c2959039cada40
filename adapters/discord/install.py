"""Install the bot: the links that add it, its account and its commands, by Discord's HTTP interface alone."""

import contextlib
from collections.abc import AsyncIterator, Mapping

import discord

from adapters.discord.errors import NO_ANSWER, cannot_run, delivery_error
from adapters.discord.gateway.client import Client
from adapters.discord.inbound.commands import payload
from adapters.discord.inbound.sync import put
from bot.commands.registry import Command
from bot.port.protocols import CannotRun

PERMISSIONS = discord.Permissions(
    view_channel=True,  # reactions are only told of channels that it sees; a card is revised there, too
    send_messages=True,  # a gallery after the fifteen minutes of a reply token, or a restart
    send_messages_in_threads=True,  # the same, where it was asked in a thread
    attach_files=True,  # the pictures
    read_message_history=True,  # where an answer was lost: whether the gallery is there already
)


async def links(token: str) -> tuple[str, str]:
    """Where to add the bot to a server, and where for oneself alone. Raises CannotRun."""
    async with _logged_in(token) as client:
        application = client.application_id or 0
        return server_link(application), personal_link(application)


async def account(token: str) -> str:
    """The name of the account that the token is for. Raises CannotRun."""
    async with _logged_in(token) as client:
        return str(client.user)


async def replace_commands(token: str, commands: Mapping[str, Command], guild: int | None) -> int:
    """Replace the commands everywhere, or in one server alone; how many there are. Raises CannotRun."""
    async with _logged_in(token) as client:
        try:
            return await put(client, payload(commands), guild)
        except (discord.HTTPException, discord.RateLimited) as error:
            raise CannotRun(_why_not(error, guild)) from error


def _why_not(error: discord.HTTPException | discord.RateLimited, guild: int | None) -> str:
    if guild is not None and isinstance(error, discord.Forbidden | discord.NotFound):
        return (
            f"Discord lets this bot set no commands in server {guild}: it is not there, or was added without "
            "applications.commands. `imagine invite discord` prints the link that adds it."
        )
    return f"{delivery_error(error, 'take the commands')}."


@contextlib.asynccontextmanager
async def _logged_in(token: str) -> AsyncIterator[Client]:
    async with Client() as client:
        try:
            await client.login(token)
            yield client
        except (discord.DiscordException, *NO_ANSWER) as error:
            raise cannot_run(error) from error


def server_link(application_id: int) -> str:
    """Adds the bot to a server; whoever opens it needs Manage Server there."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS) + "&integration_type=0"


def personal_link(application_id: int) -> str:
    """Adds the commands for one person, in every server and direct message."""
    scopes = ("applications.commands",)
    return discord.utils.oauth_url(application_id, scopes=scopes) + "&integration_type=1"
