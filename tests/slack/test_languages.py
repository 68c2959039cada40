"""A team that speaks German: what the adapter says of its own, what it posts, and that all of it fits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from structlog.testing import capture_logs

from adapters.slack.inbound import listener
from adapters.slack.outbound import pictures
from adapters.slack.render.cards import payload
from adapters.slack.render.home import home
from adapters.slack.render.modal import view
from bot.painters.port import Declined, Drawn, PaintOrder
from bot.port.cards import Card, Form, Refused, Report
from bot.port.requests import Press
from bot.wording import english, german
from quotas.ids import id_text
from quotas.records_workspace import Preferences
from tests.bot.running_bot import ANN, BOB, BOSS, at, request_id
from tests.bot.running_bot import RunningBot as Bare
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.painter import drawings
from tests.fakes.slack.blockkit import wrong_view
from tests.fakes.slack.messages import elements
from tests.slack.blocks import of, told, wrong
from tests.slack.house import House, housed
from tests.slack.oauth.test_installs import Place, offered

GERMAN = at("chat:verein")


async def speak(house: House, language: str) -> None:
    team = f"slack:{house.fake.team.id}"
    why = {"author": "boss", "reason": "", "request_id": request_id()}
    await house.home.ledger.settings.set_preferences(
        workspace=team, change=Preferences(language=language), zone=None, **why
    )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path, images=8) as house:
        await speak(house, "de")
        yield house


async def said(house: House, asked: Any) -> str:
    """What the answer to an interaction says, once it is there."""
    await house.fake.until(lambda: asked.followups)
    words: str = asked.followups[0].words
    return words


# --- what the adapter says of its own


async def test_what_is_none_of_our_buttons(house: House) -> None:
    gallery = await house.drawn()
    for _, element in elements(gallery.blocks):
        element["action_id"] = f"b2{element['action_id']}"
    pressed = await house.fake.click(house.ann, gallery, german.AGAIN)
    assert await said(house, pressed) == german.NO_SUCH_JOB


async def test_whom_slack_does_not_tell_of(house: House) -> None:
    house.fake.fail("users.info", error="internal_error")
    assert await said(house, await house.imagine()) == german.NOT_TOLD_WHO


@pytest.mark.parametrize("slow", ["core", "slack"])
async def test_a_form_that_does_not_open(house: House, slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if slow == "core":
        monkeypatch.setattr(listener, "FORM_PATIENCE", 0.02)
        house.between.slow.add("form")
    else:
        house.fake.fail("views.open", error="expired_trigger_id")
    asked = await house.fake.slash(house.ann, house.room, "/imagine", "")
    assert await said(house, asked) == german.NOT_OPENED


async def test_what_threads_need(house: House) -> None:
    help_ = await said(house, await house.slash(house.ann, "/help"))
    assert german.IN_THREADS in help_
    assert german.HELP_LINE in help_


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_what_nobody_planned(tmp_path: Path, mode: Any) -> None:
    async with housed(tmp_path, mode) as house:
        await speak(house, "de")
        house.between.broken.add("imagine")
        with capture_logs() as logs:
            answer = await said(house, await house.imagine())
        (line,) = [line for line in logs if line["event"] == "slack.broke"]
        assert answer == german.broke(line["job"])


async def test_a_language_that_cannot_be_learnt_leaves_nobody_without_an_answer(house: House) -> None:
    house.between.broken.add("language")
    with capture_logs() as logs:
        asked = await house.slash(house.ann, "/quota")
    (line,) = [line for line in logs if line["event"] == "slack.broke"]
    assert (await said(house, asked), asked.acked) == (english.broke(line["job"]), True)


async def test_what_was_left_by_a_killed_process_is_answered(house: House) -> None:
    """Its command is brought to the core by the next one, which has heard nothing yet."""
    house.between.slow.add("imagine")
    asked = await house.fake.slash(house.ann, house.room, "/imagine", "a red fox")
    await house.reached("imagine")
    for task in house.answering():
        task.cancel()
    house.fake.fail("users.info", error="internal_error")
    await house.restart()
    assert await said(house, asked) == german.NOT_TOLD_WHO


async def test_what_is_set_holds_for_the_next_event(house: House) -> None:
    for language, words in (("en", english), ("de", german), ("en", english)):
        await speak(house, language)
        assert words.QUOTA in await said(house, await house.slash(house.ann, "/quota"))


async def test_teams_that_ask_at_the_same_moment_are_each_answered_in_their_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with offered(MemoryKeyValue()) as place:
        club, verein = [await team(place, name) for name in ("Club", "Verein")]

        async def language(_core: ScriptedCore, workspace: str) -> str:
            await asyncio.sleep(0)  # others come in between
            return "de" if workspace == f"slack:{verein[0].team.id}" else "en"

        monkeypatch.setattr(ScriptedCore, "language", language)
        asked = [
            place.fake.slash(*who, "/imagine", "a broken fox") for _ in range(10) for who in (club, verein)
        ]
        heard = await asyncio.gather(*asked)
        await place.fake.until(lambda: all(each.followups for each in heard))
        answers = [each.followups[0].words for each in heard]
        for words, mine in ((english, answers[::2]), (german, answers[1::2])):
            before, after = words.broke("*").split("*")
            assert all(each.startswith(before) and each.endswith(after) for each in mine)


async def team(place: Place, name: str) -> tuple[Any, Any]:
    """Somebody in a channel of a team that has installed the app."""
    made = place.fake.add_team(name, installed=False)
    await place.install(made)
    return made.add_user("ann"), made.add_channel("general")


# --- what it posts


async def test_a_gallery_that_cannot_stand_where_it_was_asked_for(house: House) -> None:
    house.room.bot = False
    await house.imagine()
    await house.home.done()
    (message,) = house.fake.dms(house.ann)
    assert german.not_here("imagine") in message.words
    assert message.labels[0] == german.AGAIN


async def test_who_takes_no_direct_messages(house: House) -> None:
    house.ann.accepts_dms = False
    asked = await house.imagine("a red fox --private")
    await house.fake.until(lambda: german.NO_DIRECT in [each.words for each in asked.followups])
    await house.home.done()


async def test_where_a_chart_and_a_file_come(house: House) -> None:
    asked = await house.slash(house.ann, "/usage", "--csv")
    assert german.BOTH_COME in await said(house, asked)
    await house.fake.until(lambda: len(house.fake.dms(house.ann)) == 2)
    await house.quiet()


async def test_a_file_that_cannot_come(house: House) -> None:
    house.fake.fail("conversations.open", error="cannot_dm_user")
    asked = await house.slash(house.ann, "/usage", "--csv")
    await house.fake.until(lambda: len(asked.followups) == 2)
    assert asked.followups[1].words == german.NOT_COME
    await house.quiet()


async def test_pictures_that_were_encoded_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def smaller(data: bytes, most: int, clear: str) -> tuple[str, bytes]:
        return "png", data

    monkeypatch.setitem(pictures.prepare.__kwdefaults__, "limit", 1)
    monkeypatch.setattr(pictures, "shrink", smaller)
    assert german.REENCODED in (await house.drawn()).words


async def test_the_page_of_ones_own(house: House) -> None:
    await house.fake.open_home(house.ann)
    await house.fake.until(lambda: house.fake.home(house.ann))
    page = house.fake.home(house.ann)
    assert page is not None
    assert german.HOME in page.words
    assert page.labels == [german.IMAGINE]


# --- that it fits

COMMANDS = ("quota", "tiers", "recent", "usage --csv", "link", "forget me", "help", "draw")
ADMINS = (
    "set --person chat:bob --images-per-day 0 --money-per-day 2.50 --tiers fast --until 2026-12-31",
    "grant --person chat:eve --images 5 --reason why",
    "block --person chat:eve --until 2026-12-31",
    *("budget --money-per-month 100 --at-end cheaper", "budget", "settings", "pause", "log", "export"),
)


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Bare]:
    """A core that has said in German all kinds of things that it says."""
    house = await Bare(tmp_path).open()
    await house.command("quotas", "settings --language de --admin-channel chat:admins", BOSS, address=GERMAN)
    yield house
    await house.stop()


async def every_card(house: Bare) -> list[Card]:
    """What people of one team meet, from the first card to a change that is to be confirmed."""

    def fewer(order: PaintOrder) -> Drawn:
        return Drawn(drawings=drawings(order, 2), filtered=1, broken=1)

    house.painter.script = [fewer, Declined()]
    job = id_text((await house.draw("a poster", address=GERMAN, private=True)).id)
    await house.draw(address=GERMAN)
    replies: list[Any] = [await house.command("quotas", each, BOSS, address=GERMAN) for each in ADMINS]
    replies += [await house.press(verb, job, address=GERMAN) for verb in ("details", "share", "again")]
    replies += [await house.ask(text, address=GERMAN) for text in ("", "a fox --v 6", "a fox --transparent")]
    refused = await house.ask("a fox --fast", BOB, address=GERMAN)
    assert isinstance(refused, Refused)
    replies += [refused, await house.press("more", refused.buttons[0].target, BOB, address=GERMAN)]
    replies += [await house.command(*each.split(" ", 1), address=GERMAN) for each in COMMANDS]
    await house.finish()
    stood = [message.cards for message in (*house.chat.messages.values(), *house.chat.deleted)]
    return [*(card for cards in stood for card in cards), *(getattr(each, "card", each) for each in replies)]


async def every_form(house: Bare) -> list[Form]:
    job = (await house.draw(address=GERMAN)).id
    await house.command("quotas", ADMINS[0], BOSS, address=GERMAN)
    refused = await house.ask("a fox --fast", BOB, address=GERMAN)
    assert isinstance(refused, Refused)
    (more,) = refused.buttons
    await house.press("more", more.target, BOB, address=GERMAN)
    wanted = (("imagine", ""), ("edit", id_text(job)), ("approve", more.target))
    asked = [
        Press(id=request_id(), person=BOSS, address=GERMAN, verb=verb, target=name) for verb, name in wanted
    ]  # type: ignore[arg-type]
    return [form for each in asked if isinstance(form := await house.bot.form(each), Form)]


async def test_every_card_fits_and_no_label_is_cut(bare: Bare) -> None:
    cards = await every_card(bare)
    assert {type(card) for card in cards} == set(get_args(Card))
    for card in cards:
        sent = payload(card)
        assert wrong(sent) == []
        labels = [button.label for button in getattr(card, "buttons", ())]
        assert [button["text"]["text"] for button in of("button", sent)] == labels
        if isinstance(card, Report):
            assert told(sent["blocks"][0]) == card.title


async def test_every_form_fits_and_nothing_of_it_is_cut(bare: Bare) -> None:
    forms = await every_form(bare)
    assert [form.verb for form in forms] == ["imagine", "edit", "approve"]
    for form in forms:
        shown = view(form)
        assert wrong_view(shown) == []
        assert (shown["title"]["text"], shown["submit"]["text"]) == (form.title, form.submit)
        labels = [each["label"]["text"] for each in shown["blocks"]]
        assert labels == [each.label for each in form.fields]
        for block, field in zip(shown["blocks"], form.fields, strict=True):
            choices = [each["text"]["text"] for each in block["element"].get("options", ())]
            assert choices == [choice.label for choice in field.choices]


async def test_a_page_fits_and_no_label_of_it_is_cut(bare: Bare) -> None:
    await bare.draw(address=GERMAN, private=True)
    await bare.command("quotas", ADMINS[0], BOSS, address=GERMAN)
    page = await bare.bot.home(replace(ANN, admin=True), GERMAN)
    shown = home(page)
    assert wrong_view(shown) == []
    past = [button.label for each in page.past for button in each.buttons]
    labels = [button["text"]["text"] for button in of("button", shown)]
    assert labels == [*(button.label for button in page.buttons), *past]
    assert page.settings is not None
    headers = [told(each) for each in of("header", shown)]
    assert headers == [page.title, page.allowance.title, page.past_title, page.settings.title]
