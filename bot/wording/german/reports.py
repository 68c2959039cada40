"""Private answers: what can be drawn, what is left, what was spent, one's own page."""

from collections.abc import Callable, Mapping

from bot.port.cards import Header
from bot.wording.german.amounts import _UNLIMITED, _ahead, _count, moment, plural, setting, span
from bot.wording.german.catalog import known
from bot.wording.german.drawing import TRANSPARENT
from quotas.catalog import Quote, Tier
from quotas.money import format_dollars
from quotas.records import Allowance, Job, Limits, Meter


def details(job: Job, header: Header, when: str, seconds: float) -> tuple[tuple[str, str], ...]:
    return (
        ("Auftrag", header.job),
        ("Angefragt", f"{when} von {job.name}"),
        ("Stufe", " · ".join(part for part in (header.tier_title, job.quality) if part)),
        ("Modell", job.model),
        ("Format", job.ratio),
        ("Bilder", f"{job.charge_images or 0} von {job.images}"),
        ("Gezeichnet in", span(seconds)),
        (
            "Preis",
            f"{format_dollars(job.official_micros)} × {job.multiplier} pro Bild, seit {job.price_since}",
        ),
        ("Berechnet", format_dollars(job.charge_micros or 0)),
    )


TIERS, QUOTA, RECENT, HELP = "Was ich zeichnen kann", "Dein Kontingent", "Deine letzten Bilder", "So geht es"
HELP_LINE = (
    "Tippe /imagine und was du sehen willst, zum Beispiel: "
    "/imagine roter Fuchs im Schnee --tier ultra --ratio 16:9"
)
QUOTA_COLUMNS = ("", "Grenze", "Zugabe", "Verbraucht", "Vorgemerkt", "Übrig")
RECENT_COLUMNS = ("Wann", "Prompt", "Stufe", "Bezahlt")
NOTHING_YET = "Noch nichts."
SHARED = "Im Kanal geteilt."
_BLOCKED_HERE = "Du bist hier fürs Zeichnen gesperrt. "


def not_shared(retryable: bool) -> str:
    if retryable:
        return "Das Teilen ging gerade nicht; versuch es noch einmal."
    return "In diesen Kanal darf ich nichts stellen."


def no_command(name: str) -> str:
    return f"Den Befehl /{name} gibt es nicht; /help zeigt, welche es gibt."


def paid(job: Job) -> str:
    return f"{plural(job.charge_images or 0, 'picture')}, {format_dollars(job.charge_micros or 0)}"


def more(rows: int) -> str:
    return f"und {_count(rows)} weitere"


def ratios(suits: Mapping[str, str]) -> str:
    return "Formate: " + "; ".join(f"{ratio} {known(use)}" for ratio, use in suits.items()) + "."


def tier_columns(per_day: int) -> tuple[str, ...]:
    return ("Stufe", "Modell", "Dauer", "Ein Bild", f"{_count(per_day)} pro Tag, 30 Tage")


def tier_choice(tier: Tier, quote: Quote | None) -> str:
    """A tier where it is chosen: its speed, and its price at the usual quality."""
    low, high = tier.speed
    price = f" · {format_dollars(quote.unit_micros)} pro Bild" if quote else ""
    return f"{tier.name} · {low}–{high} s{price}"


def ratio_choice(ratio: str, use: str) -> str:
    return f"{ratio} · {known(use)}" if use else ratio


def tier_line(tier: Tier) -> str:
    """What a tier is for, and what it cannot do."""
    lacks = cannot_do(tier)
    return f"{tier.name}: {known(tier.use)}." + (f" Geht nicht: {', '.join(lacks)}." if lacks else "")


def cannot_do(tier: Tier) -> list[str]:
    words = {
        "transparent": TRANSPARENT,
        "edit": "ein Bild bearbeiten",
        "text": "lesbarer Text",
    }
    return [name for capability, name in words.items() if capability not in tier.capabilities]


def quota_rows(allowance: Allowance) -> tuple[tuple[str, ...], ...]:
    def row(name: str, meter: Meter, show: Callable[[int], str]) -> tuple[str, ...]:
        limit = _UNLIMITED if meter.limit is None else show(meter.limit)
        left = _UNLIMITED if meter.left is None else show(meter.left)
        return (name, limit, show(meter.granted), show(meter.used), show(meter.held), left)

    return (
        row("Bilder heute", allowance.images_day, str),
        row("Geld heute", allowance.money_day, format_dollars),
        row("Geld diesen Monat", allowance.money_month, format_dollars),
    )


def renews(allowance: Allowance, now: float) -> str:
    blocked = _BLOCKED_HERE if allowance.blocked else ""
    tiers = f"Du darfst in {', '.join(allowance.tiers)} zeichnen. " if allowance.tiers is not None else ""
    joined = (
        f"Deine {allowance.joined} verbundenen Identitäten teilen es sich. " if allowance.joined > 1 else ""
    )
    when = f"{_ahead(allowance.renews_at - now)}, um Mitternacht {allowance.zone}"
    return f"{blocked}{tiers}{joined}Erneuert sich {when}."


def left_today(allowance: Allowance, now: float) -> tuple[str, str]:
    left = allowance.images_day.left
    amount = _UNLIMITED if left is None else plural(left, "picture")
    return ("Heute übrig", f"{amount}; erneuert sich {_ahead(allowance.renews_at - now)}")


HOME, SET_HERE, BLOCKED = "Deine Bilder", "Hier gesetzte Kontingente", "fürs Zeichnen gesperrt"
SET_COLUMNS = ("Wer", "Was", "Bis")


def figures(found: Limits) -> str:
    """The figures and tiers of a setting."""
    names = ("images_per_day", "money_per_day", "money_per_month")
    values: dict[str, object] = {name: getattr(found, name) for name in names}
    values["tiers"] = list(found.tiers) if found.tiers is not None else None
    return setting({name: value for name, value in values.items() if value is not None})


def ends(at: int | None) -> str:
    return "" if at is None else moment(at)
