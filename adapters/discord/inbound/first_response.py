"""The first answer to an interaction, as one call and no more.

discord.py's own way makes an object of the message in Discord's reply, which is as much work as sending it;
all that is wanted of it is where the message is.
"""

import discord
from discord.webhook.async_ import async_context, interaction_message_response_params

from adapters.discord.inbound.convert import Interaction
from adapters.discord.outbound.message import Outgoing


async def respond(interaction: Interaction, sent: Outgoing, *, private: bool) -> int:
    """The id of the message that it became. Raises Discord's own errors."""
    state = interaction._state
    params = interaction_message_response_params(
        type=discord.InteractionResponseType.channel_message.value,
        flags=discord.MessageFlags(ephemeral=private),
        view=sent.view,
        files=sent.files,
        allowed_mentions=sent.mentions,
    )
    told = await async_context.get().create_interaction_response(
        interaction.id,
        interaction.token,
        session=interaction._session,
        proxy=state.http.proxy,
        proxy_auth=state.http.proxy_auth,
        params=params,
    )
    return int(told["interaction"]["response_message_id"])
