"""Private answers: the tiers, the allowance, the usage, a person's own page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from bot.port.cards import Header
from bot.wording.german.amounts import _UNLIMITED, _ahead, _count, _month, moment, plural, setting, span
from bot.wording.german.catalog import known
from bot.wording.german.drawing import TRANSPARENT
from bot.wording.shared import ALT_LIMIT, as_many, picture_price
from quotas.catalog import Quote, Tier
from quotas.money import format_dollars
from quotas.records import Allowance, Job, Limits, Meter, Totals


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


NOT_STORED_ROW = ("Gespeichert", "Nein. Diese Bilder gibt es nur in ihrer Nachricht.")
TIERS, QUOTA, RECENT, HELP = "Was ich zeichnen kann", "Dein Kontingent", "Deine letzten Bilder", "So geht es"
HELP_LINE = (
    "Tippe /imagine und was du sehen willst, zum Beispiel: "
    "/imagine roter Fuchs im Schnee --tier ultra --ratio 16:9"
)
QUOTA_COLUMNS = ("", "Grenze", "Zugabe", "Verbraucht", "Vorgemerkt", "Übrig")
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


def not_stored(paid: str) -> str:
    return f"{paid}, nicht gespeichert"


def more(rows: int) -> str:
    return f"und {_count(rows)} weitere"


def ratios(suits: Mapping[str, str]) -> str:
    return "Formate: " + "; ".join(f"{ratio} {known(use)}" for ratio, use in suits.items()) + "."


def tier_columns(per_day: int) -> tuple[str, ...]:
    return ("Stufe", "Modell", "Dauer", "Ein Bild", f"{_count(per_day)} pro Tag, 30 Tage")


def tier_choice(tier: Tier, quote: Quote | None) -> str:
    """Describe a tier in a list of choices: its speed, and its price at the default quality."""
    low, high = tier.speed
    price = f" · {picture_price(quote)} pro Bild" if quote else ""
    return f"{tier.name} · {low}–{high} s{price}"


def ratio_choice(ratio: str, use: str) -> str:
    return f"{ratio} · {known(use)}" if use else ratio


def tier_line(tier: Tier) -> str:
    """Say what a tier is for, and what it cannot do."""
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


def figures(limits: Limits) -> str:
    """Put the figures and tiers of a setting in words."""
    names = ("images_per_day", "money_per_day", "money_per_month")
    values: dict[str, object] = {name: getattr(limits, name) for name in names}
    values["tiers"] = list(limits.tiers) if limits.tiers is not None else None
    return setting({name: value for name, value in values.items() if value is not None})


def ends(at: int | None) -> str:
    return "" if at is None else moment(at)


YOU, EVERYONE_HERE, OTHERS = "Du", "Alle hier", "andere"
NO_CHART = "Das Diagramm fehlt: Andere Diagramme sind vorher dran. Frag in ein paar Sekunden noch einmal."
NOTHING_DRAWN = "In dieser Zeit wurde nichts gezeichnet."
ADMINS_ONLY = "Nur Admins sehen, was andere ausgegeben haben; /usage allein zeigt deins."
_BESIDE = {"cost_micros": "Kosten", "uncertain_micros": "Ungewiss", "beyond_micros": "Nicht geliefert"}
_BY = {
    "tier": "Stufe",
    "person": "Person",
    "channel": "Kanal",
    "day": "Tag",
    "month": "Monat",
    "model": "Modell",
}


def in_channel(channel: str) -> str:
    return f"Kanal {channel}"


def of_both(whom: str, channel: str) -> str:
    return f"{whom} im Kanal {channel}"


def usage_title(totals: Totals, first: str, last: str, whom: str = "") -> str:
    when = first if first == last else f"{first} bis {last}"
    spent = f"{format_dollars(totals.charge_micros)} für {plural(totals.images, 'picture')}"
    return f"{whom or YOU}, {when}: {spent}"


def usage_columns(by: str, beside: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the columns of a usage table. `beside`: the figures besides the charge."""
    return (_by(by), "Bilder", "Berechnet", *(_BESIDE[name] for name in beside))


def usage_row(key: str, totals: Totals, beside: Sequence[str] = ()) -> tuple[str, ...]:
    money = [totals.charge_micros, *(getattr(totals, name) for name in beside)]
    return (key, _count(totals.images), *map(format_dollars, money))


def uncertain_cost(micros: int) -> str:
    """Say what requests whose outcome is unknown may have cost."""
    return (
        f"Ungewiss: bis zu {format_dollars(micros)} wurden vielleicht für Anfragen verlangt, deren Ausgang "
        "niemand kennt. Niemandem wurde das berechnet."
    )


def unproven_cost(micros: int) -> str:
    """Say what pictures that were delivered may have cost besides."""
    return (
        f"Bis zu {format_dollars(micros)} mehr als diese Kosten wurden vielleicht verlangt: der Bilddienst "
        "hat nicht bei allen Anfragen gesagt, was sie verbraucht haben."
    )


def beyond_charge(micros: int) -> str:
    return (
        f"Nicht geliefert: {format_dollars(micros)} wurden über das Berechnete hinaus verlangt, für Bilder, "
        "die nicht ankommen konnten. Niemandem wurde das berechnet."
    )


def and_others(number: int) -> str:
    return f"und noch {_count(number)}"


def bar_labels(days: Sequence[date], monthly: bool) -> tuple[str, ...]:
    """Return the label of each bar, for its day, or for the month that begins with it."""
    if monthly:
        return tuple(
            f"{_short(day)}\n{day.year}" if day.month == 1 or day == days[0] else _short(day) for day in days
        )
    if days[0].strftime("%Y-%m") == days[-1].strftime("%Y-%m"):
        return tuple(str(day.day) for day in days)
    return tuple(f"{day.day}. {_short(day)}" for day in days)


def _short(day: date) -> str:
    """Return the short name of the day's month."""
    return _month(day)[:3]


def number_of(place: int) -> str:
    """Name a person whose name cannot be written, by their place in the table."""
    return f"Nr. {place}"


def no_period(text: str) -> str:
    return (
        f"„{text}“ ist keine Zeit, die ich kenne; schreib today, week, month, 2026-03 oder "
        "2026-03-01..2026-03-31, höchstens ein Jahr."
    )


def chart_alt(
    title: str, spent: Mapping[str, int], by: str = "day", tiers: Mapping[str, int] | None = None
) -> str:
    """Put a chart's figures in words, as many as there is room for; several tiers come first."""
    if tiers and len(tiers) > 1:
        title = f"{title}. Nach Stufe: {_list_amounts(tiers, ALT_LIMIT // 3)}"
    start = f"{title}. Nach {_by(by)}: "
    return f"{start}{_list_amounts(spent, ALT_LIMIT - len(start) - len('.'))}."


def _by(key: str) -> str:
    """Name the key by which a chart is broken down."""
    return _BY.get(key, key)


def _list_amounts(spent: Mapping[str, int], room: int) -> str:
    amounts = [f"{key} {format_dollars(micros)}" for key, micros in spent.items() if micros]
    return as_many(amounts, room, and_others) if amounts else "nichts"


def several_people(text: str, people: Sequence[tuple[str, str]], more: int) -> str:
    """Ask for an id. `people`: the ids and names of a few possible people."""
    listed = ", ".join(f"{name} ({person})" for person, name in people)
    rest = f" und {_count(more)} weitere" if more else ""
    return f"{text} kann mehrere meinen: {listed}{rest}; nenn die ID."


def nobody_called(text: str) -> str:
    return f"Hier hat noch niemand namens {text} gezeichnet; erwähne die Person oder nenn ihre ID."


def too_many_lines(most: int) -> str:
    return (
        f"Das ist mehr als die {most // 1_048_576} MB, die in eine Nachricht passen; frag nach einer "
        "kürzeren Zeit oder nimm die Kommandozeile: imagine usage --csv"
    )
