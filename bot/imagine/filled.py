"""Forms that come back filled in: a new request, or one that is edited."""

from bot.commands.parser import Misread
from bot.imagine import parse, refusals
from bot.imagine.forms import chosen, present, usual
from bot.imagine.lifecycle import Imagining
from bot.imagine.records import Ask
from bot.port.cards import Accepted, Refused
from bot.port.requests import Imagine, Press
from bot.services import Parts


async def imagined(press: Press, imagining: Imagining, parts: Parts) -> Accepted | Refused:
    """Draw what the blank form asks for."""
    preferences = await parts.ledger.preferences(press.address.workspace)
    options = chosen(press.options, usual(parts.catalog, preferences), parts.commands["imagine"])
    if isinstance(options, Misread):
        return await refusals.refusal(parts.ledger, press.person, options)
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
    return parse.read(prompt, options, command, parts.catalog, before)
