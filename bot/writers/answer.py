"""The request to a language model, and what its answer says and proves. Pure."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from bot.painters.port import Declined, NotDrawn
from bot.writers.port import Outcome, WriteOrder, Written
from quotas.prompt_models import TextTokens

MOST_TOKENS = 10_000_000  # more in one answer is no count of tokens
MOST_BILLED = 10  # times what was held: an answer alone must not book any amount


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """An answer: its text, whether the model refused instead, and the tokens that it counts, or None."""

    text: str
    refused: bool
    tokens: TextTokens | None


def fields_of(order: WriteOrder) -> dict[str, Any]:
    """Return the arguments of the call. The text is a user's message of its own, never part of ours."""
    content: Any = order.text
    if order.picture is not None:
        link = f"data:image/{order.picture.format};base64,{b64encode(order.picture.data).decode()}"
        picture = {"type": "image_url", "image_url": {"url": link}}
        content = [*([{"type": "text", "text": order.text}] if order.text else []), picture]
    return {
        "model": order.name,
        "messages": [
            {"role": "system", "content": order.instructions},
            {"role": "user", "content": content},
        ],
        order.model.limit: order.model.answer_tokens,
    }


def read_answer(answer: Any) -> TextAnswer | None:
    """Read an answer that came with status 200; None if it is none of a language model."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return None
    refused = bool(message.get("refusal")) or choice.get("finish_reason") == "content_filter"
    return TextAnswer(_text(message.get("content")), refused, _read_tokens(answer.get("usage")))


def outcome_of(order: WriteOrder, answer: TextAnswer) -> Outcome:
    """Return the outcome of an answer, in words and in money.

    Without a count of tokens, what was held is charged, and may have been billed.
    """
    low, high = order.held_micros, order.held_micros
    if answer.tokens is not None:
        low, high = order.model.cost(answer.tokens, int(order.picture is not None), order.multiplier)
    most = MOST_BILLED * order.held_micros
    cost = min(low, most) if answer.tokens is not None else 0
    doubt = min(high, most) - cost
    if answer.refused:
        return Declined(words="a refusal", cost_micros=cost, uncertain_micros=doubt)
    if not answer.text.strip():
        return NotDrawn(why="broken", words="an empty text", cost_micros=cost, uncertain_micros=doubt)
    return Written(text=answer.text, charge_micros=high, cost_micros=cost, uncertain_micros=doubt)


def _text(content: Any) -> str:
    """Return a message's text, which some gateways divide into parts."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _read_tokens(usage: Any) -> TextTokens | None:
    """Read the tokens that an answer counts. Gateways in the middle make up zeros, which count nothing."""
    if not isinstance(usage, dict):
        return None
    sent, written = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    if not sent or written is None:
        return None
    details = usage.get("prompt_tokens_details")
    pictures = _count(details.get("image_tokens")) if isinstance(details, dict) else None
    return TextTokens(sent, written, pictures or None)


def _count(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= MOST_TOKENS else None
