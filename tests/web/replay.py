"""Do again what a transcript of the playground tells, on an empty ledger, and compare what comes of it.

    python -m tests.web.replay FILE            tells what differs; the exit code is 1 then
    python -m tests.web.replay FILE --update   writes into FILE what came

A file may name settings, such as {"environment": {"IMAGINE_IMAGES_PER_DAY": "8"}, "steps": [...]}.
"""

import argparse
import asyncio
import contextlib
import difflib
import json
import logging
import re
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import structlog

from adapters.web import WebAdapter
from bot.app import run
from bot.config.settings import load_settings

PATIENCE = 10.0  # seconds for the cards of one deed
GLANCE = 0.01
_NAME = re.compile(r"(?:job|words) \d+")
_PATHS = {"say": "/api/say", "press": "/api/press", "react": "/api/react"}
_NAMES = {"say": "text", "press": "verb", "react": "emoji"}
_RESULTS = ("answer", "then")


async def replay(
    transcript: Mapping[str, Any], folder: Path, *, patiently: bool = False
) -> list[dict[str, Any]]:
    """Do every step on the real composition, drawing samples at once; the steps as they went this time.

    A step waits for the cards that came before it then, and is not done where they never come;
    `patiently`: it waits for the end of every job so far.
    """
    environment = {"IMAGINE_DATA": str(folder), "IMAGINE_WEB_PORT": "0", **transcript.get("environment", {})}
    expected: list[str] = []
    async with _playground(environment, folder) as (page, http):
        done = partial(_told, page) if patiently else partial(_came, page, expected)
        for step in transcript["steps"]:
            await _do(page, http, step)
            expected += map(_text, step["then"])
            if not await _until(done):
                break
        return page.transcript.steps()


def differences(transcript: Mapping[str, Any], steps: list[dict[str, Any]]) -> str:
    """What is not the same, as a diff; "" where all is. When a card came between two deeds does not count."""
    sides = [_lines(transcript["steps"]), _lines(steps)]
    return "\n".join(difflib.unified_diff(*sides, "transcript", "this time", lineterm="", n=2))


@contextlib.asynccontextmanager
async def _playground(
    environment: Mapping[str, str], folder: Path
) -> AsyncIterator[tuple[WebAdapter, aiohttp.ClientSession]]:
    settings = load_settings(environment, folder)
    with patch.object(run, "SAMPLE_SPEED", 0):
        async with run.open_house(settings, web=True) as house, aiohttp.ClientSession() as http:
            page = house.playground
            assert page is not None
            running = asyncio.create_task(page.run(house.core))
            await page.listening.wait()
            try:
                yield page, http
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


async def _do(page: WebAdapter, http: aiohttp.ClientSession, step: Mapping[str, Any]) -> None:
    """One deed, about the jobs of this time."""
    names = {name: job for job, name in page.transcript.names.items()}
    kind = next((kind for kind in _PATHS if kind in step), None)
    body = {name: value for name, value in step.items() if name not in _RESULTS}
    for name in {"job", "message"} & body.keys():
        body[name] = _NAME.sub(lambda found: names[found[0]], body[name])
    if kind is not None:
        body[_NAMES[kind]] = body.pop(kind)
    if kind in ("say", "press"):
        body["id"] = str(uuid.uuid4())
    path = _PATHS[kind] if kind else "/api/workbench"
    async with http.post(page.url + path, json=body, headers={"Origin": page.url}) as answer:
        assert answer.status == 200, await answer.text()


async def _until(condition: Callable[[], bool]) -> bool:
    """Whether it came; what never does will be found among the differences."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
                await asyncio.sleep(GLANCE)
    except TimeoutError:
        return False
    return True


def _came(page: WebAdapter, expected: list[str]) -> bool:
    came = [_text(each) for each in _events(page)]
    return all(came.count(each) >= expected.count(each) for each in set(expected))


def _told(page: WebAdapter) -> bool:
    told = {str(each["message"]).partition(".")[0] for each in _events(page)}
    return {name for name in page.transcript.names.values() if name.startswith("job")} <= told


def _events(page: WebAdapter) -> list[dict[str, Any]]:
    return [event for step in page.transcript.steps() for event in step["then"]]


def _lines(steps: list[dict[str, Any]]) -> list[str]:
    deeds = [{name: value for name, value in step.items() if name != "then"} for step in steps]
    came = sorted((each for step in steps for each in step["then"]), key=_text)
    return json.dumps([*deeds, *came], ensure_ascii=False, indent=1).splitlines()


def _text(event: Any) -> str:
    return json.dumps(event, sort_keys=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Do again what a transcript tells, and compare.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--update", action="store_true", help="write what came into the file")
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    transcript = json.loads(wanted.file.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        steps = asyncio.run(replay(transcript, Path(folder), patiently=wanted.update))
    if wanted.update:
        text = json.dumps({**transcript, "steps": steps}, ensure_ascii=False, indent=1)
        wanted.file.write_text(text + "\n", encoding="utf-8")
        return 0
    found = differences(transcript, steps)
    sys.stdout.write(found + "\n" if found else "Everything came as it did before.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
