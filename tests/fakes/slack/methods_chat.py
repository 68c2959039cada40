"""chat.*, reactions.* and other methods about messages: docs.slack.dev/reference/methods."""

from tests.fakes.slack import posting
from tests.fakes.slack.blockkit import UPDATE_TEXT
from tests.fakes.slack.call import Call, Method
from tests.fakes.slack.errors import ApiError, Json
from tests.fakes.slack.messages import Message
from tests.fakes.slack.payloads import message_json
from tests.fakes.slack.places import Channel


def check_may_post(call: Call, channel: Channel) -> None:
    """Raise ApiError if the bot may not write in a channel."""
    if channel.archived:
        raise ApiError("is_archived")
    is_open = channel.kind == "public" and "chat:write.public" in call.team.scopes
    if not channel.bot and not is_open:
        raise ApiError("not_in_channel")


def _target(call: Call) -> Channel:
    """Return the channel for a new message; a person's id means the direct conversation."""
    if call.text("channel") in call.server.users:
        user = call.user("channel")
        if not user.accepts_dms or user.bot:
            raise ApiError("channel_not_found")
        return call.server.dm(user)
    return call.channel()


def check_thread(channel: Channel, thread_ts: str) -> None:
    """Raise ApiError if there is no message to reply to."""
    if thread_ts and not any(message.ts == thread_ts for message in channel.messages):
        raise ApiError("thread_not_found")


def post(call: Call) -> Json:
    channel = _target(call)
    check_may_post(call, channel)
    check_thread(channel, call.text("thread_ts"))
    call.server.rates.check_post(channel.id)
    message = posting.create(call.server, channel, call.team.bot, call.args, call.method)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(call.server, message)}


def post_ephemeral(call: Call) -> Json:
    channel, user = call.channel(), call.user("user")
    check_may_post(call, channel)
    if not channel.has(user):
        raise ApiError("user_not_in_channel")
    message = posting.create(call.server, channel, call.team.bot, call.args, call.method, only_for=user)
    return {"message_ts": message.ts}


def _own(call: Call, refusal: str) -> Message:
    message = call.server.find_message(call.channel(), call.need("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.author is not call.team.bot:
        raise ApiError(refusal)
    return message


def update(call: Call) -> Json:
    message = _own(call, "cant_update_message")
    if message.channel.archived:
        raise ApiError("is_archived")
    posting.edit(call.server, message, call.args, call.method, text_limit=UPDATE_TEXT)
    body = message_json(call.server, message)
    return {"channel": message.channel.id, "ts": message.ts, "text": message.text, "message": body}


def delete(call: Call) -> Json:
    message = _own(call, "cant_delete_message")
    posting.delete(call.server, message)
    return {"channel": message.channel.id, "ts": message.ts}


def permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.server.find_message(channel, call.need("message_ts"))
    if message is None:
        raise ApiError("message_not_found")
    path = f"archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": f"https://{channel.team.domain}.slack.com/{path}"}


def _reaction_target(call: Call) -> tuple[Message, str]:
    message = call.server.find_message(call.channel(), call.need("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    if not message.channel.bot:
        raise ApiError("not_in_channel")
    return message, call.need("name").strip(":")


def react(call: Call) -> Json:
    message, name = _reaction_target(call)
    users = message.reactions.setdefault(name, [])
    if call.team.bot in users:
        raise ApiError("already_reacted")
    users.append(call.team.bot)
    call.server.touch()
    return {}


def unreact(call: Call) -> Json:
    message, name = _reaction_target(call)
    users = message.reactions.get(name, [])
    if call.team.bot not in users:
        raise ApiError("no_reaction")
    users.remove(call.team.bot)
    if not users:
        del message.reactions[name]
    call.server.touch()
    return {}


def set_status(call: Call) -> Json:
    """Serve assistant.threads.setStatus. An empty status clears it."""
    channel, thread = call.channel("channel_id"), call.need("thread_ts")
    call.server.statuses[channel.id, thread] = call.text("status")
    call.server.touch()
    return {}


METHODS = {
    "chat.postMessage": Method(post, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",), tier=4),
    "chat.update": Method(update, ("chat:write",), tier=3),
    "chat.delete": Method(delete, ("chat:write",), tier=3),
    "chat.getPermalink": Method(permalink, tier=4),
    "reactions.add": Method(react, ("reactions:write",), tier=3),
    "reactions.remove": Method(unreact, ("reactions:write",), tier=2),
    "assistant.threads.setStatus": Method(set_status, ("chat:write", "assistant:write"), tier=3),
}
