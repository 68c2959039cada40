"""The stories of pictures that are drawn from pictures, each run on every platform."""

import pytest

from bot.painters.port import Drawing, Drawn, PaintOrder
from tests.bot.references.pictures import encode, photo
from tests.contract.harness import Harness, VisibleMessage

FOX = encode(photo(90, 60))
HTML = b"<!DOCTYPE html><title>Not a picture</title>"


async def finish(harness: Harness, who: str = "ann") -> VisibleMessage:
    await harness.wait_until_done()
    return (await harness.messages(who))[-1]  # type: ignore[arg-type]


async def seen_by_bob(harness: Harness) -> list[VisibleMessage]:
    """List what the bot shows Bob; what Ann wrote to the bot for all to read is her own."""
    return [each for each in await harness.messages("bob") if "imagine" not in each.pings]


def kept(harness: Harness) -> list[str]:
    return [path.name for path in (harness.backend.folder / "pictures").rglob("*.*")]


async def test_a_picture_is_drawn_from_pictures_that_were_sent(harness: Harness) -> None:
    await harness.send(
        "ann", "make it snow", {"fox.png": FOX, "square.png": encode(photo(60, 60))}, variants=1
    )
    gallery = await finish(harness)
    (order,) = harness.backend.painter.orders
    assert [(each.width, each.height) for each in order.references] == [(90, 60), (60, 60)]
    assert (order.prompt, order.tier.name, order.ratio) == ("make it snow", "gpt", "3:2")
    assert gallery.pictures == 1
    assert len([name for name in kept(harness) if "-r" in name]) == 2


async def test_a_file_that_is_no_picture_is_refused_privately_and_nothing_is_kept(harness: Harness) -> None:
    await harness.send("ann", "make it snow", {"fox.png": FOX, "page.png": HTML})
    answer = await finish(harness)
    assert "page.png isn't a picture I can use." in answer.text
    assert await seen_by_bob(harness) == []
    assert kept(harness) == []
    assert harness.backend.painter.orders == []
    assert await harness.backend.images_charged(harness.names["ann"]) == 0


async def test_what_is_drawn_privately_from_a_picture_stays_private(harness: Harness) -> None:
    await harness.send("ann", "make it snow", {"fox.png": FOX}, private=True, variants=1)
    gallery = await finish(harness)
    assert gallery.pictures == 1
    assert gallery.private or harness.name == "shell"
    assert await seen_by_bob(harness) == []


# --- a tier that takes no pictures


async def test_a_tier_that_takes_no_pictures_offers_one_that_draws_from_them(harness: Harness) -> None:
    await harness.send("ann", "make it snow --fast -n 1", {"fox.png": FOX})
    answer = await finish(harness)
    assert "Imagen 4 Fast can't work from a picture." in answer.text
    assert await seen_by_bob(harness) == []
    if "buttons" in harness.unsupported:
        assert "To draw this with GPT-Image-2 ($0.1014), add --tier gpt." in answer.text
        return
    assert answer.buttons == ("Draw with GPT-Image-2 · $0.1014",)
    await harness.press("ann", "Draw with", answer)
    gallery = await finish(harness)
    (order,) = harness.backend.painter.orders
    assert [(each.width, each.height) for each in order.references] == [(90, 60)]
    assert (order.prompt, order.tier.name, order.ratio) == ("make it snow", "gpt", "3:2")
    assert (gallery.pictures, gallery.private) == (1, False)
    assert len([each for each in await seen_by_bob(harness) if each.pictures]) == 1


# --- a gateway that does not say what it used


def without_usage(order: PaintOrder) -> Drawn:
    return Drawn(drawings=three(order).drawings, cost_micros=63_000, uncertain_micros=38_400)


async def test_usage_says_what_may_have_been_billed_besides(harness: Harness) -> None:
    harness.backend.painter.script = [without_usage]
    await harness.send("ann", "make it snow -n 1", {"fox.png": FOX})
    await finish(harness)
    await harness.command("ann", "usage")
    answer = (await harness.messages("ann"))[-1]
    assert "Up to $0.0384 more than this cost may have been billed" in answer.text


# --- each picture by itself


def three(order: PaintOrder) -> Drawn:
    """Draw pictures of different widths, so that each is told from the others."""
    made = [encode(photo(60 + 30 * number, 60)) for number in range(order.images)]
    drawings = [
        Drawing(data=data, format="png", width=60 + 30 * number, height=60)
        for number, data in enumerate(made)
    ]
    return Drawn(drawings=tuple(drawings), cost_micros=0)


async def panel_of(harness: Harness, gallery: VisibleMessage, number: int) -> VisibleMessage:
    seen = await seen_by_bob(harness)
    panel = await harness.pick("ann", number, gallery)
    assert f"Picture {number} of 3" in panel.text
    assert (panel.private, panel.pictures) == (True, 1)
    assert [label.split(" ")[0] for label in panel.buttons][:3] == ["Edit", "Vary", "Final"]
    assert await seen_by_bob(harness) == seen, "a panel is for its presser alone"
    return panel


@pytest.mark.needs("buttons")
@pytest.mark.parametrize(
    ("verb", "tier", "count"), [("Vary", "standard", 3), ("Final", "gpt", 1), ("Edit", "gpt", 3)]
)
async def test_a_picture_by_itself_is_drawn_from(harness: Harness, verb: str, tier: str, count: int) -> None:
    harness.backend.painter.script = [three]
    await harness.ask("ann", "a fox -n 3")
    gallery = await finish(harness)
    assert {"1", "2", "3"} <= set(gallery.buttons)
    panel = await panel_of(harness, gallery, 2)
    if verb == "Edit":
        values = await harness.fill("ann", "Edit", panel, prompt="now in snow")
        assert (values["prompt"], values["tier"]) == ("a fox", "gpt")
    else:
        await harness.press("ann", verb, panel)
    await finish(harness)
    order = harness.backend.painter.orders[-1]
    assert (order.tier.name, order.images) == (tier, count)
    assert [each.width for each in order.references] == ([] if tier == "standard" else [90])
    assert len([each for each in await seen_by_bob(harness) if each.pictures]) == 2


@pytest.mark.needs("buttons")
async def test_a_picture_by_itself_is_downloaded(harness: Harness) -> None:
    harness.backend.painter.script = [three]
    await harness.ask("ann", "a fox -n 3")
    gallery = await finish(harness)
    panel = await panel_of(harness, gallery, 3)
    await harness.press("ann", "Download", panel)
    assert await harness.last_file("ann") == encode(photo(120, 60))
    assert len(await seen_by_bob(harness)) == 1
