"""Texts that are data elsewhere: the helps of commands and options, and the catalog's descriptions."""

_TEXTS: dict[str, str] = {  # by the English text
    # commands
    "Draw pictures from words": "Bilder aus Worten zeichnen",
    "Draw one picture in each tier, side by side": "Ein Bild in jeder Stufe zeichnen, nebeneinander",
    "Compare tiers: speed, price, what each is for": "Stufen vergleichen: Tempo, Preis, wofür jede gut ist",
    "Your allowance: used, held, left, and when it renews": (
        "Dein Kontingent: verbraucht, vorgemerkt, übrig, und wann es sich erneuert"
    ),
    "What was drawn and what it cost": "Was gezeichnet wurde und was es gekostet hat",
    "Your last twenty, to draw again, share or keep": (
        "Deine letzten zwanzig, um sie noch einmal zu zeichnen, zu teilen oder zu behalten"
    ),
    "Find your pictures by words, tier and time": "Deine Bilder nach Worten, Stufe und Zeit finden",
    "The pictures that you keep": "Die Bilder, die du behältst",
    "Join your identities here and elsewhere: one allowance": (
        "Deine Identitäten hier und anderswo verbinden: ein Kontingent"
    ),
    "What is kept about you: a copy of it, or its end": (
        "Was über dich gespeichert ist: kopieren oder löschen"
    ),
    "How to use this bot": "So benutzt du diesen Bot",
    # their options
    "What to draw": "Was gezeichnet werden soll",
    "Quality and price: /tiers compares them": "Qualität und Preis: /tiers vergleicht sie",
    "Such as fast,gpt; every tier unless you name some": "Etwa fast,gpt; sonst alle Stufen",
    "The picture's shape, width to height": "Das Bildformat, Breite zu Höhe",
    "How many pictures": "Wie viele Bilder",
    "Show the result to you alone": "Das Ergebnis nur dir zeigen",
    "How finely it is drawn, on tiers that offer it": "Wie fein gezeichnet wird, bei Stufen, die es anbieten",
    "Leave the background out, on tiers that can": "Den Hintergrund weglassen, bei Stufen, die es können",
    "A picture to work from": "Ein Bild als Vorlage",
    "What may change in the first picture: transparent, or white": (
        "Was sich am ersten Bild ändern darf: durchsichtig oder weiß"
    ),
    "Words of the prompt, in any order": "Worte aus dem Prompt, in beliebiger Reihenfolge",
    "Only these tiers": "Nur diese Stufen",
    "One collection": "Eine Sammlung",
    "Pictures a day, for the monthly cost": "Bilder pro Tag, für die Kosten pro Monat",
    "The code from the other side; undo separates again": (
        "Der Code von der anderen Seite; undo trennt wieder"
    ),
    "me: your prompts, pictures and name go; copy: a file of all that is kept": (
        "me: deine Prompts, Bilder und dein Name verschwinden; copy: alles Gespeicherte als Datei"
    ),
    "One person's (admins)": "Nur eine Person (Admins)",
    "One channel's (admins)": "Nur ein Kanal (Admins)",
    "Everyone's (admins)": "Der ganze Workspace (Admins)",
    "Break it down": "Wie es aufgeteilt wird",
    "today, week, month, or 2026-03-01..2026-03-31": "today, week, month oder 2026-03-01..2026-03-31",
    "As a CSV file": "Als CSV-Datei",
    # the verbs of admins
    "Set an allowance: one person's, a role's, a channel's, or everyone's": (
        "Ein Kontingent setzen: für eine Person, eine Rolle, einen Kanal oder alle"
    ),
    "Give one person more on top": "Einer Person etwas obendrauf geben",
    "Remove a setting; usage stays": "Eine Einstellung entfernen; der Verbrauch bleibt",
    "Stop one person, or everyone, from drawing": "Eine Person oder alle für das Zeichnen sperren",
    "Let them draw again": "Die Sperre aufheben",
    "Stop all drawing here": "Hier alles Zeichnen anhalten",
    "Start drawing again": "Weiterzeichnen lassen",
    "Who changed what, when and why": "Wer was wann und warum geändert hat",
    "Take one change back": "Eine Änderung zurücknehmen",
    "A monthly amount for this workspace": "Ein Monatsbetrag für diesen Workspace",
    "Usage as a CSV file": "Der Verbrauch als CSV-Datei",
    "Time zone, language, defaults, and where alerts go": (
        "Zeitzone, Sprache, Voreinstellungen, und wohin Warnungen gehen"
    ),
    # their options
    "Which person": "Welche Person",
    "Which role": "Welche Rolle",
    "Which channel": "Welcher Kanal",
    "The workspace or bot as one": "Der Workspace oder Bot als Ganzes",
    "Why, for the log": "Warum, für den Verlauf",
    "The last day it holds, such as 2026-12-31": "Der letzte Tag, an dem es gilt, etwa 2026-12-31",
    "Say what would change, and change nothing": "Nur sagen, was sich ändern würde, und nichts ändern",
    "Do it without asking": "Ohne Rückfrage ausführen",
    "Its number in the log": "Die Nummer im Verlauf",
    "What happens when it is spent": "Was geschieht, wenn es aufgebraucht ist",
    "The only tiers allowed": "Die einzigen erlaubten Stufen",
    "Pictures a day": "Bilder pro Tag",
    "Dollars a day, such as 2.50": "Dollar pro Tag, etwa 2.50",
    "Dollars a month, such as 50": "Dollar pro Monat, etwa 50",
    "Pictures on top": "Bilder obendrauf",
    "Dollars on top, such as 2.50": "Dollar obendrauf, etwa 2.50",
    "Such as Europe/Berlin": "Etwa Europe/Berlin",
    "The language of replies": "Die Sprache der Antworten",
    "The tier when none is named": "Die Stufe, wenn keine genannt ist",
    "The ratio when none is named": "Das Format, wenn keines genannt ist",
    "How many pictures when no number is named": "Wie viele Bilder, wenn keine Zahl genannt ist",
    "Where budget alerts are posted": "Wo Warnungen zum Budget gemeldet werden",
    "Where changes are posted": "Wo Änderungen gemeldet werden",
    "Which of these to take back": "Was davon zurückgenommen wird",
    # styles
    "A style of this workspace": "Ein Stil dieses Workspaces",
    "Keep words under a name, to add to prompts": "Worte unter einem Namen speichern, für Prompts",
    "Remove a style": "Einen Stil entfernen",
    "The styles of this workspace": "Die Stile dieses Workspaces",
    "Such as warm-brand": "Etwa warm-brand",
    "What it adds to a prompt": "Was er zu einem Prompt hinzufügt",
    # the catalog: what tiers are for
    "drafts, quick iteration": "Entwürfe, schnelles Ausprobieren",
    "final pictures from several references, exact text": "Endfassungen aus mehreren Vorlagen, genauer Text",
    "final pictures with readable text, editing a picture": (
        "fertige Bilder mit lesbarem Text, ein Bild bearbeiten"
    ),
    "quick drafts with readable text, editing a picture": (
        "schnelle Entwürfe mit lesbarem Text, ein Bild bearbeiten"
    ),
    "quick pictures from several references": "schnelle Bilder aus mehreren Vorlagen",
    "general commercial pictures": "gewerbliche Bilder aller Art",
    "final product photos, portraits": "fertige Produktfotos, Porträts",
    "readable text, transparent background, editing a picture": (
        "lesbarer Text, durchsichtiger Hintergrund, ein Bild bearbeiten"
    ),
    # the catalog: what ratios suit
    "avatar, icon, square post": "Profilbild, Symbol, quadratischer Beitrag",
    "slide, blog picture": "Folie, Bild im Blog",
    "portrait, book cover": "Porträt, Buchumschlag",
    "banner, desktop wallpaper, video": "Banner, Hintergrund am Rechner, Video",
    "phone wallpaper, story": "Hintergrund am Handy, Story",
    "photo print, landscape": "Fotoabzug, Landschaft",
    "poster, tall print": "Poster, hoher Druck",
}


def known(text: str) -> str:
    """Translate the text, or return it as it is: an operator's own catalog is in its author's language."""
    return _TEXTS.get(text, text)
