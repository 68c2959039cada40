"""files.*, the URLs for uploads, and the URLs for downloads.

docs.slack.dev/messaging/working-with-files
"""

import asyncio
import hashlib
from typing import TYPE_CHECKING

from aiohttp import BodyPartReader, web

from tests.fakes.slack import posting
from tests.fakes.slack.call import Call, Method
from tests.fakes.slack.errors import ApiError, Json
from tests.fakes.slack.messages import File
from tests.fakes.slack.methods_chat import check_thread
from tests.fakes.slack.payloads import file_json
from tests.fakes.slack.places import Channel

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server

HEAD_BYTES = 32  # enough to tell a file's type
MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"GIF8", "gif", "image/gif"),
)


def get_upload_url(call: Call) -> Json:
    length = call.need("length")
    if not length.isdigit() or int(length) < 1:
        raise ApiError("invalid_arguments")
    file = File(
        id=call.server.new_id("F"),
        name=call.need("filename"),
        team=call.team,
        length=int(length),
        alt=call.text("alt_txt"),
        created=call.server.now(),
    )
    call.server.files[file.id] = file
    return {"upload_url": f"{call.server.origin}/upload/v1/{file.id}", "file_id": file.id}


async def upload(server: "Server", request: web.Request) -> web.Response:
    """Take a file's bytes, as the whole body or as a field of a form."""
    file = server.files.get(request.match_info["file_id"])
    if file is None or file.is_uploaded:
        return web.Response(status=404, text="no upload is awaited here")
    reader: asyncio.StreamReader | BodyPartReader | object = request.content
    if request.content_type.startswith("multipart/"):
        reader = await (await request.multipart()).next()
    size = await _read_bytes(file, reader, server.keep_bytes)
    if size != file.length:
        return web.Response(status=400, text=f"{size} bytes came, {file.length} were announced")
    file.size, file.is_uploaded = size, True
    server.touch()
    return web.Response(text=f"OK - {size}")


async def _read_bytes(file: File, reader: object, keep: bool) -> int:
    digest, head, data, size = hashlib.sha1(), b"", bytearray(), 0
    while True:
        part = await (reader.read_chunk() if isinstance(reader, BodyPartReader) else reader.readany())  # type: ignore[attr-defined]
        if not part:
            break
        size += len(part)
        head = head if len(head) >= HEAD_BYTES else head + part[:HEAD_BYTES]
        digest.update(part)
        if keep:
            data += part
    file.sha1, file.data = digest.hexdigest(), bytes(data) if keep else None
    file.filetype, file.mimetype = file_type(head, file.name)
    return size


def file_type(head: bytes, name: str) -> tuple[str, str]:
    """Return (filetype, mimetype) by the first bytes, as Slack's scan does."""
    for magic, filetype, mimetype in MAGIC:
        if head.startswith(magic):
            return filetype, mimetype
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp", "image/webp"
    return name.rpartition(".")[2].lower() or "binary", "application/octet-stream"


def complete(call: Call) -> Json:
    """Complete uploads. With a channel, show them there as one message after Slack has processed them."""
    entries = call.args.get("files")
    if not isinstance(entries, list) or not entries:
        raise ApiError("invalid_arguments")
    files = [_pending_file(call, str(entry.get("id"))) for entry in entries]
    channel = _target(call)
    thread, comment = call.text("thread_ts"), call.text("initial_comment")
    blocks = [] if comment else call.args.get("blocks") or []  # a comment makes Slack ignore the blocks
    if channel is not None:
        check_thread(channel, thread)
        body = {"text": comment, "blocks": blocks, "thread_ts": thread}
        posting.check(call.server, call.team, body, call.method, files=True)
    for file, entry in zip(files, entries, strict=True):
        file.title, file.is_completed = str(entry.get("title") or file.name), True
        file.processed_at = call.server.now() + call.server.scan_seconds
    if channel is not None:
        call.server.spawn(_show(call, channel, body, files))
    call.server.touch()
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _pending_file(call: Call, file_id: str) -> File:
    file = call.server.files.get(file_id)
    if file is None or file.team is not call.team or not file.is_uploaded or file.is_completed:
        raise ApiError("file_not_found")
    return file


def _target(call: Call) -> Channel | None:
    """Return the channel to share in; None for nowhere. Raises ApiError, also for a person's id."""
    id_ = call.text("channel_id") or call.text("channels").split(",")[0]
    if not id_:
        return None
    channel = call.server.channels.get(id_)
    if channel is None or (channel.kind == "private" and not channel.bot):
        raise ApiError("channel_not_found")
    if channel.archived:
        raise ApiError("is_archived")
    if not channel.bot:
        raise ApiError("not_in_channel")
    return channel


async def _show(call: Call, channel: Channel, body: Json, files: list[File]) -> None:
    await call.server.sleep(call.server.scan_seconds)
    posting.create(call.server, channel, call.team.bot, body, call.method, files=files)
    for file in files:
        call.server.events.file_shared(channel, file.id)


def _find_file(call: Call) -> File:
    file = call.server.files.get(call.need("file"))
    if file is None or file.team is not call.team or not file.is_completed:
        raise ApiError("file_not_found")
    return file


def info(call: Call) -> Json:
    return {"file": file_json(call.server, _find_file(call)), "comments": [], "response_metadata": {}}


def delete(call: Call) -> Json:
    """Delete a file, and remove it from every message that shows it as a tile."""
    file = _find_file(call)
    for messages in file.shares.values():
        for message in messages:
            message.files = [each for each in message.files if each is not file]
    del call.server.files[file.id]
    call.server.touch()
    return {}


async def download(server: "Server", request: web.Request) -> web.Response:
    """Serve url_private. Without the team's token, or the scope files:read, show Slack's login page."""
    file = server.files.get(request.match_info["name"].rpartition("-")[2])
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if file is None or file.data is None:
        return web.Response(status=404)
    try:
        team = server.tokens.find(bearer).team
    except ApiError:
        team = None
    if team is not file.team or "files:read" not in file.team.scopes:
        return web.Response(text="<html>Sign in</html>", content_type="text/html")
    return web.Response(body=file.data, content_type=file.mimetype)


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, ("files:write",), tier=4),
    "files.completeUploadExternal": Method(complete, ("files:write",), tier=4),
    "files.info": Method(info, ("files:read",), tier=4),
    "files.delete": Method(delete, ("files:write",), tier=3),
}
