"""Prices of pictures and of tokens: from official prices to what is held, charged and billed. Pure.

Official prices are dollars for a picture, or for a million tokens. The gateway's multiplier comes on top.
Every sum is exact until it is rounded, once, to a whole micro-dollar, half up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from quotas.money import multiplied, parse_dollars

IMAGE = "image"  # the price key of a model without qualities
TOKEN_KEYS = ("text_in", "image_in", "image_out")
MILLION = 1_000_000
# A text has at most one token a byte: every token of a byte-pair vocabulary is at least one byte. The rest is
# what a message is wrapped in.
WRAPPING = 32


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that an answer counts: of the prompt, of reference pictures, of drawn pictures."""

    text_in: int = 0
    image_in: int = 0
    image_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Micro-dollars for a million tokens, without the multiplier, and the multiplier.

    None: these tokens are not billed apart, because the price of a picture includes them.
    """

    text_in: int | None
    image_in: int | None
    image_out: int | None
    multiplier: Decimal

    def cost(self, tokens: Tokens) -> int:
        """Return what these tokens are billed, in micro-dollars."""
        pairs = (
            (self.text_in, tokens.text_in),
            (self.image_in, tokens.image_in),
            (self.image_out, tokens.image_out),
        )
        return multiplied(sum((rate or 0) * count for rate, count in pairs), self.multiplier, per=MILLION)


class Price(BaseModel):
    """Official micro-dollars since a day.

    `micros`: for an image. Keys are qualities, or "image" alone; none if drawn pictures are billed by token.
    `text_in`, `image_in`, `image_out`: for a million tokens.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    since: date
    micros: Mapping[str, int] = Field(default_factory=dict)
    text_in: int | None = None
    image_in: int | None = None
    image_out: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_dollars(cls, raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise ValueError('a price is a table such as { since = 2026-05-09, image = "0.04" }')
        amounts = {key: value for key, value in raw.items() if key != "since"}
        for key, value in amounts.items():
            if not isinstance(value, str):
                raise ValueError(f'write {key} = "{value}" in quotes: money is text, never a float')
        micros = {key: parse_dollars(value) for key, value in amounts.items()}
        if 0 in micros.values():
            raise ValueError("a price of 0 is refused: an unknown price is left out, not zero")
        tokens = {key: micros.pop(key) for key in TOKEN_KEYS if key in micros}
        if not micros and "image_out" not in tokens:
            raise ValueError('a price needs an amount, such as image = "0.04"')
        if micros and tokens.keys() - {"image_in"}:
            raise ValueError("a picture has a price of its own or image_out, not both")
        if not micros and len(tokens) < len(TOKEN_KEYS):
            missing = [key for key in TOKEN_KEYS if key not in tokens]
            raise ValueError(f"a price by token needs {', '.join(missing)}, too")
        return {"since": raw.get("since"), "micros": micros, **tokens}

    def rates(self, multiplier: Decimal) -> Rates:
        return Rates(
            text_in=self.text_in,
            image_in=self.image_in,
            image_out=self.image_out,
            multiplier=multiplier,
        )

    def of_tokens(self, count: int) -> int:
        """Return the official micro-dollars of a drawn picture of so many tokens, rounded up."""
        return -(-(self.image_out or 0) * count // MILLION)


def most_text_tokens(prompt: str) -> int:
    """Return the most tokens that a model can count in a prompt."""
    return len(prompt.encode()) + WRAPPING


def read_token_table(raw: Any) -> dict[str, dict[str, int]]:
    """Read the most tokens of a drawn picture, by quality and ratio. "" as a ratio: every other ratio.

    Raises ValueError.
    """
    if not isinstance(raw, dict):
        raise ValueError("output_tokens are a table such as { low = 300, medium = 1_800 }")
    return {str(quality): _by_ratio(str(quality), tokens) for quality, tokens in raw.items()}


def _by_ratio(quality: str, tokens: Any) -> dict[str, int]:
    table = tokens if isinstance(tokens, dict) else {"": tokens}
    for count in table.values():
        if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= MILLION:
            raise ValueError(f"{count!r} for {quality} is not a number of tokens such as 1_800")
    return {str(ratio): count for ratio, count in table.items()}


def tokens_at_most(table: Mapping[str, Mapping[str, int]], quality: str, ratio: str) -> int | None:
    """Return the most tokens of a picture of this quality and ratio; None: not in the table.

    `ratio`: "" for the most of any ratio.
    """
    counts = table.get(quality or IMAGE, {})
    if not ratio:
        return max(counts.values(), default=None)
    return counts.get(ratio, counts.get(""))
