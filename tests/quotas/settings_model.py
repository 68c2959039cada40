"""A model of the settings: a ledger's settings, undoings and alerts must equal it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from quotas.calendar import Calendar

Place = tuple[str, str, str]  # workspace, kind, ref
Fields = dict[str, Any]
AlertKey = tuple[str, str, int, int]  # workspace, month, percent, amount
FIGURES = {"images_per_day", "money_per_day", "money_per_month", "tiers", "until"}
LINES = (50, 80, 100)


@dataclass
class LoggedChange:
    """One entry: the fields before and after; of a grant: the person, the days and the images."""

    place: Place
    before: Fields
    after: Fields
    grant: tuple[str, tuple[str, ...], int] | None = None
    is_given: bool = False  # a grant, or the undoing of its undoing
    is_undone: bool = False


@dataclass
class Model:
    zone: str
    homes: dict[str, str]
    settings: dict[Place, Fields] = field(default_factory=dict)
    log: dict[int, LoggedChange] = field(default_factory=dict)
    extra: dict[tuple[str, str], int] = field(default_factory=dict)  # person, day
    calendars: dict[str, Calendar] = field(default_factory=dict)
    alerts: set[AlertKey] = field(default_factory=set)

    def calendar(self, workspace: str) -> Calendar:
        return self.calendars.get(workspace, Calendar(self.zone))

    def raw(self, place: Place) -> Fields:
        """Return the fields as they are stored, expired or not."""
        zone = {"zone": self.calendar(place[0]).heading} if place[1] == "workspace" else {}
        return {**self.settings.get(place, {}), **zone}

    def current(self, place: Place, now: float) -> Fields:
        """Return the fields that have not expired."""
        fields = self.raw(place)
        if fields.get("until") is not None and fields["until"] <= now:
            fields = {name: value for name, value in fields.items() if name not in FIGURES}
        if fields.get("blocked_until") is not None and fields["blocked_until"] <= now:
            fields = {name: value for name, value in fields.items() if not name.startswith("blocked")}
        return fields

    def figure(self, person: str, now: float, default: int) -> int:
        home = self.homes[person]
        for place in ((home, "person", person), (home, "everyone", "*")):
            images = self.current(place, now).get("images_per_day")
            if images is not None:
                return int(images)
        return default

    def is_closed(self, person: str, now: float) -> bool:
        """Return True if the person is blocked or everything of theirs is paused."""
        home = self.homes[person]
        places = (
            (home, "person", person),
            (home, "everyone", "*"),
            (home, "workspace", "*"),
            ("*", "bot", "*"),
        )
        return any(self.current(place, now).get("blocked") for place in places)

    def change(self, number: int, place: Place, now: float, **wanted: Any) -> None:
        before = self.current(place, now)
        after = self._set(place, before | wanted, wanted.get("zone"), now)
        self.log[number] = LoggedChange(place, before, after)

    def _set(self, place: Place, fields: Fields, zone: str | None, now: float) -> Fields:
        if zone is not None:
            self.calendars[place[0]] = self.calendar(place[0]).changed(zone, now)
        after = {name: value for name, value in fields.items() if value is not None and value is not False}
        self.settings[place] = {name: value for name, value in after.items() if name != "zone"}
        return after

    def grant(self, number: int, person: str, days: tuple[str, ...], images: int) -> None:
        self.log[number] = LoggedChange(("", "", ""), {}, {}, (person, days, images), is_given=True)
        self._extra((person, days, images), 1)

    def _extra(self, grant: tuple[str, tuple[str, ...], int], sign: int) -> None:
        person, days, images = grant
        for day in days:
            self.extra[person, day] = self.extra.get((person, day), 0) + sign * images

    def cannot_undo(self, number: int) -> str | None:
        """Return why an entry cannot be undone; None: it can."""
        entry = self.log[number]
        if entry.is_undone:
            return "undone"
        raw = self.raw(entry.place) if entry.grant is None else {}
        return (
            "changed"
            if any(raw.get(name) != entry.after.get(name) for name in changed_names(entry))
            else None
        )

    def undo(self, number: int, by: int, now: float) -> None:
        entry = self.log[number]
        entry.is_undone = True
        if entry.grant is not None:
            self._extra(entry.grant, -1 if entry.is_given else 1)
            self.log[by] = LoggedChange(entry.place, {}, {}, entry.grant, is_given=not entry.is_given)
            return
        back = {name: entry.before.get(name) for name in changed_names(entry)}
        before, start = self.raw(entry.place), self.current(entry.place, now)
        after = self._set(entry.place, start | back, back.get("zone"), now)
        self.log[by] = LoggedChange(entry.place, before, after)

    def record_alerts(self, workspace: str, month: str, spent: int, now: float) -> None:
        """Record every line of the budget that is reached."""
        amount = self.budget(workspace, now)
        if amount:
            reached = [line for line in LINES if spent * 100 >= line * amount]
            self.alerts |= {(workspace, month, line, amount) for line in reached}

    def budget(self, workspace: str, now: float) -> int | None:
        return self.current((workspace, "workspace", "*"), now).get("money_per_month")


def changed_names(entry: LoggedChange) -> Iterable[str]:
    names = {*entry.before, *entry.after}
    return [name for name in names if entry.before.get(name) != entry.after.get(name)]
