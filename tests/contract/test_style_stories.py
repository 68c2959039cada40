"""The stories of styles, each run on every platform."""

import pytest

from tests.contract.harness import Harness, VisibleMessage
from tests.contract.test_admin_stories import NUMBER, confirm_command, run_command
from tests.contract.test_stories import draw, images_charged, newest
from tests.fakes.discord.errors import NotOffered

WORDS = "soft light and muted colours"
HOSTILE = "**all** <b>x</b> @everyone <!channel> [a](https://e.com) `code`"


async def set_style(harness: Harness, name: str = "warm-brand", words: str = WORDS) -> VisibleMessage:
    return await run_command(harness, "boss", "styles set", name=name, words=words)


def prompts(harness: Harness) -> list[str]:
    return [order.prompt for order in harness.backend.painter.orders]


async def test_an_admin_sets_a_style_and_everybody_draws_in_it(harness: Harness) -> None:
    answer = await set_style(harness)
    assert f"Style warm-brand: words not set → {WORDS}" in answer.text
    assert "/quotas undo" in answer.text
    gallery = await draw(harness, style="warm-brand")
    assert prompts(harness) == [f"a red fox, {WORDS}"]
    assert "style warm-brand" in gallery.text
    assert WORDS not in gallery.text
    await draw(harness, "a blue owl --style warm-brand")
    assert prompts(harness)[-1] == f"a blue owl, {WORDS}"


async def test_an_unknown_style_is_refused_with_the_nearest(harness: Harness) -> None:
    await set_style(harness)
    await harness.ask("ann", "a red fox", style="warm-brnd")
    answer = await newest(harness)
    assert "Did you mean warm-brand?" in answer.text
    assert answer.private
    assert prompts(harness) == []
    assert await images_charged(harness, "ann") == 0


@pytest.mark.needs("buttons")
async def test_again_keeps_a_style_that_was_removed(harness: Harness) -> None:
    await set_style(harness)
    gallery = await draw(harness, style="warm-brand")
    removed = await run_command(harness, "boss", "styles remove", name="warm-brand")
    assert f"Style warm-brand: words {WORDS} → not set" in removed.text
    await harness.press("ann", "Again", gallery)
    await harness.wait_until_done()
    assert prompts(harness) == [f"a red fox, {WORDS}"] * 2


@pytest.mark.needs("buttons")
async def test_an_edit_keeps_the_style(harness: Harness) -> None:
    await set_style(harness)
    gallery = await draw(harness, style="warm-brand")
    await harness.fill("ann", "Edit prompt", gallery, prompt="a blue fox")
    await harness.wait_until_done()
    assert prompts(harness)[-1] == f"a blue fox, {WORDS}"


async def test_a_change_of_a_style_is_undone(harness: Harness) -> None:
    await set_style(harness)
    await run_command(harness, "boss", "styles remove", name="warm-brand")
    log = await run_command(harness, "boss", "quotas log")
    assert "warm-brand" in log.text
    await confirm_command(harness, "quotas undo", entry=NUMBER.findall(log.text)[0])
    await draw(harness, style="warm-brand")
    assert prompts(harness) == [f"a red fox, {WORDS}"]


@pytest.mark.needs("admins")
async def test_only_admins_change_styles(harness: Harness) -> None:
    await set_style(harness)
    for command, options in (("styles set", {"words": "pink"}), ("styles remove", {})):
        if harness.name == "discord":  # which does not offer them the command
            with pytest.raises(NotOffered):
                await run_command(harness, "ann", command, name="warm-brand", **options)
            continue
        answer = await run_command(harness, "ann", command, name="warm-brand", **options)
        assert "admin" in answer.text
    listed = await run_command(harness, "boss", "styles list")
    assert WORDS in listed.text


async def test_words_with_markup_stay_words(harness: Harness) -> None:
    """Nobody is notified, and what is sent to be drawn is what was typed."""
    await set_style(harness, "hostile", HOSTILE)
    listed = await run_command(harness, "boss", "styles list")
    assert "**all**" in listed.text
    assert listed.pings == ()
    await draw(harness, style="hostile")
    assert prompts(harness) == [f"a red fox, {HOSTILE}"]
