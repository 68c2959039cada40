"""People, user groups and channels: picked in commands, and looked up for rights, over real sockets."""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.inbound.directory import CACHE_SECONDS
from bot import wording
from quotas.records import Entry
from tests.slack.app import App, running_app

README = Path(__file__).parents[3] / "README.md"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        app.fake.team.scopes.add("usergroups:read")
        app.fake.add_group("interns", app.ann)
        app.fake.add_channel("admins", members=[app.boss])
        yield app


async def entries(app: App) -> list[Entry]:
    return await app.backend.ledger.settings.entries(None, 50)


async def quotas(app: App, text: str) -> str:
    return (await app.slash(app.boss, "/quotas", text)).followups[0].words


@pytest.mark.parametrize(
    "text", ["set @interns --images-per-day 0", "set --role @interns --images-per-day 0"]
)
@pytest.mark.parametrize("way", ["command", "mention"])
async def test_a_limit_of_a_picked_group_holds_for_its_members(app: App, text: str, way: str) -> None:
    if way == "command":
        assert "pictures a day not set → 0" in await quotas(app, text)
    else:
        await app.fake.mention(app.boss, app.room, f"/quotas {text}")
        await app.fake.until(lambda: app.fake.ephemerals(app.boss))
    group = app.fake.team.groups[-1]
    (entry,) = await entries(app)
    assert (entry.kind, entry.ref) == ("role", f"slack:{group.id}")
    assert "Your role's allowance" in (await app.imagine("a red fox")).followups[0].words
    assert app.backend.painter.orders == []


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("set --person @interns --images-per-day 0", "role", "person"),
        ("set --person #general --images-per-day 0", "channel", "person"),
        ("set --role @ann --images-per-day 0", "person", "role"),
        ("set --channel @ann --images-per-day 0", "person", "channel"),
        ("grant @interns --images 5", "role", "person"),
        ("block #general", "channel", "person"),
        ("settings --admin-channel @ann", "person", "channel"),
    ],
)
async def test_what_was_picked_is_never_stored_as_something_else(
    app: App, text: str, kind: str, wanted: str
) -> None:
    assert wording.other_kind(kind, wanted) in await quotas(app, text)
    assert await entries(app) == []


@pytest.mark.parametrize(
    "verb", ["set --images-per-day 5", "grant --images 5", "reset", "block", "unblock", "log"]
)
async def test_two_people_in_one_command_are_refused_by_their_names(app: App, verb: str) -> None:
    ann, bob = app.ann.name, app.bob.name
    refusal = f"That names two people: @{ann} and @{bob}. Send the command once for each."
    assert refusal in await quotas(app, f"{verb} @{ann} @{bob}")
    assert refusal in (await app.slash(app.boss, "/usage", f"@{ann} @{bob}")).followups[0].words
    assert await entries(app) == []


async def test_a_picked_channel_is_set_as_a_channel(app: App) -> None:
    await quotas(app, "set #general --images-per-day 0")
    (entry,) = await entries(app)
    assert (entry.kind, entry.ref) == ("channel", f"slack:{app.room.id}")


async def test_everyone_means_everyone(app: App) -> None:
    await quotas(app, "set @everyone --images-per-day 0")
    (entry,) = await entries(app)
    assert entry.kind == "everyone"


async def test_every_example_of_the_readme_is_carried_out(app: App) -> None:
    examples = re.findall(
        r"`/quotas (set @[^`]*|grant [^`]*|block [^`]*|settings --admin[^`]*)`", README.read_text()
    )
    assert len(examples) >= 4
    for example in examples:
        assert "/quotas undo" in await quotas(app, example)
    for entry in await entries(app):
        assert (entry.kind, entry.ref) in (("person", app.id_of(app.ann)), ("workspace", "*"))


# --- groups that Slack does not tell


async def test_a_group_at_zero_draws_nothing_while_slack_tells_no_groups(app: App) -> None:
    await quotas(app, "set @interns --images-per-day 0")
    await app.restart()
    app.fake.fail("usergroups.list", times=1_000)
    refused = await app.imagine("a red fox")
    assert wording.groups_unknown("Slack") in refused.followups[0].words
    await app.fake.mention(app.ann, app.room, "a red fox")
    await app.fake.until(lambda: app.fake.ephemerals(app.ann))
    assert wording.groups_unknown("Slack") in app.fake.ephemerals(app.ann)[0].words
    app.fake.heal()
    assert "Your role's allowance" in (await app.imagine("a red fox")).followups[0].words
    assert app.backend.painter.orders == []


async def test_a_group_at_zero_stays_at_zero_during_an_outage(tmp_path: Path) -> None:
    shift = 0.0
    async with running_app(tmp_path, clock=lambda: time.time() + shift) as app:
        app.fake.team.scopes.add("usergroups:read")
        app.fake.add_group("interns", app.ann)
        await quotas(app, "set @interns --images-per-day 0")  # now the directory knows the groups
        shift = CACHE_SECONDS
        app.fake.fail("usergroups.list", times=1_000)
        assert "Your role's allowance" in (await app.imagine("a red fox")).followups[0].words
        assert app.backend.painter.orders == []


async def test_an_admin_of_a_group_hears_that_the_group_could_not_be_checked(tmp_path: Path) -> None:
    async with running_app(tmp_path, admins=True) as app:
        app.fake.team.scopes.add("usergroups:read")
        app.fake.fail("usergroups.users.list")
        answer = await app.slash(app.bob, "/quotas", "set --images-per-day 5")
        assert wording.groups_unknown("Slack") in answer.followups[0].words
        answer = await app.slash(app.bob, "/quotas", "set --images-per-day 5")
        assert "pictures a day not set → 5" in answer.followups[0].words
