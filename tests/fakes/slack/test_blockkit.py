"""Tests of Block Kit's rules: each error is reported with its place."""

import pytest

from tests.fakes.slack.blockkit import message_errors, view_errors
from tests.fakes.slack.bolt import MODAL, button, section
from tests.fakes.slack.errors import Json

TEXT = {"type": "plain_text", "text": "x"}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png"}
OPTION = {"text": TEXT, "value": "v"}
BAD_BLOCKS: list[tuple[str, list[Json]]] = [
    ("/blocks", [{"type": "divider"}] * 51),
    ("/blocks/0/type", [{"type": "marquee"}]),
    ("/blocks/0/text/text", [section("x" * 3001)]),
    ("/blocks/0/text/text", [section("")]),
    ("/blocks/0", [{"type": "section"}]),
    ("/blocks/0", [section("x") | {"colour": "red"}]),
    ("/blocks/0/text", [section("x", emoji=True)]),
    ("/blocks/0/fields", [{"type": "section", "fields": [TEXT] * 11}]),
    ("/blocks/0/text/text", [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]),
    ("/blocks/0/text/type", [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]),
    ("/blocks/0/elements", [{"type": "actions", "elements": []}]),
    ("/blocks/0/elements", [{"type": "actions", "elements": [{"type": "button", "text": TEXT}] * 26}]),
    ("/blocks/0/elements/0/text/text", [button("x" * 76)]),
    ("/blocks/0/elements/0/value", [button("x", "v" * 2001)]),
    ("/blocks/0/elements", [{"type": "actions", "elements": [button("a")["elements"][0]] * 2}]),
    ("/blocks", [section("a") | {"block_id": "b"}, section("c") | {"block_id": "b"}]),
    ("/blocks/0", [IMAGE]),
    ("/blocks/0/alt_text", [IMAGE | {"alt_text": "x" * 2001}]),
    ("/blocks/0", [{"type": "image", "alt_text": "x"}]),
    ("/blocks/0/image_url", [{"type": "image", "image_url": "x" * 3001, "alt_text": "x"}]),
    ("/blocks/0/elements", [{"type": "context", "elements": [TEXT] * 11}]),
    ("/blocks/0/elements/0/type", [{"type": "context", "elements": [button("x")]}]),
    ("/blocks/0/block_id", [{"type": "divider", "block_id": "x" * 256}]),
]


@pytest.mark.parametrize(("path", "blocks"), BAD_BLOCKS)
def test_an_error_in_a_message_is_reported_with_its_place(path: str, blocks: list[Json]) -> None:
    assert [line for line in message_errors({"text": "x", "blocks": blocks}) if f":{path}]" in line]


def _select(**more: object) -> Json:
    element = {"type": "static_select", "action_id": "a", "options": [OPTION]} | more
    return {"type": "input", "label": TEXT, "element": element}


def _text_input(**more: object) -> Json:
    return {"type": "input", "label": TEXT, "element": {"type": "plain_text_input"} | more}


BAD_VIEWS: list[tuple[str, Json]] = [
    ("/title/text", {"title": {"type": "plain_text", "text": "x" * 25}}),
    ("/submit/text", {"submit": {"type": "plain_text", "text": "x" * 25}}),
    ("/submit", {"submit": None}),
    ("/private_metadata", {"private_metadata": "x" * 3001}),
    ("", {"colour": "red"}),
    ("/blocks", {"blocks": [{"type": "divider"}] * 101}),
    (
        "/blocks/0/label/text",
        {"blocks": [_text_input() | {"label": {"type": "plain_text", "text": "x" * 2001}}]},
    ),
    ("/blocks/0/element", {"blocks": [_text_input(max_length=3, initial_value="four")]}),
    ("/blocks/0/element/max_length", {"blocks": [_text_input(max_length=3001)]}),
    ("/blocks/0/element/options", {"blocks": [_select(options=[OPTION] * 101)]}),
    ("/blocks/0/element/options/0/value", {"blocks": [_select(options=[OPTION | {"value": "x" * 151}])]}),
    ("/blocks/0/element", {"blocks": [_select(initial_option=OPTION | {"value": "other"})]}),
    ("/blocks/0/element/type", {"blocks": [_text_input(type="button")]}),
]


@pytest.mark.parametrize(("path", "change"), BAD_VIEWS)
def test_an_error_in_a_view_is_reported_with_its_place(path: str, change: Json) -> None:
    assert view_errors(MODAL) == []
    assert [line for line in view_errors(MODAL | change) if f":{path}]" in line]


def test_good_messages_and_views_have_no_errors() -> None:
    gallery = [
        {"type": "header", "text": TEXT},
        section("x" * 3000, verbatim=True),
        IMAGE | {"alt_text": "x" * 2000, "title": TEXT},
        {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"},
        {"type": "context", "elements": [TEXT, IMAGE | {"alt_text": "x"}]},
        {"type": "actions", "elements": [_select()["element"], button("x")["elements"][0]]},
        {"type": "divider"},
        {"type": "rich_text", "elements": []},
    ]
    assert message_errors({"text": "x", "blocks": gallery}) == []
    assert message_errors({"text": "x" * 40_001}) != []
    assert message_errors({"text": "x" * 4_001}, text_limit=4_000) != []
    assert view_errors({"type": "home", "blocks": gallery}) == []
    assert view_errors({"type": "home", "title": TEXT, "blocks": gallery}) != []
