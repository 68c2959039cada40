"""Transcripts of the playground, done again on the real composition: every card comes as it came then."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.web.replay import differences, replay

TRANSCRIPTS = sorted(Path(__file__).with_name("transcripts").glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_a_transcript_comes_out_again(path: Path, tmp_path: Path) -> None:
    transcript = read(path)
    found = differences(transcript, await replay(transcript, tmp_path))
    assert not found, f"{found}\n\nIf it should be so: python -m tests.web.replay {path.name} --update"


def test_what_differs_is_found() -> None:
    transcript = read(TRANSCRIPTS[0])
    other = read(TRANSCRIPTS[0])["steps"]
    assert differences(transcript, other) == ""
    other[0]["then"][0]["card"]["caption"] = "another"
    assert "another" in differences(transcript, other)
    assert differences(transcript, transcript["steps"][:-1])
