"""Names that requests bring are recorded for logs and reports."""

from bot.port.requests import Command, Imagine, Named
from tests.bot.admin.admins import quotas
from tests.bot.running_bot import ANN, BOSS, RunningBot, at

ROLE, ROOM = Named("role", "chat:role", "Foxes"), Named("channel", "chat:art", "art")
SAM = Named("person", "chat:sam", "Sam")


async def test_names_are_recorded_and_follow_changes(running: RunningBot) -> None:
    command = Command(id="1", person=BOSS, address=at(), name="quota", names=(ROLE, ROOM, SAM))
    await running.bot.command(command)
    ids = [named.id for named in (ROLE, ROOM, SAM)]
    assert await running.ledger.people.names("chat:team", ids) == {
        named.id: named.name for named in (ROLE, ROOM, SAM)
    }
    await running.bot.command(
        Command(id="2", person=BOSS, address=at(), name="quota", names=(Named("role", ROLE.id, "Wolves"),))
    )
    assert (await running.ledger.people.names("chat:team", ids))[ROLE.id] == "Wolves"


async def test_a_person_who_was_picked_can_be_found_by_name(running: RunningBot) -> None:
    await running.bot.command(Command(id="1", person=BOSS, address=at(), name="quota", names=(SAM,)))
    assert await running.ledger.people.find("sam") == [("chat:team", SAM.id, "Sam")]


async def test_a_request_brings_the_name_of_its_channel(running: RunningBot) -> None:
    await running.bot.imagine(Imagine(id="1", person=ANN, address=at(), text="a fox", names=(ROOM,)))
    assert await running.ledger.people.names("chat:team", [ROOM.id]) == {ROOM.id: "art"}
    await running.finish()


async def test_a_name_never_crosses_workspaces(running: RunningBot) -> None:
    for workspace, name in (("chat:other", "theirs"), ("chat:team", "ours")):
        named = (Named("channel", "chat:art", name),)
        await running.bot.command(
            Command(id=name, person=BOSS, address=at(workspace), name="quota", names=named)
        )
    assert await running.ledger.people.names("chat:third", ["chat:art"]) == {}
    assert await running.ledger.people.names("chat:other", ["chat:art"]) == {"chat:art": "theirs"}
    assert set(await running.ledger.people.names("*", ["chat:art"])) == {"chat:art"}


async def test_a_change_for_a_person_of_another_workspace_shows_their_id_alone(running: RunningBot) -> None:
    await running.bot.command(
        Command(id="1", person=BOSS, address=at("chat:other"), name="quota", names=(SAM,))
    )
    await running.draw("a fox -n 1", address=at("chat:other"))
    for person in (SAM, ANN):
        for verb in ("set {} --images-per-day 5", "grant {} --images 1", "block {}", "reset {}", "log {}"):
            answer = await quotas(running, verb.format(person.id))
            assert person.name not in str(answer)
    assert ANN.name not in str(await running.command("usage", ANN.id, BOSS))


async def test_an_operators_name_is_seen_where_they_change_something(running: RunningBot) -> None:
    await quotas(running, "set --images-per-day 5")
    assert BOSS.name in str(await quotas(running, "log"))
