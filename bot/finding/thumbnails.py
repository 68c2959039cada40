"""Pictures scaled down for a grid, in a thread of their own, and the last of them in memory."""

import asyncio
import io
import time
from concurrent.futures import ThreadPoolExecutor

from cachetools import TTLCache
from PIL import Image, ImageOps

from bot.storage.guard import GuardedStore
from bot.tasks import in_thread

SIDE = 480  # pixels of the longer side: a tile is up to 240 wide, and screens have two pixels for one
QUALITY = 80
MAX_PIXELS = 50_000_000  # of an original: what is larger is shown as it is
# Of all in memory: a few hundred, so that a grid that is scrolled up again is drawn once.
CACHE_BYTES = 8 * 1024 * 1024
CACHE_SECONDS = 600.0  # as long as somebody looks around; what was forgotten stays no longer than this
LARGEST = CACHE_BYTES // 8  # of one that stays in memory
AT_ONCE = 2  # originals in memory: one that is read while another is scaled

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="thumbnail")


class Thumbnails:
    """Scales pictures of a store down. Whoever asks must have looked up that they may be seen."""

    def __init__(self, store: GuardedStore) -> None:
        self._store = store
        self._made: TTLCache[str, bytes] = TTLCache(CACHE_BYTES, CACHE_SECONDS, time.monotonic, len)
        self._room = asyncio.Semaphore(AT_ONCE)

    async def get(self, key: str) -> bytes | None:
        """Return the picture of a key scaled down, JPEG or WebP; None if it is not kept. Raises OSError."""
        if (made := self._made.get(key)) is not None:
            return made
        async with self._room:
            if (made := self._made.get(key)) is not None:
                return made
            data = await self._store.get(key)
            if data is None:
                return None
            made = await in_thread(_thread, scale, data)
            if made is not data and len(made) <= LARGEST:
                self._made[key] = made
            return made


def scale(data: bytes) -> bytes:
    """Scale a picture down. One that cannot be decoded, or has no more pixels, is returned as it is."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return data
            opened.draft("RGB", (SIDE, SIDE))  # a large JPEG is decoded at a fraction of its size
            is_clear = opened.has_transparency_data
            profile = opened.info.get("icc_profile") if opened.mode in ("RGB", "RGBA") else None
            upright = ImageOps.exif_transpose(opened)  # what is encoded anew has no Exif
            picture = upright.convert("RGBA" if is_clear else "RGB")
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        out = io.BytesIO()
        picture.save(out, "WEBP" if is_clear else "JPEG", quality=QUALITY, icc_profile=profile)
    except Exception:  # Pillow raises whatever its decoders stumble over
        return data
    return min(out.getvalue(), data, key=len)
