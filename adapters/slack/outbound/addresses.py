"""Addresses as Slack's own ids, and which kinds of messages there are.

A MessageRef's id tells what can be done with the message:

    "1763860000.000100"    one that the bot posted: chat.update and chat.delete
    "pressed:1763860000.…" one for its reader alone, whose button was pressed: the response_url that the press
                           lent replaces or deletes it, as long as it lives
    "only:…"               one for its reader alone: nothing can revise it or take it away
    "file:F012…"           one that Slack has not shown yet: the file in it will tell which it is
"""

from dataclasses import replace

from adapters.slack.ids import PLATFORM
from bot.port.requests import Address, MessageRef

PRESSED, ONLY, FILE = "pressed:", "only:", "file:"


def team_of(address: Address) -> str:
    """The T012 of a "slack:T012"."""
    return address.workspace.removeprefix(f"{PLATFORM}:")


def channel_of(address: Address) -> str:
    return address.channel.removeprefix(f"{PLATFORM}:")


def user_of(person: str) -> str:
    """The U012 of a "slack:T012:U012"."""
    return person.rpartition(":")[2]


def is_direct(address: Address) -> bool:
    """Whether two people talk there, of whom one may be the bot."""
    return channel_of(address).startswith("D")


def within(address: Address, channel: str) -> Address:
    """The same, in another channel."""
    if channel == channel_of(address):
        return address
    return replace(address, channel=f"{PLATFORM}:{channel}", thread="", lent=None)


def pressed(address: Address, ts: str) -> MessageRef:
    """A message for its reader alone, in which a button was pressed. `address`: with what the press lent."""
    return MessageRef(address=address, id=f"{PRESSED}{ts}")


def spoken(address: Address) -> str:
    """For the log."""
    whom = f" for {user_of(address.private_to)}" if address.private_to else ""
    return f"{channel_of(address)} of {team_of(address)}{whom}"
