"""What is counted: of a whole core at work, and as Prometheus reads it."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.painters.port import Declined, Drawn, NotDrawn, Outcome, Unknown
from bot.painters.timed import TimedPainter
from bot.port.cards import Refused
from bot.telemetry import metrics
from bot.telemetry.metrics import METRICS, Metric, Metrics
from quotas.ids import id_text
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, STANDARD, RunningBot
from tests.fakes.painter import FakePainter

ENDINGS: list[tuple[Outcome, str]] = [
    (Drawn(drawings=()), "drawn"),
    (Declined(), "declined"),
    (NotDrawn(why="busy"), "busy"),
    (Unknown(why="cut off"), "cut off"),
]


def read(counted: Metrics) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Every sample by name and labels, as the library of those who scrape reads it."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(counted.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


async def test_a_job_from_its_request_to_its_delivery(running: RunningBot) -> None:
    counted = running.services.metrics
    await running.draw()
    running.painter.script = [Declined(cost_micros=7, uncertain_micros=9)]
    await running.accept()
    await running.finish()
    assert counted.value(metrics.JOBS, "standard", "drawn") == 1
    assert counted.value(metrics.JOBS, "standard", "refused") == 1
    assert counted.value(metrics.PICTURES, "standard") == 4
    assert counted.value(metrics.CHARGE, "standard") == 4 * STANDARD
    assert counted.value(metrics.COST, "standard") == 4 * STANDARD + 7
    assert counted.value(metrics.UNCERTAIN, "standard") == 9
    assert counted.value(metrics.ANSWER, "chat") == 2
    assert counted.value(metrics.CARD, "chat") == 2
    assert counted.value(metrics.DELIVERIES, "chat", "delivered") == 2
    assert counted.value(metrics.COMMITS) > 4
    assert counted.value(metrics.OPERATIONS) >= counted.value(metrics.COMMITS)


async def test_refusals_by_why(build: Build) -> None:
    running = await build(images=1)
    await running.ask(variants=4)
    await running.ask("a fox --tier nonsense")
    job = await running.draw(variants=1)
    assert isinstance(await running.press("again", id_text(job.id)), Refused)
    counted = running.services.metrics
    assert counted.value(metrics.REFUSALS, "allowance") == 2
    assert counted.value(metrics.REFUSALS, "input") == 1


async def test_the_same_request_again_is_no_new_card(running: RunningBot) -> None:
    for _ in range(2):
        await running.ask(request="twice")
    await running.finish()
    counted = running.services.metrics
    assert counted.value(metrics.ANSWER, "chat") == 2
    assert counted.value(metrics.CARD, "chat") == 1


async def test_what_waits_and_runs(build: Build) -> None:
    running = await build(in_flight=1)
    running.painter.gate.clear()
    for _ in range(3):
        await running.accept()
    counted = running.services.metrics
    assert (counted.value(metrics.RUNNING), counted.value(metrics.WAITING)) == (1, 2)
    running.painter.gate.set()
    await running.finish()
    assert counted.value(metrics.WAITING) == 0


@pytest.mark.parametrize(("retryable", "outcome"), [(True, "retried"), (False, "failed")])
async def test_deliveries_that_are_tried_again_and_given_up(
    running: RunningBot, retryable: bool, outcome: str
) -> None:
    running.painter.script = [Declined()]
    running.chat.fail("post", private=True, retryable=retryable)
    await running.accept()
    await running.finish()
    deliveries = read(running.services.metrics)["imagine_deliveries_total"]
    told = {dict(labels)["outcome"]: count for labels, count in deliveries.items()}
    assert told == {outcome: 1, "delivered": 1}


async def test_nobody_is_in_it(running: RunningBot) -> None:
    await running.draw("a very secret walrus")
    text = running.services.metrics.text().decode()
    named = ["walrus", ANN.id, ANN.name, "chat:team", "general"]
    assert [word for word in named if word in text] == []


@pytest.mark.parametrize(("outcome", "ended"), ENDINGS, ids=[ended for _, ended in ENDINGS])
async def test_drawings_are_timed_by_how_they_ended(
    running: RunningBot, outcome: Outcome, ended: str
) -> None:
    await running.draw()
    (order,) = running.painter.orders
    counted = Metrics()
    painter = TimedPainter(FakePainter(script=[outcome]), counted)
    assert painter.billed
    assert await painter.draw(order) == outcome
    assert counted.value(metrics.DRAWING, "standard", ended) == 1


def test_every_metric_is_there_from_the_start() -> None:
    text = Metrics().text().decode()
    assert [metric.name for metric in METRICS if f"# HELP {metric.name} {metric.help}\n" not in text] == []
    assert "process_cpu_seconds_total" in text


def test_names_are_as_prometheus_wants_them() -> None:
    for metric in METRICS:
        assert metric.name.startswith("imagine_")
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert (metric.kind == "histogram") == metric.name.endswith("_seconds") == bool(metric.bounds)
        assert not {"person", "workspace", "channel", "prompt", "job"} & set(metric.labels)


def test_times_fall_into_buckets_that_add_up() -> None:
    counted, metric = Metrics(), metrics.ANSWER
    for seconds in (0.001, 0.005, 0.3, 99.0):
        counted.took(metric, "chat", seconds=seconds)
    samples = read(counted)
    buckets = samples["imagine_answer_seconds_bucket"]
    assert buckets[("le", "0.005"), ("platform", "chat")] == 2
    assert buckets[("le", "0.5"), ("platform", "chat")] == 3
    assert buckets[("le", "+Inf"), ("platform", "chat")] == 4
    assert samples["imagine_answer_seconds_count"][(("platform", "chat"),)] == 4
    assert samples["imagine_answer_seconds_sum"][(("platform", "chat"),)] == pytest.approx(99.306)


def test_counts_add_up_by_their_labels() -> None:
    counted = Metrics()
    counted.count(metrics.JOBS, "fast", "drawn")
    counted.count(metrics.JOBS, "fast", "drawn", by=2)
    counted.count(metrics.JOBS, "ultra", "drawn")
    jobs = read(counted)["imagine_jobs_total"]
    assert jobs == {(("outcome", "drawn"), ("tier", "fast")): 3, (("outcome", "drawn"), ("tier", "ultra")): 1}


def test_a_metric_is_itself_alone() -> None:
    twin = Metric(name=metrics.JOBS.name, kind="counter", help=metrics.JOBS.help)
    assert twin != metrics.JOBS
