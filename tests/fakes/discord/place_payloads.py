"""Users, members, roles, channels and guilds as Discord's JSON, for the gateway and for REST answers."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.fakes.discord.errors import Json
from tests.fakes.discord.places import DM, GROUP, THREAD, Channel, Guild, Member, Role, User, bits

if TYPE_CHECKING:
    from tests.fakes.discord.state import State

VIEW = bits("view_channel")
API_VERSION = 10


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user_json(user: User) -> Json:
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": user.name,
        "discriminator": "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_json(member: Member) -> Json:
    return {
        "user": user_json(member.user),
        "nick": None,
        "avatar": None,
        "roles": [str(role.id) for role in member.roles],
        "joined_at": timestamp(member.joined),
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }


def role_json(role: Role) -> Json:
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(role.permissions),
        "position": role.position,
        "mentionable": role.mentionable,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "color": 0,
        "hoist": False,
        "managed": False,
        "flags": 0,
    }


def channel_json(state: "State", channel: Channel) -> Json:
    """Render a channel as the bot sees it; permissions that it lacks here are an overwrite for the bot."""
    common: Json = {"id": str(channel.id), "type": channel.kind, "flags": 0, "last_message_id": None}
    if channel.kind in (DM, GROUP):
        others = [user_json(user) for user in channel.recipients if not user.bot]
        group = {"name": channel.name, "icon": None, "owner_id": others[0]["id"]}
        return common | {"recipients": others} | (group if channel.kind == GROUP else {})
    assert channel.guild
    common |= {"guild_id": str(channel.guild.id), "name": channel.name, "rate_limit_per_user": 0}
    if channel.kind == THREAD:
        return common | _thread_json(state, channel)
    deny = {"id": str(state.bot.id), "type": 1, "allow": "0", "deny": str(channel.denied)}
    return common | {
        "position": 0,
        "nsfw": False,
        "topic": None,
        "parent_id": None,
        "permission_overwrites": [deny] if channel.denied else [],
    }


def _thread_json(state: "State", channel: Channel) -> Json:
    assert channel.parent
    return {
        "parent_id": str(channel.parent.id),
        "owner_id": str(state.bot.id),
        "message_count": len(channel.messages),
        "member_count": 1,
        "thread_metadata": {
            "archived": channel.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": timestamp(state.now()),
            "locked": channel.locked,
        },
    }


def guild_json(state: "State", guild: Guild) -> Json:
    """Render a guild as GUILD_CREATE has it for a bot without the members intent: with no other member."""
    assert guild.owner
    threads = [c for c in guild.channels if c.kind == THREAD]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "roles": [role_json(role) for role in guild.roles],
        "channels": [channel_json(state, c) for c in guild.channels if c.kind != THREAD],
        "threads": [channel_json(state, c) for c in threads],
        "members": [member_json(guild.members[state.bot.id])],
        "member_count": len(guild.members),
        "premium_tier": guild.premium_tier,
        "preferred_locale": guild.locale,
        "unavailable": False,
        "large": False,
        "joined_at": timestamp(guild.members[state.bot.id].joined),
        **{name: [] for name in ("emojis", "stickers", "features", "presences", "voice_states")},
    }


def event_json(state: "State", event: str, guild: Guild, subject: Guild | Channel | Role) -> Json:
    """Render the data of an event about a guild, or about something in it."""
    if isinstance(subject, Role):
        return {"guild_id": str(guild.id), "role": role_json(subject)}
    if isinstance(subject, Channel):
        return channel_json(state, subject)
    return guild_json(state, guild) if event == "GUILD_CREATE" else {"id": str(guild.id)}


def ready_json(state: "State", session: str, guilds: list[Guild], shard: tuple[int, int]) -> Json:
    return {
        "v": API_VERSION,
        "user": user_json(state.bot),
        "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
        "session_id": session,
        "resume_gateway_url": state.gateway_url,
        "shard": list(shard),
        "application": {"id": str(state.application_id), "flags": 0},
    }
