"""The settings, computed again from the log: each entry has the values that it gave to its fields."""

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
_STYLES = "SELECT workspace, name, words FROM styles"
_ZONES = "SELECT id, COALESCE(next_zone, zone) FROM workspaces WHERE id <> ?"

Place = tuple[str, ...]  # workspace, kind, ref
Fields = dict[str, Any]


def differences(tx: Transaction) -> Iterator[tuple[str, str, str]]:
    """Yield (where, stored, recomputed) of every setting that differs from the log."""
    stored, recomputed = _stored(tx), _logged(tx)
    for place in sorted(stored.keys() | recomputed.keys()):
        stored_fields, logged_fields = stored.get(place, {}), recomputed.get(place, {})
        if stored_fields != logged_fields:
            yield " ".join(place), _text(stored_fields), _text(logged_fields)


def _stored(tx: Transaction) -> dict[Place, Fields]:
    settings: dict[Place, Fields] = {}
    for key in tx.execute(_LIMITS).fetchall():
        setting = limits.read_limits(tx, key)
        settings[key] = log.read_fields(log.fields_text(asdict(setting))) if setting else {}
    for workspace, name, value in tx.execute(_PREFERENCES).fetchall():
        settings.setdefault((workspace, "workspace", ANY), {})[name] = value
    for workspace, zone in tx.execute(_ZONES, (ANY,)).fetchall():
        settings.setdefault((workspace, "workspace", ANY), {})[ZONE] = zone
    for workspace, name, words in tx.execute(_STYLES).fetchall():
        settings[workspace, "style", name] = {"words": words}
    return settings


def _logged(tx: Transaction) -> dict[Place, Fields]:
    settings: dict[Place, Fields] = {}
    for entry in log.list_setting_entries(tx):
        fields = settings.setdefault((entry.workspace, entry.kind, entry.ref), {})
        for name, value in log.fields_after(entry).items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value if name in LIMIT_FIELDS else str(value)
    # The operator's zone is a setting of the process: no admin sets it.
    settings.get((ANY, "workspace", ANY), {}).pop(ZONE, None)
    return settings


def _text(fields: Fields) -> str:
    return json.dumps(fields, sort_keys=True)
