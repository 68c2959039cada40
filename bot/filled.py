"""Forms that come back filled in: a new request, or one that is edited."""

from bot import misread
from bot.cards import Accepted, Refused
from bot.imagine import Imagining
from bot.jobs import Ask
from bot.messages import Imagine, Press
from bot.parts import Parts
from bot.typed import asking
from bot.typed.forms import chosen, present, usual
from bot.typed.grammar import Misread


async def imagined(press: Press, imagining: Imagining, parts: Parts) -> Accepted | Refused:
    """Draw what the blank form asks for."""
    preferences = await parts.ledger.preferences(press.address.workspace)
    options = chosen(press.options, usual(parts.catalog, preferences), parts.commands["imagine"])
    if isinstance(options, Misread):
        return await misread.refusal(parts.ledger, press.person, options)
    text = str(press.options.get("prompt", ""))
    return await imagining.imagine(
        Imagine(id=press.id, person=press.person, address=press.address, text=text, options=options)
    )


def edited(press: Press, before: Ask, parts: Parts) -> Ask | Refused | Misread:
    """The request `before` as the form behind *Edit prompt* changes it."""
    command = parts.commands["imagine"]
    options = chosen(press.options, present(before), command)
    if isinstance(options, Misread):
        return options
    prompt = str(press.options.get("prompt", before.prompt))
    return asking.read(prompt, options, command, parts.catalog, before)
