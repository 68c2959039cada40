"""Metrics of a whole core at work, and as Prometheus reads them."""

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


def read(values: Metrics) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return every sample by name and labels, as Prometheus' own parser reads them."""
    samples: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(values.text().decode()):
        for sample in family.samples:
            samples.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return samples


async def test_a_job_is_counted_from_its_request_to_its_delivery(running: RunningBot) -> None:
    values = running.services.metrics
    await running.draw()
    running.painter.script = [Declined(cost_micros=7, uncertain_micros=9)]
    await running.accept()
    await running.finish()
    assert values.value(metrics.JOBS, "standard", "drawn") == 1
    assert values.value(metrics.JOBS, "standard", "refused") == 1
    assert values.value(metrics.PICTURES, "standard") == 4
    assert values.value(metrics.CHARGE, "standard") == 4 * STANDARD
    assert values.value(metrics.COST, "standard") == 4 * STANDARD + 7
    assert values.value(metrics.UNCERTAIN, "standard") == 9
    assert values.value(metrics.ANSWER, "chat") == 2
    assert values.value(metrics.CARD, "chat") == 2
    assert values.value(metrics.DELIVERIES, "chat", "delivered") == 2
    assert values.value(metrics.COMMITS) > 4
    assert values.value(metrics.OPERATIONS) >= values.value(metrics.COMMITS)


async def test_what_a_job_cost_beyond_its_hold_is_counted(running: RunningBot) -> None:
    running.painter.script = [Declined(cost_micros=5 * STANDARD, uncertain_micros=9)]
    await running.accept()
    await running.finish()
    assert running.services.metrics.value(metrics.OVERRUN, "standard") == STANDARD + 9


async def test_refusals_are_counted_by_their_reason(build: Build) -> None:
    running = await build(images=1)
    await running.ask(variants=4)
    await running.ask("a fox --tier nonsense")
    job = await running.draw(variants=1)
    assert isinstance(await running.press("again", id_text(job.id)), Refused)
    values = running.services.metrics
    assert values.value(metrics.REFUSALS, "allowance") == 2
    assert values.value(metrics.REFUSALS, "input") == 1


async def test_the_same_request_again_counts_no_new_card(running: RunningBot) -> None:
    for _ in range(2):
        await running.ask(request="twice")
    await running.finish()
    values = running.services.metrics
    assert values.value(metrics.ANSWER, "chat") == 2
    assert values.value(metrics.CARD, "chat") == 1


async def test_waiting_and_running_jobs_are_counted(build: Build) -> None:
    running = await build(in_flight=1)
    running.painter.gate.clear()
    for _ in range(3):
        await running.accept()
    values = running.services.metrics
    assert (values.value(metrics.RUNNING), values.value(metrics.WAITING)) == (1, 2)
    running.painter.gate.set()
    await running.finish()
    assert values.value(metrics.WAITING) == 0


@pytest.mark.parametrize(("retryable", "outcome"), [(True, "retried"), (False, "failed")])
async def test_failed_deliveries_are_counted_as_retried_or_failed(
    running: RunningBot, retryable: bool, outcome: str
) -> None:
    running.painter.script = [Declined()]
    running.chat.fail("post", private=True, retryable=retryable)
    await running.accept()
    await running.finish()
    deliveries = read(running.services.metrics)["imagine_deliveries_total"]
    by_outcome = {dict(labels)["outcome"]: count for labels, count in deliveries.items()}
    assert by_outcome == {outcome: 1, "delivered": 1}


async def test_no_metric_names_a_person_or_a_prompt(running: RunningBot) -> None:
    await running.draw("a very secret walrus")
    text = running.services.metrics.text().decode()
    private = ["walrus", ANN.id, ANN.name, "chat:team", "general"]
    assert [word for word in private if word in text] == []


@pytest.mark.parametrize(("outcome", "label"), ENDINGS, ids=[label for _, label in ENDINGS])
async def test_drawings_are_timed_by_their_outcome(running: RunningBot, outcome: Outcome, label: str) -> None:
    await running.draw()
    (order,) = running.painter.orders
    values = Metrics()
    painter = TimedPainter(FakePainter(script=[outcome]), values)
    assert painter.billed
    assert await painter.draw(order) == outcome
    assert values.value(metrics.DRAWING, "standard", label) == 1


def test_every_metric_is_there_from_the_start() -> None:
    text = Metrics().text().decode()
    assert [metric.name for metric in METRICS if f"# HELP {metric.name} {metric.help}\n" not in text] == []
    assert "process_cpu_seconds_total" in text


def test_names_follow_prometheus_rules() -> None:
    for metric in METRICS:
        assert metric.name.startswith("imagine_")
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert (metric.kind == "histogram") == metric.name.endswith("_seconds") == bool(metric.bounds)
        assert not {"person", "workspace", "channel", "prompt", "job"} & set(metric.labels)


def test_times_fall_into_buckets_that_add_up() -> None:
    values, metric = Metrics(), metrics.ANSWER
    for seconds in (0.001, 0.005, 0.3, 99.0):
        values.observe(metric, "chat", seconds=seconds)
    samples = read(values)
    buckets = samples["imagine_answer_seconds_bucket"]
    assert buckets[("le", "0.005"), ("platform", "chat")] == 2
    assert buckets[("le", "0.5"), ("platform", "chat")] == 3
    assert buckets[("le", "+Inf"), ("platform", "chat")] == 4
    assert samples["imagine_answer_seconds_count"][(("platform", "chat"),)] == 4
    assert samples["imagine_answer_seconds_sum"][(("platform", "chat"),)] == pytest.approx(99.306)


def test_counts_add_up_by_their_labels() -> None:
    values = Metrics()
    values.count(metrics.JOBS, "fast", "drawn")
    values.count(metrics.JOBS, "fast", "drawn", by=2)
    values.count(metrics.JOBS, "ultra", "drawn")
    jobs = read(values)["imagine_jobs_total"]
    assert jobs == {(("outcome", "drawn"), ("tier", "fast")): 3, (("outcome", "drawn"), ("tier", "ultra")): 1}


def test_a_metric_equals_no_other_of_the_same_name() -> None:
    twin = Metric(name=metrics.JOBS.name, kind="counter", help=metrics.JOBS.help)
    assert twin != metrics.JOBS
