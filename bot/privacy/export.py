"""A copy of all data about one person, as JSON, without data of others, and small enough for one file."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from bot.imagine.records import result_of, spec_of
from quotas.ids import id_text
from quotas.privacy.service import PersonRecord, WorkspaceRecord
from quotas.records import Entry, Job, Limits

NAME = "imagine-copy.json"
MOST_JOBS = 2_000  # of one workspace, for a file that goes through a platform
MOST_BYTES = 8 * 1024 * 1024  # of all jobs; Discord takes files of up to 10 MiB
MOST_FOR_OPERATORS = 1_000_000  # jobs of one workspace, for a file on disk


@dataclass(frozen=True, slots=True)
class Copy:
    """UTF-8 JSON, and the number of jobs in it."""

    data: bytes
    jobs: int


@dataclass(slots=True)
class _Room:
    """The bytes left for jobs; None: no limit."""

    left: int | None

    def takes(self, job: dict[str, Any]) -> bool:
        """Return whether the job fits, and lower the bytes left by its size."""
        if self.left is None:
            return True
        self.left -= len(json.dumps(job, ensure_ascii=False, indent=1).encode())
        return self.left >= 0


def build_copy(about: PersonRecord, now: float, most_bytes: int | None) -> Copy:
    """Build the copy, with the newest jobs of each workspace that fit into `most_bytes`. None: all jobs.

    `now`: unix seconds.
    """
    room = _Room(most_bytes)
    workspaces = [_workspace(each, room) for each in about.workspaces]
    content = {
        "person": about.person,
        "made_at": _moment(now),
        "workspaces": workspaces,
        "log": [_entry(entry, about.person) for entry in about.entries],
    }
    data = json.dumps(content, ensure_ascii=False, indent=1).encode()
    return Copy(data, sum(len(each["jobs"]) for each in workspaces))


def _workspace(here: WorkspaceRecord, room: _Room) -> dict[str, Any]:
    return {
        "workspace": here.workspace,
        "name": here.name,
        "joined_with": [f"{one.workspace} {one.person}" for one in here.link.identities],
        "set_for_you": _limits(here.setting) if here.setting else {},
        "jobs_in_all": here.count,
        "jobs": list(takewhile(room.takes, (_job(job, here.kept.get(job.id)) for job in here.jobs))),
    }


def _job(job: Job, collection: str | None) -> dict[str, Any]:
    """Describe a job. `collection`: the one that it is kept in; None: not kept."""
    spec, result = spec_of(job), result_of(job)
    return {
        "job": id_text(job.id),
        "asked_at": _moment(job.created_at),
        "delivered_at": _moment(job.delivered_at),
        "deleted_at": _moment(job.deleted_at),
        "channel": job.channel,
        "name": job.name,
        "prompt": spec.prompt,
        "style": spec.style_name or None,
        "private": spec.private,
        "transparent": spec.transparent,
        "tier": job.tier,
        "model": job.model,
        "quality": job.quality,
        "ratio": job.ratio,
        "variants": job.images,
        "origin": job.origin,
        "outcome": result.why if job.closed_at is not None else job.state,
        "kept_in": collection,
        "pictures": [picture.key for picture in result.pictures],
        "charge_micros": job.charge_micros,
        "cost_micros": job.cost_micros,
        "uncertain_micros": job.uncertain_micros,
    }


def _entry(entry: Entry, person: str) -> dict[str, Any]:
    """Describe a log entry without the ids of others, which are not this person's data."""
    is_about_person = (entry.kind, entry.ref) == ("person", person)
    return {
        "entry": id_text(entry.id),
        "at": _moment(entry.at),
        "workspace": entry.workspace,
        "verb": entry.verb,
        "by_you": entry.author == person,
        "about_you": is_about_person,
        "before": json.loads(entry.before) if entry.before else None,
        "after": json.loads(entry.after) if entry.after else None,
        "reason": entry.reason,
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {name: value for name, value in asdict(limits).items() if value is not None and value is not False}


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
