"""Rows of soak tests survive an interruption in the middle of a line."""

from __future__ import annotations

from tests.soak.rows import (
    append_row,
    end_last_line,
    list_unfinished,
    read_rows,
    split_numbers,
)


def test_a_row_after_an_interrupted_line_is_read(tmp_path):
    out = tmp_path / "rows.jsonl"
    append_row(out, {"seed": 0, "number": 3})
    with out.open("a") as file:
        file.write('{"seed": 0, "num')
    end_last_line(out)
    append_row(out, {"seed": 0, "number": 1})
    assert [row["number"] for row in read_rows(out, seed=0)] == [1, 3]


def test_complete_rows_stay_as_they_are(tmp_path):
    out = tmp_path / "rows.jsonl"
    end_last_line(out)
    assert read_rows(out, seed=0) == []
    append_row(out, {"seed": 0, "number": 3})
    before = out.read_bytes()
    end_last_line(out)
    assert out.read_bytes() == before


def test_the_last_row_of_a_number_is_read_for_its_own_seed(tmp_path):
    out = tmp_path / "rows.jsonl"
    assert read_rows(out, seed=0) == []
    for seed, status in ((0, "failed"), (0, "agrees"), (1, "failed")):
        append_row(out, {"seed": seed, "number": 3, "status": status})
    assert [row["status"] for row in read_rows(out, seed=0)] == ["agrees"]


def test_numbers_without_a_row_or_with_a_failed_one_are_unfinished(tmp_path):
    out = tmp_path / "rows.jsonl"
    for number, failed in ((0, False), (1, True)):
        append_row(out, {"seed": 0, "number": number, "failed": failed})
    found = list_unfinished(range(4), out, seed=0, has_failed=lambda row: row["failed"])
    assert found == [1, 2, 3]
    assert split_numbers(found, size=2) == [[1, 2], [3]]
