"""The ledger against a model of a few lines, over every order of things that hypothesis can think of."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from quotas.database import FILE
from quotas.ledger import Ledger
from quotas.records import Close, Defaults, Denied, Identity, Limits, Reservation, Reserved
from tests.quotas.asking import DAY, HOUR, UNIT, Clock, asked, by

T = TypeVar("T")
HOMES = {"ann": "team", "bob": "team", "cal": "elsewhere"}
PEOPLE = st.sampled_from(list(HOMES))
CHANNELS = st.sampled_from(["general", "art"])
ZONE = "Asia/Kathmandu"
OFFSET = timedelta(hours=5, minutes=45)
DEFAULTS = Defaults(images_per_day=6, bot_money_per_day=14 * UNIT, bot_money_per_month=40 * UNIT, zone=ZONE)


def known(person: str) -> Identity:
    return Identity(HOMES[person], person, person)


def why() -> dict[str, str]:
    return {"reason": "one person", "request_id": by()["request_id"]}


@dataclass
class Modelled:
    request: Reservation
    day: str
    state: str = "reserved"
    charged: int = 0
    told: bool = False

    @property
    def counts(self) -> int:
        return self.request.images if self.state in ("reserved", "running") else self.charged


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folders = [Path(tempfile.mkdtemp(prefix="ledger-"))]
        self.clock = Clock()
        self.jobs: dict[int, Modelled] = {}
        self.extra: dict[tuple[str, str], int] = {}
        self.own: dict[str, int] = {}
        self.one: dict[str, frozenset[str]] = {name: frozenset({name}) for name in HOMES}
        self.channels: dict[str, int] = {}
        self.ledgers: list[Ledger] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.open()

    def open(self) -> None:
        self.ledger = self.run(Ledger.open(self.folders[-1], DEFAULTS, clock=self.clock))
        self.ledgers.append(self.ledger)

    def teardown(self) -> None:
        for ledger in self.ledgers:
            self.run(ledger.close())
        self.runner.close()
        for folder in self.folders:
            shutil.rmtree(folder)

    # The model

    def today(self) -> str:
        return (datetime.fromtimestamp(self.clock.now, UTC) + OFFSET).date().isoformat()

    def used(self, period: str, **only: str) -> int:
        return sum(
            job.counts
            for job in self.jobs.values()
            if job.day.startswith(period) and all(getattr(job.request, k) == v for k, v in only.items())
        )

    def used_by(self, joined: frozenset[str], period: str) -> int:
        return sum(self.used(period, person=name) for name in joined)

    def granted(self, joined: frozenset[str], day: str) -> int:
        return sum(self.extra.get((name, day), 0) for name in joined)

    def room(self, request: Reservation) -> bool:
        day, more = self.today(), request.images
        joined, home = self.one[request.person], request.workspace
        allowed = min(self.own.get(name, 6) for name in joined)
        channel = self.channels.get(request.channel, 10_000) if home == "team" else 10_000
        return (
            self.used_by(joined, day) + more <= allowed + self.granted(joined, day)
            and self.used(day, channel=request.channel, workspace=home) + more <= channel
            and self.used(day) + more <= 14
            and self.used(day[:7]) + more <= 40
        )

    def pick(self, number: int, *states: str) -> int | None:
        fit = [job for job, one in self.jobs.items() if one.state in states]
        return fit[number % len(fit)] if fit else None

    # What happens

    @rule(person=PEOPLE, channel=CHANNELS, images=st.integers(1, 4))
    def reserve(self, person: str, channel: str, images: int) -> None:
        home = HOMES[person]
        request = asked(images, person=person, workspace=home, channel=channel, retry_released=True)
        expected = self.room(request)
        answer = self.run(self.ledger.reserve(request))
        assert isinstance(answer, Reserved) == expected, answer
        if isinstance(answer, Reserved):
            assert answer.fresh
            assert answer.job.day == self.today()
            self.jobs[answer.job.id] = Modelled(request, answer.job.day)
        else:
            assert isinstance(answer, Denied)
            assert answer.used + answer.asked > answer.limit

    @rule(number=st.integers(0, 99))
    def repeat(self, number: int) -> None:
        job = self.pick(number, "reserved", "running", "settled")
        if job is not None:
            answer = self.run(self.ledger.reserve(self.jobs[job].request))
            assert isinstance(answer, Reserved)
            assert (answer.job.id, answer.fresh) == (job, False)

    @rule(number=st.integers(0, 99))
    def retry(self, number: int) -> None:
        job = self.pick(number, "released")
        if job is not None:
            expected = self.room(self.jobs[job].request)
            answer = self.run(self.ledger.reserve(self.jobs[job].request))
            assert isinstance(answer, Reserved) == expected, answer
            if isinstance(answer, Reserved):
                self.jobs[answer.job.id] = Modelled(self.jobs[job].request, self.today())
                self.jobs[job].state = "released and tried again"

    @rule(number=st.integers(0, 99))
    def start(self, number: int) -> None:
        job = self.pick(number, "reserved", "running", "settled", "released")
        if job is not None:
            assert self.run(self.ledger.start(job)) == (self.jobs[job].state == "reserved")
            self.jobs[job].state = {"reserved": "running"}.get(self.jobs[job].state, self.jobs[job].state)

    @rule(number=st.integers(0, 99), delivered=st.integers(0, 5), dear=st.booleans())
    def settle(self, number: int, delivered: int, dear: bool) -> None:
        job = self.pick(number, "reserved", "running", "settled", "released")
        if job is not None:
            close = Close(images=delivered, charge_micros=delivered * UNIT, cost_micros=UNIT * 9 * dear)
            one = self.jobs[job]
            assert self.run(self.ledger.settle(job, close)) == (one.state == "running")
            if one.state == "running":
                one.state, one.charged = "settled", min(delivered, one.request.images)

    @rule(number=st.integers(0, 99), uncertain=st.integers(0, UNIT))
    def release(self, number: int, uncertain: int) -> None:
        job = self.pick(number, "reserved", "running", "settled", "released")
        if job is not None:
            is_open = self.jobs[job].state in ("reserved", "running")
            assert self.run(self.ledger.release(job, Close(uncertain_micros=uncertain))) == is_open
            if is_open:
                self.jobs[job].state = "released"

    @rule(number=st.integers(0, 99))
    def deliver(self, number: int) -> None:
        job = self.pick(number, "reserved", "running", "settled", "released")
        if job is not None:
            due = self.jobs[job].state in ("settled", "released") and not self.jobs[job].told
            assert self.run(self.ledger.deliver(job, "discord", "c", f"m{job}", "{}")) == due
            self.jobs[job].told = self.jobs[job].told or due

    @rule(person=PEOPLE, images=st.integers(0, 3))
    def grant(self, person: str, images: int) -> None:
        self.run(
            self.ledger.grant(
                workspace=HOMES[person], person=person, images=images, money=images * UNIT, **by()
            )
        )
        self.extra[person, self.today()] = self.extra.get((person, self.today()), 0) + images

    @rule(person=PEOPLE, images=st.integers(0, 9))
    def set_person(self, person: str, images: int) -> None:
        change = Limits(images_per_day=images)
        home = HOMES[person]
        self.run(self.ledger.set_limits(workspace=home, kind="person", ref=person, change=change, **by()))
        self.own[person] = images

    @rule(channel=CHANNELS, images=st.integers(0, 9))
    def set_channel(self, channel: str, images: int) -> None:
        change = Limits(images_per_day=images)
        self.run(self.ledger.set_limits(workspace="team", kind="channel", ref=channel, change=change, **by()))
        self.channels[channel] = images

    @rule(person=PEOPLE)
    def reset(self, person: str) -> None:
        self.run(self.ledger.reset_limits(workspace=HOMES[person], kind="person", ref=person, **by()))
        self.own.pop(person, None)

    @rule(one=PEOPLE, other=PEOPLE)
    def link(self, one: str, other: str) -> None:
        if one != other:
            link = self.run(self.ledger.link(known(one), known(other), **why()))
            together = self.one[one] | self.one[other]
            assert link is not None
            assert {identity.person for identity in link.identities} == together
            self.one |= dict.fromkeys(together, together)

    @rule(person=PEOPLE)
    def unlink(self, person: str) -> None:
        left = self.run(self.ledger.unlink(HOMES[person], person, **why()))
        together = self.one[person]
        assert (left is not None) == (len(together) > 1)
        self.one |= dict.fromkeys(together, together - {person})
        self.one[person] = frozenset({person})

    @rule(seconds=st.sampled_from([60, HOUR, 7 * HOUR, DAY, 10 * DAY, -HOUR]))
    def time_passes(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(wanted=st.lists(st.tuples(PEOPLE, CHANNELS), max_size=6), turns=st.integers(0, 4))
    def crash(self, wanted: list[tuple[str, str]], turns: int) -> None:
        """The machine dies while requests wait: what the disk has at that moment is opened elsewhere."""
        requests = [asked(1, person=p, workspace=HOMES[p], channel=c, retry_released=True) for p, c in wanted]
        acknowledged = self.run(self._die(requests, turns))
        self.open()
        for request in requests:
            job = self.run(self.ledger.job_of_request(request.request_id))
            assert job is not None or request.request_id not in acknowledged
            if job is not None:
                self.jobs[job.id] = Modelled(request, job.day)

    async def _die(self, requests: list[Reservation], turns: int) -> set[str]:
        waiting = {r.request_id: asyncio.create_task(self.ledger.reserve(r)) for r in requests}
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        acknowledged = {
            name for name, task in waiting.items() if task.done() and isinstance(task.result(), Reserved)
        }
        self.folders.append(Path(tempfile.mkdtemp(prefix="ledger-")))
        for file in (FILE, f"{FILE}-wal"):  # the file first: the log, read later, only ever has more
            shutil.copy(self.folders[-2] / file, self.folders[-1] / file)
        await asyncio.gather(*waiting.values())
        return acknowledged

    @rule()
    def recover(self) -> None:
        """As after a restart: what was running is released, what was reserved runs again."""
        opened = self.run(self.ledger.open_jobs())
        assert {job.id for job in opened} == {
            k for k, j in self.jobs.items() if j.state in ("reserved", "running")
        }
        for job in opened:
            if job.state == "running":
                assert self.run(self.ledger.release(job.id, Close(uncertain_micros=job.hold_micros)))
                self.jobs[job.id].state = "released"

    @invariant()
    def nothing_differs(self) -> None:
        if hasattr(self, "ledger"):
            assert self.run(self.ledger.verify()) == []
            for person, home in HOMES.items():
                joined = self.one[person]
                allowance = self.run(self.ledger.allowance(home, person, ()))
                meter = allowance.images_day
                assert meter.used + meter.held == self.used_by(joined, self.today())
                assert meter.granted == self.granted(joined, self.today())
                assert (meter.limit, allowance.joined) == (
                    min(self.own.get(name, 6) for name in joined),
                    len(joined),
                )


# Nothing is shrunk: the moment at which a disk was copied cannot be repeated, and shrinking would chase it.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
)
