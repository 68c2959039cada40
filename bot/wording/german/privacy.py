"""Data that is kept about people, a copy of it, and its deletion."""

from bot.wording.german.amounts import _count, plural

FORGET_ME = "Dich vergessen, und alles, was über dich gespeichert ist?"
FORGET = "Vergiss mich"
GOES = (
    "Was verschwindet: deine Prompts und Bilder, dein Name, wo du gefragt hast und wer du hier bist, "
    "überall, wo ich dich unter dieser Identität kenne."
)
STAYS = (
    "Was bleibt: wie viel gezeichnet und ausgegeben wurde, unter einem erfundenen Namen, der niemanden zu "
    "dir führt. Was du in diesem Monat verbraucht hast, zählt weiter, wenn du noch im selben Monat "
    "zurückkommst, und eine Sperre oder ein Kontingent, das für dich gesetzt wurde, gilt weiter."
)
POSTED = (
    "Bilder, die andere schon sehen, bleiben stehen. Um eins davon wegzunehmen, drück dort auf „Löschen“ "
    "oder reagiere mit 🗑️, bevor du weitermachst: Danach weiß ich nicht mehr, dass es von dir ist."
)
UNLINKED = (
    "Wenn du eine andere Identität verbunden hast, wird sie zuerst getrennt und bleibt gespeichert; "
    "nimm /forget auch dort."
)
FORGOTTEN = (
    "Erledigt: Ich weiß nichts mehr über dich. Was andere schon sehen, bleibt, wie gesagt. Die letzten "
    "Spuren in meinen Dateien überschreibe ich in einem ruhigen Moment, spätestens in einem Tag."
)
NOT_FORGOTTEN = (
    "Ich konnte die Bilder nicht löschen, deshalb ist das noch nicht erledigt. "
    "Versuch es später noch einmal. Der Betreiber findet die Ursache in meinem Log."
)
NOTHING_KEPT = "Über diese Person ist nichts gespeichert."
COPY = "Alles, was über dich gespeichert ist"
MANY_COPIES = (
    "Ich stelle gerade Kopien für mehrere Leute zusammen. Bitte versuch es in einer Minute noch einmal."
)
FORGET_REASON, PURGE_REASON = (
    "von dieser Person gewünscht",
    "der Bot wurde aus diesem Workspace entfernt",
)
WORDS_OVER = "Die Worte zu diesem Bild sind nicht mehr gespeichert, denn ihre Zeit ist um; gib sie neu ein."


def not_written(path: str, why: str) -> str:
    return f"{path} lässt sich nicht schreiben ({why})."


def still_open(jobs: int) -> str:
    are = "ist" if jobs == 1 else "sind"
    return (
        f"Noch nicht: {plural(jobs, 'request')} {are} noch offen. Brich ab, was wartet, oder versuch es "
        "wieder, wenn alles da ist."
    )


def copied(jobs: int, in_file: int) -> tuple[str, ...]:
    """Describe the copy of a person's data. `in_file`: the count of jobs that it holds."""
    if in_file < jobs:
        return (
            f"Die neuesten {_count(in_file)} von {_count(jobs)} Anfragen; "
            "alle kann dir geben, wer diesen Bot betreibt.",
        )
    return (f"{plural(jobs, 'request')}, und was im Verlauf über dich steht, in einer Datei.",)


def forgotten(pseudonym: str, jobs: int) -> str:
    """Tell the operator that a person was forgotten, and under which pseudonym the amounts are kept."""
    return f"Vergessen. {plural(jobs, 'request')}: Die Beträge stehen weiter unter {pseudonym}."
