"""The processes of a bench. The town, the gateway and the bot each have their own, and speak TLS.

All clients trust one throw-away authority by SSL_CERT_FILE, OpenSSL's own variable, and verify as always.
"""

import contextlib
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.fakes.certificates import Certificates, make_certificates

PARTS = Path(__file__).parent
ROOT = PARTS.parents[2]
AUTHORITY = "SSL_CERT_FILE"


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Make the authority, once in a bench; its folder goes with the process."""
    folder = tempfile.TemporaryDirectory()
    make_certificates(Path(folder.name))
    return folder


def server_context() -> ssl.SSLContext:
    """Make the context of a server in a process that `start_process` started."""
    return Certificates(Path(os.environ[AUTHORITY]).parent).server()


@contextlib.contextmanager
def start_process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process of this bench; it ends when its standard input is closed.

    It imports the application from PYTHONPATH, if that is set, so that another checkout can be measured.
    """
    environ = os.environ | {AUTHORITY: str(Certificates(Path(_folder().name)).authority)}
    command = [sys.executable, str(PARTS / script), *arguments]
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise SystemExit(f"{process.args!r} ended without a word")
    return line


def write_line(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> str:
    """Close a process's standard input; return its last line."""
    assert process.stdin is not None
    process.stdin.close()
    return read_line(process)


@contextlib.contextmanager
def busy_core() -> Iterator[None]:
    """Keep one core busy within the block."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()
