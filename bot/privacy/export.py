"""A copy of all that is kept about one person, as JSON: theirs alone, and as much as one file may hold."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bot.imagine.records import result_of, spec_of
from quotas.ids import id_text
from quotas.privacy.service import About, Here
from quotas.records import Entry, Job, Limits

NAME = "imagine-copy.json"
MOST_JOBS = 2_000  # of one workspace, where a platform takes the file
MOST_BYTES = 8 * 1024 * 1024  # of jobs: Discord takes files of 10 MiB
MOST_FOR_OPERATORS = 1_000_000


@dataclass(frozen=True, slots=True)
class Copy:
    """UTF-8 JSON, and how many jobs it holds."""

    data: bytes
    jobs: int


def copy_of(about: About, now: float, most_bytes: int | None) -> Copy:
    """The newest jobs of each workspace, as long as there is room; None: for all."""
    room = [most_bytes]
    here = [_workspace(each, room) for each in about.here]
    told = {
        "person": about.person,
        "made_at": _moment(now),
        "workspaces": here,
        "log": [_entry(entry, about.person) for entry in about.entries],
    }
    data = json.dumps(told, ensure_ascii=False, indent=1).encode()
    return Copy(data, sum(len(each["jobs"]) for each in here))


def _workspace(here: Here, room: list[int | None]) -> dict[str, Any]:
    setting = here.setting
    return {
        "workspace": here.workspace,
        "name": here.name,
        "joined_with": [f"{one.workspace} {one.person}" for one in here.link.identities],
        "set_for_you": _set(setting) if setting else {},
        "jobs_in_all": here.count,
        "jobs": list(_within(map(_job, here.jobs), room)),
    }


def _within(jobs: Iterable[dict[str, Any]], room: list[int | None]) -> Iterator[dict[str, Any]]:
    for job in jobs:
        if room[0] is not None:
            room[0] -= len(json.dumps(job, ensure_ascii=False, indent=1).encode())
            if room[0] < 0:
                return
        yield job


def _job(job: Job) -> dict[str, Any]:
    ask, result = spec_of(job), result_of(job)
    return {
        "job": id_text(job.id),
        "asked_at": _moment(job.created_at),
        "delivered_at": _moment(job.delivered_at),
        "deleted_at": _moment(job.deleted_at),
        "channel": job.channel,
        "name": job.name,
        "prompt": ask.prompt,
        "private": ask.private,
        "transparent": ask.transparent,
        "tier": job.tier,
        "model": job.model,
        "quality": job.quality,
        "ratio": job.ratio,
        "variants": job.images,
        "origin": job.origin,
        "outcome": result.why if job.closed_at is not None else job.state,
        "pictures": [picture.key for picture in result.pictures],
        "charge_micros": job.charge_micros,
        "cost_micros": job.cost_micros,
        "uncertain_micros": job.uncertain_micros,
    }


def _entry(entry: Entry, person: str) -> dict[str, Any]:
    """Who else is in it is not this person's to have."""
    about = (entry.kind, entry.ref) == ("person", person)
    return {
        "entry": id_text(entry.id),
        "at": _moment(entry.at),
        "workspace": entry.workspace,
        "verb": entry.verb,
        "by_you": entry.author == person,
        "about_you": about,
        "before": json.loads(entry.before) if entry.before else None,
        "after": json.loads(entry.after) if entry.after else None,
        "reason": entry.reason,
    }


def _set(setting: Limits) -> dict[str, Any]:
    return {
        name: value for name, value in asdict(setting).items() if value is not None and value is not False
    }


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
