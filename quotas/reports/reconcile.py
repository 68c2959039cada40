"""The provider's bill compared with the ledger's costs. Pure.

A line is matched to a job by the id of its call. Other lines are matched by model, pictures and time: the
nearest pair first, within minutes, each line once, and to no job more pictures than it asked for.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from quotas.ids import id_text

Calls = Callable[[str], tuple[str, ...]]  # the provider's ids in an outcome (JSON)
NEAR = 300.0  # seconds between a line and its job: clocks differ, and so does what is the time of a call


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One line of the bill. `line`: its number in the file. Model "", images None and call "" are unknown."""

    line: int
    at: float
    model: str
    images: int | None
    micros: int
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCost:
    """A job that was drawn, and its costs in the ledger. `calls`: the provider's ids of its answers."""

    job: int
    began: float
    ended: float
    model: str
    images: int
    cost_micros: int
    uncertain_micros: int
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The result. `matched`: the number of matched lines. `differing`: (job, micro-dollars billed for it)."""

    matched: int
    only_billed: tuple[BillLine, ...]
    only_spent: tuple[JobCost, ...]
    differing: tuple[tuple[JobCost, int], ...]
    billed_micros: int
    cost_micros: int

    @property
    def equal(self) -> bool:
        return not (self.only_billed or self.only_spent or self.differing)


def reconcile(
    lines: Sequence[BillLine], jobs: Sequence[JobCost], first: float, last: float
) -> Reconciliation:
    """Compare lines and jobs. A job that began outside `first` to `last` may have a line, but needs none."""
    owners = _by_call(lines, jobs)
    matched = set(owners.values())
    owners |= _by_time(
        [line for line in lines if line.line not in owners], [job for job in jobs if job.job not in matched]
    )
    billed: dict[int, int] = defaultdict(int)
    for line in lines:
        if line.line in owners:
            billed[owners[line.line]] += line.micros
    due = [job for job in jobs if job.job in billed or first <= job.began <= last]
    return Reconciliation(
        matched=len(owners),
        only_billed=tuple(line for line in lines if line.line not in owners and line.micros),
        only_spent=tuple(job for job in due if job.job not in billed and job.cost_micros),
        differing=tuple(
            (job, billed[job.job]) for job in due if job.job in billed and billed[job.job] != job.cost_micros
        ),
        billed_micros=sum(line.micros for line in lines),
        cost_micros=sum(job.cost_micros for job in due),
    )


def _by_call(lines: Sequence[BillLine], jobs: Sequence[JobCost]) -> dict[int, int]:
    """Map lines to jobs by the id of an answer, or by the key that the bot sent: the job's own id."""
    known = {call: job.job for job in jobs for call in (id_text(job.job), *job.calls)}
    matches = ((line.line, known.get(line.call, known.get(line.call.partition("-")[0]))) for line in lines)
    return {line: job for line, job in matches if job is not None}


def _by_time(lines: Sequence[BillLine], jobs: Sequence[JobCost]) -> dict[int, int]:
    left = {job.job: job.images or 1 for job in jobs}  # help with a prompt has no images, and one answer
    matches: dict[int, int] = {}
    for line, job in sorted(_pairs(lines, jobs), key=lambda pair: _misfit(*pair)):
        images = left[job.job] if line.images is None or not job.images else line.images
        if line.line not in matches and 0 < images <= left[job.job]:
            matches[line.line] = job.job
            left[job.job] -= images
    return matches


def _pairs(lines: Sequence[BillLine], jobs: Sequence[JobCost]) -> Iterator[tuple[BillLine, JobCost]]:
    """Yield the lines and jobs that may belong together."""
    longest = max((job.ended - job.began for job in jobs), default=0.0)
    began = [job.began for job in jobs]
    for line in lines:
        low, high = bisect_left(began, line.at - NEAR - longest), bisect_right(began, line.at + NEAR)
        for job in jobs[low:high]:
            if _apart(line, job) <= NEAR and line.model in ("", job.model):
                yield line, job


def _misfit(line: BillLine, job: JobCost) -> tuple[bool, bool, bool, float, float]:
    """Return a sort key: a free call is the worst misfit, then other images, other costs, more seconds."""
    other_cost = line.micros not in (job.cost_micros, job.cost_micros + job.uncertain_micros)
    other = not line.micros, line.images != job.images, other_cost
    return *other, _apart(line, job), abs(line.at - job.began)


def _apart(line: BillLine, job: JobCost) -> float:
    """Return the seconds between the line's time and the job's drawing; 0 during the drawing."""
    return max(job.began - line.at, line.at - job.ended, 0.0)
