"""Checks of every body that the bot sends, against Discord's own OpenAPI document.

The document lies beside the checkout, or at the path in the variable DISCORD_OPENAPI. Objects count as
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

# Discord also takes ids as numbers, and discord.py sends most ids as numbers.
SNOWFLAKE: Json = {"anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer"}]}

# Fields that the document does not have. discord.py adds `tts` to every message, also to edits, in which
# Discord ignores it, and sends attachments back whole. `nsfw` is documented in prose only
# (application-commands, "Age-Restricted Commands").
WHOLE_ATTACHMENT = ("content_type", "size", "url", "proxy_url", "spoiler", "width", "height")
EXTRA_FIELDS = {
    "MessageEditRequestPartial": ("tts",),
    "IncomingWebhookUpdateRequestPartial": ("tts",),
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": ("tts",),
    "ApplicationCommandUpdateRequest": ("nsfw",),
    "MessageAttachmentRequest": WHOLE_ATTACHMENT,
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A body that does not match the document. `place`: the path in the body."""

    method: str
    route: str
    place: str
    problem: str


def document() -> Path | None:
    """Find the document's path; None if there is no such file."""
    path = Path(os.environ.get("DISCORD_OPENAPI") or BESIDE)
    return path if path.is_file() else None


class Document:
    """The document's operations, with a validator for each body, made when it is first needed."""

    def __init__(self, text: str) -> None:
        data = json.loads(text)
        self._paths: Json = data["paths"]
        self._schemas: Json = _correct(data["components"]["schemas"])
        self._make_validator = validators.extend(Draft202012Validator, {"oneOf": _one_of(self._schemas)})
        self._validators: dict[tuple[str, str], Draft202012Validator | None] = {}

    def check(self, method: str, route: str, body: Any) -> list[Violation]:
        """Return the problems of a body; none if the operation takes no body and none was sent."""
        key = method, route
        if key not in self._validators:
            self._validators[key] = self._validator(method, route)
        validator = self._validators[key]
        if validator is None:
            has_body = body is not None
            return [Violation(method, route, "", "no body is documented")] if has_body else []
        error = best_match(validator.iter_errors(body))
        return [Violation(method, route, _place(error), error.message[:300])] if error else []

    def _validator(self, method: str, route: str) -> Draft202012Validator | None:
        if route not in self._paths:
            raise KeyError(f"the document has no {route}")
        operation = self._paths[route][method.lower()]
        content = operation.get("requestBody", {}).get("content")
        if not content:
            return None
        schema = content["application/json"]["schema"]
        return self._make_validator(schema | {"components": {"schemas": self._schemas}})


def _place(error: ValidationError) -> str:
    return "/".join(str(step) for step in error.absolute_path)


def _correct(schemas: Json) -> Json:
    result = {name: _close(schema) for name, schema in schemas.items()} | {"SnowflakeType": SNOWFLAKE}
    for name, fields in EXTRA_FIELDS.items():
        result[name] = result[name] | {"properties": result[name]["properties"] | dict.fromkeys(fields, True)}
    return result


def _one_of(schemas: Json) -> Callable[..., Iterator[ValidationError]]:
    """Make a `oneOf` that tries only the schemas with the object's own `type`, if it has one.

    All other schemas refuse the object anyway, and would try components in components at each depth.
    """
    types = {
        f"#/components/schemas/{name}": schema["properties"]["type"]["enum"]
        for name, schema in schemas.items()
        if "enum" in schema.get("properties", {}).get("type", {})
    }
    original_one_of = Draft202012Validator.VALIDATORS["oneOf"]

    def one_of(validator: Any, options: list[Json], body: Any, schema: Json) -> Iterator[ValidationError]:
        kind = body.get("type") if isinstance(body, dict) else None
        matches = [each for each in options if kind is None or kind in types.get(each.get("$ref"), (kind,))]
        yield from original_one_of(validator, matches or options, body, schema)

    return one_of


def _close(schema: Json) -> Json:
    if "oneOf" in schema and all("const" in each for each in schema["oneOf"]):
        return {"enum": [each["const"] for each in schema["oneOf"]]}
    if "properties" in schema and "additionalProperties" not in schema:
        return schema | {"additionalProperties": False}
    return schema


@cache
def load() -> Document | None:
    """Read the document, once; None if there is none."""
    path = document()
    return Document(path.read_text(encoding="utf-8")) if path else None
