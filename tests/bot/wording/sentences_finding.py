"""Example calls for the sentences about finding pictures again; see test_wording.py."""

from collections.abc import Callable
from typing import Any

from bot import wording
from quotas.records import Job

MANY = [(f"shelf {number}", number) for number in range(1, 11)]

CASES: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    wording.again_for: [(240_000,)],
    wording.page_of: [(1, 5, 1_234), (6, 1, 6)],
    wording.found: [(1, ""), (1_234, "red fox")],
    wording.kept_in: [(None,), ("logos",)],
    wording.collections: [([("", 2), ("logos", 3), ("owls", 1)],), ([("logos", 1_234)],), (MANY,)],
    wording.no_collection: [("owls", []), ("owls", ["logos", "foxes"])],
    wording.kept: [("", 90), ("logos", 90)],
    wording.dropped: [(864_000.0,), (0.0,)],
}
JOB = Job(
    **dict.fromkeys(Job.__dataclass_fields__, None)  # type: ignore[arg-type]
    | {"tier": "fast", "charge_images": 4, "charge_micros": 120_000, "created_at": 1_795_348_800.0}
)
CASES_BY_NAME: dict[Callable[..., Any], list[dict[str, Any]]] = {
    wording.listed: [
        {"job": JOB, "zone": "Europe/Berlin", "collection": collection, "stored": stored}
        for collection, stored in ((None, True), ("", True), ("logos", False))
    ],
    wording.nothing_found: [
        {"words": words, "narrowed": narrowed} for words in ("", "red fox") for narrowed in (False, True)
    ],
}
