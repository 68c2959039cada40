"""Searches of the library, and the pictures that each person may see in it."""

from dataclasses import replace

import pytest

from bot.port.cards import Accepted, Choice, Refused
from bot.port.protocols import OPERATOR
from bot.port.requests import Address, Imagine, Person, Search
from bot.port.views import Findings
from quotas.ids import id_number
from quotas.records import ANY
from quotas.store.errors import LedgerUnavailable
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at

TEAM = "chat:team"


@pytest.fixture
async def running(build: Build) -> RunningBot:
    return await build(operators=frozenset((OPERATOR.id,)), dm_images=100)


async def look(
    running: RunningBot, person: Person = ANN, workspace: str = TEAM, **fields: object
) -> Findings:
    answer = await running.bot.search(Search(person=person, workspace=workspace, **fields))  # type: ignore[arg-type]
    assert isinstance(answer, Findings), answer
    return answer


async def prompts(
    running: RunningBot, person: Person = ANN, workspace: str = TEAM, **fields: object
) -> list[str]:
    page = await look(running, person, workspace, **fields)
    assert page.count == len(page.found)
    return [found.card.header.prompt for found in page.found]


async def test_a_search_is_narrowed_by_each_of_its_fields(running: RunningBot) -> None:
    fox = await running.draw("a red fox")
    await running.draw("an owl --fast -n 1", BOB)
    running.clock.now += 3 * 86_400
    bear = await running.draw("a brown bear", address=replace(at(), channel="random"))
    await running.ledger.finding.keep(fox.id, "animals")
    await running.ledger.finding.keep(bear.id)
    assert await prompts(running) == ["a brown bear", "an owl", "a red fox"]
    assert await prompts(running, words="FOX red") == ["a red fox"]
    assert await prompts(running, tier="fast") == ["an owl"]
    assert await prompts(running, by=BOB.id) == ["an owl"]
    assert await prompts(running, channel="random") == ["a brown bear"]
    assert await prompts(running, first_day=bear.day) == ["a brown bear"]
    assert await prompts(running, last_day=fox.day) == ["an owl", "a red fox"]
    assert await prompts(running, kept=True) == ["a brown bear", "a red fox"]
    assert await prompts(running, collection="animals") == ["a red fox"]
    assert await prompts(running, words="fox", tier="fast") == []
    [found] = (await look(running, words="fox")).found
    assert [picture.alt for picture in found.card.pictures] == [f"a red fox ({n} of 4)" for n in (1, 2, 3, 4)]
    assert (found.day, found.at, found.kept) == (fox.day, fox.created_at, "animals")
    everything = (await look(running)).found
    assert [each.kept for each in everything] == ["", None, "animals"]
    verbs = [[button.verb for button in each.card.buttons] for each in everything]
    assert verbs == [["collect", "drop"], [], ["collect", "drop"]]
    [owl] = (await look(running, BOB, words="owl")).found
    assert [(button.verb, button.target) for button in owl.card.buttons] == [("keep", owl.card.header.job)]


async def test_pages_follow_one_another_while_more_is_drawn(running: RunningBot) -> None:
    for number in range(5):
        await running.draw(f"fox {number} -n 1")
    first = await look(running, most=2)
    assert [each.card.header.prompt for each in first.found] == ["fox 4", "fox 3"]
    await running.draw("fox 5 -n 1")
    second = await look(running, most=2, after=first.more)
    assert [each.card.header.prompt for each in second.found] == ["fox 2", "fox 1"]
    last = await look(running, most=2, after=second.more)
    assert ([each.card.header.prompt for each in last.found], last.more) == (["fox 0"], "")
    assert [page.count for page in (first, second, last)] == [5, 6, 6]
    for odd in ("x", "ZZZZZZZZZZZZZ", "١٢٣٤٥٦٧٨٩٠١٢٣"):
        assert await look(running, after=odd) == Findings(found=(), count=0)


async def test_private_pictures_are_seen_by_their_person_and_an_operator(running: RunningBot) -> None:
    secret = await running.draw("a secret fox --private -n 1")
    [found] = (await look(running)).found
    key = found.card.pictures[0].key
    for person, is_seen in ((ANN, True), (BOB, False), (BOSS, False), (OPERATOR, True)):
        assert await prompts(running, person) == ["a secret fox"] * is_seen
        for small in (False, True):
            data = await running.bot.found_picture(person, TEAM, key, small=small)
            assert (data is not None) == is_seen
        narrowings = await running.bot.narrowings(person, TEAM)
        assert not isinstance(narrowings, Refused)
        assert bool(narrowings.people) == is_seen
    await running.press("share", found.card.header.job)
    assert await prompts(running, BOB) == ["a secret fox"]
    assert await running.bot.found_picture(BOB, TEAM, key) is not None
    assert await running.bot.found_picture(BOB, "chat:other", key) is None
    assert await running.ledger.jobs.remove(secret.id)
    assert await running.bot.found_picture(ANN, TEAM, key) is None


async def test_direct_messages_are_found_by_their_own_person(running: RunningBot) -> None:
    direct = Address(platform="chat", workspace="dm", channel="ann")
    await running.draw("a fox between us", address=direct)
    key = (await look(running, ANN, "dm")).found[0].card.pictures[0].key
    assert await prompts(running, BOB, "dm") == await prompts(running, BOB, "dm", by=ANN.id) == []
    assert await running.bot.found_picture(BOB, "dm", key) is None
    assert await running.bot.found_picture(ANN, "dm", key) is not None
    assert await prompts(running, OPERATOR, "dm") == ["a fox between us"]


async def test_only_an_operator_searches_all_workspaces(running: RunningBot) -> None:
    await running.draw("here")
    await running.draw("there", address=at("chat:other"))
    assert await prompts(running, OPERATOR, ANY) == ["there", "here"]
    assert await prompts(running, BOSS, ANY) == []
    key = (await look(running)).found[0].card.pictures[0].key
    assert await running.bot.found_picture(OPERATOR, ANY, key) is not None
    assert await running.bot.found_picture(ANN, ANY, key) is None


async def test_no_other_key_opens_a_picture(running: RunningBot) -> None:
    job = await running.draw("a fox -n 1")
    name = (await look(running)).found[0].card.header.job
    key = f"{name}-1.png"
    assert await running.bot.found_picture(ANN, TEAM, key) == f"{name} 0".encode()
    odd = ("", "x", f"{name}-2.png", f"{name}-1.jpeg", f"{name}-r1.png", f"{name}-m.png", f"{name}-s.jpeg")
    for each in (*odd, f"../{key}", f"{key}\0", key.lower(), "UUUUUUUUUUUUU-1.png", "ZZZZZZZZZZZZZ-1.png"):
        assert await running.bot.found_picture(ANN, TEAM, each) is None, each
    assert id_number(name) == job.id


async def test_what_can_be_narrowed_to(running: RunningBot) -> None:
    fox = await running.draw("a fox --tier ultra -n 1")
    await running.draw("a secret owl --fast --private -n 1", BOB)
    await running.ledger.finding.keep(fox.id, "animals")
    await running.ledger.people.record_name(TEAM, "general", "the lounge")
    narrowings = await running.bot.narrowings(ANN, TEAM)
    assert not isinstance(narrowings, Refused)
    assert narrowings.tiers == (Choice(value="ultra", label="Imagen 4 Ultra"),)
    assert narrowings.people == (Choice(value=ANN.id, label="Ann"),)
    assert narrowings.channels == (Choice(value="general", label="the lounge"),)
    assert narrowings.collections == ("animals",)
    everyone = await running.bot.narrowings(OPERATOR, TEAM)
    assert not isinstance(everyone, Refused)
    assert [each.label for each in everyone.people] == ["Ann", "Bob"]
    assert [each.value for each in everyone.tiers] == ["fast", "ultra"]
    assert everyone.collections == ()


async def test_a_comparison_is_found_with_the_picture_of_each_tier(running: RunningBot) -> None:
    request = Imagine(id="all", person=ANN, address=at(), text="a fox", options={"tiers": "fast,ultra"})
    answer = await running.bot.imagine(replace(request, command="compare"))
    assert isinstance(answer, Accepted)
    await running.chat.show(running.bot, answer, at())
    await running.finish()
    [found] = (await look(running, words="fox")).found
    assert [picture.alt.partition(":")[0] for picture in found.card.pictures] == [
        "Imagen 4 Fast",
        "Imagen 4 Ultra",
    ]
    for picture in found.card.pictures:
        assert await running.bot.found_picture(BOB, TEAM, picture.key) is not None
        assert await running.bot.found_picture(BOB, "chat:other", picture.key) is None
    await running.press("delete", answer.job)
    for picture in found.card.pictures:
        assert await running.bot.found_picture(ANN, TEAM, picture.key) is None


async def test_a_forgotten_person_leaves_nothing_to_find(running: RunningBot) -> None:
    await running.draw("a fox -n 1")
    key = (await look(running, BOB)).found[0].card.pictures[0].key
    assert await running.bot.found_picture(BOB, TEAM, key, small=True) is not None
    assert not isinstance(await running.bot.forget(ANN.id, by=OPERATOR.id), Refused)
    assert await prompts(running, OPERATOR, ANY) == []
    for small in (False, True):
        assert await running.bot.found_picture(OPERATOR, ANY, key, small=small) is None


async def test_a_ledger_that_cannot_serve_is_told(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> int:
        raise LedgerUnavailable("the disk is full")

    monkeypatch.setattr(running.ledger.finding, "count", fail)
    answer = await running.bot.search(Search(person=ANN, workspace=TEAM))
    assert isinstance(answer, Refused)
    assert answer.why == "unavailable"
    with pytest.raises(OSError, match="the disk is full"):
        await running.bot.found_picture(ANN, TEAM, "1M8PDD2C5EX1K-1.png")
