"""Slack's request bodies as the port's nouns: who did what, where, and what Slack lent for the answer."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.slack.ids import GUESTS, PLATFORM, qualified_id
from bot.commands.registry import MAX_REFERENCES
from bot.port.requests import Address, Lent, MessageRef, Named, Person, Reaction

# A response_url works for half an hour (docs.slack.dev/interactivity/handling-user-interaction); this is one
# minute less.
LENT_SECONDS = 1_740
BIN = "🗑"
# Slack's names of the emoji that the core knows.
EMOJI = {"repeat": "🔁", "arrows_counterclockwise": "🔄", "wastebasket": BIN, "star": "⭐"}

_TOKEN = re.compile(r"<(?:@([UW][A-Z0-9]+)|#([CG][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+))(?:\|([^<>]*))?>")
_SIGNS = {"person": "@", "channel": "#", "role": "!subteam^"}
_NAMELESS = frozenset(("directmessage", "privategroup"))  # Slack's stand-ins for a private channel's name
_UNLABELLED = re.compile(r"<@([UW][A-Z0-9]+)>")
_MARKUP = re.compile(r"[<>|&]")

NAME_LIMIT = 80  # characters of a file's name; four fit into a view's metadata, which holds 3,000

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent. `url`: "" if Slack did not tell it. `mimetype`: by Slack's own look."""

    id: str
    name: str
    url: str = ""
    mimetype: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One request or event from Slack, with Slack's own ids.

    `id`: the same when Slack repeats the event, or tells of the same message or reaction in another event.
    `team`: the workspace that received it.
    `trigger_id`: opens a form, within 3 seconds.
    `ephemeral_ts`: the message with the pressed button, if only its reader sees it.
    `message_ts`: the message with the pressed button, if everybody there sees it.
    `modal`: the id of the modal with the pressed button.
    `channel_name`: "" if Slack does not tell it.
    `uploads`: the files of the message, or of the message that a form is about.
    """

    id: str
    team: str
    user: str
    channel: str
    thread: str = ""
    trigger_id: str = ""
    ephemeral_ts: str = ""
    message_ts: str = ""
    modal: str = ""
    channel_name: str = ""
    lent: Lent | None = None
    uploads: tuple[Upload, ...] = ()

    def __post_init__(self) -> None:
        """Refuse ids that are no text before anything is begun for them."""
        texts = (self.id, self.team, self.user, self.channel, self.thread, self.trigger_id, self.channel_name)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("an id is no text")


# --- from a body to an event; each raises KeyError or ValueError on a body that Slack does not send


def from_command(body: Body, team: str, now: float) -> Event:
    """Read a slash command."""
    name = body.get("channel_name", "")
    return Event(
        id=qualified_id(team, body["trigger_id"]),
        team=team,
        user=body["user_id"],
        channel=body["channel_id"],
        trigger_id=body["trigger_id"],
        channel_name="" if name in _NAMELESS else name,
        lent=_lent(body, now),
    )


def from_press(body: Body, team: str, now: float) -> Event:
    """Read a pressed button, in a message or on the Home tab."""
    common = {"team": team, "user": body["user"]["id"], "trigger_id": body["trigger_id"]}
    id_ = qualified_id(team, body["trigger_id"])
    if "channel" not in body:
        view = body["view"]
        modal = view["id"] if view.get("type") == "modal" else ""
        return _restore_place(Event(id=id_, channel="", modal=modal, **common), view)
    container, ts = body["container"], body["container"]["message_ts"]
    thread = container.get("thread_ts", "")
    return Event(
        id=id_,
        channel=body["channel"]["id"],
        thread="" if thread == ts else thread,  # a message that others reply to is not itself in a thread
        ephemeral_ts=ts if container.get("is_ephemeral") else "",
        message_ts="" if container.get("is_ephemeral") else ts,
        lent=_lent(body, now),
        **common,
    )


def from_shortcut(body: Body, team: str, now: float) -> Event:
    """Read a choice in a message's menu. The answer goes to that message's thread."""
    message = body["message"]
    return Event(
        id=qualified_id(team, body["trigger_id"]),
        team=team,
        user=body["user"]["id"],
        channel=body["channel"]["id"],
        thread=message.get("thread_ts") or message["ts"],
        trigger_id=body["trigger_id"],
        lent=_lent(body, now),
    )


def from_edit_shortcut(body: Body, team: str, now: float) -> Event:
    """Read *Edit this* in a message's menu: a shortcut with the message's pictures."""
    message = body["message"]
    uploads = [each for each in read_uploads(message.get("files")) if each.mimetype.startswith("image/")]
    pictures = uploads or _in_blocks(message)
    return replace(from_shortcut(body, team, now), uploads=tuple(pictures[:MAX_REFERENCES]))


def from_submission(body: Body, team: str) -> Event:
    """Read a submitted form. The answer goes to the place where the form was opened."""
    view = body["view"]
    id_ = qualified_id(team, view["id"], view["hash"])
    return _restore_place(Event(id=id_, team=team, user=body["user"]["id"], channel=""), view)


def from_event(body: Body, team: str) -> Event:
    """Read an event of the Events API that a person caused. The answer to a mention goes to its thread.

    Its id names the thing that happened: Slack may tell of one message or reaction in several events, each
    with an event_id of its own.
    """
    event = body["event"]
    item = event.get("item", {})
    channel = event.get("channel") or item.get("channel", "")
    thread = event.get("thread_ts", "")
    if event["type"] == "app_mention":
        thread = thread or event["ts"]
    if event["type"] in ("app_mention", "message"):
        id_ = qualified_id(team, channel, event["ts"])
    elif item:
        emoji, at = event["reaction"], event["event_ts"]
        id_ = qualified_id(team, channel, item["ts"], event["user"], emoji, at)
    else:
        id_ = qualified_id(team, body["event_id"])
    uploads = read_uploads(event.get("files"))
    return Event(
        id=id_, team=team, user=event["user"], channel=channel, thread=thread, uploads=tuple(uploads)
    )


def view_metadata(event: Event) -> str:
    """Write an event's place and its files' ids for a view's private_metadata: 3,000 characters at most."""
    lent = [event.lent.token, event.lent.until] if event.lent else []
    if not event.uploads:
        return json.dumps([event.channel, event.thread, *lent])
    files = [[each.id, each.name] for each in event.uploads]
    return json.dumps([event.channel, event.thread, *(lent or ["", 0]), files], ensure_ascii=False)


def _restore_place(event: Event, view: Body) -> Event:
    """Return the event with the place from a view's metadata. Raises ValueError if there is none."""
    channel, thread, *rest = json.loads(view["private_metadata"])
    token, until = rest[:2] or ("", 0)
    files = rest[2] if len(rest) > 2 else ()
    response_url = Lent(token=token, until=until) if token else None
    uploads = tuple(Upload(*file) for file in files)
    return replace(event, channel=channel, thread=thread, lent=response_url, uploads=uploads)


def read_uploads(files: Iterable[Body] | None) -> list[Upload]:
    """Read file objects, or as much of them as Slack sends."""
    return [
        Upload(
            id=each["id"],
            name=str(each.get("name") or each.get("title") or each["id"])[:NAME_LIMIT],
            url=each.get("url_private_download") or each.get("url_private") or "",
            mimetype=each.get("mimetype") or "",
        )
        for each in files or ()
    ]


def _in_blocks(message: Body) -> list[Upload]:
    """List the pictures in a message's blocks, as galleries of the bot have them."""
    blocks = (block for block in message.get("blocks") or () if block.get("type") == "image")
    ids = [block["slack_file"]["id"] for block in blocks if block.get("slack_file", {}).get("id")]
    return [Upload(id=id_, name=f"{number}.png") for number, id_ in enumerate(ids, start=1)]


def _lent(body: Body, now: float) -> Lent | None:
    url = body.get("response_url")
    return Lent(token=url, until=int(now) + LENT_SECONDS) if url else None


# --- from an event to the port


def address(event: Event) -> Address:
    """Return the address for the answer."""
    return Address(
        platform=PLATFORM,
        workspace=qualified_id(event.team),
        channel=qualified_id(event.channel),
        thread=event.thread,
        lent=event.lent,
    )


def reaction(actor: Person, place: Address, ts: str, emoji: str) -> Reaction:
    """Make the reaction to the message `ts`. Slack does not tell if that message is in a thread."""
    return Reaction(person=actor, message=MessageRef(address=place, id=ts), emoji=emoji)


def person(user: Body, team: str, *, groups: tuple[str, ...] = (), in_admins_group: bool = False) -> Person:
    """Make a person from Slack's answer to users.info, as `team` sees them. A guest is never an admin.

    `groups`: the ids of their user groups. `in_admins_group`: they are in the group whose members are admins.
    """
    home = user.get("team_id") or team
    homes = (home, *user.get("enterprise_user", {}).get("teams", ()))
    is_outsider = bool(user.get("is_stranger")) or team not in homes
    is_guest = is_outsider or bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
    rights = (user.get("is_admin"), user.get("is_owner"), user.get("is_primary_owner"), in_admins_group)
    roles = tuple(qualified_id(group) for group in groups)
    return Person(
        id=qualified_id(home, user["id"]),
        name=name(user),
        roles=(*roles, GUESTS) if is_guest else roles,
        admin=any(rights) and not is_guest,
    )


def name(user: Body) -> str:
    """Return the name by which others know somebody."""
    profile = user.get("profile", {})
    return str(profile.get("display_name") or profile.get("real_name") or user.get("name") or user["id"])


# --- tokens in a text, such as <@U012|ann>, <#C012|general> and <!subteam^S012>


def strip_mention(text: str, bot: str) -> str:
    """Remove the bot's mention from a text. `bot`: its user id."""
    return re.sub(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>", " ", text).strip()


def unlabelled_users(text: str) -> list[str]:
    """List the user ids of tokens without a name."""
    return list(dict.fromkeys(_UNLABELLED.findall(text)))


def label_users(text: str, names: Mapping[str, str]) -> str:
    """Write people's names into their tokens, as Slack does in commands. `names`: by user id."""
    return _UNLABELLED.sub(lambda token: _label(token, names.get(token[1], "")), text)


def user_ids(text: str) -> list[str]:
    """List Slack's ids of the people in a command's text."""
    return list(dict.fromkeys(token[1] for token in _TOKEN.finditer(text) if token[1]))


def qualify_tokens(text: str, team: str, people: Mapping[str, Person]) -> str:
    """Write platform-qualified ids into the tokens of a command's text. A token keeps what it names.

    `people`: by Slack's user ids, which do not show who belongs to another team.
    """

    def qualify(token: re.Match[str]) -> str:
        named = _resolve(token, team, people)
        return f"<{_SIGNS[named.kind]}{named.id}>"

    return _TOKEN.sub(qualify, text)


def display_names(event: Event, text: str, people: Mapping[str, Person]) -> tuple[Named, ...]:
    """Return the names of the event's channel, and of everybody and everything with a token in the text."""
    here = Named("channel", qualified_id(event.channel), event.channel_name)
    entries = (_resolve(token, event.team, people) for token in _TOKEN.finditer(text))
    return tuple(dict.fromkeys(entry for entry in (here, *entries) if entry.name))


def _resolve(token: re.Match[str], team: str, people: Mapping[str, Person]) -> Named:
    user, channel, group, label = token.groups()
    name = (label or "").lstrip("@#")
    if user in people:
        return Named("person", people[user].id, people[user].name)
    if user:
        return Named("person", qualified_id(team, user), name)
    if channel:
        return Named("channel", qualified_id(channel), name)
    return Named("role", qualified_id(group), name)


def _label(token: re.Match[str], name: str) -> str:
    return f"<@{token[1]}|{_MARKUP.sub('', name)}>" if name else token[0]
