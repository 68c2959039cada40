"""What the tests of administration share: who acts, from where, and what they see."""

from bot.port.cards import Button, Notice, Refused, Report
from bot.port.requests import Address, Command, OptionValue, Person
from quotas.ids import id_text
from quotas.records import Entry
from tests.bot.house import BOSS, House, at, fresh
from tests.fakes.chat import Message

TEAM = "chat:team"
ADMINS = "chat:admins"  # the admins' channel
CHIEF = Person(id="chat:chief", name="Chief", admin=True)  # another admin
OPERATOR = "chat:op"
OP = Person(id=OPERATOR, name="Op")
NUMBER = "0000000000001"  # of no entry

Answer = Report | Notice | Refused


async def quotas(house: House, text: str, person: Person = BOSS, *, address: Address | None = None) -> Answer:
    """`/quotas` and these words."""
    return await house.command("quotas", text, person, address=address)


async def filled(house: House, verb: str, **fields: OptionValue) -> Answer:
    """The same verb from a platform that has fields for options."""
    return await house.bot.command(
        Command(id=fresh(), person=BOSS, address=at(), name=f"quotas {verb}", options=fields)
    )


def sentence(answer: object) -> str:
    """What a notice or a refusal says, or the title of a report."""
    if isinstance(answer, Report):
        return answer.title
    assert isinstance(answer, Notice | Refused), answer
    return answer.sentence


def report(answer: object) -> Report:
    assert isinstance(answer, Report), answer
    return answer


def button(answer: object) -> Button:
    """The one button of an answer."""
    assert isinstance(answer, Report | Refused), answer
    (only,) = answer.buttons
    return only


async def newest(house: House, workspace: str = TEAM) -> Entry:
    return (await house.ledger.settings.entries(workspace, 1))[0]


async def number(house: House) -> str:
    """Of the newest entry."""
    return id_text((await newest(house)).id)


async def log_length(house: House) -> int:
    return len(await house.ledger.settings.entries(None, 1_000))


def posted(house: House, channel: str = ADMINS) -> list[Message]:
    return [each for each in house.chat.messages.values() if each.ref.address.channel == channel]


def titles(house: House, channel: str = ADMINS) -> list[str]:
    return [report(message.card).title for message in posted(house, channel)]


def changes_told(house: House) -> list[tuple[str, str]]:
    """(title, change) of each line in the admins' channel."""
    cards = [report(message.card) for message in posted(house)]
    return [(card.title, card.lines[0]) for card in cards if card.lines]


async def with_admins(house: House) -> House:
    """Where the admins have a channel of their own; what was said there at first is cleared."""
    await quotas(house, f"settings --admin-channel {ADMINS}")
    house.chat.messages.clear()
    return house
