"""Damaged table files: the message names the file, the line and the damage."""

from __future__ import annotations

import gzip
import os
import re
import tracemalloc

import pytest

from compare.errors import RunError
from compare.runs import stream
from compare.runs.tables import (
    CELLS,
    LEARNING,
    SAMPLES,
    TABLES,
    append_rows,
    read_table,
)
from tests.support.stored_rows import EPOCH, sample


@pytest.fixture
def table(tmp_path):
    """Return the path of a table with three rows."""
    append_rows(tmp_path, LEARNING, [EPOCH, EPOCH, EPOCH])
    return tmp_path / LEARNING.file


def replace(path, old, new, *, line):
    """Replace a part of a line; lines count from 1."""
    lines = path.read_bytes().splitlines(keepends=True)
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_bytes(b"".join(lines))


def error_of(path, table=LEARNING):
    with pytest.raises(RunError) as raised:
        read_table(path.parent, table)
    message = str(raised.value)
    assert message.startswith(str(path))
    assert len(message) < 1000
    return message.removeprefix(str(path))


@pytest.mark.parametrize(
    ("line", "old", "new", "expected"),
    [
        (1, b"epoch", b"era", ", line 1: expected the columns workload, .*; "
         "missing: epoch; unknown: era"),
        (1, b"epoch", b"epoch,epoch", ".*; repeated: epoch"),
        (1, b"epoch", b"epoch,extra", ".*; unknown: extra"),
        (1, b"workload", b"x" * 2000, ".*; unknown: x{30} .*left out"),
        (3, b"0.5", b"0.5,7", ", line 3: expected 6 fields; received more"),
        (3, b"0.5", b"0.5,7,8", ", line 3: .*expected 6 fields; received 8"),
        (3, b",0.5", b"", ", line 3, column valid_accuracy: .*; received ''"),
        (3, b"w,torch/eager,1,1.0,1.0,0.5", b"", ", line 3, column workload: .*''"),
        (3, b"w,", b'"w,', ", line 3: not readable as a table: unexpected end of"),
        (3, b"w", b"w\0", ", line 3: .*expected text; received a NUL byte"),
        (3, b"w", b"\xff", ", line 3: .*expected UTF-8 text"),
        (3, b"w", b"\xed\xa0\x80", ", line 3: .*expected UTF-8 text"),
    ],
)  # fmt: skip
def test_damage_of_a_line_is_named(table, line, old, new, expected):
    replace(table, old, new, line=line)
    message = error_of(table)
    assert re.match(expected, message), message


def test_a_line_of_megabytes_is_refused(table):
    replace(table, b"w", b"w" * 5 * 2**20, line=3)
    assert error_of(table) == (
        ", line 3: not readable as a table: expected at most 1,048,576 bytes"
    )


def test_a_line_is_counted_after_fields_of_several_lines(tmp_path):
    row = CELLS.row(
        **dict.fromkeys(("workload", "framework", "mode"), "x"),
        device="cpu",
        dtype="float32",
        family="dynamic",
        captures="none",
        declared="none",
        capture_verdict="not measured",
        reason="one\ntwo\nthree",
        status="failed",
    )
    append_rows(tmp_path, CELLS, [row, row])
    path = tmp_path / CELLS.file
    assert list(read_table(tmp_path, CELLS)["reason"]) == ["one\ntwo\nthree"] * 2
    path.write_text(path.read_text().removesuffix("failed\n") + "flawed\n")
    assert error_of(path, CELLS).startswith(", line 5, column status: ")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_last_column_is_never_blank_so_that_a_cut_line_is_noticed(table):
    *_, last = table.columns.values()
    assert not last.may_be_blank


@pytest.mark.parametrize("place", ["a folder", "a named pipe", "a device", "a link"])
def test_a_table_that_is_no_regular_file_is_refused(table, place):
    table.unlink()
    if place == "a folder":
        table.mkdir()
    elif place == "a named pipe":
        os.mkfifo(table)
    else:
        table.symlink_to("/dev/zero" if place == "a device" else "missing")
    expected = "No such file" if place == "a link" else f"received {place}"
    assert expected in error_of(table)


def compressed(tmp_path, change):
    """Return compressed samples after a change of their bytes."""
    append_rows(tmp_path, SAMPLES, [sample(round=number) for number in range(50)])
    path = tmp_path / SAMPLES.file
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-20],
        lambda content: content[: len(content) // 2],
        lambda content: content[:60] + bytes([content[60] ^ 255]) + content[61:],
        lambda content: content + b"something else",
        gzip.decompress,
        lambda content: b"",
    ],
)
def test_damaged_compressed_samples_are_refused(tmp_path, change):
    error_of(compressed(tmp_path, change), SAMPLES)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"w,torch", b",torch", ", line 2, column workload: expected a text"),
        (
            b",0,0,0,10,",
            b",0,1e400,0,10,",
            ", line 2, column round: .*received '1e400'",
        ),
        (b",1000,5\n", b",,5\n", ", line 2, column duration_ns: .*received ''"),
        (b",1000,5\n", b",1000,\n", ", line 2, column started_ns: .*received ''"),
        (b",1000,5\n", b",1000\n", ", line 2, column started_ns: .*received ''"),
        (b",1000,5\n", b"," + b"9" * 25 + b",5\n", ", line 2, column duration_ns: "),
        (b",1000,5\n", b",1000,5,6\n", ", line 2: expected 14 fields"),
        (b",10,,", b",10,1e999,", ", line 2, column device_ns: .*received '1e999'"),
    ],
)
def test_damaged_values_of_samples_are_named(tmp_path, old, new, expected):
    def change(content):
        text = gzip.decompress(content)
        assert old in text
        return gzip.compress(text.replace(old, new, 1))

    message = error_of(compressed(tmp_path, change), SAMPLES)
    assert re.match(expected, message), message


def test_a_decompression_bomb_is_refused_in_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "FREE_BYTES", 2**22)
    line = b"w,torch,eager,cpu,float32,0,0,0,10,,,1000,5\n"
    header = ",".join(SAMPLES.columns).encode() + b"\n"
    path = tmp_path / SAMPLES.file
    bomb = gzip.compress(header + line * (3 * stream.FREE_BYTES // len(line)))
    path.write_bytes(bomb)
    assert len(bomb) * stream.MAX_EXPANSION < 3 * stream.FREE_BYTES
    tracemalloc.start()
    message = error_of(path, SAMPLES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "bytes of text" in message
    assert peak < 16 * stream.FREE_BYTES
