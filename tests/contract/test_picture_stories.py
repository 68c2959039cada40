"""The stories of pictures that are drawn from pictures, each run on every platform."""

import zlib

import pytest
from PIL import Image

from bot.painters.port import Drawing, Drawn, PaintOrder
from quotas.ids import id_number
from tests.bot.references.pictures import encode, gif_of, gps, photo, png_claiming
from tests.contract.harness import MASK, Harness, VisibleMessage

FOX = encode(photo(90, 60))
HTML = b"<!DOCTYPE html><title>Not a picture</title>"


async def finish(harness: Harness, who: str = "ann") -> VisibleMessage:
    await harness.wait_until_done()
    return (await harness.messages(who))[-1]  # type: ignore[arg-type]


async def answered(harness: Harness, *words: str) -> None:
    """Wait until Ann's last answer has all these words."""

    async def is_there() -> bool:
        answer = await harness.last_answer("ann")
        return all(word in answer for word in words)

    await harness.backend.until(is_there)


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


# --- masks


def half(size: tuple[int, int] = (90, 60)) -> bytes:
    """Draw a mask whose left half may change."""
    mask = Image.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return encode(mask)


def green(order: PaintOrder) -> Drawn:
    """Draw something else all over, whatever the mask says."""
    data = encode(Image.new("RGB", (90, 60), "green"))
    return Drawn(drawings=(Drawing(data=data, format="png", width=90, height=60),), cost_micros=0)


async def test_what_a_mask_protects_is_put_back_and_the_caption_says_so(harness: Harness) -> None:
    harness.backend.painter.script = [green]
    await harness.send("ann", "a lake -n 1 --ar 9:16", {"fox.png": FOX, MASK: half()})
    gallery = await finish(harness)
    (order,) = harness.backend.painter.orders
    assert order.mask is not None
    assert (order.mask.width, order.mask.height, order.ratio) == (90, 60, "3:2")
    assert "so I put the original back there" in gallery.text
    (name,) = [name for name in kept(harness) if name.endswith("-1.png")]
    (path,) = (harness.backend.folder / "pictures").rglob(name)
    shown = Image.open(path).convert("RGB")
    assert shown.getpixel((10, 30)) == (0, 128, 0)
    red, _, blue = shown.getpixel((85, 50))
    assert blue > 200 > 60 > red


async def test_a_mask_that_lets_everything_change_is_none(harness: Harness) -> None:
    clear = encode(Image.new("RGBA", (90, 60), (0, 0, 0, 0)))
    await harness.send("ann", "a lake -n 1", {"fox.png": FOX, MASK: clear})
    await finish(harness)
    (order,) = harness.backend.painter.orders
    assert (len(order.references), order.mask) == (1, None)
    assert not [name for name in kept(harness) if "-m" in name]


async def test_a_mask_that_cannot_be_used_is_named(harness: Harness) -> None:
    bad = {
        "another shape": half((60, 60)),
        "lets nothing change": encode(Image.new("RGBA", (90, 60), "black")),
        "isn't a picture I can use": HTML,
    }
    for words, data in bad.items():
        await harness.send("ann", "a lake -n 1", {"fox.png": FOX, MASK: data})
        await answered(harness, words, MASK)
    assert await seen_by_bob(harness) == []
    assert (kept(harness), harness.backend.painter.orders) == ([], [])


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


# --- bad files

PNG = b"\x89PNG\r\n\x1a\n"
BAD = {
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "isn't a picture I can use"),
    "page.png": (HTML, "isn't a picture I can use"),
    "paper.pdf": (b"%PDF-1.7", "isn't a picture I can use"),
    "scan.tiff": (encode(photo(), "tiff"), "isn't a picture I can use"),
    "bomb.png": (png_claiming(7_000, 7_000, zlib.compress(b"\0" * 10_000_000)), "damaged or cut short"),
    "wide.png": (png_claiming(10_000, 6_000), "up to 50 megapixels"),
    "large.png": (PNG + bytes(30 * 1024 * 1024), "up to 25 MB"),
    "cut.png": (FOX[:80], "damaged or cut short"),
    "void.png": (b"", "is empty"),
}


async def test_each_bad_file_is_named_with_its_limit_and_costs_nothing(harness: Harness) -> None:
    for name, (data, words) in BAD.items():
        await harness.send("ann", "make it snow", {"fox.png": FOX, name: data})
        await answered(harness, name, words)
    assert await seen_by_bob(harness) == []
    assert (kept(harness), harness.backend.painter.orders) == ([], [])
    assert await harness.backend.images_charged(harness.names["ann"]) == 0


async def test_five_pictures_are_one_too_many(harness: Harness) -> None:
    if harness.name == "discord":
        return  # its command has four options for them
    await harness.send("ann", "make it snow", {f"{number}.png": FOX for number in range(5)})
    answer = await finish(harness)
    assert "You sent 5 pictures to work from. I can take up to 4." in answer.text
    assert (kept(harness), harness.backend.painter.orders) == ([], [])


async def test_odd_pictures_are_drawn_from_without_what_they_say_of_their_person(harness: Harness) -> None:
    turned = photo(90, 60)
    files = {
        "photo.jpg": encode(turned, "jpeg", exif=gps(turned), comment=b"SECRET-COMMENT"),
        "print.jpg": encode(photo(90, 60).convert("CMYK"), "jpeg"),
        "deep.png": encode(Image.new("I;16", (60, 60), 40_000)),
        "dance.gif": gif_of(10_000),
    }
    assert b"SECRET-PLACE" in files["photo.jpg"]
    await harness.send("ann", "make it snow -n 1", files)
    await finish(harness)
    (order,) = harness.backend.painter.orders
    assert [each.width for each in order.references] == [60, 90, 60, 16]
    assert not any(b"SECRET" in each.data for each in order.references)
    assert in_folder(harness, b"SECRET") == []


def in_folder(harness: Harness, words: bytes) -> list[str]:
    """List the files of the whole data folder that hold these bytes, without those that a shell saved."""
    folder = harness.backend.folder
    paths = [path for path in folder.rglob("*") if path.is_file() and folder / "out" not in path.parents]
    return [path.name for path in paths if words in path.read_bytes()]


# --- whose pictures they are


@pytest.mark.needs("buttons", "channel")
@pytest.mark.parametrize("verb", ["Edit", "Vary", "Final"])
async def test_what_is_drawn_from_a_private_picture_stays_private(harness: Harness, verb: str) -> None:
    harness.backend.painter.script = [three]
    await harness.ask("ann", "a secret fox --gpt -n 3", private=True)
    private = await finish(harness)
    assert private.private
    panel = await harness.pick("ann", 1, private)
    if verb == "Edit":
        await harness.fill("ann", "Edit", panel, prompt="a secret wolf")
    elif verb in "".join(panel.buttons):
        await harness.press("ann", verb, panel)
    await finish(harness)
    assert all(each.private for each in await harness.messages("ann") if each.pictures)
    assert await seen_by_bob(harness) == []
    drawn = {"Edit": 2, "Vary": 2, "Final": 1}[verb]  # it is in the best tier that can edit already
    assert len(harness.backend.painter.orders) == drawn


@pytest.mark.needs("buttons", "channel")
async def test_a_private_request_that_was_refused_is_drawn_privately(harness: Harness) -> None:
    await harness.send("ann", "a secret garden --fast -n 1 --private", {"fox.png": FOX})
    await harness.press("ann", "Draw with", await finish(harness))
    await finish(harness)
    seen = await harness.messages("ann")
    (gallery,) = [each for each in seen if each.pictures and "imagine" not in each.pings]
    assert gallery.private
    assert await seen_by_bob(harness) == []


async def test_forgetting_leaves_no_byte_of_what_was_sent(harness: Harness) -> None:
    """Neither of what was drawn from, nor of a request that was refused, nor of a gallery's pictures."""
    harness.backend.painter.script = [three]
    await harness.send("ann", "a secret garden --gpt -n 2", {"fox.png": FOX})
    await finish(harness)
    await harness.send("ann", "another secret --fast", {"fox.png": FOX})
    await finish(harness)
    assert len([name for name in kept(harness) if "-r" in name]) == (1 if harness.name == "shell" else 2)
    (order,) = harness.backend.painter.orders
    reference = order.references[0].data
    assert in_folder(harness, reference)
    assert in_folder(harness, b"secret")
    job = await harness.backend.ledger.jobs.get(id_number(order.job))
    assert job is not None
    await harness.backend.core.forget(job.person, "shell:operator")
    assert kept(harness) == []
    for words in (b"secret", reference, encode(photo(60, 60))):
        assert in_folder(harness, words) == []
