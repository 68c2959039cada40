"""Installing the bot: links that add it, its account and its commands, by Discord's HTTP interface alone."""

import contextlib
from collections.abc import AsyncIterator, Mapping

import discord

from adapters.discord.errors import NO_ANSWER, cannot_run, delivery_error
from adapters.discord.gateway.client import Client
from adapters.discord.inbound.commands import payload
from adapters.discord.inbound.sync import put
from bot.commands.spec import Command
from bot.port.protocols import CannotRun

PERMISSIONS = discord.Permissions(
    view_channel=True,  # to get reactions, and to revise cards
    send_messages=True,  # to post a gallery after the fifteen minutes of a reply token, or after a restart
    send_messages_in_threads=True,  # the same in a thread
    attach_files=True,  # to post pictures
    read_message_history=True,  # to find out whether a gallery arrived if Discord's answer was lost
)


async def links(token: str) -> tuple[str, str]:
    """Make the link that adds the bot to a server, and the one that adds it for one person.

    Raises CannotRun.
    """
    async with _logged_in(token) as client:
        application = client.application_id or 0
        return server_link(application), personal_link(application)


async def account(token: str) -> str:
    """Return the name of the token's account. Raises CannotRun."""
    async with _logged_in(token) as client:
        return str(client.user)


async def replace_commands(token: str, commands: Mapping[str, Command], guild: int | None) -> int:
    """Replace the commands everywhere, or in one server; return how many there are. Raises CannotRun."""
    async with _logged_in(token) as client:
        try:
            return await put(client, payload(commands), guild)
        except (discord.HTTPException, discord.RateLimited) as error:
            raise CannotRun(_explain(error, guild)) from error


def _explain(error: discord.HTTPException | discord.RateLimited, guild: int | None) -> str:
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
    """Make the link that adds the bot to a server; the person who opens it needs Manage Server there."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS) + "&integration_type=0"


def personal_link(application_id: int) -> str:
    """Make the link that adds the commands for one person, in every server and direct message."""
    scopes = ("applications.commands",)
    return discord.utils.oauth_url(application_id, scopes=scopes) + "&integration_type=1"
