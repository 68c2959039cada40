"""A refused request behind a button: drawn with a tier that can, from the pictures that were sent."""

import sqlite3
from dataclasses import replace

import pytest
from PIL import Image

from bot import wording
from bot.imagine.records import spec_of
from bot.port.cards import Accepted, Button, Form, Notice, Refused, Reply
from quotas.catalog import Catalog
from quotas.ids import id_text
from quotas.limits.rules import DIRECT
from quotas.store.sqlite import FILE
from tests.bot.conftest import Build
from tests.bot.imagine.test_with_pictures import EACH, MEDIUM, fox, stored
from tests.bot.references.pictures import encode, sent
from tests.bot.running_bot import ANN, BOB, RunningBot, at, card_of, gallery
from tests.fakes.painter import draw_all, drawings

DAY = 24 * 3600


def button_of(answer: Reply) -> Button:
    assert isinstance(answer, Refused), answer
    (button,) = answer.buttons
    assert button.verb == "instead"
    return button


def half() -> Image.Image:
    mask = Image.new("L", (90, 60), 0)
    mask.paste(255, (0, 0, 45, 60))
    return mask


async def test_a_tier_that_takes_no_pictures_offers_one_that_draws_the_same_from_them(
    running: RunningBot,
) -> None:
    files = (sent(fox()), sent(fox(300, 300), "square.png"))
    mask = sent(encode(half()), "mask.png")
    refused = await running.ask("snow --fast -n 2 --private", references=files, mask=mask)
    button = button_of(refused)
    price = 2 * MEDIUM + 2 * EACH
    assert button.label == "Draw with GPT-Image-2 · $0.2028"
    assert await running.usage_today() == (0, 0)
    running.painter.gate.clear()
    answer = await running.press("instead", button.target)
    assert isinstance(answer, Accepted)
    assert (await running.job(answer.job)).hold_micros == price
    running.painter.gate.set()
    await running.finish()
    (order,) = running.painter.orders
    assert (order.prompt, order.tier.name, order.ratio, order.images) == ("snow", "gpt", "3:2", 2)
    assert [each.width for each in order.references] == [900, 300]
    assert order.mask is not None
    assert spec_of(await running.job(answer.job)).private
    assert await running.ledger.verify() == []


async def test_the_button_works_after_a_restart_as_often_as_it_is_pressed(running: RunningBot) -> None:
    button = button_of(await running.ask("snow --fast -n 1", references=(sent(fox()),)))
    await running.crash()
    await running.open()
    for _ in range(2):
        assert isinstance(await running.press("instead", button.target), Accepted)
        await running.finish()
    assert len(running.painter.orders) == 2
    assert isinstance(await running.press("instead", button.target, request="same"), Accepted)
    again = await running.press("instead", button.target, request="same")
    assert isinstance(again, Accepted)
    assert not again.fresh
    await running.finish()


async def test_transparency_is_offered_where_it_can_be_drawn(running: RunningBot) -> None:
    button = button_of(await running.ask("a logo --ultra --transparent -n 1"))
    assert button.label == "Draw with GPT-Image-2 · $0.063"
    await running.press("instead", button.target)
    await running.finish()
    (order,) = running.painter.orders
    assert (order.tier.name, order.transparent, order.references) == ("gpt", True, ())
    assert [each for each in stored(running) if "-r" in each] == []


async def test_a_quality_that_was_chosen_is_kept(running: RunningBot) -> None:
    refused = await running.ask("a logo --fast --quality high -n 1")
    await running.press("instead", button_of(refused).target)
    await running.finish()
    assert [(order.tier.name, order.quality) for order in running.painter.orders] == [("gpt", "high")]


@pytest.mark.parametrize("text", ["snow --fast -n 9", "snow --ratio 5:4"])
async def test_what_no_tier_can_draw_has_no_button(running: RunningBot, text: str) -> None:
    answer = await running.ask(text, references=(sent(fox()),))
    assert isinstance(answer, Refused)
    assert answer.buttons == ()
    assert stored(running) == []


async def test_a_file_that_cannot_be_used_is_named_with_the_refusal(running: RunningBot) -> None:
    answer = await running.ask("snow --fast", references=(sent(fox()), sent(b"<html>", "page.png")))
    assert isinstance(answer, Refused)
    assert "can't work from a picture" in answer.sentence
    assert answer.hint.startswith("page.png isn't a picture")
    assert (answer.buttons, stored(running)) == ((), [])


async def test_unknown_flags_are_dropped_but_not_the_pictures(running: RunningBot) -> None:
    button = button_of(await running.ask("snow --v 6", references=(sent(fox()),), variants=1))
    assert button.label == "Draw without them · $0.1014"
    await running.press("instead", button.target)
    await running.finish()
    (order,) = running.painter.orders
    assert (order.prompt, order.images, len(order.references)) == ("snow", 1, 1)


async def test_another_persons_button_does_nothing(running: RunningBot) -> None:
    button = button_of(await running.ask("snow --fast", references=(sent(fox()),)))
    assert await running.press("instead", button.target, BOB) == Notice(sentence=wording.REQUEST_OVER)
    assert await running.press("plain", button.target, ANN) == Notice(sentence=wording.NO_SUCH_WORDS)
    assert await running.press("again", button.target, ANN) == Notice(sentence=wording.NO_SUCH_JOB)
    for key in stored(running):
        assert await running.bot.picture(key) is None
    assert running.painter.orders == []


async def test_a_day_later_the_button_is_over(running: RunningBot) -> None:
    button = button_of(await running.ask("snow --fast", references=(sent(fox()),)))
    running.clock.now += DAY - 1
    assert isinstance(await running.press("instead", button.target), Accepted)
    await running.finish()
    running.clock.now += 1
    assert await running.press("instead", button.target) == Notice(sentence=wording.REQUEST_OVER)


async def test_only_the_newest_three_of_a_person_are_kept(running: RunningBot) -> None:
    buttons = [button_of(await running.ask("snow --fast -n 1", references=(sent(fox()),))) for _ in range(5)]
    assert [name.partition("-")[0] for name in stored(running)] == [each.target for each in buttons[2:]]
    other = button_of(await running.ask("snow --fast -n 1", BOB, references=(sent(fox()),)))
    assert len(stored(running)) == 4
    assert await running.press("instead", buttons[1].target) == Notice(sentence=wording.REQUEST_OVER)
    for who, target in ((ANN, buttons[2].target), (BOB, other.target)):
        assert isinstance(await running.press("instead", target, who), Accepted)
    await running.finish()


async def test_forgetting_takes_it_with_its_pictures(running: RunningBot) -> None:
    button = button_of(await running.ask("a secret garden --fast", references=(sent(fox()),)))
    assert stored(running)
    answer = await running.command("forget", "me")
    (confirm,) = [each for each in answer.buttons if each.verb == "confirm"]  # type: ignore[union-attr]
    await running.press("confirm", confirm.target)
    assert stored(running) == []
    assert await running.press("instead", button.target) == Notice(sentence=wording.REQUEST_OVER)
    with sqlite3.connect(running.folder / FILE) as database:
        assert database.execute("SELECT COUNT(*) FROM pending").fetchone() == (0,)


async def test_what_is_sent_on_by_direct_message_is_paid_where_it_was_asked_for(running: RunningBot) -> None:
    button = button_of(await running.ask("snow --fast -n 1", references=(sent(fox()),)))
    answer = await running.press("instead", button.target, address=replace(at(DIRECT), channel="dm"))
    assert isinstance(answer, Accepted)
    await running.finish()
    assert (await running.job(answer.job)).workspace == at().workspace


async def test_without_buttons_the_option_is_told_and_nothing_is_kept(running: RunningBot) -> None:
    running.chat.has_buttons = False
    answer = await running.ask("snow --fast -n 1", references=(sent(fox()),))
    assert isinstance(answer, Refused)
    assert answer.hint == "To draw this with GPT-Image-2 ($0.1014), add --tier gpt."
    assert (answer.buttons, stored(running)) == ((), [])
    misread = await running.ask("snow --v 6", references=(sent(fox()),))
    assert isinstance(misread, Refused)
    assert (misread.hint, misread.buttons, stored(running)) == ("", (), [])


# --- a tier that was switched off since


def without(catalog: Catalog, name: str) -> Catalog:
    tiers = {**catalog.tiers, name: catalog.tiers[name].model_copy(update={"enabled": False})}
    return catalog.model_copy(update={"tiers": tiers})


async def test_again_in_a_tier_that_was_switched_off_offers_the_usual_one(
    build: Build, running: RunningBot
) -> None:
    job = await running.draw("a fox --fast -n 1")
    other = await build(catalog=without(running.catalog, "fast"))
    refused = await other.press("again", id_text(job.id))
    button = button_of(refused)
    assert button.label == "Draw with Imagen 4 Standard · $0.06"
    assert card_of(await other.press("instead", button.target)).header.tier == "standard"  # type: ignore[union-attr]
    await other.finish()


async def test_again_with_pictures_in_a_tier_that_was_switched_off_offers_nothing_if_no_other_can(
    build: Build, running: RunningBot
) -> None:
    job = await running.draw("snow -n 1", references=(sent(fox()),))
    other = await build(catalog=without(running.catalog, "gpt"))
    refused = await other.press("again", id_text(job.id))
    assert isinstance(refused, Refused)
    assert refused.buttons == ()


async def test_edit_of_a_tier_that_was_switched_off_opens_in_the_usual_one(
    build: Build, running: RunningBot
) -> None:
    job = await running.draw("a fox --gpt --low -n 1")
    other = await build(catalog=without(running.catalog, "gpt"))
    for index in (0, 1):
        form = await other.form(id_text(job.id), index=index)
        assert isinstance(form, Form)
        values = {field.name: field.value for field in form.fields}
        assert values["tier"] == "standard"
        tiers = next(field.choices for field in form.fields if field.name == "tier")
        assert "standard" in [choice.value for choice in tiers]
        answer = await other.press("edit", id_text(job.id), index=index, prompt="a wolf")
        assert isinstance(answer, Accepted)
        await other.finish()
        order = other.painter.orders[-1]
        assert (order.prompt, order.tier.name, order.quality, order.references) == (
            "a wolf",
            "standard",
            "",
            (),
        )


@pytest.mark.parametrize("verb", ["vary", "missing", "final"])
async def test_other_buttons_of_a_tier_that_was_switched_off(
    build: Build, running: RunningBot, verb: str
) -> None:
    running.painter.script = [lambda order: replace(draw_all(order), drawings=drawings(order, 1))]
    job = await running.draw("a fox --fast -n 2")
    other = await build(catalog=without(running.catalog, "fast"))
    index = 1 if verb == "vary" else 0
    answer = await other.press(verb, id_text(job.id), index=index)
    if verb == "final":
        assert isinstance(answer, Accepted)
    else:
        label = {"vary": "$0.12", "missing": "$0.06"}[verb]
        assert button_of(answer).label == f"Draw with Imagen 4 Standard · {label}"
    await other.finish()


# --- "In Ultra" of what was drawn from pictures


async def final_label(running: RunningBot) -> str | None:
    card = gallery(running.only_outcome())
    return next((each.label for each in card.buttons if each.verb == "final"), None)


async def test_the_best_tier_is_not_offered_where_it_takes_no_pictures(running: RunningBot) -> None:
    job = await running.draw("snow -n 1", references=(sent(fox()),))
    assert await final_label(running) is None
    late = await running.press("final", id_text(job.id))  # from a message of before
    assert isinstance(late, Refused)
    assert button_of(late).label == "Draw with GPT-Image-2 · $0.1014"
    assert await running.press("delete", id_text(job.id))
    await running.draw("snow --gpt -n 1")
    assert await final_label(running) == "In Ultra · $0.12"


async def test_the_best_tier_costs_what_its_button_says_with_pictures(
    build: Build, running: RunningBot
) -> None:
    tiers = {**running.catalog.tiers}
    tiers["ultra"] = tiers["gpt"].model_copy(update={"name": "ultra", "best": True})
    other = await build(catalog=running.catalog.model_copy(update={"tiers": tiers}))
    job = await other.draw("snow --gpt -n 2", references=(sent(fox()), sent(fox())))
    (final,) = [each for each in gallery(other.only_outcome()).buttons if each.verb == "final"]
    assert final.label.endswith(" · $0.1398")
    answer = await other.press("final", id_text(job.id))
    assert isinstance(answer, Accepted)
    assert (await other.job(answer.job)).hold_micros == MEDIUM + 2 * EACH == 139_800
    await other.finish()
