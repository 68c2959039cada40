"""Days: which day an instant belongs to, and when the next one begins. Pure.

A day is the text YYYY-MM-DD and names a counter, so one day is never counted twice, whatever a clock or a
zone does. Instants are searched for, not computed: a midnight may not exist (Beirut in spring), a whole day
may not (Samoa, 2011-12-30), and a change of zone may wait in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

_HOUR = 3_600  # no zone has a day shorter than this
_DAY = 86_400


def zone_info(name: str) -> ZoneInfo:
    """The time zone of that name ("Europe/Berlin"). Raises ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # not found; not a plain name; a folder of zones
        raise ValueError(f"{name!r} is not a time zone; write it like Europe/Berlin") from error


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one workspace: a zone and, from the instant `switch_at` on, another.

    After a switch to the west the day that had begun goes on until the new zone has caught up with it.
    """

    zone: str
    next_zone: str | None = None
    switch_at: int | None = None

    @property
    def heading(self) -> str:
        """The zone in force once every switch is over."""
        return self.next_zone or self.zone

    def zone_at(self, at: float) -> str:
        """The zone in force at `at` (unix seconds)."""
        switched = self.next_zone is not None and self.switch_at is not None and at >= self.switch_at
        return self.next_zone if switched and self.next_zone else self.zone

    def day(self, at: float) -> str:
        """The day at `at`: "YYYY-MM-DD"."""
        if self.switch_at is None or at < self.switch_at:
            return _day(self.zone, at)
        return max(_day(self.zone_at(at), at), _day(self.zone, self.switch_at - 1))

    def renews_at(self, at: float) -> int:
        """The first unix second of the next day."""
        return _next_change(self.day, at, _HOUR)

    def month_renews_at(self, at: float) -> int:
        """The first unix second of the next month."""
        return _next_change(lambda instant: self.day(instant)[:7], at, _DAY)

    def changed(self, zone: str, at: float) -> "Calendar":
        """This calendar with `zone` from the next midnight on. Raises ValueError on an unknown zone."""
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
    """The first whole second after `at` with another text: steps until it differs, then halves."""
    before, now = int(at), text(at)
    after = before + step
    while text(after) == now:
        before, after = after, after + step
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if text(middle) == now else (before, middle)
    return after
