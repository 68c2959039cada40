"""The fixture of a fuzzer; the time is divided among those that run."""

import sys
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import FUZZED
from tests.fuzz.fuzzer import LEAST_SECONDS, SECONDS, Fuzzer


@pytest.fixture
def fuzzer(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Iterator[Fuzzer]:
    """Lend one fuzzer; afterwards tell which input failed, if one did."""
    sharing = sum("fuzzer" in getattr(item, "fixturenames", ()) for item in request.session.items)
    name = request.node.name.removeprefix("test_").replace("_", " ")
    fuzzer = Fuzzer(name, max(LEAST_SECONDS, SECONDS / sharing), lambda line: record_property(FUZZED, line))
    yield fuzzer
    if not fuzzer.is_done:
        sys.stdout.write(f"{fuzzer.failure}\n")
