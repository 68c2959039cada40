"""Typed words that were not understood: the refusal, and what the button *Draw without them* draws.

A button carries no words: they wait in a drawer of the ledger, for the person who typed them.
"""

from bot import wording
from bot.commands.parser import Misread
from bot.port.cards import Button, Refused
from bot.port.requests import Person
from quotas.ids import id_text, new_id
from quotas.ledger import Ledger
from quotas.store.sqlite import LedgerError

DRAWER = "typed"  # "person/id" -> the words without what was misread


async def refusal(ledger: Ledger, person: Person, misread: Misread) -> Refused:
    """The refusal, with a button where the rest of the words can be drawn."""
    if not misread.plain:
        return Refused(why="input", sentence=misread.sentence)
    name = id_text(new_id())
    try:
        await ledger.keep(DRAWER, f"{person.id}/{name}", misread.plain)
    except LedgerError:  # a convenience, not worth a failure of its own
        return Refused(why="input", sentence=misread.sentence)
    button = Button(verb="plain", label=wording.PLAIN, job=name)
    return Refused(why="input", sentence=misread.sentence, buttons=(button,))


async def words(ledger: Ledger, person: Person, name: str) -> str | None:
    """What this person's button stands for; None where it is no longer kept, or somebody else's."""
    return await ledger.kept(DRAWER, f"{person.id}/{name}")
