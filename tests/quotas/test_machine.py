"""The ledger against a model of a few lines, over every order of things that hypothesis can think of."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from quotas.ledger import Ledger
from quotas.records import (
    ANY,
    UNLIMITED,
    Close,
    Defaults,
    Denied,
    Entry,
    Identity,
    Limits,
    Reservation,
    Reserved,
)
from quotas.records_workspace import CannotUndo, Preferences
from quotas.store.sqlite import FILE
from tests.quotas.helpers import DAY, HOUR, UNIT, Clock, by, make_reservation
from tests.quotas.settings_model import FIGURES, Model

T = TypeVar("T")
HOMES = {"ann": "team", "bob": "team", "cal": "elsewhere"}
PEOPLE = st.sampled_from(list(HOMES))
CHANNELS = st.sampled_from(["general", "art"])
NUMBERS = st.integers(0, 99)
ZONE = "Asia/Kathmandu"
ZONES = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Pacific/Auckland", ZONE])
TEAM = ("team", "workspace", ANY)
DEFAULTS = Defaults(images_per_day=6, bot_money_per_day=14 * UNIT, bot_money_per_month=40 * UNIT, zone=ZONE)


def known(person: str) -> Identity:
    return Identity(HOMES[person], person, person)


def why() -> dict[str, str]:
    return {"reason": "one person", "request_id": by()["request_id"]}


@dataclass
class Modelled:
    request: Reservation
    day: str
    bot_day: str
    state: str = "reserved"
    charged: int = 0
    unbilled: int = 0  # micro-dollars that it cost, or may have cost, beyond its charge
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
        self.model = Model(ZONE, HOMES)
        self.one: dict[str, frozenset[str]] = {name: frozenset({name}) for name in HOMES}
        self.again: list[tuple[Callable[[], Coroutine[Any, Any, Any]], Any]] = []
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

    @property
    def now(self) -> float:
        return self.clock.now

    def today(self, workspace: str) -> str:
        return self.model.calendar(workspace).day(self.now)

    def used(self, period: str, **only: str) -> int:
        return sum(
            job.counts
            for job in self.jobs.values()
            if job.day.startswith(period) and all(getattr(job.request, k) == v for k, v in only.items())
        )

    def used_by(self, joined: frozenset[str], period: str) -> int:
        return sum(self.used(period, person=name) for name in joined)

    def used_of_bot(self, period: str) -> int:
        """Micro-dollars held, charged, or billed beyond that."""
        return sum(
            job.counts * UNIT + job.unbilled for job in self.jobs.values() if job.bot_day.startswith(period)
        )

    def unbilled(self, month: str, workspace: str) -> int:
        return sum(
            job.unbilled
            for job in self.jobs.values()
            if job.day.startswith(month) and job.request.workspace == workspace
        )

    def spent(self, month: str) -> int:
        """Micro-dollars charged, or billed beyond that, in the workspace "team"."""
        return self.unbilled(month, "team") + UNIT * sum(
            job.charged
            for job in self.jobs.values()
            if job.day.startswith(month) and job.request.workspace == "team"
        )

    def granted(self, joined: frozenset[str], day: str) -> int:
        return sum(self.model.extra.get((name, day), 0) for name in joined)

    def allowed(self, joined: frozenset[str]) -> int:
        return min(self.model.figure(name, self.now, 6) for name in joined)

    def budget_has_room(self, request: Reservation) -> bool:
        amount = self.model.budget(request.workspace, self.now)
        month = self.today(request.workspace)[:7]
        used = self.used(month, workspace=request.workspace) * UNIT + self.unbilled(month, request.workspace)
        return amount is None or used + request.images * UNIT <= amount

    def room_below_the_budget(self, request: Reservation) -> bool:
        """For the person and in the channel."""
        home, more = request.workspace, request.images
        day, joined = self.today(home), self.one[request.person]
        cap = self.model.current((home, "channel", request.channel), self.now).get("images_per_day", 10_000)
        return (
            not self.model.is_closed(request.person, self.now)
            and self.used_by(joined, day) + more <= self.allowed(joined) + self.granted(joined, day)
            and self.used(day, channel=request.channel, workspace=home) + more <= cap
        )

    def room(self, request: Reservation) -> bool:
        day, more = self.today("*"), request.images
        return (
            self.room_below_the_budget(request)
            and self.budget_has_room(request)
            and self.used_of_bot(day) + more * UNIT <= 14 * UNIT
            and self.used_of_bot(day[:7]) + more * UNIT <= 40 * UNIT
        )

    def ask(self, request: Reservation) -> Reserved | None:
        """Ask the ledger, and hold its answer against the model's."""
        expected, ended = self.room(request), not self.budget_has_room(request)
        answer = self.run(self.ledger.jobs.reserve(request))
        assert isinstance(answer, Reserved) == expected, answer
        if isinstance(answer, Reserved):
            assert answer.fresh
            assert answer.job.day == self.today(request.workspace)
            self.jobs[answer.job.id] = Modelled(request, answer.job.day, self.today("*"))
            return answer
        assert isinstance(answer, Denied)
        if answer.what in ("images", "money"):
            assert answer.used + answer.asked > answer.limit
        at_end = self.model.raw(TEAM).get("at_end")
        if ended and self.room_below_the_budget(request):
            assert (answer.kind, answer.what, answer.period) == ("workspace", "money", "month")
            assert answer.falls_back == (at_end == "cheaper")
            month = self.today(request.workspace)[:7]
            if self.spent(month) + answer.asked > answer.limit:
                self.model.alerts.add((request.workspace, month, 100, answer.limit))
        return None

    def admin(self, verb: Callable[..., Coroutine[Any, Any, T]], **values: Any) -> T:
        """Carry out an admin's verb, and keep it to be repeated."""
        values |= by()
        answer = self.run(verb(**values))
        if isinstance(answer, Entry):
            self.again.append((lambda: verb(**values), answer))
        return answer

    def noticed(self) -> None:
        month = self.today("team")[:7]
        self.model.record_alerts("team", month, self.spent(month), self.now)

    def pick(self, number: int, *states: str) -> int | None:
        fit = [job for job, one in self.jobs.items() if one.state in states]
        return fit[number % len(fit)] if fit else None

    # What happens to jobs

    @rule(person=PEOPLE, channel=CHANNELS, images=st.integers(1, 4))
    def reserve(self, person: str, channel: str, images: int) -> None:
        home = HOMES[person]
        self.ask(
            make_reservation(images, person=person, workspace=home, channel=channel, retry_released=True)
        )

    @rule(number=NUMBERS)
    def repeat(self, number: int) -> None:
        job = self.pick(number, "reserved", "running", "settled")
        if job is not None:
            answer = self.run(self.ledger.jobs.reserve(self.jobs[job].request))
            assert isinstance(answer, Reserved)
            assert (answer.job.id, answer.fresh) == (job, False)

    @rule(number=NUMBERS)
    def retry(self, number: int) -> None:
        job = self.pick(number, "released")
        if job is not None and self.ask(self.jobs[job].request):
            self.jobs[job].state = "released and tried again"

    @rule(number=NUMBERS)
    def start(self, number: int) -> None:
        job = self.pick(number, "reserved", "running", "settled", "released")
        if job is not None:
            assert bool(self.run(self.ledger.jobs.start(job))) == (self.jobs[job].state == "reserved")
            self.jobs[job].state = {"reserved": "running"}.get(self.jobs[job].state, self.jobs[job].state)

    @rule(number=NUMBERS, delivered=st.integers(0, 5), dear=st.booleans())
    def settle(self, number: int, delivered: int, dear: bool) -> None:
        job = self.pick(number, "reserved", "running", "settled", "released")
        if job is not None:
            close = Close(images=delivered, charge_micros=delivered * UNIT, cost_micros=UNIT * 9 * dear)
            one = self.jobs[job]
            assert bool(self.run(self.ledger.jobs.settle(job, close))) == (one.state == "running")
            if one.state == "running":
                one.state, one.charged = "settled", min(delivered, one.request.images)
                one.unbilled = max(0, close.cost_micros - one.charged * UNIT)
                if one.charged + one.unbilled and one.request.workspace == "team":
                    self.model.record_alerts("team", one.day[:7], self.spent(one.day[:7]), self.now)

    @rule(number=NUMBERS, images=st.integers(1, 4))
    def draw(self, number: int, images: int) -> None:
        """All of it in one step, so that budgets come to their end."""
        person = list(HOMES)[number % len(HOMES)]
        answer = self.ask(
            make_reservation(images, person=person, workspace=HOMES[person], retry_released=True)
        )
        if answer is not None:
            one = self.jobs[answer.job.id]
            assert self.run(self.ledger.jobs.start(answer.job.id))
            close = Close(images=images, charge_micros=images * UNIT)
            assert self.run(self.ledger.jobs.settle(answer.job.id, close))
            one.state, one.charged = "settled", images
            if one.request.workspace == "team":
                self.model.record_alerts("team", one.day[:7], self.spent(one.day[:7]), self.now)

    @rule(number=NUMBERS, uncertain=st.integers(0, UNIT))
    def release(self, number: int, uncertain: int) -> None:
        job = self.pick(number, "reserved", "running", "settled", "released")
        if job is not None:
            is_open = self.jobs[job].state in ("reserved", "running")
            assert bool(self.run(self.ledger.jobs.release(job, Close(uncertain_micros=uncertain)))) == is_open
            if is_open:
                self.let_go(job, uncertain)

    def let_go(self, number: int, uncertain: int) -> None:
        job = self.jobs[number]
        job.state, job.unbilled = "released", uncertain
        if uncertain and job.request.workspace == "team":
            self.model.record_alerts("team", job.day[:7], self.spent(job.day[:7]), self.now)

    @rule(number=NUMBERS)
    def deliver(self, number: int) -> None:
        job = self.pick(number, "reserved", "running", "settled", "released")
        if job is not None:
            due = self.jobs[job].state in ("settled", "released") and not self.jobs[job].told
            assert self.run(self.ledger.jobs.deliver(job, "discord", "c", f"m{job}", "{}")) == due
            self.jobs[job].told = self.jobs[job].told or due

    # What admins do

    @rule(person=PEOPLE, images=st.integers(0, 3), more_days=st.sampled_from([None, 0, 1, 12, 30]))
    def grant(self, person: str, images: int, more_days: int | None) -> None:
        home = HOMES[person]
        first = date.fromisoformat(self.today(home))
        days = [(first + timedelta(days=number)).isoformat() for number in range(1 + (more_days or 0))]
        until = None if more_days is None else days[-1]
        what = {"workspace": home, "person": person, "images": images, "money": images * UNIT}
        entry = self.admin(self.ledger.settings.grant, until=until, **what)
        self.model.grant(entry.id, person, tuple(days), images)

    @rule(person=PEOPLE, images=st.integers(0, 9), hours=st.sampled_from([None, 1, 30]))
    def set_person(self, person: str, images: int, hours: int | None) -> None:
        self.set_images((HOMES[person], "person", person), images, hours)

    @rule(images=st.integers(0, 9), hours=st.sampled_from([None, 1, 30]))
    def set_everyone(self, images: int, hours: int | None) -> None:
        self.set_images(("team", "everyone", ANY), images, hours)

    @rule(channel=CHANNELS, images=st.integers(0, 9))
    def set_channel(self, channel: str, images: int) -> None:
        self.set_images(("team", "channel", channel), images, None)

    def set_images(self, place: tuple[str, str, str], images: int, hours: int | None) -> None:
        until = None if hours is None else int(self.now) + hours * HOUR
        where = dict(zip(("workspace", "kind", "ref"), place, strict=True))
        change = Limits(images_per_day=images, until=until)
        entry = self.admin(self.ledger.settings.set_limits, change=change, **where)
        wanted = {"images_per_day": images} | ({} if until is None else {"until": until})
        self.model.change(entry.id, place, self.now, **wanted)

    @rule(person=PEOPLE)
    def reset(self, person: str) -> None:
        place = HOMES[person], "person", person
        entry = self.admin(self.ledger.settings.reset_limits, workspace=place[0], kind="person", ref=person)
        was = self.model.current(place, self.now)
        assert (entry is not None) == bool(FIGURES & was.keys())  # an undo may leave an end without images
        if entry is not None:
            self.model.change(entry.id, place, self.now, images_per_day=None, until=None)

    @rule(person=st.sampled_from([*HOMES, ANY]), blocked=st.booleans(), hours=st.sampled_from([None, 2]))
    def block(self, person: str, blocked: bool, hours: int | None) -> None:
        place = HOMES.get(person, "team"), "everyone" if person == ANY else "person", person
        until = None if hours is None else int(self.now) + hours * HOUR
        entry = self.admin(
            self.ledger.settings.block, workspace=place[0], person=person, blocked=blocked, until=until
        )
        ends = until if blocked else None
        self.model.change(entry.id, place, self.now, blocked=blocked, blocked_until=ends)

    @rule(workspace=st.sampled_from(["team", ANY]), paused=st.booleans())
    def pause(self, workspace: str, paused: bool) -> None:
        place = workspace, "bot" if workspace == ANY else "workspace", ANY
        was = bool(self.model.current(place, self.now).get("blocked"))
        entry = self.admin(self.ledger.settings.pause, workspace=workspace, paused=paused)
        assert (entry is None) == (was == paused)
        if entry is not None:
            self.model.change(entry.id, place, self.now, blocked=paused)
            self.noticed()

    @rule(
        images=st.sampled_from([None, UNLIMITED, 0, 2, 5, 10, 20]),
        at_end=st.sampled_from([None, "stop", "cheaper"]),
    )
    def budget(self, images: int | None, at_end: str | None) -> None:
        amount = images if images in (None, UNLIMITED) else images * UNIT  # type: ignore[operator]
        what = {"workspace": "team", "money_per_month": amount, "at_end": at_end}
        entry = self.admin(self.ledger.settings.set_budget, **what)
        wanted = {} if at_end is None else {"at_end": at_end}
        wanted |= {} if amount is None else {"money_per_month": None if amount == UNLIMITED else amount}
        self.model.change(entry.id, TEAM, self.now, **wanted)
        self.noticed()

    @rule(
        workspace=st.sampled_from(["team", "elsewhere"]),
        language=st.sampled_from([None, "", "de"]),
        zone=st.one_of(st.none(), ZONES),
    )
    def prefer(self, workspace: str, language: str | None, zone: str | None) -> None:
        change = Preferences(language=language)
        entry = self.admin(
            self.ledger.settings.set_preferences, workspace=workspace, change=change, zone=zone
        )
        wanted = {} if language is None else {"language": language or None}
        wanted |= {} if zone is None else {"zone": zone}
        self.model.change(entry.id, (workspace, "workspace", ANY), self.now, **wanted)

    @rule(number=NUMBERS)
    def undo(self, number: int) -> None:
        if self.model.log:
            entry = list(self.model.log)[-1 - number % len(self.model.log)]
            cannot = self.model.cannot_undo(entry)
            answer = self.admin(self.ledger.settings.undo, entry=entry, workspace=None)
            if cannot is not None:
                assert isinstance(answer, CannotUndo)
                assert answer.why == cannot
            else:
                assert isinstance(answer, Entry), answer
                assert answer.reverses == entry
                self.model.undo(entry, answer.id, self.now)
                if self.model.log[entry].place == TEAM:
                    self.noticed()

    @rule(number=NUMBERS)
    def repeat_a_change(self, number: int) -> None:
        if self.again:
            change, answer = self.again[number % len(self.again)]
            assert self.run(change()) == answer

    @rule()
    def tell(self) -> None:
        due = self.run(self.ledger.settings.due_alerts())
        for alert in due:
            self.run(self.ledger.settings.finish_alert(alert))
        assert self.run(self.ledger.settings.due_alerts()) == []

    @rule(one=PEOPLE, other=PEOPLE)
    def link(self, one: str, other: str) -> None:
        if one != other:
            link = self.run(self.ledger.people.link(known(one), known(other), **why()))
            together = self.one[one] | self.one[other]
            assert link is not None
            assert {identity.person for identity in link.identities} == together
            self.one |= dict.fromkeys(together, together)

    @rule(person=PEOPLE)
    def unlink(self, person: str) -> None:
        left = self.run(self.ledger.people.unlink(HOMES[person], person, **why()))
        together = self.one[person]
        assert (left is not None) == (len(together) > 1)
        self.one |= dict.fromkeys(together, together - {person})
        self.one[person] = frozenset({person})

    @rule(seconds=st.sampled_from([60, HOUR, 7 * HOUR, DAY, 10 * DAY, 100 * DAY, -HOUR]))
    def time_passes(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(wanted=st.lists(st.tuples(PEOPLE, CHANNELS), max_size=6), turns=st.integers(0, 4))
    def crash(self, wanted: list[tuple[str, str]], turns: int) -> None:
        """The machine dies while requests wait: what the disk has at that moment is opened elsewhere."""
        requests = [
            make_reservation(1, person=p, workspace=HOMES[p], channel=c, retry_released=True)
            for p, c in wanted
        ]
        acknowledged = self.run(self._die(requests, turns))
        self.again = []
        self.open()
        for request in requests:
            job = self.run(self.ledger.jobs.of_request(request.request_id))
            assert job is not None or request.request_id not in acknowledged
            if job is not None:
                self.jobs[job.id] = Modelled(request, job.day, self.today("*"))
        # A killed process may or may not have recorded a refusal.
        for alert in self.run(self.ledger.settings.due_alerts()):
            if alert.percent == 100:
                self.model.alerts.add((alert.workspace, alert.month, alert.percent, alert.amount))

    async def _die(self, requests: list[Reservation], turns: int) -> set[str]:
        waiting = {r.request_id: asyncio.create_task(self.ledger.jobs.reserve(r)) for r in requests}
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
        opened = self.run(self.ledger.jobs.list_open())
        assert {job.id for job in opened} == {
            k for k, j in self.jobs.items() if j.state in ("reserved", "running")
        }
        for job in opened:
            if job.state == "running":
                assert self.run(self.ledger.jobs.release(job.id, Close(uncertain_micros=job.hold_micros)))
                self.let_go(job.id, job.hold_micros)

    # What holds at any time

    @invariant()
    def nothing_differs(self) -> None:
        if hasattr(self, "ledger"):
            assert self.run(self.ledger.verify()) == []

    @invariant()
    def everybody_has_what_they_should(self) -> None:
        for person, home in HOMES.items() if hasattr(self, "ledger") else ():
            joined, day = self.one[person], self.today(home)
            allowance = self.run(self.ledger.reports.allowance(home, person, ()))
            meter = allowance.images_day
            assert meter.used + meter.held == self.used_by(joined, day)
            assert (meter.limit, meter.granted) == (self.allowed(joined), self.granted(joined, day))
            assert (allowance.day, allowance.joined) == (day, len(joined))

    @invariant()
    def workspaces_are_as_they_were_told(self) -> None:
        for workspace in ("team", "elsewhere") if hasattr(self, "ledger") else ():
            fields = self.model.raw((workspace, "workspace", ANY))
            preferred = self.run(self.ledger.settings.preferences(workspace))
            assert (preferred.language, preferred.at_end) == (fields.get("language"), fields.get("at_end"))
            budget = self.run(self.ledger.settings.budget(workspace))
            assert budget.amount == fields.get("money_per_month")
            month = self.today(workspace)[:7]
            assert (budget.month, budget.spent + budget.held) == (
                month,
                self.used(month, workspace=workspace) * UNIT + self.unbilled(month, workspace),
            )

    @invariant()
    def every_line_is_noticed_once(self) -> None:
        if hasattr(self, "ledger"):
            noticed = self.run(self.ledger._store.read(lambda db: db.execute(NOTICED).fetchall()))
            assert sorted(noticed) == sorted(self.model.alerts)


NOTICED = "SELECT workspace, month, percent, amount FROM alerts"
# Nothing is shrunk: the moment at which a disk was copied cannot be repeated, and shrinking would chase it.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=20,
    stateful_step_count=40,
    deadline=None,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.soak
class TestMachineForLonger(Machine.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(TestMachine.settings, max_examples=100)
