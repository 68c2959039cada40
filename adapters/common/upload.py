"""A file of bytes to upload with aiohttp."""

import io


class Upload(io.BytesIO):
    """A file to read once; `close` releases its bytes.

    aiohttp takes the length from `getbuffer`. BytesIO copies the bytes for that, in the event loop; an Upload
    does not.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._data = data

    def getbuffer(self) -> memoryview:
        return memoryview(self._data)

    def close(self) -> None:
        super().close()
        self._data = b""
