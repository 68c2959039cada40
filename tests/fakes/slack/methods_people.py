"""users.*, conversations.*, usergroups.* and team.info, as far as the bot may see."""

from tests.fakes.slack.call import Call, Method, missing_scope
from tests.fakes.slack.errors import ApiError, Json
from tests.fakes.slack.payloads import channel_json, group_json, user_json
from tests.fakes.slack.places import Channel

READ = {"public": "channels:read", "private": "groups:read", "im": "im:read"}


def user_info(call: Call) -> Json:
    return {"user": user_json(call.user("user"), call.team)}


def users(call: Call) -> Json:
    members = [user_json(user, call.team) for user in [call.team.bot, *call.team.users]]
    return {"members": members, "cache_ts": int(call.server.now()), "response_metadata": {"next_cursor": ""}}


def open_dm(call: Call) -> Json:
    """Serve conversations.open, with one user or with an open conversation."""
    if call.text("channel"):
        channel = call.channel()
    else:
        user = call.user("users")
        if user.deleted:
            raise ApiError("user_disabled")
        if user.bot:
            raise ApiError("cannot_dm_bot")
        if not user.accepts_dms:
            raise ApiError("user_not_visible")
        channel = call.server.dm(user)
    is_full = call.flag("return_im")
    return {"channel": channel_json(channel, call.team) if is_full else {"id": channel.id}}


def _readable(call: Call) -> Channel:
    """Return the channel. Raises ApiError if the bot lacks the scope for its kind."""
    channel = call.channel()
    if READ[channel.kind] not in call.team.scopes:
        raise missing_scope(call.team, READ[channel.kind])
    return channel


def channel_info(call: Call) -> Json:
    return {"channel": channel_json(_readable(call), call.team)}


def channel_members(call: Call) -> Json:
    channel = _readable(call)
    members = [user.id for user in call.server.users.values() if channel.has(user)]
    return {"members": members, "response_metadata": {"next_cursor": ""}}


def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind != "public":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    channel.bot = True
    call.server.touch()
    return {"channel": channel_json(channel, call.team)}


def groups(call: Call) -> Json:
    with_users = bool(call.flag("include_users"))
    return {"usergroups": [group_json(group, with_users=with_users) for group in call.team.groups]}


def group_users(call: Call) -> Json:
    group = next((group for group in call.team.groups if group.id == call.need("usergroup")), None)
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": [user.id for user in group.users]}


def team_info(call: Call) -> Json:
    team = call.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


METHODS = {
    "users.info": Method(user_info, ("users:read",), tier=4),
    "users.list": Method(users, ("users:read",), tier=2),
    "conversations.open": Method(open_dm, ("im:write",), tier=3),
    "conversations.info": Method(channel_info, tier=3),
    "conversations.members": Method(channel_members, tier=4),
    "conversations.join": Method(join, ("channels:join",), tier=3),
    "usergroups.list": Method(groups, ("usergroups:read",), tier=2),
    "usergroups.users.list": Method(group_users, ("usergroups:read",), tier=2),
    "team.info": Method(team_info, ("team:read",), tier=3),
}
