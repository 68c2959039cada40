"""The offline writer: texts that are plainly labelled as samples. The same order gives the same text."""

from hashlib import sha256

from bot.writers.port import WriteOrder, Written
from quotas.prompt_models import TextTokens

LABEL = "(a sample)"
_LETTERS = 4  # of a token, in English
_LIGHTS = ("soft morning light", "warm evening light", "the blue hour", "bright noon light", "candlelight")
_FRAMES = ("seen from close by", "a wide view", "seen from above", "at eye level", "seen from far below")
_MOODS = ("a calm mood", "a festive mood", "a dreamy mood", "a playful mood", "a solemn mood")
_SUBJECTS = ("a quiet landscape", "a busy street", "an animal at rest", "a still life", "a tall building")


class SampleWriter:
    """A Writer without a model, at no cost."""

    billed = False

    async def write(self, order: WriteOrder) -> Written:
        dice = sha256(order.picture.data if order.picture else order.text.encode("utf-8", "replace")).digest()
        details = (part[dice[place] % len(part)] for place, part in enumerate((_LIGHTS, _FRAMES, _MOODS)))
        subject = _SUBJECTS[dice[3] % len(_SUBJECTS)] if order.picture else order.text
        text = f"{', '.join((subject, *details))} {LABEL}"
        sent = (order.model.picture_tokens or 0) if order.picture else 0
        tokens = TextTokens(
            input=sent + len(order.instructions + order.text) // _LETTERS, output=len(text) // _LETTERS
        )
        charge = order.model.cost(tokens, int(order.picture is not None), order.multiplier)[-1]
        return Written(text=text, charge_micros=charge)

    def is_off(self, name: str) -> bool:
        return False

    async def close(self) -> None:
        return None
