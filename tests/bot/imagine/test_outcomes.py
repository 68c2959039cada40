"""Every way a drawing can end: what is charged, what it cost, and what the person reads, once."""

from typing import get_args

import pytest
from structlog.testing import capture_logs

from bot import wording
from bot.imagine.records import calls_of
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder, Unknown
from bot.port.cards import Working
from quotas.ids import id_text
from quotas.records import Close, Job
from quotas.store.errors import LedgerError, LedgerUnavailable
from tests.bot.conftest import Build
from tests.bot.house import ANN, STANDARD, House, at, ended, gallery, until
from tests.fakes.painter import FakePainter, Script, drawings

UNDRAWN = get_args(NotDrawn.__annotations__["why"])
UNKNOWN = get_args(Unknown.__annotations__["why"])


def charged(job: Job) -> tuple[int | None, int | None, int, int]:
    return job.charge_images, job.charge_micros, job.cost_micros, job.uncertain_micros


@pytest.mark.parametrize(
    ("outcome", "pictures", "note"),
    [
        (lambda order: Drawn(drawings=drawings(order), cost_micros=240_000), 4, ""),
        (
            lambda order: Drawn(drawings=drawings(order, 3), filtered=1, cost_micros=180_000),
            3,
            "3 of 4; 1 was filtered by the model. You pay for 3.",
        ),
        (
            lambda order: Drawn(drawings=drawings(order, 1), filtered=2, broken=1, cost_micros=120_000),
            1,
            "1 of 4; 2 were filtered by the model, 1 could not be read. You pay for 1.",
        ),
        (
            lambda order: Drawn(
                drawings=drawings(order, 3), failed=1, cost_micros=180_000, uncertain_micros=60_000
            ),
            3,
            "3 of 4; 1 could not be drawn. You pay for 3.",
        ),
        (lambda order: Drawn(drawings=drawings(order, 2)), 2, "2 of 4. You pay for 2."),
    ],
)
async def test_what_is_delivered_is_what_is_charged(
    house: House, outcome: Script, pictures: int, note: str
) -> None:
    house.painter.script = [outcome]
    job = await house.drawn()
    shown = gallery(house.only())
    assert len(shown.pictures) == pictures
    assert shown.notes == ((note,) if note else ())
    assert ("missing" in [button.verb for button in shown.buttons]) == (pictures < 4)
    assert job.charge_images == pictures
    assert job.charge_micros == pictures * STANDARD
    made = outcome(house.painter.orders[0]) if callable(outcome) else None
    assert isinstance(made, Drawn)
    assert (job.cost_micros, job.uncertain_micros) == (made.cost_micros, made.uncertain_micros)
    assert await house.used() == (pictures, 0)


async def test_nobody_pays_for_more_than_was_held(house: House) -> None:
    house.painter.script = [lambda order: Drawn(drawings=drawings(order, 6), cost_micros=360_000)]
    job = await house.drawn()
    assert charged(job) == (4, 4 * STANDARD, 360_000, 0)
    house.only()


async def test_the_providers_ids_are_kept_with_the_job(house: House) -> None:
    """Whatever came of it: by them its bill is compared."""
    house.painter.script = [
        lambda order: Drawn(drawings=drawings(order, 4), calls=("req-1", "req-2")),
        Declined(calls=("req-3",)),
    ]
    kept = [calls_of((await house.drawn()).outcome or "") for _ in range(2)]
    assert kept == [("req-1", "req-2"), ("req-3",)]


async def test_a_picture_of_another_shape_is_said_and_not_cropped(house: House) -> None:
    def square(order: PaintOrder) -> Outcome:
        return Drawn(drawings=(Drawing(data=b"x", format="png", width=1024, height=1024),) * 4)

    house.painter.script = [square]
    await house.drawn("a red fox --ar 3:2")
    assert gallery(house.only()).notes == ("You asked for 3:2; the model answered with 1024 × 1024.",)


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Declined(words="unsafe"), "refused"),
        (Declined(words="unsafe", cost_micros=60_000, uncertain_micros=1), "refused"),
        *((NotDrawn(why=why), "failed") for why in UNDRAWN),
        (NotDrawn(why="broken", cost_micros=240_000), "failed"),
        *((Unknown(why=why, uncertain_micros=240_000), "unknown") for why in UNKNOWN),
        (Unknown(why="deadline", cost_micros=60_000, uncertain_micros=180_000), "unknown"),
    ],
)
async def test_no_picture_no_charge(house: House, outcome: Outcome, why: str) -> None:
    house.painter.script = [outcome]
    job = await house.drawn()
    message = house.only()
    card = ended(message)
    assert card.why == why
    assert "nothing was charged" in card.sentence.lower()
    assert message.ref.address.private_to == ANN.id, "why there is no picture is for its requester alone"
    assert [type(gone.card) for gone in house.chat.gone] == [Working], "the public card goes"
    assert "edit" in [button.verb for button in card.buttons]
    assert ("again" in [button.verb for button in card.buttons]) == (why != "refused")
    assert job.state == "released"
    assert charged(job) == (0, 0, outcome.cost_micros, outcome.uncertain_micros)
    assert await house.used() == (0, 0)
    assert len(house.painter.orders) == 1


@pytest.mark.parametrize(("billed", "uncertain"), [(True, 4 * STANDARD), (False, 0)])
async def test_a_painter_that_breaks(build: Build, billed: bool, uncertain: int) -> None:
    house = await build(painter=FakePainter(billed=billed))
    house.painter.script = [RuntimeError("no such brush")]
    job = await house.drawn()
    assert ended(house.only()).sentence == _broke(job)
    assert charged(job) == (0, 0, 0, uncertain)
    assert await house.used() == (0, 0)


async def test_a_store_that_cannot_keep_the_pictures(house: House) -> None:
    (house.folder / "pictures").write_text("a file where a folder should be")
    job = await house.drawn()
    assert ended(house.only()).sentence == _broke(job)
    assert charged(job) == (0, 0, 4 * STANDARD, 0), "what the answer proves is what it cost"


async def test_a_tier_that_left_the_catalog_costs_nothing(build: Build) -> None:
    house = await build(per_person=0)
    waiting = await house.accepted("--ultra a red fox")
    await house.stop()
    kept = {name: tier for name, tier in house.catalog.tiers.items() if name != "ultra"}
    house.catalog, house.per_person = house.catalog.model_copy(update={"tiers": kept}), 1
    await house.open()
    await house.done()
    job = await house.job(waiting.job)
    assert charged(job) == (0, 0, 0, 0), "the painter was never asked"
    assert ended(house.only()).sentence == _broke(job)


@pytest.mark.parametrize("method", ["start", "settle", "release", "deliver", "get"])
async def test_a_ledger_that_stumbles_is_asked_again(
    house: House, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if method == "release":
        house.painter.script = [Declined()]
    real = getattr(house.ledger.jobs, method)
    failures: list[object] = []

    async def stumbling(*args: object, **more: object) -> object:
        if len(failures) < 3:
            failures.append(args)
            raise LedgerUnavailable("the disk is full")
        return await real(*args, **more)

    monkeypatch.setattr(house.ledger.jobs, method, stumbling)
    answer = await house.accepted(show=False)
    await until(lambda: len(failures) == 3 or method != "get")
    await house.bot.shown(answer.job, await house.chat.post(at(), answer.card, key=answer.job))
    await house.done()
    assert len(failures) == 3
    (message,) = house.chat.messages.values()
    assert len(house.painter.orders) == 1
    if method == "release":
        assert ended(message).why == "refused"
        assert await house.used() == (0, 0)
    else:
        assert len(gallery(message).pictures) == 4
        assert await house.used() == (4, 0)


async def test_a_settlement_the_ledger_will_never_take_is_released(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(job: int, close: Close) -> bool:
        raise LedgerError("the ledger's own rules refused this")

    monkeypatch.setattr(house.ledger.jobs, "settle", never)
    job = await house.drawn()
    assert ended(house.only()).sentence == _broke(job)
    assert charged(job) == (0, 0, 4 * STANDARD, 0)


async def test_no_log_line_holds_the_prompt(house: House) -> None:
    secret = "an elephant nobody may hear of"
    house.painter.script = [
        RuntimeError(f"cannot paint {secret!r}"),
        Declined(words=f"we refuse {secret}"),
        Unknown(why="cut off", words=secret),
    ]
    with capture_logs() as lines:
        broken = await house.drawn(secret)
        await house.drawn(secret)
        await house.drawn(secret)
        await house.drawn(secret)
    assert "elephant" not in repr(lines)
    (line,) = [line for line in lines if line["event"] == "job.broke"]
    assert line["job"] in ended(house.outcomes[0]).sentence
    assert broken.state == "released"
    assert "RuntimeError" in line["trace"]
    assert "in draw" in line["trace"], "and it says where"


def _broke(job: Job) -> str:
    return wording.broke(id_text(job.id))
