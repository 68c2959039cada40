"""The ledger's records: requests, answers and rows. Plain data, no behaviour."""

from dataclasses import dataclass
from typing import Literal

State = Literal["reserved", "running", "settled", "released"]
By = Literal["tier", "person", "channel", "day", "model", "workspace"]  # the dimension of a breakdown
LimitKind = Literal["everyone", "role", "person", "channel", "workspace", "bot"]
Kind = Literal[LimitKind, "style"]  # of a setting
ANY = "*"  # the workspace of an operator's setting for everywhere; the ref of "everyone"
UNLIMITED = -1  # explicitly no limit, which overrides a wider setting; None means "not set here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A priced request, before any work. Prices are micro-dollars per image.

    `images`: 0 for help with a prompt, which costs tokens alone: `inputs_micros`.
    """

    request_id: str  # the platform's own delivery id: the idempotency key
    workspace: str
    channel: str
    person: str
    name: str  # as the platform shows it; stored for reports
    roles: tuple[str, ...] = ()
    tier: str
    model: str
    quality: str  # "" if the model has none
    ratio: str
    images: int
    official_micros: int
    unit_micros: int  # official x multiplier: the charge for one delivered image; by token, the most
    inputs_micros: int = 0  # with the multiplier: the most that prompt and references cost by token
    multiplier: str  # the decimal in force, stored with the charge
    price_since: str  # ISO date since which the official price holds
    origin: str  # "imagine", "again", "edit", "final", "reaction", "missing"
    parent: int | None = None  # the job this one repeats or edits
    request: str  # JSON, opaque here
    platform: str
    address: str  # JSON, opaque here: the durable address to answer to
    reply_token: str | None = None  # lent by the platform for answering; erased when it expires
    reply_until: int | None = None  # unix seconds
    retry_released: bool = False  # True: a released job with the same request id does not count
    job: int | None = None  # the new job's id; None: the ledger makes one
    words: str = ""  # to find it by: the prompt
    private: bool = False  # only its person may find it
    comparison: int | None = None  # the job that carries the message of this one and its siblings

    @property
    def hold_micros(self) -> int:
        """Return the worst-case price of the whole request."""
        return self.images * self.unit_micros + self.inputs_micros


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted request: its reservation and its outcome. Times are unix seconds."""

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
    inputs_micros: int
    multiplier: str
    price_since: str
    origin: str
    parent: int | None
    request: str
    platform: str
    address: str
    reply_token: str | None
    reply_until: int | None
    card: str | None  # JSON of the message that shows the job
    day: str  # YYYY-MM-DD in the workspace's zone, fixed at the reservation
    state: State
    hold_micros: int
    charge_images: int | None
    charge_micros: int | None
    cost_micros: int
    uncertain_micros: int
    outcome: str | None  # JSON, opaque here: pictures, notes, the reason of a failure
    created_at: float
    started_at: float | None
    closed_at: float | None
    delivered_at: float | None
    deleted_at: float | None
    comparison: int | None


@dataclass(frozen=True, slots=True)
class Identity:
    """A person in one workspace, with the roles that were last seen there."""

    workspace: str
    person: str
    name: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reserved:
    """An accepted request: its job. `fresh` is False if the same request was accepted before."""

    job: Job
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A refused request: the limit that refused it. Amounts are images or micro-dollars, by `what`."""

    kind: LimitKind
    ref: str
    what: Literal["images", "money", "tier", "blocked", "paused"]
    period: Literal["day", "month", ""] = ""
    limit: int = 0  # grants included
    used: int = 0  # settled and held
    asked: int = 0
    frees_at: int | None = None  # unix seconds; None: only an admin can lift it
    zone: str = "UTC"  # in which `frees_at` is midnight
    allowed: tuple[str, ...] = ()  # for "tier": the allowed tiers
    joined: bool = False  # True: the limit is the smallest allowance of linked identities
    falls_back: bool = False  # True: the workspace's monthly budget refused, and allows a cheaper tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The amounts with which a job is closed. Costs are what the provider bills, known and uncertain."""

    images: int = 0  # delivered and charged
    charge_micros: int = 0
    cost_micros: int = 0
    uncertain_micros: int = 0
    outcome: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """One setting of limits. None: not set here. UNLIMITED: explicitly no limit."""

    images_per_day: int | None = None
    money_per_day: int | None = None
    money_per_month: int | None = None
    tiers: tuple[str, ...] | None = None
    blocked: bool = False
    until: int | None = None  # unix seconds after which the figures and tiers count as not set
    blocked_until: int | None = None  # unix seconds at which the block ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """The operator's defaults, for everything that is not set in chat or shell."""

    images_per_day: int = 40
    money_per_day: int | None = None
    dm_images_per_day: int = 0
    guest_images_per_day: int = 0
    bot_money_per_day: int | None = None
    bot_money_per_month: int | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One counter with its limit, in images or micro-dollars. `limit` and `left` are None without limit."""

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
    """The allowance of one person. `set_by`: the level that gave the images per day."""

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
    verb: str  # set, grant, reset, block, unblock, pause, resume, undo, budget, settings, style, link, …
    kind: Kind
    ref: str
    # JSON of the fields before and after: of Limits and Preferences, of a style, a grant, or a link. Fields
    # that are not set are left out; fields that differ have changed.
    before: str | None
    after: str | None
    reason: str
    reverses: int | None  # the entry that this one undoes


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over closed jobs; money in micro-dollars. `beyond_micros`: the part of costs above the charges."""

    jobs: int = 0
    images: int = 0
    charge_micros: int = 0
    cost_micros: int = 0
    uncertain_micros: int = 0
    beyond_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFilter:
    """A filter of a report; None: all. Days are YYYY-MM-DD and inclusive."""

    workspace: str | None = None
    person: str | None = None
    channel: str | None = None
    first_day: str | None = None
    last_day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """Totals, and rows of one dimension: (key, name, totals), dearest first.

    `unproven_micros`: the part of the uncertain cost that delivered requests may have had besides.
    """

    totals: Totals
    by: By | None
    unproven_micros: int = 0
    rows: tuple[tuple[str, str, Totals], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a stored value differs from the recomputed one."""

    invariant: str
    where: str
    stored: str
    recomputed: str
