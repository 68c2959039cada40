"""Identities that are linked as one person, and the counter that they share.

An identity always counts on its own counter. A linked identity counts on the shared counter, too, which is
always the sum of its members' own counters, period by period and grants included. What was used before
linking counts from then on, and an identity that leaves takes exactly its own part with it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from quotas.ids import id_text, new_id
from quotas.limits.rules import Requester, Rules, combine_linked, resolve
from quotas.records import ANY, Defaults, Identity
from quotas.settings import limits, log
from quotas.settings.log import Change
from quotas.store.transaction import Refusal, Transaction

MAX_IDENTITIES = 8  # of one person: each of their requests looks up the settings of every identity

_TOGETHER = """SELECT link, workspace, person, name, roles FROM links
  WHERE link = (SELECT link FROM links WHERE workspace = ? AND person = ?) ORDER BY workspace, person"""
_ADD = "INSERT INTO links (link, workspace, person, name, roles) VALUES (?, ?, ?, ?, ?)"
_DROP = "DELETE FROM links WHERE link = ?"
_DROP_COUNTER = "DELETE FROM counters WHERE workspace = ? AND kind = 'person' AND ref = ?"
_ADD_UP = """INSERT INTO counters (workspace, kind, ref, period, images, micros, extra_images, extra_micros)
  SELECT ?, 'person', ?, period, SUM(images), SUM(micros), SUM(extra_images), SUM(extra_micros)
  FROM links JOIN counters ON counters.workspace = links.workspace AND counters.ref = links.person
  WHERE link = ? AND kind = 'person' GROUP BY period"""
_UPDATE = """UPDATE links SET name = ?, roles = ?
  WHERE workspace = ? AND person = ? AND (name <> ? OR roles <> ?)"""


@dataclass(frozen=True, slots=True)
class Link:
    """One person's identities, and the ref of the counter that they share. Both are empty if not linked."""

    ref: str = ""
    identities: tuple[Identity, ...] = ()

    def others(self, workspace: str, person: str) -> list[Identity]:
        """Return the identities but one."""
        return [one for one in self.identities if _key(one) != (workspace, person)]

    def has(self, identity: Identity) -> bool:
        return any(_key(one) == _key(identity) for one in self.identities)


def _key(identity: Identity) -> tuple[str, str]:
    return identity.workspace, identity.person


def link_of(tx: Transaction, workspace: str, person: str) -> Link:
    rows = tx.execute(_TOGETHER, (workspace, person)).fetchall()
    if not rows:
        return Link()
    return Link(rows[0][0], tuple(_identity(*row[1:]) for row in rows))


def _identity(workspace: str, person: str, name: str, roles: str) -> Identity:
    return Identity(workspace, person, name, tuple(json.loads(roles)))


def rules_for(tx: Transaction, who: Requester, defaults: Defaults, now: float) -> tuple[Rules, Link]:
    """Return the rules that hold for `who`, and the link of their identities."""
    link = link_of(tx, who.workspace, who.person)
    everyone = [
        who,
        *(Requester(one.workspace, one.person, one.roles) for one in link.others(who.workspace, who.person)),
    ]
    own, *others = [
        resolve(limits.read_limits_for(tx, each.workspace, each.person), each, defaults, now)
        for each in everyone
    ]
    return (combine_linked(own, others) if link.ref else own), link


def update_identity(tx: Transaction, identity: Identity) -> None:
    """Update the name and the roles of a linked identity; another identity is not stored."""
    roles = json.dumps(identity.roles)
    where = identity.workspace, identity.person
    tx.execute(_UPDATE, (identity.name, roles, *where, identity.name, roles))


def join(tx: Transaction, change: Change, one: Identity, other: Identity) -> Link | Refusal[None]:
    """Link two identities with all their others. Refused beyond MAX_IDENTITIES. Safe to repeat."""
    links = [link_of(tx, each.workspace, each.person) for each in (one, other)]
    if (links[0].ref and links[0].ref == links[1].ref) or log.entry_of(tx, change):
        return links[0]
    old = [each for link in links for each in link.identities]
    together = {_key(each): each for each in (*old, one, other)}  # the two last: with their current names
    if len(together) > MAX_IDENTITIES:
        return Refusal(None)
    after = _regroup(tx, [link.ref for link in links], sorted(together.values(), key=_key))
    _write_entries(tx, change, "link", links, after, after.identities)
    return after


def leave(tx: Transaction, change: Change, workspace: str, person: str) -> Link | Refusal[None]:
    """Unlink one identity, and return the link as it was. Refused if the identity is not linked."""
    before = link_of(tx, workspace, person)
    if not before.ref:
        return Refusal(None)
    after = _regroup(tx, [before.ref], before.others(workspace, person))
    _write_entries(tx, change, "unlink", [before], after, before.identities)
    return before


def _regroup(tx: Transaction, old: Iterable[str], identities: Sequence[Identity]) -> Link:
    """Replace old links by a new one whose counter is the sum; one identity alone gets no link."""
    for ref in old:
        tx.execute(_DROP, (ref,))
        tx.execute(_DROP_COUNTER, (ANY, ref))
    if len(identities) < 2:
        return Link()
    ref = id_text(new_id())
    for one in identities:
        tx.execute(_ADD, (ref, one.workspace, one.person, one.name, json.dumps(one.roles)))
    tx.execute(_ADD_UP, (ANY, ref, ref))
    return Link(ref, tuple(identities))


def _write_entries(
    tx: Transaction,
    change: Change,
    verb: str,
    before: Iterable[Link],
    after: Link,
    identities: Iterable[Identity],
) -> None:
    """Write an entry for each identity, so that the log of every workspace has it."""
    for number, one in enumerate(identities):
        was = next((link for link in before if link.has(one)), Link())
        is_ = after if after.has(one) else Link()
        own = replace(change, workspace=one.workspace, ref=one.person)
        own = replace(own, request_id=f"{change.request_id}#{number}") if number else own
        log.write_entry(tx, own, verb, (_text(was), _text(is_)))


def _text(link: Link) -> str | None:
    identities = [f"{one.workspace} {one.person}" for one in link.identities]
    return json.dumps({"link": link.ref, "identities": identities}) if link.ref else None
