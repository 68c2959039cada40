"""The pytest fixture: a Discord for one test, which ends in no violation of Discord's own document.

Take it into a conftest.py: `from tests.fakes.discord.fixtures import fake_discord`. Where the document is
missing, everything else still holds, and `test_bodies_match_the_document` says so.
"""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.discord.world import FakeDiscord


@pytest.fixture
async def fake_discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake
    assert not fake.violations, fake.violations
