"""Buttons: who may press which, what it draws, and who pays."""

import time
from dataclasses import replace

import pytest

from bot import wording
from bot.painters.port import Declined, Drawn
from bot.port.cards import Accepted, Form, Notice, Refused, Report
from bot.port.requests import Address
from quotas.ids import id_text
from quotas.records import Job
from tests.bot.conftest import Build
from tests.bot.house import ANN, BOB, BOSS, STANDARD, ULTRA, House, at, ended, gallery
from tests.fakes.painter import drawings


async def pressed(house: House, verb: str, job: Job, **more: object) -> Job:
    answer = await house.press(verb, id_text(job.id), **more)  # type: ignore[arg-type]
    assert isinstance(answer, Accepted), answer
    await house.done()
    return await house.job(answer.job)


async def test_again_draws_the_same_for_whoever_presses(house: House) -> None:
    first = await house.drawn("a red fox --ar 16:9 -n 2")
    job = await pressed(house, "again", first, person=BOB)
    assert (job.person, job.origin, job.parent) == (BOB.id, "again", first.id)
    one, two = house.painter.orders
    assert replace(two, job=one.job) == one
    assert await house.used(ANN) == (2, 0)
    assert await house.used(BOB) == (2, 0)
    assert len(house.outcomes) == 2


async def test_the_same_press_twice_draws_once(house: House) -> None:
    first = await house.drawn()
    name = id_text(first.id)
    one = await house.press("again", name, request="p")
    two = await house.press("again", name, request="p")
    assert isinstance(one, Accepted)
    assert isinstance(two, Accepted)
    assert (one.job, one.fresh, two.fresh) == (two.job, True, False)
    await house.done()
    assert await house.used() == (8, 0)


async def test_edit_keeps_what_is_not_changed(house: House) -> None:
    first = await house.drawn("a red fox --tier gpt --high --transparent --ar 2:3 -n 2 --private")
    await pressed(house, "edit", first, prompt="a blue fox")
    one, two = house.painter.orders
    assert replace(two, job=one.job, prompt=one.prompt) == one
    assert two.prompt == "a blue fox"
    assert all(message.ref.address.private_to == ANN.id for message in house.outcomes)


async def test_edit_takes_fields_and_flags_and_a_field_wins(house: House) -> None:
    first = await house.drawn("a red fox -n 2")
    await pressed(house, "edit", first, prompt="a fox --ultra --ar 3:2", ratio="16:9", variants=1)
    order = house.painter.orders[1]
    assert (order.tier.name, order.ratio, order.images) == ("ultra", "16:9", 1)


async def test_edit_to_a_tier_of_other_qualities_takes_that_tiers_own(house: House) -> None:
    first = await house.drawn("a fox --tier gpt --low")
    await pressed(house, "edit", first, tier="standard")
    await pressed(house, "edit", await house.drawn("a fox"), tier="gpt")
    assert [order.quality for order in house.painter.orders] == ["low", "", "", "medium"]


async def test_edit_to_what_cannot_be_drawn_is_refused(house: House) -> None:
    first = await house.drawn("a fox --tier gpt --transparent")
    answer = await house.press("edit", id_text(first.id), tier="fast")
    assert isinstance(answer, Refused)
    assert answer.sentence == (
        "Imagen 4 Fast cannot draw a transparent background. GPT-Image-2 (tier gpt) can. Nothing was charged."
    )
    misread = await house.press("edit", id_text(first.id), prompt="fox --teir fast")
    assert isinstance(misread, Refused)
    assert "--tier" in misread.sentence


async def test_edit_after_a_refusal(house: House) -> None:
    house.painter.script = [Declined()]
    refused = await house.drawn("a bad fox")
    assert [button.verb for button in ended(house.only()).buttons] == ["edit"]
    job = await pressed(house, "edit", refused, prompt="a good fox")
    assert job.state == "settled"


async def test_final_is_one_picture_in_the_best_tier_at_the_price_on_the_button(house: House) -> None:
    first = await house.drawn('a poster "hello" --ar 9:16')
    buttons = {button.verb: button.label for button in gallery(house.only()).buttons}
    assert buttons["final"] == "In Ultra · $0.12"
    job = await pressed(house, "final", first, person=BOB)
    assert (job.tier, job.ratio, job.charge_images, job.charge_micros) == ("ultra", "9:16", 1, ULTRA)
    assert await house.used(BOB) == (1, 0)
    card = next(gallery(message) for message in house.outcomes if gallery(message).header.tier == "ultra")
    assert "final" not in [button.verb for button in card.buttons]
    assert card.notes == ("Readable text comes out better with --tier gpt than with ultra.",)


async def test_final_is_not_offered_for_what_the_best_tier_cannot(house: House) -> None:
    first = await house.drawn("a fox --tier gpt --transparent")
    assert "final" not in [button.verb for button in gallery(house.only()).buttons]
    assert isinstance(await house.press("final", id_text(first.id)), Refused)


async def test_missing_draws_what_was_left_out(house: House) -> None:
    house.painter.script = [lambda order: Drawn(drawings=drawings(order, 1), filtered=3)]
    first = await house.drawn()
    job = await pressed(house, "missing", first, person=BOB)
    assert (job.images, job.person, job.charge_micros) == (3, BOB.id, 3 * STANDARD)
    answer = await house.press("missing", id_text(job.id))
    assert answer == Notice(sentence=wording.NOTHING_MISSING)


async def test_plain_draws_without_the_foreign_flags_but_with_the_chosen_fields(house: House) -> None:
    refused = await house.ask("a red fox --v 6 --ar 3:2", tier="ultra", private=True, variants=1)
    assert isinstance(refused, Refused)
    (button,) = refused.buttons
    assert (button.verb, button.label) == ("plain", "Draw without them")
    answer = await house.press("plain", button.target)
    assert isinstance(answer, Accepted), answer
    await house.done()
    (order,) = house.painter.orders
    assert (order.prompt, order.tier.name, order.ratio, order.images) == ("a red fox", "ultra", "3:2", 1)
    assert house.only().ref.address.private_to == ANN.id, "what was asked in private stays private"


async def test_words_are_kept_for_who_typed_them_and_not_for_ever(house: House) -> None:
    refused = await house.ask("a red fox --v 6")
    assert isinstance(refused, Refused)
    (button,) = refused.buttons
    assert await house.press("plain", button.target, person=BOB) == Notice(sentence=wording.NO_SUCH_WORDS)
    await house.ledger.kept.delete_old("typed", time.time() - 60)
    assert isinstance(await house.press("plain", button.target), Accepted)
    await house.ledger.kept.delete_old("typed", time.time() + 60)
    assert await house.press("plain", button.target) == Notice(sentence=wording.NO_SUCH_WORDS)


async def test_an_edit_that_is_misread_stays_what_it_was(house: House) -> None:
    first = await house.drawn("a fox --tier gpt --quality high --transparent", private=True)
    refused = await house.press("edit", id_text(first.id), prompt="a wolf --v 6", variants="2")
    assert isinstance(refused, Refused)
    await house.press("plain", refused.buttons[0].target)
    await house.done()
    order = house.painter.orders[-1]
    assert (order.prompt, order.tier.name, order.quality, order.images) == ("a wolf", "gpt", "high", 2)
    assert order.transparent
    assert all(message.ref.address.private_to == ANN.id for message in house.chat.messages.values())


async def test_the_form_is_prefilled_and_what_it_gives_back_is_drawn(house: House) -> None:
    first = await house.drawn("a red fox --tier fast --ar 16:9 -n 2")
    form = await house.form(id_text(first.id))
    assert isinstance(form, Form)
    given = {field.name: field.value for field in form.fields}
    assert given == {"prompt": "a red fox", "tier": "fast", "ratio": "16:9", "variants": "2"}
    choices = {field.name: [choice.value for choice in field.choices] for field in form.fields}
    assert choices["tier"] == list(house.catalog.enabled)
    assert choices["ratio"] == list(house.catalog.ratios)
    assert choices["variants"] == ["1", "2", "3", "4"]
    job = await pressed(house, form.verb, first, **{**given, "prompt": "a blue fox", "ratio": "1:1"})
    order = house.painter.orders[-1]
    assert (order.prompt, order.ratio, order.tier.name, order.images) == ("a blue fox", "1:1", "fast", 2)
    assert (job.origin, job.parent) == ("edit", first.id)


async def test_no_form_for_what_one_may_not_see(house: House) -> None:
    private = await house.drawn(private=True)
    assert await house.form(id_text(private.id), person=BOB) == Notice(sentence=wording.NO_SUCH_JOB)
    assert await house.form("nonsense") == Notice(sentence=wording.NO_SUCH_JOB)


VERBS = ("again", "edit", "final", "missing", "cancel", "delete", "details", "share")


@pytest.mark.parametrize("private", [True, False])
async def test_buttons_work_where_it_was_sent_to_its_person_alone(house: House, private: bool) -> None:
    """As after the reply token is over, or where the channel would not have it."""
    job = await house.drawn(private=private)
    there = Address(platform="chat", workspace="dm", channel="chat:dm-ann")
    answer = await house.press("again", id_text(job.id), address=there)
    assert isinstance(answer, Accepted)
    assert answer.card.header.private
    await house.done()
    again = await house.job(answer.job)
    assert (again.workspace, again.channel) == (job.workspace, job.channel), "its allowance holds"
    assert house.outcomes[-1].ref.address.private_to == ANN.id
    assert isinstance(await house.press("details", id_text(job.id), address=there), Report)
    assert await house.press("share", id_text(again.id), address=there) == Notice(sentence=wording.SHARED)
    assert await house.press("delete", id_text(job.id), address=there) == Notice(sentence=wording.DELETED)
    for person in (BOB, BOSS):
        answer = await house.press("details", id_text(again.id), person=person, address=there)
        assert answer == Notice(sentence=wording.NO_SUCH_JOB)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_button_of_another_workspace_finds_nothing(house: House, verb: str) -> None:
    job = await house.drawn()
    for person in (ANN, BOSS):
        answer = await house.press(verb, id_text(job.id), person=person, address=at("chat:others"))
        assert answer == Notice(sentence=wording.NO_SUCH_JOB)
    assert len(house.chat.messages) == len(house.painter.orders) == 1


@pytest.mark.parametrize("verb", VERBS)
async def test_a_copied_button_shows_nobody_what_is_private(house: House, verb: str) -> None:
    job = await house.drawn("a fox --private")
    name = id_text(job.id)
    for person in (BOB, BOSS):
        assert await house.press(verb, name, person=person) == Notice(sentence=wording.NO_SUCH_JOB)
    assert len(house.chat.messages) == len(house.painter.orders) == 1
    await house.press("share", name)
    assert await house.press(verb, name, person=BOB) != Notice(sentence=wording.NO_SUCH_JOB)
    await house.done()


async def test_one_persons_direct_messages_are_not_anothers(build: Build) -> None:
    house = await build(dm_images=8)
    hers, his = at("dm"), replace(at("dm"), channel="with bob")
    job = await house.drawn("a fox", address=hers)
    name = id_text(job.id)
    assert await house.press("details", name, BOB, address=his) == Notice(sentence=wording.NO_SUCH_JOB)
    assert isinstance(await house.press("details", name, BOB, address=hers), Report), "a group of three"
    assert isinstance(await house.press("details", name, ANN, address=his), Report), "her own, anywhere"


@pytest.mark.parametrize("job", ["", "nonsense", "Z" * 13, "0" * 13, "../../etc/pass", "ß" * 13, "7" * 4000])
async def test_a_button_of_no_job_finds_nothing(house: House, job: str) -> None:
    for verb in VERBS:
        assert await house.press(verb, job) == Notice(sentence=wording.NO_SUCH_JOB)


async def test_an_unknown_verb_does_nothing(house: House) -> None:
    job = await house.drawn()
    assert await house.press("explode", id_text(job.id)) == Notice(sentence=wording.NO_SUCH_JOB)


@pytest.mark.parametrize("verb", ["again", "edit", "final", "missing"])
async def test_whoever_has_no_allowance_left_draws_nothing(build: Build, verb: str) -> None:
    house = await build(images=4)
    house.painter.script = [lambda order: Drawn(drawings=drawings(order, 3), filtered=1)]
    first = await house.drawn()
    await house.drawn("a fox", BOB)
    answer = await house.press(verb, id_text(first.id), person=BOB)
    assert isinstance(answer, Refused)
    assert answer.why == "allowance"
    assert len(house.painter.orders) == 2
    assert await house.used(ANN) == (3, 0), "the requester never pays for another's press"
