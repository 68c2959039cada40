"""How a body becomes a message, changes one, or is refused; whoever sent it, and whichever way."""

import json
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.fakes.slack.blockkit import MESSAGE_TEXT, wrong_message
from tests.fakes.slack.errors import ApiError, Json, badly_made
from tests.fakes.slack.mentions import find_pings
from tests.fakes.slack.messages import SHOWABLE, File, Message, elements, walk
from tests.fakes.slack.places import Channel, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server
    from tests.fakes.slack.state import State

BLOCKS_TOGETHER = 13_200  # slackapi/bolt-js#2509: nowhere documented, and only for chat.*


def create(
    server: "Server",
    channel: Channel,
    author: User,
    body: Json,
    where: str,
    *,
    only_for: User | None = None,
    by_url: bool = False,
    files: list[File] | None = None,
) -> Message:
    """Post a new message. `where`: the method, for complaints. Raises ApiError."""
    shown = check(server, channel.team, body, where, files=bool(files))
    message = Message(
        ts=server.new_ts(),
        channel=channel,
        author=author,
        thread_ts=str(body.get("thread_ts") or ""),
        only_for=only_for,
        by_url=by_url,
        files=files or [],
        unfurl_links=_flag(body.get("unfurl_links")),
        unfurl_media=_flag(body.get("unfurl_media")),
        metadata=body.get("metadata"),
    )
    _fill(message, body, shown)
    linked = bool(_flag(body.get("link_names"))) or body.get("parse") == "full"
    message.pings, message.risks = find_pings(message, link_names=linked)
    if only_for is not None:
        server.ephemeral.append(message)
        if not all(any(place.has(only_for) for place in file.shares) for file in shown.values()):
            server.complain(where, ["an ephemeral message shares no file: its reader cannot see it"])
    else:
        channel.messages.append(message)
        for file in [*message.files, *shown.values()]:
            _share(file, message)
    server.events.message(message)
    server.touch()
    return message


def edit(
    server: "Server", message: Message, body: Json, where: str, *, text_limit: int = MESSAGE_TEXT
) -> None:
    """Change what a message shows. Raises ApiError.

    A text without blocks takes the blocks away; without either they stay (methods/chat.update, "blocks").
    """
    kept: Json = {"text": message.text, "blocks": message.blocks, "attachments": message.attachments}
    if body.get("text") and body.get("blocks") is None:
        kept["blocks"] = []
    whole = kept | {name: value for name, value in body.items() if value is not None}
    shown = check(
        server, message.channel.team, whole, where, text_limit=text_limit, files=bool(message.files)
    )
    message.history.append(message.past())
    _fill(message, whole, shown)
    message.risks |= find_pings(message, link_names=True)[1]  # parse is "client" here, not "none"
    message.edited = server.new_ts()
    for file in shown.values() if message.only_for is None else ():
        _share(file, message)
    server.events.message(message, "message_changed")
    server.touch()


def delete(server: "Server", message: Message) -> None:
    """Take a message away; it stays in its channel's `gone`."""
    (server.ephemeral if message.only_for else message.channel.messages).remove(message)
    message.channel.gone.append(message)
    server.events.message(message, "message_deleted")
    server.touch()


def check(
    state: "State", team: Team, body: Json, where: str, *, text_limit: int = MESSAGE_TEXT, files: bool = False
) -> dict[str, File]:
    """The files that its blocks show, by what names them. Raises ApiError where Slack refuses the body."""
    text, blocks, attachments = body.get("text") or "", body.get("blocks"), body.get("attachments")
    if not (text or blocks or attachments or files):
        raise ApiError("no_text")
    if state.check:
        wrong = wrong_message(body, text_limit=text_limit)
        state.complain(where, wrong)
        if len(text) > text_limit:
            raise ApiError("msg_too_long")
        if where.startswith("chat.") and len(json.dumps(blocks or [], ensure_ascii=False)) > BLOCKS_TOGETHER:
            state.complain(where, [f"the blocks together must be less than {BLOCKS_TOGETHER} characters"])
            raise ApiError("msg_blocks_too_long")
        if wrong:
            raise badly_made("invalid_blocks", wrong)
    return find_files(state, team, blocks or [])


def find_files(state: "State", team: Team, blocks: list[Json]) -> dict[str, File]:
    """The files that blocks show, by what names them there. Raises ApiError invalid_blocks."""
    shown, wrong = {}, []
    for path, pointer in _pointers(blocks):
        file = _find(state, team, pointer)
        if file is None or not file.completed or state.now() < file.processed_at:
            wrong.append(f"invalid slack file [json-pointer:{path}/slack_file]")
        elif file.filetype not in SHOWABLE:
            wrong.append(f"unsupported file type: {file.filetype} [json-pointer:{path}/slack_file]")
        else:
            shown[pointer] = file
    if wrong:
        raise badly_made("invalid_blocks", wrong)
    return shown


def _pointers(blocks: list[Json]) -> Iterator[tuple[str, str]]:
    for index, block in enumerate(blocks):
        held = [*walk([block]), *(inner for _, inner in elements([block]))]
        held += [inner for inner in block.get("elements", []) if isinstance(inner, dict)]
        for named in (one["slack_file"] for one in held if isinstance(one.get("slack_file"), dict)):
            yield f"/blocks/{index}", named.get("id") or named.get("url") or ""


def _find(state: "State", team: Team, pointer: str) -> File | None:
    """A file of this team by its id, or by an address of it."""
    parts = [part for step in pointer.split("/") for part in step.split("-")]
    found = next((state.files[part] for part in parts if part in state.files), None)
    return found if found is not None and found.team is team else None


def _fill(message: Message, body: Json, shown: dict[str, File]) -> None:
    message.text = body.get("text") or ""
    message.blocks = named(body.get("blocks") or [])
    message.attachments = body.get("attachments") or []
    message.shown_files = shown


def named(blocks: list[Json]) -> list[Json]:
    """The same blocks, with the ids that Slack gives where the app gave none."""
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for _, element in elements([block]):
            if element["type"] != "image":
                element.setdefault("action_id", secrets.token_urlsafe(4))
    return blocks


def _share(file: File, message: Message) -> None:
    shares = file.shares.setdefault(message.channel, [])
    if message not in shares:
        shares.append(message)


def _flag(value: object) -> bool | None:
    return None if value is None else value in (True, 1, "1", "true", "True")
