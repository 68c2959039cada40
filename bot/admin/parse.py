"""From the options of a verb to the change they ask for: names looked up, days and amounts checked."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot import wording
from bot.admin.change import Change, Verb
from bot.people import lookup
from bot.port.cards import Refused
from bot.port.requests import Address, OptionValue
from bot.reports.calendar import load_calendar
from quotas.calendar import zone_info
from quotas.ids import id_number
from quotas.ledger import Ledger
from quotas.records import ANY, Kind, Limits
from quotas.records_workspace import Preferences
from quotas.settings.grants import MAX_DAYS

Options = Mapping[str, OptionValue]
EVERYONE = frozenset(("@everyone", "everyone"))
_FIGURES = ("images_per_day", "money_per_day", "money_per_month")
_PREFERENCES = ("language", "default_tier", "default_ratio", "default_variants")
_OF_ONE_WORKSPACE = ("grant", "budget", "settings")
_CHANNELS = ("alert_channel", "admin_channel")
_UNSET: dict[str, Any] = {"default_variants": 0}  # of a text: ""


class Target(NamedTuple):
    """Where a setting is."""

    workspace: str
    kind: Kind
    ref: str


class InvalidOption(Exception):
    """What is asked cannot be done so; the refusal says what to type instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.refusal = Refused(why="input", sentence=sentence)


class ChangeParser:
    """One reading of a verb's options, said at `address`. Methods raise NotRead."""

    def __init__(self, ledger: Ledger, address: Address, options: Options) -> None:
        self.ledger = ledger
        self.address = address
        self.here = address.workspace
        self.options = options

    @property
    def everyone(self) -> Target:
        return Target(self.here, "everyone", ANY)

    async def change(self, verb: Verb, *, anywhere: bool) -> Change:
        """`anywhere`: whether an entry of another workspace may be undone."""
        target = await self.target(verb)
        if self.here == ANY and (target.kind == "channel" or verb in _OF_ONE_WORKSPACE):
            raise InvalidOption(wording.WHICH_WORKSPACE)
        return Change(
            verb=verb,
            workspace=target.workspace,
            kind=target.kind,
            ref=target.ref,
            reason=str(self.options.get("reason", "")),
            **await self.details(verb, target, anywhere),
        )

    async def details(self, verb: Verb, target: Target, anywhere: bool) -> dict[str, Any]:
        """What this verb needs besides its target."""
        match verb:
            case "set":
                return {"limits": await self.limits()}
            case "grant":
                return await self.given(target)
            case "block":
                return {"ends": await self.end()}
            case "undo":
                return {"entry": self.entry(), "anywhere": anywhere}
            case "budget":
                named = {"amount": "money_per_month", "at_end": "at_end"}
                return {name: self.options[each] for name, each in named.items() if each in self.options}
            case "settings":
                return {"preferences": self.preferences(), "zone": self.zone()}
        return {}

    async def target(self, verb: Verb) -> Target:
        named = {
            name: str(self.options[name]) for name in ("person", "role", "channel") if name in self.options
        }
        whole = str(self.options.get("whole", ""))
        if len(named) + bool(whole) > 1:
            raise InvalidOption(wording.ONE_TARGET)
        if whole == "bot":
            return Target(ANY, "bot", ANY)
        if whole or verb in ("pause", "resume", "undo", "budget", "settings"):
            return Target(self.here, "bot" if self.here == ANY else "workspace", ANY)
        for kind, text in named.items():
            return await self.named(kind, text)
        return self.everyone

    async def named(self, kind: str, text: str) -> Target:
        """A target by its name or id. A platform's role of everybody is everyone."""
        if text.lower() in EVERYONE:
            return self.everyone
        if kind == "person":
            return Target(self.here, "person", found(await lookup.find_person(self.ledger, self.here, text)))
        if kind == "role":
            role = found(lookup.find_role(self.here, text))
            return self.everyone if role == self.here else Target(self.here, "role", role)
        return Target(self.here, "channel", found(lookup.find_channel(self.address, text)))

    async def limits(self) -> Limits:
        figures: dict[str, Any] = {name: int(self.options[name]) for name in _FIGURES if name in self.options}
        tiers = tuple(str(self.options["tiers"]).split(",")) if "tiers" in self.options else None
        if not figures and tiers is None:
            raise InvalidOption(wording.NOTHING_TO_SET)
        return Limits(**figures, tiers=tiers, until=await self.end())

    async def given(self, target: Target) -> dict[str, Any]:
        if target.kind != "person":
            raise InvalidOption(wording.GRANT_TO_ONE)
        images, money = int(self.options.get("images", 0)), int(self.options.get("money", 0))
        if images <= 0 and money <= 0:
            raise InvalidOption(wording.NOTHING_TO_GRANT)
        return {"images": images, "money": money, "until": await self.last_day()}

    async def last_day(self) -> str | None:
        """The last day of a grant."""
        if "until" not in self.options:
            return None
        day, calendar = str(self.options["until"]), await load_calendar(self.ledger, self.here)
        if calendar.days_until(day) < 1:
            raise InvalidOption(wording.past_day(day))
        if calendar.days_until(day) > MAX_DAYS:
            raise InvalidOption(wording.too_many_days(MAX_DAYS))
        return day

    async def end(self) -> int | None:
        """When a setting or a block is over, in unix seconds."""
        if "until" not in self.options:
            return None
        day, calendar = str(self.options["until"]), await load_calendar(self.ledger, self.here)
        if calendar.days_until(day) < 1:
            raise InvalidOption(wording.past_day(day))
        return calendar.end_of(day)

    def entry(self) -> int:
        text = str(self.options["entry"])
        try:
            return id_number(text.replace(" ", ""))
        except ValueError as error:
            raise InvalidOption(wording.no_entry(text)) from error

    def preferences(self) -> Preferences:
        values: dict[str, Any] = {name: self.options[name] for name in _PREFERENCES if name in self.options}
        for name in _CHANNELS:
            if name in self.options:
                values[name] = found(lookup.find_channel(self.address, str(self.options[name])))
        cleared = str(self.options.get("clear", ""))
        if cleared:
            values.setdefault(cleared, _UNSET.get(cleared, ""))
        return Preferences(**values)

    def zone(self) -> str | None:
        if "time_zone" not in self.options:
            return None
        zone = str(self.options["time_zone"])
        try:
            return zone_info(zone).key
        except ValueError as error:
            raise InvalidOption(wording.no_zone(zone)) from error


def found(name: str | Refused) -> str:
    if isinstance(name, Refused):
        raise InvalidOption(name.sentence)
    return name
