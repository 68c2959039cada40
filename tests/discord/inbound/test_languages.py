"""A server whose language is German: the adapter's own sentences, and the core's cards."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.discord.ids import DIRECT
from adapters.discord.inbound import listener
from adapters.discord.outbound.message import prepare
from adapters.discord.render.cards import components
from adapters.discord.render.text import escape
from bot import wording
from bot.imagine.cards import drawn_in
from bot.imagine.records import header_of
from bot.wording import english, german
from quotas.records import Job
from quotas.records_workspace import Preferences
from tests.discord.app import App, running_app
from tests.discord.backend import until
from tests.discord.cards import CARDS, picture
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.messages import walk
from tests.fakes.discord.places import Channel, Member
from tests.fakes.paintings import encode, noise, reader_of


async def set_language(app: App, workspace: str, language: str) -> None:
    change = Preferences(language=language)
    await app.backend.ledger.settings.set_preferences(
        workspace=workspace, change=change, zone=None, author="boss", reason="", request_id=workspace
    )


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        await set_language(app, f"discord:{app.guild.id}", "de")
        yield app


async def add_english_server(app: App) -> tuple[Channel, Member]:
    """Add a server that has set no language; return a channel and a member of it."""
    guild = app.fake.add_guild("Bear Club")
    return guild.add_channel("general"), guild.add_member("Carla")


# --- the adapter's own sentences


async def press_unknown_button(app: App, room: Channel, who: Member) -> Interaction:
    """Press a button whose custom id is not in our format."""
    interaction = await app.fake.slash(who, room, "imagine", {"prompt": "a red fox"})
    await app.backend.done()
    for part in walk(interaction.posted.components):
        part |= {"custom_id": "b2:what"} if "custom_id" in part else {}
    return await app.fake.click(who, interaction.posted, "b2:what")


async def test_an_unknown_button_is_answered_in_the_servers_language(app: App) -> None:
    click = await press_unknown_button(app, app.room, app.ann)
    assert click.posted.text == german.NO_SUCH_JOB != english.NO_SUCH_JOB
    room, carla = await add_english_server(app)
    assert (await press_unknown_button(app, room, carla)).posted.text == english.NO_SUCH_JOB


async def test_a_command_that_was_removed_is_explained_in_the_servers_language(app: App) -> None:
    gone = {**app.fake.commands[0][0], "name": "gone", "options": []}
    app.fake.commands[0].append(gone)
    interaction = await app.fake.slash(app.ann, app.room, "gone")
    assert interaction.posted.text == german.STALE_COMMAND != english.STALE_COMMAND


async def test_an_error_of_the_core_is_told_in_the_servers_language(app: App) -> None:
    app.core_proxy.broken.add("imagine")
    interaction = await app.imagine()
    assert interaction.posted.text == german.broke(str(interaction.id)) != english.broke(str(interaction.id))


async def test_an_error_after_a_reaction_is_told_in_the_servers_language(app: App) -> None:
    gallery = await app.draw()
    app.core_proxy.broken.add("react")
    await app.fake.react(app.bob, gallery, "🔁")
    await app.fake.until(lambda: app.fake.dms(app.bob))
    (message,) = app.fake.dms(app.bob)
    assert message.text == german.broke(str(gallery.id))


async def test_without_a_language_everything_is_answered_in_english(app: App) -> None:
    gallery = await app.draw()
    app.core_proxy.broken.add("language")
    interaction = await app.imagine()
    assert interaction.posted.text == english.broke(str(interaction.id))
    assert interaction.posted.only_for is app.ann.user
    await app.fake.react(app.bob, gallery, "🔁")
    await app.fake.until(lambda: app.fake.dms(app.bob))
    assert app.fake.dms(app.bob)[0].text == english.broke(str(gallery.id))


async def test_a_slow_form_is_explained_in_the_servers_language(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = await app.draw()
    app.core_proxy.slow.add("form")
    monkeypatch.setattr(listener, "FORM_TIMEOUT", 0.01)
    click = await app.fake.click(app.ann, gallery, german.EDIT)
    assert click.posted.text == german.SLOW_FORM != english.SLOW_FORM


async def test_two_servers_at_one_moment_are_answered_each_in_its_own_language(app: App) -> None:
    """Both ask before either gets an answer."""
    room, carla = await add_english_server(app)
    app.core_proxy.slow.add("command")
    asking = [
        asyncio.create_task(app.fake.slash(who, where, "usage"))
        for who, where in ((app.ann, app.room), (carla, room))
    ]
    await until(lambda: [name for name, _ in app.core_proxy.calls].count("command") == 2)
    app.core_proxy._core = None  # type: ignore[assignment]
    app.core_proxy.gate.set()
    mine, hers = await asyncio.gather(*asking)
    await app.fake.until(lambda: not mine.original.loading and not hers.original.loading)
    assert mine.original.text == german.broke(str(mine.id))
    assert hers.original.text == english.broke(str(hers.id))


async def test_a_personal_install_has_the_language_of_direct_messages(tmp_path: Path) -> None:
    """The language of a server without the bot does not matter."""
    async with running_app(tmp_path) as app:
        elsewhere = app.fake.add_guild("Elsewhere", has_bot=False)
        eve = app.fake.add_user("Eve", installed=True)
        room, member = elsewhere.add_channel("general"), elsewhere.add_member(eve)
        await set_language(app, DIRECT, "de")
        await set_language(app, f"discord:{elsewhere.id}", "en")
        app.core_proxy.broken.add("imagine")
        interaction = await app.fake.slash(member, room, "imagine", {"prompt": "a red fox"})
        assert interaction.posted.text == german.broke(str(interaction.id))


async def test_notes_that_the_adapter_adds_to_cards_are_translated() -> None:
    gallery = replace(CARDS["delivered"], pictures=(picture(1, format="jpeg"),))  # type: ignore[type-var]
    large = encode(noise("RGB", (64, 64)), "JPEG", quality=100)
    with wording.override("de"):
        smaller = await prepare(gallery, reader_of(large), limit=len(large) - 1, spoiler=False)
        assert german.REENCODED in str(smaller.view.to_components())
        rendered = str(components(CARDS["long"]))
    assert english.more(1).split()[-1] not in rendered
    assert german.more(1).split()[-1] in rendered


# --- the core's cards


async def job_of(app: App) -> Job:
    (job,) = await app.backend.ledger.jobs.list_recent(f"discord:{app.guild.id}", f"discord:{app.ann.id}", 9)
    return job


async def test_the_card_the_gallery_and_its_details_are_translated(app: App) -> None:
    standard, ultra = (app.backend.catalog.tiers[name] for name in ("standard", "ultra"))
    typical = sum(standard.speed) / 2
    app.backend.painter.gate.clear()
    card = (await app.imagine("roter Fuchs", variants=2)).posted
    assert card.labels == [german.CANCEL]
    assert card.text.splitlines()[1] in [german.queued(place, typical * (1 + place / 8)) for place in (0, 1)]
    await app.fake.until(lambda: card.history)
    assert card.text.splitlines()[1] in [german.drawing(seconds, typical) for seconds in range(9)]
    app.backend.painter.gate.set()
    await app.backend.done()
    job = await job_of(app)
    quote = app.backend.catalog.quote(ultra, ultra.default_quality, datetime.now(UTC).date())
    assert quote
    final = german.final(ultra, quote.unit_micros)
    assert card.labels == [german.AGAIN, german.EDIT, final, german.DETAILS, german.DELETE, "1", "2"]
    assert [alt for _, alt in card.gallery] == [german.alt("roter Fuchs", each, 2) for each in (1, 2)]
    header = header_of(job, app.backend.catalog)
    price = (drawn_in(job), job.charge_micros or 0)
    assert escape(german.caption("Ann", header.tier_title, "", "1:1", *price), 500) in card.text
    click = await app.fake.click(app.ann, card, german.DETAILS)
    for name, value in german.details(job, header, "", drawn_in(job)):
        assert f"**{name}** {'' if name == 'Angefragt' else escape(value, 200)}" in click.posted.text


async def test_a_form_is_translated(app: App) -> None:
    gallery = await app.draw()
    modal = (await app.fake.click(app.ann, gallery, german.EDIT)).modal
    assert modal.title == german.EDIT
    labels = [part["label"] for part in modal.components]
    names = ("prompt", "tier", "ratio", "variants", "reference")
    assert labels == [german.field_label(name) for name in names]


async def test_suggestions_are_translated(app: App) -> None:
    choices = await app.fake.autocomplete(app.boss, app.room, "usage", {"period": "h"}, "period")
    assert german.PERIODS["today"] in [each["name"] for each in choices]
    assert "today" in [each["value"] for each in choices]
