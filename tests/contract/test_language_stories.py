"""The stories of a workspace with another language, each run on every platform."""

import re

import pytest

from bot.wording import german
from quotas.catalog import load_catalog
from quotas.records import Denied
from quotas.records_workspace import Preferences
from tests.contract.conftest import Build
from tests.contract.harness import Harness, VisibleMessage
from tests.contract.test_admin_stories import run_command
from tests.contract.test_stories import finish, newest

FOUR, ULTRA = 240_000, 120_000  # micro-dollars: four pictures, and one in the best tier
DURATION = re.compile(r" · (\d+) s · ")


def caption(harness: Harness, gallery: VisibleMessage) -> str:
    """Return the caption that the gallery must have; only the duration is taken from the gallery itself."""
    (seconds,) = DURATION.findall(gallery.text)
    return german.caption(harness.names["ann"], "Imagen 4 Standard", "", "16:9", float(seconds), FOUR)


@pytest.mark.needs("admins", "card", "buttons")
async def test_the_card_and_the_gallery_are_german(build: Build) -> None:
    harness = await build(in_flight=1)
    await run_command(harness, "boss", "quotas settings", language="de")
    harness.backend.painter.gate.clear()
    await harness.ask("bob", "a blue fox")
    await harness.ask("ann", "a red fox", ratio="16:9")
    card = await newest(harness)
    assert german.summary("Imagen 4 Standard", "", "16:9", 4, FOUR) in card.text
    assert card.buttons == (german.CANCEL,)
    harness.backend.painter.gate.set()
    gallery = await finish(harness)
    assert caption(harness, gallery) in gallery.text
    assert gallery.alts == tuple(german.alt("a red fox", number, 4) for number in range(1, 5))
    best = load_catalog().best
    assert best is not None
    final = german.final(best, ULTRA)
    own = (german.AGAIN, german.EDIT, final, german.DETAILS, german.DELETE)
    assert gallery.buttons == (*own, "1", "2", "3", "4")


@pytest.mark.needs("admins", "buttons")
async def test_buttons_and_commands_are_answered_in_german(harness: Harness) -> None:
    await run_command(harness, "boss", "quotas settings", language="de")
    await harness.ask("ann", "a red fox")
    gallery = await finish(harness)
    await harness.press("ann", german.DETAILS, gallery)
    assert german.DETAILS in (await newest(harness)).text
    await harness.fill("ann", german.EDIT, gallery, prompt="a blue fox", ratio="16:9")
    await finish(harness)
    order = harness.backend.painter.orders[-1]
    assert (order.prompt, order.ratio) == ("a blue fox", "16:9")
    quota = await run_command(harness, "ann", "quota")
    assert german.QUOTA in quota.text
    assert german.QUOTA_COLUMNS[-1] in quota.text


async def test_a_refusal_is_german(build: Build) -> None:
    harness = await build(images=3)
    await harness.backend.ledger.settings.set_preferences(
        workspace=harness.address(private=False).workspace,
        change=Preferences(language="de"),
        zone=None,
        author="boss",
        reason="",
        request_id="german",
    )
    await harness.ask("ann", "a red fox")
    denied = Denied(kind="everyone", ref="*", what="images", period="day", limit=3, asked=4)
    answer = await newest(harness)
    assert german.denied(denied, 0) in answer.text
    assert answer.private
    await harness.ask("ann", "a red fox --teir fast")
    assert german.unknown_flag("--teir", "--tier", ()) in (await newest(harness)).text
