"""The first answer to an interaction, in one HTTP call.

It stands alone because it uses discord.py's private interface. discord.py's own method makes an object of the
message in Discord's reply, which is as much work as sending it; the bot only needs the message's id.
"""

from typing import Any

import discord
from discord.webhook.async_ import (
    async_context,
    interaction_message_response_params,
    interaction_response_params,
)

from adapters.discord.inbound.convert import Interaction
from adapters.discord.outbound.message import OutgoingMessage
from adapters.discord.outbound.sending import OneAnswer

ALREADY_ANSWERED = 40060  # opcodes-and-status-codes, "JSON Error Codes"


class AlreadyAnswered(Exception):
    """Discord has an answer to this interaction."""


async def respond(interaction: Interaction, message: OutgoingMessage, *, private: bool) -> int:
    """Answer with a message; return its id. Raises AlreadyAnswered, and Discord's own errors."""
    params = interaction_message_response_params(
        type=discord.InteractionResponseType.channel_message.value,
        flags=discord.MessageFlags(ephemeral=private),
        view=message.view,
        files=message.files,
        allowed_mentions=message.mentions,
    )
    reply = await _call(interaction, params)
    return int(reply["interaction"]["response_message_id"])


async def defer(interaction: Interaction, *, private: bool, updates: bool = False) -> None:
    """Say that an answer comes. Raises AlreadyAnswered, and Discord's own errors.

    `updates`: it will replace the message with the button, which stays as it is until then.
    """
    if updates:
        kind = discord.InteractionResponseType.deferred_message_update.value
        await _call(interaction, interaction_response_params(kind))
        return
    kind = discord.InteractionResponseType.deferred_channel_message.value
    data = {"flags": discord.MessageFlags(ephemeral=True).value} if private else None
    await _call(interaction, interaction_response_params(kind, data))


async def _call(interaction: Interaction, params: Any) -> Any:
    state = interaction._state
    try:
        return await async_context.get().create_interaction_response(
            interaction.id,
            interaction.token,
            session=OneAnswer.of(interaction._session),
            proxy=state.http.proxy,
            proxy_auth=state.http.proxy_auth,
            params=params,
        )
    except discord.HTTPException as error:
        if error.code != ALREADY_ANSWERED:
            raise
        raise AlreadyAnswered from error
