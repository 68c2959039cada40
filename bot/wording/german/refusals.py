"""Refusals of a request, before anything is spent."""

from bot.wording.german.amounts import _ahead, moment, plural
from bot.wording.shared import called
from quotas.catalog import Tier
from quotas.money import format_dollars
from quotas.records import Denied


def cannot(tier: Tier, what: str, instead: list[str]) -> str:
    others = f", aber mit {' oder '.join(instead)}" if instead else ""
    return f"Mit {tier.title} geht kein {what}{others}. Berechnet wurde nichts."


def prompt_too_long(tier: Tier, percent: int, instead: list[str]) -> str:
    others = f"Mit {' oder '.join(instead)} geht es. Oder kürze" if instead else "Kürze"
    return (
        f"Dein Prompt ist zu lang für {tier.title}. {others} ihn um etwa {percent} %. Berechnet wurde nichts."
    )


def tier_named(tier: Tier) -> str:
    """Name a tier by its model, and by the name that people type."""
    return f"{tier.title} (Stufe {tier.name})"


def no_tier(name: str, tiers: list[str]) -> str:
    return f"Die Stufe „{name}“ gibt es nicht; zur Wahl: {', '.join(tiers)}."


def no_style(name: str, styles: list[str], nearest: str) -> str:
    if not styles:
        return (
            "Dieser Workspace hat noch keine Stile; Admins legen sie mit /styles set an. "
            "Berechnet wurde nichts."
        )
    meant = f" Meintest du {nearest}?" if nearest else f" Zur Wahl: {', '.join(styles)}."
    return f"Den Stil „{name}“ gibt es hier nicht.{meant} Berechnet wurde nichts."


def no_ratio(ratio: str, ratios: list[str]) -> str:
    return f"Das Format „{ratio}“ gibt es nicht; zur Wahl: {', '.join(ratios)}."


def no_variants(variants: int, most: int) -> str:
    return f"{variants} geht nicht; auf einmal sind 1 bis {most} Bilder möglich."


def other_quality(tier: Tier, quality: str) -> str:
    return f"{tier.title} hat keine Qualität „{quality}“; zur Wahl: {', '.join(tier.qualities)}."


def no_quality(tier: Tier, others: list[str]) -> str:
    where = f"; bei {' und '.join(others)} schon" if others else ""
    return f"Bei {tier.title} ist keine Qualität zu wählen{where}."


KEY_OFF = "Das Gateway lehnt unseren Schlüssel ab; der Betreiber weiß Bescheid."


def model_off(tier: Tier) -> str:
    return f"Das Gateway bietet {tier.title} gerade nicht an; der Betreiber weiß Bescheid."


def no_price(tier: Tier) -> str:
    return (
        f"Für {tier.title} ist kein Preis bekannt, deshalb wird damit nicht gezeichnet. "
        "Der Betreiber kann im Katalog einen eintragen."
    )


def denied(why: Denied, now: float) -> str:
    if why.what == "blocked":
        who = "Du bist hier" if why.kind == "person" else "Hier sind alle"
        ends = f" Die Sperre endet {_when(why, now)}." if why.frees_at is not None else ""
        return f"{who} fürs Zeichnen gesperrt; Admins können das aufheben.{ends}"
    if why.what == "paused":
        return "Das Zeichnen ist hier angehalten; Admins können weiterzeichnen lassen."
    if why.what == "tier":
        allowed = f"; du darfst in {', '.join(why.allowed)} zeichnen"
        instead = allowed if why.allowed else ", und auch keine andere"
        return f"Diese Stufe steht dir hier nicht offen{instead}."
    left = max(0, why.limit - why.used)
    amount = (lambda n: plural(n, "picture")) if why.what == "images" else format_dollars
    allows = f"{_whose(why)} erlaubt {amount(why.limit)} {_PER[why.period]}"
    return f"{allows}; übrig: {amount(left)}, nötig: {amount(why.asked)}.{_frees(why, now)}"


_PER = {"day": "pro Tag", "month": "pro Monat"}


def _whose(why: Denied) -> str:
    if why.joined:
        return "Das kleinste Kontingent deiner verbundenen Identitäten"
    return {
        "person": "Dein eigenes Kontingent",
        "role": "Das Kontingent deiner Rolle",
        "everyone": "Das Kontingent für alle",
        "channel": "Die Grenze für diesen Kanal",
        "workspace": "Die Grenze für diesen Workspace",
        "bot": "Die Grenze für den ganzen Bot",
    }[why.kind]


def _frees(why: Denied, now: float) -> str:
    if why.frees_at is None:
        return ""
    when = _when(why, now)
    if why.asked > why.limit > 0:
        return f" Das erneuert sich {when}, aber für so viel reicht es nie."
    return f" Das erneuert sich {when}." if why.limit else ""


def _when(why: Denied, now: float) -> str:
    at = now if why.frees_at is None else why.frees_at
    return f"{_ahead(at - now)} ({moment(at, why.zone)})"


# --- pictures that people send

MASK_ALONE = "Eine Maske braucht ein Bild, für das sie gilt. Schick das Bild dazu."
REFERENCES_GONE = "Die Vorlagen dieses Bildes sind nicht mehr da. Schick sie noch einmal. Du zahlst nichts."


NO_PICTURES_HERE = "In dieser Nachricht ist kein Bild, das ich als Vorlage nehmen könnte."
FORM_OVER = "Dieses Formular ist zu alt. Wähle an der Nachricht noch einmal „Das bearbeiten“."


def typed_picture(flag: str) -> str:
    return f"{flag} erwartet ein Bild, und das lässt sich nicht eintippen."


_SEND_PICTURES = {
    "discord": "Wähle eine Datei bei den Optionen reference und mask von /imagine.",
    "slack": (
        "Schick /imagine allein, dann kommt ein Formular für Dateien. "
        "Oder erwähne mich und häng die Dateien an."
    ),
    "web": "Füg deine Bilder neben dem Prompt hinzu.",
    "shell": "Nimm die Optionen des Befehls: imagine draw --reference DATEI --mask DATEI.",
}


def send_pictures(platform: str) -> str:
    """Say how people send pictures to work from on a platform."""
    return _SEND_PICTURES.get(platform, "Schick das Bild als Datei.")


def no_picture(name: str) -> str:
    return f"{called(name)} ist kein Bild, das ich verwenden kann. Schick ein PNG, JPEG, WebP oder GIF."


def empty_file(name: str) -> str:
    return f"{called(name)} ist leer. Schick es noch einmal."


def unreadable_picture(name: str) -> str:
    return f"{called(name)} ist beschädigt oder unvollständig, ich kann es nicht lesen. Schick es neu."


def file_elsewhere(name: str) -> str:
    return f"{called(name)} ist nur verlinkt, damit kann ich nichts anfangen. Lade das Bild selbst hoch."


def file_gone(name: str) -> str:
    return f"{called(name)} gibt es nicht mehr. Schick es noch einmal."


def file_not_fetched(name: str) -> str:
    return (
        f"Ich konnte {called(name)} nicht herunterladen. Du zahlst nichts. "
        "Bitte versuch es in einer Minute noch einmal."
    )


def may_not_read(name: str, permission: str) -> str:
    """Refuse a file that the bot lacks the platform's permission for."""
    return (
        f"Ich darf {called(name)} hier nicht lesen. "
        f"Ein Admin muss mich neu installieren, mit der Berechtigung {permission}."
    )


def slow_file(name: str) -> str:
    return f"{called(name)} ließ sich nicht rechtzeitig laden. Schick es noch einmal."


def too_many_bytes(name: str, most: int) -> str:
    return f"{called(name)} ist zu groß. Ein Bild darf bis zu {most // 2**20} MB haben."


def too_many_pixels(name: str, most: int) -> str:
    return f"{called(name)} hat zu viele Pixel. Ein Bild darf bis zu {most // 1_000_000} Megapixel haben."


def other_mask_shape(name: str, mask: tuple[int, int], picture: tuple[int, int]) -> str:
    sizes = f"{mask[0]} × {mask[1]}, dein Bild ist {picture[0]} × {picture[1]}"
    return f"Die Maske {called(name)} hat eine andere Form: {sizes}. Gib beiden dieselbe Form."


def mask_protects_all(name: str) -> str:
    return f"Die Maske {called(name)} lässt nichts frei. Mach durchsichtig oder weiß, was sich ändern darf."


def edits_with(tier: Tier) -> str:
    return f"Gezeichnet mit {tier.title}: das kann mit deinem Bild arbeiten."


def mask_keeps_shape(ratio: str) -> str:
    """Say why another ratio is drawn than was asked for."""
    return f"Mit einer Maske behält das Bild seine Form, darum wird es {ratio}."


def draw_with(tier: Tier, price: int) -> str:
    """Label the button that draws in another tier what this one cannot. `price`: micro-dollars, at most."""
    return priced(f"Mit {tier.title} zeichnen", price)


def priced(label: str, price: int) -> str:
    """Add a price at most, in micro-dollars, to the label of a button."""
    return f"{label} · {format_dollars(price)}"


def add_tier(tier: Tier, price: int) -> str:
    """Say how a shell draws in another tier what this one cannot. `price`: micro-dollars, at most."""
    return f"Mit --tier {tier.name} zeichnet es {tier.title} ({format_dollars(price)})."


def cannot_edit(tier: Tier, instead: list[str]) -> str:
    """Refuse references for a tier that takes none. `instead`: the tiers that do."""
    others = f" Das kann {' oder '.join(instead)}." if instead else ""
    return f"{tier.title} kann nicht mit einem Bild arbeiten.{others} Du zahlst nichts."


def too_many_references(count: int, most: int) -> str:
    return f"Du hast {count} Bilder als Vorlage geschickt. Ich kann bis zu {most} verwenden."
