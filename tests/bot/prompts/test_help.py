"""Help with prompts in the core: recovery, repeated presses, other people's buttons, and files."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import wording
from bot.port.cards import Accepted, Form, Notice, Refused, Report
from bot.port.requests import Press, SentFile
from bot.writers.port import Outcome, WriteOrder, Written
from quotas.ids import id_text
from quotas.records import ANY, Limits, UsageFilter
from tests.bot.references.pictures import encode, photo
from tests.bot.running_bot import ANN, BOB, RunningBot, at

COST = 900


class FakeWriter:
    """A writer that tests hold back. `orders`: what it was asked."""

    billed = True

    def __init__(self) -> None:
        self.orders: list[WriteOrder] = []
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.text = "a red fox at dawn"

    async def write(self, order: WriteOrder) -> Outcome:
        self.orders.append(order)
        self.asked.set()
        await self.gate.wait()
        return Written(text=self.text, charge_micros=COST, cost_micros=COST)

    def is_off(self, name: str) -> bool:
        return False

    async def close(self) -> None: ...


@pytest.fixture
def writer() -> FakeWriter:
    return FakeWriter()


@pytest.fixture
async def helped(tmp_path: Path, writer: FakeWriter) -> AsyncIterator[RunningBot]:
    running = await RunningBot(tmp_path, writer=writer).open()
    yield running
    writer.gate.set()
    assert await running.ledger.verify() == []
    await running.stop()


def improve_press(target: str, number: str = "1", person: object = ANN) -> Press:
    return Press(
        id=f"press:{number}",
        person=person,
        address=at(),
        verb="edit",
        target=target,  # type: ignore[arg-type]
        options={"prompt": "a fox", "improve": "yes"},
    )


async def improve(running: RunningBot, number: str = "1") -> Report:
    job = await running.draw("a red fox -n 1")
    answer = await running.bot.press(improve_press(id_text(job.id), number))
    assert isinstance(answer, Report)
    return answer


async def spent(running: RunningBot) -> tuple[int, int, int]:
    rows = (await running.ledger.reports.usage(UsageFilter(), "tier")).rows
    (sums,) = [sums for tier, _, sums in rows if tier == "words"]
    return sums.charge_micros, sums.cost_micros, sums.uncertain_micros


async def test_a_repeated_press_is_charged_once(helped: RunningBot, writer: FakeWriter) -> None:
    job = await helped.draw("a red fox -n 1")
    first = await helped.bot.press(improve_press(id_text(job.id)))
    assert await helped.bot.press(improve_press(id_text(job.id))) == first
    assert len(writer.orders) == 1
    assert await spent(helped) == (COST, COST, 0)


async def test_what_a_killed_process_asked_is_unknown_and_never_asked_again(
    helped: RunningBot, writer: FakeWriter
) -> None:
    job = await helped.draw("a red fox -n 1")
    writer.gate.clear()
    task = asyncio.create_task(helped.bot.press(improve_press(id_text(job.id))))
    await writer.asked.wait()
    (open_job,) = await helped.ledger.jobs.list_open_help()
    await helped.crash()
    task.cancel()
    await helped.open()
    assert await helped.ledger.jobs.list_open_help() == []
    assert await spent(helped) == (0, 0, open_job.hold_micros)
    assert len(writer.orders) == 1


async def test_whoever_leaves_does_not_strand_the_call(helped: RunningBot, writer: FakeWriter) -> None:
    job = await helped.draw("a red fox -n 1")
    writer.gate.clear()
    task = asyncio.create_task(helped.bot.press(improve_press(id_text(job.id))))
    await writer.asked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    again = await helped.bot.press(improve_press(id_text(job.id), "2"))
    assert again == Refused(why="unavailable", sentence=wording.HELP_BUSY)
    writer.gate.set()
    await helped.bot._help.stop(10)
    assert await spent(helped) == (COST, COST, 0)


async def test_nobody_else_can_use_the_buttons_of_an_answer(helped: RunningBot) -> None:
    (draw, edit) = (await improve(helped)).buttons
    for verb, button in (("instead", draw), ("edit", edit), ("details", edit), ("again", edit)):
        press = Press(id=f"bob:{verb}", person=BOB, address=at(), verb=verb, target=button.target)
        assert isinstance(await helped.bot.press(press), Notice)
    form = await helped.bot.form(Press(id="f", person=BOB, address=at(), verb="edit", target=edit.target))
    assert isinstance(form, Notice)
    own = await helped.bot.form(Press(id="f", person=ANN, address=at(), verb="edit", target=edit.target))
    assert isinstance(own, Form)


async def test_the_job_of_a_help_is_no_picture_for_its_own_person(helped: RunningBot) -> None:
    (_, edit) = (await improve(helped)).buttons
    for verb in ("again", "details", "delete", "share", "keep"):
        press = Press(id=f"ann:{verb}", person=ANN, address=at(), verb=verb, target=edit.target)
        assert await helped.bot.press(press) == Notice(sentence=wording.NO_SUCH_JOB)


@pytest.mark.parametrize("text", ["“a fox”", "`a fox`", "a\n\n fox\u200b", '"a fox"'])
async def test_a_text_becomes_one_line_without_its_wrapping(
    helped: RunningBot, writer: FakeWriter, text: str
) -> None:
    writer.text = text
    assert (await improve(helped)).quote == "a fox"


async def test_a_long_text_is_cut_to_what_its_tier_takes(helped: RunningBot, writer: FakeWriter) -> None:
    writer.text = "狐 " * 3_000
    answer = await improve(helped)
    press = Press(id="draw", person=ANN, address=at(), verb="instead", target=answer.buttons[0].target)
    assert isinstance(await helped.bot.press(press), Accepted)


async def test_a_text_of_nothing_visible_is_not_charged(helped: RunningBot, writer: FakeWriter) -> None:
    writer.text = "\u200b\u2060"
    job = await helped.draw("a red fox -n 1")
    answer = await helped.bot.press(improve_press(id_text(job.id)))
    assert answer == Refused(why="unavailable", sentence=wording.no_text("broken"))
    assert await spent(helped) == (0, COST, 0)


async def test_whoever_may_draw_nothing_gets_no_help(helped: RunningBot, writer: FakeWriter) -> None:
    job = await helped.draw("a red fox -n 1")
    about = {"kind": "everyone", "ref": ANY, "author": "boss", "reason": "", "request_id": "set"}
    nothing = Limits(images_per_day=0)
    await helped.ledger.settings.set_limits(workspace="chat:team", change=nothing, **about)  # type: ignore[arg-type]
    answer = await helped.bot.press(improve_press(id_text(job.id)))
    assert answer == Refused(why="allowance", sentence=wording.MAY_NOT_DRAW)
    assert writer.orders == []


async def test_a_picture_that_waits_to_be_described_is_not_drawn(helped: RunningBot) -> None:
    async def read(_: int) -> bytes:
        return encode(photo(90, 60))

    sent = SentFile(name="fox.png", read=read)
    press = Press(id="d", person=ANN, address=at(), verb="describe", target="", references=(sent,))
    question = await helped.bot.press(press)
    assert isinstance(question, Report)
    (button,) = question.buttons
    for verb in ("instead", "edit"):
        forged = Press(id=verb, person=ANN, address=at(), verb=verb, target=button.target)
        assert isinstance(await helped.bot.press(forged), Notice)
    assert helped.painter.orders == []
