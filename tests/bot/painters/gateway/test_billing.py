"""An answer is entered and charged as the gateway billed it, to the micro-dollar."""

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from bot.painters.gateway.billing import bill_of, highest_cost
from bot.painters.gateway.painter import GatewayPainter
from bot.painters.gateway.response import ImageResponse, Usage, read_usage
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder
from tests.bot.painters.gateway.orders import CATALOG, MEDIUM, order
from tests.fakes.gateway import FakeGateway

SHAPES = [("1:1", (1024, 1024)), ("16:9", (1536, 864)), ("2:3", (640, 960)), ("3:2", (96, 64))]
QUALITIES = [
    (tier.name, quality)
    for tier in CATALOG.tiers.values()
    if tier.takes_references()
    for quality in tier.qualities or ("",)
]


def reference(width: int = 64, height: int = 64) -> Drawing:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "jpeg")
    return Drawing(data=out.getvalue(), format="jpeg", width=width, height=height)


@pytest.fixture
async def painter(gateway: FakeGateway) -> AsyncIterator[GatewayPainter]:
    made = GatewayPainter(gateway.base_url, gateway.key, in_flight=4)
    yield made
    await made.close()


async def drawn(painter: GatewayPainter, order: PaintOrder) -> Outcome:
    return await painter.draw(order)


@pytest.mark.parametrize("count", range(5))
@pytest.mark.parametrize(("tier", "quality"), QUALITIES)
async def test_cost_and_charge_are_what_was_billed(
    gateway: FakeGateway, painter: GatewayPainter, tier: str, quality: str, count: int
) -> None:
    for ratio, size in SHAPES:
        references = tuple(reference(*size) for _ in range(count))
        before = gateway.billed_micros
        asked = order(tier, images=3, quality=quality, ratio=ratio, references=references)
        outcome = await painter.draw(asked)
        assert isinstance(outcome, Drawn)
        billed = gateway.billed_micros - before
        assert billed > 0
        assert (outcome.cost_micros, outcome.uncertain_micros) == (billed, 0)
        flat = asked.rates is None or (asked.rates.image_out is None and not references)
        assert outcome.charge_micros == billed or (flat and outcome.charge_micros is None)
        calls = 3 if asked.tier.per_call == 1 else 1
        hold = 3 * asked.costs[quality or "image"] + calls * asked.inputs_micros
        assert billed <= hold


async def test_every_file_of_an_edit_has_a_name_and_a_type(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    one, two = reference(), reference(32, 16)
    clear = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(clear, "png")
    mask = Drawing(data=clear.getvalue(), format="png", width=64, height=64)
    await painter.draw(order("gpt", images=1, references=(one,), mask=mask))
    await painter.draw(order("gpt", images=1, references=(one, two)))
    single, several = gateway.requests
    assert [(each.part, each.name, each.type) for each in single.references] == [
        ("image", "reference-1.jpeg", "image/jpeg")
    ]
    assert single.mask is not None
    assert (single.mask.name, single.mask.type) == ("mask.png", "image/png")
    assert [each.part for each in several.references] == ["image[]", "image[]"]
    assert [each.data for each in several.references] == [one.data, two.data]
    assert "input_fidelity" not in single.body
    assert single.headers["Idempotency-Key"] == "0JOB"


@pytest.mark.parametrize("tier", ["gpt", "flare"])
async def test_without_usage_the_worst_case_is_uncertain_and_the_card_s_price_is_charged(
    gateway: FakeGateway, painter: GatewayPainter, tier: str
) -> None:
    gateway.counts = False
    asked = order(tier, images=2, references=(reference(),))
    outcome = await painter.draw(asked)
    assert isinstance(outcome, Drawn)
    hold = 2 * asked.costs["medium"] + asked.inputs_micros
    flat = 2 * MEDIUM if tier == "gpt" else 0
    assert (outcome.cost_micros, outcome.uncertain_micros) == (flat, hold - flat)
    assert outcome.charge_micros == hold


async def test_a_picture_that_cannot_be_used_is_not_charged(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("ok", count=2)
    outcome = await painter.draw(order("flare", images=4))
    assert isinstance(outcome, Drawn)
    assert outcome.charge_micros == outcome.cost_micros == gateway.billed_micros
    gateway.next("ok", data=b"no picture")
    broken = await painter.draw(order("flare", images=2))
    assert isinstance(broken, NotDrawn)
    assert broken.cost_micros == gateway.requests[-1].billed_micros


def response(count: int, usage: Usage | None, quality: str = "") -> ImageResponse:
    return ImageResponse(pictures=(), count=count, quality=quality, form="", usage=usage)


def test_an_answer_alone_cannot_book_any_amount() -> None:
    asked = order("flare", images=1)
    runaway = Usage(text_in=10_000_000, image_in=0, image_out=10_000_000)
    bill = bill_of(asked, 1, response(1, runaway))
    assert bill.cost_micros == 10 * max(asked.costs.values()) + asked.inputs_micros
    edit = order("gpt", images=1, references=(reference(),))
    assert bill_of(edit, 1, response(1, runaway)).inputs_micros <= edit.inputs_micros


def test_a_count_beyond_the_bound_charges_no_less_than_nothing() -> None:
    """The pictures that are left out must not be worth more than the bound left of all."""
    usage = Usage(text_in=40, image_in=None, image_out=10_000_000)
    bill = bill_of(order("flare", images=4), 4, response(4, usage))
    charges = [bill.charge(usable) for usable in range(5)]
    assert charges == sorted(charges)
    assert 0 <= charges[0] < charges[4] == bill.cost_micros


def test_made_up_zeros_prove_nothing() -> None:
    zeros = Usage(text_in=0, image_in=0, image_out=0)
    asked = order("flare", images=2)
    for count in (0, 2):
        bill = bill_of(asked, 2, response(count, zeros))
        assert (bill.cost_micros, bill.uncertain_micros) == (0, highest_cost(asked, 2))
    edit = order("gpt", images=2, references=(reference(),))
    bill = bill_of(edit, 2, response(2, zeros))
    assert (bill.cost_micros, bill.uncertain_micros) == (2 * MEDIUM, edit.inputs_micros)


async def test_a_refusal_that_counts_tokens_costs_what_it_counts(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    usage = {"input_tokens": 40, "input_tokens_details": {"text_tokens": 40, "image_tokens": 0}}
    gateway.next("data", data=[], usage={**usage, "output_tokens": 0})
    outcome = await painter.draw(order("banana", images=1))
    assert isinstance(outcome, Declined)
    assert (outcome.cost_micros, outcome.uncertain_micros) == (90, 0)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"output_tokens": 5},
        {"output_tokens": True, "input_tokens": 1},
        {"output_tokens": -5, "input_tokens": 1},
        {"output_tokens": 1.5, "input_tokens": 1},
        {"output_tokens": "12", "input_tokens": 1},
        {"output_tokens": 10_000_001, "input_tokens": 1},
        {"output_tokens": 1, "input_tokens_details": {"text_tokens": 1}},
    ],
)
def test_a_count_that_is_no_count_is_none(raw: object) -> None:
    assert read_usage(raw) is None


def test_a_count_that_does_not_tell_pictures_from_text_proves_no_edit() -> None:
    usage = read_usage({"output_tokens": 100, "input_tokens": 50})
    assert usage == Usage(text_in=50, image_in=None, image_out=100)
    edit = order("flare", images=1, references=(reference(),))
    assert bill_of(edit, 1, response(1, usage)).cost_micros == 0
    assert (
        bill_of(order("flare", images=1), 1, response(1, usage)).cost_micros == (50 * 5 + 100 * 30) * 3 // 2
    )
