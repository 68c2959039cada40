"""Plain words to the bot: a prompt, a command typed as one, or small talk. Pure.

A mention, a direct message and a line of the playground have no command of their own. Small talk and the name
of a command are never drawn: nobody means to pay for a picture of "thanks!" or of "/quota".
"""

import re
from collections.abc import Mapping
from functools import cache

from bot import wording
from bot.commands.quotas import admin_commands
from bot.commands.registry import everyone_commands
from bot.commands.spec import Command
from bot.commands.styles import style_commands
from bot.commands.values import unquote
from bot.port.cards import Notice
from bot.port.requests import Drawing

IMAGINE: Drawing = "imagine"
COMPARE: Drawing = "compare"
DRAWING: Mapping[str, Drawing] = {IMAGINE: IMAGINE, COMPARE: COMPARE}  # the commands that draw, by name
HELP = "help"
# People paste "/imagine prompt: a boat" from Midjourney and from Discord.
_OWN_NAME = {
    name: re.compile(rf"(?:/{name}[:,]?(?:\s+prompt\s*:\s*|\s+|$))+", re.IGNORECASE) for name in DRAWING
}
_NAME = re.compile(r"/([A-Za-z]+)[.,;:!?]*(?:\s+|$)")
_END = " .,;:!?"  # what people write after a command's name
# Mentions, Slack's tokens and shortcodes: they say nothing about what a message means.
_ASIDE = re.compile(r"<[^<>]*>|(?<!\S)[@#]\S+|:[\w+-]+:")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NO_TALK = re.compile(r"\d|(?:--|[—–])\w")  # numbers and flags are no small talk
_GREETING_PHRASE = re.compile(
    r"\bgood (?:morning|afternoon|evening|night|day)\b|\bgute[nr]? (?:morgen|tag|abend|nacht)\b"
    r"|\bgrüß (?:dich|euch|gott)\b|\bhow are you\b|\bwie geht(?:'s|’s| es dir)?\b"
)


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THANKS = _word_set(
    "thanks thank thankyou thx ty tysm cheers danke dankeschön dankesehr dank merci gracias grazie"
)
_GREETINGS = _word_set("hi hello hey hiya hallo hallöchen moin servus")
# Words around thanks and greetings, which alone say nothing.
_AROUND = _word_set(
    "a again all alle and bild bilder bot das deine deinen dir die euch everybody everyone folks for für"
    " great guys help hilfe image images imagine it lot lots many much nice nochmal perfect picture"
    " pictures schön sehr so super tausend team that the there these this those today toll u und very"
    " vielen wow you your zusammen"
)


def drop_name(text: str, command: Drawing = IMAGINE) -> str:
    """Remove the command's own name from the beginning of a prompt."""
    plain = unquote(text.strip())
    start = _OWN_NAME[command].match(plain)
    return plain[start.end() :] if start else text


def command_in(prompt: str) -> str:
    """Return the name of the command that somebody typed in place of a prompt; "" if it is a prompt.

    One word alone is a fair prompt, even if a command is called so; only "help" is not.
    """
    plain = unquote(prompt.strip())
    if plain.rstrip(_END).lower() == HELP:
        return HELP
    start = _NAME.match(plain)
    name = start[1].lower() if start else ""
    return name if name in _names() else ""


def split_command(text: str) -> tuple[str, str]:
    """Split a message into the name of a command, without its slash, and the rest.

    A prompt belongs to "imagine". A name with a slash need not be a command's: the core says so to people.
    Without a slash the whole message must be one, or begin with "compare": nobody describes a picture so.
    """
    plain = unquote(text.strip())
    for name, own_name in _OWN_NAME.items():
        if start := own_name.match(plain):
            rest = plain[start.end() :]
            return split_command(rest) if rest.startswith("/") else (name, rest)
    if start := _NAME.match(plain):
        return start[1].lower(), plain[start.end() :]
    if plain and not plain.strip(_END):
        return HELP, ""
    return _bare_command(plain) or (IMAGINE, text)


def small_talk(text: str) -> Notice | None:
    """Answer a message that only thanks or greets; return None for any other."""
    plain = " ".join(_ASIDE.sub(" ", text).lower().split())
    if _NO_TALK.search(plain):
        return None
    words = set(_WORD.findall(_GREETING_PHRASE.sub("hello", plain)))
    if not words <= _THANKS | _GREETINGS | _AROUND:
        return None
    if words & _THANKS:
        return Notice(sentence=wording.YOU_ARE_WELCOME)
    return Notice(sentence=wording.HELLO) if words & _GREETINGS else None


def _bare_command(text: str) -> tuple[str, str] | None:
    """Read a message that is a command but for its slash, such as "quota", "forget me" or "quotas log"."""
    first, rest = (*text.split(maxsplit=1), "", "")[:2]
    if first.rstrip(_END).lower() == COMPARE:
        return COMPARE, rest
    plain = text.rstrip(_END)
    name, rest = (*plain.split(maxsplit=1), "", "")[:2]
    name = name.lower()
    verb = rest.partition(" ")[0].lower()
    if f"{name} {verb}" in _commands():
        return name, rest
    if name not in _names():
        return None
    options = _commands()[name].options if name in _commands() else ()
    is_choice = any(option.bare and rest.lower() in option.choices for option in options)
    return (name, rest) if not rest or is_choice else None


@cache
def _commands() -> Mapping[str, Command]:
    commands = (*everyone_commands(), *admin_commands((), ()), *style_commands())
    return {command.name: command for command in commands}


@cache
def _names() -> frozenset[str]:
    return frozenset((*DRAWING, *(name.partition(" ")[0] for name in _commands())))
