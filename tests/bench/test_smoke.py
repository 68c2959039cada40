"""The benchmarks run, over TLS, and count what they claim to count. So small, their figures mean nothing."""

import math

import pytest

from tests.bench import bursts, edits, finding, load, reports
from tests.bench.parts.aims import Aim, Aims

TINY = bursts.Scale(jobs=2, in_flight=(1, 2), commands=3, rounds=1, whole_rounds=1, machines=("quiet",))


@pytest.mark.parametrize(
    ("platform", "part"), [("discord", "jpeg"), ("socket", "answers"), ("http", "person")]
)
def test_a_burst_of_two_people_is_measured(platform: str, part: str) -> None:
    aims = Aims()
    bursts.main(aims, [platform], [part], TINY)
    assert aims.checked
    assert not [aim for aim in aims.checked if math.isnan(aim.figure)]
    assert not [aim for aim in aims.checked if aim.least and not aim.is_met]


def test_a_load_of_two_jobs_is_measured() -> None:
    aims = Aims()
    load.run(aims, (2,))
    assert [aim.figure > 0 for aim in aims.checked] == [True]


def test_edits_of_two_people_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "SIZE", (400, 300))
    aims = Aims()
    edits.run(aims, 2)
    assert [aim.figure > 0 for aim in aims.checked] == [True, True]


def test_an_aim_says_whether_it_is_met() -> None:
    assert str(Aim("peak", 299.5, 300, "MiB")) == "met      peak: 299.50 MiB   aim <= 300 MiB"
    assert str(Aim("faster", 4.0, 5.0, least=True)) == "NOT MET  faster: 4.00   aim >= 5"
    assert not Aim("nothing measured", math.nan, 1.0).is_met


def test_a_few_searches_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PROMPTS", 50)
    aims = Aims()
    finding.run(aims)
    assert [aim.figure > 0 for aim in aims.checked] == [True, True]


def test_reports_over_a_few_jobs_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "JOBS", 500)
    aims = Aims()
    reports.run(aims)
    assert [aim.figure > 0 for aim in aims.checked] == [True]
