"""What may lie in the database, or travel through a browser, only encrypted: tokens, and the state of OAuth.

Fernet (AES-128-CBC with HMAC-SHA256) under keys made from the operator's IMAGINE_SECRET_KEY by HKDF. That is
no password hash: the setting asks for a long random secret.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32  # what Fernet takes
_PURPOSE = b"imagine-bot, Slack installations, 1"  # for another purpose the same secret makes another key


class TokenCipher:
    """`secrets`: the newest first; it seals, and the older ones still open what they sealed."""

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [Fernet(_key(secret)) for secret in secrets]
        self._newest = keys[0]
        self._all = MultiFernet(keys)

    def close(self, told: Mapping[str, Any]) -> str:
        """Sealed, in characters that a URL and a cookie take as they are."""
        return self._newest.encrypt(json.dumps(told).encode()).decode().rstrip("=")

    def open(self, sealed: str) -> dict[str, Any] | None:
        """None for what no key of ours sealed, or what was changed since."""
        return _opened(self._all, sealed)

    def is_old(self, sealed: str) -> bool:
        """Whether the newest key does not open it."""
        return _opened(self._newest, sealed) is None


def _key(secret: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
    return urlsafe_b64encode(derive.derive(secret.encode()))


def _opened(keys: Fernet | MultiFernet, sealed: str) -> dict[str, Any] | None:
    try:
        text = keys.decrypt(f"{sealed}{'=' * (-len(sealed) % 4)}")
    except (InvalidToken, ValueError):  # ValueError: characters beyond ASCII
        return None
    told = json.loads(text)
    return told if isinstance(told, dict) else None
