"""What posting must remember for longer than one connection, since outages are when it matters."""

import asyncio
from dataclasses import dataclass, field

UPLOADS_AT_ONCE = 8  # of at most 25 MiB; bytes are fetched when an upload's turn comes, and let go after it
SHUT_SECONDS = 300.0  # a place that refused is left alone: 10,000 refusals in ten minutes ban the address
LOST_KEPT = (
    1_000  # posts whose answer was lost; more at once is an outage, in which nothing can be looked for
)
OVER_KEPT = 5_000  # reply tokens; each is lent for a quarter of an hour, so that a burst's are remembered


@dataclass(frozen=True, slots=True)
class Memory:
    """`lost`: keys of posts that may have arrived; `shut`: until when a verb is not tried in a place.

    `over`: reply tokens that opened nothing, before their time.
    """

    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE))
    lost: dict[str, None] = field(default_factory=dict)
    shut: dict[tuple[str, int], float] = field(default_factory=dict)
    over: dict[str, None] = field(default_factory=dict)

    def lose(self, key: str) -> None:
        self.lost[key] = None
        if len(self.lost) > LOST_KEPT:
            del self.lost[next(iter(self.lost))]

    def give_up(self, token: str) -> None:
        self.over[token] = None
        if len(self.over) > OVER_KEPT:
            del self.over[next(iter(self.over))]

    def refuse(self, verb: str, place: int, now: float) -> None:
        """`now`: unix seconds. Forgets those whose time is over."""
        for each in [each for each, until in self.shut.items() if until <= now]:
            del self.shut[each]
        self.shut[verb, place] = now + SHUT_SECONDS

    def is_shut(self, verb: str, place: int, now: float) -> bool:
        return self.shut.get((verb, place), 0.0) > now
