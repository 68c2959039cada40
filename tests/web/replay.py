"""Replay a transcript of the playground on an empty ledger, and compare the results.

    python -m tests.web.replay FILE            prints the differences; the exit code is 1 if there are any
    python -m tests.web.replay FILE --update   writes the new results into FILE

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
from tests.bot.references.pictures import encode, photo

PATIENCE = 10.0  # seconds for the cards of one action
GLANCE = 0.01
_NAME = re.compile(r"(?:job|words) \d+")
_PATHS = {"say": "/api/say", "press": "/api/press", "react": "/api/react"}
_NAMES = {"say": "text", "press": "verb", "react": "emoji"}
_RESULTS = ("answer", "then")


async def replay(
    transcript: Mapping[str, Any], folder: Path, *, patiently: bool = False
) -> list[dict[str, Any]]:
    """Replay every step on the real composition root, with samples drawn at once. Return the new steps.

    Before each step all cards of the transcript so far must have come; if one never comes, the replay stops.
    `patiently`: before each step all jobs so far must have ended.
    """
    environment = {"IMAGINE_DATA": str(folder), "IMAGINE_WEB_PORT": "0", **transcript.get("environment", {})}
    expected_cards: list[str] = []
    async with open_playground(environment, folder) as (page, http):
        is_ready = partial(_all_jobs_ended, page) if patiently else partial(_all_came, page, expected_cards)
        for step in transcript["steps"]:
            await _do(page, http, step)
            expected_cards += map(_text, step["then"])
            if not await _until(is_ready):
                break
        return page.transcript.steps()


def differences(transcript: Mapping[str, Any], steps: list[dict[str, Any]]) -> str:
    """Return a diff, or "" if there is no difference. The step in which a card came does not count."""
    sides = [_lines(transcript["steps"]), _lines(steps)]
    return "\n".join(difflib.unified_diff(*sides, "transcript", "this time", lineterm="", n=2))


@contextlib.asynccontextmanager
async def open_playground(
    environment: Mapping[str, str], folder: Path
) -> AsyncIterator[tuple[WebAdapter, aiohttp.ClientSession]]:
    settings = load_settings(environment, folder)
    with patch.object(run, "SAMPLE_SPEED", 0):
        async with run.open_app(settings, web=True) as house, aiohttp.ClientSession() as http:
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
    """Send the action of one step, with the job ids of this replay."""
    names = {name: job for job, name in page.transcript.names.items()}
    kind = next((kind for kind in _PATHS if kind in step), None)
    body = {name: value for name, value in step.items() if name not in _RESULTS}
    for name in {"job", "message"} & body.keys():
        body[name] = _NAME.sub(lambda match: names[match[0]], body[name])
    if kind is not None:
        body[_NAMES[kind]] = body.pop(kind)
    if kind in ("say", "press") or "skip_day" in step:
        body["id"] = str(uuid.uuid4())
    path = _PATHS[kind] if kind else "/api/workbench"
    form = _form(body)
    sent: dict[str, Any] = {"json": body} if form is None else {"data": form}
    async with http.post(page.url + path, headers={"Origin": page.url}, **sent) as answer:
        assert answer.status == 200, await answer.text()


def _form(body: dict[str, Any]) -> aiohttp.FormData | None:
    """Take the pictures out of a body, and make a form of both; None without any. All are one sample."""
    files = [("reference", name) for name in body.pop("references", ())]
    if "mask" in body:
        files.append(("mask", body.pop("mask")))
    if not files:
        return None
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("body", json.dumps(body))
    for field, name in files:
        form.add_field(field, encode(photo()), filename=name)
    return form


async def _until(condition: Callable[[], bool]) -> bool:
    """Wait for the condition; return False after PATIENCE. The differences then show what is missing."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - the condition has no event to wait for
                await asyncio.sleep(GLANCE)
    except TimeoutError:
        return False
    return True


def _all_came(page: WebAdapter, expected: list[str]) -> bool:
    cards = [_text(each) for each in _cards(page)]
    return all(cards.count(each) >= expected.count(each) for each in set(expected))


def _all_jobs_ended(page: WebAdapter) -> bool:
    jobs = {str(each["message"]).partition(".")[0] for each in _cards(page)}
    return {name for name in page.transcript.names.values() if name.startswith("job")} <= jobs


def _cards(page: WebAdapter) -> list[dict[str, Any]]:
    return [event for step in page.transcript.steps() for event in step["then"]]


def _lines(steps: list[dict[str, Any]]) -> list[str]:
    actions = [{name: value for name, value in step.items() if name != "then"} for step in steps]
    cards = sorted((each for step in steps for each in step["then"]), key=_text)
    return json.dumps([*actions, *cards], ensure_ascii=False, indent=1).splitlines()


def _text(event: Any) -> str:
    return json.dumps(event, sort_keys=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Do again what a transcript tells, and compare.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--update", action="store_true", help="write what came into the file")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    transcript = json.loads(arguments.file.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        steps = asyncio.run(replay(transcript, Path(folder), patiently=arguments.update))
    if arguments.update:
        text = json.dumps({**transcript, "steps": steps}, ensure_ascii=False, indent=1)
        arguments.file.write_text(text + "\n", encoding="utf-8")
        return 0
    diff = differences(transcript, steps)
    sys.stdout.write(diff + "\n" if diff else "Everything came as it did before.\n")
    return 1 if diff else 0


if __name__ == "__main__":
    sys.exit(main())
