"""Objects as JSON: docs.slack.dev/reference/objects and /reference/events."""

from typing import TYPE_CHECKING

from tests.fakes.slack.errors import Json
from tests.fakes.slack.messages import File, Message, View
from tests.fakes.slack.places import Channel, Team, User, UserGroup

if TYPE_CHECKING:
    from tests.fakes.slack.state import State


def message_json(state: "State", message: Message) -> Json:
    author, team = message.author, message.channel.team
    body: Json = {
        "type": "message",
        "user": author.id,
        "ts": message.ts,
        "text": message.text,
        "team": team.id,
    }
    if author.bot:
        body |= {"bot_id": author.team.bot_id, "app_id": state.app_id}
    if message.thread_ts:
        body |= {"thread_ts": message.thread_ts, "parent_user_id": author.id}
    if message.blocks:
        body["blocks"] = message.blocks
    if message.attachments:
        body["attachments"] = message.attachments
    if message.files:
        body["files"] = [file_json(state, file) for file in message.files]
        body["upload"] = True
    if message.edited_ts:
        body["edited"] = {"user": author.id, "ts": message.edited_ts}
    if message.metadata:
        body["metadata"] = message.metadata
    if message.reactions:
        body["reactions"] = [
            {"name": name, "users": [user.id for user in users], "count": len(users)}
            for name, users in message.reactions.items()
        ]
    return body


def user_json(user: User, seen_from: Team) -> Json:
    is_stranger = user.team is not seen_from
    body: Json = {
        "id": user.id,
        "team_id": user.team.id,
        "name": user.name,
        "deleted": user.deleted,
        "is_bot": user.bot,
        "is_app_user": False,
        "is_stranger": is_stranger,
        "profile": {"real_name": user.name, "display_name": user.name, "team": user.team.id},
    }
    if user.deleted:
        return body
    body |= {"real_name": user.name, "tz": user.tz, "tz_offset": 0, "locale": user.locale}
    return body | {
        "is_admin": user.admin and not is_stranger,
        "is_owner": user.owner and not is_stranger,
        "is_primary_owner": False,
        "is_restricted": user.guest or user.single_guest,
        "is_ultra_restricted": user.single_guest,
    }


def channel_json(channel: Channel, seen_from: Team) -> Json:
    kind = channel.kind
    body: Json = {"id": channel.id, "created": 1, "is_archived": channel.archived, "is_im": kind == "im"}
    if kind == "im":
        return body | {"user": channel.members[0].id if channel.members else "", "is_open": True}
    return body | {
        "name": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_mpim": False,
        "is_private": kind == "private",
        "is_member": channel.bot,
        "is_general": False,
        "is_shared": bool(channel.shared_with),
        "is_ext_shared": bool(channel.shared_with),
        "context_team_id": seen_from.id,
        "num_members": len(channel.members or []),
    }


def group_json(group: UserGroup, *, with_users: bool = False) -> Json:
    users: Json = {"users": [user.id for user in group.users]} if with_users else {}
    return users | {
        "id": group.id,
        "team_id": group.team.id,
        "is_usergroup": True,
        "name": group.handle,
        "handle": group.handle,
        "description": "",
        "date_delete": 0,
        "user_count": len(group.users),
    }


def file_json(state: "State", file: File) -> Json:
    """Describe a file as files.info does: without its type until Slack has processed it."""
    is_processed = file.is_completed and state.now() >= file.processed_at
    shares: Json = {}
    places: Json = {"channels": [], "groups": [], "ims": []}
    for channel in file.shares:
        messages = state.told_shares(file, channel)
        if not messages:
            continue
        list_name = {"public": "channels", "private": "groups", "im": "ims"}[channel.kind]
        places[list_name].append(channel.id)
        visibility = shares.setdefault("public" if channel.kind == "public" else "private", {})
        visibility[channel.id] = [_share(channel, message) for message in messages]
    url = f"{state.origin}/files-pri/{file.team.id}-{file.id}/{file.name}"
    return places | {
        "id": file.id,
        "created": int(file.created),
        "timestamp": int(file.created),
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype if is_processed else "",
        "filetype": file.filetype if is_processed else "",
        "pretty_type": file.filetype.upper() if is_processed else "",
        "user": file.team.bot.id,
        "user_team": file.team.id,
        "size": file.size,
        "mode": "hosted",
        "editable": False,
        "is_external": False,
        "is_public": bool(places["channels"]),
        "public_url_shared": False,
        "alt_txt": file.alt,
        "url_private": url,
        "url_private_download": f"{url}?download=1",
        "permalink": f"https://{file.team.domain}.slack.com/files/{file.team.bot.id}/{file.id}/{file.name}",
        "shares": shares,
    }


def _share(channel: Channel, message: Message) -> Json:
    share: Json = {"reply_users": [], "reply_users_count": 0, "reply_count": 0, "ts": message.ts}
    share |= {"channel_name": channel.name, "team_id": channel.team.id, "share_user_id": message.author.id}
    return share | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def view_json(state: "State", view: View, values: Json | None = None) -> Json:
    """Describe a view. `values`: the values of its inputs, by block id and action id."""
    payload = view.payload
    root = view.root or view
    body: Json = {
        "id": view.id,
        "team_id": view.team.id,
        "type": payload["type"],
        "blocks": payload["blocks"],
        "private_metadata": payload.get("private_metadata", ""),
        "callback_id": payload.get("callback_id", ""),
        "external_id": payload.get("external_id", ""),
        "state": {"values": values or {}},
        "hash": view.hash,
        "clear_on_close": payload.get("clear_on_close", False),
        "notify_on_close": payload.get("notify_on_close", False),
        "root_view_id": root.id,
        "previous_view_id": view.previous.id if view.previous else None,
        "app_id": state.app_id,
        "app_installed_team_id": view.team.id,
        "bot_id": view.team.bot_id,
    }
    return body | {name: payload.get(name) for name in ("title", "submit", "close")}


def actor_json(user: User) -> Json:
    """Describe the user of an interaction."""
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team.id}
