"""A drawing waits for nothing that somebody else can ask for often, and for no slow look-up of an address."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from bot import wording
from bot.painters.gateway import GatewayPainter
from bot.painters.port import Drawn
from bot.painters.samples.painter import SamplePainter
from bot.port.cards import File, Refused, Report
from bot.port.requests import Person
from bot.privacy import export
from bot.reports import charts
from bot.services import CHARTS, COPIES
from tests.bot.conftest import Build
from tests.bot.painters.gateway.orders import order
from tests.bot.running_bot import ANN, BOB, RunningBot, until
from tests.fakes.gateway import FakeGateway

FLOOD = 120
ASYNCIO_MOST_THREADS = 32


class QuickSamples(SamplePainter):
    """The sample painter at once, with the gate that the fixture opens at the end."""

    def __init__(self) -> None:
        super().__init__(speed=0)
        self.gate = asyncio.Event()


@pytest.fixture
async def running(build: Build) -> RunningBot:
    return await build(painter=QuickSamples())


class Gate:
    """Holds up every thread that comes through it; counts them."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.came = 0

    def wait(self) -> None:
        self.came += 1
        assert self.opened.wait(60)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def slow_charts(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Gate:
    def draw(*_: object) -> tuple[bytes, bytes]:
        gate.wait()
        return b"light", b"dark"

    monkeypatch.setattr(charts, "_draw_looks", draw)
    return gate


@contextlib.asynccontextmanager
async def flood(running: RunningBot, gate: Gate, name: str, text: str = "") -> AsyncIterator[list[object]]:
    """Send a command of Bob's very often, of which some hang, for the block; list the answers after it."""
    answers: list[object] = []
    asked = [asyncio.create_task(running.command(name, text, BOB)) for _ in range(FLOOD)]
    async with asyncio.timeout(10):
        while not gate.came:  # noqa: ASYNC110 - a thread's count has no event
            await asyncio.sleep(0.002)
    yield answers
    gate.opened.set()
    answers += await asyncio.gather(*asked)


async def test_another_draws_while_someone_asks_for_chart_after_chart(
    running: RunningBot, slow_charts: Gate
) -> None:
    async with flood(running, slow_charts, "usage") as answers:
        assert (await running.draw("a red fox -n 1", ANN)).state == "settled"
        shared = running.services.charts._running[BOB.id]
        await until(lambda: shared.waiting == FLOOD)  # those who ask later get a chart of their own
    assert all(isinstance(answer, Report) for answer in answers)
    assert slow_charts.came == 1, "who asks the same again gets the same chart"
    assert {answer.chart.png for answer in answers if isinstance(answer, Report) and answer.chart} == {
        b"light"
    }


async def test_another_question_meanwhile_has_its_figures_without_a_chart(
    running: RunningBot, slow_charts: Gate
) -> None:
    async with flood(running, slow_charts, "usage"):
        answer = await running.command("usage", "today", BOB)
        assert isinstance(answer, Report)
        assert (answer.chart, answer.lines[-1]) == (None, wording.NO_CHART)
        assert answer.title, "the figures are there"


async def test_charts_of_many_people_are_bounded(running: RunningBot, slow_charts: Gate) -> None:
    people = [Person(id=f"chat:{number}", name="") for number in range(CHARTS + 1)]
    asked = [asyncio.create_task(running.command("usage", "", person)) for person in people]
    done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    assert (len(done), len(waiting)) == (1, CHARTS)
    assert slow_charts.came == 1, "charts have one thread"
    slow_charts.opened.set()
    answers = await asyncio.gather(*asked)
    assert [bool(answer.chart) for answer in answers if isinstance(answer, Report)].count(False) == 1


async def test_another_draws_while_someone_asks_for_copy_after_copy(
    running: RunningBot, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object) -> export.Copy:
        gate.wait()
        return export.Copy(b"{}", 0)

    monkeypatch.setattr(export, "build_copy", build)
    async with flood(running, gate, "forget", "copy") as answers:
        assert (await running.draw("a red fox -n 1", ANN)).state == "settled"
        others = [Person(id=f"chat:{number}", name="") for number in range(COPIES)]
        asked = [asyncio.create_task(running.command("forget", "copy", person)) for person in others]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        refusal = Refused(why="unavailable", sentence=wording.MANY_COPIES)
        assert [task.result() for task in done] == [refusal]
    await asyncio.gather(*asked)
    assert {answer.file for answer in answers if isinstance(answer, Report)} == {
        File(name=export.NAME, data=b"{}")
    }
    assert gate.came == COPIES, "Bob's was made once"


@contextlib.asynccontextmanager
async def no_resolver(gate: Gate) -> AsyncIterator[None]:
    """Fill asyncio's own threads, as look-ups of addresses do while no resolver answers."""
    loop = asyncio.get_running_loop()
    hanging = [loop.run_in_executor(None, gate.wait) for _ in range(ASYNCIO_MOST_THREADS)]
    yield
    gate.opened.set()
    await asyncio.gather(*hanging)


async def test_a_drawing_waits_for_no_slow_look_up_of_an_address(running: RunningBot, gate: Gate) -> None:
    async with no_resolver(gate):
        assert (await running.draw("a red fox -n 1", ANN)).state == "settled"


@pytest.mark.parametrize("form", ["ok", "urls"])
async def test_an_answer_of_the_gateway_is_read_while_no_resolver_answers(gate: Gate, form: str) -> None:
    async with FakeGateway() as gateway:
        painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=1)
        assert isinstance(await painter.draw(order()), Drawn)  # the client's first call looks at the system
        gateway.next(form)
        async with no_resolver(gate):
            outcome = await asyncio.wait_for(painter.draw(order()), 20)
        await painter.close()
    assert isinstance(outcome, Drawn)
