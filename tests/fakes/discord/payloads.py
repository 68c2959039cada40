"""The event INTERACTION_CREATE, which tells the bot what a person did."""

from typing import TYPE_CHECKING

from tests.fakes.discord.errors import Json
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.message_payloads import message_json
from tests.fakes.discord.place_payloads import channel_json, member_json, user_json
from tests.fakes.discord.places import DM, Channel, Person

if TYPE_CHECKING:
    from tests.fakes.discord.state import State


def interaction_json(state: "State", interaction: Interaction) -> Json:
    """Render the event: the person, the place, their rights, and their action."""
    channel, person = interaction.channel, interaction.person
    context = 0 if channel.guild else 1 if channel.kind == DM else 2
    body: Json = {
        "id": str(interaction.id),
        "application_id": str(state.application_id),
        "type": interaction.type,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": channel_json(state, channel) | {"permissions": str(channel.permissions_of(person))},
        "context": context,
        "authorizing_integration_owners": interaction.owners,
        "app_permissions": str(app_permissions(state, channel)),
        "attachment_size_limit": interaction.file_limit,
        "locale": person.user.locale,
        "entitlements": [],
        **_person_json(person, channel),
    }
    if interaction.message is not None:
        body["message"] = message_json(state, interaction.message, whole=True)
    return body


def _person_json(person: Person, channel: Channel) -> Json:
    guild = channel.guild
    if guild is None:
        return {"user": user_json(person.user)}
    member = guild.members[person.user.id]
    return {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": member_json(member) | {"permissions": str(channel.permissions_of(member))},
    }


def app_permissions(state: "State", channel: Channel) -> int:
    """Return the app's permission bits in a channel; in a server without the bot, those of everyone."""
    if channel.guild is None or channel.guild.has_bot:
        return channel.permissions_of(state.bot)
    return channel.guild.everyone.permissions
