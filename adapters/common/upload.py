"""The bytes of a file as HTTP clients take them."""

import io


class Upload(io.BytesIO):
    """Bytes to be read once, and let go of when it is closed.

    Its length can be asked for without a copy: aiohttp asks by way of `getbuffer`, for which BytesIO would
    make room of its own, in the event loop's time.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._data = data

    def getbuffer(self) -> memoryview:
        return memoryview(self._data)

    def close(self) -> None:
        super().close()
        self._data = b""
