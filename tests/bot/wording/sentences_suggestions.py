"""Example calls for the suggestions while a command is typed; see test_wording.py."""

from collections.abc import Callable
from datetime import date
from typing import Any

from bot import wording
from tests.bot.wording.sentences_admin import BERLIN, ENTRIES, NAMES

CASES: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    wording.named_day: [(date(2026, 11, 27),)],
    wording.entry_choice: [(entry, NAMES, BERLIN) for entry in ENTRIES[:2]],
    wording.named_month: [(date(2026, 11, 1),)],
}
