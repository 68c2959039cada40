"""The rules that hold for one request, worked out from the settings. Pure.

Each figure of a person comes from the first level that sets it: the person in this workspace, the person in
any workspace, the most generous of their roles here, of their roles anywhere, everyone here, everyone
anywhere, the operator's defaults. Guests do not get the images of "everyone": they get those of their role,
or the operator's default for guests. The caps of the channel, the workspace and the whole bot hold on top.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Literal, NamedTuple

from quotas.records import ANY, UNLIMITED, Defaults, LimitKind, Limits

Key = tuple[str, LimitKind, str]  # workspace, kind, ref
Scope = Literal["person", "joined", "channel", "workspace", "bot"]
What = Literal["images", "money"]
Period = Literal["day", "month"]

GUESTS = ":guests"  # the end of a guest role's id; guests do not get everyone's images
DIRECT = "dm"  # the workspace of direct messages, where the operator's default is no images
SCOPES: tuple[Scope, ...] = ("person", "joined", "channel", "workspace", "bot")  # narrow to wide
_FIGURES: tuple[tuple[str, What, Period], ...] = (
    ("images_per_day", "images", "day"),
    ("money_per_day", "money", "day"),
    ("money_per_month", "money", "month"),
)
_NOTHING = Limits()


@dataclass(frozen=True, slots=True)
class Requester:
    """The person whose rules are resolved. `channel`: "" if its caps do not matter."""

    workspace: str
    person: str
    roles: tuple[str, ...] = ()
    channel: str = ""

    @property
    def guest(self) -> str:
        """Return the role that makes the person a guest, or ""."""
        return next((role for role in self.roles if role.endswith(GUESTS)), "")

    def levels(self) -> tuple[tuple[Key, ...], ...]:
        """Return the keys of the personal levels, strongest first."""
        here = self.workspace
        return (
            ((here, "person", self.person),),
            ((ANY, "person", self.person),),
            tuple((here, "role", role) for role in self.roles),
            tuple((ANY, "role", role) for role in self.roles),
            ((here, "everyone", ANY),),
            ((ANY, "everyone", ANY),),
        )

    def caps(self) -> Mapping[Scope, Key]:
        return {
            "channel": (self.workspace, "channel", self.channel),
            "workspace": (self.workspace, "workspace", ANY),
            "bot": (ANY, "bot", ANY),
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit in images or micro-dollars, set at (kind, ref), for the counter of `scope`."""

    scope: Scope
    period: Period
    what: What
    limit: int
    kind: LimitKind
    ref: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The tiers that the setting at (kind, ref) allows."""

    tiers: tuple[str, ...]
    kind: LimitKind
    ref: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that limits one request, narrow to wide. A figure without limit has no rule."""

    rules: tuple[Rule, ...]
    gates: tuple[Gate, ...]
    blocked_by: tuple[LimitKind, str, int | None] | None  # kind, ref, and the end in unix seconds
    paused_by: LimitKind | None  # the workspace, or the bot
    set_by: LimitKind | Literal["operator"]  # the level that gave the images per day

    def limit(self, scope: Scope, period: Period, what: What) -> int | None:
        """Return the limit on one counter; None: no limit."""
        limits = (r.limit for r in self.rules if (r.scope, r.period, r.what) == (scope, period, what))
        return next(limits, None)

    @property
    def tiers(self) -> tuple[str, ...] | None:
        """Return the tiers that pass every gate; None: all tiers."""
        if not self.gates:
            return None
        return tuple(tier for tier in self.gates[0].tiers if all(tier in gate.tiers for gate in self.gates))


class _Set(NamedTuple):
    """A setting and its key."""

    key: Key
    setting: Limits


def drop_expired(setting: Limits, now: float) -> Limits:
    """Return the setting without the parts that expired."""
    if setting.until is not None and setting.until <= now:
        setting = Limits(blocked=setting.blocked, blocked_until=setting.blocked_until)
    if setting.blocked_until is not None and setting.blocked_until <= now:
        setting = replace(setting, blocked=False, blocked_until=None)
    return setting


def resolve(stored: Mapping[Key, Limits], who: Requester, defaults: Defaults, now: float) -> Rules:
    """Return the rules for `who`. `stored`: the settings of their workspace and those for everywhere."""
    settings = {key: drop_expired(setting, now) for key, setting in stored.items()}
    levels = [
        at for level in who.levels() if (at := [_Set(key, settings[key]) for key in level if key in settings])
    ]
    own = [level for level in levels if level[0].key[1] != "everyone"] if who.guest else levels
    rules: list[Rule] = []
    set_by: LimitKind | Literal["operator"] = "operator"
    for field, what, period in _FIGURES:
        chosen = _most_generous(field, own if field == "images_per_day" else levels)
        if chosen is not None and field == "images_per_day":
            set_by = chosen[1]
        figure, kind, ref = chosen or _default(field, who, defaults)
        if figure is not None and figure != UNLIMITED:
            rules.append(Rule("person", period, what, figure, kind, ref))
    rules += _cap_rules(settings, who, defaults)
    caps = [_Set(key, settings[key]) for key in who.caps().values() if key in settings]
    gates = tuple(_gates(levels, caps))
    return Rules(tuple(rules), gates, _blocked_by(levels), _paused_by(caps), set_by)


def combine_linked(own: Rules, others: Iterable[Rules]) -> Rules:
    """Return the rules for an identity that is linked with others.

    Each figure is the lowest that one of the identities has by itself, and limits the counter that they
    share. Caps, tiers and blocks are those of the identity itself.
    """
    everyone = (own, *others)
    rules: dict[tuple[Period, What], Rule] = {}
    for rule in sorted((each for one in everyone for each in one.rules), key=attrgetter("limit")):
        if rule.scope == "person":
            rules.setdefault((rule.period, rule.what), replace(rule, scope="joined"))
    caps = [rule for rule in own.rules if rule.scope != "person"]
    lowest = min(everyone, key=lambda one: _bound(one.limit("person", "day", "images")))
    return replace(own, rules=(*rules.values(), *caps), set_by=lowest.set_by)


def _bound(limit: int | None) -> float:
    return float("inf") if limit is None else limit


def _most_generous(field: str, levels: list[list[_Set]]) -> tuple[int, LimitKind, str] | None:
    for level in levels:
        figures = [
            (figure, one.key[1], one.key[2])
            for one in level
            if (figure := getattr(one.setting, field)) is not None
        ]
        if figures:
            return max(figures, key=lambda figure: _generosity(figure[0]))
    return None


def _generosity(figure: int) -> float:
    return float("inf") if figure == UNLIMITED else figure


def _default(field: str, who: Requester, defaults: Defaults) -> tuple[int | None, LimitKind, str]:
    if field == "images_per_day" and who.guest:
        return defaults.guest_images_per_day, "role", who.guest
    if field == "images_per_day":
        images = defaults.dm_images_per_day if who.workspace == DIRECT else defaults.images_per_day
        return images, "everyone", ANY
    return defaults.money_per_day if field == "money_per_day" else None, "everyone", ANY


def _cap_rules(settings: Mapping[Key, Limits], who: Requester, defaults: Defaults) -> Iterable[Rule]:
    below = {
        ("bot", "money_per_day"): defaults.bot_money_per_day,
        ("bot", "money_per_month"): defaults.bot_money_per_month,
    }
    for scope, key in who.caps().items():
        setting = settings.get(key, _NOTHING)
        for field, what, period in _FIGURES:
            figure = getattr(setting, field)
            figure = below.get((scope, field)) if figure is None else figure
            if figure is not None and figure != UNLIMITED:
                yield Rule(scope, period, what, figure, key[1], key[2])


def _gates(levels: list[list[_Set]], caps: list[_Set]) -> Iterable[Gate]:
    for level in levels:
        allowing = [one for one in level if one.setting.tiers is not None]
        if allowing:  # if a person has several roles, one that allows a tier is enough
            together = dict.fromkeys(tier for one in allowing for tier in one.setting.tiers or ())
            yield Gate(tuple(together), allowing[0].key[1], allowing[0].key[2])
            break
    for cap in caps:
        if cap.setting.tiers is not None:
            yield Gate(cap.setting.tiers, cap.key[1], cap.key[2])


def _blocked_by(levels: list[list[_Set]]) -> tuple[LimitKind, str, int | None] | None:
    for level in levels:
        for one in level:
            if one.setting.blocked and one.key[1] != "role":
                return one.key[1], one.key[2], one.setting.blocked_until
    return None


def _paused_by(caps: list[_Set]) -> LimitKind | None:
    """Return the widest kind that is paused."""
    paused = [one.key[1] for one in caps if one.setting.blocked and one.key[1] != "channel"]
    return paused[-1] if paused else None
