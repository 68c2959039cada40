"""Buttons and forms as they come back. Their ids say all there is to know, so those of years ago work."""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.discord.inbound.convert import Interaction
from adapters.discord.inbound.listener import Listener
from adapters.discord.render.custom_ids import parsed


async def pressed(listener: Listener, interaction: Interaction) -> None:
    """A component was used."""
    meant = parsed(interaction.custom_id or "")
    await (listener.pressed(interaction, *meant) if meant else listener.unknown(interaction))


async def submitted(listener: Listener, interaction: Interaction) -> None:
    """A form was sent off."""
    meant = parsed(interaction.custom_id or "")
    if meant is None:
        await listener.unknown(interaction)
        return
    verb, job, _index = meant
    await listener.submitted(interaction, verb, job, values(interaction.data or {}))


def values(data: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by the fields' ids; a field left empty is left out (components/reference, "Label").

    discord.py would read it from a form that it keeps in memory, which the next process does not have.
    """
    filled = {field["custom_id"]: _value(field) for field in _fields(data)}
    return {name: value for name, value in filled.items() if value.strip()}


def _fields(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for part in data.get("components", ()):
        yield from (field for field in (part.get("component"), *part.get("components", ())) if field)


def _value(field: Mapping[str, Any]) -> str:
    """A text has a value, a choice has values."""
    return str(field.get("value") or next(iter(field.get("values", ())), ""))
