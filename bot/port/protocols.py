"""The port between the core and a platform: two Protocols, because calls go both ways.

What can be answered at once is returned; what comes later is posted to a durable address, so that
it survives a restart. Adapters translate and never decide; the core decides and never translates.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from bot.port.cards import Accepted, Card, Choice, Form, Notice, Refused, Reply, Report
from bot.port.requests import Address, Command, Imagine, MessageRef, Person, Press, Reaction
from bot.port.views import Books, Home, Setting

SUGGESTIONS = 25  # Discord shows no more (application-commands, "Autocomplete"), and nobody reads more

# Who acts at the page of whoever runs the bot: what opens that page is what makes them an operator.
OPERATOR = Person(id="web:operator", name="Operator", admin=True)

Preview = Callable[[Card], Any]  # a card to the payload that a platform would be sent, as JSON-able data


class DeliveryError(Exception):
    """A card could not be posted, revised or deleted. `retryable`: the same call may work later."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


class CannotRun(Exception):
    """A platform cannot be served; the message says why, and what to change."""


class Core(Protocol):
    """What an adapter may ask. Every method is safe to call twice with the same id.

    What is said is said in the language of the workspace in which it was asked, and the task that asked
    speaks it from then on (`bot.wording`).
    """

    async def language(self, workspace: str) -> str:
        """What is spoken there, for what an adapter has to say before it asks anything."""
        ...

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        """Accept or refuse `/imagine`, without waiting for a network.

        Accepted means that the job is durable. Show its card, then call `shown`.
        """
        ...

    async def press(self, press: Press) -> Reply:
        """Carry out a button. Replies other than Accepted are for the presser alone."""
        ...

    async def form(self, press: Press) -> Form | Refused | Notice:
        """The form that a button opens, prefilled; submitting it is a press with its fields as options.

        The verb `imagine`, without a job, asks for the blank form of `/imagine`.
        """
        ...

    async def react(self, reaction: Reaction) -> Reply | None:
        """Carry out a reaction; None where it means nothing to us. As `press` otherwise."""
        ...

    async def command(self, command: Command) -> Report | Notice | Refused:
        """Answer any other command of the registry, for the asker alone."""
        ...

    async def suggest(self, command: Command, option: str) -> tuple[Choice, ...]:
        """What one option may become, while it is typed: what is there so far is its value in `command`.

        At most `SUGGESTIONS`, likeliest first; none for an option of which the core knows no values.
        """
        ...

    async def home(self, person: Person, address: Address) -> Home:
        """A person's own page in this workspace; where it cannot be made, it says so."""
        ...

    async def shown(self, job: str, card: MessageRef) -> None:
        """Remember which message announces the job, so that it can be revised."""
        ...

    async def forget(self, person: str, by: str) -> Notice | Refused:
        """Forget a person everywhere, because whoever runs the bot (`by`) was asked to."""
        ...

    async def joined(self, workspace: str) -> None:
        """The bot was taken into a workspace, perhaps again."""
        ...

    async def left(self, workspace: str) -> None:
        """The bot was taken out of a workspace for good; after some days everything of it is forgotten."""
        ...

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        """The bot is in these workspaces now, and in no others of this platform."""
        ...

    async def picture(self, key: str) -> bytes | None:
        """The bytes of a drawn picture, or None where it was deleted or its time is over."""
        ...

    async def books(self, by: str) -> Books:
        """What was spent, for all time and everyone; the same figures as `imagine usage --json`.

        For whoever runs the bot. `by`: tier, person, channel or day. Raises ValueError on another.
        """
        ...

    async def workspaces(self) -> list[str]:
        """Every workspace in which something was drawn or set. For whoever runs the bot."""
        ...

    async def set_here(self, workspace: str) -> tuple[Setting, ...]:
        """What is set in a workspace, in "*" for the whole bot, and in force. For whoever runs the bot."""
        ...


class Adapter(Protocol):
    """What the core may ask. Every method raises DeliveryError and nothing else."""

    name: str  # the platform: the first half of every person's and workspace's id
    card_becomes_gallery: bool  # a job's card can be revised into its gallery

    async def run(self, core: Core) -> None:
        """Connect, listen, and translate until cancelled. Raises CannotRun."""
        ...

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        """Post a new message. The same key gives the same message, where the platform can."""
        ...

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        """Replace what a message shows. Returns where it is now."""
        ...

    async def delete(self, message: MessageRef) -> None:
        """Take a message away; one that is gone already is no error."""
        ...

    async def forget(self, person: str) -> None:
        """Drop what the adapter itself holds of a person, pages of its own included; what it posted stays."""
        ...


class Workbench(Protocol):
    """What only the playground may turn, where no real platform is served: the clock, and the gateway."""

    moods: Mapping[str, str]  # what the gateway can be made to do, and how that is said
    mood: str  # "" while it behaves

    def now(self) -> float:
        """The time everything goes by, in unix seconds."""
        ...

    async def skip_day(self) -> None:
        """Go on to the same time tomorrow. It stays skipped over a restart."""
        ...

    async def set_mood(self, mood: str) -> None:
        """Make the gateway behave so from the next drawing on. Raises ValueError on an unknown mood."""
        ...


class KeyValue(Protocol):
    """A small durable drawer for what an adapter must remember; the core lends one to each."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str) -> None: ...

    async def drop(self, key: str) -> None: ...

    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """The newest `limit` pairs whose key begins so, oldest first."""
        ...
