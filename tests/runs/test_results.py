"""A run on disk: written as it comes, read back typed, damage named."""

from __future__ import annotations

import json

import pytest

import compare
from compare.errors import RunError
from compare.runs.folder import (
    create_folder,
    drop_unfinished_rows,
    read_keys,
    read_record,
)
from compare.runs.record import Cell, RunRecord, WorkloadRequest
from compare.runs.rows import AgreementRow, LearningRow, SampleRow
from compare.runs.tables import (
    AGREEMENT,
    LEARNING,
    SAMPLES,
    TABLES,
    append_rows,
    read_table,
)
from compare.runs.words import Against, Check, Verdict
from tests.support.requested import requested

KEY = {
    "workload": "w",
    "framework": "torch",
    "mode": "eager",
    "device": "cpu",
    "dtype": "float32",
}


EPOCH = LearningRow(
    workload="w",
    variant="torch/eager",
    epoch=1,
    train_loss=1.0,
    valid_loss=1.0,
    valid_accuracy=0.5,
)


@pytest.fixture
def record() -> RunRecord:
    """A run of one cell, two launches asked for."""
    return RunRecord(
        run_id="2026-01-01-000000",
        created="2026-01-01T00:00:00+00:00",
        baseline="torch/eager",
        request=requested(
            workloads=[WorkloadRequest(label="w", name="two_layer")],
            launches=2,
            rounds=1,
        ),
        cells=[Cell(**KEY, family="dynamic", captures="none")],
    )


@pytest.fixture
def folder(tmp_path, record):
    """A run directory just made."""
    path = tmp_path / "run"
    create_folder(path, record)
    return path


def sample(**changes):
    row = {
        **KEY,
        "launch": 0,
        "round": 0,
        "position": 0,
        "steps": 10,
        "duration_ns": 1000,
        "started_ns": 5,
        "device_ns": float("nan"),
        "void": "",
    }
    return SampleRow(**row | changes)


def agreement_row(**changes):
    row = {
        **KEY,
        "check": Check.STEP,
        "step": 0,
        "quantity": "loss",
        "max_abs_error": 0.5,
        "max_rel_error": 0.1,
        "max_ulp_error": 3.0,
        "floors": 1.0,
        "tolerance": 1.0,
        "verdict": Verdict.AGREES,
        "against": Against.REFERENCE,
        "worst_index": "",
        "expected": 2.0,
        "received": 2.25,
    }
    return AgreementRow(**row | changes)


def test_a_record_reads_back_as_it_was_written(folder, record):
    assert read_record(folder) == record


def test_an_existing_folder_is_never_overwritten(folder, record):
    before = (folder / "run.json").read_bytes()
    with pytest.raises(RunError, match="--resume"):
        create_folder(folder, record)
    assert (folder / "run.json").read_bytes() == before


def test_rows_appended_in_parts_read_back_as_one_table(folder):
    append_rows(folder, SAMPLES, [sample()])
    append_rows(folder, SAMPLES, [sample(round=1), sample(round=2)])
    assert list(read_table(folder, SAMPLES)["round"]) == [0, 1, 2]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_absent_table_is_an_empty_one_of_the_same_columns(folder, table):
    (folder / table.file).unlink(missing_ok=True)
    frame = read_table(folder, table)
    assert frame.empty
    assert list(frame.columns) == list(table.columns)


def test_load_run_gives_data_frames(folder):
    append_rows(folder, AGREEMENT, [agreement_row()])
    run = compare.load_run(folder)
    assert run.agreement["max_abs_error"].sum() == 0.5
    assert str(run.agreement["step"].dtype) == "Int64"
    assert list(run.cells["status"]) == ["pending"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda run: run.pop("request"), "request"),
        (lambda run: run["cells"][0].update(status="excellent"), "excellent"),
        (lambda run: run["request"].update(threads="one"), "threads"),
        (lambda run: run.update(surprise=1), "surprise"),
        (lambda run: run.update(schema_version=99), "schema_version: expected 4"),
    ],
)
def test_a_damaged_record_names_the_field(folder, change, told):
    run = json.loads((folder / "run.json").read_text())
    change(run)
    (folder / "run.json").write_text(json.dumps(run))
    with pytest.raises(RunError, match=told):
        compare.load_run(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_record_that_is_no_record_is_an_error(folder, content):
    (folder / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json"):
        read_record(folder)


def test_a_folder_without_a_run_says_what_makes_one(tmp_path):
    with pytest.raises(RunError, match="graph-compare run"):
        read_record(tmp_path)


def test_a_missing_column_is_named(folder):
    (folder / "learning.csv").write_text("workload,epoch\nw,1\n")
    with pytest.raises(RunError, match=r"learning\.csv.*missing: .*valid_accuracy"):
        read_table(folder, LEARNING)


def test_a_number_that_is_none_is_named_with_its_row(folder):
    append_rows(folder, AGREEMENT, [agreement_row()])
    path = folder / "agreement.csv"
    path.write_text(path.read_text().replace("0.5", "half"))
    with pytest.raises(RunError, match=r'max_abs_error.*received "half" in row 1'):
        read_table(folder, AGREEMENT)


@pytest.mark.parametrize("content", [b"not gzip at all", b"\x1f\x8b\x08\x00broken"])
def test_a_damaged_archive_is_an_error(folder, content):
    (folder / "samples.csv.gz").write_bytes(content)
    with pytest.raises(RunError, match=r"samples\.csv\.gz"):
        read_table(folder, SAMPLES)


def test_what_a_killed_run_left_half_done_is_forgotten(folder, record):
    record.launches_done = {"w": 1}
    rows = [sample(launch=0), sample(launch=1)]
    append_rows(folder, SAMPLES, rows)
    append_rows(folder, LEARNING, [EPOCH])
    drop_unfinished_rows(folder, record)
    assert list(read_table(folder, SAMPLES)["launch"]) == [0]
    assert read_table(folder, LEARNING).empty


def test_what_is_finished_is_kept(folder, record):
    append_rows(folder, AGREEMENT, [agreement_row()])
    append_rows(folder, LEARNING, [EPOCH])
    drop_unfinished_rows(folder, record)
    assert len(read_table(folder, LEARNING)) == 1
    assert read_keys(folder, AGREEMENT) == {("w", "torch", "eager", "cpu", "float32")}


def test_infinite_and_missing_numbers_survive_the_file(folder):
    row = agreement_row(floors=float("inf"), max_ulp_error=float("nan"))
    append_rows(folder, AGREEMENT, [row])
    table = read_table(folder, AGREEMENT)
    assert table["floors"].iloc[0] == float("inf")
    assert table["max_ulp_error"].isna().iloc[0]
