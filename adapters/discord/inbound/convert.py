"""Who asked, from where, and what Discord lent to answer with: the port's nouns from Discord's objects."""

import re
from typing import Any

import discord

from adapters.discord.ids import DIRECT, PLATFORM, named
from bot.port.requests import Address, Lent, MessageRef, Named, Person, Reaction

LENT_SECONDS = 840  # of the 900 that a token lives (receiving-and-responding, "Followup Messages")
_EMOJI = re.compile(r"<a?:(\w+):\d+>")

Interaction = discord.Interaction[Any]


def person(interaction: Interaction, *, allowed: bool = False) -> Person:
    """Whoever used the command, button or form, with their rights in that server at this moment.

    `allowed`: Discord let them use a command for admins; whom it lets is each server's own setting.
    Where the bot is no member of the server, rights there mean nothing here.
    """
    user = interaction.user
    if not isinstance(user, discord.Member) or not interaction.is_guild_integration():
        return Person(id=named(user.id), name=user.display_name)
    return _member(user, allowed or _manages(interaction.permissions))


def names(interaction: Interaction) -> tuple[Named, ...]:
    """What the server calls the channel, and whoever and whatever was picked in the command's options."""
    found = []
    if interaction.is_guild_integration() and isinstance(interaction.channel, discord.abc.GuildChannel):
        found.append(Named("channel", named(interaction.channel.id), interaction.channel.name))
    picked: Any = interaction.data.get("resolved", {}) if interaction.data else {}
    members = picked.get("members", {})
    for number, user in picked.get("users", {}).items():
        shown = members.get(number, {}).get("nick") or user.get("global_name") or user["username"]
        found.append(Named("person", named(number), shown))
    found += [Named("role", named(number), role["name"]) for number, role in picked.get("roles", {}).items()]
    for number, channel in picked.get("channels", {}).items():
        found.append(Named("channel", named(number), channel["name"]))
    return tuple(found)


def workspace(guild: int | None) -> str:
    """The server with this number; None: where there is none that has the bot."""
    return DIRECT if guild is None else named(guild)


def workspace_of(interaction: Interaction) -> str:
    """Whose settings hold: a server that did not take the bot in has none."""
    return workspace(interaction.guild_id if interaction.is_guild_integration() else None)


def address(interaction: Interaction, now: float) -> Address:
    """Where to answer; `now` is when it came, by the clock that will tell when what is lent is over.

    Raises ValueError where Discord names no channel.
    """
    channel = interaction.channel
    if channel is None:
        raise ValueError("an interaction without a channel")
    ours = interaction.is_guild_integration()
    return _address(
        channel,
        workspace_of(interaction),
        lent_only=not ours and not interaction.context.dm_channel,
        lent=Lent(token=interaction.token, until=int(now) + LENT_SECONDS),
    )


def reaction(event: discord.RawReactionActionEvent, channel: Any, name: str) -> Reaction:
    """A reaction in `channel`. `name`: of whoever reacted, for where Discord sends no member."""
    member = event.member
    by = (
        Person(id=named(event.user_id), name=name)
        if member is None
        else _member(member, _manages(member.guild_permissions))
    )
    place = MessageRef(address=_address(channel, workspace(event.guild_id)), id=str(event.message_id))
    return Reaction(person=by, message=place, emoji=event.emoji.name or "")


def direct(event: discord.RawReactionActionEvent) -> Address:
    """Whoever reacted, and nobody else."""
    where, whom = named(event.channel_id), named(event.user_id)
    return Address(platform=PLATFORM, workspace=DIRECT, channel=where, private_to=whom)


def words(message: discord.Message) -> str:
    """What a message says, with names in place of ids; of its first embed, where it says nothing itself."""
    said = message.clean_content
    if not said and message.message_snapshots:
        said = message.message_snapshots[0].content
    if not said and message.embeds:
        said = "\n".join(filter(None, (message.embeds[0].title, message.embeds[0].description)))
    return _EMOJI.sub(r"\1", said).replace("@\u200b", "@").strip()  # clean_content breaks @everyone so


def _member(member: discord.Member, admin: bool) -> Person:
    roles = tuple(named(role) for role in member._roles)  # `roles` leaves out those that no cache holds
    return Person(id=named(member.id), name=member.display_name, roles=roles, admin=admin)


def _manages(permissions: discord.Permissions) -> bool:
    return permissions.administrator or permissions.manage_guild


def _address(channel: Any, workspace: str, *, lent_only: bool = False, lent: Lent | None = None) -> Address:
    """A thread is at home in its channel."""
    thread = isinstance(channel, discord.Thread)
    return Address(
        platform=PLATFORM,
        workspace=workspace,
        channel=named(channel.parent_id if thread else channel.id),
        thread=named(channel.id) if thread else "",
        lent_only=lent_only,
        lent=lent,
    )
