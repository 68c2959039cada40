"""The Painter port: the protocol, the order that a painter gets, and the closed union of outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from quotas.catalog import Tier
from quotas.prices import Rates

Format = Literal["jpeg", "png", "webp"]
SAMPLE_MODEL = "sample"  # the model in a job's row if no provider was asked: nothing is ever billed for it


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintOrder:
    """One job's pictures to draw.

    `job`: the job's id, which is the gateway's idempotency key, too.
    `costs`: micro-dollars that the provider bills for one picture, by quality; "image" if the tier has none.
    By token, it is the most that one can cost.
    `rates`: what the provider bills by token; None: nothing.
    `inputs_micros`: the most that the prompt and the references cost in one call.
    `references`: pictures that the new ones are made from. `mask`: a PNG of the first one's size; what is
    transparent in it may change.
    """

    job: str
    prompt: str
    tier: Tier
    quality: str
    ratio: str
    images: int
    transparent: bool
    costs: Mapping[str, int]
    rates: Rates | None = None
    inputs_micros: int = 0
    references: "tuple[Drawing, ...]" = ()
    mask: "Drawing | None" = None


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Drawing:
    """One checked picture: sound bytes of an allowed format, without metadata."""

    data: bytes
    format: Format
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """At least one picture, at most as many as ordered.

    `filtered`: ordered pictures that the model silently left out.
    `broken`: pictures that are billed but unusable: unreadable bytes, an expired link.
    `failed`: pictures of a drawing in several calls whose call was refused or has an unknown outcome.
    `charge_micros`: what the usable pictures are worth if something is billed by token; None: their number
    times the price of one.
    `cost_micros`, here and below: the cost that the provider's answers prove.
    `uncertain_micros`, here and below: the most that may be billed besides.
    `calls`, here and below: the provider's ids of its answers, to compare with its bill.
    """

    drawings: tuple[Drawing, ...]
    filtered: int = 0
    broken: int = 0
    failed: int = 0
    charge_micros: int | None = None
    cost_micros: int = 0
    uncertain_micros: int = 0
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The model would not draw this prompt.

    `words`, here and below: the gateway's reason, shortened, for the log.
    """

    words: str = ""
    cost_micros: int = 0
    uncertain_micros: int = 0
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDrawn:
    """Nothing was generated, for certain; costs are 0 unless some part was billed.

    `why`: "busy" (rate limited, overloaded), "key" (refused, or no balance), "model" (not known to the
    gateway), "request" (the gateway did not accept our request), "unreachable" (no connection), "broken"
    (billed, but nothing usable came).
    """

    why: Literal["busy", "key", "model", "request", "unreachable", "broken"]
    words: str = ""
    cost_micros: int = 0
    uncertain_micros: int = 0
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody can know whether pictures were generated and billed. `uncertain_micros`: at most."""

    why: Literal["deadline", "cut off", "server error", "unreadable answer"]
    words: str = ""
    cost_micros: int = 0
    uncertain_micros: int = 0
    calls: tuple[str, ...] = ()


Outcome = Drawn | Declined | NotDrawn | Unknown


class Painter(Protocol):
    """A source of pictures. `billed`: its pictures cost somebody money."""

    billed: bool

    async def draw(self, order: PaintOrder) -> Outcome:
        """Draw; return every outcome, so that an exception is a bug. Cancelling does not undo a bill."""
        ...

    def unavailable(self, tier: Tier) -> str | None:
        """Return one sentence for the requester if this tier cannot be drawn at present, else None."""
        ...

    async def close(self) -> None: ...


class GatewayError(Exception):
    """The gateway did not list its models; the message says why, and what to do."""


@runtime_checkable
class ListsModels(Protocol):
    """A painter that can tell which models it may draw with."""

    async def models(self) -> set[str]:
        """Return the ids of the models. Raises GatewayError."""
        ...
