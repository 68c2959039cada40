"""Example calls for the sentences about administration; see test_wording.py."""

import json
from collections.abc import Callable
from typing import Any, get_args

from bot import wording
from quotas.records import UNLIMITED, Entry, Kind
from quotas.records_workspace import Alert, BudgetState, CannotUndo, Forecast, Preferences, StyleRefused

NOW = 1_795_348_800.0  # Sunday 22 November 2026, 12:00 UTC
MIDNIGHT = int(NOW) + 12 * 3600
NUMBER, LATER = "1M82NB6YV3FN3", "1M82NB6YV3FN4"
BERLIN = "Europe/Berlin"
NAMES = {"chat:ann": "Ann", "chat:admins": "admins"}
HOSTILE = "**all** <b>\u202e" + "n" * 200


def entry(
    verb: str, before: dict[str, Any] | None, after: dict[str, Any] | None, kind: Kind = "person"
) -> Entry:
    return Entry(
        id=1_234_567_890_123_456_789,
        at=NOW,
        workspace="chat:team",
        author="chat:boss",
        verb=verb,
        kind=kind,
        ref="chat:ann" if kind == "person" else "*",
        before=json.dumps(before) if before else None,
        after=json.dumps(after) if after else None,
        reason="",
        reverses=None,
    )


FIGURES = {
    "images_per_day": UNLIMITED,
    "money_per_day": 2_500_000,
    "money_per_month": 0,
    "tiers": ["fast", "gpt"],
    "until": MIDNIGHT,
}
GRANT = {"images": 5, "money": 2_500_000, "day": "2026-11-22", "until": "2026-11-24"}
SETTINGS = {
    "zone": BERLIN,
    "from": MIDNIGHT,
    "language": "en",
    "default_tier": "fast",
    "default_ratio": "16:9",
    "default_variants": 2,
    "alert_channel": "chat:money",
    "admin_channel": "chat:admins",
}
ENTRIES = [
    entry("set", None, FIGURES),
    entry("set", FIGURES, {"images_per_day": 5, "tiers": []}, "everyone"),
    entry("reset", FIGURES, None, "role"),
    entry("block", None, {"blocked": True, "blocked_until": MIDNIGHT}),
    entry("unblock", {"blocked": True, "blocked_until": MIDNIGHT}, None),
    entry("pause", None, {"blocked": True}, "workspace"),
    entry("resume", {"blocked": True}, None, "bot"),
    entry("grant", None, GRANT),
    entry("undo", {"images": 1, "money": 0, "day": "2026-11-22"}, None),
    entry("budget", None, {"money_per_month": 50_000_000, "at_end": "cheaper"}, "workspace"),
    entry("settings", {"zone": "UTC"}, SETTINGS, "workspace"),
    entry("settings", SETTINGS, {"zone": "UTC"}, "workspace"),
    entry("link", None, {"link": "x", "identities": ["a", "b"]}),
    entry("style", None, {"words": "soft light"}, "style"),
    entry("unstyle", {"words": "soft light"}, None, "style"),
    entry("deny", None, None),
    entry("set", FIGURES, FIGURES),
]
FORECAST = Forecast(41_234_567, 50_000_000, 60_000_000, "2026-11-28")
STATES = [
    BudgetState(
        amount=amount, at_end=at_end, month="2026-11", spent=30_000_000, held=240_000, forecast=forecast
    )
    for amount, at_end, forecast in (
        (50_000_000, "cheaper", FORECAST),
        (70_000_000, "stop", Forecast(41_234_567, 50_000_000, 60_000_000, None)),
        (None, "stop", None),
    )
]


def alert(percent: int, spent: int) -> Alert:
    return Alert("chat:team", "2026-11", percent, 50_000_000, spent)


USUAL = {"language": "en", "default_tier": "standard", "default_ratio": "1:1", "default_variants": "4"}
ALL_SET = Preferences(
    language="en",
    default_tier="fast",
    default_ratio="16:9",
    default_variants=2,
    alert_channel="chat:money",
    admin_channel="chat:admins",
)

CASES: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    wording.whom: [(kind, "chat:x", "Ann") for kind in get_args(Kind)] + [("person", "chat:x", HOSTILE)],
    wording.changed: [(each, NAMES, BERLIN) for each in ENTRIES],
    wording.what_changed: [(ENTRIES[0], NAMES, "UTC"), (ENTRIES[0], {}, "Asia/Tokyo")],
    wording.number: [(ENTRIES[0],)],
    wording.named: [("chat:ann", NAMES), ("chat:bob", NAMES)],
    wording.moment_in: [(NOW, BERLIN)],
    wording.day_in_words: [("2026-11-22",)],
    wording.on_top: [(5, 0, "2026-11-22", None), (1, 60_000, "2026-11-22", "2026-12-01")],
    wording.no_role: [("painters",)],
    wording.no_channel: [("art",)],
    wording.no_zone: [("Mars/Olympus",)],
    wording.far_day: [("9999-12-31",)],
    wording.past_day: [("2026-11-21",)],
    wording.too_many_days: [(31,)],
    wording.no_entry: [("7",)],
    wording.done: [("Ann: as before.", NUMBER)],
    wording.only_tried: [("Ann: as before.",)],
    wording.confirm_within: [(600.0,)],
    wording.nothing_set: [("Ann",)],
    wording.changed_by: [("Boss",), (HOSTILE,)],
    wording.why: [("trial",)],
    wording.take_back: [(NUMBER,)],
    wording.cannot_undo: [(why, NUMBER, LATER) for why in get_args(CannotUndo.__annotations__["why"])],
    wording.style_refused: [
        (why, "noir", ("line-art", "warm-brand")) for why in get_args(StyleRefused.__annotations__["why"])
    ]
    + [("unknown", "noir", ())],
    wording.style_choice: [("warm-brand", "soft light"), ("noir", HOSTILE)],
    wording.exported: [("2026-11-01", "2026-11-22"), ("2026-11-22", "2026-11-22")],
    wording.settings_rows: [(ALL_SET, BERLIN, USUAL, NAMES), (Preferences(), "UTC", USUAL, {})],
    wording.budget_rows: [(state,) for state in STATES],
    wording.forecast: [(None,), (FORECAST,)],
    wording.alert: [
        (alert(50, 25_000_000),),
        (alert(80, 41_234_567),),
        (alert(100, 49_990_000),),
        (alert(100, 50_000_000),),
    ],
    wording.alert_lines: [
        (alert(50, 25_000_000), STATES[0]),
        (alert(100, 50_000_000), STATES[1]),
        (Alert("chat:team", "2026-10", 50, 50_000_000, 25_000_000), STATES[1]),
    ],
    wording.asks: [("Ann", "images", 4), (HOSTILE, "money", 240_000)],
    wording.asks_rows: [
        (what, period, limit, used, by)
        for by in ("person", "role", "everyone", "joined")
        for what, period, limit, used in (("images", "day", 4, 1), ("money", "month", 240_000, 60_000))
    ],
    wording.approving: [("Ann",)],
    wording.approved: [("Boss", wording.on_top(5, 0, "2026-11-22", None))],
    wording.denied_by: [("Boss",)],
    wording.answered_already: [("Boss",)],
    wording.you_got: [(wording.on_top(5, 0, "2026-11-22", None),)],
    wording.you_got_none: [("Boss",)],
    wording.fell_back: [("Imagen 4 Ultra", "Imagen 4 Standard")],
}
CASES_BY_NAME: dict[Callable[..., Any], list[dict[str, Any]]] = {
    wording.logged: [
        {"entry": ENTRIES[0], "names": NAMES, "zone": BERLIN, "everywhere": everywhere}
        for everywhere in (False, True)
    ],
}
