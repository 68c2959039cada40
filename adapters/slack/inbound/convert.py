"""Who did what, where, and what Slack lent to answer with: the port's nouns from Slack's bodies."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.slack.ids import GUESTS, PLATFORM, named
from bot.port.requests import Address, Lent, MessageRef, Named, Person, Reaction

# A response_url works for half an hour (docs.slack.dev/interactivity/handling-user-interaction).
LENT_SECONDS = 1_740
BIN = "🗑"
EMOJI = {"repeat": "🔁", "arrows_counterclockwise": "🔄", "wastebasket": BIN}  # those that mean something

_POINTED = re.compile(r"<(?:@([UW][A-Z0-9]+)|#([CG][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+))(?:\|([^<>]*))?>")
_UNTOLD = frozenset(("directmessage", "privategroup"))  # said in place of names that are not for everyone
_UNNAMED = re.compile(r"<@([UW][A-Z0-9]+)>")
_MARKUP = re.compile(r"[<>|&]")

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What Slack told, with its own ids. `id` is what it repeats; `team` the workspace that heard it.

    `trigger` opens a form, within 3 seconds. `only`: the message in which a button was pressed, if only its
    reader sees it. `place`: what the channel is called, "" where Slack does not say.
    """

    id: str
    team: str
    user: str
    channel: str
    thread: str = ""
    trigger: str = ""
    only: str = ""
    place: str = ""
    lent: Lent | None = None


def command(body: Body, team: str, now: float) -> Event:
    """A slash command. Raises KeyError on a body that Slack does not send, as all of these."""
    return Event(
        id=named(team, body["trigger_id"]),
        team=team,
        user=body["user_id"],
        channel=body["channel_id"],
        trigger=body["trigger_id"],
        place="" if body.get("channel_name") in _UNTOLD else body.get("channel_name", ""),
        lent=_lent(body, now),
    )


def press(body: Body, team: str, now: float) -> Event:
    """A button, in a message or on a page."""
    common = {"team": team, "user": body["user"]["id"], "trigger": body["trigger_id"]}
    id_ = named(team, body["trigger_id"])
    if "channel" not in body:
        return _placed(Event(id=id_, channel="", **common), body["view"])
    told, ts = body["container"], body["container"]["message_ts"]
    thread = told.get("thread_ts", "")
    return Event(
        id=id_,
        channel=body["channel"]["id"],
        thread="" if thread == ts else thread,  # what others reply to is not itself in a thread
        only=ts if told.get("is_ephemeral") else "",
        lent=_lent(body, now),
        **common,
    )


def shortcut(body: Body, team: str, now: float) -> Event:
    """A message's menu; it is answered in that message's thread."""
    message = body["message"]
    return Event(
        id=named(team, body["trigger_id"]),
        team=team,
        user=body["user"]["id"],
        channel=body["channel"]["id"],
        thread=message.get("thread_ts") or message["ts"],
        trigger=body["trigger_id"],
        lent=_lent(body, now),
    )


def submission(body: Body, team: str) -> Event:
    """A form, sent off; it is answered where it was opened."""
    view = body["view"]
    id_ = named(team, view["id"], view["hash"])
    return _placed(Event(id=id_, team=team, user=body["user"]["id"], channel=""), view)


def event(body: Body, team: str) -> Event:
    """Any of the Events API that somebody caused. A mention is answered in its thread."""
    told = body["event"]
    channel = told.get("channel") or told.get("item", {}).get("channel", "")
    thread = told.get("thread_ts", "")
    if told["type"] == "app_mention":
        thread = thread or told["ts"]
    id_ = named(team, body["event_id"])
    return Event(id=id_, team=team, user=told["user"], channel=channel, thread=thread)


def carried(heard: Event) -> str:
    """Where it was heard, as a view carries it: some hundred of the 3,000 characters it may."""
    lent = [heard.lent.token, heard.lent.until] if heard.lent else []
    return json.dumps([heard.channel, heard.thread, *lent])


def address(heard: Event) -> Address:
    """Where to answer."""
    return Address(
        platform=PLATFORM,
        workspace=named(heard.team),
        channel=named(heard.channel),
        thread=heard.thread,
        lent=heard.lent,
    )


def reaction(by: Person, place: Address, ts: str, emoji: str) -> Reaction:
    """An emoji on the message `ts`. Whether that is in a thread, Slack does not tell."""
    return Reaction(person=by, message=MessageRef(address=place, id=ts), emoji=emoji)


def person(user: Body, team: str, *, groups: tuple[str, ...] = (), in_charge: bool = False) -> Person:
    """Somebody as users.info tells of them, seen from `team`.

    `groups`: their user groups; `in_charge`: they are of the one whose members count as admins.
    """
    home = user.get("team_id") or team
    homes = (home, *user.get("enterprise_user", {}).get("teams", ()))
    outside = bool(user.get("is_stranger")) or team not in homes
    guest = outside or bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
    rights = (user.get("is_admin"), user.get("is_owner"), user.get("is_primary_owner"), in_charge)
    roles = tuple(named(group) for group in groups)
    return Person(
        id=named(home, user["id"]),
        name=name(user),
        roles=(*roles, GUESTS) if guest else roles,
        admin=any(rights) and not guest,
    )


def name(user: Body) -> str:
    """What others call somebody."""
    profile = user.get("profile", {})
    return str(profile.get("display_name") or profile.get("real_name") or user.get("name") or user["id"])


def without(text: str, bot: str) -> str:
    """What was said to the bot, whose user id is `bot`: the text without its name."""
    return re.sub(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>", " ", text).strip()


def unnamed(text: str) -> list[str]:
    """The ids of people whose names Slack left to be looked up."""
    return list(dict.fromkeys(_UNNAMED.findall(text)))


def spelled(text: str, names: Mapping[str, str]) -> str:
    """The text with these people's names in their tokens, as Slack words them in commands."""
    return _UNNAMED.sub(lambda token: _token(token, names.get(token[1], "")), text)


def mentioned(text: str) -> list[str]:
    """Slack's ids of the people in a command's text."""
    return list(dict.fromkeys(token[1] for token in _POINTED.finditer(text) if token[1]))


def pointed(text: str, team: str, found: Mapping[str, Person]) -> str:
    """A command's text, with our ids for the people, channels and groups in it.

    `found`: people by Slack's ids, which do not tell who is of another team.
    """

    return _POINTED.sub(lambda token: _meant(token, team, found).id, text)


def called(heard: Event, text: str, found: Mapping[str, Person]) -> tuple[Named, ...]:
    """What the workspace calls the channel, and whoever and whatever is pointed at in a text there."""
    here = Named("channel", named(heard.channel), heard.place)
    meant = (_meant(token, heard.team, found) for token in _POINTED.finditer(text))
    return tuple(dict.fromkeys(each for each in (here, *meant) if each.name))


def _meant(token: re.Match[str], team: str, found: Mapping[str, Person]) -> Named:
    user, channel, group, label = token.groups()
    name = (label or "").lstrip("@#")
    if user in found:
        return Named("person", found[user].id, found[user].name)
    if user:
        return Named("person", named(team, user), name)
    return Named("channel", named(channel), name) if channel else Named("role", named(group), name)


def _token(token: re.Match[str], called: str) -> str:
    return f"<@{token[1]}|{_MARKUP.sub('', called)}>" if called else token[0]


def _lent(body: Body, now: float) -> Lent | None:
    url = body.get("response_url")
    return Lent(token=url, until=int(now) + LENT_SECONDS) if url else None


def _placed(heard: Event, view: Body) -> Event:
    """With the place that a view carries. Raises ValueError where it carries none."""
    channel, thread, *lent = json.loads(view["private_metadata"])
    url = Lent(token=lent[0], until=lent[1]) if lent else None
    return replace(heard, channel=channel, thread=thread, lent=url)
