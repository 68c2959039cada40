"""Hints about a prompt before it is drawn: light, explainable guesses. Pure."""

import re

from bot import wording
from quotas.catalog import Tier

_QUOTED = re.compile(r"[\"“„«「]\s*\w[^\"“”„«»「」]*[\"”“»」]|(?<!\w)['‘]\w[^'’]*['’](?!\w)")
_TEXT_WORDS = re.compile(
    r"\b(logos?|posters?|signs?|signage|labels?|titles?|captions?|slogans?|headlines?|lettering|typography|"
    r"flyers?|wordmark|inscription|text|that (?:says|reads)|"
    r"plakat|schild|schriftzug|schrift|aufschrift|beschriftung|überschrift|etikett|titel)\b",  # German
    re.IGNORECASE,
)
_NON_LATIN_SHARE = 0.3  # a name or a quoted word in another script stays below this
_FOREIGN_WORDS = 2  # one alone may be a name: "La Paz"
# Little words without a twin in English; "a", "in" and the like say nothing and are left out on both sides.
_ENGLISH = "the an of and with at on by from for is are his her its under over into through"
_FOREIGN = (
    "der das ein eine einen einem und mit auf im am von vom zum bei unter über nicht ist vor "  # German
    "le la les un une du des et avec dans sur sous au aux est qui pour "  # French
    "el los las una unos con en sobre bajo del al y por para muy "  # Spanish
    "um uma dos das com na nas nos em sob ao e o os "  # Portuguese
    "il lo gli uno di nel nella sul sulla che della dei "  # Italian
    "de het een van met op onder bij naar zijn "  # Dutch
    "w z na nad pod jest oraz och med på av i ett den"  # Polish, Swedish
)
_LITTLE_ENGLISH, _LITTLE_FOREIGN = frozenset(_ENGLISH.split()), frozenset(_FOREIGN.split())


def hints(prompt: str, tier: Tier) -> tuple[str, ...]:
    """Return a line for each thing that would make a better picture; usually none."""
    lines = []
    if "text" not in tier.capabilities and _wants_text(prompt):
        lines.append(wording.text_hint(tier.name))
    if _is_foreign(prompt):
        lines.append(wording.STYLE_HINT)
    return tuple(lines)


def _wants_text(prompt: str) -> bool:
    return bool(_QUOTED.search(prompt) or _TEXT_WORDS.search(prompt))


def _is_foreign(prompt: str) -> bool:
    """Guess that a prompt is not English: many letters are not Latin, or it has only foreign little words."""
    if not prompt.isascii():
        letters = [letter for letter in prompt if letter.isalpha()]
        others = sum(letter > "ɏ" for letter in letters)  # the last of Latin Extended-B
        if letters and others / len(letters) > _NON_LATIN_SHARE:
            return True
    words = set(re.findall(r"\w+", prompt.lower()))
    return len(words & _LITTLE_FOREIGN) >= _FOREIGN_WORDS and not words & _LITTLE_ENGLISH
