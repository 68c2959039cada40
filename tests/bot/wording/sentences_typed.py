"""Example calls for the sentences about typed text; see test_wording.py."""

from collections.abc import Callable
from typing import Any

from bot import wording
from bot.port.cards import Chart, File, Report

LONG = "x" * 60
CHART, FILE = Chart(png=b"", alt=""), File(name="usage.csv", data=b"")

CASES: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    wording.other_kind: [("role", "person"), ("person", "channel"), ("channel", "role")],
    wording.is_command: [("quota",)],
    wording.unknown_flag: [("--rato", "--ratio", ()), (LONG, "", ("--tier", "--ratio")), ("--x", "", ())],
    wording.unknown_choice: [
        ("--tier", "fats", ("fast", "gpt"), "fast"),
        ("--tier", LONG, ("fast", "gpt"), ""),
    ],
    wording.missing_value: [("--ratio", "1:1, 3:2")],
    wording.missing_option: [("--entry", "Its number in the log")],
    wording.within: [("Pictures on top",)],
    wording.two_values: [
        ("person", "--person", "ann", "bob"),
        ("role", "--role", "art", "staff"),
        ("channel", "--channel", "#art", "#music"),
        ("day", "--until", "2026-12-30", LONG),
    ],
    wording.unknown_verb: [
        ("quotas", "sett", ("set", "log"), "set"),
        ("quotas", LONG, ("set", "log"), ""),
        ("quotas", "", ("set", "log"), ""),
    ],
    wording.not_a_number: [("-n", "many", 1, 4), ("--images", "few", 1, None), ("--images", "x", None, None)],
    wording.whole_number: [(1, 100_000), (0, None), (None, None)],
    wording.too_long: [("--prompt", 1_234, 2_000), ("--reason", 7, 200)],
    wording.not_yes_or_no: [("--private", "perhaps")],
    wording.not_a_day: [("--until", "soon")],
    wording.not_money: [("--money", "much", why) for why in ("no amount", "outside", "too fine")],
    wording.midjourney: [
        (["--v", "--v"], ["v"]),
        (["--s", "--q", "--c"], ["s", "q", "c"]),
        (["--no", "--seed", "--tile"], ["no", "seed", "tile"]),
    ],
    wording.not_a_style_name: [("--name", "--tier", 32), ("--style", LONG, 32)],
    wording.text_hint: [("fast",)],
    wording.known: [("What to draw",), ("as its author says",)],
    wording.to_come: [
        (Report(title=""), True),
        (Report(title="", chart=CHART, file=FILE), False),
        (Report(title="", chart=CHART), False),
        (Report(title="", file=FILE), False),
    ],
    wording.groups_unknown: [("Chat",)],
    wording.pictures_follow: [(1,), (4,)],
    wording.unconfirmed: [("Chat",)],
    wording.not_here: [
        ("imagine", "absent"),
        ("imagine", "archived"),
        ("imagine", "restricted"),
        ("imagine", "gone"),
        ("imagine", "thread gone"),
        ("imagine", "thread closed"),
        ("imagine", "removed"),
        ("imagine", ""),
    ],
    wording.waiting: [
        (4, "a red fox", 1, False),
        (1, "a red fox", 1, True),
        (9, "a red fox", 3, False),
    ],
    wording.on_its_way: [(4, "a red fox"), (1, "a red fox")],
}
CASES_BY_NAME: dict[Callable[..., Any], list[dict[str, Any]]] = {
    wording.stray_word: [
        {"typed": "ann", "command": "quotas set", "person": True},
        {"typed": LONG, "command": "tiers", "person": False},
    ],
}
