"""If only a reply token reaches the person, nothing is drawn that could no longer be delivered."""

from bot import wording
from bot.imagine.lifecycle import DELIVERY_RESERVE
from bot.port.cards import Ended
from bot.port.requests import Address, Lent
from quotas.ids import id_text
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, RunningBot, at, until

FAST = 60  # seconds: the deadline of the tier


def lent_address(running: RunningBot, seconds: float) -> Address:
    token = Lent(token="t", until=int(running.clock() + seconds))
    return Address(platform="chat", workspace="chat:team", channel="general", lent_only=True, lent=token)


async def test_a_job_that_waits_too_long_is_released_before_its_token_expires(build: Build) -> None:
    running = await build(in_flight=1)
    running.painter.gate.clear()
    first = await running.accept()
    waits = await running.accept("a fox --fast", address=lent_address(running, FAST + DELIVERY_RESERVE + 1))
    stays = await running.accept("a fox --fast", address=lent_address(running, FAST + DELIVERY_RESERVE + 600))
    await until(lambda: bool(running.chat.deleted))
    job = await running.job(waits.job)
    assert (job.state, job.charge_micros, job.cost_micros, job.uncertain_micros) == ("released", 0, 0, 0)
    (ended,) = [each.card for each in running.chat.messages.values() if isinstance(each.card, Ended)]
    assert ended.sentence == wording.never_started(id_text(job.id))
    running.painter.gate.set()
    await running.finish()
    assert [(await running.job(each.job)).state for each in (first, stays)] == ["settled", "settled"]
    assert len(running.painter.orders) == 2
    assert not await running.ledger.verify()


async def test_a_restart_after_the_token_expired_draws_nothing(build: Build) -> None:
    running = await build(in_flight=1)
    running.painter.gate.clear()
    await running.accept()
    waits = await running.accept("a fox --fast", address=lent_address(running, FAST + DELIVERY_RESERVE + 600))
    await running.crash()
    running.clock.now += 3_600
    running.painter.gate.set()
    await running.open()
    await running.finish()
    assert (await running.job(waits.job)).state == "released"
    assert [order.tier.name for order in running.painter.orders] == ["standard"]
    assert await running.usage_today(ANN) == (0, 0)


async def test_an_expired_token_changes_nothing_if_the_channel_can_be_reached(build: Build) -> None:
    running = await build(in_flight=1)
    running.painter.gate.clear()
    await running.accept()
    waits = await running.accept("a fox", address=at(lent=Lent(token="t", until=int(running.clock() + 1))))
    running.clock.now += 3_600
    running.painter.gate.set()
    await running.finish()
    assert (await running.job(waits.job)).state == "settled"
