"""Finding pictures again: lists of one's own, and collections that are kept."""

from collections.abc import Sequence

from bot.wording.german.admin_log import moment_in
from bot.wording.german.amounts import span
from bot.wording.german.reports import not_stored, paid
from bot.wording.shared import shortened
from quotas.money import format_dollars
from quotas.records import Job

OPEN, OPEN_ONE, NEWER, OLDER = "Öffnen", "Eines öffnen", "Neuere", "Ältere"
KEEP, KEEP_IN, DROP = "Behalten", "Behalten in …", "Nicht behalten"
KEPT, NOT_KEPT, KEPT_TITLE = "Behalten", "Nicht behalten", "Deine behaltenen Bilder"
KEEP_IN_TITLE, COLLECTION_LABEL = "In Sammlung behalten", "Name der Sammlung, etwa Logos"
NOT_YOURS_TO_KEEP = "Nur wer danach gefragt hat, kann das behalten."
LIST_OVER = "Diese Liste ist abgelaufen. Gib den Befehl noch einmal ein."
NOTHING_YET = "Hier gibt es keine Bilder von dir. Tipp /imagine und was du sehen willst."
NO_KEPT = "Du behältst noch keine Bilder. Drück bei einem auf „Behalten“ oder reagiere mit ⭐."
_NAMES = 8  # collections that one sentence names


def again_for(price: int) -> str:
    """Label the button that draws a job again. `price`: the most that it costs."""
    return f"Nochmal · {format_dollars(price)}"


def listed(job: Job, zone: str, collection: str | None, *, stored: bool) -> str:
    """Say in one line what a listed job is. `collection`: the one that it is kept in; None: not kept."""
    paid_for = paid(job) if stored else not_stored(paid(job))
    kept_in = "" if collection is None else f"behalten in {collection}" if collection else "behalten"
    return " · ".join(filter(None, [job.tier, paid_for, moment_in(job.created_at, zone), kept_in]))


def page_of(first: int, count: int, total: int) -> str:
    """Say which part of a list a page shows."""
    return f"{first}–{first + count - 1} von {total}" if count > 1 else f"{first} von {total}"


def found(total: int, words: str) -> str:
    results = f"{total} Treffer"
    return f"{results} für „{shortened(words)}“" if words else results


def nothing_found(words: str, *, narrowed: bool) -> str:
    """Say that a search found nothing. `narrowed`: to tiers or days."""
    about = f" zu „{shortened(words)}“" if words else ""
    wider = "lass Stufe und Zeitraum weg" if narrowed else ""
    others = "nimm andere Wörter" if words else ""
    tip = " oder ".join(filter(None, [others, wider]))
    return f"Ich habe keine Bilder von dir{about} gefunden." + (f" {tip[0].upper()}{tip[1:]}." if tip else "")


def kept_in(collection: str | None) -> str:
    """Title the list of a collection; None: of all of them."""
    return f"Behalten in „{collection}“" if collection else KEPT_TITLE


def collections(there: Sequence[tuple[str, int]]) -> str:
    """List a person's collections with the number of requests in each. "": the one without a name."""
    named = [f"{name} ({count})" for name, count in there if name]
    rest = next((count for name, count in there if not name), 0)
    others = f" und {rest} in keiner" if rest else ""
    names = _list(named)
    return f"Sammlungen: {names}{others}. Eine ansehen: /kept und ihr Name."


def no_collection(name: str, names: Sequence[str]) -> str:
    start = f"Du hast keine Sammlung „{shortened(name)}“."
    if not names:
        return f"{start} Drück bei einem Bild auf „{KEEP}“, dann auf „{KEEP_IN}“, um eine anzufangen."
    return f"{start} Deine: {_list(names)}."


def _list(names: Sequence[str]) -> str:
    return ", ".join([*names[:_NAMES], *(["…"] if len(names) > _NAMES else [])])


def kept(collection: str, days: int) -> str:
    """Say that pictures are kept. `days`: how long others are."""
    where = f" in „{collection}“" if collection else ""
    return f"Ich behalte diese Bilder{where} länger als die üblichen {days} Tage. /kept zeigt sie."


def dropped(seconds: float) -> str:
    """Say that pictures are not kept any more. `seconds`: until they expire."""
    if seconds > 0:
        return f"Ich behalte diese Bilder nicht länger. Sie bleiben noch {span(seconds)}."
    return "Ich behalte diese Bilder nicht länger. Ihre Zeit ist um, deshalb lösche ich sie bald."
