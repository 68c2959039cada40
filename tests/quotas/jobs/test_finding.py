"""Searching delivered jobs, and keeping some beyond their time."""

import pytest

from quotas.jobs.finding import JobSearch
from quotas.ledger import Ledger
from quotas.records import Job
from tests.quotas import helpers
from tests.quotas.helpers import Clock

ANN, BEN = "discord:ann", "discord:ben"


async def draw(ledger: Ledger, words: str, person: str = ANN, **changes: object) -> Job:
    """Draw and deliver a job."""
    job = await helpers.draw(ledger, words=words, person=person, **changes)
    assert await ledger.jobs.deliver(job.id, "discord", "general", str(job.id), "{}")
    return job


async def found(ledger: Ledger, **fields: object) -> list[int]:
    search = JobSearch(**{"workspace": "team", **fields})  # type: ignore[arg-type]
    jobs = [job.id for job in await ledger.finding.search(search, limit=50)]
    assert await ledger.finding.count(search) == len(jobs)
    return jobs


@pytest.mark.parametrize(
    ("prompt", "words", "is_found"),
    [
        ("A red fox in snow", "FOX red", True),
        ("A red fox in snow", "fox blue", False),
        ("Füchse im Schnee", "füchse SCHNEE", True),
        ("STRASSE", "straße", True),
        ("100 % wool", "%", True),
        ("wool", "%", False),
        ("snake_case", "e_c", True),
        ("snakeXcase", "e_c", False),
        ("wow!", "wow!", True),
        ('say "hi"', '"hi"', True),
        ("back\\slash", "\\", True),
        ("ﬁsh", "fish", True),  # a ligature
        ("a fox", "tier", False),  # a name in the request's JSON
        ("a fox", " \u00a0 ", True),
    ],
)
async def test_each_word_is_looked_up_in_any_order_and_case(
    ledger: Ledger, prompt: str, words: str, is_found: bool
) -> None:
    job = await draw(ledger, prompt)
    assert await found(ledger, words=words) == [job.id] * is_found


async def test_what_narrows_a_search(ledger: Ledger) -> None:
    fox = await draw(ledger, "fox")
    owl = await draw(ledger, "owl", tier="fast", channel="random")
    bear = await draw(ledger, "bear", BEN)
    assert await found(ledger) == [bear.id, owl.id, fox.id]
    assert await found(ledger, person=ANN) == [owl.id, fox.id]
    assert await found(ledger, channel="random") == [owl.id]
    assert await found(ledger, tiers=("fast", "gpt")) == [owl.id]
    assert await found(ledger, first_day=fox.day, last_day=fox.day) == [bear.id, owl.id, fox.id]
    assert await found(ledger, last_day="2000-01-01") == await found(ledger, first_day="2999-01-01") == []
    assert await found(ledger, workspace="elsewhere") == []
    assert await found(ledger, before=bear.id) == [owl.id, fox.id]
    assert await found(ledger, job=owl.id) == [owl.id]
    assert await found(ledger, job=owl.id, person=BEN) == []
    page = await ledger.finding.search(JobSearch(workspace="team"), limit=1, offset=1)
    assert [job.id for job in page] == [owl.id]
    team = JobSearch(workspace="team")
    assert await ledger.finding.values("person", team, limit=9) == [BEN, ANN]
    assert await ledger.finding.values("channel", team, limit=9) == ["general", "random"]
    assert await ledger.finding.values("tier", team, limit=1) == ["standard"]
    assert await ledger.finding.values("person", JobSearch(workspace="team", words="fox"), limit=9) == [ANN]


async def test_private_jobs_are_found_by_their_person_alone_until_shared(ledger: Ledger) -> None:
    secret = await draw(ledger, "secret", private=True)
    assert await found(ledger, viewer=ANN) == await found(ledger) == [secret.id]
    assert await found(ledger, viewer=BEN) == []
    await ledger.jobs.share(secret.id, "{}", "discord", "general", "shared")
    assert await found(ledger, viewer=BEN) == [secret.id]


async def test_only_what_still_has_pictures_is_found(ledger: Ledger) -> None:
    deleted, expired = await draw(ledger, "fox"), await draw(ledger, "fox")
    waits = await helpers.reserve(ledger, words="fox")
    assert await found(ledger, words="fox") == [expired.id, deleted.id]
    await ledger.finding.keep(deleted.id)
    await ledger.jobs.remove(deleted.id)
    await ledger.jobs.empty(expired.id, "{}")
    assert await found(ledger) == await found(ledger, kept=True) == []
    assert not await ledger.finding.keep(deleted.id)
    assert not await ledger.finding.keep(waits.id)
    assert await ledger.finding.collections("team", ANN) == []


async def test_what_is_kept_does_not_expire_until_it_is_dropped(ledger: Ledger, clock: Clock) -> None:
    logo, fox = await draw(ledger, "logo"), await draw(ledger, "fox")
    assert await ledger.finding.keep(logo.id, "logos")
    assert await ledger.finding.keep(logo.id, "logos")
    assert await ledger.finding.keep(fox.id)
    assert await found(ledger, kept=True) == [fox.id, logo.id]
    assert await found(ledger, collection="logos") == [logo.id]
    assert await found(ledger, collection="") == [fox.id]
    assert await ledger.finding.collections("team", ANN) == [("", 1), ("logos", 1)]
    later = clock() + 10
    assert await ledger.jobs.list_expired(later, limit=9) == []
    assert await ledger.finding.collection_of(logo.id) == "logos"
    assert await ledger.finding.collections_of([fox.id, logo.id, 1]) == {fox.id: "", logo.id: "logos"}
    assert await ledger.finding.collections_of([]) == {}
    assert await ledger.finding.drop(logo.id)
    assert not await ledger.finding.drop(logo.id)
    assert await ledger.finding.collection_of(logo.id) is None
    assert [job.id for job in await ledger.jobs.list_expired(later, limit=9)] == [logo.id]
