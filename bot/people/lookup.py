"""From what somebody typed for a person, a role or a channel to its id.

Ids that a platform's own fields gave are taken as they are. Names are looked up among those who have asked
for a picture in that workspace, since these are the people whom the ledger knows.
"""

import re

from bot import wording
from bot.port.cards import Refused
from bot.port.requests import Address
from quotas.ledger import Ledger
from quotas.records import ANY

FEW = 5  # namesakes that a refusal lists
HERE = "here"  # the channel in which it is said
# What platforms write for somebody who was picked from a list: <@1>, <@!1>, <@&1>, <!subteam^S1|@a>, <#1|b>
_PICKED = re.compile(r"<(?:@[!&]?|!subteam\^|#)([A-Za-z0-9]+)(?:\|[^<>]*)?>")


async def find(ledger: Ledger, workspace: str, text: str) -> str | Refused:
    """The id of the person meant in this workspace ("*": in any)."""
    if name := _id(workspace, text):
        return name
    rows = await ledger.people.find(text)
    people = {person: name for place, person, name in rows if workspace in (place, ANY)}
    if len(people) == 1:
        return next(iter(people))
    if not people:
        return Refused(why="input", sentence=wording.nobody_called(text))
    few = list(people.items())[:FEW]
    return Refused(why="input", sentence=wording.several_people(text, few, len(people) - len(few)))


def role(workspace: str, text: str) -> str | Refused:
    """The id of a role or user group, whose names only their platform knows."""
    return _id(workspace, text) or Refused(why="input", sentence=wording.no_role(text))


def channel(address: Address, text: str) -> str | Refused:
    """The id of a channel; by its name, only the channel in which it is said."""
    plain = text.removeprefix("#").casefold()
    if address.channel and plain in (HERE, address.channel.rpartition(":")[2].casefold()):
        return address.channel
    return _id(address.workspace, text) or Refused(why="input", sentence=wording.no_channel(text))


def _id(workspace: str, text: str) -> str:
    """Text that is an id already: of the workspace's platform or, where it holds in all, of any; else ""."""
    platform = workspace.partition(":")[0]
    if picked := _PICKED.fullmatch(text):
        return f"{platform}:{picked[1]}"
    before, colon, after = text.partition(":")
    whole = bool(before and colon and after) and " " not in text
    return text if whole and (before == platform or workspace == ANY) else ""
