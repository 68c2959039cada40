"""Pictures: buttons, the card while it is drawn, the gallery, and reasons for having none."""

from bot.wording.english.amounts import ordinal, plural, span
from bot.wording.shared import small_price
from quotas.money import format_dollars
from quotas.store.errors import LedgerBusy, LedgerError

NOTHING_CHARGED = "Nothing was charged."
STOPPING = "I am being restarted; ask again in a minute. Nothing was charged."
CANCELLED = "Cancelled. Nothing was charged."
TOO_LATE_TO_CANCEL = "It is being drawn already, and a drawing cannot be called back."
DELETED = "Deleted."
NOT_YOURS_TO_DELETE = "Only the person who asked for it, or an admin, can delete this."
STILL_POSTED = "The message could not be taken away just now; press Delete again in a moment."
MAY_NOT_DELETE = "I may not take this message away here, so I kept it; an admin can delete it by hand."
NOT_YOURS_TO_CANCEL = "Only the person who asked for it, or an admin, can cancel this."
NOT_YOURS_TO_SHARE = "Only the person who asked for it can share it."
STALE_COMMAND = "This command has changed since your app loaded it; reload the app, or ask again in a minute."
SLOW_FORM = "It took too long to open, so nothing was changed; press the button again."
NO_SUCH_WORDS = "I no longer know these words; type them once more."
REQUEST_OVER = "I keep a refused request for a day, and this one is over. Send it again."
NO_SUCH_JOB = "I no longer know this picture; it may have been deleted."
NOTHING_MISSING = "Nothing is missing: every picture was delivered."
GONE = "These pictures are no longer kept; Again draws the prompt anew."
BUSY = "I am overloaded and could not note your request; nothing was charged. Ask again in a minute."
NOT_NOTED = (
    "I can't write anything down just now, so nothing was changed or charged. "
    "Please try again later. The operator finds the cause in my log."
)
DRAWING_OFF = (
    "I can't store pictures just now, so I'm not drawing any. You weren't charged. "
    "The operator has been told. Please try again later."
)
NOT_READ = "I couldn't read these pictures just now. Please try again in a minute."
TRANSPARENT = "a transparent background"
AGAIN, EDIT, DETAILS, DELETE = "Again", "Edit prompt", "Details", "Delete"
CANCEL, SHARE, MISSING, PLAIN = "Cancel", "Share", "Draw the missing", "Draw without them"
SHOW, SHARE_HERE = "Show", "Share here"
EDIT_PICTURE, VARY, DOWNLOAD = "Edit", "Vary", "Download"
ANSWER = "Your picture"  # the title of a dialog that answers a button
IMAGINE_THIS, EDIT_THIS = "Imagine this", "Edit this"
IMAGINE, DRAW, JOIN = "Imagine", "Draw", "Join"


_FIELDS = {
    "private": "Who sees it",
    "reference": "Pictures to work from",
    "mask": "Mask: what may change in the first",
}


_HINTS = {"mask": "⬜ White or see-through may change, ⬛ black stays. For the first picture."}
REPLACES_PICTURES = "They replace the pictures it was drawn from."


def field_label(name: str) -> str:
    """Return the label of a form's field."""
    return _FIELDS.get(name, name.capitalize())


def field_hint(name: str) -> str:
    """Explain a form's field in a line; "" if its label says it all."""
    return _HINTS.get(name, "")


STYLE, WITHOUT_STYLE, NO_STYLE_LABEL = "Style", "Draw without it", "No style"


def field_choice(name: str, on: bool) -> str:
    """Put a yes or no of a form in words."""
    if name == "private":
        return "Only me" if on else "Everyone here"
    return "Yes" if on else "No"


# --- the card while it is drawn


def summary(tier: str, quality: str, ratio: str, variants: int, price: int, style: str = "") -> str:
    parts = [tier, quality, ratio, _in_style(style), plural(variants, "picture"), format_dollars(price)]
    return " · ".join(part for part in parts if part)


def queued(place: int, seconds: float) -> str:
    if place <= 0:
        return f"starting, about {span(seconds)}"
    return f"queued {ordinal(place)}, about {span(seconds)}"


PAUSED_LINE = "paused: I can't store pictures just now. I'll draw this as soon as I can."


def slowed(failures: int, seconds: float) -> str:
    """Say why a job waits. `failures`: the person's requests in a row that cost money and gave no picture."""
    row = f"your last {failures} requests cost money but gave no picture"
    return f"waiting, about {span(seconds)}: {row}, so I'm going slower"


def drawing(elapsed: float, expected: float) -> str:
    if elapsed > expected:
        return f"drawing, {span(elapsed)} so far; it usually takes about {span(expected)}"
    return f"drawing, {span(elapsed)} of about {span(expected)}"


# --- the gallery


def caption(
    name: str, tier: str, quality: str, ratio: str, seconds: float, charge: int, style: str = ""
) -> str:
    parts = [name, tier, quality, ratio, _in_style(style), span(seconds), format_dollars(charge)]
    return " · ".join(part for part in parts if part)


def _in_style(name: str) -> str:
    return f"style {name}" if name else ""


def alt(prompt: str, number: int, count: int) -> str:
    return f"{prompt} ({number} of {count})"


def picked(number: int, count: int) -> str:
    """Say which picture of a gallery stands by itself."""
    return f"Picture {number} of {count}" if count > 1 else "Picture"


def final_of(price: int) -> str:
    """Label the button that draws one picture for good. `price`: the most that it costs."""
    return f"Final · {format_dollars(price)}"


def put_back(share: float) -> str:
    """Say that the image service changed what a mask protects. `share`: how much of it, from 0 to 1."""
    percent = max(1, round(share * 100))
    return f"The image service changed {percent} % outside your mask, so I put the original back there."


def fewer(delivered: int, images: int, filtered: int, broken: int, failed: int) -> str:
    why = [
        f"{filtered} {'was' if filtered == 1 else 'were'} filtered by the model" if filtered else "",
        f"{broken} could not be read" if broken else "",
        f"{failed} could not be drawn" if failed else "",
    ]
    reasons = ", ".join(reason for reason in why if reason)
    return f"{delivered} of {images}{f'; {reasons}' if reasons else ''}. You pay for {delivered}."


def other_shape(ratio: str, width: int, height: int) -> str:
    return f"You asked for {ratio}; the model answered with {width} × {height}."


NOT_STORED = "I couldn't store these pictures. Download them here if you want to keep them."
FILE_TOO_LARGE = "This file is too large to send here."
REENCODED = "Encoded anew to fit the size that may be uploaded here."


# --- reasons for no picture


def declined(tier: str) -> str:
    return (
        f"{tier} would not draw this prompt: its safety rules refused it. "
        f"{NOTHING_CHARGED} Other words, or another subject, may pass."
    )


def not_drawn(why: str, job: str) -> str:
    reasons = {
        "busy": "The gateway is overloaded and did not take the picture on, even after waiting.",
        "key": "The gateway does not accept our key or its balance is used up; the operator has been told.",
        "model": "The gateway does not have this model at present; another tier may work.",
        "request": "The gateway did not accept this request.",
        "unreachable": "The gateway could not be reached.",
        "broken": "The pictures that came back could not be read.",
    }
    return f"{reasons[why]} {NOTHING_CHARGED} Job {job}."


def unknown(why: str, job: str) -> str:
    if why == "cut off":
        return (
            "The connection to the gateway was lost in the middle, so nobody can know whether it was drawn. "
            f"{NOTHING_CHARGED} It is not repeated by itself. Job {job}."
        )
    happened = {
        "deadline": "The image service took too long to answer",
        "server error": "The image service answered with an error",
        "unreadable answer": "I couldn't read what the image service answered",
    }[why]
    return (
        f"{happened}, so I can't tell whether your picture was drawn. "
        f"{NOTHING_CHARGED} I won't retry by myself. Job {job}."
    )


def interrupted(job: str) -> str:
    return (
        "I was restarted while this was being drawn, so nobody can know whether it was finished. "
        f"{NOTHING_CHARGED} It is not repeated by itself. Job {job}."
    )


def never_started(job: str) -> str:
    return (
        "So many pictures were waiting that this one could not be drawn while I can still answer you here. "
        f"{NOTHING_CHARGED} Job {job}."
    )


def not_noted(error: LedgerError) -> str:
    """Say that the ledger could not keep a request."""
    return BUSY if isinstance(error, LedgerBusy) else NOT_NOTED


def never_resumed(job: str) -> str:
    return (
        "I couldn't store pictures, so drawing was paused until it was too late to answer you here. "
        f"{NOTHING_CHARGED} Job {job}."
    )


def lost(job: str) -> str:
    return (
        "Your pictures were drawn, but I couldn't store them, and lost them before I could send them. "
        f"{NOTHING_CHARGED} Job {job}."
    )


def broke(job: str) -> str:
    return f"Something broke on our side; nothing was charged; job {job}."


# --- help with the prompt

IMPROVED, DESCRIBED, DESCRIBE_TITLE = "A better prompt", "A prompt for this picture", "Describe this picture?"
DESCRIBE_LINE = "I'll write a prompt for it. Nothing is drawn."
DESCRIBE_THIS, DRAW_THIS = "Describe this", "Draw this"
HELP_OFF = "I can't help with prompts just now. You weren't charged. Please try again later."
HELP_BUSY = "I'm still working on your last one. You weren't charged. Please try again in a moment."
HELP_ANSWERED = "I answered this before. Please ask again if the answer is gone."
HELP_DECLINED = "The language model's safety rules rejected this. You weren't charged. Try other words."
HELP_UNKNOWN = (
    "The language model didn't answer in full, so I can't tell if it was billed. "
    "You weren't charged, and I won't ask again by myself."
)
MAY_NOT_DRAW = "You can't draw pictures here, so I can't help with prompts either. You weren't charged."


def improve_label() -> str:
    return "Improve the words first"


def improve_choice(on: bool, price: int) -> str:
    """Name the choices of *Improve* in a form. `price`: micro-dollars."""
    return f"Show me better words · about {small_price(price)}" if on else "Draw my words"


def describe(price: int) -> str:
    """Label the button that describes a picture. `price`: micro-dollars, at most."""
    return f"Describe · up to {small_price(price)}"


def help_cost(charge: int, *, sample: bool) -> str:
    """Say what a text cost. `sample`: no language model was asked."""
    if sample:
        return (
            f"This is sample text: no language model was asked. A real one costs about {small_price(charge)}."
        )
    return f"This cost {small_price(charge)}. Nothing is drawn yet."


def no_text(why: str) -> str:
    """Say why there is no text. `why`: as in NotDrawn."""
    reasons = {
        "busy": "The language model is too busy right now.",
        "key": "The image service doesn't accept our key. The operator has been told.",
        "model": "The image service doesn't offer our language model just now. The operator has been told.",
        "request": "The language model didn't accept this request.",
        "unreachable": "I couldn't reach the image service.",
        "broken": "The language model sent nothing that I can use.",
    }
    return f"{reasons[why]} You weren't charged."
