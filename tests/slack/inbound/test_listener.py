"""Commands and forms, over real sockets: from whom, how soon they are acknowledged, and how answered."""

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
from tests.slack.house import House, housed, until


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path) as house:
        yield house


async def jobs(house: House, by: Any) -> list[Job]:
    """Newest first."""
    return await house.home.ledger.jobs.list_recent(f"slack:{house.fake.team.id}", house.ids(by), 20)


async def told(house: House, asked: Interaction, number: int = 1) -> str:
    """What the answer to an interaction says, once it is there."""
    await house.fake.until(lambda: len(asked.followups) >= number)
    return asked.followups[number - 1].words


# --- commands


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_command_is_drawn_and_delivered(tmp_path: Path, mode: Any) -> None:
    async with housed(tmp_path, mode) as house:
        asked = await house.imagine("a red fox --ratio 16:9")
        (card,) = asked.followups
        assert card.only_for is house.ann
        assert "a red fox" in card.words
        await house.home.done()
        (gallery,) = house.room.messages
        assert len(gallery.gallery) == 4
        assert len(asked.followups) == 1


async def test_bolt_takes_nothing_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It would take these, make files of its own for them, and warn of what was meant so."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "of another app")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    async with housed(tmp_path / "data", "http") as house:
        assert (await house.imagine("a red fox")).acked
        await house.home.done()
        assert len(house.room.messages) == 1
    assert list(home.iterdir()) == []
    assert [record for record in caplog.records if record.name.startswith("slack")] == []


async def test_what_takes_too_long_ends_with_the_process(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "DRAIN_SECONDS", 0.05)
    house.between.slow.add("command")
    asking = asyncio.create_task(house.slash(house.ann, "/quota"))
    await house.reached("command")
    await house.restart()
    assert house.answering() == []
    asking.cancel()


async def test_what_a_command_says_of_itself(house: House) -> None:
    asked = await house.imagine("fish & chips <b> <https://fox.example> @bob #general --variants 1")
    (request,) = house.asked("imagine")
    assert isinstance(request, Imagine)
    assert request.text == "fish & chips <b> <https://fox.example> @bob #general --variants 1"
    assert request.id == f"slack:{house.fake.team.id}:{asked.trigger_id}"
    assert request.person.id == house.ids(house.ann)
    assert (request.person.name, request.person.roles, request.person.admin) == ("ann", (), False)
    assert request.address == Address(
        platform="slack", workspace=f"slack:{house.fake.team.id}", channel=f"slack:{house.room.id}"
    )
    assert request.address.lent is not None
    assert request.address.lent.token == asked.response_url
    assert 1_700 < request.address.lent.until - house.home.clock() < 1_741
    await house.home.done()


async def test_what_changes_something_is_acknowledged_once_it_is_done(house: House) -> None:
    gallery = await house.drawn()
    house.between.slow.add("press")
    pressing = asyncio.create_task(house.fake.click(house.ann, gallery, "Again"))
    await house.reached("press")
    asked = list(house.fake.triggers.values())[-1]
    assert not asked.acks
    house.between.gate.set()
    assert (await pressing).acked
    await house.home.done()


async def test_a_slow_core_is_acknowledged_for_and_answers_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.slash(house.ann, "/quota")  # now Ann is known
    monkeypatch.setattr(bolt, "ACK_AFTER", 0.05)
    house.between.slow.add("command")
    asked = await house.fake.slash(house.ann, house.room, "/tiers")
    assert asked.acked
    assert not asked.followups
    house.between.gate.set()
    assert wording.TIERS in await told(house, asked)


async def test_nobody_waits_for_slack_to_say_who_they_are(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bolt, "ACK_AFTER", 60.0)
    gate = house.fake.hold("users.info")
    asked = await house.fake.slash(house.ann, house.room, "/imagine", "a red fox")
    assert asked.acked
    assert not house.asked("imagine")
    gate.open()
    assert "a red fox" in await told(house, asked)
    await house.home.done()


async def test_whom_slack_does_not_tell_of_is_refused_in_words(house: House) -> None:
    house.fake.fail("users.info", error="internal_error")
    asked = await house.imagine("a red fox")
    assert await told(house, asked) == wording.NOT_TOLD_WHO
    assert [method for method, _ in house.between.calls if method != "language"] == []
    await house.imagine("a red fox")
    await house.home.done()
    assert len(house.room.messages) == 1


async def test_a_refusal_is_for_the_asker_alone(tmp_path: Path) -> None:
    async with housed(tmp_path, images=3) as house:
        asked = await house.imagine("a red fox")
        assert "allows 3 pictures per day" in await told(house, asked)
        assert asked.followups[0].only_for is house.ann
        assert house.room.messages == []


async def test_a_guest_draws_no_more_than_guests_may(house: House) -> None:
    asked = await house.imagine("a red fox", house.guy)
    assert "allows 0 pictures per day" in await told(house, asked)


async def test_other_commands_are_answered_to_the_asker_alone(house: House) -> None:
    for name, title in (("quota", wording.QUOTA), ("tiers", wording.TIERS), ("recent", wording.RECENT)):
        asked = await house.slash(house.ann, f"/{name}")
        assert title in await told(house, asked)
        assert asked.followups[0].only_for is house.ann
    assert house.room.messages == []


async def test_help_says_what_threads_need(house: House) -> None:
    for command, text in (("/help", ""), ("/imagine", " Help ")):
        asked = await house.slash(house.ann, command, text)
        assert wording.IN_THREADS in await told(house, asked)
        assert "/imagine" in await told(house, asked)


@pytest.mark.parametrize("name", ["usage", "quotas"])
async def test_whom_a_command_is_about_are_ids_and_the_rest_is_as_typed(house: House, name: str) -> None:
    group = house.fake.add_group("designers", house.bob)
    typed = "set @bob & #general @designers --reason “a & b” @nobody #nowhere"
    await house.slash(house.boss, f"/{name}", typed)
    (command,) = house.asked("command")
    assert isinstance(command, Command)
    assert command.name == name
    assert command.text == (
        f"set {house.ids(house.bob)} & slack:{house.room.id} slack:{group.id} "
        "--reason “a & b” @nobody #nowhere"
    )


async def test_somebody_of_another_team_is_that_teams(house: House) -> None:
    """In a channel that two teams share, an id alone does not tell whose it is."""
    other = house.fake.add_team("Other", installed=False)
    eve = other.add_user("eve")
    house.fake.add_channel("shared", shared_with=[other], members=[house.boss, eve])
    house.fake.team.users.append(eve)  # whom the composer offers there
    await house.slash(house.boss, "/quotas", "set @eve --images-per-day 5")
    (command,) = house.asked("command")
    assert command.text == f"set slack:{other.id}:{eve.id} --images-per-day 5"


async def test_a_command_that_is_none_of_ours_says_so(house: House) -> None:
    asked = await house.slash(house.ann, "/draw")
    assert await told(house, asked) == wording.no_command("draw")


async def test_a_core_that_breaks_is_said_and_logged_without_its_words(house: House) -> None:
    house.between.broken.add("imagine")
    with capture_logs() as logs:
        asked = await house.imagine("a red fox")
    said = await told(house, asked)
    (line,) = [line for line in logs if line["event"] == "slack.broke"]
    assert said == wording.broke(line["job"])
    assert "fox" not in str(logs)
    assert asked.acked


async def test_where_the_card_is_need_not_be_known(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.05)
    house.between.broken.add("shown")
    with capture_logs() as logs:
        asked = await house.imagine("a red fox")
        await until(lambda: any(line["event"] == "slack.shown_broke" for line in logs))
        await house.home.done()
    assert len(asked.followups) == len(house.room.messages) == 1
    assert "fox" not in str(logs)


async def test_an_answer_that_cannot_be_posted_is_a_matter_for_the_log(house: House) -> None:
    for method in ("response_url", "chat.postEphemeral", "conversations.open"):
        house.fake.fail(method, status=500, times=50)
    with capture_logs() as logs:
        asked = await house.fake.slash(house.ann, house.room, "/quota")
        await until(lambda: any(line["event"] == "slack.not_answered" for line in logs))
    assert asked.acked
    assert asked.response_url not in str(logs)


@pytest.mark.parametrize("answered", [False, True])
async def test_a_replayed_command_draws_nothing(tmp_path: Path, answered: bool) -> None:
    async with housed(tmp_path, "http") as house:
        if not answered:
            house.home.painter.gate.clear()
        await house.imagine("a red fox")
        if answered:
            await house.home.done()
        (sent,) = house.fake.calls.sent
        assert (await house.fake.replay(sent)).ok
        await house.reached("imagine", 2)
        await house.quiet()
        house.home.painter.gate.set()
        await house.home.done()
        assert len(await jobs(house, house.ann)) == len(house.room.messages) == 1
        assert house.fake.dms(house.ann) == house.fake.dm(house.ann).gone == []


async def test_a_replayed_command_that_was_refused_is_told_so_again(tmp_path: Path) -> None:
    async with housed(tmp_path, "http") as house:
        house.home.painter.script = [Declined(cost_micros=0, uncertain_micros=0)]
        asked = await house.imagine("a red fox")
        await house.home.done()
        why = asked.followups[1]
        assert "would not draw" in why.words
        await house.fake.replay(house.fake.calls.sent[0])
        await house.fake.until(lambda: len(asked.followups) == 3)
        await house.quiet()
        assert asked.followups[2].words == why.words
        assert len(house.asked("shown")) == 1
        assert len(house.home.painter.orders) == 1


# --- forms


async def test_a_command_alone_opens_a_form_that_draws(house: House) -> None:
    asked = await house.fake.slash(house.ann, house.room, "/imagine", "  ")
    form = await house.form(house.ann)
    sent = await house.fake.submit(house.ann, form, {"Prompt": "a red fox", "Ratio": "3:2", "Variants": "1"})
    assert sent.acked
    assert "a red fox" in await told(house, asked)
    assert house.fake.open_view(house.ann) is None
    await house.home.done()
    (gallery,) = house.room.messages
    assert len(gallery.gallery) == 1
    (job,) = await jobs(house, house.ann)
    assert (spec_of(job).prompt, spec_of(job).ratio) == ("a red fox", "3:2")
    (press,) = house.asked("press")
    assert press.id.startswith(f"slack:{house.fake.team.id}:{form.id}:")


async def test_a_form_shows_why_it_was_refused_and_keeps_what_was_typed(house: House) -> None:
    await house.fake.slash(house.ann, house.room, "/imagine", "")
    form = await house.form(house.ann)
    await house.fake.submit(house.ann, form, {"Prompt": "a red fox --tier best"})
    assert house.fake.open_view(house.ann) is form
    assert "best" in form.errors["prompt"]
    assert house.room.messages == house.fake.ephemerals(house.ann) == []
    await house.fake.submit(house.ann, form, {"Prompt": "a red fox"})
    await house.home.done()
    assert len(house.room.messages) == 1


async def test_a_refusal_with_a_button_leaves_the_form(house: House) -> None:
    asked = await house.fake.slash(house.ann, house.room, "/imagine", "")
    form = await house.form(house.ann)
    await house.fake.submit(house.ann, form, {"Prompt": "a red fox --v 6"})
    assert house.fake.open_view(house.ann) is None
    await told(house, asked)
    await house.fake.click(house.ann, asked.followups[0], wording.PLAIN)
    await house.home.done()
    assert len(house.room.messages) == 1


@pytest.mark.parametrize("error", ["expired_trigger_id", "internal_error", "lost"])
async def test_a_form_that_does_not_open_says_so(house: House, error: str) -> None:
    if error == "lost":
        house.fake.lose("views.open")
        house.fake.fail("views.open", error="fatal_error")
    else:
        house.fake.fail("views.open", error=error)
    with capture_logs() as logs:
        asked = await house.fake.slash(house.ann, house.room, "/imagine", "")
        assert await told(house, asked) == wording.NOT_OPENED
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_a_slow_core_opens_no_form_and_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "FORM_PATIENCE", 0.02)
    house.between.slow.add("form")
    asked = await house.fake.slash(house.ann, house.room, "/imagine", "")
    assert await told(house, asked) == wording.NOT_OPENED


async def test_a_form_that_is_asked_for_twice_opens_once(tmp_path: Path) -> None:
    async with housed(tmp_path, "http") as house:
        await house.fake.slash(house.ann, house.room, "/imagine", "")
        await house.form(house.ann)
        await house.fake.replay(house.fake.calls.sent[0])
        await house.fake.until(lambda: house.fake.count("views.open") == 2)
        await house.reached("form", 2)
        await house.quiet()
        assert house.fake.ephemerals(house.ann) == []


async def test_a_form_of_other_words_is_answered(house: House) -> None:
    asked = await house.fake.slash(house.ann, house.room, "/imagine", "")
    form = await house.form(house.ann)
    form.payload["callback_id"] = "b2:whatever"
    assert (await house.fake.submit(house.ann, form, {"Prompt": "a red fox"})).acked
    assert await told(house, asked) == wording.NO_SUCH_JOB


async def test_forms_outlive_a_restart(house: House) -> None:
    await house.fake.slash(house.ann, house.room, "/imagine", "")
    form = await house.form(house.ann)
    await house.restart()
    await house.fake.submit(house.ann, form, {"Prompt": "a red fox"})
    await house.reached("shown")
    await house.home.done()
    assert len(house.room.messages) == 1
