"""Forgetting: the person is removed from every file, amounts stay, and allowances still hold."""

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from quotas.ledger import Ledger
from quotas.people.pending import PendingAction
from quotas.privacy import rest, returning, service
from quotas.privacy.forget import Forgotten, StillOpen
from quotas.privacy.service import Erase
from quotas.records import (
    Allowance,
    Close,
    Defaults,
    Denied,
    Identity,
    Job,
    Limits,
    Reservation,
    Reserved,
    UsageFilter,
)
from quotas.settings.raise_requests import RaiseRequest
from quotas.store.errors import LedgerError
from quotas.store.transaction import Cursor, Parameters, Transaction
from tests.quotas.helpers import (
    DAY,
    HOUR,
    NOON,
    UNIT,
    Clock,
    by,
    draw,
    make_close,
    make_reservation,
    no_pictures,
    reserve,
)

ANN, BOB = "discord:712345678901234567", "discord:712345678901234599"
Answer = Reserved | Denied
NAME, WORDS = "Annabel Quill", "zebra under umbrellas"
HOME, AWAY = "discord:900000000000000001", "slack:T777"
SLACK_ANN = "slack:T777:U0ANNABEL"


def identifying(**changes: object) -> dict[str, object]:
    """Return the fields of a job that identify its person."""
    address = json.dumps({"channel": "discord:dm-of-ann", "private_to": ANN})
    return {
        "person": ANN,
        "name": NAME,
        "workspace": HOME,
        "words": WORDS,
        "request": json.dumps({"prompt": WORDS}),
        "address": address,
        "reply_token": "tok-of-annabel",
        "reply_until": int(NOON) + HOUR,
        **changes,
    }


async def deliver_job(ledger: Ledger, images: int = 2, **changes: object) -> Job:
    """Draw and deliver a job that can be found by its messages."""
    job = await reserve(ledger, images, **identifying(**changes))
    await ledger.jobs.record_card(
        job.id, json.dumps({"id": f"card-{job.id}", "of": ANN}), "discord", "c", f"m{job.id}"
    )
    await ledger.jobs.start(job.id)
    note = json.dumps({"why": "drawn", "sentence": f"{NAME} had {WORDS}", "by": ANN})
    await ledger.jobs.settle(job.id, Close(images=images, charge_micros=images * UNIT, outcome=note))
    await ledger.jobs.deliver(job.id, "discord", "c", f"late{job.id}", json.dumps({"of": ANN}))
    await ledger.jobs.share(job.id, json.dumps({"id": f"card-{job.id}"}), "discord", "c", f"shared{job.id}")
    assert await ledger.finding.keep(job.id, WORDS)
    return job


async def forget(ledger: Ledger, person: str = ANN, workspace: str | None = None) -> Forgotten:
    answer = await ledger.privacy.forget(person, workspace, author=person, reason="asked for", erase=ERASE)
    assert isinstance(answer, Forgotten), answer
    return answer


async def try_to_forget(ledger: Ledger, person: str = ANN) -> Forgotten | StillOpen | None:
    return await ledger.privacy.forget(person, None, author=person, reason="", erase=ERASE)


def strip_outcome(outcome: str) -> str:
    return json.dumps({"why": json.loads(outcome).get("why", "unknown")})


ERASE = Erase(strip_outcome, no_pictures)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def refusal(name: str) -> RaiseRequest:
    """Return a refusal that Ann may ask about."""
    address = json.dumps({"channel": "discord:dm-of-ann", "private_to": ANN})
    return RaiseRequest(
        id=name,
        workspace=HOME,
        person=ANN,
        name=NAME,
        address=address,
        what="images",
        stopped_by="person",
        period="day",
        maximum=4,
        used=4,
        amount=1,
    )


async def leave_traces(ledger: Ledger) -> None:
    """Let Ann leave traces in every table, in two workspaces and with a linked identity; Bob, too."""
    for number in range(30):
        await deliver_job(ledger, 1, channel="general" if number % 2 else "discord:dm-of-ann")
    await deliver_job(ledger, 1, workspace=AWAY, channel="elsewhere")
    await draw(ledger, 3, person=BOB, name="Bob", workspace=HOME)
    await ledger.people.link(
        Identity(HOME, ANN, NAME), Identity(AWAY, SLACK_ANN, NAME), reason="agreed", request_id="link:1"
    )
    await ledger.settings.set_limits(
        workspace=HOME, kind="person", ref=ANN, change=Limits(images_per_day=45), **(by() | {"reason": NAME})
    )
    await ledger.settings.grant(workspace=HOME, person=ANN, images=3, money=0, until="2026-12-02", **by())
    own = by() | {"author": ANN, "reason": f"said {NAME} <@{ANN.partition(':')[2]}>"}
    await ledger.settings.grant(workspace=HOME, person=BOB, images=1, money=0, **own)  # type: ignore[arg-type]
    await ledger.pending.put("words", PendingAction(person=ANN, payload=WORDS))
    await ledger.pending.put("change", PendingAction(person=BOB, subject=ANN, payload=f'{{"ref": "{ANN}"}}'))
    await ledger.pending.put("words", PendingAction(person=BOB, payload=f"<@{ANN.partition(':')[2]}> flying"))
    await ledger.raise_requests.put(refusal("refusal"))
    asked_by_ann = json.dumps({"user": "712345678901234567", "text": WORDS})
    await ledger.kept.put("slack", "asked:1", asked_by_ann, [ANN])
    await ledger.kept.put(
        "web", "message:1", json.dumps({"card": {"person": ANN, "prompt": WORDS}}), [BOB, ANN]
    )
    await ledger.kept.put("web", "message:2", json.dumps({"card": {"person": ANN + "9"}}), [ANN + "9"])


async def test_no_file_has_anything_of_a_forgotten_person(ledger: Ledger, tmp_path: Path) -> None:
    await leave_traces(ledger)
    known = [ANN, ANN.partition(":")[2], NAME, WORDS, "dm-of-ann", "tok-of-annabel", "card-"]
    before = bytes_of(tmp_path)
    assert [word for word in known if word.encode() not in before] == []
    answer = await forget(ledger)
    assert await ledger.privacy.clean(idle=True)
    left = bytes_of(tmp_path).replace((ANN + "9").encode(), b"")
    assert [word for word in known if word.encode() in left] == []
    assert answer.jobs == 31
    assert set(answer.workspaces) == {HOME, AWAY}
    await forget(ledger, SLACK_ANN)
    assert await ledger.privacy.clean(idle=True)
    assert b"U0ANNABEL" not in bytes_of(tmp_path)
    assert await ledger.kept.get("web", "message:2") is not None


async def test_no_bytes_are_left_between_rows(tmp_path: Path, clock: Clock) -> None:
    """Entries leave bytes behind when they move to another page as the log grows."""
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=1_000), clock=clock)
    for number in range(60):
        await deliver_job(ledger, 1, channel=f"channel {number % 3}")
        one, other = Identity(HOME, ANN, NAME), Identity(AWAY, f"{SLACK_ANN}{number % 5}", NAME)
        await ledger.people.link(one, other, reason="x", request_id=f"l{number}")
        await ledger.people.unlink(HOME, ANN, reason="x", request_id=f"u{number}")
        await ledger.settings.grant(workspace=HOME, person=ANN, images=1, money=0, **by())
    await forget(ledger)
    assert await ledger.privacy.clean(idle=True)
    assert ANN.encode() not in bytes_of(tmp_path)
    await ledger.close()


async def test_copies_from_before_an_update_are_removed(ledger: Ledger, tmp_path: Path) -> None:
    copy = tmp_path / "imagine.db.before-006"
    copy.write_text(NAME)
    assert await ledger.privacy.clean(idle=True)
    assert copy.exists(), "nobody was forgotten"
    await deliver_job(ledger)
    await forget(ledger)
    assert await ledger.privacy.clean(idle=True)
    assert not copy.exists()


async def test_the_file_is_written_anew_only_in_a_quiet_moment(ledger: Ledger, clock: Clock) -> None:
    await deliver_job(ledger)
    assert await ledger.privacy.due() is None
    await forget(ledger)
    due = clock.now
    clock.now += 60
    await deliver_job(ledger)
    await forget(ledger)
    assert not await ledger.privacy.clean(idle=False)
    assert await ledger.privacy.due() == due, "a second one does not put it off"
    assert await ledger.privacy.clean(idle=True)
    assert await ledger.privacy.due() is None
    assert await ledger.privacy.clean(idle=False), "there is nothing left to do"


async def test_cleaning_waits_for_readers(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CLEAN_TRIES", 2)
    reader = sqlite3.connect(tmp_path / "imagine.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM jobs").fetchone()
    await deliver_job(ledger)
    assert not await ledger.privacy.clean(idle=True)
    reader.close()
    assert await ledger.privacy.clean(idle=True)
    assert (tmp_path / "imagine.db-wal").stat().st_size == 0


async def test_amounts_stay(ledger: Ledger) -> None:
    await leave_traces(ledger)
    before = {kind: await ledger.reports.usage(UsageFilter(workspace=HOME), kind) for kind in ("tier", "day")}
    month = await ledger.settings.budget(HOME)
    answer = await forget(ledger)
    for kind, report in before.items():
        assert await ledger.reports.usage(UsageFilter(workspace=HOME), kind) == report  # type: ignore[arg-type]
    assert await ledger.settings.budget(HOME) == month
    people = {
        key: (name, sums.images)
        for key, name, sums in (await ledger.reports.usage(UsageFilter(), "person")).rows
    }
    kept = [job.outcome for job in (await ledger.privacy.collect(answer.pseudonym, 99)).workspaces[0].jobs]
    assert kept == ['{"why": "drawn"}'] * 30
    assert people == {answer.pseudonym: ("", 31), BOB: ("Bob", 3)}


async def test_the_log_can_still_be_read(ledger: Ledger) -> None:
    await leave_traces(ledger)
    answer = await forget(ledger)
    lines = [
        (each.verb, each.author, each.ref, each.reason) for each in await ledger.settings.entries(HOME, 20)
    ]
    nobody = answer.pseudonym
    assert lines == [
        ("forget", nobody, nobody, "asked for"),
        ("unlink", nobody, nobody, ""),
        ("grant", nobody, BOB, f"said {nobody} {nobody}"),
        ("grant", "discord:boss", nobody, ""),
        ("set", "discord:boss", nobody, ""),
        ("link", nobody, nobody, ""),
    ]
    assert nobody.startswith("discord:forgotten-")
    assert len(nobody) == len("discord:forgotten-") + 13


async def test_one_of_two_linked_identities_is_forgotten(ledger: Ledger) -> None:
    await leave_traces(ledger)
    await forget(ledger)
    assert (await ledger.people.link_of(AWAY, SLACK_ANN)).ref == ""
    assert (await ledger.privacy.collect(SLACK_ANN, 9)).workspaces[0].name == ""
    assert [each.verb for each in await ledger.settings.entries(AWAY, 9)] == ["forget", "unlink", "link"]


async def test_a_person_can_be_forgotten_twice(ledger: Ledger) -> None:
    await deliver_job(ledger)
    first = await forget(ledger)
    assert await try_to_forget(ledger) is None
    await deliver_job(ledger)
    second = await forget(ledger)
    assert second.pseudonym != first.pseudonym
    assert second.jobs == 1, "what the first time left is nobody's"


async def test_a_message_that_was_on_its_way_leads_to_nobody(ledger: Ledger) -> None:
    job = await deliver_job(ledger)
    await forget(ledger)
    await ledger.jobs.map_message(job.id, "discord", "c", "late")
    await ledger.jobs.record_card(job.id, "{}", "discord", "c", "card")
    await ledger.jobs.share(job.id, json.dumps({"of": ANN}), "discord", "c", "shared")
    for message in ("late", "card", "shared"):
        assert await ledger.jobs.of_message("discord", "c", message) is None
    assert await ledger.jobs.share_of(job.id) is None


async def test_others_write_between_the_batches(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs, messages, what waits and what the person wrote in the log may be many."""
    monkeypatch.setattr(rest, "AT_ONCE", 10)
    many = 2 * rest.AT_ONCE + 1
    for number in range(many):
        await deliver_job(ledger, 1)
        await ledger.kept.put("web", f"{number}", ANN, [ANN])
        one = by() | {"author": ANN, "reason": f"of {ANN}"}
        await ledger.settings.grant(workspace=HOME, person=BOB, images=1, money=0, **one)  # type: ignore[arg-type]
    batches: list[int] = []

    async def delete(jobs: Sequence[int]) -> None:
        batches.append(len(jobs))
        await reserve(ledger, 1, person=BOB, workspace=HOME)

    _, before, _ = ledger.pulse
    answer = await ledger.privacy.forget(ANN, None, author=ANN, reason="", erase=Erase(strip_outcome, delete))
    assert isinstance(answer, Forgotten)
    assert (answer.jobs, batches) == (many, [rest.AT_ONCE, rest.AT_ONCE, 1])
    _, after, _ = ledger.pulse
    assert after - before >= 3 * 3 + 3, "three batches each of jobs, kept values and entries"
    assert await ledger.verify() == []


class Killed(Exception):
    """The process was killed at this write."""


def die_at(ledger: Ledger, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process be killed before the write of this number."""
    write, left = ledger._store.write, number

    async def write_or_die(operation: Any) -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return await write(operation)

    monkeypatch.setattr(ledger._store, "write", write_or_die)


async def test_a_forgetting_that_was_killed_is_finished(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed before each of its writes in turn."""
    monkeypatch.setattr(rest, "AT_ONCE", 12)
    monkeypatch.setattr("quotas.ledger.VERIFY_TRIES", 1)
    secrets = [ANN.encode(), NAME.encode(), WORDS.encode(), b"dm-of-ann", b"tok-of-annabel"]
    for kills in range(1, 99):
        folder = tmp_path / str(kills)
        ledger = await Ledger.open(folder, Defaults(images_per_day=99), clock=clock)
        await leave_traces(ledger)
        before = await ledger.reports.usage(UsageFilter(), "day")
        die_at(ledger, kills, monkeypatch)
        try:
            await forget(ledger)
            break
        except Killed:
            await ledger.close()
        ledger = await Ledger.open(folder, Defaults(images_per_day=99), clock=clock)
        assert ANN not in {key for key, *_ in (await ledger.reports.usage(UsageFilter(), "person")).rows}
        assert [one.invariant for one in await ledger.verify()] == ["nobody is half forgotten"]
        await ledger.privacy.finish(ERASE)
        assert await ledger.verify() == []
        assert await ledger.reports.usage(UsageFilter(), "day") == before
        assert await ledger.privacy.clean(idle=True)
        content = bytes_of(folder).replace((ANN + "9").encode(), b"")
        assert [word for word in secrets if word in content] == [], f"killed at write {kills}"
        await ledger.close()
    assert kills > 5
    await ledger.close()


async def test_whoever_comes_back_while_the_rest_follows_has_what_they_had(
    ledger: Ledger, clock: Clock
) -> None:
    await deliver_job(ledger, 45)
    await ledger.settings.set_limits(
        workspace=HOME, kind="person", ref=ANN, change=Limits(images_per_day=46), **by()
    )
    new: list[Job] = []

    async def come_back(_: Sequence[int]) -> None:
        assert isinstance(await ledger.jobs.reserve(make_reservation(2, **identifying())), Denied)
        new.append(await deliver_job(ledger, 1))

    erase = Erase(strip_outcome, come_back)
    answer = await ledger.privacy.forget(ANN, None, author=ANN, reason="", erase=erase)
    assert isinstance(answer, Forgotten)
    assert answer.jobs == 1
    found = await ledger.jobs.get(new[0].id)
    assert found is not None
    assert found.person == ANN, "what was drawn since is theirs"
    assert await ledger.jobs.of_message("discord", "c", f"m{new[0].id}") is not None
    assert await ledger.verify() == []


async def test_nobody_is_forgotten_while_a_job_is_open(ledger: Ledger) -> None:
    job = await reserve(ledger, 2, **identifying())
    assert await ledger.privacy.forget(ANN, None, author=ANN, reason="", erase=ERASE) == StillOpen(1)
    await ledger.jobs.start(job.id)
    assert await ledger.privacy.forget(ANN, None, author=ANN, reason="", erase=ERASE) == StillOpen(1)
    await ledger.jobs.settle(job.id, make_close(2))
    assert (await forget(ledger)).jobs == 1
    assert await ledger.jobs.list_undelivered() == []
    assert not await ledger.jobs.deliver(job.id, "discord", "c", "m1", "{}"), (
        "what was on its way leaves no trace"
    )
    assert await ledger.jobs.of_message("discord", "c", "m1") is None


async def test_forgetting_gives_no_new_allowance(ledger: Ledger, clock: Clock) -> None:
    await deliver_job(ledger, 45)
    await ledger.settings.grant(workspace=HOME, person=ANN, images=3, money=0, until="2026-12-02", **by())
    await forget(ledger)
    meter = (await ledger.reports.allowance(HOME, ANN, ())).images_day
    assert (meter.used, meter.granted, meter.left) == (45, 3, 8)
    assert isinstance(await ledger.jobs.reserve(make_reservation(9, **identifying())), Denied)
    assert isinstance(await ledger.jobs.reserve(make_reservation(8, **identifying())), Reserved)
    clock.now += DAY
    meter = (await ledger.reports.allowance(HOME, ANN, ())).images_day
    assert (meter.used, meter.granted, meter.left) == (0, 3, 53)


@pytest.mark.parametrize("blocked", [False, True])
async def test_a_request_beside_a_forgetting_gets_no_new_allowance(
    tmp_path: Path, clock: Clock, *, blocked: bool
) -> None:
    """The requests meet the forgetting before, within and after its transaction: their delays are swept."""
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=4), clock=clock)
    for number in range(48):
        who = f"discord:80{number}"
        await draw(ledger, 4, person=who)
        if blocked:
            await ledger.settings.block(workspace="team", person=who, blocked=True, until=None, **by())
        asked = [make_reservation(1, person=who) for _ in range(4)]

        async def ask(asked: list[Reservation] = asked, pause: float = number / 10_000) -> list[Answer]:
            await asyncio.sleep(pause)
            return await asyncio.gather(*map(ledger.jobs.reserve, asked))

        answers, _ = await asyncio.gather(ask(), forget(ledger, who))
        assert {answer.what for answer in answers if isinstance(answer, Denied)} == {
            "blocked" if blocked else "images"
        }
        assert [answer for answer in answers if isinstance(answer, Reserved)] == []
        meter = (await ledger.reports.allowance("team", who, ())).images_day
        assert (meter.used, meter.left) == (4, 0)
    assert await ledger.verify() == []
    await ledger.close()


async def test_an_allowance_read_beside_a_forgetting_is_the_same(ledger: Ledger) -> None:
    for number in range(24):
        who = f"discord:81{number}"
        await draw(ledger, 4, person=who)

        async def read(who: str = who, pause: float = number / 5_000) -> Allowance:
            await asyncio.sleep(pause)
            return await ledger.reports.allowance("team", who, ())

        allowance, _ = await asyncio.gather(read(), forget(ledger, who))
        assert allowance.images_day.used == 4


async def test_verify_finds_who_came_back_without_their_amounts(tmp_path: Path, clock: Clock) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=4), clock=clock)
    await draw(ledger, 3, person=ANN)
    pseudonym = (await forget(ledger)).pseudonym
    db = sqlite3.connect(tmp_path / "imagine.db")
    digest = db.execute("SELECT * FROM forgotten").fetchone()
    db.close()
    await reserve(ledger, 1, person=ANN)
    assert await ledger.verify() == []
    await ledger.close()
    db = sqlite3.connect(tmp_path / "imagine.db")
    with db:
        db.execute("INSERT INTO kept VALUES ('privacy', 'key', 'beef', 1) ON CONFLICT DO NOTHING")
        db.execute("INSERT INTO forgotten VALUES (?, ?, ?, ?)", digest)
    beside = await Ledger.open(tmp_path, Defaults(), clock=clock, read_only=True)
    (found,) = await beside.verify()
    assert found.where == f"team {ANN}"
    assert found.recomputed == f"the amounts of {pseudonym}"
    with db:
        db.execute("DELETE FROM forgotten")
        db.execute("DELETE FROM carried")
    assert {found.where for found in await beside.verify()} == {
        f"team person {ANN} 2026-11-22",
        f"team person {ANN} 2026-11",
    }
    db.close()
    await beside.close()


async def test_others_need_no_statement_while_somebody_may_come_back(ledger: Ledger) -> None:
    def count(tx: Transaction) -> int:
        counting = Counting(tx)
        ledger.jobs._welcome(counting, "team", BOB, NOON)
        return counting.statements

    await draw(ledger, 3, person=ANN)
    await forget(ledger)
    assert await ledger._store.write(count) == 0


@dataclass
class Counting:
    """A transaction that counts its statements."""

    tx: Transaction
    statements: int = 0

    def execute(self, sql: str, parameters: Parameters = (), /) -> Cursor:
        self.statements += 1
        return self.tx.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        self.statements += 1
        return self.tx.executemany(sql, parameters)


async def test_the_money_of_the_month_continues(ledger: Ledger, clock: Clock) -> None:
    await ledger.settings.set_limits(
        workspace=HOME, kind="everyone", ref="*", change=Limits(money_per_month=10 * UNIT), **by()
    )
    await deliver_job(ledger, 9)
    await forget(ledger)
    clock.now += DAY
    assert isinstance(await ledger.jobs.reserve(make_reservation(2, **identifying())), Denied)
    assert isinstance(await ledger.jobs.reserve(make_reservation(1, **identifying())), Reserved)


async def test_a_block_and_a_setting_hold(ledger: Ledger, clock: Clock) -> None:
    await deliver_job(ledger)
    await ledger.settings.set_limits(
        workspace=HOME, kind="person", ref=ANN, change=Limits(images_per_day=7), **by()
    )
    await ledger.settings.block(workspace=HOME, person=ANN, blocked=True, until=None, **by())
    await forget(ledger)
    clock.now += 80 * DAY
    await ledger.privacy.expire_digests()
    answer = await ledger.jobs.reserve(make_reservation(1, **identifying()))
    assert isinstance(answer, Denied)
    assert answer.what == "blocked"
    entry = await ledger.settings.block(workspace=HOME, person=ANN, blocked=False, until=None, **by())
    assert (await ledger.reports.allowance(HOME, ANN, ())).images_day.limit == 7
    assert not isinstance(await ledger.settings.undo(entry=entry.id, workspace=HOME, **by()), str)


async def test_a_setting_made_since_holds(ledger: Ledger) -> None:
    await deliver_job(ledger)
    await ledger.settings.block(workspace=HOME, person=ANN, blocked=True, until=None, **by())
    await forget(ledger)
    await ledger.settings.block(workspace=HOME, person=ANN, blocked=True, until=None, **by())
    await ledger.settings.block(workspace=HOME, person=ANN, blocked=False, until=None, **by())
    assert isinstance(await ledger.jobs.reserve(make_reservation(1, **identifying())), Reserved)


async def test_an_operators_block_holds_everywhere(ledger: Ledger) -> None:
    await deliver_job(ledger)
    await ledger.settings.block(workspace="*", person=ANN, blocked=True, until=None, **by())
    await forget(ledger)
    assert isinstance(await ledger.jobs.reserve(make_reservation(1, **identifying(workspace=AWAY))), Denied)


async def test_a_person_who_came_back_can_be_linked(ledger: Ledger) -> None:
    await deliver_job(ledger, 20)
    await forget(ledger)
    other = Identity(AWAY, SLACK_ANN, NAME)
    await ledger.people.link(Identity(HOME, ANN, NAME), other, reason="agreed", request_id="link:1")
    meter = (await ledger.reports.allowance(HOME, ANN, ())).images_day
    assert meter.used == 20, "the counter they share has it, too"
    await forget(ledger)


async def test_the_digest_is_deleted_with_the_month(ledger: Ledger, clock: Clock) -> None:
    await deliver_job(ledger)
    await ledger.settings.block(workspace=HOME, person=BOB, blocked=True, until=None, **by())
    await forget(ledger)
    await ledger.privacy.expire_digests()
    assert await ledger.kept.get(returning.NAMESPACE, returning.KEY)
    clock.now += 9 * DAY
    await ledger.privacy.expire_digests()
    assert await ledger.kept.get(returning.NAMESPACE, returning.KEY) is None
    meter = (await ledger.reports.allowance(HOME, ANN, ())).money_month
    assert meter.used == 0


async def test_digests_are_loaded_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=50), clock=clock)
    await deliver_job(ledger, 45)
    await forget(ledger)
    await ledger.close()
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=50), clock=clock)
    assert isinstance(await ledger.jobs.reserve(make_reservation(6, **identifying())), Denied)
    assert await ledger.verify() == []
    await ledger.close()


async def test_a_person_is_forgotten_in_one_workspace_only(ledger: Ledger) -> None:
    await deliver_job(ledger)
    await deliver_job(ledger, workspace=AWAY)
    await ledger.people.link(
        Identity(HOME, ANN, NAME), Identity(AWAY, SLACK_ANN, NAME), reason="agreed", request_id="link:1"
    )
    answer = await forget(ledger, workspace=HOME)
    assert answer.workspaces == (HOME,)
    assert [here.workspace for here in (await ledger.privacy.collect(ANN, 9)).workspaces] == [AWAY]
    (unlinked, *_) = await ledger.settings.entries(AWAY, 9)
    assert f"{HOME} {ANN}" not in f"{unlinked.before}"
    assert await ledger.privacy.list_people(HOME, "discord") == []
    assert await ledger.privacy.list_people(AWAY, "discord") == [ANN]


async def test_only_channels_of_the_person_alone_are_renamed(ledger: Ledger) -> None:
    await deliver_job(ledger, channel="general")
    await deliver_job(ledger, channel="alone")
    await deliver_job(ledger, channel="capped")
    await draw(ledger, person=BOB, workspace=HOME, channel="general")
    await ledger.settings.set_limits(
        workspace=HOME, kind="channel", ref="capped", change=Limits(images_per_day=9), **by()
    )
    answer = await forget(ledger)
    rows = (await ledger.reports.usage(UsageFilter(), "channel")).rows
    assert {key for key, _, _ in rows} == {"general", "capped", f"{answer.pseudonym}/1"}


async def test_the_database_allows_only_pseudonyms_in_entries(ledger: Ledger) -> None:
    await ledger.settings.grant(workspace=HOME, person=ANN, images=3, money=0, **by())
    for change in (
        "images = 4",
        "reason = ''",
        "author = 'discord:me'",
        "ref = 'discord:me'",
        "after = NULL",
        "verb = 'set'",
        "at = 0",
    ):
        with pytest.raises(LedgerError, match="never changed"):
            await ledger._store.write(lambda db, sql=change: db.execute(f"UPDATE entries SET {sql}"))  # type: ignore[misc]


async def test_a_person_record_has_jobs_settings_and_entries(ledger: Ledger) -> None:
    await leave_traces(ledger)
    about = await ledger.privacy.collect(ANN, 10)
    assert [(here.workspace, here.name, here.count, len(here.jobs)) for here in about.workspaces] == [
        (HOME, NAME, 30, 10),
        (AWAY, NAME, 1, 1),
    ]
    assert {job.person for here in about.workspaces for job in here.jobs} == {ANN}
    assert about.workspaces[0].setting == Limits(images_per_day=45)
    assert [one.person for one in about.workspaces[0].link.identities] == [ANN, SLACK_ANN]
    assert all(ANN in (entry.author, entry.ref) for entry in about.entries)
    assert [entry.verb for entry in about.entries] == ["grant", "grant", "set", "link", "link"]


@pytest.mark.parametrize("seed", range(8))
async def test_random_lives_add_up(seed: int, ledger: Ledger, clock: Clock, tmp_path: Path) -> None:
    """Four people do random things in two workspaces."""
    life = Life(random.Random(seed), ledger, clock)
    for step in range(60):
        await life.step()
        if step % 5 == 0:
            assert await ledger.verify() == [], step
    for job in await ledger.jobs.list_open():
        await ledger.jobs.release(job.id, Close())
    for who in life.people:
        await ledger.privacy.forget(who, None, author=who, reason="", erase=ERASE)
    assert await ledger.privacy.clean(idle=True)
    assert b"discord:90" not in bytes_of(tmp_path)


@dataclass
class Life:
    dice: random.Random
    ledger: Ledger
    clock: Clock
    people: tuple[str, ...] = tuple(f"discord:90{number}" for number in range(4))

    async def step(self) -> None:
        who, place = self.dice.choice(self.people), self.dice.choice(["team", "guild"])
        deeds = [self.draw] * 3 + [self.grant, self.set, self.link] + [self.forget] * 2 + [self.wait]
        await self.dice.choice(deeds)(who, place)

    async def draw(self, who: str, place: str) -> None:
        wanted = make_reservation(self.dice.randint(1, 9), person=who, name=f"N{who}", workspace=place)
        answer = await self.ledger.jobs.reserve(wanted)
        if isinstance(answer, Reserved) and self.dice.random() < 0.8:
            await self.ledger.jobs.start(answer.job.id)
            close = self.ledger.jobs.settle if self.dice.random() < 0.7 else self.ledger.jobs.release
            await close(answer.job.id, make_close(1) if close == self.ledger.jobs.settle else Close())

    async def grant(self, who: str, place: str) -> None:
        days = timedelta(self.dice.choice([0, 0, 12]))
        until = (datetime.fromtimestamp(self.clock.now, UTC) + days).date().isoformat()
        await self.ledger.settings.grant(workspace=place, person=who, images=2, money=5, until=until, **by())

    async def set(self, who: str, place: str) -> None:
        change = Limits(images_per_day=self.dice.randint(5, 40))
        await self.ledger.settings.set_limits(workspace=place, kind="person", ref=who, change=change, **by())

    async def link(self, who: str, place: str) -> None:
        one, other = Identity(place, who, who), Identity("guild", self.dice.choice(self.people), "x")
        if one != other:
            await self.ledger.people.link(one, other, reason="", request_id=by()["request_id"])

    async def forget(self, who: str, place: str) -> None:
        where = self.dice.choice([None, place])
        await self.ledger.privacy.forget(who, where, author=who, reason="", erase=ERASE)

    async def wait(self, who: str, place: str) -> None:
        self.clock.now += self.dice.choice([HOUR, DAY, 12 * DAY])
        await self.ledger.privacy.expire_digests()
