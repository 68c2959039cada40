"""Mentions, direct messages, reactions, the Home tab and removals of the app, over real sockets."""

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
from tests.slack.app import App, running_app


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


async def jobs(app: App, by: User) -> list[Job]:
    """Return a user's jobs, newest first."""
    return await app.backend.ledger.jobs.list_recent(f"slack:{app.fake.team.id}", app.id_of(by), 20)


def alter_events(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Change these fields in every event; remove those that are None."""
    payload = Events._payload

    def alter(events: Events, team: Any, event: dict[str, Any], actor: Any) -> Any:
        event = {name: value for name, value in (event | fields).items() if value is not None}
        return payload(events, team, event, actor)

    monkeypatch.setattr(Events, "_payload", alter)


# --- mentions and direct messages


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_mention_is_drawn_in_its_thread(tmp_path: Path, mode: Any) -> None:
    async with running_app(tmp_path, mode) as app:
        event = await app.fake.mention(app.ann, app.room, "a red fox & @bob --variants 1")
        assert event.acked
        await app.wait_for_calls("shown")
        await app.backend.done()
        mention, gallery = app.room.messages
        assert gallery.thread_ts == mention.ts
        assert len(gallery.gallery) == 1
        assert gallery.risks == set()
        (request,) = app.calls_of("imagine")
        assert isinstance(request, Imagine)
        assert request.text == "a red fox & @bob --variants 1"
        assert request.id == f"slack:{app.fake.team.id}:{app.room.id}:{mention.ts}"
        (card,) = app.fake.ephemerals(app.ann)
        assert card.thread_ts == mention.ts


async def test_a_mention_in_a_thread_is_drawn_there(app: App) -> None:
    root = app.fake.say(app.bob, app.room, "foxes?")
    await app.fake.mention(app.ann, app.room, "a red fox, @imagine, please", thread_ts=root.ts)
    await app.wait_for_calls("shown")
    await app.backend.done()
    assert app.room.messages[-1].thread_ts == root.ts
    (job,) = await jobs(app, app.ann)
    assert " ".join(spec_of(job).prompt.split()) == "a red fox, , please"


async def test_a_mention_can_ask_for_help(app: App) -> None:
    await app.fake.mention(app.ann, app.room, "help")
    await app.fake.until(lambda: app.fake.ephemerals(app.ann))
    assert wording.IN_THREADS in app.fake.ephemerals(app.ann)[0].words
    assert not app.calls_of("imagine")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/quota", wording.QUOTA),
        ("/recent", wording.NOTHING_YET),
        ("quota", wording.QUOTA),
        ("/quotas log", wording.FOR_ADMINS),
        ("/nonsense", "/nonsense"),
        ("/help", wording.HELP),
        ("Help!", wording.HELP),
        ("thanks!", wording.YOU_ARE_WELCOME),
        ("hello @bob", wording.HELLO),
    ],
)
async def test_commands_and_small_talk_in_messages_are_answered_privately_and_never_drawn(
    app: App, text: str, answer: str
) -> None:
    root = app.fake.say(app.bob, app.room, "foxes?")
    await app.fake.mention(app.ann, app.room, text, thread_ts=root.ts)
    await app.fake.until(lambda: app.fake.ephemerals(app.ann))
    (card,) = app.fake.ephemerals(app.ann)
    assert answer in card.words
    assert card.thread_ts == root.ts
    await app.fake.direct(app.ann, text)
    await app.fake.until(lambda: len(app.fake.dms(app.ann)) == 2)
    assert answer in app.fake.dms(app.ann)[-1].words
    await app.wait_idle()
    assert app.calls_of("imagine") == app.backend.painter.orders == []
    assert len(app.room.messages) == 2


async def test_a_mention_does_not_draw_the_name_of_imagine(app: App) -> None:
    root = app.fake.say(app.bob, app.room, "boats?")
    await app.fake.mention(app.ann, app.room, "/imagine a boat --variants 1", thread_ts=root.ts)
    await app.wait_for_calls("shown")
    await app.backend.done()
    (job,) = await jobs(app, app.ann)
    assert spec_of(job).prompt == "a boat"


async def test_an_admin_can_change_an_allowance_by_a_mention(app: App) -> None:
    await app.fake.mention(app.boss, app.room, "/quotas set @bob --images-per-day 5")
    await app.fake.until(lambda: app.fake.ephemerals(app.boss))
    assert "bob: pictures a day not set → 5" in app.fake.ephemerals(app.boss)[0].words
    (entry,) = await app.backend.ledger.settings.entries(None, 10)
    assert (entry.kind, entry.ref) == ("person", app.id_of(app.bob))


async def test_a_direct_message_is_drawn_in_the_direct_conversation(app: App) -> None:
    await app.fake.direct(app.ann, "a red fox")
    await app.wait_for_calls("shown")
    await app.backend.done()
    message, *_, gallery = app.fake.dms(app.ann)
    assert len(gallery.gallery) == 4
    assert message.text == "a red fox"
    (request,) = app.calls_of("imagine")
    assert request.address.workspace == f"slack:{app.fake.team.id}"
    assert request.address.thread == ""
    assert app.room.messages == []


@pytest.mark.parametrize(
    "fields",
    [
        {"bot_id": "B0OTHER"},
        {"edited": {"user": "U1", "ts": "1.2"}},
        {"user": None},
    ],
)
async def test_messages_of_bots_and_edited_messages_are_ignored(
    app: App, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any]
) -> None:
    alter_events(monkeypatch, **fields)
    assert (await app.fake.mention(app.ann, app.room, "a red fox")).acked
    assert (await app.fake.direct(app.ann, "a red fox")).acked
    await app.wait_idle()
    assert app.core_proxy.calls == []


async def test_messages_with_other_subtypes_or_places_are_ignored(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    alter_events(monkeypatch, subtype="message_changed")
    assert (await app.fake.direct(app.ann, "a red fox")).acked
    monkeypatch.undo()
    alter_events(monkeypatch, channel_type="channel")
    assert (await app.fake.direct(app.ann, "a red fox")).acked
    await app.wait_idle()
    assert app.core_proxy.calls == []


async def test_an_event_that_the_bot_ignores_is_acknowledged(app: App) -> None:
    app.fake.subscribed.add("team_join")
    event = await app.fake.events.send("team_join", app.fake.team, {"type": "team_join"})
    assert event.acked


async def test_a_malformed_event_is_acknowledged_and_logged(app: App) -> None:
    with capture_logs() as logs:
        malformed = {"type": "app_mention", "user": app.ann.id}
        event = await app.fake.events.send("app_mention", app.fake.team, malformed)
    assert event.acked
    assert [line["event"] for line in logs] == ["slack.not_understood"]
    assert "trace" not in logs[0]


async def test_a_repeated_event_is_answered_once_even_after_a_restart(app: App) -> None:
    app.fake.retry_delays = ()
    event = await app.fake.mention(app.ann, app.room, "--tier best")
    await app.wait_for_calls("imagine")
    await app.wait_idle()
    for _ in range(2):
        assert (await app.fake.send("events_api", event.payload, None)).ok
    await app.wait_idle()
    assert len(app.calls_of("imagine")) == len(app.fake.ephemerals(app.ann)) == 1
    await app.restart()
    assert (await app.fake.send("events_api", event.payload, None)).ok
    await app.wait_idle()
    assert app.calls_of("imagine") == []
    assert len(app.fake.ephemerals(app.ann)) == 1


@pytest.mark.parametrize("kind", ["mention", "direct message"])
async def test_a_message_that_comes_in_three_events_is_drawn_once(app: App, kind: str) -> None:
    if kind == "mention":
        event = await app.fake.mention(app.ann, app.room, "a red fox --variants 1")
    else:
        event = await app.fake.direct(app.ann, "a red fox --variants 1")
    copies = [event.payload | {"event_id": f"Ev0COPY{number}"} for number in range(2)]
    as_mention = {"event": event.payload["event"] | {"type": "app_mention"}, "event_id": "Ev0MENTION"}
    for payload in (*copies, event.payload | as_mention):
        assert (await app.fake.send("events_api", payload, None)).ok
    await app.wait_for_calls("shown")
    await app.wait_idle()
    await app.backend.done()
    assert len(app.backend.painter.orders) == len(app.calls_of("imagine")) == 1
    assert len(await jobs(app, app.ann)) == 1


async def test_two_messages_with_the_same_words_are_two_requests(app: App) -> None:
    for _ in range(2):
        await app.fake.mention(app.ann, app.room, "a red fox --variants 1")
    await app.wait_for_calls("shown", 2)
    await app.backend.done()
    assert len(await jobs(app, app.ann)) == 2


async def test_a_message_edited_to_mention_the_bot_again_is_not_drawn_again(
    app: App,
) -> None:
    event = await app.fake.mention(app.ann, app.room, "a red fox --variants 1")
    edited = event.payload["event"] | {"text": event.payload["event"]["text"] + " in snow"}
    for extra in ({}, {"edited": {"user": app.ann.id, "ts": "1.2"}}):
        payload = event.payload | {"event": edited | extra, "event_id": f"Ev0EDIT{len(extra)}"}
        assert (await app.fake.send("events_api", payload, None)).ok
    await app.wait_for_calls("shown")
    await app.wait_idle()
    await app.backend.done()
    assert len(app.calls_of("imagine")) == 1


async def test_a_reaction_that_comes_in_two_events_is_answered_once(tmp_path: Path) -> None:
    async with running_app(tmp_path, images=1) as app:
        gallery = await app.draw("a red fox --variants 1")
        event = await app.fake.react(app.ann, gallery, "repeat")
        await app.fake.until(lambda: len(app.fake.ephemerals(app.ann)) == 2)
        assert (await app.fake.send("events_api", event.payload | {"event_id": "Ev0COPY"}, None)).ok
        await app.wait_idle()
        assert len(app.calls_of("react")) == 1
        assert len(app.fake.ephemerals(app.ann)) == 2


async def test_the_next_process_handles_a_repeated_event_that_a_killed_one_left(app: App) -> None:
    app.core_proxy.slow.add("imagine")
    event = await app.fake.mention(app.ann, app.room, "a red fox")
    await app.wait_for_calls("imagine")
    for task in app.open_answers():
        task.cancel()
    await app.wait_idle()
    await app.restart()
    assert (await app.fake.send("events_api", event.payload, None)).ok
    await app.wait_for_calls("shown")
    await app.backend.done()
    assert len(app.room.messages) == 2


async def test_a_store_that_cannot_be_read_is_answered_and_one_that_cannot_be_written_is_logged(
    app: App,
) -> None:
    app.store.fails = True
    await app.fake.mention(app.ann, app.room, "a red fox")
    await app.fake.until(lambda: app.fake.ephemerals(app.ann))
    assert app.fake.ephemerals(app.ann)[0].words.startswith("Something broke on our side")
    app.store.fails = False
    await app.fake.mention(app.ann, app.room, "help")
    await app.wait_idle()
    app.store.fails = True
    with capture_logs() as logs:
        await app.fake.mention(app.ann, app.room, "help")
        await app.wait_idle()
    assert "slack.not_kept" in [line["event"] for line in logs]
    assert len(app.fake.ephemerals(app.ann)) == 3
    app.store.fails = False


# --- reactions


@pytest.mark.parametrize(("name", "emoji"), [("repeat", "🔁"), ("arrows_counterclockwise", "🔄")])
async def test_a_reaction_draws_again_for_the_person_who_reacts(app: App, name: str, emoji: str) -> None:
    gallery = await app.draw("a red fox --variants 1")
    await app.fake.react(app.bob, gallery, name)
    (reaction,) = await app.wait_for_calls("react")
    assert isinstance(reaction, Reaction)
    assert (reaction.emoji, reaction.person.id) == (emoji, app.id_of(app.bob))
    await app.wait_for_calls("shown", 2)
    await app.backend.done()
    assert len(app.room.messages) == 2
    (job,) = await jobs(app, app.bob)
    assert (job.name, job.origin) == ("bob", "reaction")
    (card,) = app.fake.ephemerals(app.bob)
    assert "a red fox" in card.words
    assert app.fake.dms(app.bob) == []


async def test_a_persons_reactions_to_a_message_draw_once(app: App) -> None:
    gallery = await app.draw("a red fox --variants 1")
    await app.fake.react(app.bob, gallery, "repeat")
    await app.fake.react(app.bob, gallery, "arrows_counterclockwise")
    await app.fake.unreact(app.bob, gallery, "repeat")
    await app.fake.react(app.bob, gallery, "repeat")
    await app.wait_for_calls("react", 3)
    await app.wait_idle()
    await app.backend.done()
    assert len(app.room.messages) == 2
    assert len(app.calls_of("react")) == 3


async def test_a_repeated_reaction_event_is_ignored_but_a_second_reaction_is_not(app: App) -> None:
    """A refused drawing does not count as the person's one; only the event's time tells a repetition."""
    app.backend.painter.script = [draw_all, Declined()]
    gallery = await app.draw("a red fox --variants 1")
    event = await app.fake.react(app.bob, gallery, "repeat")
    await app.wait_for_calls("shown", 2)
    await app.backend.done()
    assert (await app.fake.send("events_api", event.payload, None)).ok
    await app.wait_idle()
    assert len(app.calls_of("react")) == 1
    await app.fake.unreact(app.bob, gallery, "repeat")
    await app.fake.react(app.bob, gallery, "repeat")
    await app.wait_for_calls("shown", 3)
    await app.backend.done()
    assert len(app.backend.painter.orders) == 3


async def test_a_bin_deletes_for_the_requester_and_for_an_admin(app: App) -> None:
    first = await app.draw("one --variants 1")
    await app.fake.react(app.bob, first, "wastebasket")
    await app.wait_for_calls("react")
    await app.wait_idle()
    assert app.room.messages == [first]
    await app.fake.react(app.ann, first, "wastebasket")
    await app.fake.until(lambda: app.room.messages == [])
    second = await app.draw("two --variants 1")
    await app.fake.react(app.boss, second, "wastebasket")
    await app.fake.until(lambda: app.room.messages == [])
    assert app.fake.dms(app.bob) == app.fake.ephemerals(app.bob) == []


async def test_a_former_admin_deletes_nothing(app: App) -> None:
    gallery = await app.draw("one --variants 1")
    await app.slash(app.boss, "/quota")  # now the directory knows Boss as an admin
    app.boss.admin = False
    await app.fake.react(app.boss, gallery, "wastebasket")
    await app.wait_for_calls("react")
    await app.wait_idle()
    assert app.room.messages == [gallery]


async def test_reactions_to_others_messages_and_by_the_bot_never_reach_the_core(app: App) -> None:
    gallery = await app.draw("a red fox --variants 1")
    message = app.fake.say(app.ann, app.room, "a red fox")
    await app.fake.react(app.bob, message, "repeat")  # to a person's message
    await app.fake.react(app.fake.team.bot, gallery, "repeat")  # by the bot itself
    await app.fake.react(app.bob, gallery, "thumbsup")
    await app.wait_idle()
    assert app.calls_of("react") == []


async def test_a_reaction_to_a_message_without_an_author_reaches_the_core(app: App) -> None:
    gallery = await app.draw("a red fox --variants 1")
    gallery.via_response_url = True
    await app.fake.react(app.bob, gallery, "repeat")
    await app.wait_for_calls("shown", 2)
    await app.backend.done()


async def test_only_the_person_who_reacts_sees_a_refusal(tmp_path: Path) -> None:
    async with running_app(tmp_path, images=1) as app:
        gallery = await app.draw("a red fox --variants 1")
        await app.fake.react(app.ann, gallery, "repeat")
        await app.fake.until(lambda: len(app.fake.ephemerals(app.ann)) == 2)
        assert "allows 1 picture per day" in app.fake.ephemerals(app.ann)[-1].words
        assert app.room.messages == [gallery]


# --- the Home tab


async def test_the_home_tab_shows_a_persons_jobs_and_its_buttons_answer_in_direct_messages(app: App) -> None:
    await app.draw("a red fox --variants 1")
    await app.fake.open_home(app.ann)
    await app.fake.until(lambda: app.fake.home(app.ann))
    page = app.fake.home(app.ann)
    assert page is not None
    assert "a red fox" in page.words
    await app.fake.click(app.ann, page, next(label for label in page.labels if label.startswith("Again")))
    await app.wait_for_calls("shown", 2)
    await app.backend.done()
    assert len(app.fake.dms(app.ann)[-1].gallery) == 1
    assert len(app.room.messages) == 1


async def test_opening_another_tab_publishes_nothing(app: App) -> None:
    await app.fake.open_home(app.ann, tab="messages")
    await app.wait_idle()
    assert app.fake.home(app.ann) is None


@pytest.mark.parametrize("method", ["users.info", "views.publish"])
async def test_a_home_page_that_cannot_be_made_is_logged(app: App, method: str) -> None:
    app.fake.fail(method, error="internal_error")
    with capture_logs() as logs:
        await app.fake.open_home(app.ann)
        await app.wait_idle()
    assert [line["log_level"] for line in logs] == ["warning"]
    assert app.fake.home(app.ann) is None
    assert app.fake.dms(app.ann) == []


# --- removals of the app


class Installs:
    """A stand-in for the adapter's Installs.

    `purges`: the arguments of all calls of `purge`.
    `failures`: how many calls of `purge` will fail first.
    `is_removed`: the result of `purge`.
    """

    def __init__(self) -> None:
        self.purges: list[tuple[str, str]] = []
        self.failures = 0
        self.is_removed = True

    async def purge(self, team: str, enterprise: str) -> bool:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is full")
        self.purges.append((team, enterprise))
        return self.is_removed


async def test_a_workspace_that_removes_the_app_is_forgotten(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs = Installs()
    monkeypatch.setattr(app.adapter, "_installs", installs)
    team = app.fake.team
    of_a_person = {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}
    assert (await app.fake.events.send("tokens_revoked", team, of_a_person)).acked
    assert installs.purges == []
    installs.failures = 1
    app.fake.retry_delays, app.fake.ack_seconds = (), 0.3
    revoked, uninstalled = await app.fake.uninstall()
    assert not revoked.acked  # Slack then sends it again
    assert uninstalled.acked
    assert installs.purges == [(team.id, "")]
    assert app.calls_of("left") == [f"slack:{team.id}"]


async def test_a_removal_of_an_installation_that_still_works_is_not_believed(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs = Installs()
    installs.is_removed = False
    monkeypatch.setattr(app.adapter, "_installs", installs)
    await app.fake.events.send("app_uninstalled", app.fake.team, {"type": "app_uninstalled"})
    assert installs.purges
    assert app.calls_of("left") == []


async def test_the_core_hears_of_the_one_workspace_and_of_its_removal(app: App) -> None:
    team = f"slack:{app.fake.team.id}"
    assert app.core_proxy.serving_calls == [("serving", [team])]
    await app.fake.events.send("app_uninstalled", app.fake.team, {"type": "app_uninstalled"})
    assert app.calls_of("left") == [team]
