"""The subcommands of `/quotas`, with which admins change allowances, and their options."""

from typing import Literal

from bot import wording
from bot.commands.spec import Command, Option
from quotas.catalog import MAX_VARIANTS

ENTRY_LIMIT = 40  # characters; an entry's number has 13, and people type spaces
REASON_LIMIT = 200  # characters; one line of the log
ZONE_LIMIT = 64  # characters; the longest name in the tz database has 32
PERIOD_LIMIT = 24  # characters; "2026-01-01..2026-12-31"
PER_DAY_LIMIT = 100_000  # larger is a slip of the finger
CLEARABLE = (
    "language",
    "default_tier",
    "default_ratio",
    "default_variants",
    "alert_channel",
    "admin_channel",
)

_PERSON, _ROLE, _CHANNEL = (
    Option(name="person", kind="person", help="Which person", bare=True),
    Option(name="role", kind="role", help="Which role", bare=True),
    Option(name="channel", kind="channel", help="Which channel", bare=True),
)
_WHOLE = Option(name="whole", kind="choice", help="The workspace or bot as one", choices=("workspace", "bot"))
_REASON = Option(name="reason", kind="text", help="Why, for the log", maximum=REASON_LIMIT)
_UNTIL = Option(name="until", kind="day", help="The last day it holds, such as 2026-12-31")
_CONFIRMATION = (
    Option(name="dry_run", kind="flag", help="Say what would change, and change nothing"),
    Option(name="confirm", kind="flag", help="Do it without asking"),
)


def admin_commands(tiers: tuple[str, ...], ratios: tuple[str, ...]) -> list[Command]:
    """Return the subcommands in the order in which help shows them."""
    recipient = Option(name="person", kind="person", help="Which person", required=True, bare=True)
    entry = Option(
        name="entry", kind="text", help="Its number in the log", maximum=ENTRY_LIMIT, required=True, bare=True
    )
    at_end = Option(
        name="at_end", kind="choice", help="What happens when it is spent", choices=("stop", "cheaper")
    )
    whom = (_PERSON, _ROLE, _CHANNEL, _WHOLE)
    allowed = Option(name="tiers", kind="choices", help="The only tiers allowed", choices=tiers)
    whose = "Set an allowance: one person's, a role's, a channel's, or everyone's"
    defaults = "Time zone, language, defaults, and where alerts go"
    return [
        _change("set", whose, *whom, *_limits(), allowed, _REASON, _UNTIL),
        _change("grant", "Give one person more on top", recipient, *_granted_amounts(), _REASON, _UNTIL),
        _change("reset", "Remove a setting; usage stays", *whom, _REASON),
        _change("block", "Stop one person, or everyone, from drawing", _PERSON, _REASON, _UNTIL),
        _change("unblock", "Let them draw again", _PERSON, _REASON),
        _change("pause", "Stop all drawing here", _WHOLE, _REASON),
        _change("resume", "Start drawing again", _WHOLE, _REASON),
        _verb("log", "Who changed what, when and why", _PERSON),
        _change("undo", "Take one change back", entry, _REASON),
        _change("budget", "A monthly amount for this workspace", _per_month(), at_end, _REASON),
        _verb("export", "Usage as a CSV file", period_option()),
        _change("settings", defaults, *_settings(tiers, ratios), _REASON),
    ]


def period_option() -> Option:
    """Return the option for the days of a report."""
    help_ = "today, week, month, or 2026-03-01..2026-03-31"
    return Option(name="period", kind="text", help=help_, maximum=PERIOD_LIMIT, bare=True)


def _limits() -> tuple[Option, ...]:
    images = Option(
        name="images_per_day",
        kind="integer",
        help="Pictures a day",
        minimum=0,
        maximum=PER_DAY_LIMIT,
        unlimited=True,
    )
    return images, _money("money_per_day", "Dollars a day, such as 2.50"), _per_month()


def _per_month() -> Option:
    return _money("money_per_month", "Dollars a month, such as 50")


def _granted_amounts() -> tuple[Option, ...]:
    return (
        Option(name="images", kind="integer", help="Pictures on top", minimum=1, maximum=PER_DAY_LIMIT),
        Option(name="money", kind="money", help="Dollars on top, such as 2.50"),
    )


def _settings(tiers: tuple[str, ...], ratios: tuple[str, ...]) -> tuple[Option, ...]:
    return (
        Option(name="time_zone", kind="text", help="Such as Europe/Berlin", maximum=ZONE_LIMIT),
        Option(name="language", kind="choice", help="The language of replies", choices=wording.LANGUAGES),
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
        Option(name="clear", kind="choice", help="Which of these to take back", choices=CLEARABLE),
    )


def change(name: str, help_: str, *options: Option) -> Command:
    """Return an admins' command that changes something, for a reason, if need be after a question."""
    return verb(name, help_, *options, _REASON, *_CONFIRMATION)


def verb(name: str, help_: str, *options: Option) -> Command:
    """Return an admins' command."""
    return Command(name=name, help=help_, options=options, admin=True)


def _change(name: str, help_: str, *options: Option) -> Command:
    return verb(f"quotas {name}", help_, *options, *_CONFIRMATION)


def _verb(name: str, help_: str, *options: Option) -> Command:
    return verb(f"quotas {name}", help_, *options)


def _money(name: Literal["money_per_day", "money_per_month"], help_: str) -> Option:
    return Option(name=name, kind="money", help=help_, unlimited=True)
