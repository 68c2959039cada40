"""Addresses as Slack's own ids, and the kinds of messages.

A MessageRef's id shows what the bot can do with the message:

    "1763860000.000100"     The bot posted it: chat.update and chat.delete work.
    "pressed:1763860000.…"  Only its reader sees it, and pressed a button in it: the press's response_url can
                            replace or delete it until the URL expires.
    "only:…"                Only its reader sees it: nothing can revise or delete it.
    "file:F012…"            Slack does not show it yet: the file in it will tell the message's ts.
"""

from dataclasses import replace

from adapters.slack.ids import PLATFORM
from bot.port.requests import Address, MessageRef

PRESSED_PREFIX, EPHEMERAL_PREFIX, FILE_PREFIX = "pressed:", "only:", "file:"


def team_of(address: Address) -> str:
    """Read the T012 of a "slack:T012"."""
    return address.workspace.removeprefix(f"{PLATFORM}:")


def channel_of(address: Address) -> str:
    return address.channel.removeprefix(f"{PLATFORM}:")


def user_of(person: str) -> str:
    """Read the U012 of a "slack:T012:U012"."""
    return person.rpartition(":")[2]


def is_direct(address: Address) -> bool:
    """Return whether the channel is a direct message: of a person and the bot, or of two people."""
    return channel_of(address).startswith("D")


def in_channel(address: Address, channel: str) -> Address:
    """Return the address with another channel, without the thread and the lent token of the old one."""
    if channel == channel_of(address):
        return address
    return replace(address, channel=f"{PLATFORM}:{channel}", thread="", lent=None)


def pressed_message(address: Address, ts: str) -> MessageRef:
    """Point at a message that only its reader sees, and in which they pressed a button.

    `address`: it holds the response_url that came with the press.
    """
    return MessageRef(address=address, id=f"{PRESSED_PREFIX}{ts}")


def describe(address: Address) -> str:
    """Describe an address for the log."""
    reader = f" for {user_of(address.private_to)}" if address.private_to else ""
    return f"{channel_of(address)} of {team_of(address)}{reader}"
