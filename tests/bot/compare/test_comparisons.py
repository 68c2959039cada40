"""Comparing: one request, a job for each tier, one message; whatever fails, is pressed or is killed."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from bot.compare import comparisons
from bot.imagine.records import result_of
from bot.painters.port import Declined, Drawn, NotDrawn, Outcome, PaintOrder
from bot.port.cards import Accepted, Delivered, Form, Notice, Panel, PictureList, Refused, Report, Working
from bot.port.requests import Imagine, OptionValue, Person, Press, SentFile
from quotas.jobs.service import Jobs
from quotas.records import Limits
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, RunningBot, at, ended, gallery, request_id, until
from tests.fakes.painter import draw_all
from tests.quotas.helpers import by

TIERS = ("fast", "standard", "ultra", "gpt")
PRICES = {"fast": 30_000, "standard": 60_000, "ultra": 120_000, "gpt": 63_000}


def png(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, "PNG")
    return out.getvalue()


def draw(order: PaintOrder) -> Drawn:
    outcome = draw_all(order)
    return replace(outcome, drawings=tuple(replace(each, data=png()) for each in outcome.drawings))


class Painter:
    """Draws every tier but those with another outcome in `ends`."""

    def __init__(self, running: RunningBot, **ends: Outcome) -> None:
        running.painter.script = [lambda order: ends.get(order.tier.name) or draw(order)] * 1_000


async def compare(
    running: RunningBot,
    text: str = "a red fox",
    person: Person = ANN,
    *,
    request: str | None = None,
    show: bool = True,
    **options: OptionValue,
) -> Accepted | Refused:
    typed = Imagine(
        id=request or request_id(), person=person, address=at(), text=text, options=options, command="compare"
    )
    answer = await running.bot.imagine(typed)
    return await running._show(answer, at(), person, show)


async def accept(running: RunningBot, text: str = "a red fox", **options: OptionValue) -> Accepted:
    answer = await compare(running, text, **options)
    assert isinstance(answer, Accepted), answer
    return answer


def drawn_tiers(running: RunningBot) -> list[str]:
    return sorted(order.tier.name for order in running.painter.orders)


async def test_one_message_with_a_sheet_and_every_original(running: RunningBot) -> None:
    Painter(running)
    answer = await accept(running)
    assert isinstance(answer.card, Working)
    assert "Fast" in answer.card.line
    assert "Ultra" in answer.card.line
    await running.finish()
    card = gallery(running.only_outcome())
    assert [tile.tier for tile in card.compared] == list(TIERS)
    assert [tile.charge_micros for tile in card.compared] == list(PRICES.values())
    assert len(card.pictures) == 5
    sheet = await running.bot.picture(card.pictures[0].key)
    assert sheet is not None
    with Image.open(io.BytesIO(sheet)) as opened:
        assert opened.size == (card.pictures[0].width, card.pictures[0].height)
    assert all(title in card.pictures[0].alt for title in ("Imagen 4 Fast", "$0.12", "a red fox"))
    assert drawn_tiers(running) == sorted(TIERS)
    assert await running.usage_today() == (4, 0)


async def test_a_tier_that_fails_costs_nothing_and_says_why(running: RunningBot) -> None:
    Painter(running, fast=Declined(), ultra=NotDrawn(why="busy"))
    await accept(running)
    await running.finish()
    card = gallery(running.only_outcome())
    assert [(tile.tier, bool(tile.key), tile.charge_micros) for tile in card.compared] == [
        ("fast", False, 0),
        ("standard", True, 60_000),
        ("ultra", False, 0),
        ("gpt", True, 63_000),
    ]
    assert len(card.notes) == 2
    assert len(card.pictures) == 3
    assert [button.index for button in card.buttons if button.verb == "again"] == [4, 4, 0]
    assert await running.usage_today() == (2, 0)
    carrier = await running.ledger.jobs.carrier((await running.job(card.header.job)).id)
    assert carrier is not None
    assert (carrier.tier, carrier.state) == ("standard", "settled"), "the first that was drawn carries it"


async def test_if_no_tier_draws_it_there_is_one_card_that_says_so(running: RunningBot) -> None:
    Painter(running, **{tier: Declined() for tier in TIERS})
    await accept(running)
    await running.finish()
    card = ended(running.only_outcome())
    assert card.why == "refused"
    assert card.sentence.startswith("None of the tiers drew this. You weren't charged.")
    assert [button.verb for button in card.buttons] == ["compare"]
    assert await running.usage_today() == (0, 0)


async def test_the_same_request_gets_the_same_answer(running: RunningBot) -> None:
    Painter(running)
    first = await accept(running, request="same")
    again = await accept(running, request="same")
    assert (again.job, again.fresh) == (first.job, False)
    await running.finish()
    late = await accept(running, request="same")
    assert (late.job, late.fresh) == (first.job, False)
    assert gallery(running.only_outcome()) == late.card
    assert drawn_tiers(running) == sorted(TIERS)


async def test_of_copies_that_come_at_once_one_shows_its_card(running: RunningBot) -> None:
    Painter(running)
    copies = await asyncio.gather(*(compare(running, request="same", show=False) for _ in range(4)))
    answers = [answer for answer in copies if isinstance(answer, Accepted)]
    assert sorted(answer.fresh for answer in answers) == [False, False, False, True]
    assert len({answer.job for answer in answers}) == 1
    await running.finish()
    assert drawn_tiers(running) == sorted(TIERS)


async def test_a_dozen_at_once_draw_each_tier_once(build: Build) -> None:
    """The soak has fifty (`tests/faults/test_kill_compare.py`)."""
    running = await build(images=400)
    Painter(running)
    people = [Person(id=f"chat:{number}", name=f"P{number}") for number in range(12)]
    await asyncio.gather(*(compare(running, f"fox {each.name}", each) for each in people))
    await running.finish()
    assert len(running.outcomes) == 12
    drawn = sorted((order.prompt, order.tier.name) for order in running.painter.orders)
    assert drawn == sorted((f"fox {each.name}", tier) for each in people for tier in TIERS)


async def test_named_tiers_alone_are_drawn(running: RunningBot) -> None:
    Painter(running)
    await accept(running, "a red fox --tiers gpt,fast --ratio 16:9 --private")
    await running.finish()
    card = gallery(running.only_outcome())
    assert {tile.tier for tile in card.compared} == {"gpt", "fast"}
    assert card.header.private
    assert "share" in [button.verb for button in card.buttons]


@pytest.mark.parametrize("text", ["", "a fox --tiers fast", "a fox --tiers fast,nope", "a fox --ratio 5:1"])
async def test_what_cannot_be_compared_is_refused_and_holds_nothing(running: RunningBot, text: str) -> None:
    answer = await compare(running, text)
    assert isinstance(answer, Refused), answer
    assert answer.why == "input"
    assert await running.usage_today() == (0, 0)


async def test_a_tier_that_is_off_is_left_out_with_its_reason(running: RunningBot) -> None:
    Painter(running)
    running.painter.off = {"ultra": "Ultra is off."}
    await accept(running)
    await running.finish()
    card = gallery(running.only_outcome())
    assert [(tile.tier, tile.sentence) for tile in card.compared][-1] == ("ultra", "Ultra is off.")
    assert await running.usage_today() == (3, 0)
    running.painter.off = dict.fromkeys(TIERS, "The gateway is off.")
    answer = await compare(running)
    assert isinstance(answer, Refused)
    assert (answer.why, answer.sentence) == ("unavailable", "The gateway is off.")


async def test_a_tier_that_is_not_allowed_is_left_out_unless_it_was_named(running: RunningBot) -> None:
    Painter(running)
    await running.ledger.settings.set_limits(
        workspace="chat:team", kind="everyone", ref="*", change=Limits(tiers=("fast", "standard")), **by()
    )
    named = await compare(running, tiers="fast,ultra")
    assert isinstance(named, Refused)
    assert named.why == "allowance"
    assert await running.usage_today() == (0, 0)
    await accept(running)
    await running.finish()
    card = gallery(running.only_outcome())
    assert [tile.tier for tile in card.compared if tile.key] == ["fast", "standard"]
    assert {tile.facts for tile in card.compared if not tile.key} == {"Left out"}
    told = " ".join((*card.notes, *(picture.alt for picture in card.pictures)))
    assert "allowance" not in told, "what a person may draw is nobody else's business"
    assert await running.usage_today() == (2, 0)


@pytest.mark.parametrize(
    ("limits", "label", "drawn"),
    [
        ({"images_per_day": 2}, "Compare Fast, Standard · $0.09", ["fast", "standard"]),
        ({"money_per_day": 100_000}, "Compare Fast, Standard · $0.09", ["fast", "standard"]),
        ({"money_per_month": 160_000}, "Compare Fast, Standard, GPT · $0.153", ["fast", "gpt", "standard"]),
    ],
)
async def test_an_allowance_for_some_tiers_offers_as_many_as_it_pays_for(
    running: RunningBot, limits: dict[str, int], label: str, drawn: list[str]
) -> None:
    Painter(running)
    await running.ledger.settings.set_limits(
        workspace="chat:team", kind="everyone", ref="*", change=Limits(**limits), **by()
    )
    answer = await compare(running, "a red fox -- “in snow” --ratio 16:9")
    assert isinstance(answer, Refused)
    assert await running.usage_today() == (0, 0)
    (button,) = answer.buttons
    assert (button.verb, button.label) == ("plain", label)
    assert isinstance(await running.press("plain", button.target), Accepted)
    await running.finish()
    assert drawn_tiers(running) == drawn
    assert {order.prompt for order in running.painter.orders} == {"a red fox -- “in snow”"}
    assert {order.ratio for order in running.painter.orders} == {"16:9"}


@pytest.mark.parametrize("limits", [{"images_per_day": 1}, {"money_per_day": 80_000}])
async def test_an_allowance_for_one_tier_offers_none(running: RunningBot, limits: dict[str, int]) -> None:
    await running.ledger.settings.set_limits(
        workspace="chat:team", kind="everyone", ref="*", change=Limits(**limits), **by()
    )
    answer = await compare(running)
    assert isinstance(answer, Refused)
    assert answer.buttons == ()
    assert await running.usage_today() == (0, 0)


async def test_named_tiers_that_are_not_allowed_offer_those_that_are(running: RunningBot) -> None:
    Painter(running)
    await running.ledger.settings.set_limits(
        workspace="chat:team", kind="everyone", ref="*", change=Limits(tiers=("fast", "standard")), **by()
    )
    answer = await compare(running, tiers="fast,ultra,standard")
    assert isinstance(answer, Refused)
    assert [button.label for button in answer.buttons] == ["Compare Fast, Standard · $0.09"]


async def test_a_prompt_too_long_for_one_tier_is_compared_in_the_others(running: RunningBot) -> None:
    Painter(running)
    running.painter.off = {"ultra": "Ultra is off."}
    fast = running.bot._services.catalog.tiers["fast"]
    object.__setattr__(fast, "prompt_tokens", 3)
    await accept(running, "a red fox asleep in deep fresh snow under a hollow oak")
    await running.finish()
    card = gallery(running.only_outcome())
    assert [(tile.tier, tile.why) for tile in card.compared if not tile.key] == [
        ("fast", "input"),
        ("ultra", "unavailable"),
    ]
    assert "too long" in next(tile.sentence for tile in card.compared if tile.tier == "fast")
    assert await running.usage_today() == (2, 0)


async def test_a_prompt_that_one_tier_alone_can_take_is_offered_in_it(running: RunningBot) -> None:
    Painter(running)
    answer = await compare(running, "fox " * 490)
    assert isinstance(answer, Refused)
    assert "Comparing needs at least two tiers." in answer.sentence
    assert [button.label for button in answer.buttons] == ["Draw with GPT-Image-2 · $0.063"]
    await running.press("instead", answer.buttons[0].target)
    await running.finish()
    assert drawn_tiers(running) == ["gpt"]


async def test_a_named_tier_that_is_off_is_left_out_with_its_reason(running: RunningBot) -> None:
    Painter(running)
    running.painter.off = {"gpt": "GPT-Image-2 is off."}
    await accept(running, tiers="fast,gpt,standard")
    await running.finish()
    card = gallery(running.only_outcome())
    assert card.notes == ("GPT-Image-2 is off.",)
    answer = await compare(running, tiers="fast,gpt")
    assert isinstance(answer, Refused)
    assert answer.sentence.startswith("Comparing needs at least two tiers. GPT-Image-2 is off.")
    assert await running.usage_today() == (2, 0)


async def test_more_tiers_than_one_message_shows_are_left_out(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    Painter(running)
    monkeypatch.setattr(comparisons, "MOST_TIERS", 3)
    await accept(running)
    await running.finish()
    card = gallery(running.only_outcome())
    assert card.notes == ("GPT-Image-2: One comparison shows at most 3 tiers.",)
    assert drawn_tiers(running) == ["fast", "standard", "ultra"]


async def test_flags_of_midjourney_can_be_left_out(running: RunningBot) -> None:
    Painter(running)
    answer = await compare(running, "a red fox --v 6 --stylize 100", tiers="fast,gpt", private=True)
    assert isinstance(answer, Refused)
    (button,) = answer.buttons
    assert button.label == "Draw without them · $0.093"
    await running.press("plain", button.target)
    await running.finish()
    card = gallery(running.only_outcome())
    assert ([tile.tier for tile in card.compared], card.header.private) == (["fast", "gpt"], True)
    assert card.header.prompt == "a red fox"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("/quota", "/quota is a command"), ("/imagine a fox", "/imagine is a command"), ("/help", "/help is")],
)
async def test_a_commands_name_is_not_compared(running: RunningBot, text: str, sentence: str) -> None:
    answer = await compare(running, text)
    assert isinstance(answer, Refused)
    assert answer.sentence.startswith(sentence)
    assert running.painter.orders == []


async def test_its_own_name_is_dropped(running: RunningBot) -> None:
    Painter(running)
    await accept(running, "/compare prompt: a fox")
    await running.finish()
    assert {order.prompt for order in running.painter.orders} == {"a fox"}


async def test_pictures_are_refused_since_only_words_are_compared(running: RunningBot) -> None:
    async def read(limit: int) -> bytes:
        raise AssertionError("nobody reads it")

    typed = Imagine(
        id=request_id(),
        person=ANN,
        address=at(),
        text="a fox",
        references=(SentFile(name="fox.png", read=read),),
        command="compare",
    )
    answer = await running.bot.imagine(typed)
    assert isinstance(answer, Refused)
    assert answer.sentence.startswith("I can only compare what you describe in words.")
    assert running.painter.orders == []


async def test_a_form_that_names_no_other_tier_leaves_out_what_is_not_allowed(running: RunningBot) -> None:
    """All tiers are chosen in the blank form, so they were not named."""
    Painter(running)
    await running.ledger.settings.set_limits(
        workspace="chat:team", kind="everyone", ref="*", change=Limits(tiers=("fast", "standard")), **by()
    )
    form = await running.bot.form(press("compare", ""))
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields}
    assert values == {"prompt": "", "tiers": "fast,standard,ultra,gpt", "ratio": "1:1", "private": "no"}
    answer = await running.bot.press(press("compare", "", options={**values, "prompt": "a fox"}))
    assert isinstance(answer, Accepted), answer
    answer = await running.bot.press(
        press("compare", "", options={**values, "prompt": "a fox", "tiers": "fast,gpt"})
    )
    assert isinstance(answer, Refused)
    assert answer.why == "allowance"


def press(verb: str, target: str, **changes: Any) -> Press:
    return Press(id=request_id(), person=ANN, address=at(), verb=verb, target=target, **changes)


async def test_cancel_takes_what_waits(build: Build) -> None:
    running = await build(in_flight=1)
    Painter(running)
    running.painter.gate.clear()
    answer = await accept(running)
    await until(lambda: len(running.painter.orders) == 1)
    said = await running.press("cancel", answer.job)
    assert isinstance(said, Notice)
    assert "already" in said.sentence
    running.painter.gate.set()
    await running.finish()
    card = gallery(running.only_outcome())
    assert [bool(tile.key) for tile in card.compared] == [True, False, False, False]
    assert await running.usage_today() == (1, 0)


async def test_its_buttons_and_recent_and_delete(running: RunningBot) -> None:
    Painter(running)
    await accept(running)
    await running.finish()
    card = gallery(running.only_outcome())
    recent = await running.command("recent")
    assert isinstance(recent, PictureList)
    (listed,) = recent.jobs
    assert listed.facts.startswith("fast, standard, ultra, gpt · 4 pictures, $0.273 · ")
    assert listed.picture == card.pictures[0]
    panel = await running.press("choose", listed.choose.target)
    assert isinstance(panel, Panel)
    assert panel.buttons[0].label == "Again · $0.273"
    assert panel.picks == ()
    details = await running.press("details", card.header.job)
    assert isinstance(details, Report)
    assert {"Imagen 4 Fast", "Imagen 4 Ultra"} <= {row[0] for row in details.rows}
    more = next(button for button in card.buttons if button.verb == "again")
    typed = await running.bot.press(press_more(more.target, more.index))
    assert isinstance(typed, Accepted)
    assert (typed.card.header.tier, typed.card.header.images) == ("fast", 4)
    await running.finish()
    again = await running.press("again", card.header.job, show=False)
    assert isinstance(again, Accepted)
    await running.finish()
    assert len(running.painter.orders) == 4 + 1 + 4
    assert isinstance(await running.press("delete", card.header.job), Notice)
    assert [await running.bot.picture(each.key) for each in card.pictures] == [None] * 5


def press_more(target: str, index: int) -> Press:
    return Press(id=request_id(), person=ANN, address=at(), verb="again", target=target, index=index)


STEPS = ("reserve_together", "start", "settle", "complete_comparison", "deliver")


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("step", STEPS)
async def test_killed_around_any_step_it_ends_in_one_message_and_no_tier_is_drawn_twice(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch, step: str, before: bool
) -> None:
    Painter(running)
    reached = asyncio.Event()
    original = getattr(Jobs, step)
    calls = 0

    async def stop_here(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls != (3 if step in ("start", "settle") else 1):
            return await original(*args, **kwargs)
        answer = None if before else await original(*args, **kwargs)
        reached.set()
        await asyncio.Event().wait()
        return answer

    monkeypatch.setattr(Jobs, step, stop_here)
    asking = asyncio.create_task(compare(running, request="once"))
    async with asyncio.timeout(10):
        await reached.wait()
    await running.crash()
    asking.cancel()
    monkeypatch.setattr(Jobs, step, original)
    await running.open()
    Painter(running)
    answer = await accept(running, request="once")
    await running.finish()
    assert len(running.outcomes) == 1, running.chat.messages
    tiers = [order.tier.name for order in running.painter.orders]
    assert len(tiers) == len(set(tiers)), "no tier twice"
    jobs = await running.ledger.jobs.of_comparison((await running.job(answer.job)).comparison or 0)
    assert len(jobs) == 4
    assert all(job.delivered_at for job in jobs)
    card = running.outcomes[0].card
    charged = {job.tier: job.charge_micros for job in jobs if job.state == "settled"}
    if isinstance(card, Delivered):
        assert charged == {tile.tier: tile.charge_micros for tile in card.compared if tile.key}
        assert set(charged) <= set(tiers)
        assert card.pictures[0].key.endswith("-s.jpeg"), "with its sheet"
    else:
        assert charged == {}
    assert await running.ledger.verify() == []


async def test_a_picture_lost_with_its_process_is_given_back(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    Painter(running)
    original, reached = Jobs.complete_comparison, asyncio.Event()

    async def stop_here(*args: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Jobs, "complete_comparison", stop_here)
    await accept(running)
    async with asyncio.timeout(10):
        await reached.wait()
    await running.crash()
    monkeypatch.setattr(Jobs, "complete_comparison", original)
    lost = next(iter(running.folder.glob("pictures/*/*-1.png")))
    lost.unlink()
    await running.open()
    await running.finish()
    card = gallery(running.outcomes[0])
    assert len([tile for tile in card.compared if tile.key]) == 3
    assert (await running.usage_today())[0] == 3
    carrier = await running.ledger.jobs.carrier((await running.job(card.header.job)).id)
    assert carrier is not None
    charged = [job.charge_micros or 0 for job in await running.ledger.jobs.of_comparison(carrier.id)]
    assert sum(tile.charge_micros for tile in card.compared) == sum(charged)
    assert result_of(carrier).sheet
