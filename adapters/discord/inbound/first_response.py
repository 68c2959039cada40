"""The first answer to an interaction, in one HTTP call.

It stands alone because it uses discord.py's private interface. discord.py's own method makes an object of the
message in Discord's reply, which is as much work as sending it; the bot only needs the message's id.
"""

import discord
from discord.webhook.async_ import async_context, interaction_message_response_params

from adapters.discord.inbound.convert import Interaction
from adapters.discord.outbound.message import OutgoingMessage


async def respond(interaction: Interaction, message: OutgoingMessage, *, private: bool) -> int:
    """Answer with a message; return its id. Raises Discord's own errors."""
    state = interaction._state
    params = interaction_message_response_params(
        type=discord.InteractionResponseType.channel_message.value,
        flags=discord.MessageFlags(ephemeral=private),
        view=message.view,
        files=message.files,
        allowed_mentions=message.mentions,
    )
    reply = await async_context.get().create_interaction_response(
        interaction.id,
        interaction.token,
        session=interaction._session,
        proxy=state.http.proxy,
        proxy_auth=state.http.proxy_auth,
        params=params,
    )
    return int(reply["interaction"]["response_message_id"])
