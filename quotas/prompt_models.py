"""Language models that help with prompts: their prices by token, and what one call costs at most. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator

from quotas.money import multiplied, parse_dollars
from quotas.prices import MILLION, most_text_tokens

HELP_TIER = "words"  # in a job's row, in place of a tier of pictures
PRICES = ("text_in", "text_out", "image_in")
Count = Annotated[int, Field(strict=True, ge=1, le=MILLION)]


@dataclass(frozen=True, slots=True)
class TextTokens:
    """Tokens that an answer counts.

    `input`: of text and picture together. `pictures`: those of them that are a picture's; None: not told.
    """

    input: int
    output: int
    pictures: int | None = None


class PromptModel(BaseModel):
    """One language model.

    `text_in`, `text_out`, `image_in`: official micro-dollars for a million tokens, since a day.
    `answer_tokens`: the longest answer that is asked for, by the field `limit` of the request.
    `picture_tokens`: the most tokens of a picture of 768 pixels a side; None: it sees no pictures.
    `deadline`: seconds until an answer is given up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    since: date
    text_in: int
    text_out: int
    image_in: int | None = None
    answer_tokens: Count
    picture_tokens: Count | None = None
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    deadline: Annotated[int, Field(strict=True, ge=1, le=600)] = 30
    enabled: StrictBool = True

    @field_validator(*PRICES, mode="before")
    @classmethod
    def _read_dollars(cls, value: Any) -> int | None:
        if not isinstance(value, str):
            raise ValueError(f'write it as "{value}" in quotes: money is text, never a float')
        micros = parse_dollars(value)
        if not micros:
            raise ValueError("a price of 0 is refused: an unknown price is left out, not zero")
        return micros

    @property
    def sees(self) -> bool:
        """Return whether it can be sent a picture, at a known price."""
        return self.picture_tokens is not None and self.image_in is not None

    def at_most(self, text: str, pictures: int, multiplier: Decimal) -> int:
        """Return what one call costs at most, in micro-dollars. `text`: all that it sends."""
        seen = pictures * (self.picture_tokens or 0) * (self.image_in or 0)
        sent = most_text_tokens(text) * self.text_in
        return multiplied(sent + seen + self.answer_tokens * self.text_out, multiplier, per=MILLION)

    def cost(self, tokens: TextTokens, pictures: int, multiplier: Decimal) -> tuple[int, int]:
        """Return what these tokens are billed at least, and at most, in micro-dollars.

        The two differ only if a picture was sent, has a price of its own, and is not counted apart.
        """
        out, image_in = tokens.output * self.text_out, self.image_in or self.text_in
        if not pictures or image_in == self.text_in:
            prices = [tokens.input * self.text_in]
        elif tokens.pictures is not None:
            seen = min(tokens.pictures, tokens.input)
            prices = [seen * image_in + (tokens.input - seen) * self.text_in]
        else:
            prices = sorted((tokens.input * self.text_in, tokens.input * image_in))
        billed = [multiplied(price + out, multiplier, per=MILLION) for price in prices]
        return billed[0], billed[-1]


def missing(name: str, models: Mapping[str, PromptModel]) -> str:
    """Say what the catalog lacks to use the language model of that name; "": nothing."""
    if name in models:
        return "" if models[name].enabled else f'[prompt_models."{name}"] says enabled = false'
    return (
        f'the catalog has no price for it; add [prompt_models."{name}"] with since, text_in, text_out and '
        "answer_tokens, and for pictures image_in and picture_tokens"
    )
