"""Validate what a command wrote with ``--json`` against its published schema."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from compare.documents.kinds import schema_path


def read_valid(name: str, text: str | bytes) -> dict[str, Any]:
    """Return a document; raise if its schema does not describe every part of it."""
    document: dict[str, Any] = json.loads(text, parse_constant=_refuse_constant)
    schema = json.loads(schema_path(name).read_text("utf-8"))
    Draft202012Validator(_forbid_others(schema)).validate(document)
    return document


def read_result(name: str, text: str | bytes, *, code: int = 0) -> dict[str, Any]:
    """Return the result in a valid document without an error."""
    document = read_valid(name, text)
    assert document["error"] is None
    assert document["exit_code"] == code
    result: dict[str, Any] = document["result"]
    return result


def _refuse_constant(word: str) -> None:
    raise AssertionError(f"JSON has no {word}")


def _forbid_others(schema: Any) -> Any:
    """Return a schema by which an object has no further properties."""
    if isinstance(schema, list):
        return [_forbid_others(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _forbid_others(value) for key, value in schema.items()}
    is_object = isinstance(schema.get("properties"), dict) and "type" in schema
    return inner | ({"additionalProperties": False} if is_object else {})
