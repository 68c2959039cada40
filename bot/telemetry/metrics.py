"""Metrics of the bot: plain numbers in memory, written in Prometheus' text format on request.

No label names a person, a workspace or a prompt. Counters start at 0 with the process, as Prometheus expects.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

# The library takes about 40 ms to import, so only a request for the metrics imports it, not every start.
if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

ANSWER_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 3.0)  # seconds; platforms wait for 3
DRAWING_BOUNDS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 200.0)  # seconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """One metric. `bounds`: upper bounds of a histogram's buckets, in seconds, without the infinite one."""

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
OVERRUN = Metric(
    name="imagine_overrun_micros_total",
    kind="counter",
    labels=("tier",),
    help="What the provider bills, or may have billed, beyond what was held, in millionths of a dollar",
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
    bounds=DRAWING_BOUNDS,
    help="How long a drawing took, our own retries included: drawn, declined, or why it was not",
)
ANSWER = Metric(
    name="imagine_answer_seconds",
    kind="histogram",
    labels=("platform",),
    bounds=ANSWER_BOUNDS,
    help="From a request for pictures to its answer, which is durable by then",
)
CARD = Metric(
    name="imagine_card_seconds",
    kind="histogram",
    labels=("platform",),
    bounds=ANSWER_BOUNDS,
    help="From a request for pictures to its card being shown",
)
DELIVERIES = Metric(
    name="imagine_deliveries_total",
    kind="counter",
    labels=("platform", "outcome"),
    help="Outcomes told: delivered; tries that will be repeated: retried; given up: failed",
)
GATEWAY_ALERTS = Metric(
    name="imagine_gateway_alerts",
    kind="gauge",
    help="What an operator must look at: a key or model that is refused, or models with one refusal in a row",
)
DRAWING_OFF = Metric(
    name="imagine_drawing_off",
    kind="gauge",
    help="1 while nothing is drawn, as pictures cannot be stored; the log says where and why",
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
    OVERRUN,
    REFUSALS,
    DRAWING,
    ANSWER,
    CARD,
    DELIVERIES,
    GATEWAY_ALERTS,
    DRAWING_OFF,
    WAITING,
    RUNNING,
    COMMITS,
    OPERATIONS,
    QUEUED,
)


@dataclass(slots=True)
class _Histogram:
    """One histogram: the count of durations in each bucket, and the sum of all in seconds."""

    buckets: list[int]
    seconds: float = 0.0


@dataclass(slots=True, eq=False)
class Metrics:
    """The values of all metrics. Nothing is locked, so use it from one event loop only."""

    _counts: Counter[tuple[Metric, tuple[str, ...]]] = field(default_factory=Counter)
    _histograms: dict[tuple[Metric, tuple[str, ...]], _Histogram] = field(default_factory=dict)
    _readers: dict[Metric, Callable[[], int]] = field(default_factory=dict)

    def count(self, metric: Metric, *labels: str, by: int = 1) -> None:
        self._counts[metric, labels] += by

    def observe(self, metric: Metric, *labels: str, seconds: float) -> None:
        histogram = self._histograms.get((metric, labels))
        if histogram is None:
            histogram = self._histograms[metric, labels] = _Histogram([0] * (len(metric.bounds) + 1))
        histogram.buckets[bisect_left(metric.bounds, seconds)] += 1
        histogram.seconds += seconds

    def watch(self, metric: Metric, read: Callable[[], int]) -> None:
        """Call `read` for this metric's value at each request for it. `read` must be quick."""
        self._readers[metric] = read

    def value(self, metric: Metric, *labels: str) -> int:
        """Return the metric's value; for a histogram, the number of durations."""
        if metric in self._readers:
            return self._readers[metric]()
        histogram = self._histograms.get((metric, labels))
        return sum(histogram.buckets) if histogram else self._counts[metric, labels]

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format, with the process metrics of its library."""
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        return generate_latest(registry)

    def collect(self) -> Iterator["Family"]:
        """Yield one family for each metric, even without a value yet; the library's registry calls this."""
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
            for (each, labels), histogram in self._histograms.items():
                if each is metric:
                    family.add_metric(labels, _buckets(metric, histogram), histogram.seconds)
            if metric in self._readers:
                family.add_metric((), self._readers[metric]())
            yield family


def _buckets(metric: Metric, histogram: _Histogram) -> list[tuple[str, float]]:
    """Return each bucket's upper bound, and the count of durations up to it."""
    bounds = [*map(str, metric.bounds), "+Inf"]
    return list(zip(bounds, map(float, accumulate(histogram.buckets)), strict=True))
