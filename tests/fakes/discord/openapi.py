"""Every body that the bot sends, checked against Discord's own OpenAPI document.

The document is data beside the checkout, or where the variable DISCORD_OPENAPI says. Objects are taken as
closed: a field that the document does not know is reported.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, validators  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError, best_match  # type: ignore[import-untyped]

from tests.fakes.discord.errors import Json

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "discord-api-spec" / "openapi.json"

# Discord takes ids as numbers too, and discord.py sends most of them so.
SNOWFLAKE: Json = {"anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer"}]}

# Fields that the document does not have. discord.py adds `tts` to whatever carries a message, edits too,
# where Discord pays no heed to it, and sends attachments back whole; `nsfw` is documented in prose only
# (application-commands, "Age-Restricted Commands").
WHOLE_ATTACHMENT = ("content_type", "size", "url", "proxy_url", "spoiler", "width", "height")
ALSO = {
    "MessageEditRequestPartial": ("tts",),
    "IncomingWebhookUpdateRequestPartial": ("tts",),
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": ("tts",),
    "ApplicationCommandUpdateRequest": ("nsfw",),
    "MessageAttachmentRequest": WHOLE_ATTACHMENT,
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A body that is not as documented. `place`: where in the body."""

    method: str
    route: str
    place: str
    problem: str


def document() -> Path | None:
    """Where the document lies; None where it is missing."""
    path = Path(os.environ.get("DISCORD_OPENAPI") or BESIDE)
    return path if path.is_file() else None


class Document:
    """The operations of the document, and a validator for each of their bodies, made when needed."""

    def __init__(self, text: str) -> None:
        loaded = json.loads(text)
        self._paths: Json = loaded["paths"]
        self._schemas: Json = _corrected(loaded["components"]["schemas"])
        self._of = validators.extend(Draft202012Validator, {"oneOf": _one_of(self._schemas)})
        self._validators: dict[tuple[str, str], Draft202012Validator | None] = {}

    def check(self, method: str, route: str, body: Any) -> list[Violation]:
        """What is wrong with a body; nothing where the operation takes none and none was sent."""
        key = method, route
        if key not in self._validators:
            self._validators[key] = self._validator(method, route)
        validator = self._validators[key]
        if validator is None:
            wrong = body is not None
            return [Violation(method, route, "", "no body is documented")] if wrong else []
        error = best_match(validator.iter_errors(body))
        return [Violation(method, route, _place(error), error.message[:300])] if error else []

    def _validator(self, method: str, route: str) -> Draft202012Validator | None:
        operation = self._paths[_documented(self._paths, route)][method.lower()]
        content = operation.get("requestBody", {}).get("content")
        if not content:
            return None
        schema = content["application/json"]["schema"]
        return self._of(schema | {"components": {"schemas": self._schemas}})


def _documented(paths: Json, route: str) -> str:
    if route in paths:
        return route
    raise KeyError(f"the document has no {route}")


def _place(error: ValidationError) -> str:
    return "/".join(str(step) for step in error.absolute_path)


def _corrected(schemas: Json) -> Json:
    fixed = {name: _closed(schema) for name, schema in schemas.items()} | {"SnowflakeType": SNOWFLAKE}
    for name, fields in ALSO.items():
        fixed[name] = fixed[name] | {"properties": fixed[name]["properties"] | dict.fromkeys(fields, True)}
    return fixed


def _one_of(schemas: Json) -> Callable[..., Iterator[ValidationError]]:
    """`oneOf` that tries only schemas of the object's own `type`, where that can be told: the others would
    refuse it, and components in components would be tried by all of them at each depth."""
    types = {
        f"#/components/schemas/{name}": schema["properties"]["type"]["enum"]
        for name, schema in schemas.items()
        if "enum" in schema.get("properties", {}).get("type", {})
    }
    plain = Draft202012Validator.VALIDATORS["oneOf"]

    def one_of(validator: Any, either: list[Json], body: Any, schema: Json) -> Iterator[ValidationError]:
        kind = body.get("type") if isinstance(body, dict) else None
        meant = [each for each in either if kind is None or kind in types.get(each.get("$ref"), (kind,))]
        yield from plain(validator, meant or either, body, schema)

    return one_of


def _closed(schema: Json) -> Json:
    if "oneOf" in schema and all("const" in each for each in schema["oneOf"]):
        return {"enum": [each["const"] for each in schema["oneOf"]]}
    if "properties" in schema and "additionalProperties" not in schema:
        return schema | {"additionalProperties": False}
    return schema


@cache
def load() -> Document | None:
    """The document, read once; None where it is missing."""
    path = document()
    return Document(path.read_text(encoding="utf-8")) if path else None
