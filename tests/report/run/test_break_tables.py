"""Tests of the table of graph breaks in the report of a run."""

from __future__ import annotations

from dataclasses import replace

from compare.contract import BreakCause, BreakKind
from compare.report.run.break_tables import tabulate_breaks
from compare.runs.rows import BreakRow
from compare.runs.tables import BREAKS, read_table, write_table

ITEM = BreakRow(
    workload="cnn",
    framework="torch",
    mode="compile",
    device="cpu",
    dtype="float32",
    kind=BreakKind.BREAK,
    cause=BreakCause.NUMBER,
    file="/home/me/model.py",
    line=17,
    reason="Tensor.item() is not supported",
    hint="keep it a tensor",
)
SHAPE = replace(
    ITEM,
    framework="tf",
    mode="function",
    kind=BreakKind.RETRACE,
    cause=BreakCause.SHAPE,
    reason="an input has a new shape",
    argument="(4, 8), then (2, 8)",
)


def texts(rows):
    table = tabulate_breaks(BREAKS.frame(rows))
    return [[str(cell) for cell in row] for row in table.rows]


def test_a_break_has_its_variant_kind_place_reason_and_hint():
    (row,) = texts([ITEM])
    for part in ("torch/compile", "graph break", "/home/me/model.py:17"):
        assert any(part in cell for cell in row)
    assert any("Tensor.item() is not supported" in cell for cell in row)
    assert any("keep it a tensor" in cell for cell in row)


def test_a_recapture_states_what_changed():
    (row,) = texts([SHAPE])
    assert any("(4, 8), then (2, 8)" in cell for cell in row)


def test_a_break_in_several_dtypes_has_one_row():
    assert len(texts([ITEM, replace(ITEM, dtype="float64"), SHAPE])) == 2


def test_a_run_without_breaks_has_no_table():
    assert tabulate_breaks(BREAKS.frame()) is None


def test_breaks_are_read_as_they_were_written(tmp_path):
    write_table(tmp_path, BREAKS, BREAKS.frame([ITEM, SHAPE]))
    read = read_table(tmp_path, BREAKS)
    assert [BREAKS.row_of(each) for _, each in read.iterrows()] == [ITEM, SHAPE]
