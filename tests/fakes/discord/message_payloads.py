"""Messages and reactions as Discord's JSON."""

from typing import TYPE_CHECKING

from tests.fakes.discord.errors import Json
from tests.fakes.discord.messages import Attachment, Message, find_attachment, media, walk
from tests.fakes.discord.place_payloads import member_json, timestamp, user_json
from tests.fakes.discord.places import DM, User

if TYPE_CHECKING:
    from tests.fakes.discord.state import State

DEFAULT, REPLY, COMMAND = 0, 19, 20  # resources/message, "Message Types"


def attachment_json(attachment: Attachment) -> Json:
    description = {"description": attachment.description} if attachment.description else {}
    return {
        "id": str(attachment.id),
        "filename": attachment.name,
        "size": attachment.size,
        "url": attachment.url,
        "proxy_url": attachment.url,
        **description,
    }


def message_json(state: "State", message: Message, *, whole: bool = False) -> Json:
    """Render a message as the bot gets it.

    Without the intent for message contents, a bot gets the content of other people's messages only if they
    mention it. `whole`: include the content anyway.
    """
    has_content = whole or message.author.bot or message.channel.kind == DM or state.bot in message.pings
    guild = message.channel.guild
    body: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": DEFAULT,
        "author": user_json(message.author),
        "content": message.content if has_content else "",
        "components": components_json(message) if has_content else [],
        "embeds": message.embeds if has_content else [],
        "attachments": [attachment_json(a) for a in message.attachments] if has_content else [],
        "mentions": [user_json(user) for user in sorted(message.pings, key=lambda user: user.id)],
        "mention_roles": [],
        "mention_everyone": False,
        "flags": message.flags,
        "tts": False,
        "pinned": False,
        "timestamp": timestamp(message.created),
        "edited_timestamp": timestamp(message.edited) if message.edited else None,
    }
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if guild and message.author.id in guild.members:
        body["member"] = member_json(guild.members[message.author.id])
    return body | _reply_json(message) | _interaction_json(state, message)


def _reply_json(message: Message) -> Json:
    if message.reference is None:
        return {}
    pointer = {"message_id": str(message.reference.id), "channel_id": str(message.channel.id)}
    return {"type": REPLY, "message_reference": pointer}


def _interaction_json(state: "State", message: Message) -> Json:
    """Render the fields of a message that answers an interaction."""
    if message.asker is None:
        return {}
    interaction = state.by_token[message.token]
    metadata = {
        "id": str(interaction.id),
        "type": interaction.type,
        "user": user_json(message.asker),
        "authorizing_integration_owners": interaction.owners,
    }
    webhook = {"webhook_id": str(state.application_id), "application_id": str(state.application_id)}
    return {"type": COMMAND, "interaction_metadata": metadata, **webhook}


def components_json(message: Message) -> list[Json]:
    """Render components as Discord returns them: numbered, with media at Discord's own URLs."""
    copies = [_copy(component) for component in message.components]
    for number, component in enumerate(walk(copies), start=1):
        component.setdefault("id", number)
    for item, url in list(media(copies)):
        attachment = find_attachment(url, message.attachments)
        place = "file" if "file" in item else "media"
        link = {"url": attachment.url, "attachment_id": str(attachment.id)} if attachment else {"url": url}
        item[place] = {**link, "proxy_url": link["url"], "loading_state": 2}
    return copies


def _copy(component: Json) -> Json:
    copy = dict(component)
    for name in ("components", "items"):
        if name in copy:
            copy[name] = [_copy(inner) for inner in copy[name]]
    if "accessory" in copy:
        copy["accessory"] = _copy(copy["accessory"])
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
