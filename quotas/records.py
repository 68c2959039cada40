"""The ledger's nouns: what it is asked, what it answers, what it keeps. Plain data, no behaviour."""

from dataclasses import dataclass
from typing import Literal

State = Literal["reserved", "running", "settled", "released"]
By = Literal["tier", "person", "channel", "day", "model", "workspace"]  # what a report is broken down by
Kind = Literal["everyone", "role", "person", "channel", "workspace", "bot"]
ANY = "*"  # the workspace of an operator's setting that holds everywhere; the ref of "everyone"
UNLIMITED = -1  # an explicit "no limit", which beats a wider setting; None means "not set here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One request for pictures, priced, before any work. Money is micro-dollars per image."""

    request_id: str  # the platform's own delivery id: the idempotency key
    workspace: str
    channel: str
    person: str
    name: str  # as the platform shows it; remembered for reports
    roles: tuple[str, ...] = ()
    tier: str
    model: str
    quality: str  # "" where the model has none
    ratio: str
    images: int
    official_micros: int
    unit_micros: int  # official x multiplier: what one delivered image is charged
    multiplier: str  # the decimal in force, kept with the charge
    price_since: str  # ISO date from which the official price holds
    origin: str  # "imagine", "again", "edit", "final", "reaction", "missing"
    parent: int | None = None  # the job this one repeats or edits
    request: str  # JSON, opaque here
    platform: str
    address: str  # JSON, opaque here: where to answer, durable
    reply_token: str | None = None  # what the platform lent for answering; erased when it expires
    reply_until: int | None = None  # unix seconds
    retry_released: bool = False  # a released job under the same request id does not use it up


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One accepted request: the reservation, and what became of it. Times are unix seconds."""

    id: int
    request_id: str
    workspace: str
    channel: str
    person: str
    name: str
    tier: str
    model: str
    quality: str
    ratio: str
    images: int
    official_micros: int
    unit_micros: int
    multiplier: str
    price_since: str
    origin: str
    parent: int | None
    request: str
    platform: str
    address: str
    reply_token: str | None
    reply_until: int | None
    card: str | None  # JSON of the message that announced it
    day: str  # YYYY-MM-DD in the workspace's zone, fixed when reserved
    state: State
    hold_micros: int
    charge_images: int | None
    charge_micros: int | None
    cost_micros: int
    uncertain_micros: int
    outcome: str | None  # JSON, opaque here: pictures, notes, why not
    created_at: float
    started_at: float | None
    closed_at: float | None
    delivered_at: float | None
    deleted_at: float | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as one workspace knows them; `roles` as they were last seen there."""

    workspace: str
    person: str
    name: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reserved:
    """Accepted: the job. `fresh` is False when this very request had been accepted before."""

    job: Job
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Which limit said no. Amounts are images or micro-dollars, as `what` says."""

    kind: Kind
    ref: str
    what: Literal["images", "money", "tier", "blocked", "paused"]
    period: Literal["day", "month", ""] = ""
    limit: int = 0  # with what was granted on top
    used: int = 0  # settled and held
    asked: int = 0
    frees_at: int | None = None  # unix seconds; None: only an admin can free it
    zone: str = "UTC"  # whose midnight that is
    allowed: tuple[str, ...] = ()  # for "tier": those that are
    joined: bool = False  # it is the smallest allowance of identities that are one person
    falls_back: bool = False  # the workspace's budget of the month said no, and a cheaper tier may be drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """How a job ended, in money. Costs are what the provider bills, known and uncertain."""

    images: int = 0  # delivered, and so charged
    charge_micros: int = 0
    cost_micros: int = 0
    uncertain_micros: int = 0
    outcome: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """One setting, of one kind and ref. None: not set here; UNLIMITED: expressly none."""

    images_per_day: int | None = None
    money_per_day: int | None = None
    money_per_month: int | None = None
    tiers: tuple[str, ...] | None = None
    blocked: bool = False
    until: int | None = None  # unix seconds; afterwards the figures and tiers count as not set
    blocked_until: int | None = None  # unix seconds; afterwards the block is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """The operator's settings, below everything that was set in chat or shell."""

    images_per_day: int = 40
    money_per_day: int | None = None
    dm_images_per_day: int = 0
    guest_images_per_day: int = 0
    bot_money_per_day: int | None = None
    bot_money_per_month: int | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One counter beside its limit: images, or micro-dollars. `limit` and `left` None: no limit."""

    limit: int | None
    granted: int
    used: int  # settled
    held: int  # reserved by open jobs

    @property
    def left(self) -> int | None:
        if self.limit is None:
            return None
        return max(0, self.limit + self.granted - self.used - self.held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one person may still draw. `set_by`: the level that gave the images per day."""

    person: str
    workspace: str
    images_day: Meter
    money_day: Meter
    money_month: Meter
    tiers: tuple[str, ...] | None
    blocked: bool
    set_by: Kind | Literal["operator"]
    day: str
    renews_at: int  # unix seconds: next midnight of the workspace's zone
    month_renews_at: int
    zone: str
    joined: int = 1  # identities that share it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One immutable line of the log: who changed what, from what, to what, and why."""

    id: int
    at: float
    workspace: str
    author: str
    verb: str  # set, grant, reset, block, unblock, pause, resume, undo, budget, settings, zone, link, …
    kind: Kind
    ref: str
    before: (
        str | None
    )  # JSON, fields that are not set left out: of Limits and Preferences, of what was granted,
    after: str | None  # of who is joined. What changed is what differs.
    reason: str
    reverses: int | None  # the entry that this one undoes


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over closed jobs; money in micro-dollars. `beyond_micros`: what cost exceeded the charge by."""

    jobs: int = 0
    images: int = 0
    charge_micros: int = 0
    cost_micros: int = 0
    uncertain_micros: int = 0
    beyond_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFilter:
    """Narrows a report; None means all. Days are inclusive, YYYY-MM-DD."""

    workspace: str | None = None
    person: str | None = None
    channel: str | None = None
    first_day: str | None = None
    last_day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """Totals, and the same broken down by one dimension: (key, name, totals), dearest first."""

    totals: Totals
    by: By | None
    rows: tuple[tuple[str, str, Totals], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where what is stored is not what the entries say."""

    invariant: str
    where: str
    stored: str
    recomputed: str
