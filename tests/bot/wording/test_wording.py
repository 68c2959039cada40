"""Every sentence in every language, word for word as in wording.en.txt and wording.de.txt.

IMAGINE_WRITE_WORDING=1 writes these files again.
"""

import asyncio
import importlib
import inspect
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from bot import wording
from bot.imagine.records import ComparedTier
from bot.painters.port import NotDrawn, Unknown
from bot.port.cards import Header
from bot.wording import english, german, shared
from quotas.catalog import Quote, load_catalog, monthly
from quotas.records import UNLIMITED, Allowance, Denied, Job, LimitKind, Limits, Meter, Totals
from quotas.store.errors import LedgerBusy, LedgerUnavailable

MENTIONING = ("stray_word", "not_here")  # sentences that hold a name as people type it
MODULES = {"en": english, "de": german}
NOW = 1_795_348_800.0  # Sunday 22 November 2026, 12:00 UTC
MIDNIGHT, HOUR, DAY = int(NOW) + 12 * 3600, 3600, 24 * 3600
CATALOG = load_catalog()
FAST, ULTRA, GPT = CATALOG.tiers["fast"], CATALOG.tiers["ultra"], CATALOG.tiers["gpt"]
JOB = "1M82NB6YV3FN3"
HEADER = Header(
    job=JOB,
    prompt="a red fox in snow",
    person="chat:ann",
    name="Ann",
    tier="gpt",
    tier_title=GPT.title,
    ratio="3:2",
    quality="low",
    images=4,
    private=False,
)


def job(**changes: Any) -> Job:
    fields: dict[str, Any] = dict.fromkeys(Job.__dataclass_fields__, None)
    fields |= {"name": "Ann", "quality": "low", "model": GPT.model, "ratio": "3:2", "images": 4}
    fields |= {"official_micros": 11_000, "multiplier": "1.5", "price_since": "2026-05-09"}
    return Job(**{**fields, **changes})


def meter(limit: int | None, granted: int = 0, used: int = 0, held: int = 0) -> Meter:
    return Meter(limit=limit, granted=granted, used=used, held=held)


def allowance(**changes: Any) -> Allowance:
    fields: dict[str, Any] = {
        "person": "chat:ann",
        "workspace": "chat:team",
        "images_day": meter(40, 5, 10, 4),
        "money_day": meter(2_500_000, 0, 600_000, 240_000),
        "money_month": meter(None, 0, 12_345_678, 0),
        "tiers": None,
        "blocked": False,
        "set_by": "everyone",
        "day": "2026-11-22",
        "renews_at": MIDNIGHT,
        "month_renews_at": MIDNIGHT + 8 * DAY,
        "zone": "UTC",
    }
    return Allowance(**{**fields, **changes})


def denied(kind: LimitKind = "everyone", what: Any = "images", **changes: Any) -> Denied:
    fields: dict[str, Any] = {"period": "day", "limit": 40, "used": 38, "asked": 4, "frees_at": MIDNIGHT}
    return Denied(kind=kind, ref="*", what=what, **{**fields, **changes})


MONEY = {"limit": 2_500_000, "used": 2_400_000, "asked": 240_000}
BARRED: dict[str, Any] = {"period": "", "limit": 0, "used": 0, "asked": 0, "frees_at": None}
DENIALS = [
    *(denied(kind) for kind in get_args(LimitKind)),
    *(denied(kind, "money", **MONEY, period="month") for kind in get_args(LimitKind)),
    denied("person", joined=True),
    denied(zone="Europe/Berlin", frees_at=MIDNIGHT - HOUR),
    denied(limit=2, used=0),
    denied(limit=0, used=0),
    denied(used=39),
    denied(used=45),
    denied("person", "blocked", **BARRED),
    denied("person", "blocked", **{**BARRED, "frees_at": MIDNIGHT}),
    denied("everyone", "blocked", **BARRED),
    denied("workspace", "paused", **BARRED),
    denied("person", "tier", **BARRED, allowed=("fast", "standard")),
    denied("channel", "tier", **BARRED, allowed=()),
]
GPT_LOW = Quote(11_000, 16_500, "1.5", "2026-05-09")

CASES: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    wording.final: [(ULTRA, 120_000)],
    wording.compared: [(4,)],
    wording.tier_state: [("fast", state) for state in ("waiting", "drawing", "drawn", "failed")],
    wording.tile_reason: [(why,) for why in get_args(ComparedTier.__annotations__["why"]) if why != "drawn"],
    wording.tile_facts: [(4.2, 30_000)],
    wording.tile_alt: [("Imagen 4 Fast", "4 s · $0.03")],
    wording.sheet_alt: [("a red fox", ["Imagen 4 Fast: 4 s · $0.03", "Imagen 4 Ultra: 9 s · $0.12"])],
    wording.more_in: [("fast", 120_000)],
    wording.compare_again: [(273_000,)],
    wording.compare_fewer: [(["Fast", "GPT"],), (["Fast", "Standard", "Ultra", "GPT"],)],
    wording.add_tiers: [(("fast", "gpt"),)],
    wording.too_many_tiers: [(9,)],
    wording.spoken: [("fast",), ("gpt",)],
    wording.none_drawn: [(["Imagen 4 Fast: Rejected by its safety filter"],)],
    wording.too_few_tiers: [([],), (["Imagen 4 Fast: …"],)],
    wording.plural: [(0, "picture"), (1, "picture"), (1_234, "picture")],
    wording.ordinal: [(number,) for number in (1, 2, 3, 4, 11, 12, 13, 21, 112, 123)],
    wording.span: [(s,) for s in (-3, 0, 0.6, 89, 90, 3_569, 3_600, 18_720, 47 * HOUR, 49 * HOUR, 30 * DAY)],
    wording.moment: [(NOW,)],
    wording.summary: [
        ("Imagen 4 Fast", "", "1:1", 1, 30_000),
        (GPT.title, "low", "3:2", 4, 66_000),
        ("Imagen 4 Fast", "", "1:1", 1, 30_000, "warm-brand"),
    ],
    wording.queued: [(0, 12), (1, 12), (12, 200)],
    wording.slowed: [(3, 14), (12, 130)],
    wording.drawing: [(0, 12), (12.4, 20), (200, 100)],
    wording.caption: [
        ("Ann", "Imagen 4 Fast", "", "1:1", 4.2, 120_000),
        ("Ann", "Imagen 4 Fast", "", "1:1", 4.2, 120_000, "warm-brand"),
    ],
    wording.alt: [("a red fox", 1, 4)],
    wording.picked: [(2, 4), (1, 1)],
    wording.final_of: [(101_400,)],
    wording.fewer: [(3, 4, 1, 0, 0), (1, 4, 1, 1, 1), (1, 4, 2, 1, 0), (3, 4, 0, 0, 0)],
    wording.other_shape: [("3:2", 1024, 1024)],
    wording.declined: [("Imagen 4 Fast",)],
    wording.not_drawn: [(why, JOB) for why in get_args(NotDrawn.__annotations__["why"])],
    wording.no_text: [(why,) for why in get_args(NotDrawn.__annotations__["why"])],
    wording.improve_label: [()],
    wording.improve_choice: [(True, 2_148), (False, 2_148)],
    wording.describe: [(2_148,), (12_000,)],
    wording.small_price: [(0,), (1,), (9_999,), (10_001,)],
    wording.unknown: [(why, JOB) for why in get_args(Unknown.__annotations__["why"])],
    wording.interrupted: [(JOB,)],
    wording.broke: [(JOB,)],
    wording.cannot: [(FAST, wording.TRANSPARENT, ["A", "B"]), (FAST, wording.TRANSPARENT, [])],
    wording.edits_with: [(FAST,)],
    wording.cannot_edit: [(FAST, ["GPT-Image-2 (--tier gpt)"]), (FAST, [])],
    wording.field_hint: [("mask",), ("prompt",)],
    wording.mask_keeps_shape: [("3:2",)],
    wording.draw_with: [(FAST, 202_800)],
    wording.priced: [("Again", 60_000)],
    wording.add_tier: [(FAST, 30_000)],
    wording.too_many_references: [(5, 4)],
    wording.slow_file: [("fox.png",)],
    wording.typed_picture: [("--reference",), ("--mask",)],
    wording.send_pictures: [("discord",), ("slack",), ("web",), ("shell",), ("other",)],
    wording.file_elsewhere: [("fox.png",)],
    wording.file_gone: [("fox.png",)],
    wording.file_not_fetched: [("fox.png",)],
    wording.may_not_read: [("fox.png", "files:read")],
    wording.put_back: [(0.004,), (0.516,)],
    wording.no_picture: [("login.html",)],
    wording.empty_file: [("fox.png",)],
    wording.unreadable_picture: [("fox.png",)],
    wording.too_many_bytes: [("fox.png", 25 * 2**20)],
    wording.too_many_pixels: [("fox.png", 50_000_000)],
    wording.other_mask_shape: [("mask.png", (64, 64), (96, 64))],
    wording.mask_protects_all: [("mask.png",)],
    wording.prompt_too_long: [(FAST, 12, ["A", "B"]), (FAST, 12, [])],
    wording.tier_named: [(FAST,)],
    wording.no_style: [("noir", [], ""), ("warm", ["warm-brand"], "warm-brand"), ("x", ["a", "b"], "")],
    wording.no_tier: [("best", ["fast", "gpt"])],
    wording.no_ratio: [("5:1", ["1:1", "3:2"])],
    wording.no_variants: [(9, 4)],
    wording.other_quality: [(GPT, "huge")],
    wording.no_quality: [(FAST, ["A"]), (FAST, ["A", "B"])],
    wording.no_price: [(FAST,)],
    wording.model_off: [(FAST,)],
    wording.denied: [(why, NOW) for why in DENIALS],
    wording.details: [
        (job(charge_images=3, charge_micros=49_500), HEADER, "2026-11-22 12:00 UTC", 42.0),
        (job(quality="high"), HEADER, "2026-11-22 12:00 UTC", 0.0),
    ],
    wording.not_shared: [(True,), (False,)],
    wording.no_command: [("draw",)],
    wording.shortened: [("short",), ("a long prompt " * 9,)],
    wording.labelled: [("Again", "short"), ("Share", "a long prompt of many words")],
    wording.paid: [(job(),), (job(charge_images=1, charge_micros=16_500),)],
    wording.more: [(1_200,)],
    wording.ratios: [({"1:1": "avatar", "9:16": "story"},)],
    wording.tier_columns: [(1_000,)],
    wording.tier_choice: [(GPT, GPT_LOW), (FAST, None)],
    wording.ratio_choice: [("16:9", "banner"), ("1:1", "")],
    wording.never_started: [(JOB,)],
    wording.never_resumed: [(JOB,)],
    wording.not_noted: [(LedgerBusy("x"),), (LedgerUnavailable("x"),)],
    wording.lost: [(JOB,)],
    wording.not_stored: [("4 pictures, $0.24",)],
    wording.tier_row: [(GPT, "low", GPT_LOW, monthly(16_500, 100))],
    wording.tier_line: [(FAST,), (GPT,)],
    wording.cannot_do: [(FAST,), (GPT,)],
    wording.quota_rows: [(allowance(),)],
    wording.renews: [
        (allowance(), NOW),
        (allowance(tiers=("fast",), blocked=True, zone="Asia/Tokyo", joined=2), NOW),
    ],
    wording.left_today: [(allowance(), NOW), (allowance(images_day=meter(None)), NOW)],
    wording.usage_title: [
        (Totals(images=1, charge_micros=60_000), "2026-11-01", last) for last in ("2026-11-01", "2026-11-22")
    ],
    wording.usage_columns: [("tier",)],
    wording.no_period: [("never",)],
    wording.chart_alt: [("You", {"2026-11-02": 60_000, "2026-11-01": 16_500, "2026-11-03": 0}), ("You", {})],
    wording.usage_row: [("fast", Totals(images=1_234, charge_micros=1, cost_micros=2, uncertain_micros=3))],
    wording.dollars: [(0,), (16_500,), (1_234_560_000,)],
    wording.field_label: [("tier",), ("private",)],
    wording.field_choice: [("private", False), ("private", True), ("transparent", False), ("other", True)],
    wording.figures: [(Limits(images_per_day=5, money_per_day=UNLIMITED, tiers=("fast", "gpt")),)],
    wording.ends: [(None,), (MIDNIGHT,)],
    wording.somebody: [("Ann", "Somewhere")],
    wording.link_code: [(JOB, 600.0)],
    wording.too_many_codes: [(599.0,)],
    wording.join_question: [("Ann on Somewhere",)],
    wording.agreed: [("Ann on Somewhere",)],
    wording.linked: [(["Ann on Somewhere"],), (["Ann on A", "Sam on B", "Sam on C"],)],
    wording.unlinked: [(["Ann on A", "Sam on B"],)],
    wording.setting: [
        (None,),
        ({},),
        (
            {
                "images_per_day": 5,
                "money_per_day": 2_500_000,
                "money_per_month": UNLIMITED,
                "tiers": ["fast", "gpt"],
                "blocked": True,
                "until": MIDNIGHT,
            },
        ),
    ],
}
CASES_BY_NAME: dict[Callable[..., Any], list[dict[str, Any]]] = {
    wording.help_cost: [{"charge": 865, "sample": sample} for sample in (True, False)],
    wording.playground: [{"url": "http://127.0.0.1:8080", "samples": samples} for samples in (True, False)],
    wording.serving: [
        {
            "platform": "Somewhere",
            "account": "imagine#1234",
            "url": "http://127.0.0.1:8080",
            "samples": samples,
        }
        for samples in (True, False)
    ],
}


for path in sorted(Path(__file__).parent.glob("sentences_*.py")):
    module = importlib.import_module(f"tests.bot.wording.{path.stem}")
    CASES |= module.CASES
    CASES_BY_NAME |= getattr(module, "CASES_BY_NAME", {})


def sentences(language: str) -> Iterator[str]:
    """Yield every sentence with its name, in the order of the English."""
    for name, value in vars(english).items():
        if name.isupper() and isinstance(value, str | tuple | dict):
            yield f"{name}: {_flat(getattr(MODULES[language], name))}"
    for function, cases in CASES.items():
        translated = _in(language, function)
        yield from (
            f"{function.__name__}: {_flat(translated(*_arguments(language, case)))}" for case in cases
        )
    for function, named in CASES_BY_NAME.items():
        yield from (f"{function.__name__}: {_flat(_in(language, function)(**case))}" for case in named)


def _in(language: str, function: Callable[..., Any]) -> Callable[..., Any]:
    translated: Callable[..., Any] = getattr(MODULES[language], function.__name__)
    return translated


def _arguments(language: str, case: tuple[Any, ...]) -> tuple[Any, ...]:
    """Replace an argument that is itself an English sentence by the one in this language."""
    return tuple(MODULES[language].TRANSPARENT if part == english.TRANSPARENT else part for part in case)


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return _flat([f"{key}: {_flat(each)}" for key, each in value.items()])
    return " | ".join(map(_flat, value)) if isinstance(value, tuple | list) else str(value)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_sentence_is_as_in_the_file(language: str) -> None:
    golden = Path(__file__).with_name(f"wording.{language}.txt")
    text = "".join(f"{line}\n" for line in sentences(language))
    if os.environ.get("IMAGINE_WRITE_WORDING"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def public(language: str) -> dict[str, Any]:
    """Return the sentences of a language by name, without its tools."""
    return {
        name: value
        for name, value in vars(MODULES[language]).items()
        if not name.startswith("_") and (_is_sentence(value) if inspect.isfunction(value) else name.isupper())
    }


def _is_sentence(function: Callable[..., Any]) -> bool:
    if function.__module__ == shared.__name__:
        return function.__name__ in shared.__all__
    return function.__module__.startswith(wording.__name__)


def test_every_function_has_example_calls() -> None:
    functions = {value for value in public("en").values() if inspect.isfunction(value)}
    assert functions == {*CASES, *CASES_BY_NAME}


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_languages_have_the_same_names_and_signatures(language: str) -> None:
    assert {name: shape(value) for name, value in public(language).items()} == {
        name: shape(value) for name, value in public("en").items()
    }


def shape(value: Any) -> Any:
    """Return all of a value that its users rely on."""
    if inspect.isfunction(value):
        return [(each.name, each.kind, each.default) for each in inspect.signature(value).parameters.values()]
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return len(value) if isinstance(value, tuple) else value if isinstance(value, int) else type(value)


@pytest.mark.parametrize("platform", ["discord", "slack", "guild", "server", "web page", "bot token", "@"])
@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_no_sentence_names_a_platform(platform: str, language: str) -> None:
    lines = [line for line in sentences(language) if not (platform == "@" and line.startswith(MENTIONING))]
    assert [line for line in lines if platform in line.lower()] == []


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_end_without_a_picture_says_that_nothing_was_charged(language: str) -> None:
    with wording.override(language):
        ends = [wording.declined("x"), wording.interrupted(JOB), wording.broke(JOB)]
        ends += [wording.unknown(why, JOB) for why in get_args(Unknown.__annotations__["why"])]
        ends += [wording.never_started(JOB), wording.never_resumed(JOB), wording.lost(JOB)]
        ends += [wording.not_drawn(why, JOB) for why in get_args(NotDrawn.__annotations__["why"])]
        ends += [wording.CANCELLED, wording.STOPPING, wording.BUSY]
        nothing = wording.NOTHING_CHARGED.rstrip(".").lower()
    assert [end for end in ends if nothing not in end.lower()] == []


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_only_a_broken_connection_is_called_lost(language: str) -> None:
    """An answer that came, even an error, is never told as a connection that was lost."""
    with wording.override(language):
        sentences = {why: wording.unknown(why, JOB) for why in get_args(Unknown.__annotations__["why"])}
    assert len(set(sentences.values())) == len(sentences)
    lost = [why for why, sentence in sentences.items() if re.search("connection|Verbindung", sentence)]
    assert lost == ["cut off"]


def test_a_task_has_the_language_of_the_task_that_started_it() -> None:
    async def language() -> str:
        return wording.get_language()

    async def both() -> tuple[str, str, str]:
        with wording.override("de"):
            started = asyncio.create_task(language())
            inside = wording.get_language()
        return inside, wording.get_language(), await started

    assert asyncio.run(both()) == ("de", "en", "de")


def test_an_unknown_language_gives_english() -> None:
    with wording.override("tlh"):
        assert wording.get_language() == wording.USUAL
        assert wording.AGAIN == english.AGAIN
    with wording.override("de"), pytest.raises(AttributeError):
        _ = getattr(wording, "NO_SUCH_SENTENCE")  # noqa: B009 - mypy knows that there is none
