"""The state that the playground's routes and its adapter share."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.web.playground.events import EventFeed
from adapters.web.playground.messages import Messages
from adapters.web.playground.transcript import Transcript
from bot.port.cards import Card, Delivered, Ended, Working
from bot.port.protocols import DeliveryError, PageCore, Preview, Workbench
from bot.port.requests import Address


@dataclass(slots=True, kw_only=True)
class PlaygroundState:
    """The chat's messages with their transcript and live events, and the core once the adapter runs.

    `commands`: the registry as plain data, for hints and forms. `workbench`: None beside a real platform.
    The methods that change the chat raise DeliveryError and nothing else.
    """

    messages: Messages
    events: EventFeed
    transcript: Transcript
    commands: Sequence[Mapping[str, Any]]
    previews: Mapping[str, Preview]
    workbench: Workbench | None
    core: PageCore = field(init=False)

    def bench(self) -> dict[str, Any] | None:
        """Return the workbench as data for the page."""
        bench = self.workbench
        return None if bench is None else {"now": bench.now(), "mood": bench.mood, "moods": dict(bench.moods)}

    async def show(self, message_id: str, card: Card, address: Address) -> None:
        """Show a new message, or replace the one with that id."""
        await _map_errors(self._show(message_id, card, address.private_to, durable=True))

    async def replace(self, message_id: str, card: Card, address: Address) -> None:
        """Replace a message. The error is final if the message is no longer on the page."""
        await _map_errors(self.messages.load())
        if not self.messages.has(message_id):
            raise DeliveryError(f"message {message_id} is no longer on the page", retryable=False)
        durable = not isinstance(card, Working)
        await _map_errors(self._show(message_id, card, address.private_to, durable=durable))

    async def remove(self, message_id: str) -> None:
        await _map_errors(self._remove(message_id))

    async def forget(self, person: str) -> None:
        """Remove what the person requested, saw alone, or reacted with."""
        await _map_errors(self.messages.load())
        await _map_errors(self.messages.forget(person))

    async def _show(self, message_id: str, card: Card, private_to: str, *, durable: bool) -> None:
        await self.messages.load()
        await self.messages.show(message_id, card, private_to, durable=durable)
        self.transcript.add_card(message_id, private_to, card)
        if isinstance(card, Delivered | Ended):
            self.events.send({"type": "spent"}, "")

    async def _remove(self, message_id: str) -> None:
        await self.messages.load()
        await self.messages.remove(message_id)
        self.transcript.add_removal(message_id)


async def _map_errors(change: Awaitable[None]) -> None:
    """Await a change of the messages. It can fail only at the key-value store, which may work again later."""
    try:
        await change
    except Exception as error:
        raise DeliveryError(f"the playground could not keep a message: {error}", retryable=True) from error
