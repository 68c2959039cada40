from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotas.calendar import Calendar

ZONES = sorted(
    {
        "America/Santiago",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Apia",
        "Africa/Cairo",
    }
    | {"Australia/Lord_Howe", "America/Havana", "America/Sao_Paulo", "America/St_Johns", "Etc/GMT+12", "UTC"}
)
SINCE, UNTIL = datetime(2012, 1, 1).astimezone(ZoneInfo("UTC")).timestamp(), 1_900_000_000
instants = st.floats(SINCE, UNTIL, allow_nan=False)
zones = st.sampled_from(ZONES)


def at(zone: str, text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("zone", "noon", "hours"),
    [
        ("UTC", "2026-11-22T12:00", 24),
        ("Europe/Berlin", "2026-03-29T12:00", 23),
        ("Europe/Berlin", "2026-10-25T12:00", 25),
        ("Australia/Lord_Howe", "2026-10-04T12:00", 23.5),
        ("Australia/Lord_Howe", "2026-04-05T12:00", 24.5),
        ("America/Santiago", "2026-09-06T12:00", 23),  # begins at 01:00: that midnight does not exist
        ("Asia/Beirut", "2026-03-29T12:00", 23),  # the same
        ("Asia/Kathmandu", "2026-11-22T12:00", 24),
        ("Pacific/Kiritimati", "2026-11-22T12:00", 24),
    ],
)
def test_a_day_is_as_long_as_its_zone_says(zone: str, noon: str, hours: float) -> None:
    calendar = Calendar(zone)
    end = calendar.renews_at(at(zone, noon))
    begin = calendar.renews_at(at(zone, noon) - 24 * 3600)
    assert (end - begin) / 3600 == hours
    assert calendar.day(begin) == calendar.day(end - 1) == noon[:10]
    assert calendar.day(begin - 1) != noon[:10] != calendar.day(end)


def test_samoa_skipped_a_day() -> None:
    calendar = Calendar("Pacific/Apia")
    last = at("Pacific/Apia", "2011-12-29T12:00")
    assert calendar.day(last) == "2011-12-29"
    assert calendar.day(calendar.renews_at(last)) == "2011-12-31"


def test_a_zone_with_an_offset_of_three_quarters_of_an_hour() -> None:
    assert Calendar("Asia/Kathmandu").day(at("UTC", "2026-11-22T18:14:59")) == "2026-11-22"
    assert Calendar("Asia/Kathmandu").day(at("UTC", "2026-11-22T18:15:00")) == "2026-11-23"


def test_months_of_every_length() -> None:
    for month, days in ((1, 31), (2, 28), (4, 30), (12, 31)):
        begin = at("UTC", f"2026-{month:02}-01T00:00")
        assert Calendar("UTC").month_renews_at(begin) == begin + days * 86_400
    assert Calendar("UTC").month_renews_at(at("UTC", "2028-02-29T23:59:59.5")) == at(
        "UTC", "2028-03-01T00:00"
    )


@given(zones, instants)
@settings(max_examples=150, deadline=None)
def test_the_next_day_begins_at_its_first_second(zone: str, instant: float) -> None:
    calendar = Calendar(zone)
    renews = calendar.renews_at(instant)
    assert instant < renews <= instant + 49 * 3600
    assert calendar.day(renews - 1) == calendar.day(instant) < calendar.day(renews)


@given(zones, zones, instants)
@settings(max_examples=150, deadline=None)
def test_a_change_of_zone_never_repeats_a_day(zone: str, other: str, instant: float) -> None:
    before = Calendar(zone)
    calendar = before.changed(other, instant)
    assert calendar.day(instant) == before.day(instant)  # today stays as it is
    assert calendar.day(before.renews_at(instant) - 1) == before.day(instant)
    days = [calendar.day(instant + hour * 3600) for hour in range(120)]
    assert days == sorted(days)
    assert calendar.day(instant + 80 * 3600) == Calendar(other).day(instant + 80 * 3600)
    renews = calendar.renews_at(instant)
    assert calendar.day(renews - 1) == calendar.day(instant) != calendar.day(renews)


def test_a_change_of_zone_waits_for_midnight_and_can_be_revoked() -> None:
    noon = at("UTC", "2026-11-22T12:00")
    pending = Calendar("UTC").changed("Asia/Tokyo", noon)
    assert pending == Calendar("UTC", "Asia/Tokyo", int(noon) + 12 * 3600)
    assert pending.zone_at(noon) == "UTC"
    assert pending.zone_at(noon + 12 * 3600) == "Asia/Tokyo"
    assert pending.changed("UTC", noon) == Calendar("UTC")
    later = noon + 86_400
    assert pending.changed("Asia/Tokyo", later) == pending
    assert pending.changed("UTC", later).zone_at(later) == "Asia/Tokyo"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "America", "a\0b"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        Calendar("UTC").changed(name, 0)


def test_every_zone_has_a_next_day() -> None:
    now = at("UTC", "2026-11-22T12:00")
    for zone in available_timezones():
        calendar = Calendar(zone)
        assert calendar.day(calendar.renews_at(now) - 1) == calendar.day(now)
