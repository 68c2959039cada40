"""A workspace that speaks another language than the usual one: told once, and lived on each platform."""

import re

import pytest

from bot.wording import german
from quotas.catalog import load_catalog
from quotas.records import Denied
from quotas.records_workspace import Preferences
from tests.contract.conftest import Open
from tests.contract.harness import Harness, Seen
from tests.contract.test_admin_stories import says
from tests.contract.test_stories import done, newest

FOUR, ULTRA = 240_000, 120_000  # micro-dollars: a gallery, and a picture in the best tier
TOOK = re.compile(r" · (\d+) s · ")


def caption(house: Harness, gallery: Seen) -> str:
    """What must stand below it; only how long it took is taken from it."""
    (seconds,) = TOOK.findall(gallery.text)
    return german.caption(house.names["ann"], "Imagen 4 Standard", "", "16:9", float(seconds), FOUR)


@pytest.mark.needs("admins", "card", "buttons")
async def test_a_picture_is_spoken_of_in_german_from_its_card_to_its_gallery(build: Open) -> None:
    house = await build(in_flight=1)
    await says(house, "boss", "quotas settings", language="de")
    house.ground.painter.gate.clear()
    await house.ask("bob", "a blue fox")
    await house.ask("ann", "a red fox", ratio="16:9")
    card = await newest(house)
    assert german.summary("Imagen 4 Standard", "", "16:9", 4, FOUR) in card.text
    assert card.buttons == (german.CANCEL,)
    house.ground.painter.gate.set()
    gallery = await done(house)
    assert caption(house, gallery) in gallery.text
    assert gallery.alts == tuple(german.alt("a red fox", number, 4) for number in range(1, 5))
    best = load_catalog().best
    assert best is not None
    final = german.final(best, ULTRA)
    assert gallery.buttons == (german.AGAIN, german.EDIT, final, german.DETAILS, german.DELETE)


@pytest.mark.needs("admins", "buttons")
async def test_what_is_pressed_and_commanded_is_answered_in_german(house: Harness) -> None:
    await says(house, "boss", "quotas settings", language="de")
    await house.ask("ann", "a red fox")
    gallery = await done(house)
    await house.press("ann", german.DETAILS, gallery)
    assert german.DETAILS in (await newest(house)).text
    await house.fill("ann", german.EDIT, gallery, prompt="a blue fox", ratio="16:9")
    await done(house)
    order = house.ground.painter.orders[-1]
    assert (order.prompt, order.ratio) == ("a blue fox", "16:9")
    quota = await says(house, "ann", "quota")
    assert german.QUOTA in quota.text
    assert german.QUOTA_COLUMNS[-1] in quota.text


async def test_a_refusal_is_german(build: Open) -> None:
    house = await build(images=3)
    await house.ground.ledger.settings.set_preferences(
        workspace=house.address(private=False).workspace,
        change=Preferences(language="de"),
        zone=None,
        author="boss",
        reason="",
        request_id="german",
    )
    await house.ask("ann", "a red fox")
    denied = Denied(kind="everyone", ref="*", what="images", period="day", limit=3, asked=4)
    told = await newest(house)
    assert german.denied(denied, 0) in told.text
    assert told.private
    await house.ask("ann", "a red fox --teir fast")
    assert german.unknown_flag("--teir", "--tier", ()) in (await newest(house)).text
