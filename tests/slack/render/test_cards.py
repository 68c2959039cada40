"""Every card as Slack is sent it, word for word in payloads.json, and within its limits whatever was typed.

IMAGINE_WRITE_PAYLOADS=1 writes that file anew.
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
BOUND = 13_200  # characters of JSON that chat.postMessage was seen to refuse


def delivered(**changes: Any) -> Delivered:
    card = CARDS["delivered"]
    assert isinstance(card, Delivered)
    return replace(card, **changes)


def test_every_card_is_sent_as_it_was_seen() -> None:
    sent = {name: payload(card) for name, card in CARDS.items()}
    given = json.dumps(sent, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("IMAGINE_WRITE_PAYLOADS"):
        GOLDEN.write_text(given, encoding="utf-8")
    assert given == GOLDEN.read_text(encoding="utf-8")


def test_no_card_is_left_out() -> None:
    assert {type(card) for card in CARDS.values()} == set(get_args(Card))


def check(body: dict[str, Any]) -> None:
    """By every limit that there is, and nothing anywhere that reads markup."""
    assert errors_in(body) == []
    assert body["blocks"]
    assert total_weight(body["blocks"]) <= BODY_LIMIT
    assert len(json.dumps(body["blocks"], ensure_ascii=False)) <= BOUND
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
def test_no_card_goes_beyond_what_may_be_sent(card: Card) -> None:
    check(payload(card))
    check(payload(card, files=(), extra=("Encoded anew.", "")))


@pytest.mark.parametrize("letters", ["*🏳️‍🌈", '"\\', "&<>", "狐", "x", "slack:C0FOX1234 "])
@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_nor_does_the_fullest_of_every_kind(card: Card, letters: str) -> None:
    lots = letters * 1_000
    fullest: dict[str, Any] = {
        "buttons": tuple(Button(verb="again", label=lots, target=HEAD.job, index=each) for each in range(99)),
        "header": replace(HEAD, prompt=lots),
        "pictures": tuple(picture(each, lots) for each in range(99)),
        "notes": (lots,) * 9,
        "lines": (lots,) * 9,
        "rows": ((letters * 150,) * 9,) * 40,
        "chart": Chart(png=PNG, alt=lots),
        "mention": PERSON,
        **dict.fromkeys(("title", "line", "summary", "caption", "sentence", "hint"), lots),
    }
    known = {name: value for name, value in fullest.items() if name in card.__dataclass_fields__}
    check(payload(replace(card, **known), extra=(lots,) * 3))


@given(any_card)
@settings(max_examples=60, deadline=None)
def test_nobody_is_notified_but_the_one_who_waited(card: Card) -> None:
    late = isinstance(card, Delivered) and card.mention == PERSON
    sent = payload(card)
    people = [each for each in walk(sent) if "user_id" in each or "usergroup_id" in each or "range" in each]
    assert people == [{"type": "user", "user_id": USER}] * late
    assert sent["text"].startswith(f"<@{USER}> ") is late
    rest = sent["text"].removeprefix(f"<@{USER}> ") if late else sent["text"]
    assert "<" not in rest
    assert ">" not in rest
    assert re.search("@(?!\u2060)", rest) is None
    assert re.search("&(?!amp;|lt;|gt;)", rest) is None


async def test_slack_takes_every_card_and_notifies_nobody_else() -> None:
    async with FakeSlack("http") as fake:
        room, mia = fake.add_channel("general"), fake.add_user("mia")
        fake.add_group("art", mia)
        client = AsyncWebClient(token=fake.team.token, base_url=fake.base_url)
        waited = replace(CARDS["late"], mention=f"slack:{fake.team.id}:{mia.id}")
        tokens = " ".join((*TOKENS, f"<@{mia.id}>", "@art", "<!subteam^S1>"))
        nasty = [replace(card, **{name: tokens}) for card in CARDS.values() for name in words_of(card)]
        for card in [*CARDS.values(), *nasty]:
            posted = await client.chat_postMessage(channel=room.id, **payload(card, files=()))
            shown = payload(card, files=())
            await client.chat_update(
                channel=room.id, ts=posted["ts"], text=shown["text"], blocks=shown["blocks"]
            )
        assert fake.violations == []
        assert [message for message in room.messages if message.pings or message.risks] == []
        await client.chat_postMessage(channel=room.id, **payload(waited, files=()))
        assert room.messages[-1].pings == room.messages[-1].risks == {mia}


def words_of(card: Card) -> list[str]:
    return [name for name in ("title", "line", "caption", "sentence", "hint") if hasattr(card, name)]


@pytest.mark.parametrize("token", TOKENS)
def test_a_prompt_shows_as_it_was_typed(token: str) -> None:
    prompt = f"{token} a fox {token} in snow"
    card = delivered(header=replace(HEAD, prompt=prompt), pictures=(picture(1, prompt),))
    (quoted,) = of_type("rich_text_quote", payload(card))
    assert quoted["elements"] == [{"type": "text", "text": clean(prompt)}]
    (image,) = of_type("image", payload(card))
    assert image["alt_text"] == clean(f"{prompt} (1 of 4)")


def test_a_prompt_of_ten_thousand_lines_is_one_quiet_line() -> None:
    (quoted,) = of_type("rich_text_quote", blocks(delivered(header=replace(HEAD, prompt="\nfox" * 10_000))))
    assert len(text_of(quoted)) <= PROMPT_LIMIT
    assert text_of(quoted).startswith("fox fox")
    assert text_of(quoted).endswith("…")


def test_a_long_prompt_is_told_by_the_alt_text_and_which_picture_it_is() -> None:
    prompt = "a very red fox " * 140
    pictures = tuple(picture(number, prompt) for number in range(1, 5))
    card = delivered(header=replace(HEAD, prompt=prompt), pictures=pictures)
    shown = [image["alt_text"] for image in of_type("image", payload(card))]
    assert [len(alt) for alt in shown] == [ALT_LIMIT] * 4
    assert shown[2].endswith("… (3 of 4)")
    assert all(900 < len(alt) <= UPLOAD_ALT_LIMIT for alt in alt_texts(card))


def test_words_of_many_pictures_share_what_room_there_is() -> None:
    pictures = tuple(picture(number, "fox " * 500) for number in range(1, 13))
    shown = [image["alt_text"] for image in of_type("image", payload(delivered(pictures=pictures)))]
    assert len(shown) == len(file_names(delivered(pictures=pictures))) == GALLERY_LIMIT
    assert {len(alt) for alt in shown} < set(range(600, 1_000))


def test_pictures_without_files_are_left_to_the_message_itself() -> None:
    assert of_type("image", blocks(delivered())) == []
    shown = of_type("image", blocks(delivered(), files=("F1", "F2")))
    assert [image["slack_file"] for image in shown] == [{"id": "F1"}, {"id": "F2"}]
    assert file_names(delivered())[0] == f"{HEAD.job}-1.jpeg"


def test_pictures_stand_between_the_prompt_and_the_caption() -> None:
    kinds = [block["type"] for block in payload(CARDS["late"])["blocks"]]
    assert kinds == ["rich_text", "rich_text", "image", "image", "context", "actions", "actions"]


def test_a_chart_that_cannot_be_shown_is_told_in_words() -> None:
    card = CARDS["usage"]
    assert isinstance(card, Report)
    assert card.chart
    assert text_of(blocks(card)[-1]) == card.chart.alt
    shown = blocks(card, files=("F1",))
    assert [image["alt_text"] for image in of_type("image", shown)] == [card.chart.alt]
    assert of_type("context", shown) == []
    titled = replace(card, chart=replace(card.chart, alt=f"{card.title}. By day: 22 November $0.24."))
    assert text_of(blocks(titled)[-1]) == "By day: 22 November $0.24."


def test_channels_are_shown_by_their_names() -> None:
    sentence = "slack:C0FOX1234: pictures a day not set → 50, unlike slack:G0OWL1234, slack:T0ACME:U0MIA1234"
    (shown,) = of_type("rich_text_section", blocks(Notice(sentence=sentence)))
    assert [each["channel_id"] for each in of_type("channel", shown)] == ["C0FOX1234", "G0OWL1234"]
    assert text_of(shown) == ": pictures a day not set → 50, unlike , slack:T0ACME:U0MIA1234"
    report = Report(
        title="x",
        lines=("in slack:C0FOX1234", "y"),
        columns=("Channel", "Paid"),
        rows=(("slack:C0FOX1234", "$1"),),
    )
    _, lines, rows = blocks(report)
    assert [len(of_type("channel", each)) for each in (lines, rows)] == [1, 1]
    assert text_of(rows) == "\nPaid $1"


def test_what_was_typed_links_to_no_channel() -> None:
    head = replace(HEAD, prompt="slack:C0FOX1234")
    for name in ("queued", "delivered", "ended"):
        assert of_type("channel", blocks(replace(CARDS[name], header=head))) == []


def test_a_card_that_says_nothing_is_a_message_still() -> None:
    check(payload(Notice(sentence="\u200b")))
    assert text(Notice(sentence="\u200b")) == "…"


def test_a_bar_shows_how_far_it_is_and_never_runs_over() -> None:
    card = CARDS["drawing"]
    assert isinstance(card, Working)
    steps = (0.0, 0.14, 0.5, 1.0, 7.0, -1.0)
    shown = [of_type("rich_text_section", blocks(replace(card, progress=done))) for done in steps]
    bars = [text_of(section).splitlines()[1] for (section,) in shown]
    assert [bar.count("▓") for bar in bars] == [0, 1, 5, 10, 10, 0]
    assert {len(bar) for bar in bars} == {10}


def test_narrow_rows_stand_in_a_table_that_is_cut_between_rows() -> None:
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


def test_wide_rows_are_two_lines_each() -> None:
    _, _, rows = blocks(CARDS["quota"])
    assert text_of(rows).splitlines()[:2] == [
        "Pictures today",
        "Limit 40 · Granted 0 · Used 10 · Held 4 · Left 26",
    ]
    assert [text["text"] for text in walk(rows) if text.get("style")] == [
        "Pictures today",
        "\nMoney today",
    ]


def test_rows_without_named_columns_are_a_line_each() -> None:
    assert text_of(blocks(CARDS["details"])[-1]).splitlines() == [
        f"Job {HEAD.job}",
        "Price $0.04 × 1.5 per picture, since 2026-05-09",
    ]


def test_wide_rows_that_do_not_fit_are_counted() -> None:
    rows = tuple((f"row {each}", "wide " * 30) for each in range(1, 101))
    card = Report(title="x", columns=("Row", "What"), rows=rows)
    check(payload(card))
    *_, shown, more = blocks(card)
    count = text_of(shown).count("row ")
    assert 15 < count < 100
    assert text_of(more) == f"and {100 - count} more"


def test_rows_leave_room_for_the_words_of_a_chart() -> None:
    rows = tuple((f"row {each}", "of a table that is too wide") for each in range(200))
    chart, lots = Chart(png=PNG, alt="by day " * 300), "x " * 1_400
    card = Report(title="x", lines=(lots, lots), columns=("Row", "What", "x" * 50), rows=rows, chart=chart)
    check(payload(card))
    (image,) = of_type("image", payload(card))
    assert len(image["alt_text"]) > 500


def test_what_is_said_besides_stands_before_the_notes() -> None:
    noted = blocks(delivered(notes=("3 of 4.",)), extra=("Encoded anew.",))
    (context,) = of_type("context", noted)
    assert text_of(context).splitlines()[1:] == ["Encoded anew.", "3 of 4."]


def test_buttons_stand_in_rows_of_about_the_same_length() -> None:
    made = [Button(verb="again", label="x", target=HEAD.job, index=index) for index in range(7)]
    rows = [of_type("actions", blocks(delivered(buttons=tuple(made[:count])))) for count in range(8)]
    lengths = [[len(row["elements"]) for row in each] for each in rows]
    assert lengths == [[], [1], [2], [3], [4], [5], [3, 3], [4, 3]]


def test_delete_is_red_and_comes_last() -> None:
    *_, last = of_type("button", blocks(delivered()))
    assert (last["text"]["text"], last["style"]) == ("Delete", "danger")


def test_what_would_be_the_same_button_twice_is_there_once() -> None:
    assert len(of_type("button", blocks(delivered(buttons=GALLERY + GALLERY)))) == len(GALLERY)


def test_two_buttons_of_a_verb_are_told_apart() -> None:
    jobs = ("1M82NB6YV3FN3", "1M82NB6YV3FN4")
    buttons = of_type(
        "button", blocks(delivered(buttons=tuple(Button(verb="again", label="x", target=j) for j in jobs)))
    )
    assert [button["action_id"] for button in buttons] == ["a1:again", "a1:again:1"]
    carried = [parse_action(button["action_id"], button["value"]) for button in buttons]
    assert carried == [("again", job, 0) for job in jobs]


@pytest.mark.parametrize(
    "mention",
    ["discord:1", "slack:T1", "slack:T1:", "slack:T1:U1>", "slack:T1:S1", "slack:T1:u1", "slack:T1:U1|x"],
)
def test_only_somebody_here_can_be_mentioned(mention: str) -> None:
    card = delivered(mention=mention)
    assert of_type("user", blocks(card)) == []
    assert "<@" not in text(card)


def test_a_notification_says_what_is_new_in_one_line() -> None:
    told = {name: text(card) for name, card in CARDS.items()}
    prompt = "a red fox in *deep* snow, “soft light”, &lt;@\u2060U0MIA&gt; &amp; :fox:"
    assert told["late"] == f"<@{USER}> {prompt} · Mia_L · Imagen 4 Standard · 16:9 · 75 s · $0.12"
    assert told["queued"] == f"{prompt} · queued 3rd, about 40 s"
    assert (told["quota"], told["notice"]) == ("Your allowance", "Deleted.")
    long = text(delivered(header=replace(HEAD, prompt="fox\n" * 999), caption="*" * 999))
    assert "\n" not in long
    assert len(long) <= NOTIFICATION_LIMIT


@pytest.mark.parametrize("verb", get_args(Verb))
def test_what_a_button_carries_comes_back(verb: Verb) -> None:
    job = "" if verb == "imagine" else HEAD.job
    button = Button(verb=verb, label="x", target=job, index=3)
    for place in (0, 7):
        assert ACTION.fullmatch(action_id(button, place))
        assert parse_action(action_id(button, place), action_value(button)) == (verb, job, 3)
    carried = callback_id(Form(title="x", submit="x", verb=verb, target=job, fields=()))
    assert VIEW.fullmatch(carried)
    assert parse_form(carried) == (verb, job)


@pytest.mark.parametrize(
    ("action", "carried"),
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
def test_what_is_not_ours_is_not_understood(action: str, carried: str) -> None:
    assert parse_action(action, carried) is None


@pytest.mark.parametrize(
    "forged",
    ["", "a1:", "a1:sudo", "a1:edit", "a1:edit:", "a1:imagine:", "a1:edit:../x", "a1:edit:A\n", "edit:A"],
)
def test_no_form_of_others_is_understood(forged: str) -> None:
    assert parse_form(forged) is None
