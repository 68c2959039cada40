"""`/link`: two sides, one code, both agree; and all who should not be joined by it."""

import asyncio

import pytest

from bot import wording
from bot.people import link as links
from bot.port.cards import Notice, Refused, Report
from bot.port.requests import Address, Person
from quotas.ids import id_text
from quotas.records import Limits
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, RunningBot, at

SAM = Person(id="other:sam", name="Sam")
HERE = at()
THERE = Address(platform="chat", workspace="other:team", channel="lounge")


def said(answer: Report | Notice | Refused) -> Report:
    assert isinstance(answer, Report), answer
    return answer


async def code(running: RunningBot, person: Person = ANN, address: Address = HERE) -> str:
    report = said(await running.command("link", person=person, address=address))
    line = next(line for line in report.lines if "/link " in line and "Within" in line)
    return line.rpartition("/link ")[2]


async def typed(running: RunningBot, words: str, person: Person = SAM, address: Address = THERE) -> object:
    return await running.command("link", words, person, address=address)


async def press(running: RunningBot, job: str, person: Person, address: Address) -> object:
    return await running.press("link", job, person, address=address)


async def joined(running: RunningBot) -> bool:
    return bool((await running.ledger.people.link_of(HERE.workspace, ANN.id)).ref)


async def limit(running: RunningBot, person: Person, workspace: str, images: int) -> None:
    why = {"author": "boss", "reason": "", "request_id": f"{person.id} {images}"}
    change = Limits(images_per_day=images)
    await running.ledger.settings.set_limits(
        workspace=workspace, kind="person", ref=person.id, change=change, **why
    )


async def test_both_sides_agree_and_are_one(running: RunningBot) -> None:
    await limit(running, SAM, "other:team", 10)
    await running.draw("a fox -n 3")
    word = await code(running)
    question = said(await running.command("link", word, SAM, address=THERE))
    assert question.title == "Are you Ann on Chat, too?"
    assert [(button.verb, button.label, button.target) for button in question.buttons] == [
        ("link", "Join", word)
    ]
    assert not await joined(running)
    assert await press(running, word, SAM, THERE) == Notice(sentence=wording.agreed("Ann on Chat"))
    asked = list(running.chat.messages.values())[-1]
    assert (asked.ref.address.private_to, asked.ref.address.workspace) == (ANN.id, HERE.workspace)
    assert isinstance(asked.card, Report)
    assert (asked.card.title, asked.card.buttons) == ("Are you Sam on Other, too?", question.buttons)
    assert not await joined(running)
    assert await press(running, word, ANN, HERE) == Notice(sentence=wording.linked(["Sam on Other"]))
    told = list(running.chat.messages.values())[-1]
    assert (told.ref.address.private_to, told.card) == (
        SAM.id,
        Notice(sentence=wording.linked(["Ann on Chat"])),
    )
    quota = said(await running.command("quota", person=SAM, address=THERE))
    assert quota.rows[0] == ("Pictures today", "10", "0", "3", "0", "7")
    assert "Shared by your 2 joined identities." in quota.lines[0]
    refused = await running.ask("wolves -n 4")
    again = await running.ask("wolves -n 4")
    assert not isinstance(refused, Refused)
    assert isinstance(again, Refused)
    assert "The smallest allowance of your joined identities allows 10 pictures per day" in again.sentence
    await running.finish()
    entry = (await running.ledger.settings.entries(THERE.workspace, 1))[0]
    assert (entry.verb, entry.author, entry.ref) == ("link", ANN.id, SAM.id)


async def test_a_question_that_could_not_be_sent_is_asked_by_the_next_link(running: RunningBot) -> None:
    word = await code(running)
    await typed(running, word)
    running.chat.fail("post")
    assert await press(running, word, SAM, THERE) == Notice(sentence=wording.agreed("Ann on Chat"))
    question = said(await running.command("link"))
    assert question.title == "Are you Sam on Other, too?"
    await press(running, question.buttons[0].target, ANN, HERE)
    assert await joined(running)


async def test_one_side_alone_joins_nobody(running: RunningBot) -> None:
    word = await code(running)
    for person, address in ((ANN, HERE), (SAM, THERE), (BOB, HERE)):
        assert await press(running, word, person, address) == Notice(sentence=wording.NO_SUCH_CODE)
    await typed(running, word)
    assert await press(running, word, ANN, HERE) == Notice(
        sentence=wording.NO_SUCH_CODE
    )  # Sam has not agreed
    await press(running, word, SAM, THERE)
    await press(running, word, SAM, THERE)
    for person, address in ((BOB, HERE), (ANN, THERE), (SAM, HERE)):
        assert await press(running, word, person, address) != Notice(
            sentence=wording.linked(["Sam on Other"])
        )
    assert not await joined(running)
    assert not await running.ledger.settings.entries(None, 1)


async def test_a_code_is_for_whoever_types_it_first(running: RunningBot) -> None:
    word = await code(running)
    await typed(running, word)
    answer = await typed(running, word, BOB, HERE)
    assert answer == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await press(running, word, BOB, HERE) == Notice(sentence=wording.NO_SUCH_CODE)


async def test_a_code_is_good_once(running: RunningBot) -> None:
    word = await code(running)
    await typed(running, word)
    for _ in range(2):
        await press(running, word, SAM, THERE)
    answers = await asyncio.gather(*(press(running, word, ANN, HERE) for _ in range(5)))
    assert set(answers) <= {
        Notice(sentence=wording.linked(["Sam on Other"])),
        Notice(sentence=wording.NO_SUCH_CODE),
    }
    assert len(await running.ledger.settings.entries(None, 10)) == 2
    assert len(running.chat.calls) == 2  # Ann was asked once, and Sam told once
    assert await press(running, word, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    assert await typed(running, word) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await code(running) != word


async def test_a_code_is_good_for_ten_minutes(running: RunningBot) -> None:
    word = await code(running)
    running.clock.now += links.LIFE - 1
    assert await code(running) == word
    said(await running.command("link", word, SAM, address=THERE))
    await press(running, word, SAM, THERE)
    running.clock.now += 1
    assert await press(running, word, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    assert await typed(running, word) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert not await joined(running)


async def test_codes_cannot_be_tried_out(running: RunningBot) -> None:
    word = await code(running)
    for number in range(links.TRIES):
        answer = await typed(running, f"000000000000{number}")
        assert answer == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await typed(running, word) == Refused(why="policy", sentence=wording.too_many_codes(600))
    said(await running.command("link", word, BOB, address=THERE))  # nobody else is kept from theirs
    running.clock.now += links.LIFE
    said(await running.command("link", await code(running), SAM, address=THERE))


async def test_a_code_is_the_systems_own_randomness(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("bot.people.link.secrets.randbits", lambda bits: asked.append(bits) or 7)
    assert await code(running) == id_text(7)
    assert asked == [63]


async def test_a_code_is_read_as_phones_type_it(running: RunningBot) -> None:
    word = await code(running)
    said(
        await running.command(
            "link", f"“{word.lower().replace('0', 'o').replace('1', 'l')}”", SAM, address=THERE
        )
    )


async def test_ones_own_code_and_none_at_all(running: RunningBot) -> None:
    word = await code(running)
    own = await running.command("link", word)
    assert own == Refused(why="input", sentence=wording.OWN_CODE)
    for words in ("please", "x" * 13, "000000000000"):
        assert await typed(running, words) == Refused(why="input", sentence=wording.NO_SUCH_CODE)


async def test_the_same_person_in_two_workspaces_and_by_direct_message(running: RunningBot) -> None:
    """A platform may send what is private as a direct message, whose button is then pressed there."""
    elsewhere, direct = at("chat:second"), at("dm")
    word = await code(running)
    await typed(running, word, ANN, elsewhere)
    assert await press(running, word, ANN, direct) == Notice(sentence=wording.agreed("Ann on Chat"))
    assert await press(running, word, ANN, direct) == Notice(sentence=wording.linked(["Ann on Chat"]))
    link = await running.ledger.people.link_of("chat:second", ANN.id)
    assert [one.workspace for one in link.identities] == ["chat:second", "chat:team"]


async def test_who_may_draw_nothing_is_not_joined(build: Build) -> None:
    """Else a code typed by mistake in a direct message would leave a person with nothing everywhere."""
    running = await build(dm_images=0)
    word = await code(running)
    for words in ("", word):
        answer = await running.command("link", words, ANN, address=at("dm"))
        assert answer == Refused(why="policy", sentence=wording.NOTHING_TO_LINK)


async def test_undo_separates_and_ends_a_code(running: RunningBot) -> None:
    assert await running.command("link", "undo") == Notice(sentence=wording.NOT_LINKED)
    word = await code(running)
    await typed(running, word)
    await press(running, word, SAM, THERE)
    assert await running.command("link", "undo") == Notice(sentence=wording.CODE_ENDED)
    assert await press(running, word, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    word = await code(running)
    await typed(running, word)
    await press(running, word, SAM, THERE)
    await press(running, word, ANN, HERE)
    said_so = said(await running.command("link", person=SAM, address=THERE)).lines[0]
    assert said_so == wording.linked(["Ann on Chat"])
    word = await code(running)
    assert await typed(running, word) == Notice(sentence=wording.linked(["Ann on Chat"]))
    assert await running.command("link", "UNDO", SAM, address=THERE) == Notice(
        sentence=wording.unlinked(["Ann on Chat"])
    )
    assert not await joined(running)


async def test_too_many_and_a_ledger_that_cannot(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotas.people.links.MOST", 1)
    word = await code(running)
    await typed(running, word)
    await press(running, word, SAM, THERE)
    assert await press(running, word, ANN, HERE) == Notice(sentence=wording.TOO_MANY_LINKED)
    word = await code(running)
    await typed(running, word)
    await press(running, word, SAM, THERE)
    await running.ledger.close()
    assert await press(running, word, ANN, HERE) == Refused(why="unavailable", sentence=wording.BUSY)
    await running.bot.stop(0)
    await running.open()


async def test_a_restart_ends_codes_but_not_joins(running: RunningBot) -> None:
    word = await code(running)
    await typed(running, word)
    await press(running, word, SAM, THERE)
    await press(running, word, ANN, HERE)
    lost = await code(running, BOB)
    await running.crash()
    await running.open()
    assert await joined(running)
    assert await typed(running, lost) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
