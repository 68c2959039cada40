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
from tests.bot.house import ANN, BOB, House, at

SAM = Person(id="other:sam", name="Sam")
HERE = at()
THERE = Address(platform="chat", workspace="other:team", channel="lounge")


def said(answer: Report | Notice | Refused) -> Report:
    assert isinstance(answer, Report), answer
    return answer


async def code(house: House, person: Person = ANN, address: Address = HERE) -> str:
    report = said(await house.command("link", person=person, address=address))
    line = next(line for line in report.lines if "/link " in line and "Within" in line)
    return line.rpartition("/link ")[2]


async def typed(house: House, words: str, person: Person = SAM, address: Address = THERE) -> object:
    return await house.command("link", words, person, address=address)


async def press(house: House, job: str, person: Person, address: Address) -> object:
    return await house.press("link", job, person, address=address)


async def joined(house: House) -> bool:
    return bool((await house.ledger.people.link_of(HERE.workspace, ANN.id)).ref)


async def limit(house: House, person: Person, workspace: str, images: int) -> None:
    why = {"author": "boss", "reason": "", "request_id": f"{person.id} {images}"}
    change = Limits(images_per_day=images)
    await house.ledger.settings.set_limits(
        workspace=workspace, kind="person", ref=person.id, change=change, **why
    )


async def test_both_sides_agree_and_are_one(house: House) -> None:
    await limit(house, SAM, "other:team", 10)
    await house.drawn("a fox -n 3")
    word = await code(house)
    question = said(await house.command("link", word, SAM, address=THERE))
    assert question.title == "Are you Ann on Chat, too?"
    assert [(button.verb, button.label, button.target) for button in question.buttons] == [
        ("link", "Join", word)
    ]
    assert not await joined(house)
    assert await press(house, word, SAM, THERE) == Notice(sentence=wording.agreed("Ann on Chat"))
    asked = list(house.chat.messages.values())[-1]
    assert (asked.ref.address.private_to, asked.ref.address.workspace) == (ANN.id, HERE.workspace)
    assert isinstance(asked.card, Report)
    assert (asked.card.title, asked.card.buttons) == ("Are you Sam on Other, too?", question.buttons)
    assert not await joined(house)
    assert await press(house, word, ANN, HERE) == Notice(sentence=wording.linked(["Sam on Other"]))
    told = list(house.chat.messages.values())[-1]
    assert (told.ref.address.private_to, told.card) == (
        SAM.id,
        Notice(sentence=wording.linked(["Ann on Chat"])),
    )
    quota = said(await house.command("quota", person=SAM, address=THERE))
    assert quota.rows[0] == ("Pictures today", "10", "0", "3", "0", "7")
    assert "Shared by your 2 joined identities." in quota.lines[0]
    refused = await house.ask("wolves -n 4")
    again = await house.ask("wolves -n 4")
    assert not isinstance(refused, Refused)
    assert isinstance(again, Refused)
    assert "The smallest allowance of your joined identities allows 10 pictures per day" in again.sentence
    await house.done()
    entry = (await house.ledger.settings.entries(THERE.workspace, 1))[0]
    assert (entry.verb, entry.author, entry.ref) == ("link", ANN.id, SAM.id)


async def test_a_question_that_could_not_be_sent_is_asked_by_the_next_link(house: House) -> None:
    word = await code(house)
    await typed(house, word)
    house.chat.fail("post")
    assert await press(house, word, SAM, THERE) == Notice(sentence=wording.agreed("Ann on Chat"))
    question = said(await house.command("link"))
    assert question.title == "Are you Sam on Other, too?"
    await press(house, question.buttons[0].target, ANN, HERE)
    assert await joined(house)


async def test_one_side_alone_joins_nobody(house: House) -> None:
    word = await code(house)
    for person, address in ((ANN, HERE), (SAM, THERE), (BOB, HERE)):
        assert await press(house, word, person, address) == Notice(sentence=wording.NO_SUCH_CODE)
    await typed(house, word)
    assert await press(house, word, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)  # Sam has not agreed
    await press(house, word, SAM, THERE)
    await press(house, word, SAM, THERE)
    for person, address in ((BOB, HERE), (ANN, THERE), (SAM, HERE)):
        assert await press(house, word, person, address) != Notice(sentence=wording.linked(["Sam on Other"]))
    assert not await joined(house)
    assert not await house.ledger.settings.entries(None, 1)


async def test_a_code_is_for_whoever_types_it_first(house: House) -> None:
    word = await code(house)
    await typed(house, word)
    answer = await typed(house, word, BOB, HERE)
    assert answer == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await press(house, word, BOB, HERE) == Notice(sentence=wording.NO_SUCH_CODE)


async def test_a_code_is_good_once(house: House) -> None:
    word = await code(house)
    await typed(house, word)
    for _ in range(2):
        await press(house, word, SAM, THERE)
    answers = await asyncio.gather(*(press(house, word, ANN, HERE) for _ in range(5)))
    assert set(answers) <= {
        Notice(sentence=wording.linked(["Sam on Other"])),
        Notice(sentence=wording.NO_SUCH_CODE),
    }
    assert len(await house.ledger.settings.entries(None, 10)) == 2
    assert len(house.chat.calls) == 2  # Ann was asked once, and Sam told once
    assert await press(house, word, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    assert await typed(house, word) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await code(house) != word


async def test_a_code_is_good_for_ten_minutes(house: House) -> None:
    word = await code(house)
    house.clock.now += links.LIFE - 1
    assert await code(house) == word
    said(await house.command("link", word, SAM, address=THERE))
    await press(house, word, SAM, THERE)
    house.clock.now += 1
    assert await press(house, word, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    assert await typed(house, word) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert not await joined(house)


async def test_codes_cannot_be_tried_out(house: House) -> None:
    word = await code(house)
    for number in range(links.TRIES):
        answer = await typed(house, f"000000000000{number}")
        assert answer == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await typed(house, word) == Refused(why="policy", sentence=wording.too_many_codes(600))
    said(await house.command("link", word, BOB, address=THERE))  # nobody else is kept from theirs
    house.clock.now += links.LIFE
    said(await house.command("link", await code(house), SAM, address=THERE))


async def test_a_code_is_the_systems_own_randomness(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("bot.people.link.secrets.randbits", lambda bits: asked.append(bits) or 7)
    assert await code(house) == id_text(7)
    assert asked == [63]


async def test_a_code_is_read_as_phones_type_it(house: House) -> None:
    word = await code(house)
    said(
        await house.command(
            "link", f"“{word.lower().replace('0', 'o').replace('1', 'l')}”", SAM, address=THERE
        )
    )


async def test_ones_own_code_and_none_at_all(house: House) -> None:
    word = await code(house)
    own = await house.command("link", word)
    assert own == Refused(why="input", sentence=wording.OWN_CODE)
    for words in ("please", "x" * 13, "000000000000"):
        assert await typed(house, words) == Refused(why="input", sentence=wording.NO_SUCH_CODE)


async def test_the_same_person_in_two_workspaces_and_by_direct_message(house: House) -> None:
    """A platform may send what is private as a direct message, whose button is then pressed there."""
    elsewhere, direct = at("chat:second"), at("dm")
    word = await code(house)
    await typed(house, word, ANN, elsewhere)
    assert await press(house, word, ANN, direct) == Notice(sentence=wording.agreed("Ann on Chat"))
    assert await press(house, word, ANN, direct) == Notice(sentence=wording.linked(["Ann on Chat"]))
    link = await house.ledger.people.link_of("chat:second", ANN.id)
    assert [one.workspace for one in link.identities] == ["chat:second", "chat:team"]


async def test_who_may_draw_nothing_is_not_joined(build: Build) -> None:
    """Else a code typed by mistake in a direct message would leave a person with nothing everywhere."""
    house = await build(dm_images=0)
    word = await code(house)
    for words in ("", word):
        answer = await house.command("link", words, ANN, address=at("dm"))
        assert answer == Refused(why="policy", sentence=wording.NOTHING_TO_LINK)


async def test_undo_separates_and_ends_a_code(house: House) -> None:
    assert await house.command("link", "undo") == Notice(sentence=wording.NOT_LINKED)
    word = await code(house)
    await typed(house, word)
    await press(house, word, SAM, THERE)
    assert await house.command("link", "undo") == Notice(sentence=wording.CODE_ENDED)
    assert await press(house, word, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    word = await code(house)
    await typed(house, word)
    await press(house, word, SAM, THERE)
    await press(house, word, ANN, HERE)
    said_so = said(await house.command("link", person=SAM, address=THERE)).lines[0]
    assert said_so == wording.linked(["Ann on Chat"])
    word = await code(house)
    assert await typed(house, word) == Notice(sentence=wording.linked(["Ann on Chat"]))
    assert await house.command("link", "UNDO", SAM, address=THERE) == Notice(
        sentence=wording.unlinked(["Ann on Chat"])
    )
    assert not await joined(house)


async def test_too_many_and_a_ledger_that_cannot(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quotas.people.links.MOST", 1)
    word = await code(house)
    await typed(house, word)
    await press(house, word, SAM, THERE)
    assert await press(house, word, ANN, HERE) == Notice(sentence=wording.TOO_MANY_LINKED)
    word = await code(house)
    await typed(house, word)
    await press(house, word, SAM, THERE)
    await house.ledger.close()
    assert await press(house, word, ANN, HERE) == Refused(why="unavailable", sentence=wording.BUSY)
    await house.bot.stop(0)
    await house.open()


async def test_a_restart_ends_codes_but_not_joins(house: House) -> None:
    word = await code(house)
    await typed(house, word)
    await press(house, word, SAM, THERE)
    await press(house, word, ANN, HERE)
    lost = await code(house, BOB)
    await house.crash()
    await house.open()
    assert await joined(house)
    assert await typed(house, lost) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
