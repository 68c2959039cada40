"""Commands and forms over real sockets: acknowledgements, rights, and answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.slack import adapter
from adapters.slack.inbound import listener
from adapters.slack.transport import bolt
from bot import wording
from bot.imagine import delivery
from bot.imagine.records import spec_of
from bot.painters.port import Declined
from bot.port.requests import Address, Command, Imagine
from quotas.records import Job
from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.errors import NotOffered
from tests.slack.app import App, running_app, until

TIERS = ["fast", "gpt", "standard", "ultra"]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


async def jobs(app: App, by: Any) -> list[Job]:
    """Return a user's jobs, newest first."""
    return await app.backend.ledger.jobs.list_recent(f"slack:{app.fake.team.id}", app.id_of(by), 20)


async def answer_text(app: App, interaction: Interaction) -> str:
    """Wait for the first answer to an interaction; return its text."""
    await app.fake.until(lambda: interaction.followups)
    return interaction.followups[0].words


# --- commands


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_command_is_drawn_and_delivered(tmp_path: Path, mode: Any) -> None:
    async with running_app(tmp_path, mode) as app:
        interaction = await app.imagine("a red fox --ratio 16:9")
        (card,) = interaction.followups
        assert card.only_for is app.ann
        assert "a red fox" in card.words
        await app.backend.done()
        (gallery,) = app.room.messages
        assert len(gallery.gallery) == 4
        assert len(interaction.followups) == 1


async def test_bolt_takes_no_settings_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Bolt would otherwise use these, write files, and log warnings about intended settings."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "of another app")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    async with running_app(tmp_path / "data", "http") as app:
        assert (await app.imagine("a red fox")).acked
        await app.backend.done()
        assert len(app.room.messages) == 1
    assert list(home.iterdir()) == []
    assert [record for record in caplog.records if record.name.startswith("slack")] == []


async def test_an_answer_that_takes_too_long_ends_with_the_process(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "DRAIN_SECONDS", 0.05)
    app.core_proxy.slow.add("command")
    command = asyncio.create_task(app.slash(app.ann, "/quota"))
    await app.wait_for_calls("command")
    await app.restart()
    assert app.open_answers() == []
    command.cancel()


async def test_the_core_gets_a_commands_text_id_person_and_address(app: App) -> None:
    interaction = await app.imagine("fish & chips <b> <https://fox.example> @bob #general --variants 1")
    (request,) = app.calls_of("imagine")
    assert isinstance(request, Imagine)
    assert request.text == "fish & chips <b> <https://fox.example> @bob #general --variants 1"
    assert request.id == f"slack:{app.fake.team.id}:{interaction.trigger_id}"
    assert request.person.id == app.id_of(app.ann)
    assert (request.person.name, request.person.roles, request.person.admin) == ("ann", (), False)
    assert request.address == Address(
        platform="slack", workspace=f"slack:{app.fake.team.id}", channel=f"slack:{app.room.id}"
    )
    assert request.address.lent is not None
    assert request.address.lent.token == interaction.response_url
    assert 1_700 < request.address.lent.until - app.backend.clock() < 1_741
    await app.backend.done()


async def test_a_press_is_acknowledged_after_the_core_has_answered(app: App) -> None:
    gallery = await app.draw()
    app.core_proxy.slow.add("press")
    press = asyncio.create_task(app.fake.click(app.ann, gallery, "Again"))
    await app.wait_for_calls("press")
    interaction = list(app.fake.triggers.values())[-1]
    assert not interaction.acks
    app.core_proxy.gate.set()
    assert (await press).acked
    await app.backend.done()


async def test_a_command_is_acknowledged_in_time_even_if_the_core_is_slow(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.slash(app.ann, "/quota")  # now the directory knows Ann
    monkeypatch.setattr(bolt, "ACK_AFTER", 0.05)
    app.core_proxy.slow.add("command")
    interaction = await app.fake.slash(app.ann, app.room, "/tiers")
    assert interaction.acked
    assert not interaction.followups
    app.core_proxy.gate.set()
    assert wording.TIERS in await answer_text(app, interaction)


async def test_a_command_is_acknowledged_before_slack_tells_who_the_person_is(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bolt, "ACK_AFTER", 60.0)
    gate = app.fake.hold("users.info")
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", "a red fox")
    assert interaction.acked
    assert not app.calls_of("imagine")
    gate.open()
    assert "a red fox" in await answer_text(app, interaction)
    await app.backend.done()


async def test_a_person_whom_slack_does_not_describe_is_refused(app: App) -> None:
    app.fake.fail("users.info", error="internal_error")
    interaction = await app.imagine("a red fox")
    assert await answer_text(app, interaction) == wording.NOT_TOLD_WHO
    assert [method for method, _ in app.core_proxy.calls if method != "language"] == []
    await app.imagine("a red fox")
    await app.backend.done()
    assert len(app.room.messages) == 1


async def test_only_the_person_who_asked_sees_a_refusal(tmp_path: Path) -> None:
    async with running_app(tmp_path, images=3) as app:
        interaction = await app.imagine("a red fox")
        assert "allows 3 pictures per day" in await answer_text(app, interaction)
        assert interaction.followups[0].only_for is app.ann
        assert app.room.messages == []


async def test_a_guest_has_the_allowance_of_guests(app: App) -> None:
    interaction = await app.imagine("a red fox", app.guy)
    assert "allows 0 pictures per day" in await answer_text(app, interaction)


async def test_only_the_person_who_asked_sees_the_answer_to_another_command(app: App) -> None:
    for name, title in (("quota", wording.QUOTA), ("tiers", wording.TIERS), ("recent", wording.NOTHING_YET)):
        interaction = await app.slash(app.ann, f"/{name}")
        assert title in await answer_text(app, interaction)
        assert interaction.followups[0].only_for is app.ann
    assert app.room.messages == []


async def test_help_explains_how_to_draw_in_threads(app: App) -> None:
    for command, text in (("/help", ""), ("/imagine", " Help ")):
        interaction = await app.slash(app.ann, command, text)
        assert wording.IN_THREADS in await answer_text(app, interaction)
        assert "/imagine" in await answer_text(app, interaction)


@pytest.mark.parametrize("name", ["usage", "quotas"])
async def test_people_channels_and_groups_in_a_command_get_whole_ids_and_the_rest_stays_as_typed(
    app: App, name: str
) -> None:
    group = app.fake.add_group("designers", app.bob)
    text = "set @bob & #general @designers --reason “a & b” @nobody #nowhere"
    await app.slash(app.boss, f"/{name}", text)
    (command,) = app.calls_of("command")
    assert isinstance(command, Command)
    assert command.name == name
    assert command.text == (
        f"set <@{app.id_of(app.bob)}> & <#slack:{app.room.id}> <!subteam^slack:{group.id}>"
        " --reason “a & b” @nobody #nowhere"
    )


async def test_the_id_of_a_person_of_another_team_names_that_team(app: App) -> None:
    """In a channel that two teams share, a user id does not show the team."""
    other = app.fake.add_team("Other", installed=False)
    eve = other.add_user("eve")
    app.fake.add_channel("shared", shared_with=[other], members=[app.boss, eve])
    app.fake.team.users.append(eve)  # Slack's composer offers her there
    await app.slash(app.boss, "/quotas", "set @eve --images-per-day 5")
    (command,) = app.calls_of("command")
    assert command.text == f"set <@slack:{other.id}:{eve.id}> --images-per-day 5"


async def test_an_unknown_command_is_answered(app: App) -> None:
    interaction = await app.slash(app.ann, "/draw")
    assert await answer_text(app, interaction) == wording.no_command("draw")


async def test_an_error_in_the_core_is_answered_and_logged_without_the_prompt(app: App) -> None:
    app.core_proxy.broken.add("imagine")
    with capture_logs() as logs:
        interaction = await app.imagine("a red fox")
    text = await answer_text(app, interaction)
    (line,) = [line for line in logs if line["event"] == "slack.broke"]
    assert text == wording.broke(line["job"])
    assert "fox" not in str(logs)
    assert interaction.acked


async def test_a_job_is_delivered_even_if_the_core_cannot_record_its_card(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.05)
    app.core_proxy.broken.add("shown")
    with capture_logs() as logs:
        interaction = await app.imagine("a red fox")
        await until(lambda: any(line["event"] == "slack.shown_broke" for line in logs))
        await app.backend.done()
    assert len(interaction.followups) == len(app.room.messages) == 1
    assert "fox" not in str(logs)


async def test_an_answer_that_cannot_be_posted_is_logged(app: App) -> None:
    for method in ("response_url", "chat.postEphemeral", "conversations.open"):
        app.fake.fail(method, status=500, times=50)
    with capture_logs() as logs:
        interaction = await app.fake.slash(app.ann, app.room, "/quota")
        await until(lambda: any(line["event"] == "slack.not_answered" for line in logs))
    assert interaction.acked
    assert interaction.response_url not in str(logs)


@pytest.mark.parametrize("is_delivered", [False, True])
async def test_a_repeated_command_draws_nothing_more(tmp_path: Path, is_delivered: bool) -> None:
    async with running_app(tmp_path, "http") as app:
        if not is_delivered:
            app.backend.painter.gate.clear()
        await app.imagine("a red fox")
        if is_delivered:
            await app.backend.done()
        (request,) = app.fake.http.requests
        assert (await app.fake.replay(request)).ok
        await app.wait_for_calls("imagine", 2)
        await app.wait_idle()
        app.backend.painter.gate.set()
        await app.backend.done()
        assert len(await jobs(app, app.ann)) == len(app.room.messages) == 1
        assert app.fake.dms(app.ann) == app.fake.dm(app.ann).deleted_messages == []


async def test_a_repeated_command_that_was_refused_gets_the_refusal_again(tmp_path: Path) -> None:
    async with running_app(tmp_path, "http") as app:
        app.backend.painter.script = [Declined(cost_micros=0, uncertain_micros=0)]
        interaction = await app.imagine("a red fox")
        await app.backend.done()
        refusal = interaction.followups[1]
        assert "would not draw" in refusal.words
        await app.fake.replay(app.fake.http.requests[0])
        await app.fake.until(lambda: len(interaction.followups) == 3)
        await app.wait_idle()
        assert interaction.followups[2].words == refusal.words
        assert len(app.calls_of("shown")) == 1
        assert len(app.backend.painter.orders) == 1


# --- forms


async def test_imagine_without_words_opens_a_form_that_draws(app: App) -> None:
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", "  ")
    form = await app.wait_for_form(app.ann)
    submission = await app.fake.submit(
        app.ann, form, {"Prompt": "a red fox", "Ratio": "3:2", "Variants": "1"}
    )
    assert submission.acked
    assert "a red fox" in await answer_text(app, interaction)
    assert app.fake.open_view(app.ann) is None
    await app.backend.done()
    (gallery,) = app.room.messages
    assert len(gallery.gallery) == 1
    (job,) = await jobs(app, app.ann)
    assert (spec_of(job).prompt, spec_of(job).ratio) == ("a red fox", "3:2")
    (press,) = app.calls_of("press")
    assert press.id.startswith(f"slack:{app.fake.team.id}:{form.id}:")


async def test_compare_without_words_opens_a_form_that_compares(app: App) -> None:
    interaction = await app.fake.slash(app.ann, app.room, "/compare", " ")
    form = await app.wait_for_form(app.ann)
    chosen = form.fields["Tiers"]["initial_options"]
    assert [option["value"] for option in chosen] == ["fast", "standard", "ultra", "gpt"]
    values = {"Prompt": "a red fox", "Tiers": ["gpt", "fast"], "Ratio": "3:2"}
    assert (await app.fake.submit(app.ann, form, values)).acked
    assert "2 tiers compared" in await answer_text(app, interaction)
    await app.backend.done()
    (gallery,) = app.room.messages
    assert len(gallery.gallery) == 3, "their sheet, too"
    drawn = app.backend.painter.orders
    assert sorted((order.tier.name, order.prompt, order.ratio) for order in drawn) == [
        ("fast", "a red fox", "3:2"),
        ("gpt", "a red fox", "3:2"),
    ]
    (press,) = app.calls_of("press")
    assert (press.verb, press.options["tiers"]) == ("compare", "gpt,fast")


async def test_the_form_of_compare_shows_a_refusal_and_wants_a_tier(app: App) -> None:
    await app.fake.slash(app.ann, app.room, "/compare", "")
    form = await app.wait_for_form(app.ann)
    with pytest.raises(NotOffered, match="required"):
        await app.fake.submit(app.ann, form, {"Prompt": "a red fox", "Tiers": []})
    await app.fake.submit(app.ann, form, {"Prompt": "a red fox", "Tiers": ["fast"]})
    assert app.fake.open_view(app.ann) is form
    assert form.errors == {"prompt": "Comparing needs at least two tiers. You weren't charged."}
    assert app.backend.painter.orders == []


@pytest.mark.parametrize("words", ["compare a red fox", "/compare a red fox --tiers fast,gpt"])
async def test_a_mention_compares(app: App, words: str) -> None:
    await app.fake.mention(app.ann, app.room, words)
    await app.wait_for_calls("shown")
    await app.backend.done()
    (request,) = app.calls_of("imagine")
    assert (request.command, request.text.partition(" --")[0]) == ("compare", "a red fox")
    (gallery,) = [message for message in app.room.messages if message.gallery]
    assert len(gallery.gallery) == (3 if "--tiers" in words else 5)


@pytest.mark.parametrize("is_delivered", [False, True])
async def test_a_repeated_comparison_draws_nothing_more(tmp_path: Path, is_delivered: bool) -> None:
    async with running_app(tmp_path, "http") as app:
        if not is_delivered:
            app.backend.painter.gate.clear()
        await app.fake.slash(app.ann, app.room, "/compare", "a red fox")
        if is_delivered:
            await app.backend.done()
        assert (await app.fake.replay(app.fake.http.requests[0])).ok
        await app.wait_for_calls("imagine", 2)
        await app.wait_idle()
        app.backend.painter.gate.set()
        await app.backend.done()
        assert sorted(order.tier.name for order in app.backend.painter.orders) == TIERS
        assert len(app.room.messages) == 1


async def test_a_form_shows_a_refusal_and_keeps_its_values(app: App) -> None:
    await app.fake.slash(app.ann, app.room, "/imagine", "")
    form = await app.wait_for_form(app.ann)
    await app.fake.submit(app.ann, form, {"Prompt": "a red fox --tier best"})
    assert app.fake.open_view(app.ann) is form
    assert "best" in form.errors["prompt"]
    assert app.room.messages == app.fake.ephemerals(app.ann) == []
    await app.fake.submit(app.ann, form, {"Prompt": "a red fox"})
    await app.backend.done()
    assert len(app.room.messages) == 1


async def test_a_refusal_with_a_button_closes_the_form_and_is_posted(app: App) -> None:
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", "")
    form = await app.wait_for_form(app.ann)
    await app.fake.submit(app.ann, form, {"Prompt": "a red fox --v 6"})
    assert app.fake.open_view(app.ann) is None
    await answer_text(app, interaction)
    await app.fake.click(app.ann, interaction.followups[0], wording.PLAIN)
    await app.backend.done()
    assert len(app.room.messages) == 1


@pytest.mark.parametrize("error", ["expired_trigger_id", "internal_error", "lost"])
async def test_a_form_that_cannot_be_opened_is_answered(app: App, error: str) -> None:
    if error == "lost":
        app.fake.lose("views.open")
        app.fake.fail("views.open", error="fatal_error")
    else:
        app.fake.fail("views.open", error=error)
    with capture_logs() as logs:
        interaction = await app.fake.slash(app.ann, app.room, "/imagine", "")
        assert await answer_text(app, interaction) == wording.NOT_OPENED
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_a_form_that_the_core_makes_too_slowly_is_answered(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "FORM_PATIENCE", 0.02)
    app.core_proxy.slow.add("form")
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", "")
    assert await answer_text(app, interaction) == wording.NOT_OPENED


async def test_a_repeated_command_opens_the_form_once(tmp_path: Path) -> None:
    async with running_app(tmp_path, "http") as app:
        await app.fake.slash(app.ann, app.room, "/imagine", "")
        await app.wait_for_form(app.ann)
        await app.fake.replay(app.fake.http.requests[0])
        await app.fake.until(lambda: app.fake.count("views.open") == 2)
        await app.wait_for_calls("form", 2)
        await app.wait_idle()
        assert app.fake.ephemerals(app.ann) == []


async def test_a_form_with_an_unknown_id_is_answered(app: App) -> None:
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", "")
    form = await app.wait_for_form(app.ann)
    form.payload["callback_id"] = "b2:whatever"
    assert (await app.fake.submit(app.ann, form, {"Prompt": "a red fox"})).acked
    assert await answer_text(app, interaction) == wording.NO_SUCH_JOB


async def test_a_form_works_after_a_restart(app: App) -> None:
    await app.fake.slash(app.ann, app.room, "/imagine", "")
    form = await app.wait_for_form(app.ann)
    await app.restart()
    await app.fake.submit(app.ann, form, {"Prompt": "a red fox"})
    await app.wait_for_calls("shown")
    await app.backend.done()
    assert len(app.room.messages) == 1
