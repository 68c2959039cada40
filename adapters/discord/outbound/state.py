"""The state of posting that outlives a connection, since it matters most in an outage."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass, field

from cachetools import FIFOCache

from bot.port.protocols import ClosedPlace

# Each of at most 25 MiB; the bytes are read when an upload's turn comes, and freed after it.
UPLOADS_AT_ONCE = 8
REFUSAL_SECONDS = 300.0  # in which a place that refused is left alone: 10,000 in ten minutes ban the address
MAX_UNCONFIRMED = 1_000  # posts; more at once is an outage, in which nothing can be searched for anyway
MAX_EXPIRED_TOKENS = 5_000  # each is lent for a quarter of an hour, so this holds those of a burst


@dataclass(frozen=True, slots=True)
class PostingState:
    """The memory of posting.

    `unconfirmed`: keys of posts that may have arrived, since their answer was lost.
    `lines`: by key of a post under way: the message that its pictures will replace.
    `refusals`: until when (unix seconds) a verb is not tried again in a place, and why.
    `expired_tokens`: reply tokens that opened nothing, though their time is not over.
    """

    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE))
    unconfirmed: MutableMapping[str, None] = field(default_factory=lambda: FIFOCache(MAX_UNCONFIRMED))
    lines: MutableMapping[str, str] = field(default_factory=lambda: FIFOCache(MAX_UNCONFIRMED))
    refusals: dict[tuple[str, int], tuple[float, ClosedPlace]] = field(default_factory=dict)
    expired_tokens: MutableMapping[str, None] = field(default_factory=lambda: FIFOCache(MAX_EXPIRED_TOKENS))

    def add_refusal(self, verb: str, place: int, now: float, why: ClosedPlace) -> None:
        """Remember a refusal, and forget those whose time is over. `now`: unix seconds."""
        for each in [each for each, (until, _) in self.refusals.items() if until <= now]:
            del self.refusals[each]
        self.refusals[verb, place] = now + REFUSAL_SECONDS, why

    def refusal(self, verb: str, place: int, now: float) -> ClosedPlace | None:
        """Return why a place refused minutes ago; None if it may be tried."""
        until, why = self.refusals.get((verb, place), (0.0, ""))
        return why if until > now else None
