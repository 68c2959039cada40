"""Finding pictures again: lists of one's own, and collections that are kept."""

from collections.abc import Sequence

from bot.wording.english.admin_log import moment_in
from bot.wording.english.amounts import span
from bot.wording.english.reports import not_stored, paid
from bot.wording.shared import shortened
from quotas.money import format_dollars
from quotas.records import Job

OPEN, OPEN_ONE, NEWER, OLDER = "Open", "Open one", "Newer", "Older"
KEEP, KEEP_IN, DROP = "Keep", "Keep in…", "Don't keep"
KEPT, NOT_KEPT, KEPT_TITLE = "Kept", "Not kept", "Your kept pictures"
KEEP_IN_TITLE, COLLECTION_LABEL = "Keep in a collection", "Name of the collection, such as logos"
NOT_YOURS_TO_KEEP = "Only the person who asked for it can keep it."
LIST_OVER = "This list has expired. Run the command again."
NOTHING_YET = "There are no pictures of yours here. Type /imagine and what you want to see."
NO_KEPT = "You aren't keeping any pictures yet. Press Keep on one, or react with ⭐."
_NAMES = 8  # collections that one sentence names


def again_for(price: int) -> str:
    """Label the button that draws a job again. `price`: the most that it costs."""
    return f"Again · {format_dollars(price)}"


def listed(job: Job, zone: str, collection: str | None, *, stored: bool) -> str:
    """Say in one line what a listed job is. `collection`: the one that it is kept in; None: not kept."""
    paid_for = paid(job) if stored else not_stored(paid(job))
    kept_in = "" if collection is None else f"kept in {collection}" if collection else "kept"
    return " · ".join(filter(None, [job.tier, paid_for, moment_in(job.created_at, zone), kept_in]))


def page_of(first: int, count: int, total: int) -> str:
    """Say which part of a list a page shows."""
    return f"{first:,}–{first + count - 1:,} of {total:,}" if count > 1 else f"{first:,} of {total:,}"


def found(total: int, words: str) -> str:
    results = f"{total:,} result" + ("" if total == 1 else "s")
    return f'{results} for "{shortened(words)}"' if words else results


def nothing_found(words: str, *, narrowed: bool) -> str:
    """Say that a search found nothing. `narrowed`: to tiers or days."""
    about = f' for "{shortened(words)}"' if words else ""
    wider = "leave out the tier and the period" if narrowed else ""
    others = "try other words" if words else ""
    tip = " or ".join(filter(None, [others, wider]))
    return f"I found no pictures of yours{about}." + (f" {tip[0].upper()}{tip[1:]}." if tip else "")


def kept_in(collection: str | None) -> str:
    """Title the list of a collection; None: of all of them."""
    return f'Kept in "{collection}"' if collection else KEPT_TITLE


def collections(there: Sequence[tuple[str, int]]) -> str:
    """List a person's collections with the number of requests in each. "": the one without a name."""
    named = [f"{name} ({count:,})" for name, count in there if name]
    rest = next((count for name, count in there if not name), 0)
    others = f", and {rest:,} in none" if rest else ""
    names = _list(named)
    return f"Collections: {names}{others}. To see one: /kept and its name."


def no_collection(name: str, names: Sequence[str]) -> str:
    start = f'You have no collection "{shortened(name)}".'
    if not names:
        return f"{start} Press Keep on a picture, then Keep in…, to start one."
    return f"{start} Yours: {_list(names)}."


def _list(names: Sequence[str]) -> str:
    return ", ".join([*names[:_NAMES], *(["…"] if len(names) > _NAMES else [])])


def kept(collection: str, days: int) -> str:
    """Say that pictures are kept. `days`: how long others are."""
    where = f' in "{collection}"' if collection else ""
    return f"I'll keep these pictures{where} longer than the usual {days} days. /kept shows them."


def dropped(seconds: float) -> str:
    """Say that pictures are not kept any more. `seconds`: until they expire."""
    if seconds > 0:
        return f"I don't keep these pictures any longer. They stay for another {span(seconds)}."
    return "I don't keep these pictures any longer. They're past their time, so I'll delete them soon."
