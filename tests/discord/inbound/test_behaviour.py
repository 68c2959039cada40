"""What people on Discord get for what they do: every way in, every card, in a simulated Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import wording
from bot.imagine.records import spec_of
from bot.painters.port import Declined, Drawn, PaintOrder
from tests.discord.sim import Sim, label, labels, simulation, text_of
from tests.fakes.painter import drawings


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Sim]:
    async with simulation(tmp_path) as sim:
        yield sim


# --- /imagine


async def test_options_are_what_is_drawn(sim: Sim) -> None:
    result = await sim.imagine(
        "a red fox", tier="gpt", ratio="16:9", variants=2, quality="low", transparent=True
    )
    await sim.backend.done()
    (job,) = await sim.jobs()
    ask = spec_of(job)
    assert (ask.prompt, ask.tier, ask.ratio, ask.images) == ("a red fox", "gpt", "16:9", 2)
    assert (ask.quality, ask.transparent, ask.private) == ("low", True, False)
    assert (job.name, job.channel) == ("Ann", f"discord:{sim.channel.id}")
    (gallery,) = sim.messages
    assert gallery.id == result.response.id, "the card is the answer, and became the gallery"
    assert len(gallery.attachments) == 2
    assert labels(gallery) == ["Again", "Edit prompt", "Details", "Delete"]


async def test_what_is_left_out_is_as_everywhere(sim: Sim) -> None:
    await sim.draw("a red fox")
    (job,) = await sim.jobs()
    ask = spec_of(job)
    assert (ask.tier, ask.ratio, ask.images, ask.private) == ("standard", "1:1", 4, False)


async def test_flags_in_the_prompt_work_and_an_option_beats_them(sim: Sim) -> None:
    await sim.draw("a red fox --tier ultra --ar 3:2 -n 1", tier="fast")
    (job,) = await sim.jobs()
    ask = spec_of(job)
    assert (ask.prompt, ask.tier, ask.ratio, ask.images) == ("a red fox", "fast", "3:2", 1)


@pytest.mark.parametrize(("prompt", "options"), [("a fox", {"private": True}), ("a fox --private", {})])
async def test_a_private_one_is_seen_by_its_asker_alone(
    sim: Sim, prompt: str, options: dict[str, bool]
) -> None:
    result = await sim.imagine(prompt, **options)
    await sim.backend.done()
    assert result.ephemeral
    assert sim.messages == []
    assert len(result.response.attachments) == 4
    assert label(result.response, "Share")


async def test_a_refusal_is_private_and_its_button_draws_what_is_understood(sim: Sim) -> None:
    result = await sim.imagine("a red fox --stylize 100")
    assert result.ephemeral
    assert sim.messages == []
    assert await sim.jobs() == []
    pressed = await sim.ann.click(result.response, label=label(result.response, wording.PLAIN))
    await sim.backend.done()
    assert not pressed.ephemeral, "what it draws is not private"
    (job,) = await sim.jobs()
    assert spec_of(job).prompt == "a red fox"
    assert len(sim.messages) == 1


async def test_an_allowance_that_ends_is_told_privately(tmp_path: Path) -> None:
    async with simulation(tmp_path, images=4) as sim:
        await sim.draw()
        result = await sim.imagine()
        assert result.ephemeral
        assert "allows 4 pictures per day; 0 pictures left" in text_of(result.response)
        assert len(sim.messages) == 1


async def test_a_declined_prompt_is_explained_privately_and_the_card_goes(sim: Sim) -> None:
    sim.backend.painter.script = [Declined()]
    result = await sim.imagine("a red fox")
    await sim.backend.done()
    assert sim.messages == []
    (told,) = result.followups
    assert told.ephemeral
    assert "would not draw this prompt" in text_of(told)
    opened = await sim.ann.click(told, label=label(told, "Edit prompt"))
    again = await sim.ann.submit_modal(opened, {"prompt": "a kind fox"})
    await sim.backend.done()
    assert not again.ephemeral
    assert len(sim.messages) == 1


# --- other commands


@pytest.mark.parametrize("name", ["tiers", "quota", "usage", "recent", "help"])
async def test_a_command_answers_its_asker_alone(sim: Sim, name: str) -> None:
    await sim.draw()
    result = await sim.ann.slash(sim.channel, name)
    assert result.ephemeral
    assert text_of(result.response)
    assert len(sim.messages) == 1


async def test_usage_shows_its_chart(sim: Sim) -> None:
    await sim.draw()
    result = await sim.ann.slash(sim.channel, "usage")
    (chart,) = result.response.attachments
    assert chart.filename.endswith(".png")


async def test_usage_comes_as_a_file_too(sim: Sim) -> None:
    await sim.draw()
    result = await sim.ann.slash(sim.channel, "usage", csv=True)
    assert result.ephemeral
    _chart, file = result.response.attachments
    assert file.filename.startswith("usage-discord-")
    assert file.filename.endswith(".csv")


async def test_tiers_take_their_option(sim: Sim) -> None:
    result = await sim.ann.slash(sim.channel, "tiers", per_day=100)
    assert "$90.00" in text_of(result.response)


async def test_a_command_that_is_no_more_is_explained(sim: Sim) -> None:
    sim.env.bot.tree.remove_command("tiers")  # type: ignore[attr-defined]
    result = await sim.ann.slash(sim.channel, "tiers")
    assert result.ephemeral
    assert text_of(result.response) == wording.STALE_COMMAND
    sim.env._errors.clear()  # simcord counts what our tree was told of, though it answered


# --- buttons


async def test_again_is_a_new_message_and_the_presser_pays(sim: Sim) -> None:
    gallery = await sim.draw("a red fox", variants=1)
    pressed = await sim.bob.click(gallery, label="Again")
    await sim.backend.done()
    assert pressed.response.id != gallery.id
    assert not pressed.ephemeral
    first, second = sim.messages
    assert (first.id, second.id) == (gallery.id, pressed.response.id)
    (job,) = await sim.jobs(sim.bob)
    assert (job.name, job.images, job.origin) == ("Bob", 1, "again")


async def test_in_ultra_draws_one_in_the_best_tier(sim: Sim) -> None:
    gallery = await sim.draw()
    await sim.ann.click(gallery, label=label(gallery, "In Ultra"))
    await sim.backend.done()
    job, _ = await sim.jobs()
    assert (job.tier, job.images) == ("ultra", 1)


async def test_the_missing_are_drawn(sim: Sim) -> None:
    def three(order: PaintOrder) -> Drawn:
        return Drawn(drawings=drawings(order, 3), filtered=1)

    sim.backend.painter.script = [three]
    gallery = await sim.draw()
    await sim.ann.click(gallery, label=label(gallery, "Draw the missing"))
    await sim.backend.done()
    job, _ = await sim.jobs()
    assert job.images == 1


async def test_details_are_private_and_what_is_left_is_for_the_requester(sim: Sim) -> None:
    gallery = await sim.draw()
    mine = await sim.ann.click(gallery, label="Details")
    other = await sim.bob.click(gallery, label="Details")
    assert mine.ephemeral
    assert other.ephemeral
    assert "Left today" in text_of(mine.response)
    assert "Left today" not in text_of(other.response)


async def test_only_the_requester_and_admins_delete(sim: Sim) -> None:
    gallery = await sim.draw()
    refused = await sim.bob.click(gallery, label="Delete")
    assert refused.ephemeral
    assert text_of(refused.response) == wording.NOT_YOURS_TO_DELETE
    assert len(sim.messages) == 1
    done = await sim.ann.click(gallery, label="Delete")
    assert text_of(done.response) == wording.DELETED
    assert sim.messages == []


async def test_an_admin_deletes(sim: Sim) -> None:
    gallery = await sim.draw()
    done = await sim.boss.click(gallery, label="Delete")
    assert done.ephemeral
    assert text_of(done.response) == wording.DELETED
    assert sim.messages == []


async def test_a_private_gallery_is_shared(sim: Sim) -> None:
    gallery = await sim.draw("a red fox", private=True)
    pressed = await sim.ann.click(gallery, label="Share")
    assert pressed.ephemeral
    assert text_of(pressed.response) == wording.SHARED
    (shared,) = sim.messages
    assert len(shared.attachments) == 4


async def test_again_of_a_private_one_is_private(sim: Sim) -> None:
    gallery = await sim.draw("a red fox", private=True)
    pressed = await sim.ann.click(gallery, label="Again")
    await sim.backend.done()
    assert pressed.ephemeral
    assert sim.messages == []


async def test_a_prompt_is_edited(sim: Sim) -> None:
    gallery = await sim.draw("a red fox", tier="fast", ratio="3:2", variants=2)
    opened = await sim.bob.click(gallery, label="Edit prompt")
    assert opened.modal is not None
    sent = await sim.bob.submit_modal(opened, {"prompt": "a blue fox", "variants": ["1"]})
    await sim.backend.done()
    assert sent.response.id != gallery.id
    (job,) = await sim.jobs(sim.bob)
    ask = spec_of(job)
    assert (ask.prompt, ask.tier, ask.ratio, ask.images) == ("a blue fox", "fast", "3:2", 1)


async def test_an_edit_that_is_refused_is_told_privately(sim: Sim) -> None:
    gallery = await sim.draw()
    opened = await sim.ann.click(gallery, label="Edit prompt")
    sent = await sim.ann.submit_modal(opened, {"prompt": "a blue fox --tier best"})
    assert sent.ephemeral
    assert "best" in text_of(sent.response)
    assert len(await sim.jobs()) == 1


async def test_buttons_work_after_a_restart(sim: Sim) -> None:
    gallery = await sim.draw()
    opened = await sim.ann.click(gallery, label="Edit prompt")
    await sim.restart()
    await sim.ann.click(gallery, label="Again")
    await sim.ann.submit_modal(opened, {"prompt": "a blue fox"})
    await sim.backend.done()
    assert [job.origin for job in await sim.jobs()] == ["edit", "again", "imagine"]
    assert len(sim.messages) == 3


# --- the context menu and reactions


async def test_a_message_is_imagined(sim: Sim) -> None:
    said = await sim.bob.send(sim.channel, f"a red fox with {sim.ann.mention}")
    result = await sim.ann.context_menu(sim.channel, wording.IMAGINE_THIS, said)
    await sim.backend.done()
    assert not result.ephemeral
    (job,) = await sim.jobs()
    assert spec_of(job).prompt == "a red fox with @Ann"
    assert [message.id for message in sim.messages] == [said.id, result.response.id]


async def test_a_message_without_words_cannot_be_imagined(sim: Sim) -> None:
    said = await sim.bob.send(sim.channel, attachments=[("fox.png", b"fox")])
    result = await sim.ann.context_menu(sim.channel, wording.IMAGINE_THIS, said)
    assert result.ephemeral
    assert "Say what to draw" in text_of(result.response)


async def test_a_reaction_draws_again(sim: Sim) -> None:
    gallery = await sim.draw("a red fox")
    await sim.bob.react(gallery, "🔁")
    await sim.backend.done()
    assert len(sim.messages) == 2
    (job,) = await sim.jobs(sim.bob)
    assert job.origin == "reaction"


async def test_a_bin_deletes(sim: Sim) -> None:
    gallery = await sim.draw("a red fox")
    await sim.ann.react(gallery, "🗑️")
    assert sim.messages == []


# --- by personal install


async def test_a_personal_install_draws_from_its_own_allowance(tmp_path: Path) -> None:
    async with simulation(tmp_path, personal=True, dm_images=4) as sim:
        gallery = await sim.draw("a red fox", sim.boss)
        assert len(gallery.attachments) == 4
        (job,) = await sim.jobs(sim.boss, workspace="dm")
        assert job.workspace == "dm"
        refused = await sim.boss.click(gallery, label="Again")
        assert refused.ephemeral
        assert "0 pictures left" in text_of(refused.response)
