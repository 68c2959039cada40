"""Cards as Slack messages: word for word in payloads.json, and within Slack's limits whatever people typed.

With IMAGINE_WRITE_PAYLOADS=1 the test rewrites that file.
"""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.render.action_ids import (
    ACTION,
    VIEW,
    action_id,
    action_value,
    callback_id,
    parse_action,
    parse_form,
)
from adapters.slack.render.blocks import total_weight
from adapters.slack.render.cards import PROMPT_LIMIT, alt_texts, blocks, file_names, payload, text
from adapters.slack.render.limits import (
    ACTION_ID_LIMIT,
    ALT_LIMIT,
    BODY_LIMIT,
    GALLERY_LIMIT,
    LABEL_LIMIT,
    NOTIFICATION_LIMIT,
    TEXT_LIMIT,
    UPLOAD_ALT_LIMIT,
    VALUE_LIMIT,
)
from bot.port.cards import Button, Card, Chart, Delivered, Form, Notice, Report, Verb, Working
from bot.text import clean
from tests.discord.cards import GALLERY, PNG, picture
from tests.fakes.slack.world import FakeSlack
from tests.slack.blocks import errors_in, of_type, text_of, walk
from tests.slack.cards import CARDS, HEAD, PERSON, TOKENS, USER, any_card

GOLDEN = Path(__file__).with_name("payloads.json")
REFUSED_LENGTH = 13_200  # characters of JSON that chat.postMessage refuses


def delivered(**changes: Any) -> Delivered:
    card = CARDS["delivered"]
    assert isinstance(card, Delivered)
    return replace(card, **changes)


def test_every_card_has_the_payload_in_the_golden_file() -> None:
    payloads = {name: payload(card) for name, card in CARDS.items()}
    text = json.dumps(payloads, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("IMAGINE_WRITE_PAYLOADS"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_golden_file_has_every_kind_of_card() -> None:
    assert {type(card) for card in CARDS.values()} == set(get_args(Card))


def check(body: dict[str, Any]) -> None:
    """Check a message against every limit, and check that nothing in it reads markup."""
    assert errors_in(body) == []
    assert body["blocks"]
    assert total_weight(body["blocks"]) <= BODY_LIMIT
    assert len(json.dumps(body["blocks"], ensure_ascii=False)) <= REFUSED_LENGTH
    assert of_type("mrkdwn", body) == []
    assert all(text["emoji"] is False for text in of_type("plain_text", body))
    assert all(len(text_of(block)) <= TEXT_LIMIT for block in body["blocks"])
    buttons = of_type("button", body)
    assert all(len(button["text"]["text"]) <= LABEL_LIMIT for button in buttons)
    assert all(parse_action(button["action_id"], button["value"]) for button in buttons)
    assert all(len(button["action_id"]) <= ACTION_ID_LIMIT for button in buttons)
    assert all(len(button["value"]) <= VALUE_LIMIT for button in buttons)
    assert len({button["action_id"] for button in buttons}) == len(buttons)
    assert all(len(image["alt_text"]) <= ALT_LIMIT for image in of_type("image", body))
    assert 1 <= len(body["text"].encode()) <= 4_000
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)


@given(any_card)
@settings(max_examples=60, deadline=None)
def test_every_card_keeps_within_slacks_limits(card: Card) -> None:
    check(payload(card))
    check(payload(card, files=(), extra=("Encoded anew.", "")))


@pytest.mark.parametrize("letters", ["*🏳️‍🌈", '"\\', "&<>", "狐", "x", "slack:C0FOX1234 "])
@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_the_fullest_card_of_every_kind_keeps_within_slacks_limits(card: Card, letters: str) -> None:
    long = letters * 1_000
    fullest: dict[str, Any] = {
        "buttons": tuple(Button(verb="again", label=long, target=HEAD.job, index=each) for each in range(99)),
        "header": replace(HEAD, prompt=long),
        "pictures": tuple(picture(each, long) for each in range(99)),
        "notes": (long,) * 9,
        "lines": (long,) * 9,
        "rows": ((letters * 150,) * 9,) * 40,
        "chart": Chart(png=PNG, alt=long),
        "mention": PERSON,
        **dict.fromkeys(("title", "line", "summary", "caption", "sentence", "hint"), long),
    }
    changes = {name: value for name, value in fullest.items() if name in card.__dataclass_fields__}
    check(payload(replace(card, **changes), extra=(long,) * 3))


@given(any_card)
@settings(max_examples=60, deadline=None)
def test_a_card_notifies_nobody_but_the_person_who_waited(card: Card) -> None:
    is_late = isinstance(card, Delivered) and card.mention == PERSON
    body = payload(card)
    people = [each for each in walk(body) if "user_id" in each or "usergroup_id" in each or "range" in each]
    assert people == [{"type": "user", "user_id": USER}] * is_late
    assert body["text"].startswith(f"<@{USER}> ") is is_late
    rest = body["text"].removeprefix(f"<@{USER}> ") if is_late else body["text"]
    assert "<" not in rest
    assert ">" not in rest
    assert re.search("@(?!\u2060)", rest) is None
    assert re.search("&(?!amp;|lt;|gt;)", rest) is None


async def test_slack_accepts_every_card_and_notifies_nobody_else() -> None:
    async with FakeSlack("http") as fake:
        room, mia = fake.add_channel("general"), fake.add_user("mia")
        fake.add_group("art", mia)
        client = AsyncWebClient(token=fake.team.token, base_url=fake.base_url)
        late = replace(CARDS["late"], mention=f"slack:{fake.team.id}:{mia.id}")
        tokens = " ".join((*TOKENS, f"<@{mia.id}>", "@art", "<!subteam^S1>"))
        hostile = [replace(card, **{name: tokens}) for card in CARDS.values() for name in text_fields(card)]
        for card in [*CARDS.values(), *hostile]:
            posted = await client.chat_postMessage(channel=room.id, **payload(card, files=()))
            body = payload(card, files=())
            await client.chat_update(
                channel=room.id, ts=posted["ts"], text=body["text"], blocks=body["blocks"]
            )
        assert fake.violations == []
        assert [message for message in room.messages if message.pings or message.risks] == []
        await client.chat_postMessage(channel=room.id, **payload(late, files=()))
        assert room.messages[-1].pings == room.messages[-1].risks == {mia}


def text_fields(card: Card) -> list[str]:
    return [name for name in ("title", "line", "caption", "sentence", "hint") if hasattr(card, name)]


@pytest.mark.parametrize("token", TOKENS)
def test_a_prompt_shows_as_it_was_typed(token: str) -> None:
    prompt = f"{token} a fox {token} in snow"
    card = delivered(header=replace(HEAD, prompt=prompt), pictures=(picture(1, prompt),))
    (quote,) = of_type("rich_text_quote", payload(card))
    assert quote["elements"] == [{"type": "text", "text": clean(prompt)}]
    (image,) = of_type("image", payload(card))
    assert image["alt_text"] == clean(f"{prompt} (1 of 4)")


def test_a_prompt_of_ten_thousand_lines_becomes_one_short_line() -> None:
    (quote,) = of_type("rich_text_quote", blocks(delivered(header=replace(HEAD, prompt="\nfox" * 10_000))))
    assert len(text_of(quote)) <= PROMPT_LIMIT
    assert text_of(quote).startswith("fox fox")
    assert text_of(quote).endswith("…")


def test_the_alt_text_of_a_long_prompt_ends_with_the_pictures_number() -> None:
    prompt = "a very red fox " * 140
    pictures = tuple(picture(number, prompt) for number in range(1, 5))
    card = delivered(header=replace(HEAD, prompt=prompt), pictures=pictures)
    alts = [image["alt_text"] for image in of_type("image", payload(card))]
    assert [len(alt) for alt in alts] == [ALT_LIMIT] * 4
    assert alts[2].endswith("… (3 of 4)")
    assert all(900 < len(alt) <= UPLOAD_ALT_LIMIT for alt in alt_texts(card))


def test_the_alt_texts_of_many_pictures_share_the_room() -> None:
    pictures = tuple(picture(number, "fox " * 500) for number in range(1, 13))
    alts = [image["alt_text"] for image in of_type("image", payload(delivered(pictures=pictures)))]
    assert len(alts) == len(file_names(delivered(pictures=pictures))) == GALLERY_LIMIT
    assert {len(alt) for alt in alts} < set(range(600, 1_000))


def test_without_files_a_gallery_has_no_image_blocks() -> None:
    assert of_type("image", blocks(delivered())) == []
    images = of_type("image", blocks(delivered(), files=("F1", "F2")))
    assert [image["slack_file"] for image in images] == [{"id": "F1"}, {"id": "F2"}]
    assert file_names(delivered())[0] == f"{HEAD.job}-1.jpeg"


def test_pictures_stand_between_the_prompt_and_the_caption() -> None:
    kinds = [block["type"] for block in payload(CARDS["late"])["blocks"]]
    assert kinds == ["rich_text", "rich_text", "image", "image", "context", "actions", "actions", "actions"]


def test_a_chart_without_a_file_is_shown_in_words() -> None:
    card = CARDS["usage"]
    assert isinstance(card, Report)
    assert card.chart
    assert text_of(blocks(card)[-1]) == card.chart.alt
    with_file = blocks(card, files=("F1",))
    assert [image["alt_text"] for image in of_type("image", with_file)] == [card.chart.alt]
    assert of_type("context", with_file) == []
    with_title = replace(card, chart=replace(card.chart, alt=f"{card.title}. By day: 22 November $0.24."))
    assert text_of(blocks(with_title)[-1]) == "By day: 22 November $0.24."


def test_channel_ids_become_links_that_slack_shows_by_name() -> None:
    sentence = "slack:C0FOX1234: pictures a day not set → 50, unlike slack:G0OWL1234, slack:T0ACME:U0MIA1234"
    (section,) = of_type("rich_text_section", blocks(Notice(sentence=sentence)))
    assert [each["channel_id"] for each in of_type("channel", section)] == ["C0FOX1234", "G0OWL1234"]
    assert text_of(section) == ": pictures a day not set → 50, unlike , slack:T0ACME:U0MIA1234"
    report = Report(
        title="x",
        lines=("in slack:C0FOX1234", "y"),
        columns=("Channel", "Paid"),
        rows=(("slack:C0FOX1234", "$1"),),
    )
    _, lines, rows = blocks(report)
    assert [len(of_type("channel", each)) for each in (lines, rows)] == [1, 1]
    assert text_of(rows) == "\nPaid $1"


def test_channel_ids_in_a_prompt_become_no_links() -> None:
    head = replace(HEAD, prompt="slack:C0FOX1234")
    for name in ("queued", "delivered", "ended"):
        assert of_type("channel", blocks(replace(CARDS[name], header=head))) == []


def test_an_empty_card_is_a_valid_message() -> None:
    check(payload(Notice(sentence="\u200b")))
    assert text(Notice(sentence="\u200b")) == "…"


def test_the_progress_bar_never_runs_over() -> None:
    card = CARDS["drawing"]
    assert isinstance(card, Working)
    steps = (0.0, 0.14, 0.5, 1.0, 7.0, -1.0)
    sections = [of_type("rich_text_section", blocks(replace(card, progress=done))) for done in steps]
    bars = [text_of(section).splitlines()[1] for (section,) in sections]
    assert [bar.count("▓") for bar in bars] == [0, 1, 5, 10, 10, 0]
    assert {len(bar) for bar in bars} == {10}


def test_narrow_rows_are_a_table_that_is_cut_between_rows() -> None:
    card = CARDS["long"]
    assert isinstance(card, Report)
    (table,) = of_type("rich_text_preformatted", blocks(card))
    heading, *rows = text_of(table).splitlines()
    assert heading == "Day      Pictures    Charged"
    assert rows[8:10] == ["day 9           9  $1,234.50", "day 10         10  $1,234.50"]
    assert len(rows) > 60
    assert text_of(blocks(card)[-1]) == f"and {366 - len(rows)} more"


def test_wide_letters_keep_their_columns() -> None:
    card = Report(title="x", columns=("Who", "Paid"), rows=(("狐狸", "$1"), ("e\u0301va", "$10"), ("ann",)))
    (table,) = of_type("rich_text_preformatted", blocks(card))
    assert text_of(table).splitlines() == ["Who   Paid", "狐狸    $1", "e\u0301va    $10", "ann"]


def test_wide_rows_take_two_lines_each() -> None:
    _, _, rows = blocks(CARDS["quota"])
    assert text_of(rows).splitlines()[:2] == [
        "Pictures today",
        "Limit 40 · Granted 0 · Used 10 · Held 4 · Left 26",
    ]
    assert [text["text"] for text in walk(rows) if text.get("style")] == [
        "Pictures today",
        "\nMoney today",
    ]


def test_rows_without_column_names_take_one_line_each() -> None:
    assert text_of(blocks(CARDS["details"])[-1]).splitlines() == [
        f"Job {HEAD.job}",
        "Price $0.04 × 1.5 per picture, since 2026-05-09",
    ]


def test_wide_rows_that_do_not_fit_are_counted() -> None:
    rows = tuple((f"row {each}", "wide " * 30) for each in range(1, 101))
    card = Report(title="x", columns=("Row", "What"), rows=rows)
    check(payload(card))
    *_, table, more = blocks(card)
    count = text_of(table).count("row ")
    assert 15 < count < 100
    assert text_of(more) == f"and {100 - count} more"


def test_rows_leave_room_for_a_charts_alt_text() -> None:
    rows = tuple((f"row {each}", "of a table that is too wide") for each in range(200))
    chart, long = Chart(png=PNG, alt="by day " * 300), "x " * 1_400
    card = Report(title="x", lines=(long, long), columns=("Row", "What", "x" * 50), rows=rows, chart=chart)
    check(payload(card))
    (image,) = of_type("image", payload(card))
    assert len(image["alt_text"]) > 500


def test_the_senders_extra_lines_come_before_the_notes() -> None:
    (context,) = of_type("context", blocks(delivered(notes=("3 of 4.",)), extra=("Encoded anew.",)))
    assert text_of(context).splitlines()[1:] == ["Encoded anew.", "3 of 4."]


def test_buttons_are_in_rows_of_about_the_same_length() -> None:
    buttons = [Button(verb="again", label="x", target=HEAD.job, index=index) for index in range(7)]
    rows = [
        of_type("actions", blocks(delivered(buttons=tuple(buttons[:count]), picks=()))) for count in range(8)
    ]
    lengths = [[len(row["elements"]) for row in each] for each in rows]
    assert lengths == [[], [1], [2], [3], [4], [5], [3, 3], [4, 3]]


def test_the_pictures_have_a_row_of_their_own_below_the_other_buttons() -> None:
    rows = [
        [each["text"]["text"] for each in row["elements"]] for row in of_type("actions", blocks(delivered()))
    ]
    assert rows[-1] == ["1", "2", "3", "4"]
    assert rows[0][0] == "Again"


def test_delete_is_red_and_comes_last() -> None:
    *_, last = of_type("button", blocks(delivered(picks=())))
    assert (last["text"]["text"], last["style"]) == ("Delete", "danger")


def test_a_button_that_occurs_twice_is_shown_once() -> None:
    assert len(of_type("button", blocks(delivered(buttons=GALLERY + GALLERY, picks=())))) == len(GALLERY)


def test_two_buttons_of_one_verb_have_different_ids() -> None:
    jobs = ("1M82NB6YV3FN3", "1M82NB6YV3FN4")
    buttons = of_type(
        "button",
        blocks(delivered(buttons=tuple(Button(verb="again", label="x", target=j) for j in jobs), picks=())),
    )
    assert [button["action_id"] for button in buttons] == ["a1:again", "a1:again:1"]
    actions = [parse_action(button["action_id"], button["value"]) for button in buttons]
    assert actions == [("again", job, 0) for job in jobs]


@pytest.mark.parametrize(
    "mention",
    ["discord:1", "slack:T1", "slack:T1:", "slack:T1:U1>", "slack:T1:S1", "slack:T1:u1", "slack:T1:U1|x"],
)
def test_only_a_slack_user_can_be_mentioned(mention: str) -> None:
    card = delivered(mention=mention)
    assert of_type("user", blocks(card)) == []
    assert "<@" not in text(card)


def test_the_notification_text_is_one_line() -> None:
    texts = {name: text(card) for name, card in CARDS.items()}
    prompt = "a red fox in *deep* snow, “soft light”, &lt;@\u2060U0MIA&gt; &amp; :fox:"
    assert texts["late"] == f"<@{USER}> {prompt} · Mia_L · Imagen 4 Standard · 16:9 · 75 s · $0.12"
    assert texts["queued"] == f"{prompt} · queued 3rd, about 40 s"
    assert (texts["quota"], texts["notice"]) == ("Your allowance", "Deleted.")
    long = text(delivered(header=replace(HEAD, prompt="fox\n" * 999), caption="*" * 999))
    assert "\n" not in long
    assert len(long) <= NOTIFICATION_LIMIT


@pytest.mark.parametrize("verb", get_args(Verb))
def test_a_buttons_verb_target_and_index_can_be_read_back(verb: Verb) -> None:
    job = "" if verb == "imagine" else HEAD.job
    button = Button(verb=verb, label="x", target=job, index=3)
    for place in (0, 7):
        assert ACTION.fullmatch(action_id(button, place))
        assert parse_action(action_id(button, place), action_value(button)) == (verb, job, 3)
    for index in (0, 3) if job else (0,):
        form_id = callback_id(Form(title="x", submit="x", verb=verb, target=job, fields=(), index=index))
        assert VIEW.fullmatch(form_id)
        assert parse_form(form_id) == (verb, job, index)
    assert not job or parse_form(f"a1:{verb}:{job}") == (verb, job, 0), "of a version before"


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("", ""),
        ("a1:again", ":0"),
        ("a1:sudo", "1M82NB6YV3FN3:0"),
        ("a1:again:", "1M82NB6YV3FN3:0"),
        ("a1:again", "../x:0"),
        ("a1:again", "A:-1"),
        ("a1:again", "A:0\n"),
        ("a1:again\n", "A:0"),
        ("b", "A:0"),
    ],
)
def test_a_button_of_another_app_is_not_parsed(action: str, value: str) -> None:
    assert parse_action(action, value) is None


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "a1:",
        "a1:sudo",
        "a1:edit",
        "a1:edit:",
        "a1:imagine:",
        "a1:edit:../x",
        "a1:edit:A\n",
        "a1:edit:A:x",
        "edit:A",
    ],
)
def test_a_form_of_another_app_is_not_parsed(forged: str) -> None:
    assert parse_form(forged) is None
