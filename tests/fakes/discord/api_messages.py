"""Channels and their messages, as a bot may use them with its own token."""

from tests.fakes.discord import place_payloads
from tests.fakes.discord.call import Call
from tests.fakes.discord.errors import Json, invalid, refusal
from tests.fakes.discord.message_payloads import message_json
from tests.fakes.discord.messages import EPHEMERAL, Message
from tests.fakes.discord.places import DM, FILE_LIMIT, THREAD, Channel, bits
from tests.fakes.discord.posting import create, delete, edit
from tests.fakes.discord.state import State

NONCE_SECONDS = 300  # "the past few minutes": resources/message, enforce_nonce


def _channel(state: State, call: Call, *permissions: str) -> Channel:
    """Return the channel of a path. Raises ApiError if the bot lacks any of these permissions in it."""
    channel = state.channels.get(call.id("channel_id"))
    if channel is None:
        raise refusal(10003)
    if not state.bot_reads(channel):
        raise refusal(50001)
    if bits(*permissions) & ~channel.permissions_of(state.bot):
        raise refusal(50013)
    return channel


def _message(state: State, call: Call, channel: Channel) -> Message:
    message = state.every_message.get(call.id("message_id"))
    if message is None or message.channel is not channel or message.only_for is not None:
        raise refusal(10008)
    return message


def post(state: State, call: Call) -> Json:
    channel = _channel(state, call)
    send = "send_messages_in_threads" if channel.kind == THREAD else "send_messages"
    _channel(state, call, send, *(["attach_files"] if call.uploads else []))
    if channel.kind == DM:
        _check_dm(state, channel)
    open_thread(state, channel)
    if call.fields.get("message_reference") and not _has(state, channel, "read_message_history"):
        raise refusal(160002)
    if (call.fields.get("flags") or 0) & EPHEMERAL:
        raise invalid("flags", "a message of a channel cannot be ephemeral")
    earlier = _same_nonce(state, channel, call)
    limit = channel.guild.file_limit if channel.guild else FILE_LIMIT
    message = earlier or create(state, channel, state.bot, call.fields, call.uploads, limit=limit)
    return message_json(state, message)


def open_thread(state: State, channel: Channel) -> None:
    """Unarchive a thread for a new message (topics/threads). Raises ApiError if the thread is locked."""
    if channel.locked and not _has(state, channel, "manage_threads"):
        raise refusal(160005)
    channel.archived = False


def _has(state: State, channel: Channel, permission: str) -> bool:
    return bool(channel.permissions_of(state.bot) & bits(permission))


def _check_dm(state: State, channel: Channel) -> None:
    """Raise ApiError if the bot may not send direct messages here.

    The user has to accept them, and needs a server in common with the bot, or an install of their own.
    """
    user = channel.recipients[0]
    if not user.accepts_dms or not (state.shares_guild(user) or user.installed):
        raise refusal(50007)


def _same_nonce(state: State, channel: Channel, call: Call) -> Message | None:
    nonce = call.fields.get("nonce")
    if nonce is None or not call.fields.get("enforce_nonce"):
        return None
    since = state.now() - NONCE_SECONDS
    return next((m for m in reversed(channel.messages) if m.nonce == nonce and m.created >= since), None)


def get(state: State, call: Call) -> Json:
    channel = _channel(state, call, "read_message_history")
    return message_json(state, _message(state, call, channel))


def latest(state: State, call: Call) -> list[Json]:
    channel = _channel(state, call, "read_message_history")
    count = int(call.query.get("limit", 50))
    return [message_json(state, message) for message in channel.messages[: -count - 1 : -1]]


def patch(state: State, call: Call) -> Json:
    channel = _channel(state, call)
    message = _message(state, call, channel)
    if channel.archived:
        raise refusal(50083)
    if message.author is not state.bot:
        raise refusal(50005)
    limit = channel.guild.file_limit if channel.guild else FILE_LIMIT
    edit(state, message, call.fields, call.uploads, limit=limit)
    return message_json(state, message)


def remove(state: State, call: Call) -> None:
    channel = _channel(state, call)
    message = _message(state, call, channel)
    if message.author is not state.bot and not _has(state, channel, "manage_messages"):
        raise refusal(50013)
    delete(state, message)


def typing(state: State, call: Call) -> None:
    _channel(state, call, "send_messages")


def react(state: State, call: Call) -> None:
    channel = _channel(state, call, "read_message_history")
    message, emoji = _message(state, call, channel), call.ids["emoji_name"]
    if emoji not in message.reactions:
        _channel(state, call, "add_reactions")
    if state.bot not in message.reactions.setdefault(emoji, []):
        message.reactions[emoji].append(state.bot)
        state.tell_reaction("MESSAGE_REACTION_ADD", message, state.bot, emoji)


def unreact(state: State, call: Call) -> None:
    channel = _channel(state, call, "read_message_history")
    message, emoji = _message(state, call, channel), call.ids["emoji_name"]
    if state.bot in message.reactions.get(emoji, []):
        message.reactions[emoji].remove(state.bot)
        state.tell_reaction("MESSAGE_REACTION_REMOVE", message, state.bot, emoji)


def channel_of(state: State, call: Call) -> Json:
    return place_payloads.channel_json(state, _channel(state, call))


def open_dm(state: State, call: Call) -> Json:
    user = state.users.get(int(call.fields.get("recipient_id") or 0))
    if user is None:
        raise refusal(10013)
    if user.bot:
        raise refusal(50007)
    return place_payloads.channel_json(state, state.dm(user))


_MESSAGES = "/channels/{channel_id}/messages"
ROUTES = [
    ("GET", "/channels/{channel_id}", channel_of),
    ("POST", "/channels/{channel_id}/typing", typing),
    ("GET", _MESSAGES, latest),
    ("POST", _MESSAGES, post),
    ("GET", _MESSAGES + "/{message_id}", get),
    ("PATCH", _MESSAGES + "/{message_id}", patch),
    ("DELETE", _MESSAGES + "/{message_id}", remove),
    ("PUT", _MESSAGES + "/{message_id}/reactions/{emoji_name}/@me", react),
    ("DELETE", _MESSAGES + "/{message_id}/reactions/{emoji_name}/@me", unreact),
    ("POST", "/users/@me/channels", open_dm),
]
