"""What a workspace prefers, what is drawn at the end of its budget, and who hears that it ends."""

import asyncio

import pytest

from bot import wording
from bot.admin import budget_alerts
from bot.port.cards import Accepted, Card, Form, Refused, Working
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef
from quotas.ids import id_text
from tests.bot.admin.admins import ADMINS, TEAM, posted, quotas, report, sentence, titles, with_admins
from tests.bot.conftest import Build
from tests.bot.house import ANN, BOB, House, at, card_of, gallery, until
from tests.fakes.chat import Chat

MONEY = "chat:money"


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_alerts, "LOOK_EVERY", 0.01)


# --- preferences


async def test_what_is_preferred_is_drawn(house: House) -> None:
    await quotas(house, "settings --default-tier fast --default-ratio 16:9 --default-variants 2")
    job = await house.drawn("a fox")
    assert (job.tier, job.ratio, job.images) == ("fast", "16:9", 2)
    job = await house.drawn("a fox --ultra --ratio 1:1 -n 1")
    assert (job.tier, job.ratio, job.images) == ("ultra", "1:1", 1), "what is said beats it"


async def test_elsewhere_nothing_is_preferred(house: House) -> None:
    await quotas(house, "settings --default-tier fast")
    assert (await house.drawn("a fox", address=at("other:team"))).tier == "standard"


async def test_the_blank_form_shows_it_and_draws_it(house: House) -> None:
    await quotas(house, "settings --default-tier fast --default-variants 2")
    form = await house.form("", verb="imagine")
    assert isinstance(form, Form)
    shown = {field.name: field.value for field in form.fields}
    assert (shown["tier"], shown["variants"]) == ("fast", "2")
    answer = await house.press("imagine", "", **{**shown, "prompt": "a fox --ultra"})
    card = card_of(answer)  # type: ignore[arg-type]
    assert isinstance(card, Working)
    assert (card.header.tier, card.header.images) == ("ultra", 2), "a field left alone is no choice"
    await house.done()


async def test_a_tier_that_is_no_longer_there_is_not_preferred(build: Build) -> None:
    house = await build()
    await quotas(house, "settings --default-tier gpt")
    await house.crash()
    hidden = house.catalog.tiers["gpt"].model_copy(update={"enabled": False})
    house.catalog = house.catalog.model_copy(update={"tiers": {**house.catalog.tiers, "gpt": hidden}})
    await house.open()
    assert (await house.drawn("a fox")).tier == "standard"


# --- at the end


async def at_the_end(house: House, amount: str, at_end: str = "cheaper") -> House:
    await quotas(house, f"budget --money-per-month {amount} --at-end {at_end}")
    return house


async def test_a_cheaper_tier_is_said_on_the_card_and_the_gallery(house: House) -> None:
    await at_the_end(house, "0.20")
    answer = await house.accepted("a fox --ultra -n 4")
    note = wording.fell_back("Imagen 4 Ultra", "Imagen 4 Fast")
    card = answer.card
    assert isinstance(card, Working)
    assert (card.header.tier, card.notes) == ("fast", (note,))
    await house.done()
    assert gallery(house.only()).notes == (note,)
    assert (await house.job(answer.job)).charge_micros == 120_000


async def test_the_dearest_that_fits(house: House) -> None:
    await at_the_end(house, "0.25")
    assert (await house.accepted("a fox --ultra -n 4")).card.header.tier == "standard"
    await house.done()


async def test_what_is_repeated_does_not_say_it_again(house: House) -> None:
    await at_the_end(house, "0.20")
    job = await house.drawn("a fox --ultra -n 4")
    await quotas(house, "budget --money-per-month unlimited")
    again = await house.press("again", id_text(job.id))
    assert isinstance(again, Accepted)
    assert (again.card.header.tier, again.card.notes) == ("fast", ())  # type: ignore[union-attr]
    await house.done()


async def test_only_what_can_do_what_was_asked(house: House) -> None:
    await at_the_end(house, "0.20")
    answer = await house.ask("a fox --tier gpt --quality high --transparent -n 4")
    assert isinstance(answer, Refused), "no cheaper tier leaves the background out"
    assert "This workspace's limit allows $0.20 per month" in answer.sentence


@pytest.mark.parametrize("at_end", ["stop", "cheaper"])
async def test_the_amount_always_holds(house: House, at_end: str) -> None:
    await at_the_end(house, "0.25", at_end)
    for _ in range(6):
        await house.ask("a fox --ultra -n 2")
        await house.done()
    spent = (await house.ledger.settings.budget(TEAM)).spent
    assert spent == 240_000


async def test_stop_stops(house: House) -> None:
    await at_the_end(house, "0.20", "stop")
    assert isinstance(await house.ask("a fox --ultra -n 4"), Refused)


async def test_other_limits_do_not_fall_back(house: House) -> None:
    await at_the_end(house, "100")
    await quotas(house, "set --money-per-day 0.20")
    answer = await house.ask("a fox --ultra -n 4")
    assert "Everyone's allowance allows $0.20 per day" in sentence(answer)


async def test_a_tier_that_is_not_open_to_them_is_passed_over(house: House) -> None:
    await at_the_end(house, "0.30")
    await quotas(house, "set --tiers ultra,fast")
    assert (await house.accepted("a fox --ultra -n 4")).card.header.tier == "fast"
    await house.done()


async def test_the_same_request_is_one_job_after_a_fallback(house: House) -> None:
    await at_the_end(house, "0.20")
    first = await house.accepted("a fox --ultra -n 4", request="once")
    second = await house.accepted("a fox --ultra -n 4", request="once")
    assert (first.job, second.fresh) == (second.job, False)
    await house.done()


# --- alerts


async def spend(house: House, times: int, person: object = ANN) -> None:
    for _ in range(times):
        await house.drawn("a fox -n 1", person)  # type: ignore[arg-type]


async def test_alerts_once_each_in_the_channel_for_them(house: House) -> None:
    await quotas(house, f"settings --alert-channel {MONEY} --admin-channel {ADMINS}")
    house.chat.messages.clear()
    await quotas(house, "budget --money-per-month 0.60")
    await spend(house, 5)
    await until(lambda: len(posted(house, MONEY)) == 1)
    assert titles(house, MONEY) == ["50 % of this month's budget: $0.30 of $0.60 is spent."]
    assert report(posted(house, MONEY)[0].card).lines == (
        "Forecast: too few days to tell.",
        "When it is used up, nothing more is drawn this month.",
        "Admins can change the amount with /quotas budget.",
    )
    await spend(house, 3)
    await until(lambda: len(posted(house, MONEY)) == 2)
    assert isinstance(await house.ask("a fox -n 4"), Refused)
    await until(lambda: len(posted(house, MONEY)) == 3)
    assert titles(house, MONEY)[1:] == [
        "80 % of this month's budget: $0.48 of $0.60 is spent.",
        "This month's budget is used up: $0.48 of $0.60 is spent, "
        "and the rest is too little for what was asked.",
    ]
    await spend(house, 2, BOB)
    await house.until_async(lambda: _none_due(house))
    assert len(posted(house, MONEY)) == 3


async def test_alerts_go_to_the_admins_where_no_channel_is_set_for_them(house: House) -> None:
    await with_admins(house)
    await quotas(house, "budget --money-per-month 0.10")
    await spend(house, 1)
    await until(lambda: any("60 %" in each or "50 %" in each for each in titles(house)))


async def test_an_alert_waits_for_a_channel(house: House) -> None:
    await quotas(house, "budget --money-per-month 0.10")
    await spend(house, 1)
    assert len(await house.ledger.settings.due_alerts()) == 1
    await quotas(house, f"settings --alert-channel {MONEY}")
    await until(lambda: len(posted(house, MONEY)) == 2)
    await house.until_async(lambda: _none_due(house))


async def test_an_alert_is_dropped_when_its_month_is_over(house: House) -> None:
    await quotas(house, "budget --money-per-month 0.10")
    await spend(house, 1)
    assert len(await house.ledger.settings.due_alerts()) == 1
    house.clock.now += 10 * 24 * 3600
    await house.until_async(lambda: _none_due(house))
    await quotas(house, f"settings --alert-channel {MONEY}")
    assert titles(house, MONEY) == [wording.ALERTS_HERE]


async def _none_due(house: House) -> bool:
    return not await house.ledger.settings.due_alerts()


async def test_an_outage_delays_an_alert(house: House) -> None:
    await quotas(house, f"settings --alert-channel {MONEY}")
    await quotas(house, "budget --money-per-month 0.10")
    house.chat.messages.clear()
    await house.accepted("a fox -n 1", show=False)
    house.chat.fail("post", retryable=True, times=3)
    await until(lambda: len(posted(house, MONEY)) == 1)
    assert titles(house, MONEY) == ["50 % of this month's budget: $0.06 of $0.10 is spent."]
    await house.done()


class Closed(Chat):
    """A chat with a channel in which nobody may post."""

    tried = 0

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        if address.channel == "chat:closed":
            self.tried += 1
            raise DeliveryError("closed", retryable=False)
        return await super().post(address, card, key=key)


async def test_a_closed_channel_is_tried_once_and_the_next_one_gets_it(build: Build) -> None:
    chat = Closed()
    house = await build(chat=chat)
    assert sentence(await quotas(house, "settings --alert-channel chat:closed")).endswith(wording.NOT_GREETED)
    await quotas(house, "budget --money-per-month 0.10")
    await spend(house, 1)
    await until(lambda: chat.tried == 2)
    await asyncio.sleep(0.1)  # looks that pass it over
    assert (chat.tried, len(await house.ledger.settings.due_alerts())) == (2, 1)
    await quotas(house, f"settings --alert-channel {MONEY}")
    await until(lambda: len(posted(house, MONEY)) == 2)
    assert chat.tried == 2
