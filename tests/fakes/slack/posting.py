"""Creating, editing, deleting and checking messages, for every sender and every way."""

import json
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.fakes.slack.blockkit import MESSAGE_TEXT, message_errors
from tests.fakes.slack.errors import ApiError, Json, invalid_content
from tests.fakes.slack.mentions import find_pings
from tests.fakes.slack.messages import IMAGE_TYPES, File, Message, elements, walk
from tests.fakes.slack.places import Channel, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server
    from tests.fakes.slack.state import State

# Characters of all blocks of a message as JSON (slackapi/bolt-js#2509): undocumented, and only for chat.*.
BLOCKS_LIMIT = 13_200


def create(
    server: "Server",
    channel: Channel,
    author: User,
    body: Json,
    where: str,
    *,
    only_for: User | None = None,
    via_response_url: bool = False,
    files: list[File] | None = None,
) -> Message:
    """Post a new message. Raises ApiError. `where`: the method, for complaints."""
    shown_files = check(server, channel.team, body, where, files=bool(files))
    message = Message(
        ts=server.new_ts(),
        channel=channel,
        author=author,
        thread_ts=str(body.get("thread_ts") or ""),
        only_for=only_for,
        via_response_url=via_response_url,
        files=files or [],
        unfurl_links=_flag(body.get("unfurl_links")),
        unfurl_media=_flag(body.get("unfurl_media")),
        metadata=body.get("metadata"),
    )
    _fill(message, body, shown_files)
    link_names = bool(_flag(body.get("link_names"))) or body.get("parse") == "full"
    message.pings, message.risks = find_pings(message, link_names=link_names)
    if only_for is not None:
        server.ephemeral.append(message)
        if not all(any(each.has(only_for) for each in file.shares) for file in shown_files.values()):
            server.complain(where, ["an ephemeral message shares no file: its reader cannot see it"])
    else:
        channel.messages.append(message)
        for file in [*message.files, *shown_files.values()]:
            _share(file, message)
    server.events.message(message)
    server.touch()
    return message


def edit(
    server: "Server", message: Message, body: Json, where: str, *, text_limit: int = MESSAGE_TEXT
) -> None:
    """Change a message's content. Raises ApiError.

    A text without blocks removes the blocks; without either they stay (methods/chat.update, "blocks").
    """
    content: Json = {"text": message.text, "blocks": message.blocks, "attachments": message.attachments}
    if body.get("text") and body.get("blocks") is None:
        content["blocks"] = []
    content |= {name: value for name, value in body.items() if value is not None}
    shown_files = check(
        server, message.channel.team, content, where, text_limit=text_limit, files=bool(message.files)
    )
    message.history.append(message.version())
    _fill(message, content, shown_files)
    message.risks |= find_pings(message, link_names=True)[1]  # `parse` is "client" here, not "none"
    message.edited_ts = server.new_ts()
    for file in shown_files.values() if message.only_for is None else ():
        _share(file, message)
    server.events.message(message, "message_changed")
    server.touch()


def delete(server: "Server", message: Message) -> None:
    """Delete a message; keep it in its channel's `deleted_messages`."""
    (server.ephemeral if message.only_for else message.channel.messages).remove(message)
    message.channel.deleted_messages.append(message)
    server.events.message(message, "message_deleted")
    server.touch()


def check(
    state: "State", team: Team, body: Json, where: str, *, text_limit: int = MESSAGE_TEXT, files: bool = False
) -> dict[str, File]:
    """Check a body; return the files in its blocks, by id or URL. Raises ApiError if Slack refuses it."""
    text, blocks, attachments = body.get("text") or "", body.get("blocks"), body.get("attachments")
    if not (text or blocks or attachments or files):
        raise ApiError("no_text")
    if state.check:
        errors = message_errors(body, text_limit=text_limit)
        state.complain(where, errors)
        if len(text) > text_limit:
            raise ApiError("msg_too_long")
        if where.startswith("chat.") and len(json.dumps(blocks or [], ensure_ascii=False)) > BLOCKS_LIMIT:
            state.complain(where, [f"the blocks together must be less than {BLOCKS_LIMIT} characters"])
            raise ApiError("msg_blocks_too_long")
        if errors:
            raise invalid_content("invalid_blocks", errors)
    return find_files(state, team, blocks or [])


def find_files(state: "State", team: Team, blocks: list[Json]) -> dict[str, File]:
    """Return the files in blocks, by id or URL. Raises ApiError if one cannot be shown."""
    files, errors = {}, []
    for path, pointer in _pointers(blocks):
        file = _find(state, team, pointer)
        if file is None or not file.is_completed or state.now() < file.processed_at:
            errors.append(f"invalid slack file [json-pointer:{path}/slack_file]")
        elif file.filetype not in IMAGE_TYPES:
            errors.append(f"unsupported file type: {file.filetype} [json-pointer:{path}/slack_file]")
        else:
            files[pointer] = file
    if errors:
        raise invalid_content("invalid_blocks", errors)
    return files


def _pointers(blocks: list[Json]) -> Iterator[tuple[str, str]]:
    for index, block in enumerate(blocks):
        objects = [*walk([block]), *(inner for _, inner in elements([block]))]
        objects += [inner for inner in block.get("elements", []) if isinstance(inner, dict)]
        for slack_file in (
            each["slack_file"] for each in objects if isinstance(each.get("slack_file"), dict)
        ):
            yield f"/blocks/{index}", slack_file.get("id") or slack_file.get("url") or ""


def _find(state: "State", team: Team, pointer: str) -> File | None:
    """Find a file of this team by its id, or by one of its URLs."""
    parts = [part for step in pointer.split("/") for part in step.split("-")]
    file = next((state.files[part] for part in parts if part in state.files), None)
    return file if file is not None and file.team is team else None


def _fill(message: Message, body: Json, files: dict[str, File]) -> None:
    message.text = body.get("text") or ""
    message.blocks = add_ids(body.get("blocks") or [])
    message.attachments = body.get("attachments") or []
    message.shown_files = files


def add_ids(blocks: list[Json]) -> list[Json]:
    """Give ids to blocks and elements without one, as Slack does; return the blocks."""
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
