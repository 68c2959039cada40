"""The one registry of commands and their options, as data.

Discord's commands, Slack's flags and modals, the help text and the documentation are all made from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Literal

from bot import wording
from quotas.catalog import MAX_VARIANTS, Catalog

# Fits Discord's 4,000 characters a message and Slack's 3,000 a section, caption included.
PROMPT_LIMIT = 2_000
CODE_LIMIT = 40  # a code has 13, and people type spaces
REASON_LIMIT = 200  # one line of the log
PERIOD_LIMIT = 24  # "2026-01-01..2026-12-31"
ZONE_LIMIT = 64  # the longest name in the tz database has 32
SUGGESTED = frozenset(("entry", "period", "time_zone"))  # options of text with values that are known
PER_DAY_LIMIT = 100_000  # larger is a slip of the finger

OptionKind = Literal[
    "text", "choice", "choices", "integer", "flag", "person", "role", "channel", "money", "day"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command.

    `minimum` and `maximum` bound an integer, or the characters of a text. Values: text, choice, person,
    role, channel and day (YYYY-MM-DD) are str; choices are str joined by commas; flag is bool; integer is
    int; money is int micro-dollars, typed as dollars. `unlimited`: that word is taken too, as UNLIMITED.
    `titles`: what is shown for each of the choices, where a platform has room for more than the value.
    """

    name: str
    kind: OptionKind
    help: str
    choices: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    required: bool = False
    unlimited: bool = False
    flags: tuple[str, ...] = ()  # other ways to type it, such as "--ar"
    bare: bool = False  # may be typed without its flag
    choice_flags: bool = False  # each choice is a flag by itself, such as "--ultra"

    @property
    def suggested(self) -> bool:
        """Whether the core knows what it may become, while it is typed (`Core.suggest`)."""
        return self.kind in ("choices", "day") or self.name in SUGGESTED

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command; a name of two words is a subcommand. `admin`: for those who may change allowances."""

    name: str
    help: str
    options: tuple[Option, ...] = ()
    admin: bool = False


def registry(catalog: Catalog, day: date | None = None) -> Mapping[str, Command]:
    """Every command by name, in the order in which help shows them; prices are of `day`, or of today."""
    tiers = tuple(catalog.enabled)
    commands = [
        _imagine(catalog, day or datetime.now(UTC).date()),
        *_everyones(),
        *_admins(tiers, tuple(catalog.ratios)),
    ]
    return MappingProxyType({command.name: command for command in commands})


def _imagine(catalog: Catalog, day: date) -> Command:
    tiers = catalog.enabled.values()
    return Command(
        name="imagine",
        help="Draw pictures from words",
        options=(
            Option(
                name="prompt",
                kind="text",
                help="What to draw",
                minimum=1,
                maximum=PROMPT_LIMIT,
                required=True,
                bare=True,
            ),
            Option(
                name="tier",
                kind="choice",
                help="Quality and price: /tiers compares them",
                choices=tuple(tier.name for tier in tiers),
                titles=tuple(
                    wording.tier_choice(tier, catalog.quote(tier, tier.default_quality, day))
                    for tier in tiers
                ),
                choice_flags=True,
            ),
            Option(
                name="ratio",
                kind="choice",
                help="The picture's shape, width to height",
                choices=tuple(catalog.ratios),
                titles=tuple(wording.ratio_choice(ratio, use) for ratio, use in catalog.ratios.items()),
                flags=("--ar", "--aspect"),
            ),
            Option(
                name="variants",
                kind="integer",
                help="How many pictures",
                minimum=1,
                maximum=MAX_VARIANTS,
                flags=("-n",),
            ),
            Option(name="private", kind="flag", help="Show the result to you alone"),
            Option(
                name="quality",
                kind="choice",
                help="How finely it is drawn, on tiers that offer it",
                choices=_once(quality for tier in tiers for quality in tier.qualities),
                choice_flags=True,
            ),
            Option(name="transparent", kind="flag", help="Leave the background out, on tiers that can"),
        ),
    )


def _everyones() -> list[Command]:
    per_day = Option(
        name="per_day",
        kind="integer",
        help="Pictures a day, for the monthly cost",
        minimum=1,
        maximum=PER_DAY_LIMIT,
        bare=True,
    )
    help_ = "The code from the other side; undo separates again"
    code = Option(name="code", kind="text", help=help_, maximum=CODE_LIMIT, bare=True)
    return [
        Command(name="tiers", help="Compare tiers: speed, price, what each is for", options=(per_day,)),
        Command(name="quota", help="Your allowance: used, held, left, and when it renews"),
        Command(name="usage", help="What was drawn and what it cost", options=(*_usage(), _flag("csv"))),
        Command(name="recent", help="Your last twenty, to draw again or share"),
        Command(name="link", help="Join your identities here and elsewhere: one allowance", options=(code,)),
        Command(name="help", help="How to use this bot"),
    ]


def _usage() -> tuple[Option, ...]:
    by = ("tier", "person", "channel", "day")
    return (
        Option(name="person", kind="person", help="One person's (admins)", bare=True),
        Option(name="channel", kind="channel", help="One channel's (admins)", bare=True),
        Option(name="workspace", kind="flag", help="Everyone's (admins)"),
        _period(),
        Option(name="by", kind="choice", help="Break it down", choices=by),
    )


def _period() -> Option:
    help_ = "today, week, month, or 2026-03-01..2026-03-31"
    return Option(name="period", kind="text", help=help_, maximum=PERIOD_LIMIT, bare=True)


def _flag(name: str) -> Option:
    return Option(name=name, kind="flag", help=f"As a {name.upper()} file")


def _admins(tiers: tuple[str, ...], ratios: tuple[str, ...]) -> list[Command]:
    person, role, channel = _target("person"), _target("role"), _target("channel")
    whom = (person, role, channel)
    given_to = _target("person", required=True)
    reason = Option(name="reason", kind="text", help="Why, for the log", maximum=REASON_LIMIT)
    until = Option(name="until", kind="day", help="The last day it holds, such as 2026-12-31")
    allowed = Option(name="tiers", kind="choices", help="The only tiers allowed", choices=tiers)
    money_per_month = _money("money_per_month", "Dollars a month, such as 50")
    limits = (
        Option(
            name="images_per_day",
            kind="integer",
            help="Pictures a day",
            minimum=0,
            maximum=PER_DAY_LIMIT,
            unlimited=True,
        ),
        _money("money_per_day", "Dollars a day, such as 2.50"),
        money_per_month,
    )
    given = (
        Option(name="images", kind="integer", help="Pictures on top", minimum=1, maximum=PER_DAY_LIMIT),
        Option(name="money", kind="money", help="Dollars on top, such as 2.50"),
    )
    entry = Option(
        name="entry", kind="integer", help="Its number in the log", minimum=1, required=True, bare=True
    )
    at_end = Option(
        name="at_end", kind="choice", help="What happens when it is spent", choices=("stop", "cheaper")
    )
    whose = "Set an allowance: one person's, a role's, a channel's, or everyone's"
    defaults = "Time zone, language, defaults, and where alerts go"
    return [
        _quotas("set", whose, *whom, *limits, allowed, reason, until),
        _quotas("grant", "Give one person more on top", given_to, *given, reason, until),
        _quotas("reset", "Remove a setting; usage stays", *whom, reason),
        _quotas("block", "Stop one person, or everyone, from drawing", person, reason, until),
        _quotas("unblock", "Let them draw again", person, reason),
        _quotas("pause", "Stop all drawing here", reason),
        _quotas("resume", "Start drawing again", reason),
        _quotas("log", "Who changed what, when and why", person),
        _quotas("undo", "Take one change back", entry, reason),
        _quotas("budget", "A monthly amount for this workspace", money_per_month, at_end, reason),
        _quotas("export", "Usage as a CSV file", _period()),
        _quotas("settings", defaults, *_settings(tiers, ratios)),
    ]


def _settings(tiers: tuple[str, ...], ratios: tuple[str, ...]) -> tuple[Option, ...]:
    return (
        Option(name="time_zone", kind="text", help="Such as Europe/Berlin", maximum=ZONE_LIMIT),
        Option(name="language", kind="choice", help="The language of replies", choices=("en",)),
        Option(name="default_tier", kind="choice", help="The tier when none is named", choices=tiers),
        Option(name="default_ratio", kind="choice", help="The ratio when none is named", choices=ratios),
        Option(
            name="default_variants",
            kind="integer",
            help="How many pictures when no number is named",
            minimum=1,
            maximum=MAX_VARIANTS,
        ),
        Option(name="alert_channel", kind="channel", help="Where budget alerts are posted"),
        Option(name="admin_channel", kind="channel", help="Where changes are posted"),
    )


def _quotas(verb: str, help_: str, *options: Option) -> Command:
    return Command(name=f"quotas {verb}", help=help_, options=options, admin=True)


def _target(kind: Literal["person", "role", "channel"], required: bool = False) -> Option:
    return Option(name=kind, kind=kind, help=f"Which {kind}", required=required, bare=True)


def _money(name: str, help_: str) -> Option:
    return Option(name=name, kind="money", help=help_, unlimited=True)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
