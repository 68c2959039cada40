"""What draws: one Protocol, the order it gets, and the closed union of how drawing can end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from quotas.catalog import Tier

Format = Literal["jpeg", "png", "webp"]
SAMPLE_MODEL = "sample"  # in a job's row where no provider was asked: nothing is ever billed for it


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintOrder:
    """One job's drawing. `costs`: micro-dollars that one image is billed, by quality ("image" where none)."""

    job: str  # the gateway's idempotency key
    prompt: str
    tier: Tier
    quality: str
    ratio: str
    images: int
    transparent: bool
    costs: Mapping[str, int]


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Drawing:
    """One checked picture: sound bytes of an allowed format, without metadata."""

    data: bytes
    format: Format
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """At least one picture, at most as many as ordered. Costs are what the answers prove.

    `calls`, here and below: the provider's own ids of what it answered, by which its bill can be compared.
    """

    drawings: tuple[Drawing, ...]
    filtered: int = 0  # ordered, and silently left out by the model
    broken: int = 0  # billed, but unusable: unreadable bytes, an expired link
    failed: int = 0  # refused or unknown parts of a drawing in several calls
    cost_micros: int = 0
    uncertain_micros: int = 0
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The model would not draw this prompt. `words` are the gateway's own, shortened, for the log."""

    words: str = ""
    cost_micros: int = 0
    uncertain_micros: int = 0
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDrawn:
    """Known not to have been generated; costs are 0 unless some part was billed.

    `why`: "busy" (rate limited, overloaded), "key" (refused, no balance), "model" (unknown to the gateway),
    "request" (the gateway did not accept what we asked), "unreachable" (no connection), "broken" (billed, but
    nothing usable came).
    """

    why: Literal["busy", "key", "model", "request", "unreachable", "broken"]
    words: str = ""
    cost_micros: int = 0
    uncertain_micros: int = 0
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody can know whether it was generated and billed: `uncertain_micros` is the most it can be."""

    why: Literal["deadline", "cut off", "server error", "unreadable answer"]
    words: str = ""
    cost_micros: int = 0
    uncertain_micros: int = 0
    calls: tuple[str, ...] = ()


Outcome = Drawn | Declined | NotDrawn | Unknown


class Painter(Protocol):
    """Draws. Every outcome is returned; an exception is a bug. Cancelling does not undo a bill."""

    billed: bool  # whether somebody is paid for what it draws

    async def draw(self, order: PaintOrder) -> Outcome: ...

    def unavailable(self, tier: Tier) -> str | None:
        """Why this tier cannot be drawn just now, as one sentence for the asker; None if it can."""
        ...

    async def close(self) -> None: ...
