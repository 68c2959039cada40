"""The one registry of commands and their options, as data.

Discord's commands, Slack's flags and modals, the help text and the documentation are all made from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from bot import wording
from bot.commands.quotas import PER_DAY_LIMIT, admin_commands, period_option
from bot.commands.spec import Command, Option
from bot.commands.styles import style_commands, style_option
from quotas.catalog import MAX_VARIANTS, Catalog

MAX_REFERENCES = 4  # as many as one gallery shows; models take more
# Characters. With its caption, a prompt fits Discord's 4,000 a message and Slack's 3,000 a section.
PROMPT_LIMIT = 2_000
WORDS_LIMIT = 200  # characters; a search reads sixteen words
COLLECTION_LIMIT = 60  # characters of a collection's name
CODE_LIMIT = 40  # characters; a code has 13, and people type spaces


@dataclass(frozen=True, slots=True)
class Helps:
    """The help with prompts that a language model gives: fields of Command."""

    improves: bool = False
    describes: bool = False


NO_HELP = Helps()


class Registry(Mapping[str, Command]):
    """All commands by name, in the order in which help shows them.

    Helps and titles are in the language of the current task; all else is the same in every language.
    """

    def __init__(self, catalog: Catalog, day: date, helps: Helps) -> None:
        self._by_language = {
            language: MappingProxyType(_commands(language, catalog, day, helps))
            for language in wording.LANGUAGES
        }

    def __getitem__(self, name: str) -> Command:
        return self._by_language[wording.get_language()][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_language[wording.USUAL])

    def __len__(self) -> int:
        return len(self._by_language[wording.USUAL])


def registry(catalog: Catalog, day: date | None = None, *, helps: Helps = NO_HELP) -> Registry:
    """Return the commands for this catalog, with the prices of `day`, or of today. `helps`: with prompts."""
    return Registry(catalog, day or datetime.now(UTC).date(), helps)


def _commands(language: str, catalog: Catalog, day: date, helps: Helps) -> dict[str, Command]:
    with wording.override(language):
        imagine = replace(_imagine(catalog, day), improves=helps.improves, describes=helps.describes)
        commands = [
            imagine,
            _compare(imagine),
            *everyone_commands(tuple(catalog.enabled)),
            *admin_commands(tuple(catalog.enabled), tuple(catalog.ratios)),
            *style_commands(),
        ]
        return {command.name: _translate(command) for command in commands}


def _translate(command: Command) -> Command:
    options = tuple(replace(option, help=wording.known(option.help)) for option in command.options)
    return replace(command, help=wording.known(command.help), options=options)


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
                choices=_distinct(quality for tier in tiers for quality in tier.qualities),
                choice_flags=True,
            ),
            Option(name="transparent", kind="flag", help="Leave the background out, on tiers that can"),
            style_option(),
            *_pictures(),
        ),
    )


def _compare(imagine: Command) -> Command:
    """Return `/compare`: some of the options of `/imagine`, and several tiers in place of one."""
    options = {option.name: option for option in imagine.options}
    tier = options["tier"]
    tiers = Option(
        name="tiers",
        kind="choices",
        help="Such as fast,gpt; every tier unless you name some",
        choices=tier.choices,
        titles=tier.titles,
        flags=(tier.flag,),
    )
    return Command(
        name="compare",
        help="Draw one picture in each tier, side by side",
        options=(options["prompt"], tiers, options["ratio"], options["private"]),
    )


def _pictures() -> tuple[Option, ...]:
    mask = "What may change in the first picture: transparent, or white"
    return (
        Option(name="reference", kind="picture", help="A picture to work from", maximum=MAX_REFERENCES),
        Option(name="mask", kind="picture", help=mask, maximum=1),
    )


def everyone_commands(tiers: tuple[str, ...] = ()) -> list[Command]:
    """Return the commands for everyone that draw nothing, in the order in which help shows them."""
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
    help_ = "me: your prompts, pictures and name go; copy: a file of all that is kept"
    what = Option(name="what", kind="choice", help=help_, choices=("me", "copy"), required=True, bare=True)
    return [
        Command(name="tiers", help="Compare tiers: speed, price, what each is for", options=(per_day,)),
        Command(name="quota", help="Your allowance: used, held, left, and when it renews"),
        Command(name="usage", help="What was drawn and what it cost", options=(*_usage(), _flag("csv"))),
        Command(name="recent", help="Your last twenty, to draw again, share or keep"),
        Command(name="find", help="Find your pictures by words, tier and time", options=_find(tiers)),
        Command(name="kept", help="The pictures that you keep", options=(_collection(),)),
        Command(name="link", help="Join your identities here and elsewhere: one allowance", options=(code,)),
        Command(name="forget", help="What is kept about you: a copy of it, or its end", options=(what,)),
        Command(name="help", help="How to use this bot"),
    ]


def _usage() -> tuple[Option, ...]:
    by = ("tier", "person", "channel", "day", "model")
    return (
        Option(name="person", kind="person", help="One person's (admins)", bare=True),
        Option(name="channel", kind="channel", help="One channel's (admins)", bare=True),
        Option(name="workspace", kind="flag", help="Everyone's (admins)"),
        period_option(),
        Option(name="by", kind="choice", help="Break it down", choices=by),
    )


def _find(tiers: tuple[str, ...]) -> tuple[Option, ...]:
    words = "Words of the prompt, in any order"
    return (
        Option(name="words", kind="text", help=words, maximum=WORDS_LIMIT, bare=True),
        Option(name="tiers", kind="choices", help="Only these tiers", choices=tiers),
        replace(period_option(), bare=False, maximum=WORDS_LIMIT),
    )


def _collection() -> Option:
    return Option(name="name", kind="text", help="One collection", maximum=COLLECTION_LIMIT, bare=True)


def _flag(name: str) -> Option:
    return Option(name=name, kind="flag", help=f"As a {name.upper()} file")


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
