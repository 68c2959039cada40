"""A request that draws from pictures: from the file that was sent to the gallery, and to nothing at last."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from bot import wording
from bot.imagine.records import spec_of
from bot.painters.port import Drawing, Drawn, Outcome, PaintOrder
from bot.port.cards import Accepted, Form, Refused, Working
from bot.port.requests import Press
from quotas.ids import id_text
from tests.bot.references.pictures import encode, gps, photo, sent
from tests.bot.running_bot import ANN, BOB, RunningBot, at, gallery, until

MEDIUM = 63_000  # micro-dollars a picture in gpt, with the multiplier
EACH = 38_400  # the most that a reference costs there: 3,200 tokens at $8 a million, with the multiplier


def fox(width: int = 900, height: int = 600) -> bytes:
    picture = photo(width, height)
    return encode(picture, "jpeg", exif=gps(picture) if width < height else b"")


def stored(running: RunningBot) -> list[str]:
    return sorted(path.name for path in (running.folder / "pictures").rglob("*.*"))


async def test_references_choose_the_tier_and_the_ratio_and_add_their_price(running: RunningBot) -> None:
    running.painter.gate.clear()
    answer = await running.accept("make it snow -n 2", references=(sent(fox()), sent(fox(300, 300))))
    card = answer.card
    assert isinstance(card, Working)
    assert (card.header.tier, card.header.ratio) == ("gpt", "3:2")
    assert card.notes == ("Drawn with GPT-Image-2, which can work from your picture.",)
    assert "$0.2028" in card.summary
    job = await running.job(answer.job)
    assert job.hold_micros == 2 * MEDIUM + 2 * EACH
    running.painter.gate.set()
    await running.finish()
    (order,) = running.painter.orders
    assert [(each.format, each.width, each.height) for each in order.references] == [
        ("jpeg", 900, 600),
        ("jpeg", 300, 300),
    ]
    assert order.mask is None
    assert order.inputs_micros == 2 * EACH
    name = answer.job
    assert stored(running) == [f"{name}-1.png", f"{name}-2.png", f"{name}-r1.jpeg", f"{name}-r2.jpeg"]
    assert await running.ledger.verify() == []


async def test_four_pictures_can_be_drawn_from(running: RunningBot) -> None:
    await running.draw("snow", references=(sent(fox()),) * 4)
    (order,) = running.painter.orders
    assert len(order.references) == 4


async def test_what_is_chosen_stays_chosen(running: RunningBot) -> None:
    answer = await running.accept("snow --tier gpt --ratio 1:1 --low", references=(sent(fox()),))
    assert isinstance(answer.card, Working)
    assert (answer.card.header.ratio, answer.card.header.quality, answer.card.notes) == ("1:1", "low", ())
    await running.finish()


@pytest.mark.parametrize(
    ("text", "files", "words"),
    [
        ("snow --fast --ratio 5:4", 1, "5:4"),
        ("snow", 5, "You sent 5 pictures to work from. I can take up to 4."),
    ],
)
async def test_what_cannot_be_drawn_is_refused_before_a_file_is_read(
    running: RunningBot, text: str, files: int, words: str
) -> None:
    async def read(_: int) -> bytes:
        raise AssertionError("read")

    unread = replace(sent(b""), read=read)
    answer = await running.ask(text, references=(unread,) * files)
    assert isinstance(answer, Refused)
    assert words in answer.sentence


@pytest.mark.parametrize("bad", [b"", b"<html>Sign in to Slack</html>", fox()[:500]])
async def test_a_bad_file_is_refused_and_nothing_is_kept(running: RunningBot, bad: bytes) -> None:
    answer = await running.ask("snow", references=(sent(fox()), sent(bad, "bad.jpg")))
    assert isinstance(answer, Refused)
    assert answer.sentence.startswith("bad.jpg")
    assert stored(running) == []
    assert await running.usage_today() == (0, 0)


async def test_a_mask_alone_is_refused(running: RunningBot) -> None:
    answer = await running.ask("snow", mask=sent(fox()))
    assert isinstance(answer, Refused)
    assert answer.sentence == "A mask needs a picture to work from. Send the picture with it."


async def test_a_request_over_the_allowance_keeps_no_file(running: RunningBot) -> None:
    await running.command("quotas set", f"{BOB.id} --images-per-day 0", replace(ANN, admin=True))
    answer = await running.ask("snow", BOB, references=(sent(fox()),))
    assert isinstance(answer, Refused)
    assert stored(running) == []


async def test_the_same_request_again_reads_nothing(running: RunningBot) -> None:
    reads = 0

    async def read(_: int) -> bytes:
        nonlocal reads
        reads += 1
        return fox()

    file = replace(sent(b""), read=read)
    first = await running.accept("snow", request="same", references=(file,))
    again = await running.accept("snow", request="same", references=(file,), show=False)
    assert (first.job, first.fresh, again.fresh, reads) == (again.job, True, False, 1)
    await running.finish()


async def test_again_and_edit_draw_from_the_same_pictures(running: RunningBot) -> None:
    job = await running.draw("snow -n 1", references=(sent(fox()),))
    name = gallery(running.only_outcome()).header.job
    again = await running.press("again", name, BOB)
    edited = await running.press("edit", name, prompt="rain")
    await running.finish()
    first, second, third = running.painter.orders
    assert first.references == second.references == third.references
    assert third.prompt == "rain"
    (reference,) = spec_of(job).references
    copies = [each for each in stored(running) if "-r1" in each]
    assert len(copies) == 3, "each job has its own"
    await running.press("delete", name)
    assert await running.bot.picture(reference.key) is None
    assert len([each for each in stored(running) if "-r1" in each]) == 2
    late = await running.press("again", name)
    assert not isinstance(late, Working)
    assert again is not None
    assert edited is not None


async def test_what_people_sent_is_shown_to_nobody_by_its_key(running: RunningBot) -> None:
    job = await running.draw("snow", references=(sent(fox()),))
    (reference,) = spec_of(job).references
    assert await running.services.store.get(reference.key) is not None
    assert await running.bot.picture(reference.key) is None


async def test_pictures_that_are_gone_end_the_job_without_a_charge(running: RunningBot) -> None:
    running.painter.gate.clear()
    blockers = [await running.accept("fox", BOB) for _ in range(4)]
    await until(lambda: len(running.painter.orders) == 4)
    await running.bot.lifecycle.scheduler.cards_out()
    running.bot.lifecycle.scheduler.hold_back(ANN.id, 60)
    answer = await running.accept("snow", references=(sent(fox()),))
    await running.services.store.delete([answer.job])
    running.bot.lifecycle.scheduler.hold_back(ANN.id, 0)
    running.painter.gate.set()
    await running.finish()
    job = await running.job(answer.job)
    assert (job.state, job.cost_micros, job.uncertain_micros) == ("released", 0, 0)
    assert "no longer kept" in (job.outcome or "")
    assert len(blockers) == 4


def ignoring(order: PaintOrder) -> Outcome:
    """Draw something else all over, whatever the mask says."""
    data = encode(Image.new("RGB", (900, 600), "green"), "jpeg")
    return Drawn(drawings=(Drawing(data=data, format="jpeg", width=900, height=600),), cost_micros=MEDIUM)


async def test_what_a_mask_protects_is_put_back_and_the_caption_says_so(running: RunningBot) -> None:
    mask = Image.new("L", (450, 300), 0)
    mask.paste(255, (150, 100, 300, 200))
    running.painter.script = [ignoring]
    job = await running.draw("snow -n 1", references=(sent(fox()),), mask=sent(encode(mask), "mask.png"))
    (order,) = running.painter.orders
    assert order.mask is not None
    assert (order.mask.width, order.mask.height) == (900, 600)
    card = gallery(running.only_outcome())
    assert any("outside your mask, so I put the original back there" in note for note in card.notes)
    data = await running.bot.picture(card.pictures[0].key)
    assert data is not None
    shown = Image.open(io.BytesIO(data)).convert("RGB")
    corner, middle = shown.getpixel((50, 50)), shown.getpixel((450, 300))
    assert corner[0] > 200 > 60 > corner[1], "red as in the original"
    assert middle[1] > 100 > 60 > middle[0], "green as it was drawn"
    assert job.charge_micros == MEDIUM + EACH


def hole() -> bytes:
    mask = Image.new("L", (450, 300), 0)
    mask.paste(255, (150, 100, 300, 200))
    return encode(mask)


async def test_with_a_mask_the_ratio_is_the_pictures_own_and_the_card_says_so(running: RunningBot) -> None:
    """In any other, the original would be stretched where it is put back."""
    running.painter.gate.clear()
    answer = await running.accept(
        "snow -n 1", references=(sent(fox()),), mask=sent(hole(), "mask.png"), ratio="9:16"
    )
    assert isinstance(answer.card, Working)
    assert answer.card.header.ratio == "3:2"
    assert "With a mask, the picture keeps its own shape, so this is 3:2." in answer.card.notes
    same = await running.accept(
        "snow -n 1", references=(sent(fox()),), mask=sent(hole(), "mask.png"), ratio="3:2"
    )
    free = await running.accept("snow -n 1", references=(sent(fox()),), ratio="9:16")
    for each, ratio in ((same, "3:2"), (free, "9:16")):
        assert isinstance(each.card, Working)
        assert each.card.header.ratio == ratio
        assert not any("mask" in note for note in each.card.notes)
    running.painter.gate.set()
    await running.finish()
    assert running.painter.orders[0].ratio == "3:2"


async def test_a_mask_that_lets_everything_change_leaves_the_ratio(running: RunningBot) -> None:
    everything = sent(encode(Image.new("L", (90, 60), 255)), "mask.png")
    answer = await running.accept("snow -n 1", references=(sent(fox()),), mask=everything, ratio="9:16")
    assert isinstance(answer.card, Working)
    assert answer.card.header.ratio == "9:16"
    await running.finish()


async def test_forgetting_leaves_no_byte_of_what_was_sent(running: RunningBot) -> None:
    await running.draw("snow", references=(sent(fox(600, 900)),))
    assert stored(running)
    answer = await running.command("forget", "me")
    (button,) = [each for each in answer.buttons if each.verb == "confirm"]
    await running.press("confirm", button.target)
    assert stored(running) == []


async def test_a_store_that_cannot_keep_them_refuses_before_anything_is_spent(running: RunningBot) -> None:
    running.disk.full()
    answer = await running.ask("snow", references=(sent(fox()),))
    assert isinstance(answer, Refused)
    assert answer.why == "unavailable"
    assert running.painter.orders == []


# --- forms


async def test_the_form_for_known_pictures_offers_what_can_draw_from_them(running: RunningBot) -> None:
    press = Press(id="form", person=ANN, address=at(), verb="imagine", target="", references=(sent(fox()),))
    form = await running.bot.form(press)
    assert isinstance(form, Form)
    fields = {each.name: each for each in form.fields}
    assert list(fields) == ["prompt", "tier", "variants", "private", "mask"]
    assert (fields["tier"].value, [each.value for each in fields["tier"].choices]) == ("gpt", ["gpt"])
    assert fields["private"].value == "no"
    hidden = await running.bot.form(replace(press, options={"private": True}))
    assert isinstance(hidden, Form)
    assert hidden.fields[3].value == "yes"


async def test_the_blank_form_hands_its_pictures_on(running: RunningBot) -> None:
    """The tier and the ratio that it shows are no choice of the person's."""
    mask = sent(encode(Image.new("L", (90, 60), 0), "png"), "mask.png")
    shown = {"prompt": "snow", "tier": "standard", "ratio": "1:1", "variants": "1"}
    press = Press(
        id="1", person=ANN, address=at(), verb="imagine", target="", options=shown, references=(sent(fox()),)
    )
    refused = await running.bot.press(replace(press, mask=mask))
    assert isinstance(refused, Refused)
    assert "lets nothing change" in refused.sentence
    answer = await running.bot.press(replace(press, id="2"))
    assert isinstance(answer, Accepted)
    await running.finish()
    (order,) = running.painter.orders
    assert (order.tier.name, order.ratio, len(order.references)) == ("gpt", "3:2", 1)


async def test_pictures_of_an_edit_replace_those_of_the_request(running: RunningBot) -> None:
    plain = await running.draw("a fox -n 1 --fast")
    press = Press(
        id="1",
        person=ANN,
        address=at(),
        verb="edit",
        target=id_text(plain.id),
        options={"prompt": "snow", "tier": "fast"},
        references=(sent(fox(300, 300)),) * 3,
    )
    answer = await running.bot.press(press)
    assert isinstance(answer, Accepted)
    await running.finish()
    again = replace(press, id="2", target=answer.job, references=(sent(fox()),) * 3, options={"tier": "gpt"})
    assert isinstance(await running.bot.press(again), Accepted)
    await running.finish()
    _, first, second = running.painter.orders
    assert (first.tier.name, first.ratio, first.prompt) == ("gpt", "1:1", "snow")
    assert [each.width for each in second.references] == [900] * 3
    assert (second.ratio, second.prompt) == ("3:2", "snow")


async def test_a_mask_alone_never_counts_for_earlier_pictures(running: RunningBot) -> None:
    job = await running.draw("snow -n 1", references=(sent(fox()),))
    mask = sent(encode(Image.new("L", (90, 60), 255), "png"), "mask.png")
    press = Press(id="1", person=ANN, address=at(), verb="edit", target=id_text(job.id), mask=mask)
    answer = await running.bot.press(press)
    assert isinstance(answer, Refused)
    assert answer.sentence == wording.MASK_ALONE
