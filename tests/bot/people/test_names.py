"""Names that requests bring are recorded for logs and reports."""

from bot.port.requests import Command, Imagine, Named
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


async def test_a_name_from_another_workspace_is_used_if_there_is_no_own(running: RunningBot) -> None:
    for workspace, name in (("chat:other", "theirs"), ("chat:team", "ours")):
        named = (Named("channel", "chat:art", name),)
        await running.bot.command(
            Command(id=name, person=BOSS, address=at(workspace), name="quota", names=named)
        )
    assert await running.ledger.people.names("chat:third", ["chat:art"]) != {}
    assert await running.ledger.people.names("chat:other", ["chat:art"]) == {"chat:art": "theirs"}
