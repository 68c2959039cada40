"""Find the id of a person, a role or a channel that somebody typed.

An id from a platform's own field is taken as it is. A person's name is looked up among the people whom the
ledger knows in that workspace. What was picked from a list, and an id that shows its kind, is never taken for
something else.
"""

import re

from bot import wording
from bot.commands.values import TargetKind, read_picked, target_kind
from bot.port.cards import Refused
from bot.port.requests import Address
from quotas.ledger import Ledger
from quotas.limits.rules import DIRECT
from quotas.records import ANY

FEW = 5  # namesakes that a refusal lists
_SLACK_USER = re.compile(r"slack:([UW][A-Z0-9]+)")  # as people copy it from Slack, which leaves out the team
HERE = "here"  # means the channel in which it is typed


async def find_person(ledger: Ledger, workspace: str, text: str) -> str | Refused:
    """Find the id of a person by id or name in this workspace ("*": in any).

    Refuses a name that nobody has, or that several people have, and what is no person.
    """
    if id_ := _typed_id("person", workspace, text):
        return id_
    rows = await ledger.people.find(text)
    people = {person: name for place, person, name in rows if workspace in (place, ANY)}
    if len(people) == 1:
        return next(iter(people))
    if not people:
        return Refused(why="input", sentence=wording.nobody_called(text))
    few = list(people.items())[:FEW]
    return Refused(why="input", sentence=wording.several_people(text, few, len(people) - len(few)))


def find_role(workspace: str, text: str) -> str | Refused:
    """Return the typed id of a role or user group; only the platform knows their names."""
    return _typed_id("role", workspace, text) or Refused(why="input", sentence=wording.no_role(text))


def find_channel(address: Address, text: str) -> str | Refused:
    """Return the id of a channel: a typed id, or the channel at `address` by "here" or its own name."""
    plain = text.removeprefix("#").casefold()
    if address.channel and plain in (HERE, address.channel.rpartition(":")[2].casefold()):
        return address.channel
    typed = _typed_id("channel", address.workspace, text)
    return typed or Refused(why="input", sentence=wording.no_channel(text))


def _typed_id(kind: TargetKind, workspace: str, text: str) -> str | Refused:
    """Return the id in `text`, or "" if it is none. Refuses the id of something that is not of this kind.

    An id is of the workspace's own platform, or of any platform if the workspace is "*" or direct messages.
    """
    other = target_kind(text)
    if other and other != kind:
        return Refused(why="input", sentence=wording.other_kind(other, kind))
    platform, picked = workspace.partition(":")[0], read_picked(text)
    id_ = picked[1] if picked else text
    if picked and ":" not in id_:
        id_ = f"{platform}:{id_}"
    if kind == "person" and platform == "slack" and (user := _SLACK_USER.fullmatch(id_)):
        id_ = f"{workspace}:{user[1]}"
    prefix, colon, rest = id_.partition(":")
    is_id = bool(prefix and colon and rest) and " " not in id_
    return id_ if is_id and (prefix == platform or workspace in (ANY, DIRECT)) else ""
