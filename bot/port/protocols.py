"""The port between the core and a platform: Protocols for both sides, because calls go both ways.

The core returns what it can answer at once; it posts what comes later to a durable address, which outlives a
restart. Adapters translate and never decide; the core decides and never translates.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, Protocol

from bot.port.cards import Accepted, Card, Choice, Form, Notice, PictureList, Refused, Reply, Report
from bot.port.requests import Address, Command, Imagine, MessageRef, Person, Press, Reaction, Search
from bot.port.views import Findings, Home, Narrowings, Setting, Spending, Sums

SUGGESTIONS = 25  # Discord shows no more (application-commands, "Autocomplete"), and nobody reads more

# The person who acts on the operator's page. Whoever can open that page is an operator.
OPERATOR = Person(id="web:operator", name="Operator", admin=True)

# How a place came to take no message any more; "" if nobody knows.
ClosedPlace = Literal[
    "gone", "thread gone", "thread closed", "removed", "archived", "restricted", "absent", ""
]
Preview = Callable[[Card], Any]  # a card to the payload that a platform would be sent, as JSON-able data


class DeliveryError(Exception):
    """A card could not be posted, revised or deleted. `retryable`: the same call may work later.

    `sentence`: why the place takes no message any more, for the person who waits for it; "" if the platform
    does not tell.
    """

    def __init__(self, message: str, *, retryable: bool, sentence: str = "") -> None:
        super().__init__(message)
        self.retryable = retryable
        self.sentence = sentence


class CannotRun(Exception):
    """A platform cannot be served; the message says why, and what to change."""


class Core(Protocol):
    """The part of the core that every adapter uses. Every method is safe to call twice with the same id.

    An answer is in the language of the request's workspace, which stays active in the calling task
    (`bot.wording`).
    """

    async def language(self, workspace: str) -> str:
        """Return the code of the workspace's language, for sentences that the adapter itself says."""
        ...

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        """Accept or refuse `/imagine` or `/compare`, without waiting for a network unless files come with it.

        Accepted means that the job is durable. Show its card, then call `shown`. Files are read and checked
        before, which may take longer than a platform waits for an answer: acknowledge first.
        """
        ...

    async def press(self, press: Press) -> Reply:
        """Carry out a press. Replies other than Accepted are for the presser alone."""
        ...

    async def form(self, press: Press) -> Form | Refused | Notice:
        """Return the form that a button opens, prefilled; submitting it is a press with its values.

        The verbs `imagine` and `compare`, without a target, ask for the blank form of that command.
        """
        ...

    async def react(self, reaction: Reaction) -> Reply | None:
        """Carry out a reaction as `press` does a press; None if it means nothing to the bot."""
        ...

    async def command(self, command: Command) -> Report | PictureList | Notice | Refused:
        """Answer any other command of the registry, for the asker alone."""
        ...

    async def suggest(self, command: Command, option: str) -> tuple[Choice, ...]:
        """Complete one option; its value in `command` is the text typed up to now.

        Returns at most `SUGGESTIONS`, likeliest first; none for an option that the core cannot complete.
        """
        ...

    async def home(self, person: Person, address: Address) -> Home:
        """Return a person's own page in this workspace; if that fails, a page that says so."""
        ...

    async def shown(self, job: str, card: MessageRef) -> None:
        """Record which message announces the job, to revise it later."""
        ...

    async def answered(self, person: str, address: Address) -> None:
        """Note that a person's request was answered, at its address. Call it as soon as the answer is out.

        What waits for that person then comes by the same way: its reply token, or a direct message.
        """
        ...

    async def withdraw(self, job: str) -> None:
        """Release a job that is not drawn yet, without a word: another process answers its request."""
        ...

    async def picture(self, key: str) -> bytes | None:
        """Return the bytes of a picture; None if it was deleted or has expired."""
        ...


class Operations(Protocol):
    """Requests that only the operator may make."""

    async def spending(self, by: str) -> Spending:
        """Sum up what was spent, for all time and everyone; the same figures as `imagine usage --json`.

        `by`: tier, person, channel, day, model or workspace. Raises ValueError on another.
        """
        ...

    async def bill(self, job: str) -> Sums:
        """Sum up what one job was charged and what it cost; zeros where there is no such job."""
        ...

    async def workspaces(self) -> list[str]:
        """List every workspace in which something was drawn or set."""
        ...

    async def settings(self, workspace: str) -> tuple[Setting, ...]:
        """List what is set in a workspace ("*": for the whole bot) and in force."""
        ...

    async def forget(self, person: str, by: str) -> Notice | Refused:
        """Forget a person everywhere. `by`: the id of the operator who was asked to."""
        ...


class Library(Protocol):
    """The delivered pictures that somebody may see: an operator all, others what is theirs or not private."""

    async def search(self, search: Search) -> Findings | Refused:
        """Return a page of what was found."""
        ...

    async def narrowings(self, person: Person, workspace: str) -> Narrowings | Refused:
        """Return what this person's searches of a workspace can be narrowed to."""
        ...

    async def found_picture(
        self, person: Person, workspace: str, key: str, *, small: bool = False
    ) -> bytes | None:
        """Return the bytes of a picture that this person finds there; None if they find no such picture.

        `small`: scaled down for a grid. Raises OSError if it cannot be read now.
        """
        ...


class Presence(Protocol):
    """The workspaces that the bot is in, as a chat platform reports them."""

    async def joined(self, workspace: str) -> None:
        """Note that the bot was added to a workspace, perhaps again."""
        ...

    async def left(self, workspace: str) -> None:
        """Note that the bot was removed from a workspace; after some days its data is forgotten."""
        ...

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        """Note that the bot is in these workspaces now, and in no others of this platform."""
        ...


class ChatCore(Core, Presence, Protocol):
    """The core as a chat platform needs it."""


class OperatorCore(Core, Operations, Protocol):
    """The core as the shell needs it."""


class PageCore(Core, Operations, Library, Protocol):
    """The core as the web pages need it."""


class WholeCore(Core, Operations, Library, Presence, Protocol):
    """The core as every adapter together needs it."""


class Adapter(Protocol):
    """One platform, as the core sees it. Every method raises DeliveryError and nothing else."""

    name: str  # the platform: the first half of every person's and workspace's id
    card_becomes_gallery: bool  # a job's card can be revised into its gallery
    has_buttons: bool  # its people can press the buttons of a card

    async def run(self, core: WholeCore) -> None:
        """Connect, listen, and translate until cancelled. Raises CannotRun."""
        ...

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        """Post a new message. The same key gives the same message, if the platform can do that."""
        ...

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        """Replace a message's content. Returns where the message is now."""
        ...

    async def delete(self, message: MessageRef) -> None:
        """Delete a message; one that is gone already is no error."""
        ...

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        """Return whether a channel is in this workspace; None if the adapter cannot tell without asking."""
        ...

    async def forget(self, person: str) -> None:
        """Erase what the adapter itself keeps about a person, its own pages included; its messages stay."""
        ...


class Workbench(Protocol):
    """Controls of the playground, available only if no real platform is served: the clock and the gateway."""

    moods: Mapping[str, str]  # ways in which the gateway can be made to fail, each with its label
    mood: str  # "" while the gateway behaves

    def now(self) -> float:
        """Return the time of the whole program, in unix seconds."""
        ...

    async def skip_day(self, request_id: str) -> bool:
        """Move the clock to the same time tomorrow. A restart keeps it there.

        The same id moves it once, also after a restart; return False if it was moved before.
        """
        ...

    async def set_mood(self, mood: str) -> None:
        """Make the gateway fail in this way from now on. Raises ValueError on an unknown mood."""
        ...


class KeyValue(Protocol):
    """A small durable store for what an adapter must remember; each adapter has its own."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str, people: Collection[str] = ()) -> None:
        """Store a value. `people`: everyone it speaks of; forgetting one of them deletes it."""
        ...

    async def delete(self, key: str) -> None: ...

    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """Return the newest `limit` pairs whose key begins with `prefix`, oldest first."""
        ...
