"""The length of a prompt, as a model counts it. Pure.

Models count in tokens, pieces of words, and each has a vocabulary that nobody publishes. So this is an
estimate on the safe side: a prompt that is refused here can be shortened, one that the model refuses was
waited for. It stands alone because the estimate is a guess of its own, to be changed without `parse`.
"""

import math
import re

from quotas.catalog import Tier

# English is about four letters a token; other languages in Latin, Greek or Cyrillic letters less. Beyond
# these, a sign is a token; one that few vocabularies hold, such as an emoji, is up to four, its bytes.
_LETTERS = 4
_PARTS = re.compile(r"[A-Za-z]+|\S")
_LAST_ALPHABETIC = "\u052f"  # the last letter of Cyrillic
_LAST_COMMON = "\uffff"


def estimate_tokens(prompt: str) -> int:
    """Estimate the tokens that a model counts in a prompt, rather too many than too few."""
    return math.ceil(sum(_tokens(match[0]) for match in _PARTS.finditer(prompt)))


def _tokens(part: str) -> float:
    if part.isascii():
        return math.ceil(len(part) / _LETTERS)
    if part <= _LAST_ALPHABETIC:
        return 0.5
    return 1 if part <= _LAST_COMMON else 4


def excess(prompt: str, tier: Tier) -> float:
    """Return the share of the prompt that is too much for the tier, from 0 to 1."""
    lengths = (estimate_tokens(prompt), tier.prompt_tokens), (len(prompt), tier.prompt_characters)
    return max(1 - limit / length if limit and length > limit else 0.0 for length, limit in lengths)
