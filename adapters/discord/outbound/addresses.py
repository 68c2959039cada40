"""Addresses as Discord's own numbers, what reaches them, and how their messages are told apart."""

from collections.abc import Iterable
from typing import Any

import discord

from adapters.discord.ids import DIRECT, number
from adapters.discord.render.custom_ids import custom_id
from bot.port.cards import Card, Notice
from bot.port.requests import Address


def channel_of(client: discord.Client, address: Address) -> discord.PartialMessageable:
    """The channel or thread, without asking Discord for it."""
    return client.get_partial_messageable(number(address.thread or address.channel))


def spoken(address: Address) -> str:
    """For the log."""
    return f"{address.thread or address.channel} of {address.workspace}"


def only_by_token(address: Address) -> bool:
    """Where the bot is no member, and what only its reader sees; direct messages stay within reach."""
    return address.lent_only or (bool(address.private_to) and address.workspace != DIRECT)


def buttons_of(card: Card) -> frozenset[str]:
    """What its buttons carry: the job, and what can be done with what became of it."""
    return frozenset() if isinstance(card, Notice) else frozenset(map(custom_id, card.buttons))


def buttons_in(parts: Iterable[Any]) -> frozenset[str]:
    """What the buttons carry in a message's components, at whatever depth."""
    ids: set[str] = set()
    for part in parts:
        ids.update(filter(None, [getattr(part, "custom_id", None)]))
        ids |= buttons_in(getattr(part, "children", ()))
    return frozenset(ids)
