"""The published schemas are those of the types, and versions follow their changes."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compare.documents.kinds import DOCUMENTS, FOLDER, schema_path
from compare.documents.schema import document_schema, encode_schema
from compare.results.card import CARD_VERSION
from tests.checks import schemas
from tests.checks.schemas import find_breaking_changes, find_problems

DIFF = document_schema("diff")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_published_schema_is_that_of_its_types(name):
    assert find_problems(name) == []
    assert schema_path(name).read_bytes() == encode_schema(name), "run: make schemas"
    Draft202012Validator.check_schema(document_schema(name))


def test_no_schema_is_left_of_a_document_that_no_longer_exists():
    assert {path.name for path in FOLDER.iterdir()} == {
        schema_path(name).name for name in DOCUMENTS
    }


def test_the_card_and_its_schema_have_one_version():
    assert DOCUMENTS["card"].version == CARD_VERSION


def changed(change) -> dict[str, Any]:
    """Return the schema of ``diff`` with a change of its properties and types."""
    schema = deepcopy(DIFF)
    change(schema["properties"], schema["$defs"])
    return schema


def rename(properties, _):
    properties["failure"] = properties.pop("error")


def retype(_, types):
    types["CellDelta"]["properties"]["launches_before"]["type"] = "string"


def remove(_, types):
    del types["CellChange"]["properties"]["what"]


def allow_null(_, types):
    types["CellName"]["properties"]["variant"]["type"] = ["string", "null"]


def make_optional(_, types):
    types["CellName"]["required"].remove("device")


def replace_a_type(_, types):
    types["CellDelta"]["properties"]["factor"] = {"type": ["number", "null"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rename, "error was removed"),
        (retype, "result.cells[].launches_before changed from integer to string"),
        (remove, "result.cells[].changes[].what was removed"),
        (
            allow_null,
            "result.cells[].cell.variant changed from string to string or null",
        ),
        (make_optional, "result.cells[].cell.device may be missing"),
        (
            replace_a_type,
            "result.cells[].factor changed from object to number or null",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_breaking_change_needs_another_version(change, message):
    after = changed(change)
    assert message in find_breaking_changes(DIFF, after)
    after["properties"]["version"]["const"] += 1
    assert find_breaking_changes(DIFF, after) == []


def add_property(properties, types):
    properties["duration_s"] = {"type": "number"}
    types["CellName"]["properties"]["label"] = {"type": "string"}
    types["CellName"]["required"].append("label")


def add_a_word(_, types):
    types["TimingVerdict"]["enum"].append("unknown")


def describe_again(_, types):
    types["CellName"]["description"] = "Another text."


@pytest.mark.parametrize("change", [add_property, add_a_word, describe_again])
def test_an_addition_keeps_the_version(change):
    assert find_breaking_changes(DIFF, changed(change)) == []


def test_a_planted_change_of_a_type_is_not_written(tmp_path, monkeypatch, capsys):
    """The committed schema of `doctor` had other properties than the type has now."""
    folder = tmp_path / "schemas"
    folder.mkdir()
    monkeypatch.setattr(schemas, "schema_path", lambda name: folder / f"{name}.json")
    before = document_schema("doctor")
    before["$defs"]["CheckedSubject"]["properties"]["severity"] = {"type": "string"}
    (folder / "doctor.json").write_text(json.dumps(before))
    assert schemas.main() == 1
    assert capsys.readouterr().out == (
        "doctor: result.checks[].severity was removed; increase its version in "
        "compare/documents/kinds.py\n"
    )
    assert [path.name for path in folder.iterdir()] == ["doctor.json"]
    (folder / "doctor.json").unlink()
    assert schemas.main() == 0
    assert len(list(folder.iterdir())) == len(DOCUMENTS)
