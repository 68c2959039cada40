"""The shape of Slack's request bodies, as far as Bolt and this adapter read them.

A body may be signed rightly and be malformed. Bolt then breaks with a traceback, and this adapter would carry
a number or a list to where everybody counts on text. Fields that nobody reads may be anything.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from slack_bolt.request.async_request import AsyncBoltRequest


class Malformed(ValueError):
    """A body that Slack does not send. The message names one of our fields, or the error that it caused."""


def _encodable(text: str) -> str:
    """Refuse half a character, which JSON can write and UTF-8 cannot. Raises ValueError."""
    text.encode()
    return text


_Text = Annotated[str, Field(strict=True), AfterValidator(_encodable)]
Text = _Text | None


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Named(_Shape):
    """A person, a place or a team, as an object with an id."""

    id: Text = None
    team_id: Text = None
    enterprise_id: Text = None


_Id = _Named | Text  # some bodies have the id alone


class _Item(_Shape):
    type: Text = None
    channel: Text = None
    ts: Text = None


class _File(_Shape):
    id: _Text
    name: Text = None
    title: Text = None
    mimetype: Text = None
    url_private: Text = None
    url_private_download: Text = None


class _Message(_Shape):
    user: _Id = None
    text: Text = None
    ts: Text = None
    thread_ts: Text = None
    files: list[_File] | None = None


class _Tokens(_Shape):
    bot: list[Any] | None = None


class _Event(_Message):
    type: _Text
    subtype: Text = None
    channel: _Id = None
    channel_type: Text = None
    team: _Id = None
    user_team: Text = None
    enterprise: _Id = None
    event_ts: Text = None
    item: _Item | None = None
    item_user: Text = None
    reaction: Text = None
    tab: Text = None
    tokens: _Tokens | None = None
    message: _Message | None = None
    previous_message: _Message | None = None


class _Option(_Shape):
    value: Text = None


class _Element(_Shape):
    value: Text = None
    selected_option: _Option | None = None
    files: list[_File] | None = None


class _State(_Shape):
    values: dict[str, dict[str, _Element]] = {}


class _View(_Named):
    hash: Text = None
    callback_id: Text = None
    private_metadata: Text = None
    app_installed_team_id: Text = None
    state: _State | None = None


class _Action(_Shape):
    action_id: Text = None
    value: Text = None
    selected_option: _Option | None = None


class _Container(_Shape):
    message_ts: Text = None
    thread_ts: Text = None


class _Authorization(_Shape):
    team_id: Text = None
    enterprise_id: Text = None


class _ResponseUrl(_Shape):
    response_url: Text = None


class _Body(_Message):
    type: Text = None
    command: Text = None
    trigger_id: Text = None
    callback_id: Text = None
    response_url: Text = None
    event_id: Text = None
    team: _Id = None
    team_id: Text = None
    enterprise: _Id = None
    enterprise_id: Text = None
    user_id: Text = None
    channel: _Id = None
    channel_id: Text = None
    channel_name: Text = None
    authorizations: list[_Authorization] | None = None
    response_urls: list[_ResponseUrl] | None = None
    event: _Event = _Event(type="")  # Bolt takes none for an event, but null breaks it
    actions: list[_Action] = []
    container: _Container | None = None
    message: _Message | None = None
    view: _View | None = None


def read_request(
    body: Any, headers: Mapping[str, str], *, mode: Literal["http", "socket_mode"], query: str = ""
) -> AsyncBoltRequest:
    """Make Bolt's request. `body`: the text that came over HTTP, or the payload of an envelope.

    Raises Malformed.
    """
    sent: dict[str, str | Sequence[str]] = {**headers}
    try:
        request = AsyncBoltRequest(body=body, query=query, headers=sent, mode=mode)
    except Exception as error:  # Bolt reads the body here, and may break anywhere
        raise Malformed(type(error).__name__) from None
    try:
        _Body.model_validate(request.body)
    except ValidationError as error:
        field, *_ = (*error.errors(include_input=False, include_url=False)[0]["loc"], "body")
        raise Malformed(str(field)) from None
    return request
