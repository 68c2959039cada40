"""The pytest fixture: a Discord for one test, which may not violate Discord's own document.

Import it into a conftest.py: `from tests.fakes.discord.fixtures import fake_discord`. Without the document
everything else is still checked, and `test_bodies_match_the_document` is skipped.
"""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.discord.world import FakeDiscord


@pytest.fixture
async def fake_discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake
    assert not fake.violations, fake.violations
