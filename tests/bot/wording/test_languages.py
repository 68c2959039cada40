"""Two workspaces that speak two languages, on one core at once: whatever is said in each is in its own."""

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
from tests.bot.admin.admins import button, newest, posted, quotas, report, sentence
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
    """A workspace, the language that is spoken there, and its words."""

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
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_alerts, "LOOK_EVERY", 0.01)


async def speaking_both(running: RunningBot) -> RunningBot:
    await quotas(running, "settings --language de", address=VEREIN.address)
    return running


@pytest.fixture
async def running(build: Build) -> RunningBot:
    return await speaking_both(await build())


def best(running: RunningBot) -> Tier:
    tier = running.catalog.best
    assert tier is not None
    return tier


def cards(running: RunningBot, side: Side, kind: type[Card]) -> list[Any]:
    """Every card of this kind that stands, or stood, in a workspace; oldest first."""
    messages = [*running.chat.messages.values(), *running.chat.deleted]
    there = [each for each in messages if each.ref.address.workspace == side.name]
    return [each for message in there for each in message.cards if isinstance(each, kind)]


def labels(shown: Any) -> list[str]:
    return [each.label for each in shown.buttons]


async def opened(running: RunningBot, side: Side, verb: str, job: str = "", person: Person = ANN) -> Form:
    press = Press(id=request_id(), person=person, address=side.address, verb=verb, target=job)  # type: ignore[arg-type]
    form = await running.bot.form(press)
    assert isinstance(form, Form)
    return form


async def everywhere(ask: Callable[[Side], Any]) -> list[Any]:
    """The same in both workspaces at the same moment."""
    return await asyncio.gather(*map(ask, SIDES))


# --- drawing


async def test_the_card_says_what_it_will_be_and_cost(build: Build) -> None:
    running = await speaking_both(await build(in_flight=1))
    running.painter.gate.clear()
    await running.accept("a blue fox", BOB)
    estimates = running.services.estimates
    for place, side in enumerate(SIDES, start=1):
        shown = (await running.accept(address=side.address)).card
        assert isinstance(shown, Working)
        wait = estimates.wait(place, 1, "standard", "") + estimates.seconds("standard", "")
        assert shown.line == side.words.queued(place, wait)
        assert shown.summary == side.words.summary("Imagen 4 Standard", "", "1:1", 4, FOUR)
        assert labels(shown) == [side.words.CANCEL]


async def test_while_it_is_drawn_it_says_so(running: RunningBot) -> None:
    running.painter.gate.clear()
    await everywhere(lambda side: running.accept(address=side.address))
    seconds = running.services.estimates.seconds("standard", "")
    for side in SIDES:
        line = side.words.drawing(0, seconds)
        await until(lambda side=side, line=line: cards(running, side, Working)[-1].line == line)  # type: ignore[misc]


async def test_the_gallery_and_what_is_pressed_under_it(running: RunningBot) -> None:
    await everywhere(lambda side: running.accept(address=side.address))
    await running.finish()
    for side in SIDES:
        (shown,), words = cards(running, side, Delivered), side.words
        assert shown.caption == words.caption("Ann", "Imagen 4 Standard", "", "1:1", 0, FOUR)
        assert [each.alt for each in shown.pictures] == [words.alt("a red fox", n, 4) for n in range(1, 5)]
        final = words.final(best(running), ULTRA)
        assert labels(shown) == [words.AGAIN, words.EDIT, final, words.DETAILS, words.DELETE]


@both
async def test_fewer_pictures_and_hints(running: RunningBot, side: Side) -> None:
    running.painter.script = [lambda order: Drawn(drawings=drawings(order, 3), cost_micros=0, filtered=1)]
    await running.draw("a poster", address=side.address)
    (shown,) = cards(running, side, Delivered)
    assert shown.notes == (side.words.fewer(3, 4, 1, 0, 0), side.words.text_hint("standard"))
    assert side.words.MISSING in labels(shown)


@both
async def test_details_say_it_all(running: RunningBot, side: Side) -> None:
    job = await running.draw(address=side.address)
    shown = report(await running.press("details", id_text(job.id), address=side.address))
    header = header_of(job, running.catalog)
    assert (shown.title, shown.rows[:9]) == (
        side.words.DETAILS,
        side.words.details(job, header, "2026-11-22 12:00 UTC", 0),
    )
    allowance = await running.ledger.reports.allowance(side.name, ANN.id, ())
    assert shown.rows[9:] == (side.words.left_today(allowance, running.clock()),)


ENDS: dict[str, tuple[Any, Callable[[Any, str], str]]] = {
    "refused": (Declined(), lambda words, _job: words.declined("Imagen 4 Standard")),
    "failed": (NotDrawn(why="busy"), lambda words, job: words.not_drawn("busy", job)),
    "unknown": (Unknown(why="cut off"), lambda words, job: words.unknown(job)),
    "broken": (RuntimeError("unplanned"), lambda words, job: words.broke(job)),
}


@pytest.mark.parametrize(("outcome", "said"), ENDS.values(), ids=ENDS)
async def test_why_there_is_no_picture(running: RunningBot, outcome: Any, said: Any) -> None:
    for side in SIDES:
        running.painter.script = [outcome]
        job = await running.draw(address=side.address)
        (shown,) = [ended(each) for each in running.outcomes if each.ref.address.workspace == side.name]
        assert shown.sentence == said(side.words, id_text(job.id))
        assert labels(shown)[0] == side.words.EDIT


async def test_whose_turn_comes_after_another_workspaces_is_told_in_its_own_language(build: Build) -> None:
    running = await speaking_both(await build(in_flight=1))
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
async def test_what_an_admin_cancels_is_told_to_its_requester(build: Build, side: Side) -> None:
    running = await speaking_both(await build(per_person=0))
    job = (await running.accept(address=side.address)).job
    reply = await running.press("cancel", job, BOSS, address=side.address)
    await running.finish()
    assert reply == Notice(sentence=side.words.CANCELLED)
    assert ended(running.only_outcome()).sentence == side.words.CANCELLED


async def test_what_was_sent_on_is_spoken_of_in_the_language_of_where_it_was_asked_for(
    running: RunningBot,
) -> None:
    """A private gallery may have come as a direct message, which is another workspace."""
    job = await running.draw("ein Fuchs --private", address=VEREIN.address)
    again = await running.press("again", id_text(job.id), address=at("dm"))
    assert german.plural(4, "picture") in card(again).summary
    details = report(await running.press("details", id_text(job.id), address=at("dm")))
    assert details.rows[0][0] == german.details(job, header_of(job, running.catalog), "", 0)[0][0]


async def test_what_a_restart_cut_off_is_said_in_each_language(running: RunningBot) -> None:
    running.painter.gate.clear()
    answers = await everywhere(lambda side: running.accept(address=side.address))
    await until(lambda: len(running.painter.orders) == 2)
    await running.crash()
    wording.activate(wording.USUAL)
    await running.open()
    await running.finish()
    said = {each.ref.address.workspace: ended(each).sentence for each in running.outcomes}
    assert said == {
        side.name: side.words.interrupted(answer.job) for side, answer in zip(SIDES, answers, strict=True)
    }


@both
async def test_what_was_closed_before_a_restart_is_told_after_it(
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
async def test_what_cannot_be_told_any_more_after_a_restart(build: Build, side: Side) -> None:
    running = await speaking_both(await build(per_person=0))
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
async def test_which_limit_stopped_somebody(build: Build, side: Side) -> None:
    running = await speaking_both(await build(images=3))
    await quotas(running, "settings --admin-channel chat:admins", address=side.address)
    refused = await running.ask(address=side.address)
    denied = Denied(
        kind="everyone", ref="*", what="images", period="day", limit=3, asked=4, frees_at=MIDNIGHT
    )
    assert isinstance(refused, Refused)
    assert refused.sentence == side.words.denied(denied, running.clock())
    assert labels(refused) == [side.words.MORE]


@both
async def test_what_was_typed_wrongly(running: RunningBot, side: Side) -> None:
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
async def test_what_nobody_planned(running: RunningBot, side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("unplanned")

    monkeypatch.setattr(running.ledger.jobs, "list_recent", broken)
    said = sentence(await running.command("recent", address=side.address))
    assert said in {side.words.broke(word.strip(";.")) for word in said.split()}


# --- commands, forms, pages


@both
async def test_what_is_left_and_what_can_be_drawn(running: RunningBot, side: Side) -> None:
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
    shown = report(await running.command("help", person=BOSS, address=side.address))
    with wording.override("en"):
        helps = {name: known.help for name, known in running.services.commands.items()}
    assert (shown.title, shown.lines) == (side.words.HELP, (side.words.HELP_LINE,))
    assert shown.rows == tuple((f"/{name}", side.words.known(told)) for name, told in helps.items())


@both
async def test_what_was_spent_and_its_chart(
    running: RunningBot, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chart is drawn by another thread."""
    written: list[tuple[str, threading.Thread]] = []
    for name, words in (("en", english), ("de", german)):

        def tick(micros: int, whole: bool, name: str = name) -> str:
            written.append((name, threading.current_thread()))
            return str(micros)

        monkeypatch.setattr(words, "tick", tick)
    await running.draw(address=side.address)
    shown = report(await running.command("usage", address=side.address))
    words, totals = side.words, Totals(images=4, charge_micros=FOUR, cost_micros=0)
    title = words.usage_title(totals, "2026-11-01", "2026-11-22", words.YOU)
    assert shown.title == title
    assert shown.columns[:3] == words.usage_columns("tier")
    assert shown.chart is not None
    assert shown.chart.alt == words.chart_alt(title, {"2026-11-22": FOUR}, "day", {"standard": FOUR})
    assert {name for name, _ in written} == {wording.get_language()}
    assert threading.main_thread() not in {thread for _, thread in written}


@both
async def test_forms_are_labelled_and_filled_in_with_the_same_values(running: RunningBot, side: Side) -> None:
    words = side.words
    job = await running.draw(address=side.address)
    for verb, title in (("imagine", words.IMAGINE), ("edit", words.EDIT)):
        name = id_text(job.id) if verb == "edit" else ""
        form = await opened(running, side, verb, name)
        assert (form.title, form.submit) == (title, words.DRAW)
        assert [each.label for each in form.fields] == [words.field_label(each.name) for each in form.fields]
        tier = next(each for each in form.fields if each.name == "tier")
        assert (tier.value, tier.choices[0].value) == ("standard", "fast")
        quote = running.catalog.quote(running.catalog.tiers["fast"], "", running.services.today())
        assert tier.choices[0].label == words.tier_choice(running.catalog.tiers["fast"], quote)


@both
async def test_what_is_offered_while_somebody_types(running: RunningBot, side: Side) -> None:
    asked = Command(
        id=request_id(), person=ANN, address=side.address, name="usage", options={"period": "week"}
    )
    assert await running.bot.suggest(asked, "period") == (
        Choice(value="week", label=side.words.PERIODS["week"]),
    )


@both
async def test_a_page_of_ones_own(running: RunningBot, side: Side) -> None:
    page = await running.bot.home(BOSS, side.address)
    words = side.words
    assert (page.title, page.past_title, page.allowance.title) == (words.HOME, words.RECENT, words.QUOTA)
    assert page.settings is not None
    assert (page.settings.title, page.settings.columns) == (words.SET_HERE, words.SET_COLUMNS)


# --- what comes by itself


async def test_an_alert_is_told_in_the_language_of_its_workspace(running: RunningBot) -> None:
    for side in SIDES:
        await quotas(running, f"settings --alert-channel {side.name}:money", address=side.address)
        await quotas(running, "budget --money-per-month 0.40", address=side.address)
    running.chat.messages.clear()
    await everywhere(lambda side: running.accept(address=side.address))
    await running.finish()
    for side in SIDES:
        channel = f"{side.name}:money"
        await until(lambda channel=channel: bool(posted(running, channel)))  # type: ignore[misc]
        found = Alert(side.name, "2026-11", 50, 400_000, FOUR)
        shown = report(posted(running, channel)[0].card)
        state = await running.ledger.settings.budget(side.name)
        assert (shown.title, shown.lines) == (side.words.alert(found), side.words.alert_lines(found, state))


@pytest.fixture
async def short(build: Build) -> RunningBot:
    """Where everyone may draw four pictures a day, and the admins of each workspace have a channel."""
    running = await speaking_both(await build(images=4, operators=frozenset({"chat:op"})))
    for side in SIDES:
        await quotas(running, f"settings --admin-channel {side.name}:admins", address=side.address)
    running.chat.messages.clear()
    return running


@both
async def test_who_asks_for_more_is_answered_in_the_language_of_both(short: RunningBot, side: Side) -> None:
    words = side.words
    await short.draw(address=side.address)
    job = button(await short.ask(address=side.address)).target
    assert await short.press("more", job, address=side.address) == Notice(sentence=words.ASKED)
    (message,) = posted(short, f"{side.name}:admins")
    shown = report(message.card)
    assert shown.title == words.asks("Ann", "images", 4)
    assert shown.rows == words.asks_rows("images", "day", 4, 4, "everyone")
    assert labels(shown) == [words.APPROVE, words.DENY]
    form = await opened(short, side, "approve", job, BOSS)
    assert (form.title, form.submit) == (words.approving("Ann"), words.APPROVE)
    assert [each.label for each in form.fields] == [words.IMAGES_LABEL, words.UNTIL_LABEL]
    reply = await short.press("approve", job, BOSS, address=side.address)
    granted = words.what_changed(await newest(short, side.name), {}, "UTC")
    assert reply == Notice(sentence=words.approved("Boss", granted))
    assert report(message.card).lines == (words.approved("Boss", granted),)
    assert told(short, side) == [words.you_got(granted)]


def told(running: RunningBot, side: Side) -> list[str]:
    """What Ann alone was told in a workspace."""
    messages = [each for each in running.chat.messages.values() if each.ref.address.private_to == ANN.id]
    return [sentence(each.card) for each in messages if each.ref.address.workspace == side.name]


async def asked_from(running: RunningBot, address: Address) -> str:
    """Ann drew what she may in the German workspace, and asks for more."""
    await running.draw(address=VEREIN.address)
    job = button(await running.ask(address=VEREIN.address)).target
    assert isinstance(await running.press("more", job, address=address), Notice)
    return job


async def test_what_is_asked_from_elsewhere_is_told_to_admins_in_their_language(short: RunningBot) -> None:
    """What is private may have come as a direct message, which is another workspace."""
    await asked_from(short, at("dm"))
    (message,) = posted(short, f"{VEREIN.name}:admins")
    assert report(message.card).title == german.asks("Ann", "images", 4)
    assert labels(message.card) == [german.APPROVE, german.DENY]


async def test_what_an_operator_answers_from_elsewhere_is_told_in_the_language_of_the_asker(
    short: RunningBot,
) -> None:
    job = await asked_from(short, VEREIN.address)
    await short.press("deny", job, Person(id="chat:op", name="Op"), address=CLUB.address)
    assert told(short, VEREIN) == [german.you_got_none("Op")]
    (message,) = posted(short, f"{VEREIN.name}:admins")
    assert report(message.card).lines == (german.denied_by("Op"),)


async def test_what_an_operator_takes_back_from_elsewhere_is_told_to_admins_in_their_language(
    short: RunningBot,
) -> None:
    operator = Person(id="chat:op", name="Op")
    await quotas(short, "set --images-per-day 9", address=VEREIN.address)
    number = english.number(await newest(short, VEREIN.name))
    await quotas(short, f"undo {number} --confirm", operator, address=CLUB.address)
    await until(lambda: len(posted(short, f"{VEREIN.name}:admins")) == 2)
    shown = report(posted(short, f"{VEREIN.name}:admins")[-1].card)
    entry = await newest(short, VEREIN.name)
    assert (shown.title, shown.lines[0]) == (german.changed_by("Op"), german.changed(entry, {}, "UTC"))


async def test_each_side_of_a_link_is_told_in_its_own_language(running: RunningBot) -> None:
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
    asked = list(running.chat.messages.values())[-1]
    assert asked.ref.address.workspace == CLUB.name
    shown = report(asked.card)
    assert (shown.title, labels(shown)) == (english.join_question(anna_here), [english.JOIN])
    assert await running.press("link", word, ANN, address=CLUB.address) == Notice(
        sentence=english.linked([anna_here])
    )
    joined = list(running.chat.messages.values())[-1]
    assert joined.ref.address.workspace == VEREIN.name
    assert joined.card == Notice(sentence=german.linked([ann_there]))


# --- which language it is


async def test_where_nothing_is_set_the_usual_language_is_spoken(build: Build) -> None:
    running = await build(usual_language="de")
    await quotas(running, "settings --language en", address=at("chat:english"))
    for place, words, language in (("chat:any", german, "de"), ("chat:english", english, "en")):
        assert report(await running.command("quota", address=at(place))).title == words.QUOTA
        assert await running.bot.language(place) == language
        settings = report(await quotas(running, "settings", address=at(place)))
        assert settings.title == words.SETTINGS
        assert settings.rows[1][1] == language


async def test_what_is_set_holds_from_the_next_answer_on_and_is_taken_back_with_undo(
    running: RunningBot,
) -> None:
    place = at("chat:new")
    done = sentence(await quotas(running, "settings --language de", address=place))
    entry = await newest(running, place.workspace)
    assert done == english.done(english.changed(entry, {}, "UTC"), id_text(entry.id))
    assert report(await quotas(running, "settings", address=place)).title == german.SETTINGS
    log = report(await quotas(running, "log", address=place))
    assert log.columns == german.LOG_COLUMNS
    assert log.rows[0][2] == german.logged(entry, {}, "UTC", everywhere=False)
    undone = await quotas(running, f"undo {id_text(entry.id)} --confirm", address=place)
    assert isinstance(undone, Notice)
    assert report(await running.command("quota", address=place)).title == english.QUOTA
    assert await running.bot.language(place.workspace) == "en"


async def test_it_outlives_the_process(running: RunningBot) -> None:
    await running.crash()
    await running.open()
    for side in SIDES:
        assert report(await running.command("quota", address=side.address)).title == side.words.QUOTA


@both
async def test_a_language_that_is_not_spoken_is_refused_with_those_that_are(
    running: RunningBot, side: Side
) -> None:
    answer = await quotas(running, "settings --language tlh", address=side.address)
    assert answer == Refused(
        why="input", sentence=side.words.unknown_choice("--language", "tlh", wording.LANGUAGES, "")
    )


async def test_two_hundred_at_once_are_each_answered_in_their_own_language(running: RunningBot) -> None:
    async def ask(number: int) -> tuple[Side, str]:
        side = SIDES[number % 2]
        person = Person(id=f"chat:{number}", name=f"P{number}")
        match number % 8 // 2:
            case 0:
                return side, report(await running.command("quota", person=person, address=side.address)).title
            case 1:
                shown = card(await running.ask("a fox -n 1", person, address=side.address))
                return side, labels(shown)[0]
            case 2:
                refused = await running.ask("", person, address=side.address)
                return side, sentence(refused)
            case _:
                return side, sentence(await running.press("details", "0" * 13, person, address=side.address))

    running.painter.gate.clear()
    answers = await asyncio.gather(*map(ask, range(200)))
    for side in SIDES:
        words = side.words
        said = {answer for each, answer in answers if each is side}
        assert said <= {words.QUOTA, words.CANCEL, words.EMPTY_PROMPT, words.NO_SUCH_JOB}
        assert len(said) == 4
    running.painter.gate.set()
    await running.finish()
    for side in SIDES:
        assert {labels(each)[0] for each in cards(running, side, Delivered)} == {side.words.AGAIN}
