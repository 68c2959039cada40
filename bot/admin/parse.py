"""Parse the options of a verb of `/quotas` into a change: look up names, check days and amounts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot import wording
from bot.admin.change import Change, Verb
from bot.commands.styles import NO_STYLE
from bot.people import lookup
from bot.port.cards import Refused
from bot.port.protocols import Adapter
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
_STYLES = ("style", "unstyle")
_OF_ONE_WORKSPACE = ("grant", "budget", "settings", *_STYLES)
_CHANNELS = ("alert_channel", "admin_channel")
FAR_DAYS = 36_500  # a later end is a slip; near the year 9999, some zones have no moment for it
_UNSET: dict[str, Any] = {"default_variants": 0}  # clears a number; "" clears a text


class Target(NamedTuple):
    """The place of a setting."""

    workspace: str
    kind: Kind
    ref: str


class InvalidOption(Exception):
    """An option that cannot be used; the refusal says what to type instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.refusal = Refused(why="input", sentence=sentence)


class ChangeParser:
    """Parses one verb's options, typed at `address`. Methods raise InvalidOption."""

    def __init__(
        self, ledger: Ledger, adapters: Mapping[str, Adapter], address: Address, options: Options
    ) -> None:
        self.ledger = ledger
        self.adapters = adapters
        self.address = address
        self.workspace = address.workspace
        self.options = options

    @property
    def _everyone(self) -> Target:
        return Target(self.workspace, "everyone", ANY)

    async def parse(self, verb: Verb, *, anywhere: bool) -> Change:
        """Parse the change of a verb. `anywhere`: an entry of another workspace may be undone."""
        target = await self._target(verb)
        if self.workspace == ANY and (target.kind == "channel" or verb in _OF_ONE_WORKSPACE):
            raise InvalidOption(wording.WHICH_WORKSPACE)
        return Change(
            verb=verb,
            workspace=target.workspace,
            kind=target.kind,
            ref=target.ref,
            reason=str(self.options.get("reason", "")),
            **await self._details(verb, target, anywhere),
        )

    async def _details(self, verb: Verb, target: Target, anywhere: bool) -> dict[str, Any]:
        """Parse the fields of Change that this verb has besides its target."""
        match verb:
            case "set":
                return {"limits": await self._limits()}
            case "grant":
                return await self._grant(target)
            case "block":
                return {"ends": await self._end()}
            case "undo":
                return {"entry": self._entry(), "anywhere": anywhere}
            case "budget":
                fields = {"amount": "money_per_month", "at_end": "at_end"}
                return {
                    field: self.options[option] for field, option in fields.items() if option in self.options
                }
            case "style":
                return {"words": self._words()}
            case "settings":
                return {"preferences": self._preferences(), "zone": self._zone()}
        return {}

    async def _target(self, verb: Verb) -> Target:
        if verb in _STYLES:
            return Target(self.workspace, "style", self._style())
        names = {
            name: str(self.options[name]) for name in ("person", "role", "channel") if name in self.options
        }
        whole = str(self.options.get("whole", ""))
        if len(names) + bool(whole) > 1:
            raise InvalidOption(wording.ONE_TARGET)
        if whole == "bot":
            return Target(ANY, "bot", ANY)
        if whole or verb in ("pause", "resume", "undo", "budget", "settings"):
            return Target(self.workspace, "bot" if self.workspace == ANY else "workspace", ANY)
        for kind, text in names.items():
            return await self._find_target(kind, text)
        return self._everyone

    async def _find_target(self, kind: str, text: str) -> Target:
        """Find a target by its name or id. The role that a platform gives everybody means everyone."""
        if text.lower() in EVERYONE:
            return self._everyone
        if kind == "person":
            return Target(
                self.workspace, "person", _unwrap(await lookup.find_person(self.ledger, self.workspace, text))
            )
        if kind == "role":
            role = _unwrap(lookup.find_role(self.workspace, text))
            return self._everyone if role == self.workspace else Target(self.workspace, "role", role)
        return Target(self.workspace, "channel", self._find_channel(text))

    def _find_channel(self, text: str) -> str:
        """Find a channel of this workspace. One of another is refused, if its platform can tell."""
        channel = _unwrap(lookup.find_channel(self.address, text))
        adapter = self.adapters.get(self.workspace.partition(":")[0])
        if adapter is not None and adapter.owns_channel(self.workspace, channel) is False:
            raise InvalidOption(wording.NOT_OUR_CHANNEL)
        return channel

    async def _limits(self) -> Limits:
        figures: dict[str, Any] = {name: int(self.options[name]) for name in _FIGURES if name in self.options}
        tiers = tuple(str(self.options["tiers"]).split(",")) if "tiers" in self.options else None
        if not figures and tiers is None:
            raise InvalidOption(wording.NOTHING_TO_SET)
        return Limits(**figures, tiers=tiers, until=await self._end())

    async def _grant(self, target: Target) -> dict[str, Any]:
        if target.kind != "person":
            raise InvalidOption(wording.GRANT_TO_ONE)
        images, money = int(self.options.get("images", 0)), int(self.options.get("money", 0))
        if images <= 0 and money <= 0:
            raise InvalidOption(wording.NOTHING_TO_GRANT)
        return {"images": images, "money": money, "until": await self._last_day()}

    async def _last_day(self) -> str | None:
        """Parse the last day of a grant."""
        if "until" not in self.options:
            return None
        day, calendar = str(self.options["until"]), await load_calendar(self.ledger, self.workspace)
        if calendar.days_until(day) < 1:
            raise InvalidOption(wording.past_day(day))
        if calendar.days_until(day) > MAX_DAYS:
            raise InvalidOption(wording.too_many_days(MAX_DAYS))
        return day

    async def _end(self) -> int | None:
        """Parse the end of a setting or a block, in unix seconds."""
        if "until" not in self.options:
            return None
        day, calendar = str(self.options["until"]), await load_calendar(self.ledger, self.workspace)
        if calendar.days_until(day) < 1:
            raise InvalidOption(wording.past_day(day))
        if calendar.days_until(day) > FAR_DAYS:
            raise InvalidOption(wording.far_day(day))
        return calendar.end_of(day)

    def _style(self) -> str:
        name = str(self.options["name"])
        if name == NO_STYLE:
            raise InvalidOption(wording.NO_NAME_OF_NONE)
        return name

    def _words(self) -> str:
        """Return a style's words. An id in them would be somebody's, who may want to be forgotten."""
        words = str(self.options["words"])
        if any(f"{platform}:" in words for platform in self.adapters):
            raise InvalidOption(wording.STYLE_OF_SOMEBODY)
        return words

    def _entry(self) -> int:
        text = str(self.options["entry"])
        try:
            return id_number(text.replace(" ", ""))
        except ValueError as error:
            raise InvalidOption(wording.no_entry(text)) from error

    def _preferences(self) -> Preferences:
        values: dict[str, Any] = {name: self.options[name] for name in _PREFERENCES if name in self.options}
        for name in _CHANNELS:
            if name in self.options:
                values[name] = self._find_channel(str(self.options[name]))
        name = str(self.options.get("clear", ""))
        if name:
            values.setdefault(name, _UNSET.get(name, ""))
        return Preferences(**values)

    def _zone(self) -> str | None:
        if "time_zone" not in self.options:
            return None
        zone = str(self.options["time_zone"])
        try:
            return zone_info(zone).key
        except ValueError as error:
            raise InvalidOption(wording.no_zone(zone)) from error


def _unwrap(id_: str | Refused) -> str:
    """Return the id, or raise InvalidOption with the sentence of the refusal."""
    if isinstance(id_, Refused):
        raise InvalidOption(id_.sentence)
    return id_
