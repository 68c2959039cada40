"""Sentences for admins: changes, confirmations, the log, the budget and its alerts, requests for more."""

from collections.abc import Mapping, Sequence

from bot.wording.german.admin_log import day_in_words
from bot.wording.german.amounts import _NOT_SET, plural, span
from bot.wording.shared import called, named, share_of, to_cents
from quotas.money import format_dollars
from quotas.records_workspace import Alert, BudgetState, Forecast, Preferences

CONFIRM, MORE, APPROVE, DENY = "Bestätigen", "Mehr erbitten", "Genehmigen", "Ablehnen"
FOR_ADMINS = "Das ist nur für Admins dieses Workspaces."
FOR_OPERATORS = "Was für den ganzen Bot gilt, darf nur ändern, wer ihn betreibt."
NO_LONGER_YOURS = (
    "Hier gibt es für dich nichts zu bestätigen: Es ist getan, vorbei oder die Sache von jemand anderem."
)
ONE_TARGET = "Nenn eine Person, eine Rolle, einen Kanal oder whole, nur eins davon; keins heißt: alle."
WHICH_WORKSPACE = "Sag, in welchem Workspace: Dieser hier ist alle zusammen."
GRANT_TO_ONE = "Eine Zugabe ist für eine Person; für alle geht es mit /quotas set."
NOTHING_TO_SET = (
    "Sag, was gesetzt werden soll: images_per_day, money_per_day, money_per_month oder tiers, etwa: "
    "/quotas set --images-per-day 5"
)
NOTHING_TO_GRANT = "Sag, was es obendrauf geben soll: images oder money, etwa: --images 5"
QUESTION = "Soll ich das tun?"
LOG = "Die neuesten Änderungen"
LOG_COLUMNS = ("Wann", "Wer", "Was", "Warum", "Nummer")
NO_ENTRIES = "Noch wurde nichts geändert."
SETTINGS, BUDGET, BUDGET_OF_ALL = (
    "Einstellungen dieses Workspaces",
    "Budget dieses Workspaces",
    "Budget des ganzen Bots",
)
CHANGES_HERE = "Änderungen an Kontingenten werden ab jetzt hier gemeldet."
ALERTS_HERE = "Warnungen zum Budget dieses Workspaces werden ab jetzt hier gemeldet."
NOT_GREETED = (
    "In diesen Kanal konnte ich nicht schreiben. Prüf, ob er archiviert ist und ob ich dort schreiben darf."
)
NOT_OUR_CHANNEL = "Dieser Kanal gehört nicht zu diesem Workspace. Wähle einen von hier."
DRAWING_IS_OFF, DRAWING_IS_ON = "Zeichnen ist aus", "Zeichnen ist wieder an"
DRAWING_IS_OFF_LINE = (
    "Ich kann keine Bilder speichern, deshalb zeichne ich keine. "
    "Neue Anfragen lehne ich ab; sie kosten nichts. "
    "Was wartet, zeichne ich, sobald ich wieder speichern kann. "
    "Der Betreiber findet die Ursache in meinem Log."
)
ALREADY_PAUSED, NOT_PAUSED = "Das Zeichnen ist schon angehalten.", "Das Zeichnen war nicht angehalten."


def no_role(text: str) -> str:
    return f"{text} ist keine Rolle, die ich kenne; wähl sie aus der Liste oder nenn ihre ID."


def no_channel(text: str) -> str:
    return (
        f"{text} ist kein Kanal, den ich kenne; wähl ihn aus der Liste, nenn seine ID oder schreib here "
        "für diesen hier."
    )


def no_zone(text: str) -> str:
    return f"{text} ist keine Zeitzone, die ich kenne; schreib sie wie Europe/Berlin."


def past_day(day: str) -> str:
    return f"{day_in_words(day)} ist vorbei; wähl heute oder einen Tag, der noch kommt."


def far_day(day: str) -> str:
    return (
        f"{day_in_words(day)} ist zu weit weg; wähl einen Tag in den nächsten 100 Jahren, "
        "oder lass --until weg."
    )


def too_many_days(most: int) -> str:
    return f"Eine Zugabe gilt höchstens {most} Tage; für länger passt /quotas set besser."


def no_entry(text: str) -> str:
    return f"Es gibt keine Änderung mit der Nummer {text}; /quotas log zeigt die Nummern."


def done(sentence: str, number: str) -> str:
    """Say how to take the change back, after the sentence about it."""
    return f"{sentence} {take_back(number)}"


def only_tried(sentence: str) -> str:
    return f"Geändert wurde nichts; das käme dabei heraus. {sentence}"


def confirm_within(seconds: float) -> str:
    return f"Nur du kannst es bestätigen, einmal und noch {span(seconds)} lang; bis dahin ändert sich nichts."


def nothing_set(whose: str) -> str:
    return f"{whose}: nichts gesetzt, also auch nichts zu entfernen."


def changed_by(who: str) -> str:
    return f"Geändert von {called(who)}"


def why(reason: str) -> str:
    return f"Warum: {reason}"


def take_back(number: str) -> str:
    return f"Zurücknehmen mit: /quotas undo {number}"


def cannot_undo(why: str, number: str, later: str) -> str:
    """Say why a change cannot be undone. `later`: the number of the entry that prevents it, or ""."""
    return {
        "unknown": no_entry(number),
        "elsewhere": f"Änderung {number} gehört zu einem anderen Workspace; nimm sie dort zurück.",
        "undone": f"Änderung {number} wurde schon zurückgenommen, durch {later}.",
        "changed": f"Was {number} geändert hat, wurde durch {later} erneut geändert; nimm das zuerst zurück.",
        "not_undoable": f"Änderung {number} lässt sich nicht zurücknehmen.",
        "full": "Es gibt so viele Stile wie möglich. Entferne zuerst einen mit /styles remove.",
    }[why]


# --- styles

STYLES, STYLE_COLUMNS = "Stile dieses Workspaces", ("Name", "Worte")
NO_STYLES = "Es gibt noch keine. Admins legen einen an: /styles set warm-brand soft light, muted colours"
STYLES_LINE = "Wähl einen mit der Option style, oder schreib ihn hinter einen Prompt: --style warm-brand"
NO_NAME_OF_NONE = "Kein Stil kann none heißen: Mit diesem Wort zeichne ich ohne einen."
STYLE_OF_SOMEBODY = (
    "Die Worte eines Stils können keine Person, keine Rolle und keinen Kanal nennen. Lass das weg."
)


def style_refused(why: str, name: str, names: Sequence[str]) -> str:
    """Say why a style was not changed. `names`: of the workspace's styles."""
    return {
        "unknown": f"Den Stil {name} gibt es hier nicht."
        + (f" Es gibt: {', '.join(names)}." if names else ""),
        "same": f"Der Stil {name} hat diese Worte schon.",
        "full": f"Es gibt {len(names)} Stile, mehr sind nicht möglich. "
        "Entferne zuerst einen mit /styles remove.",
    }[why]


# --- settings and budget


def exported(first: str, last: str) -> str:
    return f"Verbrauch dieses Workspaces, {first if first == last else f'{first} bis {last}'}"


def settings_rows(
    preferences: Preferences, zone: str, usual: Mapping[str, str], names: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the rows of the settings page.

    `usual`: the values that hold for a setting without one.
    `names`: known channel names by id.
    """
    alerts, admins = preferences.alert_channel, preferences.admin_channel
    no_alerts = f"{_NOT_SET}: Warnungen gehen in den Kanal für Admins"
    no_admins = f"{_NOT_SET}: Änderungen werden nirgends gemeldet"
    return (
        ("Zeitzone", zone),
        ("Sprache", preferences.language or usual["language"]),
        ("Voreingestellte Stufe", preferences.default_tier or usual["default_tier"]),
        ("Voreingestelltes Format", preferences.default_ratio or usual["default_ratio"]),
        ("Voreingestellte Bilderzahl", str(preferences.default_variants or usual["default_variants"])),
        ("Kanal für Warnungen", named(alerts, names) if alerts else no_alerts),
        ("Kanal für Admins", named(admins, names) if admins else no_admins),
    )


def budget_rows(state: BudgetState) -> tuple[tuple[str, str], ...]:
    amount = "keiner" if state.amount is None else f"{format_dollars(state.amount)} pro Monat"
    ends = {
        "stop": "es wird nichts mehr gezeichnet",
        "cheaper": "es wird in einer günstigeren Stufe gezeichnet, solange die passt",
    }
    return (
        ("Betrag", amount),
        ("Ausgegeben", share_of(state.spent, state.amount)),
        ("Vorgemerkt", format_dollars(state.held)),
        ("Vorhersage", forecast(state.forecast)),
        ("Aufgebraucht am", _ends_on(state)),
        ("Am Ende", ends[state.at_end]),
    )


def forecast(estimate: Forecast | None) -> str:
    """Put the forecast of the month's cost in words, with its range."""
    if estimate is None:
        return "noch zu wenige Tage"
    low, likely, high = (
        format_dollars(to_cents(micros)) for micros in (estimate.low, estimate.likely, estimate.high)
    )
    return f"{likely} in diesem Monat, wahrscheinlich zwischen {low} und {high}"


def _ends_on(state: BudgetState) -> str:
    if state.amount is None or state.forecast is None:
        return "nicht bekannt"
    ends = state.forecast.ends_on
    return day_in_words(ends) if ends else "nicht in diesem Monat"


def alert(threshold: Alert) -> str:
    of = f"{format_dollars(threshold.spent)} von {format_dollars(threshold.amount)} sind ausgegeben"
    if threshold.percent < 100:
        return f"{threshold.percent} % vom Budget dieses Monats: {of}."
    is_spent = threshold.spent >= threshold.amount
    rest = "." if is_spent else ", und der Rest reicht nicht für das, was gefragt war."
    return f"Das Budget dieses Monats ist aufgebraucht: {of}{rest}"


def alert_lines(threshold: Alert, state: BudgetState) -> tuple[str, ...]:
    ends = {
        "stop": "Wenn es aufgebraucht ist, wird in diesem Monat nichts mehr gezeichnet.",
        "cheaper": (
            "Wenn ein Bild nicht mehr hineinpasst, wird es in einer günstigeren Stufe gezeichnet, "
            "solange die passt."
        ),
    }
    likely = f"Vorhersage: {forecast(state.forecast)}."
    return (
        likely if state.month == threshold.month else f"Monat: {threshold.month}.",
        ends[state.at_end],
        "Admins können den Betrag mit /quotas budget ändern.",
    )


# --- requests for more


def asks(name: str, what: str, amount: int) -> str:
    return f"{called(name)} bittet um mehr: {_amount(what, amount)}"


def asks_rows(what: str, period: str, limit: int, used: int, stopped_by: str) -> tuple[tuple[str, str], ...]:
    """Return the rows of a request for more. `stopped_by`: the kind of the limit, or "joined"."""
    whose = {
        "person": "das eigene Kontingent",
        "role": "das Kontingent der eigenen Rolle",
        "everyone": "das Kontingent für alle",
        "joined": "das kleinste Kontingent der verbundenen Identitäten",
    }
    per = {"day": "pro Tag", "month": "pro Monat"}
    return (
        ("Hat", f"{_amount(what, limit)} {per[period]}"),
        ("Verbraucht, vorgemerkt", _amount(what, used)),
        ("Begrenzt durch", whose[stopped_by]),
    )


ASKED = "Gefragt: Die Admins sehen es in ihrem Kanal, und du erfährst, was sie sagen."
ASKED_ALREADY = "Du hast schon gefragt, und die Admins haben noch nicht geantwortet."
SAID_NO_TODAY = "Du hast heute schon gefragt, und die Antwort war nein; morgen kannst du wieder fragen."
NOBODY_TO_ASK = "Die Admins waren gerade nicht zu erreichen; drück den Knopf in einer Weile noch einmal."
NO_SUCH_REFUSAL = "Ich weiß nicht mehr, worum es ging; frag noch einmal nach dem Bild."
GRANTED_REASON, DENIED_REASON = "erbeten", "mehr erbeten"
IMAGES_LABEL, MONEY_LABEL, UNTIL_LABEL = (
    "Bilder obendrauf",
    "Dollar obendrauf",
    "Bis einschließlich (Jahr-Monat-Tag)",
)


def approving(name: str) -> str:
    return f"Mehr für {called(name)}"


def approved(who: str, granted: str) -> str:
    return f"{called(who)} hat ja gesagt: {granted}."


def denied_by(who: str) -> str:
    return f"{called(who)} hat nein gesagt."


def answered_already(who: str) -> str:
    return f"Die Antwort gab es schon, von {called(who)}."


def you_got(granted: str) -> str:
    return f"Du hast um mehr gebeten und bekommst es: {granted}."


def you_got_none(who: str) -> str:
    return f"Du hast um mehr gebeten; {called(who)} hat diesmal nein gesagt."


def _amount(what: str, amount: int) -> str:
    return plural(amount, "picture") if what == "images" else format_dollars(amount)


# --- a spent budget


def fell_back(tier: str, cheaper: str) -> str:
    return f"Das Budget dieses Monats reicht für kein Bild in {tier} mehr: gezeichnet in {cheaper}."


PAUSED_HERE = "angehalten: es wird nichts Neues gezeichnet"
