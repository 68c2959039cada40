"""Standard input, output and error that a command can rely on, whatever a shell made of them.

A shell may close them, join them to a program that ends early (`imagine usage | head -1`), or have a locale
without the letters of our sentences. None of that may end a command halfway: pictures are drawn and paid for.
"""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

UTF_8 = "utf-8"


class _Outlet(io.FileIO):
    """A descriptor to write to. Once its reader has gone, what is written is dropped.

    Any other failure, such as a full disk, is raised once; what follows is dropped, too.
    """

    _is_gone = False

    def write(self, data: "ReadableBuffer", /) -> int:
        if not self._is_gone:
            try:
                return super().write(data)
            except BrokenPipeError:
                self._is_gone = True
            except OSError as error:
                self._is_gone = not isinstance(error, BlockingIOError)
                raise
        return memoryview(data).nbytes


def mend_streams() -> None:
    """Put sound streams in place of the process's own."""
    for number in range(3):
        _keep_open(number)
    if sys.stdin is None:
        sys.stdin = open(0, encoding=UTF_8, closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = _mended(sys.stdout, 1), _mended(sys.stderr, 2)


def _keep_open(number: int) -> None:
    """Open a closed descriptor on nothing; else the next file, such as the ledger, would get its number."""
    try:
        os.fstat(number)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


def _mended(stream: TextIO | None, number: int) -> TextIO:
    """Return a stream on this descriptor. ASCII is a locale that nobody chose, as in a container."""
    encoding = UTF_8 if stream is None or _is_ascii(stream) else stream.encoding
    return io.TextIOWrapper(
        io.BufferedWriter(_Outlet(number, "wb", closefd=False)),
        encoding,
        # A file's name may hold bytes that are no UTF-8: they go out as they are.
        "surrogateescape" if encoding.lower() == UTF_8 else "replace",
        line_buffering=True,
    )


def _is_ascii(stream: TextIO) -> bool:
    return stream.encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968", "646")


def speaks_utf_8() -> bool:
    """Return True if standard output takes every character."""
    return (sys.stdout.encoding or UTF_8).lower() == UTF_8
