"""Joined identities of one person."""

from bot.wording.english.amounts import span

LINK = "Join your identities"
LINK_MEANS = (
    "Joined, both sides draw on one allowance: the smaller holds for both, and what was used today counts. "
    "/link undo separates them again."
)
NO_SUCH_CODE = "This code is not good, or no longer; /link gives a new one, for ten minutes and one use."
OWN_CODE = "You got this code here; type it where you are somebody else."
NOTHING_TO_LINK = (
    "You may draw nothing here, and joined, the smaller allowance would hold everywhere; "
    "ask where you may draw."
)
TOO_MANY_LINKED = "That would be too many identities for one person; /link undo separates one."
NOT_LINKED = "You are joined with nobody here."
CODE_ENDED = "Your code has ended; it joins nobody any more."
LINK_REASON, UNLINK_REASON = "a code that both sides agreed to", "asked for by this person"


def somebody(name: str, platform: str) -> str:
    return f"{name} on {platform}"


def link_code(code: str, seconds: float) -> str:
    return f"Within {span(seconds)}, type this where you want to be joined: /link {code}"


def too_many_codes(seconds: float) -> str:
    return f"Too many codes that were not good; try again in {span(seconds)}."


def join_question(whom: str) -> str:
    return f"Are you {whom}, too?"


def agreed(whom: str) -> str:
    return f"Agreed. Now {whom} is asked; where no question arrives, /link there asks it."


def linked(others: list[str]) -> str:
    return f"You are one with {_and(others)}: one allowance, the smaller one."


def unlinked(others: list[str]) -> str:
    return f"Separated from {_and(others)}; each has an allowance of their own again."


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
