"""Whom a message would notify, by docs.slack.dev/messaging/formatting-message-text."""

import re
from collections.abc import Iterator

from tests.fakes.slack.errors import Json
from tests.fakes.slack.messages import Message, Pinged, text_objects, walk
from tests.fakes.slack.places import Team

USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")
ALL = re.compile(r"<!(channel|here|everyone)(?:\|[^>]*)?>")
WORD = re.compile(r"(?<![\w<])@([\w.\-]+)")  # what is linked only if `link_names` or `parse` says so


def find_pings(message: Message, *, link_names: bool = False) -> tuple[set[Pinged], set[Pinged]]:
    """(whom it notifies, whom it might notify besides) with the message as it stands."""
    if message.only_for is not None:
        return set(), set()
    team = message.channel.team
    sure = {found for text in _shown(message) for found in _tokens(text, team)}
    sure |= set(_rich(message.blocks, team))
    words = {found for text in _linkable(message) for found in _words(text, team)}
    if link_names:
        sure |= words
    risks = sure | words | set(_tokens(message.text, team))
    return sure - {message.author}, risks - {message.author}


def _shown(message: Message) -> Iterator[str]:
    """Texts that Slack reads tokens in. Where there are blocks, the text only stands in for them."""
    if not message.blocks:
        yield message.text
    yield from (t["text"] for t in text_objects(message.blocks) if t["type"] == "mrkdwn")
    for attachment in message.attachments:
        yield from (str(attachment[name]) for name in ("text", "pretext", "fallback") if name in attachment)
        yield from (t["text"] for t in text_objects(attachment.get("blocks", [])) if t["type"] == "mrkdwn")


def _linkable(message: Message) -> Iterator[str]:
    """Texts in which Slack may make mentions of plain words: text objects without `verbatim`."""
    if not message.blocks:
        yield message.text
    loose = (t for t in text_objects(message.blocks) if t["type"] == "mrkdwn" and not t.get("verbatim"))
    yield from (t["text"] for t in loose)


def _tokens(text: str, team: Team) -> Iterator[Pinged]:
    users, groups = team.state.users, {group.id: group for group in team.groups}
    yield from (users[found] for found in USER.findall(text) if found in users)
    yield from (groups[found] for found in GROUP.findall(text) if found in groups)
    yield from ALL.findall(text)


def _words(text: str, team: Team) -> Iterator[Pinged]:
    names: dict[str, Pinged] = {user.name: user for user in team.users}
    names |= {group.handle: group for group in team.groups}
    names |= {word: word for word in ("channel", "here", "everyone")}
    yield from (names[word] for word in WORD.findall(text) if word in names)


def _rich(blocks: list[Json], team: Team) -> Iterator[Pinged]:
    groups = {group.id: group for group in team.groups}
    for block in walk(blocks):
        if block.get("type") != "rich_text":
            continue
        for part in _parts(block.get("elements", [])):
            if part["type"] == "user" and part["user_id"] in team.state.users:
                yield team.state.users[part["user_id"]]
            elif part["type"] == "usergroup" and part["usergroup_id"] in groups:
                yield groups[part["usergroup_id"]]
            elif part["type"] == "broadcast":
                yield str(part["range"])


def _parts(parts: list[Json]) -> Iterator[Json]:
    for part in parts:
        yield part
        yield from _parts(part.get("elements", []))
