from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import Defaults
from tests.quotas.helpers import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def ledger(tmp_path: Path, clock: Clock) -> AsyncIterator[Ledger]:
    """A ledger with an allowance of 50 images, verified after the test."""
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=50, dm_images_per_day=0), clock=clock)
    yield ledger
    assert await ledger.verify() == []
    await ledger.close()
