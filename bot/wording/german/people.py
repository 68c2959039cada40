"""Joined identities of one person."""

from bot.wording.german.amounts import _ahead, span

LINK = "Deine Identitäten verbinden"
LINK_MEANS = (
    "Verbunden zeichnen beide Seiten aus einem Kontingent: Das kleinere gilt für beide, und was heute "
    "verbraucht wurde, zählt mit. /link undo trennt sie wieder."
)
NO_SUCH_CODE = (
    "Dieser Code gilt nicht oder nicht mehr; /link gibt einen neuen, für zehn Minuten und ein einziges Mal."
)
OWN_CODE = "Diesen Code hast du hier bekommen; gib ihn dort ein, wo du jemand anderes bist."
NOTHING_TO_LINK = (
    "Du darfst hier nichts zeichnen, und verbunden würde das kleinere Kontingent überall gelten; "
    "nimm /link dort, wo du zeichnen darfst."
)
TOO_MANY_LINKED = "Das wären zu viele Identitäten für eine Person; /link undo trennt eine."
NOT_LINKED = "Du bist hier mit niemandem verbunden."
CODE_ENDED = "Dein Code gilt nicht mehr; er verbindet niemanden."
LINK_REASON, UNLINK_REASON = "ein Code, dem beide Seiten zugestimmt haben", "von dieser Person gewünscht"


def somebody(name: str, platform: str) -> str:
    return f"{name} auf {platform}"


def link_code(code: str, seconds: float) -> str:
    return f"Gib das dort ein, wo du verbunden sein willst (gilt noch {span(seconds)}): /link {code}"


def too_many_codes(seconds: float) -> str:
    return f"Zu viele Codes, die nicht galten; versuch es {_ahead(seconds)} wieder."


def join_question(whom: str) -> str:
    return f"Bist du auch {whom}?"


def agreed(whom: str) -> str:
    return f"Zugestimmt. Jetzt wird {whom} gefragt; kommt die Frage dort nicht an, stellt /link sie."


def linked(others: list[str]) -> str:
    return f"Du bist verbunden mit {_and(others)}: ein Kontingent, und zwar das kleinere."


def unlinked(others: list[str]) -> str:
    return f"Getrennt von {_and(others)}; jede Identität hat wieder ihr eigenes Kontingent."


def _and(words: list[str]) -> str:
    return " und ".join(filter(None, (", ".join(words[:-1]), words[-1])))
