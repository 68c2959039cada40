"""The real client over a loopback socket: each answer's outcome, in words and in money."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.painters.port import Declined, Drawing, NotDrawn, Unknown
from bot.writers.gateway import MODEL_OFF_SECONDS, GatewayWriter
from bot.writers.port import IMPROVE, WriteOrder, Written
from quotas.catalog import load_catalog
from quotas.prompt_models import TextTokens
from tests.fakes.chat_completions import TEXT
from tests.fakes.gateway import FakeGateway

NAME = "gpt-4.1-mini"
MODEL = load_catalog().prompt_models[NAME]
HELD = MODEL.at_most(IMPROVE + "a fox", 0, Decimal("1.5"))
ORDER = WriteOrder(
    job="1M8P3W06NTTH7",
    name=NAME,
    model=MODEL,
    multiplier=Decimal("1.5"),
    held_micros=HELD,
    instructions=IMPROVE,
    text="a fox",
)
PICTURE = Drawing(data=b"\xff\xd8\xff", format="jpeg", width=9, height=9)


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with FakeGateway() as gateway:
        yield gateway


@pytest.fixture
async def writer(gateway: FakeGateway, clock: Clock) -> AsyncIterator[GatewayWriter]:
    writer = GatewayWriter(gateway.base_url, gateway.key, clock=clock)
    yield writer
    await writer.close()


async def test_a_text_costs_what_the_gateway_billed_and_no_more_than_was_held(
    writer: GatewayWriter, gateway: FakeGateway
) -> None:
    outcome = await writer.write(ORDER)
    billed = gateway.chat.billed_micros
    assert outcome == Written(text=TEXT, charge_micros=billed, cost_micros=billed, calls=("chat-1",))
    assert 0 < billed < HELD
    (call,) = gateway.chat.calls
    assert (call.headers["Idempotency-Key"], call.body["max_tokens"]) == (ORDER.job, MODEL.answer_tokens)


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": -1}]
)
async def test_without_a_count_the_price_is_charged_and_the_cost_is_uncertain(
    writer: GatewayWriter, gateway: FakeGateway, usage: object
) -> None:
    gateway.chat.next(usage=usage)
    outcome = await writer.write(ORDER)
    assert isinstance(outcome, Written)
    assert (outcome.charge_micros, outcome.cost_micros, outcome.uncertain_micros) == (HELD, 0, HELD)


async def test_a_count_that_lies_books_a_bounded_amount_and_switches_the_model_off(
    writer: GatewayWriter, gateway: FakeGateway, clock: Clock
) -> None:
    gateway.chat.next(usage={"prompt_tokens": 9_000_000, "completion_tokens": 9})
    outcome = await writer.write(ORDER)
    assert outcome.cost_micros == 10 * HELD
    assert writer.is_off(NAME)
    assert await writer.write(ORDER) == NotDrawn(why="model", words="not asked: off")
    clock.now += MODEL_OFF_SECONDS
    assert isinstance(await writer.write(ORDER), Written)
    assert len(gateway.chat.calls) == 2


async def test_a_model_that_is_gone_is_asked_once(writer: GatewayWriter, gateway: FakeGateway) -> None:
    gateway.chat.models.clear()
    assert [getattr(await writer.write(ORDER), "why", "") for _ in range(2)] == ["model", "model"]
    assert len(gateway.chat.calls) == 1


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ({"text": "  "}, NotDrawn(why="broken", words="an empty text")),
        ({"text": "x" * 20_000}, NotDrawn(why="broken", words="an empty text")),
        ({"text": "", "choice": {"finish_reason": "content_filter"}}, Declined(words="a refusal")),
        ({"choice": {"message": {"content": None, "refusal": "I can't"}}}, Declined(words="a refusal")),
    ],
)
async def test_an_answer_without_a_usable_text_costs_what_it_counts(
    writer: GatewayWriter, gateway: FakeGateway, behaviour: dict[str, object], expected: NotDrawn | Declined
) -> None:
    gateway.chat.next(**behaviour)
    billed = replace(expected, cost_micros=(await writer.write(ORDER)).cost_micros, calls=("chat-1",))
    gateway.chat.next(**behaviour)
    assert await writer.write(ORDER) == replace(billed, calls=("chat-2",))
    assert billed.cost_micros * 2 == gateway.chat.billed_micros


@pytest.mark.parametrize(
    "behaviour", [{"cut": True}, {"status": 502, "body": {}}, {"raw": b"{}"}, {"raw": b" " * 5_000_000}]
)
async def test_an_unknown_outcome_is_uncertain_and_never_asked_again(
    writer: GatewayWriter, gateway: FakeGateway, behaviour: dict[str, object]
) -> None:
    gateway.chat.next(**behaviour)
    outcome = await writer.write(ORDER)
    assert isinstance(outcome, Unknown)
    assert (outcome.cost_micros, outcome.uncertain_micros) == (0, HELD)
    assert len(gateway.chat.calls) == 1


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    writer: GatewayWriter, gateway: FakeGateway
) -> None:
    gateway.chat.next(raw=b" " * 2_000_000 + b'{"choices": [{"message": {"content": "a fox"}}]}')
    outcome = await writer.write(ORDER)
    assert outcome == Unknown(why="unreadable answer", words="the answer is too large", uncertain_micros=HELD)


async def test_a_deadline_ends_a_call_that_hangs(writer: GatewayWriter, gateway: FakeGateway) -> None:
    gateway.chat.next(hangs=True)
    quick = replace(ORDER, model=MODEL.model_copy(update={"deadline": 0.2}))
    outcome = await asyncio.wait_for(writer.write(quick), 20)
    assert isinstance(outcome, Unknown)
    assert outcome.why == "deadline"


async def test_a_picture_is_sent_beside_the_text_not_within_it(
    writer: GatewayWriter, gateway: FakeGateway
) -> None:
    outcome = await writer.write(replace(ORDER, text="", picture=PICTURE))
    assert isinstance(outcome, Written)
    _, user = gateway.chat.calls[0].body["messages"]
    assert user["content"] == [{"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9j/"}}]


async def test_a_picture_with_a_price_of_its_own_that_is_not_counted_is_doubtful() -> None:
    dear = MODEL.model_copy(update={"image_in": 4 * MODEL.text_in})
    assert dear.cost(TextTokens(1_000_000, 0), 1, Decimal("1.5")) == (600_000, 2_400_000)
    assert dear.cost(TextTokens(1_000_000, 0, 500_000), 1, Decimal("1.5")) == (1_500_000, 1_500_000)
