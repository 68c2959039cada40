"""Where only a lent token reaches the person: nothing is drawn that could not be told any more."""

from bot import wording
from bot.imagine.lifecycle import DELIVERY_RESERVE
from bot.port.cards import Ended
from bot.port.requests import Address, Lent
from quotas.ids import id_text
from tests.bot.conftest import Build
from tests.bot.house import ANN, House, at, until

FAST = 60  # seconds: the deadline of the tier


def lent(house: House, seconds: float) -> Address:
    token = Lent(token="t", until=int(house.clock() + seconds))
    return Address(platform="chat", workspace="chat:team", channel="general", lent_only=True, lent=token)


async def test_what_waits_too_long_is_given_up_while_it_can_be_told(build: Build) -> None:
    house = await build(in_flight=1)
    house.painter.gate.clear()
    running = await house.accepted()
    waits = await house.accepted("a fox --fast", address=lent(house, FAST + DELIVERY_RESERVE + 1))
    stays = await house.accepted("a fox --fast", address=lent(house, FAST + DELIVERY_RESERVE + 600))
    await until(lambda: bool(house.chat.gone))
    job = await house.job(waits.job)
    assert (job.state, job.charge_micros, job.cost_micros, job.uncertain_micros) == ("released", 0, 0, 0)
    (ended,) = [each.card for each in house.chat.messages.values() if isinstance(each.card, Ended)]
    assert ended.sentence == wording.never_started(id_text(job.id))
    house.painter.gate.set()
    await house.done()
    assert [(await house.job(each.job)).state for each in (running, stays)] == ["settled", "settled"]
    assert len(house.painter.orders) == 2
    assert not await house.ledger.verify()


async def test_a_restart_after_it_draws_nothing(build: Build) -> None:
    house = await build(in_flight=1)
    house.painter.gate.clear()
    await house.accepted()
    waits = await house.accepted("a fox --fast", address=lent(house, FAST + DELIVERY_RESERVE + 600))
    await house.crash()
    house.clock.now += 3_600
    house.painter.gate.set()
    await house.open()
    await house.done()
    assert (await house.job(waits.job)).state == "released"
    assert [order.tier.name for order in house.painter.orders] == ["standard"]
    assert await house.used(ANN) == (0, 0)


async def test_elsewhere_a_token_that_ends_changes_nothing(build: Build) -> None:
    house = await build(in_flight=1)
    house.painter.gate.clear()
    await house.accepted()
    waits = await house.accepted("a fox", address=at(lent=Lent(token="t", until=int(house.clock() + 1))))
    house.clock.now += 3_600
    house.painter.gate.set()
    await house.done()
    assert (await house.job(waits.job)).state == "settled"
