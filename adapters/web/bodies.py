"""The request bodies that the pages may send, their limits, and the personas of the playground."""

import asyncio
from typing import Annotated, Literal, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from adapters.web.guard import RequestError
from bot.port.cards import Verb
from bot.port.requests import Person

MAX_TEXT = 8_000  # letters; the core limits a prompt further and words the refusal itself
MAX_BODY = 256 * 1024  # bytes, for every route of this server
BODY_SECONDS = 10.0  # for a whole body to arrive
MAX_OPTIONS = 16  # more than any command has
MEMBER = Person(id="web:member", name="Mia")
SECOND = Person(id="web:second", name="Noah")
GUEST = Person(id="web:guest", name="Gale", roles=("web:guests",))
ADMIN = Person(id="web:admin", name="Ada", admin=True)
PERSONAS = {person.id: person for person in (MEMBER, SECOND, GUEST, ADMIN)}
PERSONA_TITLES = {
    MEMBER.id: f"{MEMBER.name}, member",
    SECOND.id: f"{SECOND.name}, second member",
    GUEST.id: f"{GUEST.name}, guest",
    ADMIN.id: f"{ADMIN.name}, admin",
}
Emoji = Literal["🔁", "🔄", "⭐", "🗑️"]
_Id = Annotated[str, StringConstraints(max_length=200)]
# A string as typed, or the state of a checkbox.
_Value = bool | Annotated[str, StringConstraints(max_length=MAX_TEXT)]
_Number = Annotated[int, Field(ge=-(10**9), le=10**9)]


class Body(BaseModel):
    """A frozen body; an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ActionBody(Body):
    """A body that names the persona who acts."""

    persona: Literal["web:member", "web:second", "web:guest", "web:admin"]

    @property
    def person(self) -> Person:
        return PERSONAS[self.persona]


class SayBody(ActionBody):
    """A line typed into the composer, with the options of the form beside it.

    `id`: made by the page; the same line sent again is one request.
    """

    id: UUID
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
    options: dict[_Id, _Value | _Number] = Field(default_factory=dict, max_length=MAX_OPTIONS)


class PressBody(ActionBody):
    """A pressed button of a card. `job`: the target of the button, as the page received it."""

    id: UUID
    verb: Verb
    job: _Id
    index: int = Field(default=0, ge=0, le=99)
    options: dict[_Id, _Value | _Number] = Field(default_factory=dict, max_length=MAX_OPTIONS)


class ReactionBody(ActionBody):
    """An emoji that is added to a message (`on`) or removed from it."""

    message: _Id
    emoji: Emoji
    on: bool


class DismissBody(ActionBody):
    """A private message that its reader closes."""

    message: _Id


class WorkbenchBody(Body):
    """One change to the workbench: a skipped day, or the mood of the gateway.

    `id`: made by the page, one for each day; the same day sent again is skipped once.
    """

    skip_day: Literal[True] | None = None
    mood: _Id | None = None
    id: UUID | None = None


class AdminCommandBody(Body):
    """A command of the operator in a workspace. `id`: made by the page, one for each form it sends."""

    id: UUID
    workspace: _Id
    command: _Id
    options: dict[_Id, _Value] = Field(default_factory=dict, max_length=MAX_OPTIONS)


class AdminPressBody(Body):
    """The confirm button of a change. `job`: the target of the button."""

    id: UUID
    workspace: _Id
    verb: Literal["confirm"]
    job: _Id


AnyBody = TypeVar("AnyBody", bound=Body)


def get_persona(persona: str) -> Person:
    """Return the person behind a persona's id. Raises RequestError if there is none."""
    person = PERSONAS.get(persona)
    if person is None:
        raise RequestError(400, f"There is no such persona; choose one of {', '.join(PERSONAS)}.")
    return person


async def read_body(request: web.Request, model: type[AnyBody]) -> AnyBody:
    """Parse and validate the JSON body of a POST. Raises RequestError, which says what to change."""
    return parse_body(await _read(request, "application/json", "JSON"), model)


def parse_body(data: bytes, model: type[AnyBody]) -> AnyBody:
    """Validate JSON that was read. Raises RequestError, which says what to change."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise RequestError(400, f"{field}: {first['msg']}.") from error


async def read_form(request: web.Request) -> dict[str, str]:
    """Parse the body of a form; of a field that comes twice, the last. Raises RequestError."""
    data = await _read(request, "application/x-www-form-urlencoded", "a form")
    try:
        fields = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=MAX_OPTIONS)
    except ValueError as error:
        raise RequestError(400, "This is not a form as a browser sends it.") from error
    return dict(fields)


async def _read(request: web.Request, content_type: str, kind: str) -> bytes:
    if request.content_type != content_type:
        raise RequestError(415, f"Send {kind}, with Content-Type: {content_type}.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise RequestError(413, f"That is too large: at most {MAX_BODY // 1024} KiB.") from error
    except TimeoutError as error:
        raise RequestError(408, "The request did not arrive in time; send it again.") from error
    except web.RequestPayloadError as error:
        raise RequestError(400, "The body breaks off, or is not encoded as its headers say.") from error
