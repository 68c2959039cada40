"""From this world's messages and reactions to Discord's JSON."""

from typing import TYPE_CHECKING

from tests.fakes.discord.errors import Json
from tests.fakes.discord.messages import Attachment, Message, media, shown_by, walk
from tests.fakes.discord.place_payloads import member_json, user_json, when
from tests.fakes.discord.places import DM, User

if TYPE_CHECKING:
    from tests.fakes.discord.state import State

DEFAULT, REPLY, COMMAND = 0, 19, 20  # resources/message, "Message Types"


def attachment_json(attachment: Attachment) -> Json:
    described = {"description": attachment.description} if attachment.description else {}
    return {
        "id": str(attachment.id),
        "filename": attachment.name,
        "size": attachment.size,
        "url": attachment.url,
        "proxy_url": attachment.url,
        **described,
    }


def message_json(state: "State", message: Message, *, whole: bool = False) -> Json:
    """A message as the bot gets it: what others wrote only where it is addressed, or `whole`."""
    told = whole or message.author.bot or message.channel.kind == DM or state.bot in message.pings
    guild = message.channel.guild
    body: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": DEFAULT,
        "author": user_json(message.author),
        "content": message.content if told else "",
        "components": components_json(message) if told else [],
        "embeds": message.embeds if told else [],
        "attachments": [attachment_json(a) for a in message.attachments] if told else [],
        "mentions": [user_json(user) for user in sorted(message.pings, key=lambda user: user.id)],
        "mention_roles": [],
        "mention_everyone": False,
        "flags": message.flags,
        "tts": False,
        "pinned": False,
        "timestamp": when(message.created),
        "edited_timestamp": when(message.edited) if message.edited else None,
    }
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if guild and message.author.id in guild.members:
        body["member"] = member_json(guild.members[message.author.id])
    return body | _reply_json(message) | _asked_json(state, message)


def _reply_json(message: Message) -> Json:
    if message.reference is None:
        return {}
    pointer = {"message_id": str(message.reference.id), "channel_id": str(message.channel.id)}
    return {"type": REPLY, "message_reference": pointer}


def _asked_json(state: "State", message: Message) -> Json:
    """What tells that a message answers an interaction."""
    if message.asker is None:
        return {}
    asked = state.by_token[message.token]
    metadata = {
        "id": str(asked.id),
        "type": asked.type,
        "user": user_json(message.asker),
        "authorizing_integration_owners": asked.owners,
    }
    webhook = {"webhook_id": str(state.application_id), "application_id": str(state.application_id)}
    return {"type": COMMAND, "interaction_metadata": metadata, **webhook}


def components_json(message: Message) -> list[Json]:
    """The components as Discord gives them back: numbered, with media resolved to its own URLs."""
    fresh = [_copied(component) for component in message.components]
    for number, component in enumerate(walk(fresh), start=1):
        component.setdefault("id", number)
    for item, url in list(media(fresh)):
        attachment = shown_by(url, message.attachments)
        place = "file" if "file" in item else "media"
        found = {"url": attachment.url, "attachment_id": str(attachment.id)} if attachment else {"url": url}
        item[place] = {**found, "proxy_url": found["url"], "loading_state": 2}
    return fresh


def _copied(component: Json) -> Json:
    copy = dict(component)
    for name in ("components", "items"):
        if name in copy:
            copy[name] = [_copied(inner) for inner in copy[name]]
    if "accessory" in copy:
        copy["accessory"] = _copied(copy["accessory"])
    return copy


def message_event(state: "State", event: str, message: Message) -> Json:
    guild = {"guild_id": str(message.channel.guild.id)} if message.channel.guild else {}
    if event == "MESSAGE_DELETE":
        return {"id": str(message.id), "channel_id": str(message.channel.id), **guild}
    return message_json(state, message) | guild


def reaction_json(message: Message, user: User, emoji: str) -> Json:
    data: Json = {
        "user_id": str(user.id),
        "channel_id": str(message.channel.id),
        "message_id": str(message.id),
        "message_author_id": str(message.author.id),
        "emoji": {"id": None, "name": emoji},
        "burst": False,
        "type": 0,
    }
    guild = message.channel.guild
    if guild is not None:
        data |= {"guild_id": str(guild.id), "member": member_json(guild.members[user.id])}
    return data
