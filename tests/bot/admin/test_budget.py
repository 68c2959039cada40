"""A workspace's preferences, the end of its budget, and the alerts before it."""

import asyncio

import pytest

from bot import wording
from bot.admin import budget_alerts
from bot.port.cards import Accepted, Card, Form, Refused, Working
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef
from quotas.ids import id_text
from tests.bot.admin.admins import (
    ADMINS,
    TEAM,
    messages_in,
    quotas,
    report,
    sentence,
    set_admin_channel,
    titles,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, RunningBot, at, card_of, gallery, until
from tests.fakes.chat import FakeChat

MONEY = "chat:money"


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_alerts, "LOOK_EVERY", 0.01)


# --- preferences


async def test_preferences_hold_for_options_that_are_left_out(running: RunningBot) -> None:
    await quotas(running, "settings --default-tier fast --default-ratio 16:9 --default-variants 2")
    job = await running.draw("a fox")
    assert (job.tier, job.ratio, job.images) == ("fast", "16:9", 2)
    job = await running.draw("a fox --ultra --ratio 1:1 -n 1")
    assert (job.tier, job.ratio, job.images) == ("ultra", "1:1", 1), "options beat preferences"


async def test_preferences_hold_in_one_workspace_only(running: RunningBot) -> None:
    await quotas(running, "settings --default-tier fast")
    assert (await running.draw("a fox", address=at("other:team"))).tier == "standard"


async def test_the_blank_form_shows_preferences_and_draws_them(running: RunningBot) -> None:
    await quotas(running, "settings --default-tier fast --default-variants 2")
    form = await running.form("", verb="imagine")
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields}
    assert (values["tier"], values["variants"]) == ("fast", "2")
    answer = await running.press("imagine", "", **{**values, "prompt": "a fox --ultra"})
    card = card_of(answer)  # type: ignore[arg-type]
    assert isinstance(card, Working)
    assert (card.header.tier, card.header.images) == ("ultra", 2), "a field that was not changed is no choice"
    await running.finish()


async def test_a_preferred_tier_that_is_gone_is_ignored(build: Build) -> None:
    running = await build()
    await quotas(running, "settings --default-tier gpt")
    await running.crash()
    hidden = running.catalog.tiers["gpt"].model_copy(update={"enabled": False})
    running.catalog = running.catalog.model_copy(update={"tiers": {**running.catalog.tiers, "gpt": hidden}})
    await running.open()
    assert (await running.draw("a fox")).tier == "standard"


# --- the end of the budget


async def set_budget(running: RunningBot, amount: str, at_end: str = "cheaper") -> RunningBot:
    await quotas(running, f"budget --money-per-month {amount} --at-end {at_end}")
    return running


async def test_card_and_gallery_say_that_a_cheaper_tier_is_drawn(running: RunningBot) -> None:
    await set_budget(running, "0.20")
    answer = await running.accept("a fox --ultra -n 4")
    note = wording.fell_back("Imagen 4 Ultra", "Imagen 4 Fast")
    card = answer.card
    assert isinstance(card, Working)
    assert (card.header.tier, card.notes) == ("fast", (note,))
    await running.finish()
    assert gallery(running.only_outcome()).notes == (note,)
    assert (await running.job(answer.job)).charge_micros == 120_000


async def test_the_dearest_tier_that_fits_is_drawn(running: RunningBot) -> None:
    await set_budget(running, "0.25")
    assert (await running.accept("a fox --ultra -n 4")).card.header.tier == "standard"
    await running.finish()


async def test_a_repeated_job_does_not_mention_the_cheaper_tier_again(running: RunningBot) -> None:
    await set_budget(running, "0.20")
    job = await running.draw("a fox --ultra -n 4")
    await quotas(running, "budget --money-per-month unlimited")
    again = await running.press("again", id_text(job.id))
    assert isinstance(again, Accepted)
    assert (again.card.header.tier, again.card.notes) == ("fast", ())  # type: ignore[union-attr]
    await running.finish()


async def test_a_cheaper_tier_must_be_able_to_draw_the_request(running: RunningBot) -> None:
    await set_budget(running, "0.20")
    answer = await running.ask("a fox --tier gpt --quality high --transparent -n 4")
    assert isinstance(answer, Refused), "no cheaper tier draws a transparent background"
    assert "This workspace's limit allows $0.20 per month" in answer.sentence


@pytest.mark.parametrize("at_end", ["stop", "cheaper"])
async def test_no_more_than_the_budget_is_ever_spent(running: RunningBot, at_end: str) -> None:
    await set_budget(running, "0.25", at_end)
    for _ in range(6):
        await running.ask("a fox --ultra -n 2")
        await running.finish()
    spent = (await running.ledger.settings.budget(TEAM)).spent
    assert spent == 240_000


async def test_a_budget_that_stops_refuses(running: RunningBot) -> None:
    await set_budget(running, "0.20", "stop")
    assert isinstance(await running.ask("a fox --ultra -n 4"), Refused)


async def test_other_limits_do_not_fall_back(running: RunningBot) -> None:
    await set_budget(running, "100")
    await quotas(running, "set --money-per-day 0.20")
    answer = await running.ask("a fox --ultra -n 4")
    assert "Everyone's allowance allows $0.20 per day" in sentence(answer)


async def test_a_cheaper_tier_that_is_not_allowed_is_skipped(running: RunningBot) -> None:
    await set_budget(running, "0.30")
    await quotas(running, "set --tiers ultra,fast")
    assert (await running.accept("a fox --ultra -n 4")).card.header.tier == "fast"
    await running.finish()


async def test_the_same_request_is_one_job_after_a_fallback(running: RunningBot) -> None:
    await set_budget(running, "0.20")
    first = await running.accept("a fox --ultra -n 4", request="once")
    second = await running.accept("a fox --ultra -n 4", request="once")
    assert (first.job, second.fresh) == (second.job, False)
    await running.finish()


# --- alerts


async def spend(running: RunningBot, times: int, person: object = ANN) -> None:
    for _ in range(times):
        await running.draw("a fox -n 1", person)  # type: ignore[arg-type]


async def test_each_alert_is_posted_once_in_the_alert_channel(running: RunningBot) -> None:
    await quotas(running, f"settings --alert-channel {MONEY} --admin-channel {ADMINS}")
    running.chat.messages.clear()
    await quotas(running, "budget --money-per-month 0.60")
    await spend(running, 5)
    await until(lambda: len(messages_in(running, MONEY)) == 1)
    assert titles(running, MONEY) == ["50 % of this month's budget: $0.30 of $0.60 is spent."]
    assert report(messages_in(running, MONEY)[0].card).lines == (
        "Forecast: too few days to tell.",
        "When it is used up, nothing more is drawn this month.",
        "Admins can change the amount with /quotas budget.",
    )
    await spend(running, 3)
    await until(lambda: len(messages_in(running, MONEY)) == 2)
    assert isinstance(await running.ask("a fox -n 4"), Refused)
    await until(lambda: len(messages_in(running, MONEY)) == 3)
    assert titles(running, MONEY)[1:] == [
        "80 % of this month's budget: $0.48 of $0.60 is spent.",
        "This month's budget is used up: $0.48 of $0.60 is spent, "
        "and the rest is too little for what was asked.",
    ]
    await spend(running, 2, BOB)
    await running.wait_for(lambda: _is_none_due(running))
    assert len(messages_in(running, MONEY)) == 3


async def test_alerts_go_to_the_admin_channel_if_no_alert_channel_is_set(running: RunningBot) -> None:
    await set_admin_channel(running)
    await quotas(running, "budget --money-per-month 0.10")
    await spend(running, 1)
    await until(lambda: any("60 %" in each or "50 %" in each for each in titles(running)))


async def test_an_alert_waits_for_a_channel(running: RunningBot) -> None:
    await quotas(running, "budget --money-per-month 0.10")
    await spend(running, 1)
    assert len(await running.ledger.settings.due_alerts()) == 1
    await quotas(running, f"settings --alert-channel {MONEY}")
    await until(lambda: len(messages_in(running, MONEY)) == 2)
    await running.wait_for(lambda: _is_none_due(running))


async def test_an_alert_is_dropped_when_its_month_is_over(running: RunningBot) -> None:
    await quotas(running, "budget --money-per-month 0.10")
    await spend(running, 1)
    assert len(await running.ledger.settings.due_alerts()) == 1
    running.clock.now += 10 * 24 * 3600
    await running.wait_for(lambda: _is_none_due(running))
    await quotas(running, f"settings --alert-channel {MONEY}")
    assert titles(running, MONEY) == [wording.ALERTS_HERE]


async def _is_none_due(running: RunningBot) -> bool:
    return not await running.ledger.settings.due_alerts()


async def test_an_outage_delays_an_alert(running: RunningBot) -> None:
    await quotas(running, f"settings --alert-channel {MONEY}")
    await quotas(running, "budget --money-per-month 0.10")
    running.chat.messages.clear()
    await running.accept("a fox -n 1", show=False)
    running.chat.fail("post", retryable=True, times=3)
    await until(lambda: len(messages_in(running, MONEY)) == 1)
    assert titles(running, MONEY) == ["50 % of this month's budget: $0.06 of $0.10 is spent."]
    await running.finish()


class Closed(FakeChat):
    """A chat with a channel in which nobody may post."""

    tries = 0

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        if address.channel == "chat:closed":
            self.tries += 1
            raise DeliveryError("closed", retryable=False)
        return await super().post(address, card, key=key)


async def test_a_closed_channel_is_tried_once_and_the_next_channel_gets_the_alert(build: Build) -> None:
    chat = Closed()
    running = await build(chat=chat)
    assert sentence(await quotas(running, "settings --alert-channel chat:closed")).endswith(
        wording.NOT_GREETED
    )
    await quotas(running, "budget --money-per-month 0.10")
    await spend(running, 1)
    await until(lambda: chat.tries == 2)
    await asyncio.sleep(0.1)  # time for looks that skip the alert
    assert (chat.tries, len(await running.ledger.settings.due_alerts())) == (2, 1)
    await quotas(running, f"settings --alert-channel {MONEY}")
    await until(lambda: len(messages_in(running, MONEY)) == 2)
    assert chat.tries == 2
