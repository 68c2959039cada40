"""Find the id of a person, a role or a channel that somebody typed.

An id from a platform's own field is taken as it is. A person's name is looked up among the people whom the
ledger knows in that workspace.
"""

import re

from bot import wording
from bot.port.cards import Refused
from bot.port.requests import Address
from quotas.ledger import Ledger
from quotas.limits.rules import DIRECT
from quotas.records import ANY

FEW = 5  # namesakes that a refusal lists
HERE = "here"  # means the channel in which it is typed
# Platforms write these when somebody is picked from a list: <@1>, <@!1>, <@&1>, <!subteam^S1|@a>, <#1|b>
_PICKED = re.compile(r"<(?:@[!&]?|!subteam\^|#)([A-Za-z0-9]+)(?:\|[^<>]*)?>")


async def find_person(ledger: Ledger, workspace: str, text: str) -> str | Refused:
    """Find the id of a person by id or name in this workspace ("*": in any).

    Refuses a name that nobody has, or that several people have.
    """
    if id_ := _typed_id(workspace, text):
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
    return _typed_id(workspace, text) or Refused(why="input", sentence=wording.no_role(text))


def find_channel(address: Address, text: str) -> str | Refused:
    """Return the id of a channel: a typed id, or the channel at `address` by "here" or its own name."""
    plain = text.removeprefix("#").casefold()
    if address.channel and plain in (HERE, address.channel.rpartition(":")[2].casefold()):
        return address.channel
    return _typed_id(address.workspace, text) or Refused(why="input", sentence=wording.no_channel(text))


def _typed_id(workspace: str, text: str) -> str:
    """Return the id in `text`, or "" if it is none.

    An id is of the workspace's own platform, or of any platform if the workspace is "*" or direct messages.
    """
    platform = workspace.partition(":")[0]
    if picked := _PICKED.fullmatch(text):
        return f"{platform}:{picked[1]}"
    prefix, colon, rest = text.partition(":")
    is_id = bool(prefix and colon and rest) and " " not in text
    return text if is_id and (prefix == platform or workspace in (ANY, DIRECT)) else ""
