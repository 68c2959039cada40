"""Mentions, direct messages, reactions, the home tab and goodbyes, over real sockets."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import wording
from bot.imagine.records import spec_of
from bot.painters.port import Declined
from bot.port.requests import Imagine, Reaction
from quotas.records import Job
from tests.fakes.painter import draw_all
from tests.fakes.slack.events import Events
from tests.fakes.slack.places import User
from tests.slack.house import House, housed


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path) as house:
        yield house


async def jobs(house: House, by: User) -> list[Job]:
    """Newest first."""
    return await house.home.ledger.jobs.list_recent(f"slack:{house.fake.team.id}", house.ids(by), 20)


def altered(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Events are told with other fields, or, where that is None, without them."""
    payload = Events._payload

    def told(events: Events, team: Any, event: dict[str, Any], actor: Any) -> Any:
        event = {name: value for name, value in (event | fields).items() if value is not None}
        return payload(events, team, event, actor)

    monkeypatch.setattr(Events, "_payload", told)


# --- words to the bot


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_mention_is_drawn_in_its_thread(tmp_path: Path, mode: Any) -> None:
    async with housed(tmp_path, mode) as house:
        event = await house.fake.mention(house.ann, house.room, "a red fox & @bob --variants 1")
        assert event.acked
        await house.reached("shown")
        await house.home.done()
        said, gallery = house.room.messages
        assert gallery.thread_ts == said.ts
        assert len(gallery.gallery) == 1
        assert gallery.risks == set()
        (request,) = house.asked("imagine")
        assert isinstance(request, Imagine)
        assert request.text == "a red fox & @bob --variants 1"
        assert request.id == f"slack:{house.fake.team.id}:{event.event_id}"
        (card,) = house.fake.ephemerals(house.ann)
        assert card.thread_ts == said.ts


async def test_a_mention_in_a_thread_stays_there(house: House) -> None:
    root = house.fake.say(house.bob, house.room, "foxes?")
    await house.fake.mention(house.ann, house.room, "a red fox, @imagine, please", thread_ts=root.ts)
    await house.reached("shown")
    await house.home.done()
    assert house.room.messages[-1].thread_ts == root.ts
    (job,) = await jobs(house, house.ann)
    assert " ".join(spec_of(job).prompt.split()) == "a red fox, , please"


async def test_in_a_thread_help_is_a_mention_away(house: House) -> None:
    await house.fake.mention(house.ann, house.room, "help")
    await house.fake.until(lambda: house.fake.ephemerals(house.ann))
    assert wording.IN_THREADS in house.fake.ephemerals(house.ann)[0].words
    assert not house.asked("imagine")


async def test_a_direct_message_is_drawn_where_it_was_said(house: House) -> None:
    await house.fake.direct(house.ann, "a red fox")
    await house.reached("shown")
    await house.home.done()
    said, *_, gallery = house.fake.dms(house.ann)
    assert len(gallery.gallery) == 4
    assert said.text == "a red fox"
    (request,) = house.asked("imagine")
    assert request.address.workspace == f"slack:{house.fake.team.id}"
    assert request.address.thread == ""
    assert house.room.messages == []


@pytest.mark.parametrize(
    "fields",
    [
        {"bot_id": "B0OTHER"},
        {"edited": {"user": "U1", "ts": "1.2"}},
        {"user": None},
    ],
)
async def test_what_bots_say_and_what_is_edited_is_no_wish(
    house: House, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any]
) -> None:
    altered(monkeypatch, **fields)
    assert (await house.fake.mention(house.ann, house.room, "a red fox")).acked
    assert (await house.fake.direct(house.ann, "a red fox")).acked
    await house.quiet()
    assert house.between.calls == []


async def test_messages_about_messages_are_no_wish(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    altered(monkeypatch, subtype="message_changed")
    assert (await house.fake.direct(house.ann, "a red fox")).acked
    monkeypatch.undo()
    altered(monkeypatch, channel_type="channel")
    assert (await house.fake.direct(house.ann, "a red fox")).acked
    await house.quiet()
    assert house.between.calls == []


async def test_an_event_that_nobody_listens_to_is_acknowledged(house: House) -> None:
    house.fake.subscribed.add("team_join")
    event = await house.fake.events.tell("team_join", house.fake.team, {"type": "team_join"})
    assert event.acked


async def test_an_event_that_makes_no_sense_is_a_matter_for_the_log(house: House) -> None:
    with capture_logs() as logs:
        told = {"type": "app_mention", "user": house.ann.id}
        event = await house.fake.events.tell("app_mention", house.fake.team, told)
    assert event.acked
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["slack.not_understood"]


async def test_an_event_is_answered_once_however_often_it_is_told(house: House) -> None:
    house.fake.retry_delays = ()
    event = await house.fake.mention(house.ann, house.room, "--tier best")
    await house.reached("imagine")
    await house.quiet()
    for _ in range(2):
        assert (await house.fake.send("events_api", event.payload, None)).ok
    await house.quiet()
    assert len(house.asked("imagine")) == len(house.fake.ephemerals(house.ann)) == 1
    await house.restart()
    assert (await house.fake.send("events_api", event.payload, None)).ok
    await house.quiet()
    assert house.asked("imagine") == []
    assert len(house.fake.ephemerals(house.ann)) == 1


async def test_what_a_killed_process_left_is_done_when_it_is_told_again(house: House) -> None:
    house.between.slow.add("imagine")
    event = await house.fake.mention(house.ann, house.room, "a red fox")
    await house.reached("imagine")
    for task in house.answering():
        task.cancel()
    await house.quiet()
    await house.restart()
    assert (await house.fake.send("events_api", event.payload, None)).ok
    await house.reached("shown")
    await house.home.done()
    assert len(house.room.messages) == 2


async def test_a_store_that_cannot_be_read_is_said_and_one_that_cannot_be_written_is_not(
    house: House,
) -> None:
    house.store.fails = True
    await house.fake.mention(house.ann, house.room, "a red fox")
    await house.fake.until(lambda: house.fake.ephemerals(house.ann))
    assert house.fake.ephemerals(house.ann)[0].words.startswith("Something broke on our side")
    house.store.fails = False
    await house.fake.mention(house.ann, house.room, "help")
    await house.quiet()
    house.store.fails = True
    with capture_logs() as logs:
        await house.fake.mention(house.ann, house.room, "help")
        await house.quiet()
    assert "slack.not_kept" in [line["event"] for line in logs]
    assert len(house.fake.ephemerals(house.ann)) == 3
    house.store.fails = False


# --- reactions


@pytest.mark.parametrize(("emoji", "meant"), [("repeat", "🔁"), ("arrows_counterclockwise", "🔄")])
async def test_a_reaction_draws_again_for_whoever_reacted(house: House, emoji: str, meant: str) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    await house.fake.react(house.bob, gallery, emoji)
    (reaction,) = await house.reached("react")
    assert isinstance(reaction, Reaction)
    assert (reaction.emoji, reaction.person.id) == (meant, house.ids(house.bob))
    await house.reached("shown", 2)
    await house.home.done()
    assert len(house.room.messages) == 2
    (job,) = await jobs(house, house.bob)
    assert (job.name, job.origin) == ("bob", "reaction")
    (card,) = house.fake.ephemerals(house.bob)
    assert "a red fox" in card.words
    assert house.fake.dms(house.bob) == []


async def test_it_is_drawn_again_once(house: House) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    await house.fake.react(house.bob, gallery, "repeat")
    await house.fake.react(house.bob, gallery, "arrows_counterclockwise")
    await house.fake.unreact(house.bob, gallery, "repeat")
    await house.fake.react(house.bob, gallery, "repeat")
    await house.reached("react", 3)
    await house.quiet()
    await house.home.done()
    assert len(house.room.messages) == 2
    assert len(house.asked("react")) == 3


async def test_a_reaction_that_came_to_nothing_is_not_repeated_by_its_repetition(house: House) -> None:
    """What is refused does not use up somebody's reaction: only the event's id tells a second wish."""
    house.home.painter.script = [draw_all, Declined()]
    gallery = await house.drawn("a red fox --variants 1")
    event = await house.fake.react(house.bob, gallery, "repeat")
    await house.reached("shown", 2)
    await house.home.done()
    assert (await house.fake.send("events_api", event.payload, None)).ok
    await house.quiet()
    assert len(house.asked("react")) == 1
    await house.fake.unreact(house.bob, gallery, "repeat")
    await house.fake.react(house.bob, gallery, "repeat")
    await house.reached("shown", 3)
    await house.home.done()
    assert len(house.home.painter.orders) == 3


async def test_a_bin_deletes_for_the_requester_and_for_an_admin(house: House) -> None:
    first = await house.drawn("one --variants 1")
    await house.fake.react(house.bob, first, "wastebasket")
    await house.reached("react")
    await house.quiet()
    assert house.room.messages == [first]
    await house.fake.react(house.ann, first, "wastebasket")
    await house.fake.until(lambda: house.room.messages == [])
    second = await house.drawn("two --variants 1")
    await house.fake.react(house.boss, second, "wastebasket")
    await house.fake.until(lambda: house.room.messages == [])
    assert house.fake.dms(house.bob) == house.fake.ephemerals(house.bob) == []


async def test_who_is_an_admin_no_more_deletes_nothing(house: House) -> None:
    gallery = await house.drawn("one --variants 1")
    await house.slash(house.boss, "/quota")  # now Boss is known as an admin
    house.boss.admin = False
    await house.fake.react(house.boss, gallery, "wastebasket")
    await house.reached("react")
    await house.quiet()
    assert house.room.messages == [gallery]


async def test_what_is_not_ours_never_reaches_the_core(house: House) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    said = house.fake.say(house.ann, house.room, "a red fox")
    await house.fake.react(house.bob, said, "repeat")  # somebody's own message
    await house.fake.react(house.fake.team.bot, gallery, "repeat")  # our own
    await house.fake.react(house.bob, gallery, "thumbsup")
    await house.quiet()
    assert house.asked("react") == []


async def test_a_message_whose_author_is_not_said_may_be_ours(house: House) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    gallery.by_url = True
    await house.fake.react(house.bob, gallery, "repeat")
    await house.reached("shown", 2)
    await house.home.done()


async def test_a_refusal_is_for_whoever_reacted_alone(tmp_path: Path) -> None:
    async with housed(tmp_path, images=1) as house:
        gallery = await house.drawn("a red fox --variants 1")
        await house.fake.react(house.ann, gallery, "repeat")
        await house.fake.until(lambda: len(house.fake.ephemerals(house.ann)) == 2)
        assert "allows 1 picture per day" in house.fake.ephemerals(house.ann)[-1].words
        assert house.room.messages == [gallery]


# --- the home tab


async def test_the_home_tab_is_ones_own_page_and_its_buttons_answer_directly(house: House) -> None:
    await house.drawn("a red fox --variants 1")
    await house.fake.open_home(house.ann)
    await house.fake.until(lambda: house.fake.home(house.ann))
    page = house.fake.home(house.ann)
    assert page is not None
    assert "a red fox" in page.words
    await house.fake.click(house.ann, page, next(label for label in page.labels if label.startswith("Again")))
    await house.reached("shown", 2)
    await house.home.done()
    assert len(house.fake.dms(house.ann)[-1].gallery) == 1
    assert len(house.room.messages) == 1


async def test_another_tab_is_not_published_to(house: House) -> None:
    await house.fake.open_home(house.ann, tab="messages")
    await house.quiet()
    assert house.fake.home(house.ann) is None


@pytest.mark.parametrize("method", ["users.info", "views.publish"])
async def test_a_page_that_cannot_be_made_is_a_matter_for_the_log(house: House, method: str) -> None:
    house.fake.fail(method, error="internal_error")
    with capture_logs() as logs:
        await house.fake.open_home(house.ann)
        await house.quiet()
    assert [line["log_level"] for line in logs] == ["warning"]
    assert house.fake.home(house.ann) is None
    assert house.fake.dms(house.ann) == []


# --- goodbyes


class Installs:
    """One workspace's installation, as it is forgotten. `breaks`: so often it cannot be."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.purged: list[tuple[str, str]] = []
        self.breaks = 0
        self.gone = True

    async def purge(self, team: str, enterprise: str) -> bool:
        if self.breaks:
            self.breaks -= 1
            raise OSError("the disk is full")
        self.purged.append((team, enterprise))
        return self.gone


async def test_a_workspace_that_removes_the_app_is_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs = Installs(house)
    monkeypatch.setattr(house.adapter, "_installs", installs)
    team = house.fake.team
    told = {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}
    assert (await house.fake.events.tell("tokens_revoked", team, told)).acked
    assert installs.purged == []
    installs.breaks = 1
    house.fake.retry_delays, house.fake.ack_seconds = (), 0.3
    revoked, uninstalled = await house.fake.uninstall()
    assert not revoked.acked  # so that Slack says it once more
    assert uninstalled.acked
    assert installs.purged == [(team.id, "")]
    assert house.asked("left") == [f"slack:{team.id}"]


async def test_news_of_a_goodbye_that_was_none_is_not_believed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs = Installs(house)
    installs.gone = False
    monkeypatch.setattr(house.adapter, "_installs", installs)
    await house.fake.events.tell("app_uninstalled", house.fake.team, {"type": "app_uninstalled"})
    assert installs.purged
    assert house.asked("left") == []


async def test_one_workspace_is_served_and_left(house: House) -> None:
    team = f"slack:{house.fake.team.id}"
    assert house.between.serving_calls == [("serving", [team])]
    await house.fake.events.tell("app_uninstalled", house.fake.team, {"type": "app_uninstalled"})
    assert house.asked("left") == [team]
