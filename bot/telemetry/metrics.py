"""What is counted for whoever watches over the bot: plain numbers in memory, written out when asked for.

No label names a person, a workspace or a prompt. Counters begin anew with the process, as Prometheus expects.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # the library takes some hundredths of a second to import, which only who asks waits for
    from prometheus_client.core import Metric as Family

ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 3.0)  # seconds; platforms wait for 3
DRAWINGS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 200.0)  # seconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """One thing that is counted. `bounds`: of a histogram, in seconds, without the last, which is endless."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


JOBS = Metric(
    name="imagine_jobs_total",
    kind="counter",
    labels=("tier", "outcome"),
    help="Requests that ended, by how: drawn, refused (by the model), failed, unknown, cancelled",
)
PICTURES = Metric(
    name="imagine_pictures_total", kind="counter", labels=("tier",), help="Pictures that were charged"
)
CHARGE = Metric(
    name="imagine_charge_micros_total",
    kind="counter",
    labels=("tier",),
    help="What allowances paid, in millionths of a dollar",
)
COST = Metric(
    name="imagine_cost_micros_total",
    kind="counter",
    labels=("tier",),
    help="What the provider bills, as far as its answers prove it",
)
UNCERTAIN = Metric(
    name="imagine_uncertain_micros_total",
    kind="counter",
    labels=("tier",),
    help="What the provider may have billed besides",
)
REFUSALS = Metric(
    name="imagine_refusals_total",
    kind="counter",
    labels=("why",),
    help="Requests that were not accepted: input, allowance, policy, unavailable",
)
DRAWING = Metric(
    name="imagine_drawing_seconds",
    kind="histogram",
    labels=("tier", "outcome"),
    bounds=DRAWINGS,
    help="How long a drawing took, our own retries included: drawn, declined, or why it was not",
)
ANSWER = Metric(
    name="imagine_answer_seconds",
    kind="histogram",
    labels=("platform",),
    bounds=ANSWERS,
    help="From a request for pictures to its answer, which is durable by then",
)
CARD = Metric(
    name="imagine_card_seconds",
    kind="histogram",
    labels=("platform",),
    bounds=ANSWERS,
    help="From a request for pictures to its card being shown",
)
DELIVERIES = Metric(
    name="imagine_deliveries_total",
    kind="counter",
    labels=("platform", "outcome"),
    help="Outcomes told: delivered; tries that will be repeated: retried; given up: failed",
)
WAITING = Metric(name="imagine_waiting", kind="gauge", help="Accepted requests that wait for their turn")
RUNNING = Metric(name="imagine_running", kind="gauge", help="Requests that are being drawn")
COMMITS = Metric(
    name="imagine_ledger_commits_total", kind="counter", help="Transactions of the ledger, each one flush"
)
OPERATIONS = Metric(
    name="imagine_ledger_operations_total", kind="counter", help="What was written in these transactions"
)
QUEUED = Metric(name="imagine_ledger_waiting", kind="gauge", help="What waits to be written")
METRICS = (
    JOBS,
    PICTURES,
    CHARGE,
    COST,
    UNCERTAIN,
    REFUSALS,
    DRAWING,
    ANSWER,
    CARD,
    DELIVERIES,
    WAITING,
    RUNNING,
    COMMITS,
    OPERATIONS,
    QUEUED,
)


@dataclass(slots=True)
class Times:
    """One histogram: how many fell into each bucket, and their sum in seconds."""

    buckets: list[int]
    seconds: float = 0.0


@dataclass(slots=True, eq=False)
class Metrics:
    """To be used from one event loop, as nothing here is locked."""

    _counts: Counter[tuple[Metric, tuple[str, ...]]] = field(default_factory=Counter)
    _times: dict[tuple[Metric, tuple[str, ...]], Times] = field(default_factory=dict)
    _watched: dict[Metric, Callable[[], int]] = field(default_factory=dict)

    def count(self, metric: Metric, *labels: str, by: int = 1) -> None:
        self._counts[metric, labels] += by

    def took(self, metric: Metric, *labels: str, seconds: float) -> None:
        times = self._times.get((metric, labels))
        if times is None:
            times = self._times[metric, labels] = Times([0] * (len(metric.bounds) + 1))
        times.buckets[bisect_left(metric.bounds, seconds)] += 1
        times.seconds += seconds

    def watch(self, metric: Metric, look: Callable[[], int]) -> None:
        """Ask for this one when it is asked for. `look` must be quick."""
        self._watched[metric] = look

    def value(self, metric: Metric, *labels: str) -> int:
        """How often it was counted; of a histogram, how many times were taken."""
        if metric in self._watched:
            return self._watched[metric]()
        times = self._times.get((metric, labels))
        return sum(times.buckets) if times else self._counts[metric, labels]

    def text(self) -> bytes:
        """Everything in Prometheus' text format, with what its library tells of the process."""
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        return generate_latest(registry)

    def collect(self) -> Iterator["Family"]:
        """As the library wants it: one family for each metric, also for those that nothing happened to."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        kinds = {
            "counter": CounterMetricFamily,
            "gauge": GaugeMetricFamily,
            "histogram": HistogramMetricFamily,
        }
        for metric in METRICS:
            family = kinds[metric.kind](metric.name, metric.help, labels=metric.labels)
            for (each, labels), count in self._counts.items():
                if each is metric:
                    family.add_metric(labels, count)
            for (each, labels), times in self._times.items():
                if each is metric:
                    family.add_metric(labels, _buckets(metric, times), times.seconds)
            if metric in self._watched:
                family.add_metric((), self._watched[metric]())
            yield family


def _buckets(metric: Metric, times: Times) -> list[tuple[str, float]]:
    """(upper bound, how many were at most that) of each bucket."""
    bounds = [*map(str, metric.bounds), "+Inf"]
    return list(zip(bounds, map(float, accumulate(times.buckets)), strict=True))
