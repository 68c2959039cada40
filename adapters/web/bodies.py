"""What the page may send: each body's shape, its bounds, and who may be its author."""

from typing import Annotated, Literal, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from adapters.web.guard import RequestError
from bot.port.cards import Verb
from bot.port.requests import OptionValue, Person

MAX_TEXT = 8_000  # letters; the core has its own, smaller bound for a prompt and says so in its own words
MAX_BODY = 256 * 1024  # bytes, for every route of this server
MAX_OPTIONS = 16  # more than any command has
MEMBER = Person(id="web:member", name="Mia")
SECOND = Person(id="web:second", name="Noah")
GUEST = Person(id="web:guest", name="Gale", roles=("web:guests",))
ADMIN = Person(id="web:admin", name="Ada", admin=True)
PERSONS = {person.id: person for person in (MEMBER, SECOND, GUEST, ADMIN)}
TITLES = {
    MEMBER.id: f"{MEMBER.name}, member",
    SECOND.id: f"{SECOND.name}, second member",
    GUEST.id: f"{GUEST.name}, guest",
    ADMIN.id: f"{ADMIN.name}, admin",
}
Emoji = Literal["🔁", "🔄", "🗑️"]
_Id = Annotated[str, StringConstraints(max_length=200)]
_Value = bool | Annotated[str, StringConstraints(max_length=MAX_TEXT)]  # as typed, or whether it is ticked


class Body(BaseModel):
    """Nothing but what is listed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Deed(Body):
    """What a persona does."""

    persona: Literal["web:member", "web:second", "web:guest", "web:admin"]

    @property
    def person(self) -> Person:
        return PERSONS[self.persona]


class Say(Deed):
    """A line typed into the composer, and what the form beside it says about a drawing.

    `id` is made by the page: the same line, sent again, is one request.
    """

    id: UUID
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
    options: dict[_Id, OptionValue] = Field(default_factory=dict, max_length=MAX_OPTIONS)


class Pressed(Deed):
    """A button of a card."""

    id: UUID
    verb: Verb
    job: _Id
    index: int = Field(default=0, ge=0, le=99)
    options: dict[_Id, OptionValue] = Field(default_factory=dict, max_length=MAX_OPTIONS)


class Reacted(Deed):
    """An emoji put on a message, or taken off it."""

    message: _Id
    emoji: Emoji
    on: bool


class Dismissed(Deed):
    """A private message that its person has read."""

    message: _Id


class Turned(Body):
    """One thing turned on the workbench."""

    skip_day: Literal[True] | None = None
    mood: _Id | None = None


class Asked(Body):
    """What the operator asks of a workspace. `id` is made by the page, one for each form that is sent."""

    id: UUID
    workspace: _Id
    command: _Id
    options: dict[_Id, _Value] = Field(default_factory=dict, max_length=MAX_OPTIONS)


class Confirmed(Body):
    """The button of a change that asked to be confirmed."""

    id: UUID
    workspace: _Id
    verb: Literal["confirm"]
    job: _Id


AnyBody = TypeVar("AnyBody", bound=Body)


def person_named(persona: str) -> Person:
    """Raises RequestError for a persona that nobody is."""
    person = PERSONS.get(persona)
    if person is None:
        raise RequestError(400, f"There is no such persona; choose one of {', '.join(PERSONS)}.")
    return person


async def read(request: web.Request, shape: type[AnyBody]) -> AnyBody:
    """The body of a POST, checked. Raises RequestError with a sentence that says what to mend."""
    if request.content_type != "application/json":
        raise RequestError(415, "Send JSON, with Content-Type: application/json.")
    try:
        return shape.model_validate_json(await request.read())
    except web.HTTPRequestEntityTooLarge as error:
        raise RequestError(413, f"That is too large: at most {MAX_BODY // 1024} KiB.") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise RequestError(400, f"{where}: {first['msg']}.") from error
