"""Discord's objects as the port's nouns: who asked, from where, and the token to answer with."""

import re
from typing import Any

import discord

from adapters.discord.ids import DIRECT, PLATFORM, qualified_id
from bot.port.requests import Address, Lent, MessageRef, Named, Person, Reaction

LENT_SECONDS = 840  # of the 900 that a token lives (receiving-and-responding, "Followup Messages")
_EMOJI = re.compile(r"<a?:(\w+):\d+>")

Interaction = discord.Interaction[Any]


def person(interaction: Interaction, *, allowed: bool = False) -> Person:
    """Return the person who used the command, button or form, with their rights in that server now.

    If the bot is no member of the server, rights there mean nothing here.
    `allowed`: Discord let them use a command for admins; each server's own settings say who may.
    """
    user = interaction.user
    if not isinstance(user, discord.Member) or not interaction.is_guild_integration():
        return Person(id=qualified_id(user.id), name=user.display_name)
    return _member(user, allowed or _is_manager(interaction.permissions))


def names(interaction: Interaction) -> tuple[Named, ...]:
    """Collect the names of the channel, and of everybody and everything picked in the command's options."""
    entries = []
    if interaction.is_guild_integration() and isinstance(interaction.channel, discord.abc.GuildChannel):
        entries.append(Named("channel", qualified_id(interaction.channel.id), interaction.channel.name))
    resolved: Any = interaction.data.get("resolved", {}) if interaction.data else {}
    members = resolved.get("members", {})
    for number, user in resolved.get("users", {}).items():
        name = members.get(number, {}).get("nick") or user.get("global_name") or user["username"]
        entries.append(Named("person", qualified_id(number), name))
    for number, role in resolved.get("roles", {}).items():
        entries.append(Named("role", qualified_id(number), role["name"]))
    for number, channel in resolved.get("channels", {}).items():
        entries.append(Named("channel", qualified_id(number), channel["name"]))
    return tuple(entries)


def workspace(guild: int | None) -> str:
    """Name the workspace of the server with this number; None: no server that has the bot."""
    return DIRECT if guild is None else qualified_id(guild)


def workspace_of(interaction: Interaction) -> str:
    """Name the workspace whose settings hold; a server without the bot has those of direct messages."""
    return workspace(interaction.guild_id if interaction.is_guild_integration() else None)


def address(interaction: Interaction, now: float) -> Address:
    """Make the address to answer at.

    Raises ValueError if Discord names no channel.
    `now`: when the interaction came, by the clock that also decides when its token is over.
    """
    channel = interaction.channel
    if channel is None:
        raise ValueError("an interaction without a channel")
    is_installed_here = interaction.is_guild_integration()
    return _address(
        channel,
        workspace_of(interaction),
        lent_only=not is_installed_here and not interaction.context.dm_channel,
        lent=Lent(token=interaction.token, until=int(now) + LENT_SECONDS),
    )


def reaction(event: discord.RawReactionActionEvent, channel: Any, name: str) -> Reaction:
    """Make the port's reaction from Discord's event in `channel`.

    `name`: the person's name, for an event in which Discord sends no member.
    """
    member = event.member
    by = (
        Person(id=qualified_id(event.user_id), name=name)
        if member is None
        else _member(member, _is_manager(member.guild_permissions))
    )
    place = MessageRef(address=_address(channel, workspace(event.guild_id)), id=str(event.message_id))
    return Reaction(person=by, message=place, emoji=event.emoji.name or "")


def direct_address(event: discord.RawReactionActionEvent) -> Address:
    """Make an address that only the person who reacted sees."""
    channel, person = qualified_id(event.channel_id), qualified_id(event.user_id)
    return Address(platform=PLATFORM, workspace=DIRECT, channel=channel, private_to=person)


def message_text(message: discord.Message) -> str:
    """Return a message's text with names in place of ids.

    If the message has none of its own: the text of the message that it forwards, or of its first embed.
    """
    text = message.clean_content
    if not text and message.message_snapshots:
        text = message.message_snapshots[0].content
    if not text and message.embeds:
        text = "\n".join(filter(None, (message.embeds[0].title, message.embeds[0].description)))
    # clean_content breaks @everyone with a zero-width space.
    return name_emoji(text).replace("@\u200b", "@").strip()


def name_emoji(text: str) -> str:
    """Replace a server's own emoji by their names; standard ones are characters already."""
    return _EMOJI.sub(r"\1", text)


def _member(member: discord.Member, admin: bool) -> Person:
    # The public `roles` leaves out roles that no cache holds.
    roles = tuple(qualified_id(role) for role in member._roles)
    return Person(id=qualified_id(member.id), name=member.display_name, roles=roles, admin=admin)


def _is_manager(permissions: discord.Permissions) -> bool:
    return permissions.administrator or permissions.manage_guild


def _address(channel: Any, workspace: str, *, lent_only: bool = False, lent: Lent | None = None) -> Address:
    """Make an address; a thread's channel is the one that it belongs to."""
    is_thread = isinstance(channel, discord.Thread)
    return Address(
        platform=PLATFORM,
        workspace=workspace,
        channel=qualified_id(channel.parent_id if is_thread else channel.id),
        thread=qualified_id(channel.id) if is_thread else "",
        lent_only=lent_only,
        lent=lent,
    )
