"""Discord's copy of the commands: replaced if ours changed, and left alone otherwise.

Replacing at every start would cost a request each time, and Discord counts creations: 200 a day
(application-commands, "Registering a Command").
"""

from typing import Any

import discord

from adapters.discord import messages
from adapters.discord.inbound.commands import LOCALIZED_FIELDS, digest
from adapters.discord.render.limits import COMMAND_LIMIT
from bot.port.protocols import CannotRun, KeyValue

_GLOBAL_ONLY = ("contexts", "integration_types", "dm_permission")  # application-commands, "Contexts"


async def sync(client: discord.Client, store: KeyValue, payload: list[dict[str, Any]]) -> bool:
    """Replace the application's commands if they changed since the last time; return whether they did.

    `client` must be logged in. Raises discord.HTTPException, the errors of a lost connection, and CannotRun
    for a command that is longer than Discord takes.
    """
    key = f"commands:{client.application_id}"  # another token may be another application
    new_digest = digest(payload)
    if await store.get(key) == new_digest:
        return False
    await put(client, payload)
    await store.put(key, new_digest)
    return True


async def put(client: discord.Client, payload: list[dict[str, Any]], guild: int | None = None) -> int:
    """Replace the commands everywhere, or in one server; return how many Discord has now.

    Raises as `sync` does.
    """
    for command in payload:
        if (size := _characters(command)) > COMMAND_LIMIT:
            raise CannotRun(messages.long_command(command["name"], size, COMMAND_LIMIT))
    application = client.application_id or 0
    if guild is None:
        return len(await client.http.bulk_upsert_global_commands(application, payload))
    guild_payload = [
        {name: value for name, value in command.items() if name not in _GLOBAL_ONLY} for command in payload
    ]
    return len(await client.http.bulk_upsert_guild_commands(application, guild, guild_payload))


def _characters(part: dict[str, Any]) -> int:
    """Count characters as Discord does: names, descriptions and values of a command, its options and choices.

    Of a text in several languages the longest counts.
    """
    count = len(str(part.get("value", "")))
    for field in LOCALIZED_FIELDS:
        translations = part.get(f"{field}_localizations", {})
        count += max(map(len, (part.get(field, ""), *translations.values())))
    return count + sum(map(_characters, [*part.get("options", ()), *part.get("choices", ())]))
