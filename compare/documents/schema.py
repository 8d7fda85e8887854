"""JSON Schemas (2020-12) of the documents, generated from the types of the results."""

from __future__ import annotations

import re
from inspect import cleandoc
from pkgutil import resolve_name
from typing import Any, cast

import msgspec

from compare.documents.envelope import PREFIX, Envelope
from compare.documents.kinds import DOCUMENTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = "#/$defs/{name}"
SECTION = "\n\nAttributes:\n"  # of a docstring
ATTRIBUTE = re.compile(r"^    (?P<name>\w+): (?P<text>.*(\n     +.*)*)", re.MULTILINE)


def document_schema(name: str) -> dict[str, Any]:
    """Return the schema of a document, as its types define it now."""
    kind = DOCUMENTS[name]
    result, envelope = resolve_name(kind.result), cast("Any", Envelope)
    root = envelope[result] if kind.is_envelope else result
    (reference,), definitions = msgspec.json.schema_components(
        [root], ref_template=REFERENCE
    )
    # Defaults that are NaN become null, as in the documents.
    definitions = msgspec.json.decode(msgspec.json.encode(definitions))
    top = definitions.pop(reference["$ref"].rpartition("/")[2])
    top["properties"]["version"] = {"const": kind.version}
    if kind.is_envelope:
        top["properties"]["schema"] = {"const": f"{PREFIX}{name}"}
    for each in (top, *definitions.values()):
        _describe_properties(each)
    schema = {
        "$schema": DIALECT,
        "$id": f"urn:{PREFIX.rstrip('/')}:{name}:{kind.version}",
        **top,
        "title": f"{PREFIX}{name}, version {kind.version}",
        "$defs": definitions,
    }
    return dict(describe_output(schema))


def _describe_properties(schema: dict[str, Any]) -> None:
    """Move the section on attributes of a docstring to the properties."""
    text, _, attributes = cleandoc(schema.get("description", "")).partition(SECTION)
    schema["description"] = text
    for match in ATTRIBUTE.finditer(attributes):
        if match["name"] in schema.get("properties", {}):
            about = " ".join(match["text"].split())
            schema["properties"][match["name"]]["description"] = about


def encode_schema(name: str) -> bytes:
    """Return the schema of a document as the published file contains it."""
    encoded = msgspec.json.encode(document_schema(name))
    return msgspec.json.format(encoded, indent=1) + b"\n"


def describe_output(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema of what is written, from one of what can be read.

    A number may be null, because JSON has no infinity and no NaN. An object may have
    further properties, which a later version of graph-compare adds.
    """
    if isinstance(schema, list):
        return [describe_output(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: describe_output(value)
        for name, value in schema.items()
        if not (name == "additionalProperties" and value is False)
    }
    if kept.get("type") == "number":
        kept["type"] = ["number", "null"]
    return _join_null(kept)


def _join_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return ``{"type": ["integer", "null"]}`` for the choice of these two types."""
    match schema:
        case {"anyOf": [{"type": kind, **rest}, {"type": "null"}], **others} if (
            not rest
        ):
            kinds = kind if isinstance(kind, list) else [kind]
            return {"type": [*dict.fromkeys([*kinds, "null"])], **others}
    return schema
