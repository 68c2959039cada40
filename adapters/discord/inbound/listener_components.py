"""Buttons and forms as they come back. Custom ids hold all there is to know, so those of years ago work."""

from collections.abc import Iterator, Mapping
from typing import Any

import discord

from adapters.discord.inbound.commands import Files
from adapters.discord.inbound.convert import Interaction
from adapters.discord.inbound.listener import Listener
from adapters.discord.render.custom_ids import MENU, parse_custom_id

FILE_UPLOAD = discord.ComponentType.file_upload.value


async def handle_component(listener: Listener, interaction: Interaction) -> None:
    """Pass on a button that was pressed, or that a choice of a menu stands for."""
    button = parse_custom_id(_pressed(interaction))
    await (listener.press(interaction, *button) if button else listener.unknown_component(interaction))


def _pressed(interaction: Interaction) -> str:
    """Return the custom id of the button; "" if there is none."""
    data: Mapping[str, Any] = interaction.data or {}
    if interaction.custom_id != MENU:
        return interaction.custom_id or ""
    return str(next(iter(data.get("values", ())), ""))


async def handle_modal(listener: Listener, interaction: Interaction) -> None:
    """Pass on a form that was submitted."""
    button = parse_custom_id(interaction.custom_id or "")
    if button is None:
        await listener.unknown_component(interaction)
        return
    data: Mapping[str, Any] = interaction.data or {}
    await listener.submit(interaction, *button, field_values(data), files=field_files(interaction, data))


def field_values(data: Mapping[str, Any]) -> dict[str, str]:
    """Collect a form's values by the fields' ids, without empty ones (components/reference, "Label").

    discord.py would read them from a form that it keeps in memory, which the next process does not have.
    """
    values = {field["custom_id"]: _value(field) for field in _fields(data) if field["type"] != FILE_UPLOAD}
    return {name: value for name, value in values.items() if value.strip()}


def field_files(interaction: Interaction, data: Mapping[str, Any]) -> Files:
    """Collect a form's files by the fields' ids (components/reference, "File Upload")."""
    sent = data.get("resolved", {}).get("attachments", {})
    return {
        field["custom_id"]: [
            discord.Attachment(data=sent[number], state=interaction._state)
            for number in field.get("values", ())
            if number in sent
        ]
        for field in _fields(data)
        if field["type"] == FILE_UPLOAD
    }


def _fields(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for part in data.get("components", ()):
        yield from (field for field in (part.get("component"), *part.get("components", ())) if field)


def _value(field: Mapping[str, Any]) -> str:
    """Return a text field's value, or what was chosen, joined by commas."""
    return str(field.get("value") or ",".join(field.get("values", ())))
