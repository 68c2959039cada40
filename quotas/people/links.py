"""Identities that are one person: who is joined with whom, and the counter that they share.

An identity always counts on its own counter. One that is joined counts on the shared counter, too, which is
at any moment the sum of its members' own, period by period and grants included. So what was used before
joining counts from then on, and whoever leaves takes along exactly their own.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from quotas.ids import id_text, new_id
from quotas.limits.rules import Rules, Who, resolve, smallest
from quotas.records import ANY, Defaults, Identity
from quotas.settings import limits, log
from quotas.settings.log import Change
from quotas.store.transaction import Refusal, Transaction

MOST = 8  # identities of one person: every request of theirs looks up the settings of each

_TOGETHER = """SELECT link, workspace, person, name, roles FROM links
  WHERE link = (SELECT link FROM links WHERE workspace = ? AND person = ?) ORDER BY workspace, person"""
_ADD = "INSERT INTO links (link, workspace, person, name, roles) VALUES (?, ?, ?, ?, ?)"
_DROP = "DELETE FROM links WHERE link = ?"
_DROP_COUNTER = "DELETE FROM counters WHERE workspace = ? AND kind = 'person' AND ref = ?"
_ADD_UP = """INSERT INTO counters (workspace, kind, ref, period, images, micros, extra_images, extra_micros)
  SELECT ?, 'person', ?, period, SUM(images), SUM(micros), SUM(extra_images), SUM(extra_micros)
  FROM links JOIN counters ON counters.workspace = links.workspace AND counters.ref = links.person
  WHERE link = ? AND kind = 'person' GROUP BY period"""
_SEEN = """UPDATE links SET name = ?, roles = ?
  WHERE workspace = ? AND person = ? AND (name <> ? OR roles <> ?)"""


@dataclass(frozen=True, slots=True)
class Link:
    """One person's identities, and the ref of the counter they share. Alone: no ref, nobody."""

    ref: str = ""
    identities: tuple[Identity, ...] = ()

    def but(self, workspace: str, person: str) -> list[Identity]:
        """The others."""
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


def rules_for(tx: Transaction, who: Who, defaults: Defaults, now: float) -> tuple[Rules, Link]:
    """The rules that hold for `who`, together with whom they count."""
    link = link_of(tx, who.workspace, who.person)
    everyone = [
        who,
        *(Who(one.workspace, one.person, one.roles) for one in link.but(who.workspace, who.person)),
    ]
    own, *others = [
        resolve(limits.limits_for(tx, each.workspace, each.person), each, defaults, now) for each in everyone
    ]
    return (smallest(own, others) if link.ref else own), link


def seen(tx: Transaction, identity: Identity) -> None:
    """Remember what somebody who is joined is called, and which roles they have, where they were seen."""
    roles = json.dumps(identity.roles)
    where = identity.workspace, identity.person
    tx.execute(_SEEN, (identity.name, roles, *where, identity.name, roles))


def join(tx: Transaction, change: Change, one: Identity, other: Identity) -> Link | Refusal[None]:
    """Make two identities, and all that each is joined with, one. Refused beyond MOST; safe to repeat."""
    links = [link_of(tx, each.workspace, each.person) for each in (one, other)]
    if (links[0].ref and links[0].ref == links[1].ref) or log.already(tx, change):
        return links[0]
    old = [each for link in links for each in link.identities]
    together = {_key(each): each for each in (*old, one, other)}  # the two last: as they are now
    if len(together) > MOST:
        return Refusal(None)
    after = _regroup(tx, [link.ref for link in links], sorted(together.values(), key=_key))
    _enter(tx, change, "link", links, after, after.identities)
    return after


def leave(tx: Transaction, change: Change, workspace: str, person: str) -> Link | Refusal[None]:
    """Take one identity out, and give the link as it was. Refused: it is joined with nobody."""
    before = link_of(tx, workspace, person)
    if not before.ref:
        return Refusal(None)
    after = _regroup(tx, [before.ref], before.but(workspace, person))
    _enter(tx, change, "unlink", [before], after, before.identities)
    return before


def _regroup(tx: Transaction, old: Iterable[str], identities: Sequence[Identity]) -> Link:
    """A new link in place of old ones, with a counter that is the sum; none for somebody alone."""
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


def _enter(
    tx: Transaction,
    change: Change,
    verb: str,
    before: Iterable[Link],
    after: Link,
    concerned: Iterable[Identity],
) -> None:
    """An entry for each whom it concerns, so that every workspace's log has it."""
    for number, one in enumerate(concerned):
        was = next((link for link in before if link.has(one)), Link())
        is_ = after if after.has(one) else Link()
        own = replace(change, workspace=one.workspace, ref=one.person)
        own = replace(own, request_id=f"{change.request_id}#{number}") if number else own
        log.write_entry(tx, own, verb, (_text(was), _text(is_)))


def _text(link: Link) -> str | None:
    named = [f"{one.workspace} {one.person}" for one in link.identities]
    return json.dumps({"link": link.ref, "identities": named}) if link.ref else None
