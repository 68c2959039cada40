"""The stories of pictures that are drawn from pictures, each run on every platform."""

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
