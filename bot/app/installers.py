"""What a shell asks of platforms without serving them. Each is imported when it is asked."""

from collections.abc import Mapping

from bot.commands.spec import Command


async def discord_links(token: str) -> tuple[str, str]:
    """The links that add the bot to a server, and to one person. Raises CannotRun."""
    from adapters.discord.install import links

    return await links(token)


async def sync_discord(token: str, commands: Mapping[str, Command], guild: int | None) -> int:
    """Replace the commands at Discord, of one server or everywhere; how many there are. Raises CannotRun."""
    from adapters.discord.install import replace_commands

    return await replace_commands(token, commands, guild)


async def discord_account(token: str) -> str:
    """The name of the bot that the token is for. Raises CannotRun."""
    from adapters.discord.install import account

    return await account(token)


async def slack_account(bot_token: str, app_token: str) -> str:
    """The name of the bot that the tokens are for; "" is no token for Socket Mode. Raises CannotRun."""
    from adapters.slack.install import account

    return await account(bot_token, app_token)


def slack_manifest(commands: Mapping[str, Command], url: str, *, yaml: bool) -> str:
    """What Slack is told of the app; see `imagine manifest slack`."""
    from adapters.slack.oauth import manifest

    told = manifest.manifest(commands.values(), url)
    return manifest.as_yaml(told) if yaml else manifest.as_json(told)


def slack_link(commands: Mapping[str, Command], url: str) -> str:
    """Opens Slack's page that makes such an app."""
    from adapters.slack.oauth import manifest

    return manifest.link(manifest.manifest(commands.values(), url))
