"""Calls to a platform that is not served: links, commands, accounts. Each imports its library when called."""

from collections.abc import Mapping

from bot.commands.spec import Command


async def discord_links(token: str) -> tuple[str, str]:
    """Return the links that add the bot to a server, and to one person. Raises CannotRun."""
    from adapters.discord.install import links

    return await links(token)


async def sync_discord(token: str, commands: Mapping[str, Command], guild: int | None) -> int:
    """Replace the commands of one server or everywhere; return how many there are. Raises CannotRun."""
    from adapters.discord.install import replace_commands

    return await replace_commands(token, commands, guild)


async def discord_account(token: str) -> str:
    """Return the name of the bot that the token is for. Raises CannotRun."""
    from adapters.discord.install import account

    return await account(token)


async def slack_account(bot_token: str, app_token: str) -> str:
    """Return the name of the bot that the tokens are for; "" for no app token. Raises CannotRun."""
    from adapters.slack.install import account

    return await account(bot_token, app_token)


def slack_manifest(commands: Mapping[str, Command], url: str, *, yaml: bool) -> str:
    """Write the app's manifest for Slack; see `imagine manifest slack`."""
    from adapters.slack.oauth import manifest

    document = manifest.manifest(commands.values(), url)
    return manifest.as_yaml(document) if yaml else manifest.as_json(document)


def slack_link(commands: Mapping[str, Command], url: str) -> str:
    """Return the link to Slack's page that makes the app from its manifest."""
    from adapters.slack.oauth import manifest

    return manifest.link(manifest.manifest(commands.values(), url))
