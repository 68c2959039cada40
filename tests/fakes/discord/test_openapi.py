"""The check of bodies against Discord's own document finds wrong bodies."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.discord import openapi
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.openapi import Document
from tests.fakes.discord.scene import Scene, empty_scene
from tests.fakes.discord.server import ROUTES

__all__ = ["empty_scene", "fake_discord"]

MISSING = f"Discord's OpenAPI document is not at {openapi.BESIDE}, nor where DISCORD_OPENAPI says"
POST = ("POST", "/channels/{channel_id}/messages")
CALLBACK = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
EDIT = ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")


@pytest.fixture
def document() -> Document:
    document = openapi.load()
    if document is None:
        pytest.skip(MISSING)
    return document


def test_bodies_match_the_document(document: Document) -> None:
    """If this is skipped, no test of the Discord adapter checks bodies against the document."""
    assert document.check(*POST, {"content": "hello", "nonce": "n", "enforce_nonce": True}) == []
    assert document.check(*EDIT, {"attachments": [{"id": 0, "filename": "a.png"}], "tts": False}) == []


def test_every_route_is_documented(document: Document) -> None:
    for method, route, _ in ROUTES:
        document.check(method, route, None)


WRONG: dict[str, tuple[tuple[str, str], Any]] = {
    "a type": (POST, {"content": 5}),
    "an unknown field": (POST, {"content": "x", "colour": "red"}),
    "an unknown field inside": (CALLBACK, {"type": 4, "data": {"content": "x", "colour": "red"}}),
    "an unknown answer": (CALLBACK, {"type": 44}),
    "a long label": (
        POST,
        {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x" * 81}]}]},
    ),
    "a body for none": (("POST", "/channels/{channel_id}/typing"), {"a": 1}),
    "none for a body": (POST, None),
}


@pytest.mark.parametrize(("operation", "body"), WRONG.values(), ids=WRONG)
def test_a_wrong_body_is_found(document: Document, operation: tuple[str, str], body: Any) -> None:
    assert document.check(*operation, body)


@pytest.fixture
def without_the_document(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DISCORD_OPENAPI", "/nowhere.json")
    openapi.load.cache_clear()
    yield
    openapi.load.cache_clear()


def test_without_the_document_there_is_none_to_load(without_the_document: None) -> None:
    assert openapi.load() is None


async def test_every_request_is_checked(empty_scene: Scene, document: Document) -> None:
    await empty_scene.request(
        "POST", f"/channels/{empty_scene.room.id}/messages", {"content": "x", "colour": "red"}
    )
    [violation] = empty_scene.fake.violations
    assert "colour" in violation.problem
    empty_scene.fake.violations.clear()


@pytest.mark.parametrize("body", [{"components": [{}]}, {"attachments": 5}, [], "text"])
async def test_a_senseless_body_is_a_violation(empty_scene: Scene, body: Any) -> None:
    status, answer = await empty_scene.request("POST", f"/channels/{empty_scene.room.id}/messages", body)
    assert (status, answer["code"] in (50035, 50006)) == (400, True)
    assert empty_scene.fake.violations or not openapi.load()
    empty_scene.fake.violations.clear()


async def test_an_unknown_route_is_a_violation(empty_scene: Scene) -> None:
    status, body = await empty_scene.request("GET", "/guilds/1/audit-logs")
    assert (status, body["code"]) == (404, 0)
    assert [each.problem for each in empty_scene.fake.violations] == ["there is no such route here"]
    empty_scene.fake.violations.clear()
