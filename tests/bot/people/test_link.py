"""`/link`: two sides agree to one code, and nobody else is joined by it."""

import asyncio

import pytest

from bot import wording
from bot.people import link
from bot.port.cards import Notice, Refused, Report
from bot.port.requests import Address, Person
from quotas.ids import id_text
from quotas.records import Limits
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, RunningBot, at

SAM = Person(id="other:sam", name="Sam")
HERE = at()
THERE = Address(platform="chat", workspace="other:team", channel="lounge")


def report(answer: Report | Notice | Refused) -> Report:
    assert isinstance(answer, Report), answer
    return answer


async def get_code(running: RunningBot, person: Person = ANN, address: Address = HERE) -> str:
    answer = report(await running.command("link", person=person, address=address))
    line = next(line for line in answer.lines if "/link " in line and "Within" in line)
    return line.rpartition("/link ")[2]


async def enter_code(
    running: RunningBot, words: str, person: Person = SAM, address: Address = THERE
) -> object:
    return await running.command("link", words, person, address=address)


async def press(running: RunningBot, job: str, person: Person, address: Address) -> object:
    return await running.press("link", job, person, address=address)


async def is_joined(running: RunningBot) -> bool:
    return bool((await running.ledger.people.link_of(HERE.workspace, ANN.id)).ref)


async def limit(running: RunningBot, person: Person, workspace: str, images: int) -> None:
    why = {"author": "boss", "reason": "", "request_id": f"{person.id} {images}"}
    change = Limits(images_per_day=images)
    await running.ledger.settings.set_limits(
        workspace=workspace, kind="person", ref=person.id, change=change, **why
    )


async def test_two_identities_that_agree_share_one_allowance(running: RunningBot) -> None:
    await limit(running, SAM, "other:team", 10)
    await running.draw("a fox -n 3")
    code = await get_code(running)
    question = report(await running.command("link", code, SAM, address=THERE))
    assert question.title == "Are you Ann on Chat, too?"
    assert [(button.verb, button.label, button.target) for button in question.buttons] == [
        ("link", "Join", code)
    ]
    assert not await is_joined(running)
    assert await press(running, code, SAM, THERE) == Notice(sentence=wording.agreed("Ann on Chat"))
    question_to_ann = list(running.chat.messages.values())[-1]
    assert (question_to_ann.ref.address.private_to, question_to_ann.ref.address.workspace) == (
        ANN.id,
        HERE.workspace,
    )
    assert isinstance(question_to_ann.card, Report)
    assert (question_to_ann.card.title, question_to_ann.card.buttons) == (
        "Are you Sam on Other, too?",
        question.buttons,
    )
    assert not await is_joined(running)
    assert await press(running, code, ANN, HERE) == Notice(sentence=wording.linked(["Sam on Other"]))
    notice_to_sam = list(running.chat.messages.values())[-1]
    assert (notice_to_sam.ref.address.private_to, notice_to_sam.card) == (
        SAM.id,
        Notice(sentence=wording.linked(["Ann on Chat"])),
    )
    quota = report(await running.command("quota", person=SAM, address=THERE))
    assert quota.rows[0] == ("Pictures today", "10", "0", "3", "0", "7")
    assert "Shared by your 2 joined identities." in quota.lines[0]
    first = await running.ask("wolves -n 4")
    second = await running.ask("wolves -n 4")
    assert not isinstance(first, Refused)
    assert isinstance(second, Refused)
    assert "The smallest allowance of your joined identities allows 10 pictures per day" in second.sentence
    await running.finish()
    entry = (await running.ledger.settings.entries(THERE.workspace, 1))[0]
    assert (entry.verb, entry.author, entry.ref) == ("link", ANN.id, SAM.id)


async def test_a_question_that_could_not_be_sent_is_asked_by_the_next_link(running: RunningBot) -> None:
    code = await get_code(running)
    await enter_code(running, code)
    running.chat.fail("post")
    assert await press(running, code, SAM, THERE) == Notice(sentence=wording.agreed("Ann on Chat"))
    question = report(await running.command("link"))
    assert question.title == "Are you Sam on Other, too?"
    await press(running, question.buttons[0].target, ANN, HERE)
    assert await is_joined(running)


async def test_one_side_alone_joins_nobody(running: RunningBot) -> None:
    code = await get_code(running)
    for person, address in ((ANN, HERE), (SAM, THERE), (BOB, HERE)):
        assert await press(running, code, person, address) == Notice(sentence=wording.NO_SUCH_CODE)
    await enter_code(running, code)
    assert await press(running, code, ANN, HERE) == Notice(
        sentence=wording.NO_SUCH_CODE
    )  # Sam has not agreed
    await press(running, code, SAM, THERE)
    await press(running, code, SAM, THERE)
    for person, address in ((BOB, HERE), (ANN, THERE), (SAM, HERE)):
        assert await press(running, code, person, address) != Notice(
            sentence=wording.linked(["Sam on Other"])
        )
    assert not await is_joined(running)
    assert not await running.ledger.settings.entries(None, 1)


async def test_a_code_is_for_whoever_types_it_first(running: RunningBot) -> None:
    code = await get_code(running)
    await enter_code(running, code)
    answer = await enter_code(running, code, BOB, HERE)
    assert answer == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await press(running, code, BOB, HERE) == Notice(sentence=wording.NO_SUCH_CODE)


async def test_a_code_is_good_once(running: RunningBot) -> None:
    code = await get_code(running)
    await enter_code(running, code)
    for _ in range(2):
        await press(running, code, SAM, THERE)
    answers = await asyncio.gather(*(press(running, code, ANN, HERE) for _ in range(5)))
    assert set(answers) <= {
        Notice(sentence=wording.linked(["Sam on Other"])),
        Notice(sentence=wording.NO_SUCH_CODE),
    }
    assert len(await running.ledger.settings.entries(None, 10)) == 2
    assert len(running.chat.calls) == 2  # Ann was asked once, and Sam told once
    assert await press(running, code, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    assert await enter_code(running, code) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await get_code(running) != code


async def test_a_code_is_good_for_ten_minutes(running: RunningBot) -> None:
    code = await get_code(running)
    running.clock.now += link.LIFE - 1
    assert await get_code(running) == code
    report(await running.command("link", code, SAM, address=THERE))
    await press(running, code, SAM, THERE)
    running.clock.now += 1
    assert await press(running, code, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    assert await enter_code(running, code) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert not await is_joined(running)


async def test_codes_cannot_be_guessed_by_trying(running: RunningBot) -> None:
    code = await get_code(running)
    for number in range(link.TRIES):
        answer = await enter_code(running, f"000000000000{number}")
        assert answer == Refused(why="input", sentence=wording.NO_SUCH_CODE)
    assert await enter_code(running, code) == Refused(why="policy", sentence=wording.too_many_codes(600))
    report(await running.command("link", code, BOB, address=THERE))  # others are not stopped
    running.clock.now += link.LIFE
    report(await running.command("link", await get_code(running), SAM, address=THERE))


async def test_a_code_comes_from_the_systems_randomness(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bit_counts: list[int] = []
    monkeypatch.setattr("bot.people.link.secrets.randbits", lambda bits: bit_counts.append(bits) or 7)
    assert await get_code(running) == id_text(7)
    assert bit_counts == [63]


async def test_a_code_is_read_as_phones_type_it(running: RunningBot) -> None:
    code = await get_code(running)
    report(
        await running.command(
            "link", f"“{code.lower().replace('0', 'o').replace('1', 'l')}”", SAM, address=THERE
        )
    )


async def test_ones_own_code_and_text_that_is_no_code_are_refused(running: RunningBot) -> None:
    code = await get_code(running)
    own = await running.command("link", code)
    assert own == Refused(why="input", sentence=wording.OWN_CODE)
    for words in ("please", "x" * 13, "000000000000"):
        assert await enter_code(running, words) == Refused(why="input", sentence=wording.NO_SUCH_CODE)


async def test_a_person_joins_two_workspaces_by_direct_message(running: RunningBot) -> None:
    """A platform may send a private card as a direct message; its button is then pressed there."""
    elsewhere, direct = at("chat:second"), at("dm")
    code = await get_code(running)
    await enter_code(running, code, ANN, elsewhere)
    assert await press(running, code, ANN, direct) == Notice(sentence=wording.agreed("Ann on Chat"))
    assert await press(running, code, ANN, direct) == Notice(sentence=wording.linked(["Ann on Chat"]))
    joined = await running.ledger.people.link_of("chat:second", ANN.id)
    assert [one.workspace for one in joined.identities] == ["chat:second", "chat:team"]


async def test_a_person_who_may_draw_nothing_here_is_not_joined(build: Build) -> None:
    """Otherwise a code typed by mistake would leave a person without allowance everywhere."""
    running = await build(dm_images=0)
    code = await get_code(running)
    for words in ("", code):
        answer = await running.command("link", words, ANN, address=at("dm"))
        assert answer == Refused(why="policy", sentence=wording.NOTHING_TO_LINK)


async def test_undo_separates_and_ends_a_code(running: RunningBot) -> None:
    assert await running.command("link", "undo") == Notice(sentence=wording.NOT_LINKED)
    code = await get_code(running)
    await enter_code(running, code)
    await press(running, code, SAM, THERE)
    assert await running.command("link", "undo") == Notice(sentence=wording.CODE_ENDED)
    assert await press(running, code, ANN, HERE) == Notice(sentence=wording.NO_SUCH_CODE)
    code = await get_code(running)
    await enter_code(running, code)
    await press(running, code, SAM, THERE)
    await press(running, code, ANN, HERE)
    line = report(await running.command("link", person=SAM, address=THERE)).lines[0]
    assert line == wording.linked(["Ann on Chat"])
    code = await get_code(running)
    assert await enter_code(running, code) == Notice(sentence=wording.linked(["Ann on Chat"]))
    assert await running.command("link", "UNDO", SAM, address=THERE) == Notice(
        sentence=wording.unlinked(["Ann on Chat"])
    )
    assert not await is_joined(running)


async def test_too_many_identities_and_a_ledger_that_fails(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotas.people.links.MAX_IDENTITIES", 1)
    code = await get_code(running)
    await enter_code(running, code)
    await press(running, code, SAM, THERE)
    assert await press(running, code, ANN, HERE) == Notice(sentence=wording.TOO_MANY_LINKED)
    code = await get_code(running)
    await enter_code(running, code)
    await press(running, code, SAM, THERE)
    await running.ledger.close()
    assert await press(running, code, ANN, HERE) == Refused(why="unavailable", sentence=wording.BUSY)
    await running.bot.stop(0)
    await running.open()


async def test_a_restart_drops_codes_but_keeps_links(running: RunningBot) -> None:
    code = await get_code(running)
    await enter_code(running, code)
    await press(running, code, SAM, THERE)
    await press(running, code, ANN, HERE)
    lost_code = await get_code(running, BOB)
    await running.crash()
    await running.open()
    assert await is_joined(running)
    assert await enter_code(running, lost_code) == Refused(why="input", sentence=wording.NO_SUCH_CODE)
