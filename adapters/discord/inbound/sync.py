"""Discord's copy of the commands: replaced when ours changed, and left alone otherwise.

Replacing costs a request at each start, and Discord counts creations: 200 a day
(application-commands, "Registering a Command").
"""

from typing import Any

import discord

from adapters.discord import messages
from adapters.discord.inbound.commands import LOCALIZED, digest
from adapters.discord.render.limits import COMMAND_LIMIT
from bot.port.protocols import CannotRun, KeyValue

_GLOBAL_ONLY = ("contexts", "integration_types", "dm_permission")  # application-commands, "Contexts"


async def sync(client: discord.Client, keep: KeyValue, payload: list[dict[str, Any]]) -> bool:
    """Replace the application's commands if they are not those of the last time; whether it did.

    `client` is logged in. Raises discord.HTTPException, what a lost connection raises, and CannotRun
    for a command that is longer than Discord takes.
    """
    key = f"commands:{client.application_id}"  # another token may be another application
    wanted = digest(payload)
    if await keep.get(key) == wanted:
        return False
    await put(client, payload)
    await keep.put(key, wanted)
    return True


async def put(client: discord.Client, payload: list[dict[str, Any]], guild: int | None = None) -> int:
    """Replace the commands everywhere, or those of one server alone; how many Discord has now.

    Raises as `sync` does.
    """
    for command in payload:
        if (size := _characters(command)) > COMMAND_LIMIT:
            raise CannotRun(messages.long_command(command["name"], size, COMMAND_LIMIT))
    application = client.application_id or 0
    if guild is None:
        return len(await client.http.bulk_upsert_global_commands(application, payload))
    own = [
        {name: value for name, value in command.items() if name not in _GLOBAL_ONLY} for command in payload
    ]
    return len(await client.http.bulk_upsert_guild_commands(application, guild, own))


def _characters(part: dict[str, Any]) -> int:
    """As Discord counts them: names, descriptions and values of a command, its options and their choices.

    Of what is said in several languages the longest counts.
    """
    own = len(str(part.get("value", "")))
    for field in LOCALIZED:
        further = part.get(f"{field}_localizations", {})
        own += max(map(len, (part.get(field, ""), *further.values())))
    return own + sum(map(_characters, [*part.get("options", ()), *part.get("choices", ())]))
