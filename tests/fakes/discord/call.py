"""One REST request as it is carried out: its route, its body, and digests of its files."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.discord.errors import Json, refusal
from tests.fakes.discord.places import MIB
from tests.fakes.discord.posting import Upload

REQUEST_LIMIT = 25 * MIB  # resources/message, "Create Message": of a whole request
CHUNK = 256 * 1024


@dataclass(slots=True, kw_only=True)
class Call:
    """One request.

    `route`: the path with placeholders, such as "/channels/{channel_id}/messages".
    `path`: the path that was requested.
    """

    method: str
    route: str
    path: str
    ids: dict[str, str]
    query: dict[str, str]
    authorization: str
    body: Any = None
    uploads: dict[int, Upload] = field(default_factory=dict)

    def id(self, name: str) -> int:
        """Return an id of the path; -1, which nothing has, if it is no number."""
        text = self.ids[name]
        return int(text) if text.isdigit() else -1

    @property
    def fields(self) -> Json:
        return self.body if isinstance(self.body, dict) else {}


def make_call(request: web.Request, base: str) -> Call:
    """Make a call of a request whose body was not read yet."""
    resource = request.match_info.route.resource
    return Call(
        method=request.method,
        route=(resource.canonical if resource else request.path).removeprefix(base),
        path=request.path.removeprefix(base),
        ids=dict(request.match_info),
        query=dict(request.query),
        authorization=request.headers.get("Authorization", ""),
    )


async def read_body(request: web.Request, call: Call, *, keep_bytes: bool) -> None:
    """Read the body into the call. Raises ApiError if it is too large or is no JSON."""
    if request.content_type == "multipart/form-data":
        await _read_parts(request, call, keep_bytes)
    elif request.can_read_body:
        call.body = _parse(await request.read())


def _parse(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise refusal(50109) from error


async def _read_parts(request: web.Request, call: Call, keep_bytes: bool) -> None:
    total = 0
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name == "payload_json":
            call.body = _parse(await part.text())
        elif part.name and part.name.startswith("files["):
            upload = await _read_upload(part, keep_bytes)
            call.uploads[int(part.name[6:-1])] = upload
            total += upload.size
    if total > REQUEST_LIMIT:
        raise refusal(40005)


async def _read_upload(part: BodyPartReader, keep_bytes: bool) -> Upload:
    digest, size, data = hashlib.sha1(usedforsecurity=False), 0, bytearray()
    while chunk := await part.read_chunk(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if keep_bytes:
            data += chunk
    return Upload(part.filename or "unknown", size, digest.hexdigest(), bytes(data) if keep_bytes else None)
