"""The directory: people are fetched when it matters, cached for minutes, and never guessed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from structlog.testing import capture_logs

from adapters.slack.ids import GUESTS
from adapters.slack.inbound import directory as directory_module
from adapters.slack.inbound.directory import (
    CACHE_SECONDS,
    GROUPS_UNKNOWN,
    LAST_GROUPS_SECONDS,
    Directory,
)
from adapters.slack.outbound.rate_limit import RateLimit
from adapters.slack.outbound.web_api import WebApi
from bot.port.requests import Person
from tests.fakes.slack.places import User
from tests.fakes.slack.world import FakeSlack


@dataclass
class Desk:
    """A directory's surroundings: the fake, the Web API, a user, and a clock (`now`)."""

    fake: FakeSlack
    web_api: WebApi
    ann: User
    now: float = 1_000.0

    def directory(self, admins_group: str = "") -> Directory:
        return Directory(self.web_api, admins_group, clock=lambda: self.now)

    async def fetch(self, directory: Directory, user: User) -> Person:
        person = await directory.fetch(self.fake.team.id, user.id)
        assert isinstance(person, Person)
        return person

    def cached(self, directory: Directory, user: User) -> Person | None:
        return directory.cached(self.fake.team.id, user.id)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with FakeSlack() as fake, aiohttp.ClientSession() as session:

        async def token(_team: str) -> str:
            return fake.team.token

        fake.team.scopes.add("usergroups:read")
        yield Desk(fake, WebApi(session, RateLimit(), token, fake.base_url), fake.add_user("ann"))


async def test_a_person_is_cached_for_five_minutes(desk: Desk) -> None:
    directory = desk.directory()
    assert desk.cached(directory, desk.ann) is None
    person = await desk.fetch(directory, desk.ann)
    assert person == Person(id=f"slack:{desk.fake.team.id}:{desk.ann.id}", name="ann")
    desk.now += CACHE_SECONDS - 1
    assert desk.cached(directory, desk.ann) == person
    assert directory.cached("T0OTHER", desk.ann.id) is None
    desk.now += 1
    assert desk.cached(directory, desk.ann) is None
    assert CACHE_SECONDS <= 300


async def test_fetch_always_asks_slack(desk: Desk) -> None:
    directory = desk.directory()
    boss = desk.fake.add_user("boss", admin=True)
    assert (await desk.fetch(directory, boss)).admin
    boss.admin = False
    person = desk.cached(directory, boss)
    assert person is not None
    assert person.admin
    assert not (await desk.fetch(directory, boss)).admin
    person = desk.cached(directory, boss)
    assert person is not None
    assert not person.admin


async def test_callers_share_one_fetch_and_a_cancelled_caller_does_not_end_it(desk: Desk) -> None:
    directory = desk.directory()
    gate = desk.fake.hold("users.info")
    tasks = [asyncio.create_task(desk.fetch(directory, desk.ann)) for _ in range(50)]
    await desk.fake.until(lambda: desk.fake.count("users.info"))
    tasks.pop(0).cancel()
    await asyncio.sleep(0)
    gate.open()
    people = await asyncio.gather(*tasks)
    assert {person.name for person in people} == {"ann"}
    assert desk.fake.count("users.info") == desk.fake.count("usergroups.list") == 1


async def test_a_burst_of_strangers_lists_the_groups_once(desk: Desk) -> None:
    directory = desk.directory()
    users = [desk.fake.add_user(f"user{number}") for number in range(50)]
    await asyncio.gather(*(desk.fetch(directory, user) for user in users))
    assert desk.fake.count("usergroups.list") == 1


async def test_the_admins_group_is_fetched_each_time(desk: Desk) -> None:
    group = desk.fake.add_group("keepers", desk.ann)
    directory = desk.directory(group.id)
    assert (await desk.fetch(directory, desk.ann)).admin
    group.users.clear()
    assert not (await desk.fetch(directory, desk.ann)).admin
    assert not (await desk.fetch(desk.directory("S0NOBODY"), desk.ann)).admin


async def test_groups_are_roles_for_five_minutes(desk: Desk) -> None:
    keepers, others = desk.fake.add_group("keepers", desk.ann), desk.fake.add_group("others")
    directory = desk.directory()
    assert (await desk.fetch(directory, desk.ann)).roles == (f"slack:{keepers.id}",)
    others.users.append(desk.ann)
    assert len((await desk.fetch(directory, desk.ann)).roles) == 1
    desk.now += CACHE_SECONDS
    assert len((await desk.fetch(directory, desk.ann)).roles) == 2


async def test_without_the_scope_there_are_no_groups_and_no_log_lines(desk: Desk) -> None:
    desk.fake.team.scopes.discard("usergroups:read")
    group = desk.fake.add_group("keepers", desk.ann)
    directory = desk.directory(group.id)
    with capture_logs() as logs:
        for _ in range(2):
            person = await desk.fetch(directory, desk.ann)
            assert (person.roles, person.admin) == ((), False)
    assert logs == []
    assert desk.fake.count("usergroups.list") == 1


FAILURES: list[dict[str, object]] = [
    {"error": "internal_error"},
    {"error": "no_permission"},
    {"status": 503},
]


@pytest.mark.parametrize("failure", FAILURES)
async def test_groups_that_slack_does_not_tell_are_not_taken_for_none(
    desk: Desk, failure: dict[str, object]
) -> None:
    keepers = desk.fake.add_group("keepers", desk.ann)
    directory = desk.directory()
    desk.fake.fail("usergroups.list", times=2, **failure)  # type: ignore[arg-type]
    with capture_logs() as logs:
        for _ in range(2):
            assert await directory.fetch(desk.fake.team.id, desk.ann.id) is GROUPS_UNKNOWN
            assert desk.cached(directory, desk.ann) is None
    assert {line["event"] for line in logs} == {"slack.not_told"}
    desk.fake.heal()
    assert (await desk.fetch(directory, desk.ann)).roles == (f"slack:{keepers.id}",)
    assert desk.cached(directory, desk.ann) is not None


async def test_the_groups_that_slack_told_last_stand_in_for_a_day(desk: Desk) -> None:
    keepers = desk.fake.add_group("keepers", desk.ann)
    directory, bob = desk.directory(), desk.fake.add_user("bob")
    await desk.fetch(directory, desk.ann)
    desk.fake.fail("usergroups.list", times=1_000)
    desk.now += CACHE_SECONDS
    with capture_logs():
        assert (await desk.fetch(directory, desk.ann)).roles == (f"slack:{keepers.id}",)
        assert (await desk.fetch(directory, bob)).roles == ()
        assert desk.cached(directory, desk.ann) is desk.cached(directory, bob) is None
        desk.now += LAST_GROUPS_SECONDS
        assert await directory.fetch(desk.fake.team.id, desk.ann.id) is GROUPS_UNKNOWN


async def test_one_teams_groups_never_stand_in_for_anothers(desk: Desk) -> None:
    directory = desk.directory()
    await desk.fetch(directory, desk.ann)
    desk.fake.fail("usergroups.list")
    with capture_logs():
        assert await directory.fetch("T0OTHER", desk.ann.id) in (GROUPS_UNKNOWN, None)


async def test_the_wait_for_groups_is_short_if_the_last_ones_are_known(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_module, "SHORT_PATIENCE", 0.05)
    directory = desk.directory()
    await desk.fetch(directory, desk.ann)
    desk.now += CACHE_SECONDS
    gate = desk.fake.hold("usergroups.list")
    with capture_logs():
        async with asyncio.timeout(5):
            await desk.fetch(directory, desk.ann)
    gate.open()


async def test_a_workspace_without_user_groups_is_no_failure(desk: Desk) -> None:
    for code in ("plan_upgrade_required", "paid_teams_only"):
        directory = desk.directory()
        desk.fake.fail("usergroups.list", error=code)
        assert (await desk.fetch(directory, desk.ann)).roles == ()
        assert desk.cached(directory, desk.ann) is not None


async def test_without_an_answer_about_the_admins_group_nothing_is_changed_but_people_draw(
    desk: Desk,
) -> None:
    group, boss = desk.fake.add_group("keepers", desk.ann), desk.fake.add_user("boss", admin=True)
    directory, team = desk.directory(group.id), desk.fake.team.id
    desk.fake.fail("usergroups.users.list", times=4)
    with capture_logs():
        assert await directory.fetch(team, desk.ann.id, for_change=True) is GROUPS_UNKNOWN
        drawing = await desk.fetch(directory, desk.ann)
        assert not drawing.admin
        assert desk.cached(directory, desk.ann) is None
        changing = await directory.fetch(team, boss.id, for_change=True)
        assert isinstance(changing, Person)
        assert changing.admin
    desk.fake.heal()
    changing = await directory.fetch(team, desk.ann.id, for_change=True)
    assert isinstance(changing, Person)
    assert changing.admin


async def test_names_are_looked_up_even_if_groups_are_not_told(desk: Desk) -> None:
    desk.fake.fail("usergroups.list")
    with capture_logs():
        people = await desk.directory().look_up(desk.fake.team.id, [desk.ann.id])
    assert people[desk.ann.id].name == "ann"


async def test_guests_and_people_of_other_teams_are_guests(desk: Desk) -> None:
    other = desk.fake.add_team("Elsewhere", installed=False)
    eve = other.add_user("eve", admin=True)
    desk.fake.add_channel("between", members=[eve, desk.ann], shared_with=[other])
    directory = desk.directory()
    for user in (desk.fake.add_user("guy", guest=True), desk.fake.add_user("gal", single_guest=True), eve):
        person = await desk.fetch(directory, user)
        assert (person.roles, person.admin) == ((GUESTS,), False)
    assert (await desk.fetch(directory, eve)).id == f"slack:{other.id}:{eve.id}"


@pytest.mark.parametrize(
    "failure", [{"error": "internal_error"}, {"status": 503}, {"error": "missing_scope"}]
)
async def test_a_person_whom_slack_does_not_describe_is_not_cached(
    desk: Desk, failure: dict[str, object]
) -> None:
    directory = desk.directory()
    desk.fake.fail("users.info", **failure)  # type: ignore[arg-type]
    with capture_logs() as logs:
        assert await directory.fetch(desk.fake.team.id, desk.ann.id) is None
    assert [line["event"] for line in logs] == ["slack.not_told"]
    assert desk.cached(directory, desk.ann) is None
    assert (await desk.fetch(directory, desk.ann)).name == "ann"


async def test_a_failed_fetch_removes_a_cached_person(desk: Desk) -> None:
    directory = desk.directory()
    boss = desk.fake.add_user("boss", admin=True)
    await desk.fetch(directory, boss)
    desk.fake.fail("users.info", error="internal_error")
    await directory.fetch(desk.fake.team.id, boss.id)
    assert desk.cached(directory, boss) is None


async def test_the_wait_for_slack_has_a_limit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_module, "PATIENCE", 0.05)
    directory = desk.directory()
    gate = desk.fake.hold("users.info")
    async with asyncio.timeout(10):  # a call by itself may take thirty
        assert await directory.fetch(desk.fake.team.id, desk.ann.id) is None
    gate.open()


async def test_the_cache_has_a_limit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_module, "CACHE_SIZE", 2)
    directory = desk.directory()
    users = [desk.fake.add_user(f"user{number}") for number in range(3)]
    for user in users:
        await desk.fetch(directory, user)
    assert [desk.cached(directory, user) is None for user in users] == [True, False, False]


async def test_a_look_up_leaves_out_people_whom_slack_does_not_know(desk: Desk) -> None:
    directory = desk.directory()
    bob = desk.fake.add_user("bob")
    await desk.fetch(directory, bob)
    team = desk.fake.team.id
    with capture_logs():
        people = await directory.look_up(team, [desk.ann.id, bob.id, "U0NOBODY"])
    assert {user: person.name for user, person in people.items()} == {desk.ann.id: "ann", bob.id: "bob"}
    assert desk.fake.count("users.info") == 3
