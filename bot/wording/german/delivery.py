"""Notes about something that arrives elsewhere, later or not at all; only some platforms need them."""

from bot.port.cards import Report
from bot.port.protocols import ClosedPlace
from bot.wording.shared import shortened


def to_come(card: Report, here: bool) -> tuple[str, ...]:
    """Return the note about a report's files; none if they come `here`, in the same conversation."""
    if here:
        return ()
    return (BOTH_COME if card.chart and card.file else CHART_COMES if card.chart else FILE_COMES,)


def not_here(bot: str, why: ClosedPlace) -> str:
    """Explain why pictures for a channel come as a direct message. `why`: "" if nobody knows."""
    return {
        "gone": "Den Kanal gibt es nicht mehr, deshalb schicke ich dir das hierher.",
        "thread gone": "Den Thread gibt es nicht mehr, deshalb schicke ich dir das hierher.",
        "thread closed": "Der Thread ist geschlossen, deshalb schicke ich dir das hierher.",
        "removed": "Ich bin dort nicht mehr Mitglied, deshalb schicke ich dir das hierher.",
        "archived": "Der Kanal ist archiviert, deshalb schicke ich dir das hierher.",
        "restricted": (
            "Im Kanal darf ich nichts schreiben, deshalb schicke ich dir das hierher. "
            "Wer den Kanal verwaltet, kann es erlauben."
        ),
        "absent": f"Ich konnte das nicht in den Kanal stellen. Lade mich dort zuerst ein: /invite @{bot}",
        "": "Ich konnte das nicht in den Kanal stellen, deshalb schicke ich es dir hierher.",
    }[why]


def pictures_follow(number: int) -> str:
    """Stand in a channel until the pictures do. If the platform loses the line, it stays above them."""
    return "Das Bild folgt." if number == 1 else f"Die {number} Bilder folgen."


def unconfirmed(platform: str) -> str:
    """Say that nobody knows if the pictures can be seen; posting them again could show them twice."""
    return (
        f"{platform} hat mir nicht gesagt, ob deine Bilder angekommen sind. "
        "Falls du sie nicht siehst: /recent hebt sie für dich auf."
    )


def waiting(pictures: int, prompt: str, requests: int, listed: bool) -> str:
    """Say which pictures could not be delivered. `prompt`: of the first request. `listed`: beside it."""
    how = ". Drück auf „Zeigen“." if listed else ": /recent"
    if requests > 1:
        return f"{pictures} Bilder aus {requests} Anfragen warten auf dich{how}"
    wait = "warten" if pictures > 1 else "wartet"
    return f"{_pictures(pictures)} zu „{shortened(prompt)}“ {wait} auf dich{how}"


def on_its_way(pictures: int, prompt: str) -> str:
    return f"{_pictures(pictures)} zu „{shortened(prompt)}“ {'sind' if pictures > 1 else 'ist'} unterwegs."


def _pictures(count: int) -> str:
    return f"Deine {count} Bilder" if count > 1 else "Dein Bild"


def groups_unknown(platform: str) -> str:
    """Refuse somebody whose groups, and so whose limits, the platform does not tell."""
    return (
        f"Ich konnte deine Gruppen bei {platform} gerade nicht prüfen und weiß deshalb nicht, "
        "was du hier darfst. Berechnet wurde nichts. Versuch es in einer Minute noch einmal."
    )


NOT_BETWEEN_YOU = "An dieser Unterhaltung nehme ich nicht teil, deshalb kann ich es nur hierher stellen."
CHART_COMES = "Das Diagramm kommt als Direktnachricht."
FILE_COMES = "Die Datei kommt als Direktnachricht."
BOTH_COME = "Das Diagramm und die Datei kommen als Direktnachrichten."
NOT_COME = (
    "Dateien kommen als Direktnachricht, aber ich konnte dir keine schicken. Erlaube es und frag noch einmal."
)
NOT_SHOWN = (
    "Ich darf dir keine Direktnachricht schicken, und nur so kommen Bilder zu dir allein. "
    "Erlaube es und drück noch einmal auf „Zeigen“."
)
NOT_TOLD_WHO = (
    "Ich konnte gerade nicht erfahren, wer du bist; berechnet wurde nichts. Frag in einer Minute noch einmal."
)
NOT_OPENED = "Das Formular öffnete sich zu spät, deshalb wurde nichts geändert; versuch es noch einmal."
IN_THREADS = (
    "In Threads gibt es keine Befehle. Erwähne mich dort: mit dem, was du sehen willst, "
    "oder mit einem Befehl wie „quota“."
)
