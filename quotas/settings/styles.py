"""Styles of a workspace: named words that are added to prompts.

A style is a setting of kind `style`, and its name is the ref: each change is an entry, and can be undone.
"""

from collections.abc import Mapping
from typing import Any

from quotas.records import Entry
from quotas.records_workspace import StyleRefused
from quotas.settings.log import STYLE_FIELDS, Change, entry_of, fields_text, write_entry
from quotas.store.transaction import Refusal, Transaction

MOST_STYLES = 24  # of a workspace: with "none", as many as a menu shows on Discord

_HERE = "SELECT name, words FROM styles WHERE workspace = ? ORDER BY name"
_ONE = "SELECT words FROM styles WHERE workspace = ? AND name = ?"
# A full workspace takes new words for a style, but no new style.
_PUT = """INSERT INTO styles (workspace, name, words)
  SELECT :workspace, :name, :words
  WHERE (SELECT COUNT(*) FROM styles WHERE workspace = :workspace AND name <> :name) < :most
  ON CONFLICT (workspace, name) DO UPDATE SET words = excluded.words"""
_DROP = "DELETE FROM styles WHERE workspace = ? AND name = ?"


def read_styles(tx: Transaction, workspace: str) -> dict[str, str]:
    """Return the words of every style of a workspace, by name, in order."""
    return dict(tx.execute(_HERE, (workspace,)).fetchall())


def style_values(tx: Transaction, workspace: str, name: str) -> dict[str, Any]:
    """Return the fields of a style as entries store them; None: not set."""
    row = tx.execute(_ONE, (workspace, name)).fetchone()
    return dict(zip(STYLE_FIELDS, row or (None,), strict=True))


def put(tx: Transaction, workspace: str, name: str, values: Mapping[str, Any]) -> bool:
    """Store a style, or remove it if it has no words. False: the workspace has as many as it may."""
    words = values["words"]
    if words is None:
        tx.execute(_DROP, (workspace, name))
        return True
    bound = {"workspace": workspace, "name": name, "words": words, "most": MOST_STYLES}
    return tx.execute(_PUT, bound).rowcount == 1


def set_style(tx: Transaction, change: Change, words: str | None) -> Entry | Refusal[StyleRefused]:
    """Set the words of a style, or remove it (None). The name is the ref of `change`."""
    if entry := entry_of(tx, change):
        return entry
    before, after = style_values(tx, change.workspace, change.ref), {"words": words}
    if before == after:
        why = StyleRefused("unknown" if words is None else "same", tuple(read_styles(tx, change.workspace)))
        return Refusal(why)
    if not put(tx, change.workspace, change.ref, after):
        return Refusal(StyleRefused("full", tuple(read_styles(tx, change.workspace))))
    texts = fields_text(before), fields_text(after)
    return write_entry(tx, change, "style" if words else "unstyle", texts)
