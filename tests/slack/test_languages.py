"""A German-speaking team: the adapter's own sentences, its messages, and that everything fits."""

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
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at, request_id
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.painter import drawings
from tests.fakes.slack.blockkit import view_errors
from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.messages import elements
from tests.slack.app import App, running_app
from tests.slack.blocks import errors_in, of_type, text_of
from tests.slack.installable_app import InstallableApp, running_installable_app

GERMAN = at("chat:verein")


async def set_language(app: App, language: str) -> None:
    team = f"slack:{app.fake.team.id}"
    entry = {"author": "boss", "reason": "", "request_id": request_id()}
    await app.backend.ledger.settings.set_preferences(
        workspace=team, change=Preferences(language=language), zone=None, **entry
    )


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path, images=8) as app:
        await set_language(app, "de")
        yield app


async def answer_text(app: App, interaction: Interaction) -> str:
    """Wait for the first answer to an interaction; return its text."""
    await app.fake.until(lambda: interaction.followups)
    return interaction.followups[0].words


# --- the adapter's own sentences


async def test_an_unknown_button_is_answered_in_german(app: App) -> None:
    gallery = await app.draw()
    for _, element in elements(gallery.blocks):
        element["action_id"] = f"b2{element['action_id']}"
    interaction = await app.fake.click(app.ann, gallery, german.AGAIN)
    assert await answer_text(app, interaction) == german.NO_SUCH_JOB


async def test_a_person_whom_slack_does_not_describe_is_refused_in_german(app: App) -> None:
    app.fake.fail("users.info", error="internal_error")
    assert await answer_text(app, await app.imagine()) == german.NOT_TOLD_WHO


@pytest.mark.parametrize("cause", ["core", "slack"])
async def test_a_form_that_cannot_be_opened_is_answered_in_german(
    app: App, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cause == "core":
        monkeypatch.setattr(listener, "FORM_PATIENCE", 0.02)
        app.core_proxy.slow.add("form")
    else:
        app.fake.fail("views.open", error="expired_trigger_id")
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", "")
    assert await answer_text(app, interaction) == german.NOT_OPENED


async def test_help_explains_threads_in_german(app: App) -> None:
    text = await answer_text(app, await app.slash(app.ann, "/help"))
    assert german.IN_THREADS in text
    assert german.HELP_LINE in text


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_an_unexpected_error_is_answered_in_german(tmp_path: Path, mode: Any) -> None:
    async with running_app(tmp_path, mode) as app:
        await set_language(app, "de")
        app.core_proxy.broken.add("imagine")
        with capture_logs() as logs:
            answer = await answer_text(app, await app.imagine())
        (line,) = [line for line in logs if line["event"] == "slack.broke"]
        assert answer == german.broke(line["job"])


async def test_if_the_language_cannot_be_read_the_answer_is_in_english(app: App) -> None:
    app.core_proxy.broken.add("language")
    with capture_logs() as logs:
        interaction = await app.slash(app.ann, "/quota")
    (line,) = [line for line in logs if line["event"] == "slack.broke"]
    assert (await answer_text(app, interaction), interaction.acked) == (english.broke(line["job"]), True)


async def test_the_next_process_answers_a_left_command_in_german(app: App) -> None:
    """The next process hands the command to the core before any other request comes in."""
    app.core_proxy.slow.add("imagine")
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", "a red fox")
    await app.wait_for_calls("imagine")
    for task in app.open_answers():
        task.cancel()
    app.fake.fail("users.info", error="internal_error")
    await app.restart()
    assert await answer_text(app, interaction) == german.NOT_TOLD_WHO


async def test_a_new_language_holds_from_the_next_command_on(app: App) -> None:
    for language, catalog in (("en", english), ("de", german), ("en", english)):
        await set_language(app, language)
        assert catalog.QUOTA in await answer_text(app, await app.slash(app.ann, "/quota"))


async def test_teams_that_ask_at_the_same_time_are_each_answered_in_their_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running_installable_app(MemoryKeyValue()) as app:
        club, verein = [await install_team(app, name) for name in ("Club", "Verein")]

        async def language(_core: ScriptedCore, workspace: str) -> str:
            await asyncio.sleep(0)  # other requests run meanwhile
            return "de" if workspace == f"slack:{verein[0].team.id}" else "en"

        monkeypatch.setattr(ScriptedCore, "language", language)
        commands = [
            app.fake.slash(*each, "/imagine", "a broken fox") for _ in range(10) for each in (club, verein)
        ]
        interactions = await asyncio.gather(*commands)
        await app.fake.until(lambda: all(each.followups for each in interactions))
        answers = [each.followups[0].words for each in interactions]
        for catalog, texts in ((english, answers[::2]), (german, answers[1::2])):
            before, after = catalog.broke("*").split("*")
            assert all(text.startswith(before) and text.endswith(after) for text in texts)


async def install_team(app: InstallableApp, name: str) -> tuple[Any, Any]:
    """Let a new team install the app; return a user and a channel of it."""
    team = app.fake.add_team(name, installed=False)
    await app.install(team)
    return team.add_user("ann"), team.add_channel("general")


# --- messages


async def test_a_gallery_for_a_channel_without_the_bot_explains_itself_in_german(app: App) -> None:
    app.room.bot = False
    await app.imagine()
    await app.backend.done()
    (message,) = app.fake.dms(app.ann)
    assert german.not_here("imagine", "absent") in message.words
    assert message.labels[0] == german.AGAIN


async def test_a_person_without_direct_messages_is_told_in_german(app: App) -> None:
    app.ann.accepts_dms = False
    interaction = await app.imagine("a red fox --private")
    waits = german.waiting(4, "a red fox", 1, False)
    await app.fake.until(lambda: waits in [each.words for each in interaction.followups])
    await app.wait_idle()


async def test_a_report_announces_its_chart_and_file_in_german(app: App) -> None:
    interaction = await app.slash(app.ann, "/usage", "--csv")
    assert german.BOTH_COME in await answer_text(app, interaction)
    await app.fake.until(lambda: len(app.fake.dms(app.ann)) == 2)
    await app.wait_idle()


async def test_a_file_that_cannot_be_sent_is_announced_in_german(app: App) -> None:
    app.fake.fail("conversations.open", error="cannot_dm_user")
    interaction = await app.slash(app.ann, "/usage", "--csv")
    await app.fake.until(lambda: len(interaction.followups) == 2)
    assert interaction.followups[1].words == german.NOT_COME
    await app.wait_idle()


async def test_a_gallery_with_smaller_pictures_says_so_in_german(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def shrink(data: bytes, limit: int, transparent: str) -> tuple[str, bytes]:
        return "png", data

    monkeypatch.setitem(pictures.prepare.__kwdefaults__, "limit", 1)
    monkeypatch.setattr(pictures, "shrink", shrink)
    assert german.REENCODED in (await app.draw()).words


async def test_the_home_page_is_in_german(app: App) -> None:
    await app.fake.open_home(app.ann)
    await app.fake.until(lambda: app.fake.home(app.ann))
    page = app.fake.home(app.ann)
    assert page is not None
    assert german.HOME in page.words
    assert page.labels == [german.IMAGINE]


# --- everything fits

COMMANDS = ("quota", "tiers", "recent", "usage --csv", "link", "forget me", "help", "draw")
ADMINS = (
    "set --person chat:bob --images-per-day 0 --money-per-day 2.50 --tiers fast --until 2026-12-31",
    "grant --person chat:eve --images 5 --reason why",
    "block --person chat:eve --until 2026-12-31",
    *("budget --money-per-month 100 --at-end cheaper", "budget", "settings", "pause", "log", "export"),
)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    """Run a core whose workspace speaks German."""
    bot = await RunningBot(tmp_path).open()
    await bot.command("quotas", "settings --language de --admin-channel chat:admins", BOSS, address=GERMAN)
    yield bot
    await bot.stop()


async def every_card(bot: RunningBot) -> list[Card]:
    """Let the core make every kind of card, from a new job's to a change that asks for confirmation."""

    def fewer(order: PaintOrder) -> Drawn:
        return Drawn(drawings=drawings(order, 2), filtered=1, broken=1)

    bot.painter.script = [fewer, Declined()]
    job = id_text((await bot.draw("a poster", address=GERMAN, private=True)).id)
    await bot.draw(address=GERMAN)
    replies: list[Any] = [await bot.command("quotas", each, BOSS, address=GERMAN) for each in ADMINS]
    replies += [await bot.press(verb, job, address=GERMAN) for verb in ("details", "share", "again")]
    pick = Press(id=request_id(), person=ANN, address=GERMAN, verb="pick", target=job, index=1)
    replies.append(await bot.bot.press(pick))
    replies += [await bot.ask(text, address=GERMAN) for text in ("", "a fox --v 6", "a fox --transparent")]
    refusal = await bot.ask("a fox --fast", BOB, address=GERMAN)
    assert isinstance(refusal, Refused)
    replies += [refusal, await bot.press("more", refusal.buttons[0].target, BOB, address=GERMAN)]
    replies += [await bot.command(*each.split(" ", 1), address=GERMAN) for each in COMMANDS]
    await bot.finish()
    histories = [message.cards for message in (*bot.chat.messages.values(), *bot.chat.deleted)]
    return [
        *(card for cards in histories for card in cards),
        *(getattr(each, "card", each) for each in replies),
    ]


async def every_form(bot: RunningBot) -> list[Form]:
    """Let the core make every kind of form."""
    job = (await bot.draw(address=GERMAN)).id
    await bot.command("quotas", ADMINS[0], BOSS, address=GERMAN)
    refusal = await bot.ask("a fox --fast", BOB, address=GERMAN)
    assert isinstance(refusal, Refused)
    (more,) = refusal.buttons
    await bot.press("more", more.target, BOB, address=GERMAN)
    buttons = (("imagine", ""), ("edit", id_text(job)), ("approve", more.target))
    presses = [
        Press(id=request_id(), person=BOSS, address=GERMAN, verb=verb, target=name) for verb, name in buttons
    ]  # type: ignore[arg-type]
    return [form for each in presses if isinstance(form := await bot.bot.form(each), Form)]


async def test_every_card_fits_and_no_label_is_cut(bot: RunningBot) -> None:
    cards = await every_card(bot)
    assert {type(card) for card in cards} == set(get_args(Card))
    for card in cards:
        body = payload(card)
        assert errors_in(body) == []
        buttons = (*getattr(card, "buttons", ()), *getattr(card, "picks", ()))
        labels = [button.label for button in buttons]
        assert [button["text"]["text"] for button in of_type("button", body)] == labels
        if isinstance(card, Report):
            assert text_of(body["blocks"][0]) == card.title


async def test_every_form_fits_and_no_text_is_cut(bot: RunningBot) -> None:
    forms = await every_form(bot)
    assert [form.verb for form in forms] == ["imagine", "edit", "approve"]
    for form in forms:
        rendered = view(form)
        assert view_errors(rendered) == []
        assert (rendered["title"]["text"], rendered["submit"]["text"]) == (form.title, form.submit)
        labels = [each["label"]["text"] for each in rendered["blocks"]]
        assert labels == [each.label for each in form.fields]
        for block, field in zip(rendered["blocks"], form.fields, strict=True):
            choices = [each["text"]["text"] for each in block["element"].get("options", ())]
            assert choices == [choice.label for choice in field.choices]


async def test_the_home_page_fits_and_no_label_is_cut(bot: RunningBot) -> None:
    await bot.draw(address=GERMAN, private=True)
    await bot.command("quotas", ADMINS[0], BOSS, address=GERMAN)
    page = await bot.bot.home(replace(ANN, admin=True), GERMAN)
    rendered = home(page)
    assert view_errors(rendered) == []
    past = [button.label for each in page.past for button in each.buttons]
    labels = [button["text"]["text"] for button in of_type("button", rendered)]
    assert labels == [*(button.label for button in page.buttons), *past]
    assert page.settings is not None
    headers = [text_of(each) for each in of_type("header", rendered)]
    assert headers == [page.title, page.allowance.title, page.past_title, page.settings.title]
