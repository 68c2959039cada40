"""Days, periods and zones: in order, whole, and refused rather than guessed; in every zone and every year."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.admin.parse import FAR_DAYS
from bot.reports.calendar import WorkspaceCalendar
from bot.reports.usage import LONGEST_PERIOD, parse_period
from quotas.calendar import Calendar, zone_info
from tests.fuzz.fuzzer import TIMEOUT, Fuzzer
from tests.fuzz.generators import damaged, odd_text

pytestmark = [pytest.mark.soak, pytest.mark.timeout(TIMEOUT)]

ZONES = sorted(available_timezones())
# Zones with midnights that do not exist, half hours, a day that was left out, the first and last of a day.
STRANGE = [
    *("Asia/Beirut", "Africa/Cairo", "America/Havana", "America/Santiago", "Asia/Gaza", "America/Nuuk"),
    *(
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Etc/GMT+12",
        "Asia/Kathmandu",
        "Africa/Casablanca",
    ),
]
# Unix seconds. Before 2012 some zones changed clocks at one past midnight, after a minute of tomorrow.
FIRST, LAST = 1_325_376_000, 4_102_444_800
TODAY = date(2026, 11, 22)
SPANS = [
    "today",
    "week",
    "month",
    "2026-03",
    "2026-03-01..2026-03-31",
    "2026-W10",
    "9999-12",
    "0001-01",
    "1 to 2",
]


def zone(dice: Random) -> str:
    return dice.choice(STRANGE if dice.random() < 0.5 else ZONES)


def any_day(dice: Random) -> date:
    near = dice.choice((1, 366, 738_000, date.max.toordinal() - 365))
    return date.fromordinal(min(near + dice.randrange(366), date.max.toordinal()))


def test_periods_and_dates(fuzzer: Fuzzer) -> None:
    for dice in fuzzer:
        check_period(dice, fuzzer)
        check_until(dice, fuzzer)
        check_zone_name(dice, fuzzer)


def check_period(dice: Random, fuzzer: Fuzzer) -> None:
    today, one = any_day(dice), any_day(dice)
    length = dice.randrange(-3, 400)
    other = one + timedelta(length) if 1 <= one.toordinal() + length <= date.max.toordinal() else one
    fuzzer.input = (one, other)
    meant = (one, other) if 0 <= (other - one).days < LONGEST_PERIOD else None
    between = dice.choice(("..", " .. ", "...", "…", "–", " to "))
    assert parse_period(f" {one}{between}{other} ", today) == meant
    month = parse_period(f"{one:%4Y}-{one:%m}".replace(" ", "0"), today) if one.year > 999 else None
    if month is not None:
        assert month[0] == one.replace(day=1)
        assert month[0] <= one <= month[1]
        assert month[1] == date.max or (month[1] + timedelta(1)).day == 1
    text = dice.choice((*SPANS, f"{one}..{other}", f"{one}"))
    text = damaged(dice, text) if dice.random() < 0.7 else text if dice.random() < 0.5 else odd_text(dice)
    fuzzer.input = (text, today)
    span = parse_period(text, today)
    if span is not None:
        assert span[0] <= span[1]
        assert (span[1] - span[0]).days < LONGEST_PERIOD


def check_until(dice: Random, fuzzer: Fuzzer) -> None:
    """A setting ends with its last day: the second before is still in it, in the workspace's zone."""
    day, name = TODAY + timedelta(dice.randrange(FAR_DAYS)), zone(dice)
    fuzzer.input = (day, name)
    calendar = WorkspaceCalendar(name, day.isoformat())
    assert calendar.days_until(day.isoformat()) == 1
    end = calendar.end_of(day.isoformat())
    assert type(end) is int
    datetime.fromtimestamp(end, ZoneInfo(name))  # there is such a moment
    assert datetime.fromtimestamp(end - 1, ZoneInfo(name)).date() == day
    if FIRST < end < LAST:
        assert Calendar(name).day(end - 1) == day.isoformat() < Calendar(name).day(end)
    other = any_day(dice)
    assert (calendar.days_until(other.isoformat()) < 1) == (other < day)


def check_zone_name(dice: Random, fuzzer: Fuzzer) -> None:
    name = fuzzer.input = damaged(dice, zone(dice)) if dice.random() < 0.7 else odd_text(dice)
    try:
        info = zone_info(name)
    except ValueError as error:
        why = str(error)
        assert "is not a time zone" in why
    else:
        assert datetime.now(info).utcoffset() is not None


def test_days_of_zones(fuzzer: Fuzzer) -> None:
    for dice in fuzzer:
        at, name = dice.randint(FIRST, LAST), zone(dice)
        calendar = Calendar(name)
        changed_at = at
        for _ in range(dice.randrange(3)):
            fuzzer.input = (calendar, other := zone(dice), changed_at)
            calendar = calendar.changed(other, changed_at)
            assert calendar.zone_at(changed_at) in (calendar.zone, calendar.next_zone)
            assert calendar.heading == other
            changed_at += dice.choice((60, 90_000, 10_000_000))
        fuzzer.input = (calendar, at)
        check_day(dice, calendar, at)
        check_day(dice, calendar, changed_at)


def check_day(dice: Random, calendar: Calendar, at: int) -> None:
    """Days follow each other, and each ends at the first second of the next."""
    day, renews, month = calendar.day(at), calendar.renews_at(at), calendar.month_renews_at(at)
    assert at < renews <= month
    assert calendar.day(renews - 1) == day < calendar.day(renews)
    assert calendar.day(month - 1)[:7] == day[:7] < calendar.day(month)[:7]
    assert renews - at < 3 * 86_400
    within = dice.randint(at, renews - 1)
    assert calendar.day(within) == day
    local = datetime.fromtimestamp(at, ZoneInfo(calendar.zone_at(at))).date()
    assert abs((date.fromisoformat(day) - local).days) <= 2
    assert datetime.fromtimestamp(at, UTC).date() - local <= timedelta(1)
