"""The people, groups and channels that a message notifies.

docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator

from tests.fakes.slack.errors import Json
from tests.fakes.slack.messages import Message, Recipient, text_objects, walk
from tests.fakes.slack.places import Team

USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")
ALL = re.compile(r"<!(channel|here|everyone)(?:\|[^>]*)?>")
WORD = re.compile(r"(?<![\w<])@([\w.\-]+)")  # a mention only with `link_names` or `parse`


def find_pings(message: Message, *, link_names: bool = False) -> tuple[set[Recipient], set[Recipient]]:
    """Return (those whom a message notifies, those and all whom it might notify)."""
    if message.only_for is not None:
        return set(), set()
    team = message.channel.team
    pings = {each for text in _read_texts(message) for each in _tokens(text, team)}
    pings |= set(_rich(message.blocks, team))
    words = {each for text in _linkable_texts(message) for each in _words(text, team)}
    if link_names:
        pings |= words
    risks = pings | words | set(_tokens(message.text, team))
    return pings - {message.author}, risks - {message.author}


def _read_texts(message: Message) -> Iterator[str]:
    """Yield the texts in which Slack reads tokens. The message's own text counts only without blocks."""
    if not message.blocks:
        yield message.text
    yield from (t["text"] for t in text_objects(message.blocks) if t["type"] == "mrkdwn")
    for attachment in message.attachments:
        yield from (str(attachment[name]) for name in ("text", "pretext", "fallback") if name in attachment)
        yield from (t["text"] for t in text_objects(attachment.get("blocks", [])) if t["type"] == "mrkdwn")


def _linkable_texts(message: Message) -> Iterator[str]:
    """Yield the texts in which Slack may turn plain words into mentions: those without `verbatim`."""
    if not message.blocks:
        yield message.text
    objects = (t for t in text_objects(message.blocks) if t["type"] == "mrkdwn" and not t.get("verbatim"))
    yield from (t["text"] for t in objects)


def _tokens(text: str, team: Team) -> Iterator[Recipient]:
    users, groups = team.state.users, {group.id: group for group in team.groups}
    yield from (users[id_] for id_ in USER.findall(text) if id_ in users)
    yield from (groups[id_] for id_ in GROUP.findall(text) if id_ in groups)
    yield from ALL.findall(text)


def _words(text: str, team: Team) -> Iterator[Recipient]:
    names: dict[str, Recipient] = {user.name: user for user in team.users}
    names |= {group.handle: group for group in team.groups}
    names |= {word: word for word in ("channel", "here", "everyone")}
    yield from (names[word] for word in WORD.findall(text) if word in names)


def _rich(blocks: list[Json], team: Team) -> Iterator[Recipient]:
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
