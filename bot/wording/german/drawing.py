"""Pictures: buttons, the card while it is drawn, the gallery, and reasons for having none."""

from bot.wording.german.amounts import ordinal, plural, span
from bot.wording.shared import small_price
from quotas.money import format_dollars
from quotas.store.errors import LedgerBusy, LedgerError

NOTHING_CHARGED = "Berechnet wurde nichts."
STOPPING = "Ich werde gerade neu gestartet; frag in einer Minute noch einmal. Berechnet wurde nichts."
CANCELLED = "Abgebrochen. Berechnet wurde nichts."
TOO_LATE_TO_CANCEL = "Es wird schon gezeichnet und lässt sich nicht mehr zurückrufen."
DELETED = "Gelöscht."
NOT_YOURS_TO_DELETE = "Nur wer danach gefragt hat oder Admin ist, kann das löschen."
STILL_POSTED = "Die Nachricht ließ sich gerade nicht löschen; drück gleich noch einmal auf „Löschen“."
MAY_NOT_DELETE = (
    "Ich darf diese Nachricht hier nicht löschen, deshalb bleibt sie; Admins können sie von Hand löschen."
)
NOT_YOURS_TO_CANCEL = "Nur wer danach gefragt hat oder Admin ist, kann das abbrechen."
NOT_YOURS_TO_SHARE = "Nur wer danach gefragt hat, kann das teilen."
STALE_COMMAND = (
    "Dieser Befehl hat sich geändert, seit deine App ihn geladen hat; "
    "lade die App neu oder frag in einer Minute noch einmal."
)
SLOW_FORM = "Das Öffnen hat zu lange gedauert, deshalb wurde nichts geändert; drück den Knopf noch einmal."
NO_SUCH_WORDS = "Diese Worte kenne ich nicht mehr; tippe sie noch einmal."
REQUEST_OVER = "Eine abgelehnte Anfrage behalte ich einen Tag, und der ist um. Schick sie noch einmal."
NO_SUCH_JOB = "Dieses Bild kenne ich nicht mehr; vielleicht wurde es gelöscht."
NOTHING_MISSING = "Es fehlt nichts: Alle Bilder wurden geliefert."
GONE = "Diese Bilder sind nicht mehr gespeichert; „Nochmal“ zeichnet den Prompt neu."
BUSY = (
    "Ich bin überlastet und konnte deine Anfrage nicht festhalten; berechnet wurde nichts. "
    "Frag in einer Minute noch einmal."
)
NOT_NOTED = (
    "Ich kann gerade nichts festhalten, deshalb wurde nichts geändert und nichts berechnet. "
    "Versuch es später noch einmal. Der Betreiber findet die Ursache in meinem Log."
)
DRAWING_OFF = (
    "Ich kann gerade keine Bilder speichern, deshalb zeichne ich keine. Berechnet wurde nichts. "
    "Der Betreiber weiß Bescheid. Versuch es später noch einmal."
)
NOT_READ = "Ich konnte diese Bilder gerade nicht lesen. Versuch es in einer Minute noch einmal."
TRANSPARENT = "durchsichtiger Hintergrund"
AGAIN, EDIT, DETAILS, DELETE = "Nochmal", "Prompt ändern", "Details", "Löschen"
CANCEL, SHARE, MISSING, PLAIN = "Abbrechen", "Teilen", "Fehlende zeichnen", "Ohne sie zeichnen"
SHOW, SHARE_HERE = "Zeigen", "Hier teilen"
EDIT_PICTURE, VARY, DOWNLOAD = "Bearbeiten", "Variieren", "Herunterladen"
ANSWER = "Dein Bild"  # the title of a dialog that answers a button
IMAGINE_THIS, EDIT_THIS = "Das zeichnen", "Das bearbeiten"
IMAGINE, DRAW, JOIN = "Imagine", "Zeichnen", "Verbinden"
_FIELDS = {
    "prompt": "Prompt",
    "tier": "Stufe",
    "tiers": "Stufen",
    "ratio": "Format",
    "variants": "Varianten",
    "quality": "Qualität",
    "private": "Wer es sieht",
    "transparent": "Durchsichtig",
    "reference": "Bilder als Vorlage",
    "mask": "Maske: was sich am ersten ändern darf",
    "style": "Stil",
}


_HINTS = {"mask": "⬜ Weiß oder Durchsichtiges darf sich ändern, ⬛ Schwarzes bleibt. Fürs erste Bild."}
REPLACES_PICTURES = "Sie ersetzen die Bilder, aus denen es gezeichnet wurde."


def field_label(name: str) -> str:
    """Return the label of a form's field."""
    return _FIELDS.get(name, name.capitalize())


def field_hint(name: str) -> str:
    """Explain a form's field in a line; "" if its label says it all."""
    return _HINTS.get(name, "")


STYLE, WITHOUT_STYLE, NO_STYLE_LABEL = "Stil", "Ohne ihn zeichnen", "Kein Stil"


def field_choice(name: str, on: bool) -> str:
    """Put a yes or no of a form in words."""
    if name == "private":
        return "Nur ich" if on else "Alle hier"
    return "Ja" if on else "Nein"


# --- the card while it is drawn


def summary(tier: str, quality: str, ratio: str, variants: int, price: int, style: str = "") -> str:
    parts = [tier, quality, ratio, _in_style(style), plural(variants, "picture"), format_dollars(price)]
    return " · ".join(part for part in parts if part)


def queued(place: int, seconds: float) -> str:
    if place <= 0:
        return f"fängt gleich an, etwa {span(seconds)}"
    return f"wartet an {ordinal(place)} Stelle, etwa {span(seconds)}"


PAUSED_LINE = "angehalten: Ich kann gerade keine Bilder speichern. Sobald es geht, zeichne ich weiter."


def slowed(failures: int, seconds: float) -> str:
    """Say why a job waits. `failures`: the person's requests in a row that cost money and gave no picture."""
    row = f"deine letzten {failures} Anfragen haben Geld gekostet und kein Bild ergeben"
    return f"wartet, etwa {span(seconds)}: {row}, darum mache ich langsamer"


def drawing(elapsed: float, expected: float) -> str:
    if elapsed > expected:
        return f"wird gezeichnet, bisher {span(elapsed)}; meist dauert es etwa {span(expected)}"
    return f"wird gezeichnet, {span(elapsed)} von etwa {span(expected)}"


# --- the gallery


def caption(
    name: str, tier: str, quality: str, ratio: str, seconds: float, charge: int, style: str = ""
) -> str:
    parts = [name, tier, quality, ratio, _in_style(style), span(seconds), format_dollars(charge)]
    return " · ".join(part for part in parts if part)


def _in_style(name: str) -> str:
    return f"Stil {name}" if name else ""


def alt(prompt: str, number: int, count: int) -> str:
    return f"{prompt} ({number} von {count})"


def picked(number: int, count: int) -> str:
    """Say which picture of a gallery stands by itself."""
    return f"Bild {number} von {count}" if count > 1 else "Bild"


def final_of(price: int) -> str:
    """Label the button that draws one picture for good. `price`: the most that it costs."""
    return f"Endfassung · {format_dollars(price)}"


def put_back(share: float) -> str:
    """Say that the image service changed what a mask protects. `share`: how much of it, from 0 to 1."""
    percent = max(1, round(share * 100))
    return f"Der Bilddienst hat {percent} % außerhalb deiner Maske verändert. Dort ist wieder das Original."


def fewer(delivered: int, images: int, filtered: int, broken: int, failed: int) -> str:
    why = [
        f"{filtered} vom Modell gefiltert" if filtered else "",
        f"{broken} nicht lesbar" if broken else "",
        f"{failed} nicht gezeichnet" if failed else "",
    ]
    reasons = ", ".join(reason for reason in why if reason)
    return f"{delivered} von {images}{f'; {reasons}' if reasons else ''}. Du zahlst für {delivered}."


def other_shape(ratio: str, width: int, height: int) -> str:
    return f"Du wolltest {ratio}; das Modell hat mit {width} × {height} geantwortet."


NOT_STORED = "Ich konnte diese Bilder nicht speichern. Lade sie hier herunter, wenn du sie behalten willst."
FILE_TOO_LARGE = "Diese Datei ist zu groß, um sie hier zu schicken."
REENCODED = "Neu kodiert, weil hier nur kleinere Dateien hochgeladen werden dürfen."


# --- reasons for no picture


def declined(tier: str) -> str:
    return (
        f"{tier} wollte diesen Prompt nicht zeichnen: Die Sicherheitsregeln lassen es nicht zu. "
        f"{NOTHING_CHARGED} Mit anderen Worten oder anderem Motiv kann es gehen."
    )


def not_drawn(why: str, job: str) -> str:
    reasons = {
        "busy": "Das Gateway ist überlastet und hat das Bild auch nach einigem Warten nicht angenommen.",
        "key": "Das Gateway nimmt unseren Schlüssel nicht an, oder das Guthaben ist aufgebraucht; "
        "der Betreiber weiß Bescheid.",
        "model": "Das Gateway hat dieses Modell zurzeit nicht; mit einer anderen Stufe kann es gehen.",
        "request": "Das Gateway hat diese Anfrage nicht angenommen.",
        "unreachable": "Das Gateway war nicht erreichbar.",
        "broken": "Die Bilder, die zurückkamen, waren nicht lesbar.",
    }
    return f"{reasons[why]} {NOTHING_CHARGED} Auftrag {job}."


def unknown(why: str, job: str) -> str:
    if why == "cut off":
        return (
            "Die Verbindung zum Gateway ist mittendrin abgerissen, deshalb kann niemand wissen, ob es "
            f"gezeichnet wurde. {NOTHING_CHARGED} Von selbst wird es nicht wiederholt. Auftrag {job}."
        )
    happened = {
        "deadline": "Der Bilddienst hat zu lange nicht geantwortet",
        "server error": "Der Bilddienst hat mit einem Fehler geantwortet",
        "unreadable answer": "Die Antwort des Bilddienstes war nicht lesbar",
    }[why]
    return (
        f"{happened}. Ob dein Bild gezeichnet wurde, kann ich nicht sagen. "
        f"{NOTHING_CHARGED} Ich versuche es nicht von selbst noch einmal. Auftrag {job}."
    )


def interrupted(job: str) -> str:
    return (
        "Ich wurde mittendrin neu gestartet, deshalb kann niemand wissen, ob es fertig gezeichnet wurde. "
        f"{NOTHING_CHARGED} Von selbst wird es nicht wiederholt. Auftrag {job}."
    )


def never_started(job: str) -> str:
    return (
        "So viele Bilder haben gewartet, dass dieses zu spät an die Reihe käme: Hier kann ich dir nur noch "
        f"kurze Zeit antworten. {NOTHING_CHARGED} Auftrag {job}."
    )


def not_noted(error: LedgerError) -> str:
    """Say that the ledger could not keep a request."""
    return BUSY if isinstance(error, LedgerBusy) else NOT_NOTED


def never_resumed(job: str) -> str:
    return (
        "Ich konnte keine Bilder speichern, deshalb war das Zeichnen angehalten, "
        f"bis es zu spät war, dir hier zu antworten. {NOTHING_CHARGED} Auftrag {job}."
    )


def lost(job: str) -> str:
    return (
        "Deine Bilder wurden gezeichnet, aber ich konnte sie nicht speichern "
        f"und habe sie verloren, bevor ich sie schicken konnte. {NOTHING_CHARGED} Auftrag {job}."
    )


def broke(job: str) -> str:
    return f"Bei uns ist etwas schiefgegangen; berechnet wurde nichts; Auftrag {job}."


# --- help with the prompt

IMPROVED, DESCRIBED, DESCRIBE_TITLE = (
    "Ein besserer Prompt",
    "Ein Prompt für dieses Bild",
    "Dieses Bild beschreiben?",
)
DESCRIBE_LINE = "Ich schreibe einen Prompt dafür. Gezeichnet wird nichts."
DESCRIBE_THIS, DRAW_THIS = "Das beschreiben", "Das zeichnen"
HELP_OFF = "Ich kann gerade nicht mit Prompts helfen. Berechnet wurde nichts. Versuch es später noch einmal."
HELP_BUSY = "Ich arbeite noch am letzten. Berechnet wurde nichts. Versuch es gleich noch einmal."
HELP_ANSWERED = "Das habe ich schon beantwortet. Frag noch einmal, wenn die Antwort weg ist."
HELP_DECLINED = "Die Regeln des Sprachmodells lassen das nicht zu. Berechnet wurde nichts. Versuch andere."
HELP_UNKNOWN = (
    "Das Sprachmodell hat nicht vollständig geantwortet. Ob es etwas kostet, weiß ich nicht. "
    "Dir wurde nichts berechnet, und von selbst frage ich nicht noch einmal."
)
MAY_NOT_DRAW = "Du kannst hier nicht zeichnen, also helfe ich auch nicht mit Prompts. Berechnet wurde nichts."


def improve_label() -> str:
    return "Erst die Worte verbessern"


def improve_choice(on: bool, price: int) -> str:
    """Name the choices of *Improve* in a form. `price`: micro-dollars."""
    return f"Bessere Worte zeigen · etwa {small_price(price)}" if on else "Meine Worte zeichnen"


def describe(price: int) -> str:
    """Label the button that describes a picture. `price`: micro-dollars, at most."""
    return f"Beschreiben · bis {small_price(price)}"


def help_cost(charge: int, *, sample: bool) -> str:
    """Say what a text cost. `sample`: no language model was asked."""
    if sample:
        cost = small_price(charge)
        return f"Das ist ein Beispieltext: Kein Sprachmodell wurde gefragt. Ein echtes kostet etwa {cost}."
    return f"Das hat {small_price(charge)} gekostet. Gezeichnet ist noch nichts."


def no_text(why: str) -> str:
    """Say why there is no text. `why`: as in NotDrawn."""
    reasons = {
        "busy": "Das Sprachmodell ist gerade überlastet.",
        "key": "Der Bilddienst nimmt unseren Schlüssel nicht an. Der Betreiber weiß Bescheid.",
        "model": "Der Bilddienst bietet unser Sprachmodell gerade nicht an. Der Betreiber weiß Bescheid.",
        "request": "Das Sprachmodell hat diese Anfrage nicht angenommen.",
        "unreachable": "Ich konnte den Bilddienst nicht erreichen.",
        "broken": "Das Sprachmodell hat nichts geschickt, was ich brauchen kann.",
    }
    return f"{reasons[why]} Berechnet wurde nichts."
