"""Transcripts of the playground, replayed on the real composition root, give the same cards again."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.web.replay import differences, replay

TRANSCRIPTS = sorted(Path(__file__).with_name("transcripts").glob("*.json"))


def load(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_a_transcript_replays_the_same(path: Path, tmp_path: Path) -> None:
    transcript = load(path)
    diff = differences(transcript, await replay(transcript, tmp_path))
    assert not diff, f"{diff}\n\nIf it should be so: python -m tests.web.replay {path.name} --update"


def test_a_difference_is_found() -> None:
    transcript = load(TRANSCRIPTS[0])
    other = load(TRANSCRIPTS[0])["steps"]
    assert differences(transcript, other) == ""
    other[0]["then"][0]["card"]["caption"] = "another"
    assert "another" in differences(transcript, other)
    assert differences(transcript, transcript["steps"][:-1])
