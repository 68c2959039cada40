"""One picture of a gallery by itself: its panel, and what is drawn from it."""

import pytest
from PIL import Image

from bot import wording
from bot.imagine.records import result_of, spec_of
from bot.painters.port import Drawing, Drawn, PaintOrder
from bot.port.cards import Accepted, Form, Notice, Panel, Refused, Report, Working
from bot.port.requests import Press
from quotas.catalog import Catalog
from quotas.ids import id_text
from quotas.records import Job
from tests.bot.conftest import Build
from tests.bot.references.pictures import encode, photo, sent
from tests.bot.running_bot import ANN, BOB, RunningBot, at, gallery

MEDIUM, EACH = 63_000, 38_400  # micro-dollars in gpt: a medium picture of 1:1, and one reference at most


def two_sizes(order: PaintOrder) -> Drawn:
    """Draw pictures of different widths; the second is larger than a reference may be."""
    sizes = [(900, 600), (2000, 1000), (800, 600), (700, 600)][: order.images]
    made = [Drawing(data=encode(photo(*size)), format="png", width=size[0], height=size[1]) for size in sizes]
    return Drawn(drawings=tuple(made), cost_micros=0)


async def drawn(running: RunningBot, text: str = "a red fox -n 2", **arguments: object) -> Job:
    running.painter.script = [two_sizes]
    return await running.draw(text, **arguments)  # type: ignore[arg-type]


async def pressed(running: RunningBot, verb: str, job: Job, index: int, **arguments: object) -> PaintOrder:
    """Press a button of one picture, and return what is then drawn."""
    answer = await running.press(verb, id_text(job.id), index=index, **arguments)  # type: ignore[arg-type]
    assert isinstance(answer, Accepted), answer
    await running.finish()
    return running.painter.orders[-1]


async def panel(running: RunningBot, job: Job, index: int, **arguments: object) -> Panel:
    answer = await running.press("pick", id_text(job.id), index=index, **arguments)  # type: ignore[arg-type]
    assert isinstance(answer, Panel), answer
    return answer


async def test_a_gallery_has_a_button_for_each_picture_and_the_panel_shows_that_one(
    running: RunningBot,
) -> None:
    job = await drawn(running, "a red fox -n 3")
    card = gallery(running.only_outcome())
    assert [(each.verb, each.label, each.index) for each in card.picks] == [
        ("pick", "1", 1),
        ("pick", "2", 2),
        ("pick", "3", 3),
    ]
    shown = await panel(running, job, 2, person=BOB)
    assert shown.picture == card.pictures[1]
    assert shown.caption == "Picture 2 of 3"
    assert [(each.verb, each.label, each.index) for each in shown.buttons] == [
        ("edit", "Edit", 2),
        ("vary", "Vary", 2),
        ("final", "Final · $0.1014", 2),
        ("download", "Download", 2),
    ]
    assert len(running.painter.orders) == 1
    assert await running.usage_today(BOB) == (0, 0)


async def test_a_picture_alone_has_its_buttons_in_its_details(running: RunningBot) -> None:
    one, two = await drawn(running, "a fox -n 1"), await drawn(running, "a fox -n 2")
    assert [len(gallery(each).picks) for each in running.outcomes] == [0, 2]
    details = await running.press("details", id_text(one.id))
    assert isinstance(details, Report)
    assert details.buttons == (await panel(running, one, 1)).buttons
    assert (await panel(running, one, 1)).caption == "Picture"
    of_two = await running.press("details", id_text(two.id))
    assert isinstance(of_two, Report)
    assert of_two.buttons == ()


async def test_vary_draws_from_the_picture_where_the_tier_can(running: RunningBot) -> None:
    job = await drawn(running, "a fox --tier gpt --low -n 2")
    order = await pressed(running, "vary", job, 2, person=BOB)
    (reference,) = order.references
    assert (reference.width, reference.height) == (1536, 768), "as every picture that is sent"
    assert (order.tier.name, order.quality, order.images, order.prompt) == ("gpt", "low", 2, "a fox")
    assert (await running.usage_today(BOB))[0] == 2, "the presser pays"
    new = await running.ledger.jobs.of_message("chat", "general", running.outcomes[-1].ref.id)
    assert new is not None
    assert (new.person, new.origin, new.parent) == (BOB.id, "vary", job.id)
    key = result_of(job).pictures[1].key
    assert spec_of(new).references[0].key != key, "its own copy, which goes with its own job"


async def test_vary_draws_the_same_prompt_where_the_tier_cannot(running: RunningBot) -> None:
    job = await drawn(running)
    order = await pressed(running, "vary", job, 1)
    assert (order.references, order.tier.name, order.images) == ((), "standard", 2)


async def test_a_variant_of_a_variant_has_one_reference_and_no_mask(running: RunningBot) -> None:
    job = await drawn(running, "a fox --tier gpt -n 2")
    first = await pressed(running, "vary", job, 1)
    running.painter.script = [two_sizes]
    await pressed(running, "vary", job, 2)
    latest = await running.ledger.jobs.of_message("chat", "general", running.outcomes[-1].ref.id)
    assert latest is not None
    second = await pressed(running, "vary", latest, 1)
    assert len(first.references) == len(second.references) == 1
    assert second.references != first.references or second.references[0].width == 900


async def test_final_costs_what_its_button_says_and_works_from_the_picture(running: RunningBot) -> None:
    job = await drawn(running)
    running.painter.gate.clear()
    answer = await running.press("final", id_text(job.id), index=1)
    assert isinstance(answer, Accepted)
    held = await running.job(answer.job)
    assert held.hold_micros == MEDIUM + EACH == 101_400
    running.painter.gate.set()
    await running.finish()
    order = running.painter.orders[-1]
    assert (order.tier.name, order.images, order.references[0].width) == ("gpt", 1, 900)
    assert not any(each.verb == "final" for each in (await panel(running, held, 1)).buttons), "it is final"


async def test_final_of_a_gallery_is_as_it_was(running: RunningBot) -> None:
    job = await drawn(running)
    order = await pressed(running, "final", job, 0)
    assert (order.tier.name, order.references) == ("ultra", ())


def without_editors(catalog: Catalog) -> Catalog:
    tiers = {
        name: tier.model_copy(update={"capabilities": tier.capabilities - {"edit"}})
        for name, tier in catalog.tiers.items()
    }
    return catalog.model_copy(update={"tiers": tiers})


async def test_with_no_tier_that_can_edit_each_draws_the_prompt(build: Build, running: RunningBot) -> None:
    other = await build(catalog=without_editors(running.catalog))
    job = await drawn(other)
    labels = [each.label for each in (await panel(other, job, 1)).buttons]
    assert labels == ["Edit", "Vary", "Final · $0.12", "Keep", "Download"]
    for verb, tier in (("edit", "standard"), ("vary", "standard"), ("final", "ultra")):
        order = await pressed(other, verb, job, 1)
        assert (order.tier.name, order.references) == (tier, ())


async def test_edit_opens_in_a_tier_that_can_and_draws_from_the_picture(running: RunningBot) -> None:
    job = await drawn(running)
    form = await running.form(id_text(job.id), index=2)
    assert isinstance(form, Form)
    assert (form.verb, form.index) == ("edit", 2)
    values = {field.name: field.value for field in form.fields}
    assert (values["prompt"], values["tier"]) == ("a red fox", "gpt")
    order = await pressed(running, "edit", job, 2, **{**values, "prompt": "now in snow"})
    assert (order.prompt, order.tier.name, order.references[0].width) == ("now in snow", "gpt", 1536)


async def test_the_edit_form_of_a_picture_takes_a_mask_and_three_more(running: RunningBot) -> None:
    job = await drawn(running)
    form = await running.form(id_text(job.id), index=1)
    whole = await running.form(id_text(job.id))
    assert isinstance(form, Form)
    assert isinstance(whole, Form)
    own, of_all = ([(each.name, each.longest, each.hint) for each in of.fields[4:]] for of in (form, whole))
    hint = wording.field_hint("mask")
    assert own == [("mask", 1, hint), ("reference", 3, "")], "the mask first: some platforms show five fields"
    assert of_all == [("reference", 4, ""), ("mask", 1, hint)]
    with_pictures = await running.draw("snow -n 1", references=(sent(encode(photo())),))
    replacing = await running.form(id_text(with_pictures.id))
    assert isinstance(replacing, Form)
    assert replacing.fields[4].hint == wording.REPLACES_PICTURES
    press = Press(
        id="with more",
        person=ANN,
        address=at(),
        verb="edit",
        target=id_text(job.id),
        index=1,
        options={"prompt": "both"},
        references=(sent(encode(photo(30, 30))),),
        mask=sent(encode(Image.linear_gradient("L").resize((900, 600)))),
    )
    assert isinstance(await running.bot.press(press), Accepted)
    await running.finish()
    order = running.painter.orders[-1]
    assert [each.width for each in order.references] == [900, 30]
    assert order.mask is not None
    assert order.mask.width == 900


async def test_edit_in_a_tier_that_cannot_takes_one_that_can_and_says_so(running: RunningBot) -> None:
    job = await drawn(running)
    running.painter.gate.clear()
    answer = await running.press("edit", id_text(job.id), index=1, prompt="now in snow", tier="fast")
    assert isinstance(answer, Accepted)
    assert isinstance(answer.card, Working)
    assert answer.card.header.tier == "gpt"
    assert answer.card.notes == ("Drawn with GPT-Image-2, which can work from your picture.",)
    running.painter.gate.set()
    await running.finish()
    assert len(running.painter.orders[-1].references) == 1


async def test_an_edit_that_is_misread_offers_nothing_that_forgets_the_picture(running: RunningBot) -> None:
    job = await drawn(running)
    answer = await running.press("edit", id_text(job.id), index=1, prompt="a fox --v 6")
    assert isinstance(answer, Refused)
    assert answer.buttons == ()


async def test_an_edit_that_is_misread_offers_nothing_that_forgets_the_pictures_of_its_request(
    running: RunningBot,
) -> None:
    job = await running.draw("snow -n 1", references=(sent(encode(photo())),))
    answer = await running.press("edit", id_text(job.id), prompt="a fox --v 6")
    assert isinstance(answer, Refused)
    assert answer.buttons == ()
    plain = await running.draw("a fox -n 1")
    other = await running.press("edit", id_text(plain.id), prompt="a fox --v 6")
    assert isinstance(other, Refused)
    assert [each.verb for each in other.buttons] == ["plain"]


async def test_download_gives_the_original_byte_for_byte(running: RunningBot) -> None:
    job = await drawn(running)
    answer = await running.press("download", id_text(job.id), BOB, index=2)
    assert isinstance(answer, Report)
    assert answer.file is not None
    assert answer.file.name == f"{id_text(job.id)}-2.png"
    assert answer.file.data == encode(photo(2000, 1000))


VERBS = ("pick", "vary", "final", "edit", "download")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("index", [0, 3, 99])
async def test_there_is_no_picture_of_another_number(running: RunningBot, verb: str, index: int) -> None:
    if verb in ("final", "edit") and not index:
        return  # those are about the whole gallery
    job = await drawn(running)
    answer = await running.press(verb, id_text(job.id), index=index)
    assert answer == Notice(sentence=wording.NO_SUCH_JOB)
    if index:
        assert await running.form(id_text(job.id), index=index) == Notice(sentence=wording.NO_SUCH_JOB)


@pytest.mark.parametrize("verb", VERBS)
async def test_nobody_sees_or_draws_from_a_picture_that_they_may_not_see(
    running: RunningBot, verb: str
) -> None:
    job = await drawn(running, private=True)
    name, elsewhere = id_text(job.id), at("chat:other")
    for presser, place in ((BOB, at()), (ANN, elsewhere)):
        answer = await running.press(verb, name, presser, index=1, address=place)
        assert answer == Notice(sentence=wording.NO_SUCH_JOB)
    assert await running.form(name, BOB, index=1) == Notice(sentence=wording.NO_SUCH_JOB)
    assert len(running.painter.orders) == 1


@pytest.mark.parametrize("verb", VERBS)
async def test_a_picture_that_is_gone_costs_nothing(running: RunningBot, verb: str) -> None:
    job = await drawn(running, "a fox -n 2")
    await running.services.store.delete([id_text(job.id)])
    index = {"index": 1}
    if verb == "vary":  # in this tier it needs the prompt alone
        await pressed(running, verb, job, 1)
        return
    answer = await running.press(verb, id_text(job.id), **index)
    assert answer in (
        Notice(sentence=wording.GONE),
        Refused(why="input", sentence=wording.GONE),
    )
    assert len(running.painter.orders) == 1
    assert await running.usage_today() == (2, 0)


@pytest.mark.parametrize("verb", ["vary", "final", "edit"])
async def test_the_same_press_twice_draws_once_and_every_button_works_after_a_restart(
    running: RunningBot, verb: str
) -> None:
    job = await drawn(running)
    await running.crash()
    await running.open()
    answers = [await running.press(verb, id_text(job.id), index=1, request="same") for _ in range(2)]
    assert all(isinstance(each, Accepted) for each in answers)
    await running.finish()
    assert len(running.painter.orders) == 2
    assert await running.ledger.verify() == []
