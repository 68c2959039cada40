"""What is set, worked out again from the log: every entry told what it made of the fields that it changed."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from quotas.records import ANY
from quotas.settings import limits, log
from quotas.settings.log import LIMIT_FIELDS, ZONE
from quotas.store.transaction import Transaction

_LIMITS = "SELECT workspace, kind, ref FROM limits"
_PREFERENCES = "SELECT workspace, name, value FROM preferences"
_ZONES = "SELECT id, COALESCE(next_zone, zone) FROM workspaces WHERE id <> ?"

Place = tuple[str, ...]  # workspace, kind, ref
Fields = dict[str, Any]


def differences(tx: Transaction) -> Iterator[tuple[str, str, str]]:
    """(where, stored, recomputed) of every place where what is set is not what the log says."""
    stored, recomputed = _stored(tx), _told(tx)
    for place in sorted(stored.keys() | recomputed.keys()):
        is_, said = stored.get(place, {}), recomputed.get(place, {})
        if is_ != said:
            yield " ".join(place), _text(is_), _text(said)


def _stored(tx: Transaction) -> dict[Place, Fields]:
    found: dict[Place, Fields] = {}
    for key in tx.execute(_LIMITS).fetchall():
        setting = limits.limits(tx, key)
        found[key] = log.told(log.text(asdict(setting))) if setting else {}
    for workspace, name, value in tx.execute(_PREFERENCES).fetchall():
        found.setdefault((workspace, "workspace", ANY), {})[name] = value
    for workspace, zone in tx.execute(_ZONES, (ANY,)).fetchall():
        found.setdefault((workspace, "workspace", ANY), {})[ZONE] = zone
    return found


def _told(tx: Transaction) -> dict[Place, Fields]:
    found: dict[Place, Fields] = {}
    for entry in log.of_settings(tx):
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
