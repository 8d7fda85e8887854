"""Write the published schemas: ``make schemas`` runs it.

python -m tests.checks.schemas

A schema that removes a property, or changes a type, needs another version: increase it
in compare/documents/kinds.py. Nothing is written otherwise.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from compare.documents.kinds import DOCUMENTS, schema_path
from compare.documents.schema import document_schema, encode_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]


def find_breaking_changes(before: Schema, after: Schema) -> list[str]:
    """Return what a program that reads documents could rely on, and no longer can.

    Nothing if the version increased. New properties, and new words of an enumeration in
    a property, break nothing.
    """
    if _version_of(before) != _version_of(after):
        return []
    return list(dict.fromkeys(_compare(before, after, roots=(before, after))))


def _version_of(schema: Schema) -> int:
    return int(schema["properties"]["version"]["const"])


def _compare(
    before: Any,
    after: Any,
    *,
    roots: tuple[Schema, Schema],
    place: str = "",
    seen: tuple[str, ...] = (),
) -> Iterator[str]:
    """Yield each difference of two parts of schemas that a reader may notice."""
    name = before.get("$ref", "")
    if name and name in seen:  # a type that contains itself
        return
    one, other = _resolve(before, roots[0]), _resolve(after, roots[1])
    properties = other.get("properties", {})
    for key, part in one.get("properties", {}).items():
        where = f"{place}.{key}".lstrip(".")
        if key not in properties:
            yield f"{where} was removed"
        else:
            yield from _compare(
                part, properties[key], roots=roots, place=where, seen=(*seen, name)
            )
    for key in ("items", "additionalProperties"):
        inner = (one.get(key), other.get(key))
        if all(isinstance(each, dict) for each in inner):
            yield from _compare(
                *inner, roots=roots, place=f"{place}[]", seen=(*seen, name)
            )
    for key in ("anyOf", "prefixItems"):
        for old, new in zip(one.get(key, []), other.get(key, []), strict=False):
            yield from _compare(old, new, roots=roots, place=place, seen=(*seen, name))
    if _describe_kind(one) != _describe_kind(other):
        yield f"{place} changed from {_describe_kind(one)} to {_describe_kind(other)}"
    yield from (
        f"{place}.{key}".lstrip(".") + " may be missing"
        for key in one.get("required", [])
        if key in properties and key not in other.get("required", [])
    )


def _resolve(part: Schema, root: Schema) -> Schema:
    reference = part.get("$ref")
    return root["$defs"][reference.rpartition("/")[2]] if reference else part


def _describe_kind(part: Schema) -> str:
    """Return the type of a part; enumerations are texts, however many words."""
    if "enum" in part:
        return "string"
    for key in ("anyOf", "prefixItems"):
        if key in part:
            return f"{len(part[key])} types"
    kind = part.get("type", "any value")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def find_problems(name: str) -> list[str]:
    """Return why the schema of a document cannot be published, one sentence each."""
    path = schema_path(name)
    if not path.exists():
        return []
    changes = find_breaking_changes(json.loads(path.read_text()), document_schema(name))
    return [
        f"{name}: {change}; increase its version in compare/documents/kinds.py"
        for change in changes
    ]


def main() -> int:
    """Write every schema, unless one needs another version."""
    problems = [problem for name in DOCUMENTS for problem in find_problems(name)]
    if problems:
        print("\n".join(problems))
        return 1
    for name in DOCUMENTS:
        schema_path(name).write_bytes(encode_schema(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
