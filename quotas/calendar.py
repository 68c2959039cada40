"""Days of a workspace: the day of an instant, and the start of the next day. Pure.

A day is the text YYYY-MM-DD and names a counter, so no change of clock or zone counts a day twice. The start
of a day is searched, not computed: a midnight may not exist (Beirut in spring), nor a whole day (Samoa,
2011-12-30), and a change of zone may come in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

_HOUR = 3_600  # no zone has a day shorter than this
_DAY = 86_400


def zone_info(name: str) -> ZoneInfo:
    """Return the time zone of that name ("Europe/Berlin"). Raises ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # not found; not a plain name; a folder of zones
        raise ValueError(f"{name!r} is not a time zone; write it like Europe/Berlin") from error


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one workspace: a zone and, from `switch_at` (unix seconds) on, another one.

    After a switch to the west, the current day continues until the new zone reaches the next one.
    """

    zone: str
    next_zone: str | None = None
    switch_at: int | None = None

    @property
    def heading(self) -> str:
        """Return the zone in force after the switch."""
        return self.next_zone or self.zone

    def zone_at(self, at: float) -> str:
        """Return the zone in force at `at` (unix seconds)."""
        switched = self.next_zone is not None and self.switch_at is not None and at >= self.switch_at
        return self.next_zone if switched and self.next_zone else self.zone

    def day(self, at: float) -> str:
        """Return the day at `at` as "YYYY-MM-DD"."""
        if self.switch_at is None or at < self.switch_at:
            return _day(self.zone, at)
        return max(_day(self.zone_at(at), at), _day(self.zone, self.switch_at - 1))

    def renews_at(self, at: float) -> int:
        """Return the first unix second of the next day."""
        return _next_change(self.day, at, _HOUR)

    def month_renews_at(self, at: float) -> int:
        """Return the first unix second of the next month."""
        return _next_change(lambda instant: self.day(instant)[:7], at, _DAY)

    def changed(self, zone: str, at: float) -> "Calendar":
        """Return a calendar that uses `zone` from the next midnight on. Raises ValueError if unknown."""
        zone_info(zone)
        if self.switch_at is not None and at >= self.switch_at and zone == self.next_zone:
            return self
        current = self.zone_at(at)
        if zone == current:
            return Calendar(current)
        return Calendar(current, zone, Calendar(current).renews_at(at))


def _day(zone: str, at: float) -> str:
    return datetime.fromtimestamp(at, zone_info(zone)).date().isoformat()


def _next_change(text: Callable[[float], str], at: float, step: int) -> int:
    """Return the first whole second after `at` with another text: step until it differs, then bisect."""
    before, now = int(at), text(at)
    after = before + step
    while text(after) == now:
        before, after = after, after + step
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if text(middle) == now else (before, middle)
    return after
