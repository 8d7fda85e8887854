"""Tables of a run: typed by their row types, and damaged values are refused."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
import pytest

from compare.contract import OperationKind
from compare.errors import RunError, StorageError
from compare.runs.folder import create_folder
from compare.runs.rows import CATEGORY, LearningRow, ProfileRow, TimingRow
from compare.runs.tables import (
    AGREEMENT,
    LEARNING,
    PROFILE,
    SAMPLES,
    TABLES,
    TIMING,
    TableSpec,
    append_rows,
    read_table,
    write_table,
)
from compare.runs.words import Verdict
from tests.support.stored_rows import (
    EPOCH,
    KEY,
    agreement_row,
    new_record,
    sample,
)


@dataclass(frozen=True, kw_only=True)
class LongerRow(LearningRow):
    """The row type of ``learning.csv`` with one more field of each type."""

    text: str = ""
    name: Annotated[str, CATEGORY]
    verdict: Verdict
    count: int
    optional_count: int | None
    seconds: float
    is_best: bool


LONGER = TableSpec("learning.csv", LongerRow)
LONGER_ROWS = [
    LongerRow(
        **vars(EPOCH),
        text="a, b",
        name="x",
        verdict=Verdict.AGREES,
        count=3,
        optional_count=None,
        seconds=float("inf"),
        is_best=True,
    ),
    LongerRow(
        **vars(EPOCH),
        text="",
        name="x",
        verdict=Verdict.UNDECIDED,
        count=2**40,
        optional_count=7,
        seconds=float("nan"),
        is_best=False,
    ),
]


@pytest.fixture
def folder(tmp_path):
    """Return a run folder that was just created."""
    path = tmp_path / "run"
    create_folder(path, new_record())
    return path


def timing_row(**changes):
    row = {**KEY, "captures": "none", "step_time_ns": 1.0, "verdict": "baseline"}
    return TimingRow(**row | changes)


def replace_text(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_adding_a_field_to_a_row_type_adds_a_typed_column(folder):
    added = [n for n in LONGER.columns if n not in LEARNING.columns]
    append_rows(folder, LONGER, LONGER_ROWS)
    frame = read_table(folder, LONGER)
    assert list(frame.columns) == [*LEARNING.columns, *added]
    assert {name: str(frame[name].dtype) for name in added} == {
        "text": "string",
        "name": "category",
        "verdict": "string",
        "count": "Int64",
        "optional_count": "Int64",
        "seconds": "float64",
        "is_best": "boolean",
    }
    rows = [LONGER.row_of(frame.loc[index]) for index in frame.index]
    assert list(map(repr, rows)) == list(map(repr, LONGER_ROWS))


def test_a_written_table_is_read_as_the_same_data_frame(folder):
    frame = LONGER.frame(LONGER_ROWS)
    write_table(folder, LONGER, frame)
    read = read_table(folder, LONGER)
    pd.testing.assert_frame_equal(read, frame, check_categorical=False)


def test_rows_appended_in_parts_are_read_as_one_table(folder):
    append_rows(folder, SAMPLES, [sample()])
    append_rows(folder, SAMPLES, [sample(round=1), sample(round=2)])
    assert list(read_table(folder, SAMPLES)["round"]) == [0, 1, 2]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_missing_file_is_read_as_an_empty_table_with_the_same_columns(folder, table):
    (folder / table.file).unlink(missing_ok=True)
    frame = read_table(folder, table)
    assert frame.empty
    assert list(frame.columns) == list(table.columns)


def test_a_missing_column_is_named(folder):
    (folder / "learning.csv").write_text("workload,epoch\nw,1\n")
    with pytest.raises(RunError, match=r"learning\.csv.*missing: .*valid_accuracy"):
        read_table(folder, LEARNING)


def test_a_profile_from_before_common_names_is_read_and_continued(folder):
    row = ProfileRow(
        **KEY,
        processor="host",
        kind=OperationKind.MATRIX_PRODUCT,
        operation="aten::mm",
        common="matmul",
        calls_per_step=2.0,
        self_time_ns=10.0,
        share=1.0,
    )
    older = PROFILE.frame([row]).drop(columns="common")
    older.to_csv(folder / PROFILE.file, index=False)
    assert list(read_table(folder, PROFILE)["common"]) == [""]
    append_rows(folder, PROFILE, [row])
    assert list(read_table(folder, PROFILE)["common"]) == ["", "matmul"]


def test_the_error_for_an_invalid_number_names_its_row(folder):
    append_rows(folder, AGREEMENT, [agreement_row()])
    replace_text(folder / "agreement.csv", "0.5", "half")
    message = r"agreement\.csv, line 2, column max_abs_error: .*; received 'half'"
    with pytest.raises(RunError, match=message):
        read_table(folder, AGREEMENT)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",agrees,", ",fine,", r"verdict: expected one of agrees, .*; received 'fine'"),
        (",agrees,", ",,", r"verdict: expected one of agrees, .*; received ''"),
        (
            ",reference,",
            ",a guess,",
            r"against: expected one of .*; received 'a guess'",
        ),
        (",cpu,", ",gpu7,", r"device: expected one of cpu, cuda; received 'gpu7'"),
        ("step,5,", "step,5.5,", r"step: expected a whole number .*; received '5\.5'"),
        (",loss,", ",,", r"quantity: expected a text; received ''"),
        ("step,5,", "step,9999999999999999999,", r"step: .*at most 64 bits; received"),
        (",1.0,agrees", ",,agrees", r"tolerance: expected a number; received ''"),
        (",2.25", ",", r"received: expected a number; received ''"),
        (",2.0,2.25", ",2.0", r"received: expected a number; received ''"),
        (",2.25", ",1e400", r"received: .* fits into 64 bits; received '1e400'"),
        (",2.25", ",nan nan", r"received: expected a number; received 'nan nan'"),
        (
            ",2.25",
            "," + "9" * 5000 + "x",
            r"received: .*received '9{30} .*left out.* 9{29}x'",
        ),
    ],
)
def test_the_error_for_an_invalid_value_names_file_column_and_row(
    folder, old, new, message
):
    append_rows(folder, AGREEMENT, [agreement_row(), agreement_row(step=5)])
    path = folder / "agreement.csv"
    first, second = path.read_text().splitlines()[1:]
    replace_text(path, second, second.replace(old, new, 1))
    assert first in path.read_text()
    expected = rf"agreement\.csv, line 3, column {message}"
    with pytest.raises(RunError, match=expected):
        read_table(folder, AGREEMENT)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",none,", ",half,", "captures: expected one of none, .*; received 'half'"),
        (",False,", ",0,", "is_unproven: expected True or False; received '0'"),
        (",False,", ",,", "is_unproven: expected True or False; received ''"),
        (",baseline\n", ",best\n", "verdict: expected one of .*; received 'best'"),
    ],
)
def test_invalid_words_of_a_timing_table_are_refused(folder, old, new, message):
    append_rows(folder, TIMING, [timing_row()])
    replace_text(folder / "timing.csv", old, new)
    with pytest.raises(RunError, match=rf"timing\.csv, line 2, column {message}"):
        read_table(folder, TIMING)


def test_a_literal_column_allows_only_its_values(folder):
    row = ProfileRow(
        **KEY,
        processor="host",
        kind="convolution",
        operation="conv2d",
        calls_per_step=1.0,
        self_time_ns=5.0,
        share=1.0,
    )
    append_rows(folder, PROFILE, [row])
    replace_text(folder / "profile.csv", ",host,", ",guest,")
    with pytest.raises(
        RunError, match="processor: expected one of host, device; received 'guest'"
    ):
        read_table(folder, PROFILE)


def test_a_boolean_column_is_read_as_booleans(folder):
    rows = [timing_row(is_unproven=True), timing_row(mode="script")]
    append_rows(folder, TIMING, rows)
    frame = read_table(folder, TIMING)
    assert str(frame["is_unproven"].dtype) == "boolean"
    assert list(frame["is_unproven"]) == [True, False]
    assert TIMING.row_of(frame.iloc[0]).is_unproven is True


def test_a_missing_whole_number_is_read_as_none(folder):
    append_rows(folder, TIMING, [timing_row(), timing_row(graph_breaks=0)])
    frame = read_table(folder, TIMING)
    assert str(frame["graph_breaks"].dtype) == "Int64"
    rows = [TIMING.row_of(frame.loc[index]) for index in frame.index]
    assert [row.graph_breaks for row in rows] == [None, 0]


@pytest.mark.parametrize("content", [b"not gzip at all", b"\x1f\x8b\x08\x00broken"])
def test_a_damaged_compressed_file_is_an_error(folder, content):
    (folder / "samples.csv.gz").write_bytes(content)
    with pytest.raises(RunError, match=r"samples\.csv\.gz"):
        read_table(folder, SAMPLES)


@pytest.mark.parametrize("call", ["write_bytes", "replace"])
def test_a_write_that_fails_keeps_the_old_table_and_leaves_no_other_file(
    folder, monkeypatch, call
):
    append_rows(folder, LEARNING, [EPOCH])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    original = getattr(Path, call)

    def fail(path, *arguments):
        if call == "write_bytes":
            original(path, b"a part")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, call, fail)
    with pytest.raises(StorageError, match="No space left"):
        append_rows(folder, LEARNING, [EPOCH])
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_infinite_and_missing_numbers_are_stored(folder):
    row = agreement_row(floors=float("inf"), max_ulp_error=float("nan"))
    append_rows(folder, AGREEMENT, [row])
    table = read_table(folder, AGREEMENT)
    assert table["floors"].iloc[0] == float("inf")
    assert table["max_ulp_error"].isna().iloc[0]


def test_compared_tensors_are_read_as_categories_from_several_chunks(tmp_path):
    # pandas reads parts of 256 KB; the last one has a quantity of its own.
    quantities = [f"gradient:{number % 3}" for number in range(5_000)] + ["loss"]
    written = [agreement_row(quantity=name, step=None) for name in quantities]
    append_rows(tmp_path, AGREEMENT, written)
    assert (tmp_path / AGREEMENT.file).stat().st_size > 2**18
    read = read_table(tmp_path, AGREEMENT)
    assert read["quantity"].tolist() == quantities
    assert read["step"].isna().all()
    assert list(read.index) == list(range(5_001))
    texts = [name for name, kind in AGREEMENT.columns.items() if kind.words]
    assert {str(read[name].dtype) for name in [*texts, "quantity"]} == {CATEGORY}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("verdict", "perhaps", "verdict: expected one of .*; received 'perhaps'"),
        ("step", "1.5", "step: expected a whole number .*; received '1.5'"),
        ("tolerance", "", "tolerance: expected a number; received ''"),
        ("tolerance", "1e400", "tolerance: .* fits into 64 bits; received '1e400'"),
        ("quantity", "", "quantity: expected a text; received ''"),
    ],
)
def test_an_invalid_value_of_a_large_table_is_named(tmp_path, column, value, message):
    frame = AGREEMENT.frame([agreement_row()]).astype({column: "object"})
    frame[column] = value
    frame.to_csv(tmp_path / AGREEMENT.file, index=False)
    with pytest.raises(RunError, match=message):
        read_table(tmp_path, AGREEMENT)
