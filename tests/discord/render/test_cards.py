"""Every card as Discord gets it, word for word in payloads.json, and within its limits whatever was typed.

IMAGINE_WRITE_PAYLOADS=1 writes that file anew.
"""

import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import discord
import pytest
from discord.http import handle_message_parameters
from hypothesis import given, settings

from adapters.discord.outbound.message import CardView
from adapters.discord.render.cards import PROMPT_LIMIT, components, file_names, mentions, names, payload
from adapters.discord.render.custom_ids import custom_id, parse_custom_id
from adapters.discord.render.limits import (
    ALT_LIMIT,
    CHOICE_LIMIT,
    CHOICES_LIMIT,
    COMPONENT_LIMIT,
    CUSTOM_ID_LIMIT,
    GALLERY_LIMIT,
    LABEL_LIMIT,
    MENU_LABEL_LIMIT,
    ROW_LIMIT,
    TEXT_LIMIT,
)
from bot.port.cards import Button, Card, Chart, Delivered, Report, Verb, Working
from tests.discord.cards import CARDS, GALLERY, HEAD, PERSON, PNG, TOKENS, any_card, picture
from tests.discord.markdown import read

GOLDEN = Path(__file__).with_name("payloads.json")
TEXT, ROW, BUTTON, SELECT, THUMBNAIL, MEDIA, FILE = 10, 1, 2, 3, 11, 12, 13


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        yield from [component["accessory"]] if "accessory" in component else []


def of(kind: int, body: dict[str, Any]) -> list[dict[str, Any]]:
    return [component for component in walk(body["components"]) if component["type"] == kind]


def texts(card: Card, **options: Any) -> list[str]:
    return [text["content"] for text in of(TEXT, {"components": components(card, **options)})]


def delivered(**changes: Any) -> Delivered:
    card = CARDS["delivered"]
    assert isinstance(card, Delivered)
    return replace(card, **changes)


def test_a_comparisons_sheet_has_a_gallery_of_its_own_if_there_is_one() -> None:
    card = CARDS["compared"]
    assert isinstance(card, Delivered)
    counts = [len(media["items"]) for media in of(MEDIA, payload(card))]
    bare = [len(media["items"]) for media in of(MEDIA, payload(replace(card, pictures=card.pictures[1:])))]
    assert (counts, bare) == ([1, 2], [2])


def test_every_card_has_its_golden_payload() -> None:
    payloads = {name: payload(card) for name, card in CARDS.items()}
    text = json.dumps(payloads, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("IMAGINE_WRITE_PAYLOADS"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_no_card_is_left_out() -> None:
    assert {type(card) for card in CARDS.values()} == set(get_args(Card))


def check(body: dict[str, Any]) -> None:
    """Check a message by all of Discord's limits; where its pages count differently, by the strictest one."""
    pictures = [item for media in of(MEDIA, body) for item in media["items"]] + of(THUMBNAIL, body)
    options = [option for menu in of(SELECT, body) for option in menu["options"]]
    labels = [button["label"] for button in of(BUTTON, body)]
    ids = [button["custom_id"] for button in of(BUTTON, body)]
    contents = [text["content"] for text in of(TEXT, body)]
    assert body["flags"] == 1 << 15
    assert body.keys() <= {"components", "flags", "tts", "allowed_mentions", "attachments"}
    assert 1 <= len(list(walk(body["components"]))) <= COMPONENT_LIMIT - len(pictures)
    assert sum(map(len, contents + labels)) <= TEXT_LIMIT
    assert all(content.strip() for content in contents)
    assert all(1 <= len(row["components"]) <= ROW_LIMIT for row in of(ROW, body))
    assert all(1 <= len(label) <= LABEL_LIMIT for label in labels)
    assert len(ids) == len(set(ids))
    assert all(parse_custom_id(each) and len(each) <= CUSTOM_ID_LIMIT for each in ids)
    assert len(pictures) <= GALLERY_LIMIT
    assert all(
        1 <= len(menu["placeholder"]) <= MENU_LABEL_LIMIT
        for menu in of(SELECT, body)
        if "placeholder" in menu
    )
    assert len({option["value"] for option in options}) == len(options) <= CHOICES_LIMIT
    assert all(parse_custom_id(option["value"]) for option in options)
    words = [text for option in options for text in option.values()]
    assert all(1 <= len(text) <= CHOICE_LIMIT for text in words)
    assert all(1 <= len(item.get("description") or "x") <= ALT_LIMIT for item in pictures)
    files = [f"attachment://{file['filename']}" for file in body.get("attachments", [])]
    file_urls = [file["file"]["url"] for file in of(FILE, body)]
    assert [item["media"]["url"] for item in pictures] + file_urls == files
    json.dumps(body, ensure_ascii=False).encode()


@given(any_card)
@settings(max_examples=60, deadline=None)
def test_no_card_exceeds_a_limit(card: Card) -> None:
    check(payload(card))


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_the_fullest_card_of_every_kind_exceeds_no_limit(card: Card) -> None:
    lots = "*🏳️‍🌈" * 400
    fullest: dict[str, Any] = {
        "buttons": tuple(Button(verb="again", label=lots, target=HEAD.job, index=each) for each in range(99)),
        "header": replace(HEAD, prompt=lots),
        "pictures": tuple(picture(each, lots) for each in range(99)),
        "notes": (lots,) * 9,
        "lines": (lots,) * 9,
        "rows": (("*" * 300,) * 9,) * 40,
        "chart": Chart(png=PNG, alt=lots),
        "mention": PERSON,
        **dict.fromkeys(("title", "line", "summary", "caption", "sentence", "hint"), lots),
    }
    fields = {name: value for name, value in fullest.items() if name in card.__dataclass_fields__}
    check(payload(replace(card, **fields)))


@given(any_card)
@settings(max_examples=40, deadline=None)
def test_nobody_but_the_requester_of_a_late_gallery_is_notified(card: Card) -> None:
    body = payload(card)
    is_late = isinstance(card, Delivered) and card.mention == PERSON
    assert body["allowed_mentions"] == {"parse": []} | ({"users": [int(PERSON[8:])]} if is_late else {})
    contents = [text["content"] for text in of(TEXT, body)]
    assert [content for content in contents if content.startswith("<@")] == [f"<@{PERSON[8:]}>"] * is_late


@pytest.mark.parametrize("token", TOKENS)
def test_a_prompt_shows_as_it_was_typed(token: str) -> None:
    prompt = f"a fox {token} in snow"
    quoted, _ = texts(delivered(header=replace(HEAD, prompt=prompt)))
    assert quoted.startswith("> ")
    assert "\n" not in quoted
    read(quoted[2:])


def test_a_prompt_of_ten_thousand_lines_becomes_one_short_line() -> None:
    quoted, _ = texts(delivered(header=replace(HEAD, prompt="\nfox" * 10_000)))
    assert len(quoted) <= PROMPT_LIMIT + 2
    assert quoted.startswith("> fox fox")
    assert quoted.endswith("…")


def test_the_alt_text_of_a_long_prompt_still_has_the_pictures_number() -> None:
    prompt = "a very red fox " * 140
    card = delivered(header=replace(HEAD, prompt=prompt), pictures=(picture(3, prompt),))
    (media,) = of(MEDIA, payload(card))
    (item,) = media["items"]
    assert len(item["description"]) == ALT_LIMIT
    assert item["description"].endswith("a very re… (3 of 4)")


def test_a_bar_shows_the_progress_and_never_runs_over() -> None:
    card = CARDS["drawing"]
    assert isinstance(card, Working)
    steps = (0.0, 0.14, 0.5, 1.0, 7.0, -1.0)
    bars = [texts(replace(card, progress=done))[1].splitlines()[1] for done in steps]
    assert [bar.count("▓") for bar in bars] == [0, 1, 5, 10, 10, 0]
    assert {len(bar) for bar in bars} == {10}


def test_a_report_is_cut_between_rows_and_says_how_many_more() -> None:
    card = CARDS["long"]
    assert isinstance(card, Report)
    *_, rows, more = texts(card)
    count = rows.count("**day ")
    assert rows.endswith(f"**day {count}**\n-# Pictures {count:,} · Charged $1,234.50")
    assert more == f"-# and {366 - count} more"
    assert count > 60


def test_rows_without_named_columns_are_a_line_each() -> None:
    assert texts(CARDS["details"])[-1].splitlines() == [
        f"**Job** {HEAD.job}",
        "**Price** $0.04 × 1.5 per picture, since 2026-05-09",
    ]


def test_extra_notes_stand_before_the_cards_own() -> None:
    card = delivered(notes=("3 of 4.",))
    assert texts(card, extra=("Encoded anew.",))[-1].splitlines()[1:] == ["-# Encoded anew.", "-# 3 of 4."]


def test_pictures_have_the_names_of_their_files() -> None:
    files = ("a.webp", "b.jpeg", "c.jpeg", "d.jpeg")
    body = {"components": components(delivered(), files=files, spoiler=True)}
    (media,) = of(MEDIA, body)
    assert [item["media"]["url"] for item in media["items"]] == [f"attachment://{name}" for name in files]
    assert {item["spoiler"] for item in media["items"]} == {True}
    assert names(delivered())[0] == f"{HEAD.job}-1.jpeg"


def test_buttons_stand_in_rows_of_about_the_same_length() -> None:
    buttons = [Button(verb="again", label="x", target=HEAD.job, index=index) for index in range(7)]
    rows = [of(ROW, payload(delivered(buttons=tuple(buttons[:count]), picks=()))) for count in range(8)]
    lengths = [[len(row["components"]) for row in each] for each in rows]
    assert lengths == [[], [1], [2], [3], [4], [5], [3, 3], [4, 3]]


def test_the_pictures_have_a_row_of_their_own_below_the_other_buttons() -> None:
    rows = [[each["label"] for each in row["components"]] for row in of(ROW, payload(delivered()))]
    assert rows == [["Again", "Edit prompt", "In Ultra · $0.12", "Details", "Delete"], ["1", "2", "3", "4"]]


def test_delete_is_red_and_comes_last() -> None:
    *_, last = of(BUTTON, payload(delivered(picks=())))
    assert (last["label"], last["style"]) == ("Delete", 4)


def test_two_buttons_with_the_same_custom_id_become_one() -> None:
    assert len(of(BUTTON, payload(delivered(buttons=GALLERY + GALLERY, picks=())))) == len(GALLERY)


@pytest.mark.parametrize("mention", ["slack:1", "discord:", "discord:1>", "discord:&1", "discord:²"])
def test_only_people_of_discord_can_be_mentioned(mention: str) -> None:
    card = delivered(mention=mention)
    assert mentions(card).to_dict() == {"parse": []}
    assert not any("<@" in text for text in texts(card))


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_discord_py_sends_the_same_payload(card: Card) -> None:
    files = [discord.File(io.BytesIO(), name) for name in (*names(card), *file_names(card))]
    options: dict[str, Any] = {"files": files} if files else {}
    view = CardView(components(card))
    with handle_message_parameters(view=view, allowed_mentions=mentions(card), **options) as request:
        body = json.loads(request.multipart[0]["value"]) if request.multipart else dict(request.payload or {})
    del body["tts"]
    assert body == payload(card)


async def test_discord_py_keeps_no_view_of_ours() -> None:
    assert CardView(components(CARDS["delivered"])).is_finished()


@pytest.mark.parametrize("verb", get_args(Verb))
def test_a_buttons_custom_id_can_be_parsed(verb: Verb) -> None:
    button_id = custom_id(Button(verb=verb, label="x", target=HEAD.job, index=3))
    assert parse_custom_id(button_id) == (verb, HEAD.job, 3)


@pytest.mark.parametrize(
    "forged",
    ["", "a1:again::0", "a1:sudo:1M82NB6YV3FN3:0", "a1:again:../x:0", "a1:again:A:-1", "a1:again:A:0\n", "b"],
)
def test_a_forged_custom_id_is_not_parsed(forged: str) -> None:
    assert parse_custom_id(forged) is None
