"""Buttons that draw: each draws the right picture, for the presser, who pays."""

from dataclasses import replace

import pytest

from bot import wording
from bot.painters.port import Declined, Drawn
from bot.port.cards import Accepted, Form, Notice, Refused, Report
from bot.port.requests import Address
from quotas.ids import id_text
from quotas.records import Job
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, STANDARD, ULTRA, RunningBot, at, ended, gallery
from tests.fakes.painter import drawings


async def press(running: RunningBot, verb: str, job: Job, **arguments: object) -> Job:
    """Press a button, wait for the new job's outcome, and return the closed job."""
    answer = await running.press(verb, id_text(job.id), **arguments)  # type: ignore[arg-type]
    assert isinstance(answer, Accepted), answer
    await running.finish()
    return await running.job(answer.job)


async def test_again_draws_the_same_for_the_presser(running: RunningBot) -> None:
    first = await running.draw("a red fox --ar 16:9 -n 2")
    job = await press(running, "again", first, person=BOB)
    assert (job.person, job.origin, job.parent) == (BOB.id, "again", first.id)
    one, two = running.painter.orders
    assert replace(two, job=one.job) == one
    assert await running.usage_today(ANN) == (2, 0)
    assert await running.usage_today(BOB) == (2, 0)
    assert len(running.outcomes) == 2


async def test_the_same_press_twice_draws_once(running: RunningBot) -> None:
    first = await running.draw()
    name = id_text(first.id)
    one = await running.press("again", name, request="p")
    two = await running.press("again", name, request="p")
    assert isinstance(one, Accepted)
    assert isinstance(two, Accepted)
    assert (one.job, one.fresh, two.fresh) == (two.job, True, False)
    await running.finish()
    assert await running.usage_today() == (8, 0)


async def test_edit_keeps_the_options_that_are_not_changed(running: RunningBot) -> None:
    first = await running.draw("a red fox --tier gpt --high --transparent --ar 2:3 -n 2 --private")
    await press(running, "edit", first, prompt="a blue fox")
    one, two = running.painter.orders
    assert replace(two, job=one.job, prompt=one.prompt) == one
    assert two.prompt == "a blue fox"
    assert all(message.ref.address.private_to == ANN.id for message in running.outcomes)


async def test_edit_takes_fields_and_flags_and_fields_win(running: RunningBot) -> None:
    first = await running.draw("a red fox -n 2")
    await press(running, "edit", first, prompt="a fox --ultra --ar 3:2", ratio="16:9", variants=1)
    order = running.painter.orders[1]
    assert (order.tier.name, order.ratio, order.images) == ("ultra", "16:9", 1)


async def test_edit_to_another_tier_takes_the_default_quality_of_that_tier(running: RunningBot) -> None:
    first = await running.draw("a fox --tier gpt --low")
    await press(running, "edit", first, tier="standard")
    await press(running, "edit", await running.draw("a fox"), tier="gpt")
    assert [order.quality for order in running.painter.orders] == ["low", "", "", "medium"]


async def test_an_edit_that_the_model_cannot_draw_is_refused(running: RunningBot) -> None:
    first = await running.draw("a fox --tier gpt --transparent")
    answer = await running.press("edit", id_text(first.id), tier="fast")
    assert isinstance(answer, Refused)
    assert answer.sentence == (
        "Imagen 4 Fast cannot draw a transparent background. GPT-Image-2 (tier gpt) can. Nothing was charged."
    )
    misread = await running.press("edit", id_text(first.id), prompt="fox --teir fast")
    assert isinstance(misread, Refused)
    assert "--tier" in misread.sentence


async def test_edit_works_after_the_model_refused(running: RunningBot) -> None:
    running.painter.script = [Declined()]
    refused = await running.draw("a bad fox")
    assert [button.verb for button in ended(running.only_outcome()).buttons] == ["edit"]
    job = await press(running, "edit", refused, prompt="a good fox")
    assert job.state == "settled"


async def test_final_is_one_picture_in_the_best_tier_at_the_price_on_the_button(running: RunningBot) -> None:
    first = await running.draw('a poster "hello" --ar 9:16')
    buttons = {button.verb: button.label for button in gallery(running.only_outcome()).buttons}
    assert buttons["final"] == "In Ultra · $0.12"
    job = await press(running, "final", first, person=BOB)
    assert (job.tier, job.ratio, job.charge_images, job.charge_micros) == ("ultra", "9:16", 1, ULTRA)
    assert await running.usage_today(BOB) == (1, 0)
    card = next(gallery(message) for message in running.outcomes if gallery(message).header.tier == "ultra")
    assert "final" not in [button.verb for button in card.buttons]
    assert card.notes == ("Readable text comes out better with --tier gpt than with ultra.",)


async def test_final_is_not_offered_if_the_best_tier_cannot_draw_it(running: RunningBot) -> None:
    first = await running.draw("a fox --tier gpt --transparent")
    assert "final" not in [button.verb for button in gallery(running.only_outcome()).buttons]
    assert isinstance(await running.press("final", id_text(first.id)), Refused)


async def test_missing_draws_the_images_that_are_missing(running: RunningBot) -> None:
    running.painter.script = [lambda order: Drawn(drawings=drawings(order, 1), filtered=3)]
    first = await running.draw()
    job = await press(running, "missing", first, person=BOB)
    assert (job.images, job.person, job.charge_micros) == (3, BOB.id, 3 * STANDARD)
    answer = await running.press("missing", id_text(job.id))
    assert answer == Notice(sentence=wording.NOTHING_MISSING)


async def test_plain_draws_without_the_unknown_flags_but_with_the_fields(running: RunningBot) -> None:
    refused = await running.ask("a red fox --v 6 --ar 3:2", tier="ultra", private=True, variants=1)
    assert isinstance(refused, Refused)
    (button,) = refused.buttons
    assert (button.verb, button.label) == ("plain", "Draw without them")
    answer = await running.press("plain", button.target)
    assert isinstance(answer, Accepted), answer
    await running.finish()
    (order,) = running.painter.orders
    assert (order.prompt, order.tier.name, order.ratio, order.images) == ("a red fox", "ultra", "3:2", 1)
    assert running.only_outcome().ref.address.private_to == ANN.id, "a private request stays private"


async def test_the_fields_count_after_a_dash_by_itself(running: RunningBot) -> None:
    refused = await running.ask("a fox -- red, in snow --v 6", tier="fast", variants=1)
    assert isinstance(refused, Refused)
    assert isinstance(await running.press("plain", refused.buttons[0].target), Accepted)
    await running.finish()
    (order,) = running.painter.orders
    assert (order.prompt, order.tier.name, order.images) == ("a fox -- red, in snow", "fast", 1)
    refused = await running.press("edit", order.job, prompt="a wolf -- in snow --v 6", ratio="3:2")
    assert isinstance(refused, Refused)
    await running.press("plain", refused.buttons[0].target)
    await running.finish()
    order = running.painter.orders[-1]
    assert (order.prompt, order.tier.name, order.ratio) == ("a wolf -- in snow", "fast", "3:2")


async def test_the_words_of_a_refusal_are_for_their_author_and_expire(running: RunningBot) -> None:
    refused = await running.ask("a red fox --v 6")
    assert isinstance(refused, Refused)
    (button,) = refused.buttons
    assert await running.press("plain", button.target, person=BOB) == Notice(sentence=wording.NO_SUCH_WORDS)
    await running.ledger.pending.delete_old(running.clock.now - 60)
    assert isinstance(await running.press("plain", button.target), Accepted)
    await running.ledger.pending.delete_old(running.clock.now + 60)
    assert await running.press("plain", button.target) == Notice(sentence=wording.NO_SUCH_WORDS)


async def test_an_edit_that_was_misread_keeps_the_options_of_its_job(running: RunningBot) -> None:
    first = await running.draw("a fox --tier gpt --quality high --transparent", private=True)
    refused = await running.press("edit", id_text(first.id), prompt="a wolf --v 6", variants="2")
    assert isinstance(refused, Refused)
    await running.press("plain", refused.buttons[0].target)
    await running.finish()
    order = running.painter.orders[-1]
    assert (order.prompt, order.tier.name, order.quality, order.images) == ("a wolf", "gpt", "high", 2)
    assert order.transparent
    assert all(message.ref.address.private_to == ANN.id for message in running.chat.messages.values())


async def test_the_edit_form_is_prefilled_and_its_fields_are_drawn(running: RunningBot) -> None:
    first = await running.draw("a red fox --tier fast --ar 16:9 -n 2")
    form = await running.form(id_text(first.id))
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields if field.kind != "picture"}
    assert values == {"prompt": "a red fox", "tier": "fast", "ratio": "16:9", "variants": "2"}
    choices = {field.name: [choice.value for choice in field.choices] for field in form.fields}
    assert choices["tier"] == list(running.catalog.enabled)
    assert choices["ratio"] == list(running.catalog.ratios)
    assert choices["variants"] == ["1", "2", "3", "4"]
    job = await press(running, form.verb, first, **{**values, "prompt": "a blue fox", "ratio": "1:1"})
    order = running.painter.orders[-1]
    assert (order.prompt, order.ratio, order.tier.name, order.images) == ("a blue fox", "1:1", "fast", 2)
    assert (job.origin, job.parent) == ("edit", first.id)


async def test_there_is_no_form_for_a_job_that_one_may_not_see(running: RunningBot) -> None:
    private = await running.draw(private=True)
    assert await running.form(id_text(private.id), person=BOB) == Notice(sentence=wording.NO_SUCH_JOB)
    assert await running.form("nonsense") == Notice(sentence=wording.NO_SUCH_JOB)


VERBS = ("again", "edit", "final", "missing", "cancel", "delete", "details", "share")


@pytest.mark.parametrize("private", [True, False])
async def test_buttons_work_in_the_direct_message_that_brought_the_pictures(
    running: RunningBot, private: bool
) -> None:
    """Pictures come by direct message after the reply token expired, or if the channel does not take them."""
    job = await running.draw(private=private)
    there = Address(platform="chat", workspace="dm", channel="chat:dm-ann")
    answer = await running.press("again", id_text(job.id), address=there)
    assert isinstance(answer, Accepted)
    assert answer.card.header.private
    await running.finish()
    again = await running.job(answer.job)
    assert (again.workspace, again.channel) == (job.workspace, job.channel), "its allowance holds"
    assert running.outcomes[-1].ref.address.private_to == ANN.id
    assert isinstance(await running.press("details", id_text(job.id), address=there), Report)
    assert await running.press("share", id_text(again.id), address=there) == Notice(sentence=wording.SHARED)
    assert await running.press("delete", id_text(job.id), address=there) == Notice(sentence=wording.DELETED)
    for person in (BOB, BOSS):
        answer = await running.press("details", id_text(again.id), person=person, address=there)
        assert answer == Notice(sentence=wording.NO_SUCH_JOB)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_button_of_another_workspace_finds_nothing(running: RunningBot, verb: str) -> None:
    job = await running.draw()
    for person in (ANN, BOSS):
        answer = await running.press(verb, id_text(job.id), person=person, address=at("chat:others"))
        assert answer == Notice(sentence=wording.NO_SUCH_JOB)
    assert len(running.chat.messages) == len(running.painter.orders) == 1


@pytest.mark.parametrize("verb", VERBS)
async def test_a_copied_button_reveals_nothing_private(running: RunningBot, verb: str) -> None:
    job = await running.draw("a fox --private")
    name = id_text(job.id)
    for person in (BOB, BOSS):
        assert await running.press(verb, name, person=person) == Notice(sentence=wording.NO_SUCH_JOB)
    assert len(running.chat.messages) == len(running.painter.orders) == 1
    await running.press("share", name)
    assert await running.press(verb, name, person=BOB) != Notice(sentence=wording.NO_SUCH_JOB)
    await running.finish()


async def test_a_button_works_only_in_the_direct_messages_of_its_job(build: Build) -> None:
    running = await build(dm_images=8)
    hers, his = at("dm"), replace(at("dm"), channel="with bob")
    job = await running.draw("a fox", address=hers)
    name = id_text(job.id)
    assert await running.press("details", name, BOB, address=his) == Notice(sentence=wording.NO_SUCH_JOB)
    assert isinstance(await running.press("details", name, BOB, address=hers), Report), "a group of three"
    assert isinstance(await running.press("details", name, ANN, address=his), Report), "her own, anywhere"


@pytest.mark.parametrize("job", ["", "nonsense", "Z" * 13, "0" * 13, "../../etc/pass", "ß" * 13, "7" * 4000])
async def test_a_button_of_no_job_finds_nothing(running: RunningBot, job: str) -> None:
    for verb in VERBS:
        assert await running.press(verb, job) == Notice(sentence=wording.NO_SUCH_JOB)


async def test_an_unknown_verb_does_nothing(running: RunningBot) -> None:
    job = await running.draw()
    assert await running.press("explode", id_text(job.id)) == Notice(sentence=wording.NO_SUCH_JOB)


@pytest.mark.parametrize("verb", ["again", "edit", "final", "missing"])
async def test_a_presser_without_allowance_draws_nothing(build: Build, verb: str) -> None:
    running = await build(images=4)
    running.painter.script = [lambda order: Drawn(drawings=drawings(order, 3), filtered=1)]
    first = await running.draw()
    await running.draw("a fox", BOB)
    answer = await running.press(verb, id_text(first.id), person=BOB)
    assert isinstance(answer, Refused)
    assert answer.why == "allowance"
    assert len(running.painter.orders) == 2
    assert await running.usage_today(ANN) == (3, 0), "the requester never pays for another's press"
