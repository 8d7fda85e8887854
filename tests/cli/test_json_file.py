"""Results of a command in a JSON file."""

from __future__ import annotations

import json
from math import inf

import pytest

from compare.cli.json_file import require_folder, write_json
from compare.deploy.rows import Location
from compare.errors import UsageError

LOCATION = Location(node="n", operation="Mul", place="", after="", candidates=["n"])


def test_structs_are_written_as_indented_json(tmp_path):
    path = tmp_path / "found.json"
    write_json(path, [LOCATION])
    assert json.loads(path.read_text()) == [
        {
            "node": "n",
            "operation": "Mul",
            "place": "",
            "after": "",
            "candidates": ["n"],
        }
    ]
    assert '\n  "node": "n"' in path.read_text()


def test_a_number_that_json_lacks_is_null(tmp_path):
    path = tmp_path / "found.json"
    write_json(path, {"error": inf})
    assert json.loads(path.read_text()) == {"error": None}


def test_a_file_that_cannot_be_written_is_reported_with_the_reason(tmp_path):
    path = tmp_path / "missing" / "found.json"
    with pytest.raises(UsageError) as caught:
        write_json(path, [])
    assert str(caught.value) == (
        f"--json: cannot write {path}: No such file or directory"
    )


def test_a_folder_that_does_not_exist_is_found_before_anything_is_written(tmp_path):
    require_folder(tmp_path / "found.json")
    for path in (tmp_path, tmp_path / "missing" / "found.json"):
        with pytest.raises(UsageError, match="expected a file in a folder that exists"):
            require_folder(path)
