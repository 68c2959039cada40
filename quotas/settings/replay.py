"""What is set, worked out again from the log: every entry told what it made of the fields that it changed."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from quotas.records import ANY
from quotas.settings import limits, log
from quotas.settings.log import LIMIT_FIELDS, ZONE

_LIMITS = "SELECT workspace, kind, ref FROM limits"
_PREFERENCES = "SELECT workspace, name, value FROM preferences"
_ZONES = "SELECT id, COALESCE(next_zone, zone) FROM workspaces WHERE id <> ?"

Place = tuple[str, ...]  # workspace, kind, ref
Fields = dict[str, Any]


def differences(db: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """(where, stored, recomputed) of every place where what is set is not what the log says."""
    stored, recomputed = _stored(db), _told(db)
    for place in sorted(stored.keys() | recomputed.keys()):
        is_, said = stored.get(place, {}), recomputed.get(place, {})
        if is_ != said:
            yield " ".join(place), _text(is_), _text(said)


def _stored(db: sqlite3.Connection) -> dict[Place, Fields]:
    found: dict[Place, Fields] = {}
    for key in db.execute(_LIMITS).fetchall():
        setting = limits.limits(db, key)
        found[key] = log.told(log.text(asdict(setting))) if setting else {}
    for workspace, name, value in db.execute(_PREFERENCES).fetchall():
        found.setdefault((workspace, "workspace", ANY), {})[name] = value
    for workspace, zone in db.execute(_ZONES, (ANY,)).fetchall():
        found.setdefault((workspace, "workspace", ANY), {})[ZONE] = zone
    return found


def _told(db: sqlite3.Connection) -> dict[Place, Fields]:
    found: dict[Place, Fields] = {}
    for entry in log.of_settings(db):
        fields = found.setdefault((entry.workspace, entry.kind, entry.ref), {})
        for name, value in log.made(entry).items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value if name in LIMIT_FIELDS else str(value)
    found.get((ANY, "workspace", ANY), {}).pop(ZONE, None)  # the operator's zone is no admin's to set
    return found


def _text(fields: Fields) -> str:
    return json.dumps(fields, sort_keys=True)
