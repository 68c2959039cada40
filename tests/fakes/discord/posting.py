"""Posting, editing and deleting messages as a request's body says, by Discord's rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.fakes.discord.errors import Json, invalid, refusal
from tests.fakes.discord.mentions import users_to_notify
from tests.fakes.discord.messages import EPHEMERAL, LOADING, V2, Attachment, Message, find_attachment, media
from tests.fakes.discord.places import Channel, User
from tests.fakes.discord.rules import check_message
from tests.fakes.discord.state import State

SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | V2


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request. `data`: None if bytes are not kept."""

    name: str
    size: int
    sha1: str
    data: bytes | None = field(repr=False)


Uploads = Mapping[int, Upload]


def create(
    state: State,
    channel: Channel,
    author: User,
    body: Json,
    uploads: Uploads,
    *,
    limit: int,
    only_for: User | None = None,
    token: str = "",
    asker: User | None = None,
) -> Message:
    """Post a new message, and send its event. `limit`: bytes that a file may have. Raises ApiError."""
    message = Message(
        id=state.ids(),
        channel=channel,
        author=author,
        only_for=only_for,
        token=token,
        asker=asker,
        created=state.now(),
        nonce=body.get("nonce"),
        reference=_referenced(state, channel, body),
    )
    _fill(state, message, body, uploads, (body.get("flags") or 0) & SETTABLE, limit)
    message.flags |= EPHEMERAL if only_for else 0
    message.pings = users_to_notify(message, reply_default=bool(token))
    add_message(state, message)
    return message


def add_message(state: State, message: Message) -> None:
    """Add a new message to its channel, unless it is ephemeral, and send its event."""
    state.every_message[message.id] = message
    if message.only_for is None:
        message.channel.messages.append(message)
    state.tell_message("MESSAGE_CREATE", message)


def edit(state: State, message: Message, body: Json, uploads: Uploads, *, limit: int) -> None:
    """Change a message; fields that the body leaves out stay. Raises ApiError."""
    flags = body.get("flags")
    if flags is not None and message.flags & V2 and not flags & V2:
        raise invalid("flags", "IS_COMPONENTS_V2 cannot be removed from a message")
    settable = message.flags & SETTABLE if flags is None else flags & SETTABLE
    old = {"content": message.content, "components": message.components, "embeds": message.embeds}
    new = old | {name: value for name, value in body.items() if value is not None or name in old}
    was_loading, past = message.loading, message.past()
    _fill(state, message, new, uploads, settable | message.flags & V2, limit)
    if was_loading:
        message.pings = users_to_notify(message, reply_default=True)
    else:
        message.history.append(past)
        message.edited = state.now()
    state.tell_message("MESSAGE_UPDATE", message)


def _fill(state: State, message: Message, body: Json, uploads: Uploads, flags: int, limit: int) -> None:
    """Give a message the content of a whole body, or raise ApiError and leave the message unchanged."""
    attachments = _attachments(state, message, body, uploads, limit)
    check_message(body, flags, attachments)
    components = body.get("components") or []
    if flags & V2:
        used = [find_attachment(url, attachments) for _, url in media(components)]
        attachments = [attachment for attachment in attachments if attachment in used]
    content = body.get("content") or ""
    if not (components if flags & V2 else content or attachments or body.get("embeds") or components):
        raise refusal(50006)
    message.content, message.components, message.embeds = content, components, body.get("embeds") or []
    message.attachments = attachments
    message.flags = (message.flags & EPHEMERAL) | flags
    message.allowed_mentions = body.get("allowed_mentions")


def _attachments(
    state: State, message: Message, body: Json, uploads: Uploads, limit: int
) -> list[Attachment]:
    """Collect the attachments that the body keeps by id, and all uploads, with the names it has for them."""
    if any(upload.size > limit for upload in uploads.values()):
        raise refusal(40005)
    listed = body.get("attachments")
    known = {attachment.id: attachment for attachment in message.attachments}
    result = list(message.attachments) if listed is None else []
    other_uploads = dict(uploads)
    for position, entry in enumerate(listed or []):
        number = int(entry["id"])
        if number in other_uploads:
            result.append(_attach(state, message, other_uploads.pop(number), entry))
        elif number in known:
            description = entry.get("description", known[number].description)
            result.append(replace(known[number], description=description))
        else:
            raise invalid(f"attachments.{position}.id", "no file and no attachment has this id")
    return result + [_attach(state, message, upload, {}) for upload in other_uploads.values()]


def _attach(state: State, message: Message, upload: Upload, entry: Json) -> Attachment:
    name = entry.get("filename") or upload.name
    number = state.ids()
    url = f"{state.origin}/attachments/{message.channel.id}/{number}/{name}?ex=ffffffff&is=0&hm=0"
    return Attachment(number, name, entry.get("description"), upload.size, upload.sha1, url, upload.data)


def _referenced(state: State, channel: Channel, body: Json) -> Message | None:
    pointer = body.get("message_reference")
    if not pointer:
        return None
    message = state.every_message.get(int(pointer["message_id"]))
    if message is None or message.channel is not channel:
        if pointer.get("fail_if_not_exists", True):
            raise invalid("message_reference", "Unknown message", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE")
        return None
    return message


def delete(state: State, message: Message) -> None:
    """Delete a message; it stays in its channel's `gone`."""
    del state.every_message[message.id]
    if message.only_for is None:
        message.channel.messages.remove(message)
    message.channel.gone.append(message)
    state.tell_message("MESSAGE_DELETE", message)


def add_loading(state: State, channel: Channel, asker: User, token: str, *, private: bool) -> Message:
    """Add the "is thinking…" of a deferred answer."""
    message = Message(
        id=state.ids(),
        channel=channel,
        author=state.bot,
        flags=LOADING | (EPHEMERAL if private else 0),
        only_for=asker if private else None,
        token=token,
        asker=asker,
        created=state.now(),
    )
    add_message(state, message)
    return message
