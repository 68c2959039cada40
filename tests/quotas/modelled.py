"""What is set, said in few lines: the model that settings, undoings and alerts of a ledger must match."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from quotas.calendar import Calendar

Place = tuple[str, str, str]  # workspace, kind, ref
Fields = dict[str, Any]
Noticed = tuple[str, str, int, int]  # workspace, month, percent, amount
FIGURES = {"images_per_day", "money_per_day", "money_per_month", "tiers", "until"}
LINES = (50, 80, 100)


@dataclass
class Logged:
    """One entry: what it found and what it left; of a grant, whose extras on which days."""

    place: Place
    before: Fields
    after: Fields
    grant: tuple[str, tuple[str, ...], int] | None = None
    given: bool = False  # a grant, or the undoing of one taken back
    undone: bool = False


@dataclass
class Model:
    zone: str
    homes: dict[str, str]
    found: dict[Place, Fields] = field(default_factory=dict)
    log: dict[int, Logged] = field(default_factory=dict)
    extra: dict[tuple[str, str], int] = field(default_factory=dict)  # person, day
    calendars: dict[str, Calendar] = field(default_factory=dict)
    noticed: set[Noticed] = field(default_factory=set)

    def calendar(self, workspace: str) -> Calendar:
        return self.calendars.get(workspace, Calendar(self.zone))

    def raw(self, place: Place) -> Fields:
        zone = {"zone": self.calendar(place[0]).heading} if place[1] == "workspace" else {}
        return {**self.found.get(place, {}), **zone}

    def standing(self, place: Place, now: float) -> Fields:
        """Without what has run out."""
        fields = self.raw(place)
        if fields.get("until") is not None and fields["until"] <= now:
            fields = {name: value for name, value in fields.items() if name not in FIGURES}
        if fields.get("blocked_until") is not None and fields["blocked_until"] <= now:
            fields = {name: value for name, value in fields.items() if not name.startswith("blocked")}
        return fields

    def figure(self, person: str, now: float, default: int) -> int:
        home = self.homes[person]
        for place in ((home, "person", person), (home, "everyone", "*")):
            images = self.standing(place, now).get("images_per_day")
            if images is not None:
                return int(images)
        return default

    def closed(self, person: str, now: float) -> bool:
        """Blocked or paused."""
        home = self.homes[person]
        places = (
            (home, "person", person),
            (home, "everyone", "*"),
            (home, "workspace", "*"),
            ("*", "bot", "*"),
        )
        return any(self.standing(place, now).get("blocked") for place in places)

    def change(self, number: int, place: Place, now: float, **wanted: Any) -> None:
        before = self.standing(place, now)
        after = self._set(place, before | wanted, wanted.get("zone"), now)
        self.log[number] = Logged(place, before, after)

    def _set(self, place: Place, fields: Fields, zone: str | None, now: float) -> Fields:
        if zone is not None:
            self.calendars[place[0]] = self.calendar(place[0]).changed(zone, now)
        after = {name: value for name, value in fields.items() if value is not None and value is not False}
        self.found[place] = {name: value for name, value in after.items() if name != "zone"}
        return after

    def grant(self, number: int, person: str, days: tuple[str, ...], images: int) -> None:
        self.log[number] = Logged(("", "", ""), {}, {}, (person, days, images), given=True)
        self._extra((person, days, images), 1)

    def _extra(self, grant: tuple[str, tuple[str, ...], int], sign: int) -> None:
        person, days, images = grant
        for day in days:
            self.extra[person, day] = self.extra.get((person, day), 0) + sign * images

    def cannot_undo(self, number: int) -> str | None:
        """Why not; None: it can be undone."""
        entry = self.log[number]
        if entry.undone:
            return "undone"
        raw = self.raw(entry.place) if entry.grant is None else {}
        return "changed" if any(raw.get(name) != entry.after.get(name) for name in differing(entry)) else None

    def undo(self, number: int, by: int, now: float) -> None:
        entry = self.log[number]
        entry.undone = True
        if entry.grant is not None:
            self._extra(entry.grant, -1 if entry.given else 1)
            self.log[by] = Logged(entry.place, {}, {}, entry.grant, given=not entry.given)
            return
        back = {name: entry.before.get(name) for name in differing(entry)}
        before, start = self.raw(entry.place), self.standing(entry.place, now)
        after = self._set(entry.place, start | back, back.get("zone"), now)
        self.log[by] = Logged(entry.place, before, after)

    def notice(self, workspace: str, month: str, spent: int, now: float) -> None:
        """Every line of the budget that is reached."""
        amount = self.budget(workspace, now)
        if amount:
            reached = [line for line in LINES if spent * 100 >= line * amount]
            self.noticed |= {(workspace, month, line, amount) for line in reached}

    def budget(self, workspace: str, now: float) -> int | None:
        return self.standing((workspace, "workspace", "*"), now).get("money_per_month")


def differing(entry: Logged) -> Iterable[str]:
    names = {*entry.before, *entry.after}
    return [name for name in names if entry.before.get(name) != entry.after.get(name)]
