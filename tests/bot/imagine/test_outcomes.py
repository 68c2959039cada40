"""Every outcome of a drawing: the charge, the cost, and the one message that the person reads."""

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
from tests.bot.running_bot import ANN, STANDARD, RunningBot, at, ended, gallery
from tests.fakes.painter import FakePainter, Script, drawings

NOT_DRAWN = get_args(NotDrawn.__annotations__["why"])
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
async def test_the_charge_is_for_the_delivered_pictures(
    running: RunningBot, outcome: Script, pictures: int, note: str
) -> None:
    running.painter.script = [outcome]
    job = await running.draw()
    gallery_card = gallery(running.only_outcome())
    assert len(gallery_card.pictures) == pictures
    assert gallery_card.notes == ((note,) if note else ())
    assert ("missing" in [button.verb for button in gallery_card.buttons]) == (pictures < 4)
    assert job.charge_images == pictures
    assert job.charge_micros == pictures * STANDARD
    drawing = outcome(running.painter.orders[0]) if callable(outcome) else None
    assert isinstance(drawing, Drawn)
    assert (job.cost_micros, job.uncertain_micros) == (drawing.cost_micros, drawing.uncertain_micros)
    assert await running.usage_today() == (pictures, 0)


async def test_the_charge_is_never_more_than_the_hold(running: RunningBot) -> None:
    running.painter.script = [lambda order: Drawn(drawings=drawings(order, 6), cost_micros=360_000)]
    job = await running.draw()
    assert charged(job) == (4, 4 * STANDARD, 360_000, 0)
    running.only_outcome()


async def test_the_providers_ids_are_kept_with_the_job(running: RunningBot) -> None:
    """Whatever the outcome: the provider's bill is matched to jobs by these ids."""
    running.painter.script = [
        lambda order: Drawn(drawings=drawings(order, 4), calls=("req-1", "req-2")),
        Declined(calls=("req-3",)),
    ]
    calls = [calls_of((await running.draw()).outcome or "") for _ in range(2)]
    assert calls == [("req-1", "req-2"), ("req-3",)]


async def test_a_picture_of_another_shape_is_noted_and_not_cropped(running: RunningBot) -> None:
    def square(order: PaintOrder) -> Outcome:
        return Drawn(drawings=(Drawing(data=b"x", format="png", width=1024, height=1024),) * 4)

    running.painter.script = [square]
    await running.draw("a red fox --ar 3:2")
    assert gallery(running.only_outcome()).notes == (
        "You asked for 3:2; the model answered with 1024 × 1024.",
    )


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Declined(words="unsafe"), "refused"),
        (Declined(words="unsafe", cost_micros=60_000, uncertain_micros=1), "refused"),
        *((NotDrawn(why=why), "failed") for why in NOT_DRAWN),
        (NotDrawn(why="broken", cost_micros=240_000), "failed"),
        *((Unknown(why=why, uncertain_micros=240_000), "unknown") for why in UNKNOWN),
        (Unknown(why="deadline", cost_micros=60_000, uncertain_micros=180_000), "unknown"),
    ],
)
async def test_without_a_picture_there_is_no_charge(running: RunningBot, outcome: Outcome, why: str) -> None:
    running.painter.script = [outcome]
    job = await running.draw()
    message = running.only_outcome()
    card = ended(message)
    assert card.why == why
    assert "nothing was charged" in card.sentence.lower()
    assert message.ref.address.private_to == ANN.id, "only the requester reads why there is no picture"
    assert [type(message.card) for message in running.chat.deleted] == [Working], "the public card goes"
    assert "edit" in [button.verb for button in card.buttons]
    assert ("again" in [button.verb for button in card.buttons]) == (why != "refused")
    assert job.state == "released"
    assert charged(job) == (0, 0, outcome.cost_micros, outcome.uncertain_micros)
    assert await running.usage_today() == (0, 0)
    assert len(running.painter.orders) == 1


@pytest.mark.parametrize(("billed", "uncertain"), [(True, 4 * STANDARD), (False, 0)])
async def test_a_painter_that_breaks_may_have_cost_the_whole_hold(
    build: Build, billed: bool, uncertain: int
) -> None:
    running = await build(painter=FakePainter(billed=billed))
    running.painter.script = [RuntimeError("no such brush")]
    job = await running.draw()
    assert ended(running.only_outcome()).sentence == _broke_sentence(job)
    assert charged(job) == (0, 0, 0, uncertain)
    assert await running.usage_today() == (0, 0)


async def test_a_tier_that_left_the_catalog_costs_nothing(build: Build) -> None:
    running = await build(per_person=0)
    waiting = await running.accept("--ultra a red fox")
    await running.stop()
    tiers = {name: tier for name, tier in running.catalog.tiers.items() if name != "ultra"}
    running.catalog, running.per_person = running.catalog.model_copy(update={"tiers": tiers}), 1
    await running.open()
    await running.finish()
    job = await running.job(waiting.job)
    assert charged(job) == (0, 0, 0, 0), "the painter was never asked"
    assert ended(running.only_outcome()).sentence == _broke_sentence(job)


@pytest.mark.parametrize("method", ["start", "settle", "release", "deliver", "get"])
async def test_a_ledger_that_fails_three_times_is_tried_again(
    running: RunningBot, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if method == "release":
        running.painter.script = [Declined()]
    real = getattr(running.ledger.jobs, method)
    failures: list[object] = []

    async def fail_three_times(*args: object, **arguments: object) -> object:
        if len(failures) < 3:
            failures.append(args)
            raise LedgerUnavailable("the disk is full")
        return await real(*args, **arguments)

    monkeypatch.setattr(running.ledger.jobs, method, fail_three_times)
    answer = await running.accept(show=False)
    if method == "get":  # a job is read again after its delivery failed
        running.chat.fail("revise", retryable=True, times=1)
    await running.bot.shown(answer.job, await running.chat.post(at(), answer.card, key=answer.job))
    await running.finish()
    assert len(failures) == 3
    (message,) = running.chat.messages.values()
    assert len(running.painter.orders) == 1
    if method == "release":
        assert ended(message).why == "refused"
        assert await running.usage_today() == (0, 0)
    else:
        assert len(gallery(message).pictures) == 4
        assert await running.usage_today() == (4, 0)


async def test_a_job_that_the_ledger_refuses_to_settle_is_released(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(job: int, close: Close) -> bool:
        raise LedgerError("the ledger's own rules refused this")

    monkeypatch.setattr(running.ledger.jobs, "settle", never)
    job = await running.draw()
    assert ended(running.only_outcome()).sentence == _broke_sentence(job)
    assert charged(job) == (0, 0, 4 * STANDARD, 0)


async def test_no_log_line_holds_the_prompt(running: RunningBot) -> None:
    secret = "an elephant nobody may hear of"
    running.painter.script = [
        RuntimeError(f"cannot paint {secret!r}"),
        Declined(words=f"we refuse {secret}"),
        Unknown(why="cut off", words=secret),
    ]
    with capture_logs() as lines:
        broken = await running.draw(secret)
        await running.draw(secret)
        await running.draw(secret)
        await running.draw(secret)
    assert "elephant" not in repr(lines)
    (line,) = [line for line in lines if line["event"] == "job.broke"]
    assert line["job"] in ended(running.outcomes[0]).sentence
    assert broken.state == "released"
    assert "RuntimeError" in line["trace"]
    assert "in draw" in line["trace"], "and it says where"


def _broke_sentence(job: Job) -> str:
    return wording.broke(id_text(job.id))
