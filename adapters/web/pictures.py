"""Pictures as responses, with the content type that their own first bytes tell."""

from collections.abc import Awaitable

from aiohttp import web

from adapters.web.guard import RequestError

_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


async def picture_response(reading: Awaitable[bytes | None], cache: str) -> web.Response:
    """Answer with a picture once it is read. Raises RequestError if it is not kept, or cannot be read now.

    `cache`: the Cache-Control.
    """
    try:
        data = await reading
    except OSError as error:
        raise RequestError(503, "This picture cannot be read just now.") from error
    kind = next((kind for magic, kind in _MAGIC if data and data.startswith(magic)), None)
    if kind is None:
        raise RequestError(404, "This picture is no longer kept.")
    return web.Response(body=data, content_type=kind, headers={"Cache-Control": cache})
