"""Answers to everything that people do on Discord: every way in, every card, in a simulated Discord."""

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


async def test_a_job_has_the_options_that_were_typed(sim: Sim) -> None:
    result = await sim.imagine(
        "a red fox", tier="gpt", ratio="16:9", variants=2, quality="low", transparent=True
    )
    await sim.backend.done()
    (job,) = await sim.jobs()
    spec = spec_of(job)
    assert (spec.prompt, spec.tier, spec.ratio, spec.images) == ("a red fox", "gpt", "16:9", 2)
    assert (spec.quality, spec.transparent, spec.private) == ("low", True, False)
    assert (job.name, job.channel) == ("Ann", f"discord:{sim.channel.id}")
    (gallery,) = sim.messages
    assert gallery.id == result.response.id, "the card is the answer, and became the gallery"
    assert len(gallery.attachments) == 2
    assert labels(gallery) == ["Again", "Edit prompt", "Details", "Delete", "1", "2"]


async def test_options_that_are_left_out_have_the_usual_defaults(sim: Sim) -> None:
    await sim.draw("a red fox")
    (job,) = await sim.jobs()
    spec = spec_of(job)
    assert (spec.tier, spec.ratio, spec.images, spec.private) == ("standard", "1:1", 4, False)


async def test_flags_in_the_prompt_work_and_options_win_over_them(sim: Sim) -> None:
    await sim.draw("a red fox --tier ultra --ar 3:2 -n 1", tier="fast")
    (job,) = await sim.jobs()
    spec = spec_of(job)
    assert (spec.prompt, spec.tier, spec.ratio, spec.images) == ("a red fox", "fast", "3:2", 1)


@pytest.mark.parametrize(("prompt", "options"), [("a fox", {"private": True}), ("a fox --private", {})])
async def test_a_private_gallery_is_seen_by_its_requester_alone(
    sim: Sim, prompt: str, options: dict[str, bool]
) -> None:
    result = await sim.imagine(prompt, **options)
    await sim.backend.done()
    assert result.ephemeral
    assert sim.messages == []
    assert len(result.response.attachments) == 4
    assert label(result.response, "Share")


async def test_a_refusal_is_private_and_its_button_draws_the_prompt_without_unknown_flags(sim: Sim) -> None:
    result = await sim.imagine("a red fox --stylize 100")
    assert result.ephemeral
    assert sim.messages == []
    assert await sim.jobs() == []
    click = await sim.ann.click(result.response, label=label(result.response, wording.PLAIN))
    await sim.backend.done()
    assert not click.ephemeral, "the card is not private"
    (job,) = await sim.jobs()
    assert spec_of(job).prompt == "a red fox"
    assert len(sim.messages) == 1


async def test_the_end_of_an_allowance_is_told_privately(tmp_path: Path) -> None:
    async with simulation(tmp_path, images=4) as sim:
        await sim.draw()
        result = await sim.imagine()
        assert result.ephemeral
        assert "allows 4 pictures per day; 0 pictures left" in text_of(result.response)
        assert len(sim.messages) == 1


async def test_a_declined_prompt_is_explained_privately_and_the_card_is_deleted(sim: Sim) -> None:
    sim.backend.painter.script = [Declined()]
    result = await sim.imagine("a red fox")
    await sim.backend.done()
    assert sim.messages == []
    (message,) = result.followups
    assert message.ephemeral
    assert "would not draw this prompt" in text_of(message)
    edit = await sim.ann.click(message, label=label(message, "Edit prompt"))
    again = await sim.ann.submit_modal(edit, {"prompt": "a kind fox"})
    await sim.backend.done()
    assert not again.ephemeral
    assert len(sim.messages) == 1


# --- other commands


@pytest.mark.parametrize("name", ["tiers", "quota", "usage", "recent", "help"])
async def test_a_command_answers_its_user_alone(sim: Sim, name: str) -> None:
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


async def test_a_command_that_was_removed_is_explained(sim: Sim) -> None:
    sim.env.bot.tree.remove_command("tiers")  # type: ignore[attr-defined]
    result = await sim.ann.slash(sim.channel, "tiers")
    assert result.ephemeral
    assert text_of(result.response) == wording.STALE_COMMAND
    sim.env._errors.clear()  # simcord counts errors that our tree handled


# --- buttons


async def test_again_posts_a_new_message_and_the_person_who_pressed_pays(sim: Sim) -> None:
    gallery = await sim.draw("a red fox", variants=1)
    click = await sim.bob.click(gallery, label="Again")
    await sim.backend.done()
    assert click.response.id != gallery.id
    assert not click.ephemeral
    first, second = sim.messages
    assert (first.id, second.id) == (gallery.id, click.response.id)
    (job,) = await sim.jobs(sim.bob)
    assert (job.name, job.images, job.origin) == ("Bob", 1, "again")


async def test_in_ultra_draws_one_picture_in_the_best_tier(sim: Sim) -> None:
    gallery = await sim.draw()
    await sim.ann.click(gallery, label=label(gallery, "In Ultra"))
    await sim.backend.done()
    job, _ = await sim.jobs()
    assert (job.tier, job.images) == ("ultra", 1)


async def test_missing_pictures_are_drawn(sim: Sim) -> None:
    def three(order: PaintOrder) -> Drawn:
        return Drawn(drawings=drawings(order, 3), filtered=1)

    sim.backend.painter.script = [three]
    gallery = await sim.draw()
    await sim.ann.click(gallery, label=label(gallery, "Draw the missing"))
    await sim.backend.done()
    job, _ = await sim.jobs()
    assert job.images == 1


async def test_details_are_private_and_only_the_requester_sees_the_allowance(sim: Sim) -> None:
    gallery = await sim.draw()
    mine = await sim.ann.click(gallery, label="Details")
    other = await sim.bob.click(gallery, label="Details")
    assert mine.ephemeral
    assert other.ephemeral
    assert "Left today" in text_of(mine.response)
    assert "Left today" not in text_of(other.response)


async def test_only_the_requester_and_admins_delete(sim: Sim) -> None:
    gallery = await sim.draw()
    refusal = await sim.bob.click(gallery, label="Delete")
    assert refusal.ephemeral
    assert text_of(refusal.response) == wording.NOT_YOURS_TO_DELETE
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


async def test_a_private_gallery_can_be_shared(sim: Sim) -> None:
    gallery = await sim.draw("a red fox", private=True)
    click = await sim.ann.click(gallery, label="Share")
    assert click.ephemeral
    assert text_of(click.response) == wording.SHARED
    (public,) = sim.messages
    assert len(public.attachments) == 4


async def test_again_on_a_private_gallery_is_private(sim: Sim) -> None:
    gallery = await sim.draw("a red fox", private=True)
    click = await sim.ann.click(gallery, label="Again")
    await sim.backend.done()
    assert click.ephemeral
    assert sim.messages == []


async def test_a_prompt_can_be_edited(sim: Sim) -> None:
    gallery = await sim.draw("a red fox", tier="fast", ratio="3:2", variants=2)
    edit = await sim.bob.click(gallery, label="Edit prompt")
    assert edit.modal is not None
    submission = await sim.bob.submit_modal(edit, {"prompt": "a blue fox", "variants": ["1"]})
    await sim.backend.done()
    assert submission.response.id != gallery.id
    (job,) = await sim.jobs(sim.bob)
    spec = spec_of(job)
    assert (spec.prompt, spec.tier, spec.ratio, spec.images) == ("a blue fox", "fast", "3:2", 1)


async def test_an_edit_that_is_refused_is_told_privately(sim: Sim) -> None:
    gallery = await sim.draw()
    edit = await sim.ann.click(gallery, label="Edit prompt")
    submission = await sim.ann.submit_modal(edit, {"prompt": "a blue fox --tier best"})
    assert submission.ephemeral
    assert "best" in text_of(submission.response)
    assert len(await sim.jobs()) == 1


async def test_buttons_work_after_a_restart(sim: Sim) -> None:
    gallery = await sim.draw()
    edit = await sim.ann.click(gallery, label="Edit prompt")
    await sim.restart()
    await sim.ann.click(gallery, label="Again")
    await sim.ann.submit_modal(edit, {"prompt": "a blue fox"})
    await sim.backend.done()
    assert [job.origin for job in await sim.jobs()] == ["edit", "again", "imagine"]
    assert len(sim.messages) == 3


# --- the context menu and reactions


async def test_a_message_becomes_a_prompt(sim: Sim) -> None:
    source = await sim.bob.send(sim.channel, f"a red fox with {sim.ann.mention}")
    result = await sim.ann.context_menu(sim.channel, wording.IMAGINE_THIS, source)
    await sim.backend.done()
    assert not result.ephemeral
    (job,) = await sim.jobs()
    assert spec_of(job).prompt == "a red fox with @Ann"
    assert [message.id for message in sim.messages] == [source.id, result.response.id]


async def test_a_message_without_words_cannot_be_imagined(sim: Sim) -> None:
    source = await sim.bob.send(sim.channel, attachments=[("fox.png", b"fox")])
    result = await sim.ann.context_menu(sim.channel, wording.IMAGINE_THIS, source)
    assert result.ephemeral
    assert "Say what to draw" in text_of(result.response)


async def test_a_reaction_draws_again(sim: Sim) -> None:
    gallery = await sim.draw("a red fox")
    await sim.bob.react(gallery, "🔁")
    await sim.backend.done()
    assert len(sim.messages) == 2
    (job,) = await sim.jobs(sim.bob)
    assert job.origin == "reaction"


async def test_a_wastebasket_reaction_deletes(sim: Sim) -> None:
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
        refusal = await sim.boss.click(gallery, label="Again")
        assert refusal.ephemeral
        assert "0 pictures left" in text_of(refusal.response)
