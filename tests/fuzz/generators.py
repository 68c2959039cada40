"""Texts and bytes that break things, from a fuzzer's dice."""

from random import Random

# Digits, letters and signs of other scripts, invisible and combining characters, quotes, dashes, separators.
ODD = (
    "\x00\t\n\x1c\x1f\x7f\x85\xa0\xad\u0301\u0336\u061c\u200b\u200d\u200e\u202e\u2028\u2060\u3000\u3164\ufe0f"
    "\ufeff\ud800\udfff\U000e0041\U0001f600\U0001f469İıſßﬀ①½²٣３．，％"
    "\"'`“”„‘’‚«»‹›「」-‐‑‒–—―−－﹣<>@#&|!^~:;,./\\=+*?$€%_()[]{} "
)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def word(dice: Random, longest: int = 8, letters: str = LETTERS) -> str:
    return "".join(dice.choices(letters, k=dice.randint(1, longest)))


def odd_text(dice: Random, longest: int = 20) -> str:
    """Return letters with odd characters among them; sometimes nothing."""
    return "".join(
        dice.choice(ODD if dice.random() < 0.4 else LETTERS) for _ in range(dice.randint(0, longest))
    )


def damaged(dice: Random, text: str) -> str:
    """Return the text with a few characters left out, doubled, swapped, replaced or added."""
    letters = list(text)
    for _ in range(dice.randint(1, 3)):
        at = dice.randint(0, len(letters))
        match dice.randrange(5):
            case 0:
                letters[at : at + 1] = []
            case 1:
                letters[at:at] = letters[at : at + 3]
            case 2:
                letters[at : at + 1] = dice.choice(ODD)
            case 3:
                letters[at:at] = dice.choice(ODD + LETTERS)
            case 4:
                other = dice.randint(0, len(letters))
                letters[at : at + 1], letters[other : other + 1] = (
                    letters[other : other + 1],
                    letters[at : at + 1],
                )
    return "".join(letters)


def damaged_bytes(dice: Random, data: bytes, *, first: int = 1 << 30) -> bytes:
    """Return the bytes, damaged in a few places, most of them among the `first` ones."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        if changed:
            at = dice.randrange(min(len(changed), first) if dice.random() < 0.8 else len(changed))
            _damage(dice, changed, at)
    return bytes(changed)


def _damage(dice: Random, data: bytearray, at: int) -> None:
    match dice.randrange(7):
        case 0:
            data[at] ^= 1 << dice.randrange(8)
        case 1:
            data[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF))
        case 2:
            size = dice.choice((1, 2, 4))
            data[at : at + size] = dice.choice((0, 1, 2**31, 2**32 - 1)).to_bytes(4, "big")[-size:]
        case 3:
            del data[at : at + dice.randint(1, 64)]
        case 4:
            data[at:at] = dice.randbytes(dice.randint(1, 16))
        case 5:
            start = dice.randrange(len(data))
            data[at:at] = data[start : start + dice.randint(1, 64)]
        case 6 if dice.random() < 0.3:
            del data[at:]
