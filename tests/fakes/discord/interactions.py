"""One interaction: a person's action, and the bot's answer."""

import asyncio
from dataclasses import dataclass, field

from tests.fakes.discord.errors import Json
from tests.fakes.discord.messages import Message
from tests.fakes.discord.places import Channel, Person

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5  # receiving-and-responding, "Interaction Type"
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9  # "Callback Type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Modal:
    """A form that the bot opened. `interaction`: the one that it answered."""

    custom_id: str
    title: str
    components: list[Json]
    interaction: "Interaction" = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The first answer to an interaction.

    `message`: the message that it posted or changed.
    `choices`: the suggestions of an autocomplete.
    """

    type: int
    message: Message | None = None
    modal: Modal | None = None
    choices: tuple[Json, ...] = ()


@dataclass(eq=False, slots=True, kw_only=True)
class Interaction:
    """One interaction.

    `message`: the message whose button was pressed.
    `response`: None while unanswered.
    `seconds`: how long the answer took.
    `original`: the message that @original means; None until there is one.
    `personal`: only the person installed the app here, and no guild.
    """

    id: int
    token: str
    type: int
    person: Person
    channel: Channel
    data: Json
    owners: dict[str, str]
    file_limit: int
    created: float
    message: Message | None = None
    response: Response | None = None
    seconds: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    followups_made: int = 0
    expired: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def personal(self) -> bool:
        return "0" not in self.owners

    @property
    def answered_with(self) -> int:
        """Return the type of the answer; 0 while there is none."""
        return self.response.type if self.response else 0

    @property
    def posted(self) -> Message:
        """Return the message that the answer posted or changed. Raises LookupError if there is none."""
        if self.response is None or self.response.message is None:
            raise LookupError(f"no message answers this: {self.response}")
        return self.response.message

    @property
    def modal(self) -> Modal:
        """Return the form that the answer opened. Raises LookupError if there is none."""
        if self.response is None or self.response.modal is None:
            raise LookupError(f"no modal answers this: {self.response}")
        return self.response.modal
