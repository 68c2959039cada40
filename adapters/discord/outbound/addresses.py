"""Addresses as Discord's ids, the ways that reach them, and the button ids that tell messages apart."""

from collections.abc import Iterable
from typing import Any

import discord

from adapters.discord.ids import DIRECT, snowflake
from adapters.discord.render.custom_ids import custom_id
from bot.port.cards import Card, Delivered, Notice, Panel
from bot.port.requests import Address


def channel_of(client: discord.Client, address: Address) -> discord.PartialMessageable:
    """Return the channel or thread of an address, without asking Discord for it."""
    return client.get_partial_messageable(snowflake(address.thread or address.channel))


def describe(address: Address) -> str:
    """Describe an address for the log."""
    return f"{address.thread or address.channel} of {address.workspace}"


def needs_token(address: Address) -> bool:
    """Return whether only a reply token reaches an address.

    That is so if the bot is no member there, or if only one person sees the message. Direct messages stay
    within reach.
    """
    return address.lent_only or (bool(address.private_to) and address.workspace != DIRECT)


def card_button_ids(card: Card) -> frozenset[str]:
    """Collect the custom ids of a card's buttons; they name the job and what can be done with it."""
    if isinstance(card, Notice):
        return frozenset()
    picks = card.picks if isinstance(card, Delivered | Panel) else ()
    return frozenset(map(custom_id, (*card.buttons, *picks)))


def message_button_ids(components: Iterable[Any]) -> frozenset[str]:
    """Collect the custom ids of all buttons in a message's components, nested ones too."""
    ids: set[str] = set()
    for component in components:
        ids.update(filter(None, [getattr(component, "custom_id", None)]))
        ids |= message_button_ids(getattr(component, "children", ()))
    return frozenset(ids)
