"""Encryption of what must not lie in the database, or pass through a browser, in plain text.

These are the bots' tokens and the state of OAuth. The cipher is Fernet (AES-128-CBC with HMAC-SHA256). HKDF
makes its keys from the operator's IMAGINE_SECRET_KEY. HKDF is no password hash: the setting asks for a long
random secret.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32  # the length of Fernet's key
_PURPOSE = b"imagine-bot, Slack installations, 1"  # another purpose makes another key from the same secret


class TokenCipher:
    """A cipher with several keys.

    `secrets`: the newest first; it encrypts, and the older ones still decrypt.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [Fernet(_key(secret)) for secret in secrets]
        self._newest = keys[0]
        self._all = MultiFernet(keys)

    def encrypt(self, payload: Mapping[str, Any]) -> str:
        """Encrypt a payload, in characters that need no escape in a URL or a cookie."""
        return self._newest.encrypt(json.dumps(payload).encode()).decode().rstrip("=")

    def decrypt(self, text: str) -> dict[str, Any] | None:
        """Decrypt a payload; None if none of the keys encrypted it, or if somebody changed it."""
        return _decrypt(self._all, text)

    def is_outdated(self, text: str) -> bool:
        """Return whether the newest key cannot decrypt it."""
        return _decrypt(self._newest, text) is None


def _key(secret: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
    return urlsafe_b64encode(derive.derive(secret.encode()))


def _decrypt(keys: Fernet | MultiFernet, text: str) -> dict[str, Any] | None:
    try:
        plain = keys.decrypt(f"{text}{'=' * (-len(text) % 4)}")
    except (InvalidToken, ValueError):  # ValueError: characters beyond ASCII
        return None
    payload = json.loads(plain)
    return payload if isinstance(payload, dict) else None
