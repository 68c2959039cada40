"""Example calls for the sentences about kept data; see test_wording.py."""

from collections.abc import Callable
from typing import Any

from bot import wording

CASES: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    wording.still_open: [(1,), (3,)],
    wording.copied: [(1, 1), (12_345, 2_000)],
    wording.forgotten: [("chat:forgotten-1M82NB6YV3FN3", 1), ("chat:forgotten-1M82NB6YV3FN3", 12)],
    wording.not_written: [("out/ann.json", "Permission denied")],
}
