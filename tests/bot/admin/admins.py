"""Helpers of the tests of administration: people, places, and the text of answers."""

from bot.port.cards import Button, Notice, Refused, Report
from bot.port.requests import Address, Command, OptionValue, Person
from quotas.ids import id_text
from quotas.records import Entry
from tests.bot.running_bot import BOSS, RunningBot, at, request_id
from tests.fakes.chat import Message

TEAM = "chat:team"
ADMINS = "chat:admins"  # the admins' channel
CHIEF = Person(id="chat:chief", name="Chief", admin=True)  # another admin
OPERATOR = "chat:op"
OP = Person(id=OPERATOR, name="Op")
NUMBER = "0000000000001"  # no entry has it

Answer = Report | Notice | Refused


async def quotas(
    running: RunningBot, text: str, person: Person = BOSS, *, address: Address | None = None
) -> Answer:
    """Type `/quotas` and these words."""
    return await running.command("quotas", text, person, address=address)


async def quotas_with_fields(running: RunningBot, verb: str, **fields: OptionValue) -> Answer:
    """Send a verb as a platform does that has fields for options."""
    return await running.bot.command(
        Command(id=request_id(), person=BOSS, address=at(), name=f"quotas {verb}", options=fields)
    )


def sentence(answer: object) -> str:
    """Return the sentence of a notice or a refusal, or the title of a report."""
    if isinstance(answer, Report):
        return answer.title
    assert isinstance(answer, Notice | Refused), answer
    return answer.sentence


def report(answer: object) -> Report:
    assert isinstance(answer, Report), answer
    return answer


def button(answer: object) -> Button:
    """Return the only button of an answer."""
    assert isinstance(answer, Report | Refused), answer
    (only,) = answer.buttons
    return only


async def newest_entry(running: RunningBot, workspace: str = TEAM) -> Entry:
    return (await running.ledger.settings.entries(workspace, 1))[0]


async def newest_number(running: RunningBot) -> str:
    """Return the number of the newest entry, as people type it."""
    return id_text((await newest_entry(running)).id)


async def log_length(running: RunningBot) -> int:
    return len(await running.ledger.settings.entries(None, 1_000))


def messages_in(running: RunningBot, channel: str = ADMINS) -> list[Message]:
    return [each for each in running.chat.messages.values() if each.ref.address.channel == channel]


def titles(running: RunningBot, channel: str = ADMINS) -> list[str]:
    return [report(message.card).title for message in messages_in(running, channel)]


def posted_changes(running: RunningBot) -> list[tuple[str, str]]:
    """Return (title, change) of each change posted in the admins' channel."""
    cards = [report(message.card) for message in messages_in(running)]
    return [(card.title, card.lines[0]) for card in cards if card.lines]


async def set_admin_channel(running: RunningBot) -> RunningBot:
    """Give the admins a channel of their own, and clear the greeting there."""
    await quotas(running, f"settings --admin-channel {ADMINS}")
    running.chat.messages.clear()
    return running
