"""Text as the ledger compares it."""

import unicodedata


def fold(text: str) -> str:
    """Return a text as searches compare it: without case, with one kind of each letter and space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
