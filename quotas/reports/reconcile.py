"""The provider's bill beside our own costs: which line is which job, and what differs. Pure.

A line is a job's by the id of its call. Where ids do not tell, by model, pictures and time: the nearest
first, within minutes, each line once, and no job more pictures than it asked for.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from quotas.ids import id_text

Calls = Callable[[str], tuple[str, ...]]  # the provider's ids in an outcome (JSON)
NEAR = 300.0  # seconds that the clocks of two companies, and what each calls the time of a call, may be apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """One line of the bill. `line`: its number in the file; model "", images None and call "": not told."""

    line: int
    at: float
    model: str
    images: int | None
    micros: int
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A drawn job and what we entered for it. `calls`: the provider's ids of its answers."""

    job: int
    began: float
    ended: float
    model: str
    images: int
    cost_micros: int
    uncertain_micros: int
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What came of it. `matched`: lines that are a job's; `differing`: jobs with what was billed for each."""

    matched: int
    only_billed: tuple[Billed, ...]
    only_spent: tuple[Spent, ...]
    differing: tuple[tuple[Spent, int], ...]
    billed_micros: int
    cost_micros: int

    @property
    def equal(self) -> bool:
        return not (self.only_billed or self.only_spent or self.differing)


def reconcile(lines: Sequence[Billed], jobs: Sequence[Spent], first: float, last: float) -> Reconciled:
    """Compare. Jobs that began outside of `first` to `last` need no line, though they may have one."""
    owners = _by_call(lines, jobs)
    told = set(owners.values())
    owners |= _by_time(
        [line for line in lines if line.line not in owners], [job for job in jobs if job.job not in told]
    )
    billed: dict[int, int] = defaultdict(int)
    for line in lines:
        if line.line in owners:
            billed[owners[line.line]] += line.micros
    due = [job for job in jobs if job.job in billed or first <= job.began <= last]
    return Reconciled(
        matched=len(owners),
        only_billed=tuple(line for line in lines if line.line not in owners and line.micros),
        only_spent=tuple(job for job in due if job.job not in billed and job.cost_micros),
        differing=tuple(
            (job, billed[job.job]) for job in due if job.job in billed and billed[job.job] != job.cost_micros
        ),
        billed_micros=sum(line.micros for line in lines),
        cost_micros=sum(job.cost_micros for job in due),
    )


def _by_call(lines: Sequence[Billed], jobs: Sequence[Spent]) -> dict[int, int]:
    """Line to job, where a line tells the id of an answer, or the key that we sent: the job's own id."""
    known = {call: job.job for job in jobs for call in (id_text(job.job), *job.calls)}
    found = ((line.line, known.get(line.call, known.get(line.call.partition("-")[0]))) for line in lines)
    return {line: job for line, job in found if job is not None}


def _by_time(lines: Sequence[Billed], jobs: Sequence[Spent]) -> dict[int, int]:
    left = {job.job: job.images for job in jobs}
    found: dict[int, int] = {}
    for line, job in sorted(_pairs(lines, jobs), key=lambda pair: _misfit(*pair)):
        images = line.images if line.images is not None else left[job.job]
        if line.line not in found and 0 < images <= left[job.job]:
            found[line.line] = job.job
            left[job.job] -= images
    return found


def _pairs(lines: Sequence[Billed], jobs: Sequence[Spent]) -> Iterator[tuple[Billed, Spent]]:
    """What may belong together."""
    longest = max((job.ended - job.began for job in jobs), default=0.0)
    began = [job.began for job in jobs]
    for line in lines:
        low, high = bisect_left(began, line.at - NEAR - longest), bisect_right(began, line.at + NEAR)
        for job in jobs[low:high]:
            if _apart(line, job) <= NEAR and line.model in ("", job.model):
                yield line, job


def _misfit(line: Billed, job: Spent) -> tuple[bool, bool, bool, float, float]:
    """How badly they fit: a call that cost nothing comes last, then another number, another cost, seconds."""
    other_cost = line.micros not in (job.cost_micros, job.cost_micros + job.uncertain_micros)
    other = not line.micros, line.images != job.images, other_cost
    return *other, _apart(line, job), abs(line.at - job.began)


def _apart(line: Billed, job: Spent) -> float:
    """Seconds from the line's time to the job's drawing; 0 within it."""
    return max(job.began - line.at, line.at - job.ended, 0.0)
