"""Two workspaces with two languages on one core at once: each gets every sentence in its own."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot import wording
from bot.admin import budget_alerts
from bot.imagine.parse import able
from bot.imagine.records import header_of
from bot.painters.port import Declined, Drawn, NotDrawn, Unknown
from bot.port.cards import Card, Choice, Delivered, Form, Notice, Refused, Working
from bot.port.requests import Address, Command, Lent, Person, Press
from bot.wording import english, german
from quotas.catalog import Tier, monthly
from quotas.ids import id_text
from quotas.records import Denied, Totals
from quotas.records_workspace import Alert
from tests.bot.admin.admins import button, messages_in, newest_entry, quotas, report, sentence
from tests.bot.conftest import Build
from tests.bot.running_bot import (
    ANN,
    BOB,
    BOSS,
    STANDARD,
    ULTRA,
    RunningBot,
    at,
    ended,
    gallery,
    request_id,
    until,
)
from tests.bot.running_bot import card_of as card
from tests.fakes.painter import drawings

FOUR = 4 * STANDARD
MIDNIGHT = 1_795_392_000  # the one after NOON


@dataclass(frozen=True)
class Side:
    """A workspace, its language, and the sentences of that language."""

    name: str
    language: str
    words: Any

    @property
    def address(self) -> Address:
        return at(self.name)


CLUB, VEREIN = Side("chat:team", "en", english), Side("chat:verein", "de", german)
SIDES = (CLUB, VEREIN)
both = pytest.mark.parametrize("side", SIDES, ids=wording.LANGUAGES)


@pytest.fixture(autouse=True)
def _check_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_alerts, "LOOK_EVERY", 0.01)


async def with_both_languages(running: RunningBot) -> RunningBot:
    await quotas(running, "settings --language de", address=VEREIN.address)
    return running


@pytest.fixture
async def running(build: Build) -> RunningBot:
    return await with_both_languages(await build())


def best(running: RunningBot) -> Tier:
    tier = running.catalog.best
    assert tier is not None
    return tier


def cards(running: RunningBot, side: Side, kind: type[Card]) -> list[Any]:
    """Return every card of this kind that is, or was, in a workspace; oldest first."""
    messages = [*running.chat.messages.values(), *running.chat.deleted]
    there = [each for each in messages if each.ref.address.workspace == side.name]
    return [each for message in there for each in message.cards if isinstance(each, kind)]


def labels(card: Any) -> list[str]:
    return [button.label for button in card.buttons]


async def open_form(running: RunningBot, side: Side, verb: str, job: str = "", person: Person = ANN) -> Form:
    press = Press(id=request_id(), person=person, address=side.address, verb=verb, target=job)  # type: ignore[arg-type]
    form = await running.bot.form(press)
    assert isinstance(form, Form)
    return form


async def everywhere(ask: Callable[[Side], Any]) -> list[Any]:
    """Do the same in both workspaces at the same moment."""
    return await asyncio.gather(*map(ask, SIDES))


# --- drawing


async def test_a_queued_card_names_the_pictures_and_their_price(build: Build) -> None:
    running = await with_both_languages(await build(in_flight=1))
    running.painter.gate.clear()
    await running.accept("a blue fox", BOB)
    estimates = running.services.estimates
    for place, side in enumerate(SIDES, start=1):
        result = (await running.accept(address=side.address)).card
        assert isinstance(result, Working)
        wait = estimates.wait(place, 1, "standard", "") + estimates.seconds("standard", "")
        assert result.line == side.words.queued(place, wait)
        assert result.summary == side.words.summary("Imagen 4 Standard", "", "1:1", 4, FOUR)
        assert labels(result) == [side.words.CANCEL]


async def test_a_card_says_that_it_is_being_drawn(running: RunningBot) -> None:
    running.painter.gate.clear()
    await everywhere(lambda side: running.accept(address=side.address))
    seconds = running.services.estimates.seconds("standard", "")
    for side in SIDES:
        line = side.words.drawing(0, seconds)
        await until(lambda side=side, line=line: cards(running, side, Working)[-1].line == line)  # type: ignore[misc]


async def test_a_gallery_and_its_buttons(running: RunningBot) -> None:
    await everywhere(lambda side: running.accept(address=side.address))
    await running.finish()
    for side in SIDES:
        (result,), words = cards(running, side, Delivered), side.words
        assert result.caption == words.caption("Ann", "Imagen 4 Standard", "", "1:1", 0, FOUR)
        assert [each.alt for each in result.pictures] == [words.alt("a red fox", n, 4) for n in range(1, 5)]
        final = words.final(best(running), ULTRA)
        assert labels(result) == [words.AGAIN, words.EDIT, final, words.DETAILS, words.DELETE]


@both
async def test_a_gallery_with_fewer_pictures_and_a_hint(running: RunningBot, side: Side) -> None:
    running.painter.script = [lambda order: Drawn(drawings=drawings(order, 3), cost_micros=0, filtered=1)]
    await running.draw("a poster", address=side.address)
    (result,) = cards(running, side, Delivered)
    assert result.notes == (side.words.fewer(3, 4, 1, 0, 0), side.words.text_hint("standard"))
    assert side.words.MISSING in labels(result)


@both
async def test_details_show_all_rows(running: RunningBot, side: Side) -> None:
    job = await running.draw(address=side.address)
    result = report(await running.press("details", id_text(job.id), address=side.address))
    header = header_of(job, running.catalog)
    assert (result.title, result.rows[:9]) == (
        side.words.DETAILS,
        side.words.details(job, header, "2026-11-22 12:00 UTC", 0),
    )
    allowance = await running.ledger.reports.allowance(side.name, ANN.id, ())
    assert result.rows[9:] == (side.words.left_today(allowance, running.clock()),)


ENDS: dict[str, tuple[Any, Callable[[Any, str], str]]] = {
    "refused": (Declined(), lambda words, _job: words.declined("Imagen 4 Standard")),
    "failed": (NotDrawn(why="busy"), lambda words, job: words.not_drawn("busy", job)),
    "unknown": (Unknown(why="cut off"), lambda words, job: words.unknown("cut off", job)),
    "broken": (RuntimeError("unplanned"), lambda words, job: words.broke(job)),
}


@pytest.mark.parametrize(("outcome", "sentence_of"), ENDS.values(), ids=ENDS)
async def test_the_reason_for_no_picture(running: RunningBot, outcome: Any, sentence_of: Any) -> None:
    for side in SIDES:
        running.painter.script = [outcome]
        job = await running.draw(address=side.address)
        (result,) = [ended(each) for each in running.outcomes if each.ref.address.workspace == side.name]
        assert result.sentence == sentence_of(side.words, id_text(job.id))
        assert labels(result)[0] == side.words.EDIT


async def test_a_job_after_another_workspaces_job_ends_in_its_own_language(build: Build) -> None:
    running = await with_both_languages(await build(in_flight=1))
    running.painter.script = [Declined()] * 4
    running.painter.gate.clear()
    for side in (*SIDES, *SIDES):
        await running.accept(address=side.address)
    running.painter.gate.set()
    await running.finish()
    for side in SIDES:
        there = [ended(each) for each in running.outcomes if each.ref.address.workspace == side.name]
        assert [each.sentence for each in there] == [side.words.declined("Imagen 4 Standard")] * 2


@both
async def test_a_job_that_an_admin_cancels_tells_its_requester(build: Build, side: Side) -> None:
    running = await with_both_languages(await build(per_person=0))
    job = (await running.accept(address=side.address)).job
    reply = await running.press("cancel", job, BOSS, address=side.address)
    await running.finish()
    assert reply == Notice(sentence=side.words.CANCELLED)
    assert ended(running.only_outcome()).sentence == side.words.CANCELLED


async def test_presses_on_a_forwarded_gallery_use_the_language_of_the_jobs_workspace(
    running: RunningBot,
) -> None:
    """A private gallery may have come as a direct message, which is another workspace."""
    job = await running.draw("ein Fuchs --private", address=VEREIN.address)
    again = await running.press("again", id_text(job.id), address=at("dm"))
    assert german.plural(4, "picture") in card(again).summary
    details = report(await running.press("details", id_text(job.id), address=at("dm")))
    assert details.rows[0][0] == german.details(job, header_of(job, running.catalog), "", 0)[0][0]


async def test_jobs_that_a_restart_interrupted_end_in_each_language(running: RunningBot) -> None:
    running.painter.gate.clear()
    answers = await everywhere(lambda side: running.accept(address=side.address))
    await until(lambda: len(running.painter.orders) == 2)
    await running.crash()
    wording.activate(wording.USUAL)
    await running.open()
    await running.finish()
    sentences = {each.ref.address.workspace: ended(each).sentence for each in running.outcomes}
    assert sentences == {
        side.name: side.words.interrupted(answer.job) for side, answer in zip(SIDES, answers, strict=True)
    }


@both
async def test_a_job_closed_before_a_restart_is_delivered_after_it(
    running: RunningBot, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.imagine.delivery.RETRIES", (3600.0,))
    for verb in ("revise", "post"):
        running.chat.fail(verb, retryable=True, times=-1)  # type: ignore[arg-type]
    await running.accept(address=side.address, show=False)
    await until(lambda: any(isinstance(each, Delivered) for _, _, each in running.chat.calls))
    await running.crash()
    running.chat.heal()
    wording.activate(wording.USUAL)  # as a new process does
    await running.open()
    await running.finish()
    assert labels(gallery(running.only_outcome()))[0] == side.words.AGAIN


@both
async def test_a_job_whose_reply_token_ended_during_a_restart(build: Build, side: Side) -> None:
    running = await with_both_languages(await build(per_person=0))
    lent = Lent(token="t", until=int(running.clock() + 900))
    address = Address(platform="chat", workspace=side.name, channel="general", lent_only=True, lent=lent)
    job = (await running.accept(address=address)).job
    await running.crash()
    running.clock.now += 3_600
    wording.activate(wording.USUAL)
    await running.open()
    await running.finish()
    assert ended(running.only_outcome()).sentence == side.words.never_started(job)


# --- refusals


@both
async def test_a_refusal_by_a_limit(build: Build, side: Side) -> None:
    running = await with_both_languages(await build(images=3))
    await quotas(running, "settings --admin-channel chat:admins", address=side.address)
    refused = await running.ask(address=side.address)
    denied = Denied(
        kind="everyone", ref="*", what="images", period="day", limit=3, asked=4, frees_at=MIDNIGHT
    )
    assert isinstance(refused, Refused)
    assert refused.sentence == side.words.denied(denied, running.clock())
    assert labels(refused) == [side.words.MORE]


@both
async def test_refusals_of_typed_text(running: RunningBot, side: Side) -> None:
    words = side.words
    flags = await running.ask("a fox --v 6", address=side.address)
    assert isinstance(flags, Refused)
    assert (flags.sentence, labels(flags)) == (words.midjourney(["--v"], ["v"]), [words.PLAIN])
    cannot = await running.ask("a fox --transparent", address=side.address)
    standard = running.catalog.tiers["standard"]
    with wording.override(side.language):
        others = able(running.catalog, "transparent")
    assert sentence(cannot) == words.cannot(standard, words.TRANSPARENT, others)
    assert sentence(await running.command("draw", address=side.address)) == words.no_command("draw")


@both
async def test_an_unexpected_error(running: RunningBot, side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("unplanned")

    monkeypatch.setattr(running.ledger.finding, "count", broken)
    text = sentence(await running.command("recent", address=side.address))
    assert text in {side.words.broke(word.strip(";.")) for word in text.split()}


# --- commands, forms, pages


@both
async def test_the_allowance_and_the_tiers(running: RunningBot, side: Side) -> None:
    words, catalog = side.words, running.catalog
    quota = report(await running.command("quota", address=side.address))
    allowance = await running.ledger.reports.allowance(side.name, ANN.id, ())
    assert (quota.title, quota.columns) == (words.QUOTA, words.QUOTA_COLUMNS)
    assert (quota.rows, quota.lines) == (
        words.quota_rows(allowance),
        (words.renews(allowance, running.clock()),),
    )
    tiers = report(await running.command("tiers", address=side.address))
    standard = catalog.tiers["standard"]
    quote = catalog.quote(standard, "", running.services.today())
    assert quote is not None
    assert (tiers.title, tiers.columns) == (words.TIERS, words.tier_columns(100))
    assert words.tier_row(standard, "", quote, monthly(STANDARD, 100)) in tiers.rows
    assert tiers.lines == (*map(words.tier_line, catalog.enabled.values()), words.ratios(catalog.ratios))


@both
async def test_help_names_commands_alike_and_explains_them_in_each_language(
    running: RunningBot, side: Side
) -> None:
    result = report(await running.command("help", person=BOSS, address=side.address))
    with wording.override("en"):
        helps = {name: command.help for name, command in running.services.commands.items()}
    assert (result.title, result.lines) == (side.words.HELP, (side.words.HELP_LINE,))
    assert result.rows == tuple((f"/{name}", side.words.known(text)) for name, text in helps.items())


@both
async def test_the_usage_and_its_chart(
    running: RunningBot, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chart is drawn in another thread, which must have the language, too."""
    ticks: list[tuple[str, threading.Thread]] = []
    for name, words in (("en", english), ("de", german)):

        def tick(micros: int, whole: bool, name: str = name) -> str:
            ticks.append((name, threading.current_thread()))
            return str(micros)

        monkeypatch.setattr(words, "tick", tick)
    await running.draw(address=side.address)
    result = report(await running.command("usage", address=side.address))
    words, totals = side.words, Totals(images=4, charge_micros=FOUR, cost_micros=0)
    title = words.usage_title(totals, "2026-11-01", "2026-11-22", words.YOU)
    assert result.title == title
    assert result.columns[:3] == words.usage_columns("tier")
    assert result.chart is not None
    assert result.chart.alt == words.chart_alt(title, {"2026-11-22": FOUR}, "day", {"standard": FOUR})
    assert {name for name, _ in ticks} == {wording.get_language()}
    assert threading.main_thread() not in {thread for _, thread in ticks}


@both
async def test_forms_have_translated_labels_and_the_same_values(running: RunningBot, side: Side) -> None:
    words = side.words
    job = await running.draw(address=side.address)
    for verb, title in (("imagine", words.IMAGINE), ("edit", words.EDIT)):
        name = id_text(job.id) if verb == "edit" else ""
        form = await open_form(running, side, verb, name)
        assert (form.title, form.submit) == (title, words.DRAW)
        assert [each.label for each in form.fields] == [words.field_label(each.name) for each in form.fields]
        tier = next(each for each in form.fields if each.name == "tier")
        assert (tier.value, tier.choices[0].value) == ("standard", "fast")
        quote = running.catalog.quote(running.catalog.tiers["fast"], "", running.services.today())
        assert tier.choices[0].label == words.tier_choice(running.catalog.tiers["fast"], quote)


@both
async def test_suggestions_while_typing(running: RunningBot, side: Side) -> None:
    command = Command(
        id=request_id(), person=ANN, address=side.address, name="usage", options={"period": "week"}
    )
    assert await running.bot.suggest(command, "period") == (
        Choice(value="week", label=side.words.PERIODS["week"]),
    )


@both
async def test_the_home_page(running: RunningBot, side: Side) -> None:
    page = await running.bot.home(BOSS, side.address)
    words = side.words
    assert (page.title, page.past_title, page.allowance.title) == (words.HOME, words.RECENT, words.QUOTA)
    assert page.settings is not None
    assert (page.settings.title, page.settings.columns) == (words.SET_HERE, words.SET_COLUMNS)


# --- messages that nobody asked for


async def test_an_alert_is_in_the_language_of_its_workspace(running: RunningBot) -> None:
    for side in SIDES:
        await quotas(running, f"settings --alert-channel {side.name}:money", address=side.address)
        await quotas(running, "budget --money-per-month 0.40", address=side.address)
    running.chat.messages.clear()
    await everywhere(lambda side: running.accept(address=side.address))
    await running.finish()
    for side in SIDES:
        channel = f"{side.name}:money"
        await until(lambda channel=channel: bool(messages_in(running, channel)))  # type: ignore[misc]
        alert = Alert(side.name, "2026-11", 50, 400_000, FOUR)
        result = report(messages_in(running, channel)[0].card)
        state = await running.ledger.settings.budget(side.name)
        assert (result.title, result.lines) == (side.words.alert(alert), side.words.alert_lines(alert, state))


@pytest.fixture
async def scarce(build: Build) -> RunningBot:
    """A bot on which everyone may draw four pictures a day; each workspace has an admin channel."""
    running = await with_both_languages(await build(images=4, operators=frozenset({"chat:op"})))
    for side in SIDES:
        await quotas(running, f"settings --admin-channel {side.name}:admins", address=side.address)
    running.chat.messages.clear()
    return running


@both
async def test_a_request_for_more_and_its_answer(scarce: RunningBot, side: Side) -> None:
    words = side.words
    await scarce.draw(address=side.address)
    job = button(await scarce.ask(address=side.address)).target
    assert await scarce.press("more", job, address=side.address) == Notice(sentence=words.ASKED)
    (message,) = messages_in(scarce, f"{side.name}:admins")
    result = report(message.card)
    assert result.title == words.asks("Ann", "images", 4)
    assert result.rows == words.asks_rows("images", "day", 4, 4, "everyone")
    assert labels(result) == [words.APPROVE, words.DENY]
    form = await open_form(scarce, side, "approve", job, BOSS)
    assert (form.title, form.submit) == (words.approving("Ann"), words.APPROVE)
    assert [each.label for each in form.fields] == [words.IMAGES_LABEL, words.UNTIL_LABEL]
    reply = await scarce.press("approve", job, BOSS, address=side.address)
    granted = words.what_changed(await newest_entry(scarce, side.name), {}, "UTC")
    assert reply == Notice(sentence=words.approved("Boss", granted))
    assert report(message.card).lines == (words.approved("Boss", granted),)
    assert private_sentences(scarce, side) == [words.you_got(granted)]


def private_sentences(running: RunningBot, side: Side) -> list[str]:
    """Return the sentences that only Ann sees in a workspace."""
    messages = [each for each in running.chat.messages.values() if each.ref.address.private_to == ANN.id]
    return [sentence(each.card) for each in messages if each.ref.address.workspace == side.name]


async def ask_for_more(running: RunningBot, address: Address) -> str:
    """Use up Ann's allowance in the German workspace, and ask for more; return the job."""
    await running.draw(address=VEREIN.address)
    job = button(await running.ask(address=VEREIN.address)).target
    assert isinstance(await running.press("more", job, address=address), Notice)
    return job


async def test_a_request_for_more_from_elsewhere_is_in_the_admins_language(scarce: RunningBot) -> None:
    """A private message may have come as a direct message, which is another workspace."""
    await ask_for_more(scarce, at("dm"))
    (message,) = messages_in(scarce, f"{VEREIN.name}:admins")
    assert report(message.card).title == german.asks("Ann", "images", 4)
    assert labels(message.card) == [german.APPROVE, german.DENY]


async def test_an_operators_answer_from_elsewhere_is_in_the_requesters_language(
    scarce: RunningBot,
) -> None:
    job = await ask_for_more(scarce, VEREIN.address)
    await scarce.press("deny", job, Person(id="chat:op", name="Op"), address=CLUB.address)
    assert private_sentences(scarce, VEREIN) == [german.you_got_none("Op")]
    (message,) = messages_in(scarce, f"{VEREIN.name}:admins")
    assert report(message.card).lines == (german.denied_by("Op"),)


async def test_an_operators_undo_from_elsewhere_is_in_the_admins_language(
    scarce: RunningBot,
) -> None:
    operator = Person(id="chat:op", name="Op")
    await quotas(scarce, "set --images-per-day 9", address=VEREIN.address)
    number = english.number(await newest_entry(scarce, VEREIN.name))
    await quotas(scarce, f"undo {number} --confirm", operator, address=CLUB.address)
    await until(lambda: len(messages_in(scarce, f"{VEREIN.name}:admins")) == 2)
    result = report(messages_in(scarce, f"{VEREIN.name}:admins")[-1].card)
    entry = await newest_entry(scarce, VEREIN.name)
    assert (result.title, result.lines[0]) == (german.changed_by("Op"), german.changed(entry, {}, "UTC"))


async def test_each_side_of_a_link_has_its_own_language(running: RunningBot) -> None:
    anna = Person(id="other:anna", name="Anna")
    code = report(await running.command("link", address=CLUB.address))
    until_then = english.link_code("0" * 13, 600).replace("0" * 13, "")
    word = next(line for line in code.lines if line.startswith(until_then)).removeprefix(until_then)
    question = report(await running.command("link", word, anna, address=VEREIN.address))
    ann_there = german.somebody("Ann", "Chat")
    anna_here = english.somebody("Anna", "Other")
    assert (question.title, question.lines) == (german.join_question(ann_there), (german.LINK_MEANS,))
    agreed = await running.press("link", word, anna, address=VEREIN.address)
    assert agreed == Notice(sentence=german.agreed(ann_there))
    question_message = list(running.chat.messages.values())[-1]
    assert question_message.ref.address.workspace == CLUB.name
    result = report(question_message.card)
    assert (result.title, labels(result)) == (english.join_question(anna_here), [english.JOIN])
    assert await running.press("link", word, ANN, address=CLUB.address) == Notice(
        sentence=english.linked([anna_here])
    )
    joined = list(running.chat.messages.values())[-1]
    assert joined.ref.address.workspace == VEREIN.name
    assert joined.card == Notice(sentence=german.linked([ann_there]))


# --- the choice of the language


async def test_without_a_setting_the_default_language_holds(build: Build) -> None:
    running = await build(usual_language="de")
    await quotas(running, "settings --language en", address=at("chat:english"))
    for place, words, language in (("chat:any", german, "de"), ("chat:english", english, "en")):
        assert report(await running.command("quota", address=at(place))).title == words.QUOTA
        assert await running.bot.language(place) == language
        settings = report(await quotas(running, "settings", address=at(place)))
        assert settings.title == words.SETTINGS
        assert settings.rows[1][1] == language


async def test_a_setting_holds_from_the_next_answer_on_and_undo_takes_it_back(
    running: RunningBot,
) -> None:
    place = at("chat:new")
    done = sentence(await quotas(running, "settings --language de", address=place))
    entry = await newest_entry(running, place.workspace)
    assert done == english.done(english.changed(entry, {}, "UTC"), id_text(entry.id))
    assert report(await quotas(running, "settings", address=place)).title == german.SETTINGS
    log = report(await quotas(running, "log", address=place))
    assert log.columns == german.LOG_COLUMNS
    assert log.rows[0][2] == german.logged(entry, {}, "UTC", everywhere=False)
    undone = await quotas(running, f"undo {id_text(entry.id)} --confirm", address=place)
    assert isinstance(undone, Notice)
    assert report(await running.command("quota", address=place)).title == english.QUOTA
    assert await running.bot.language(place.workspace) == "en"


async def test_the_setting_outlives_the_process(running: RunningBot) -> None:
    await running.crash()
    await running.open()
    for side in SIDES:
        assert report(await running.command("quota", address=side.address)).title == side.words.QUOTA


@both
async def test_an_unknown_language_is_refused_with_the_known_ones(running: RunningBot, side: Side) -> None:
    answer = await quotas(running, "settings --language tlh", address=side.address)
    assert answer == Refused(
        why="input", sentence=side.words.unknown_choice("--language", "tlh", wording.LANGUAGES, "")
    )


async def test_two_hundred_requests_at_once_each_get_their_own_language(running: RunningBot) -> None:
    async def ask(number: int) -> tuple[Side, str]:
        side = SIDES[number % 2]
        person = Person(id=f"chat:{number}", name=f"P{number}")
        match number % 8 // 2:
            case 0:
                return side, report(await running.command("quota", person=person, address=side.address)).title
            case 1:
                result = card(await running.ask("a fox -n 1", person, address=side.address))
                return side, labels(result)[0]
            case 2:
                refused = await running.ask("", person, address=side.address)
                return side, sentence(refused)
            case _:
                return side, sentence(await running.press("details", "0" * 13, person, address=side.address))

    running.painter.gate.clear()
    answers = await asyncio.gather(*map(ask, range(200)))
    for side in SIDES:
        words = side.words
        sentences = {answer for each, answer in answers if each is side}
        assert sentences <= {words.QUOTA, words.CANCEL, words.EMPTY_PROMPT, words.NO_SUCH_JOB}
        assert len(sentences) == 4
    running.painter.gate.set()
    await running.finish()
    for side in SIDES:
        assert {labels(each)[0] for each in cards(running, side, Delivered)} == {side.words.AGAIN}
