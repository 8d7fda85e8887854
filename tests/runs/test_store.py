"""Rows are counted in the record: cut tables are errors, unfinished appends vanish."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path

import pytest

import compare
from compare.errors import RunError, StorageError
from compare.pipeline.finish import finish
from compare.runs import tables
from compare.runs.folder import create_folder, read_record
from compare.runs.store import (
    drop_unfinished_rows,
    read_keys,
    read_stored,
    save_record,
    store_rows,
)
from compare.runs.tables import (
    AGREEMENT,
    CELLS,
    LEARNING,
    SAMPLES,
    TIMING,
    append_rows,
    read_table,
)
from tests.support.benchmark_files import write_timed_run
from tests.support.stored_rows import EPOCH, agreement_row, new_record, sample
from tests.support.synthetic import synthetic


@pytest.fixture
def record():
    """Return the record of a run of one cell and two requested launches."""
    return new_record()


@pytest.fixture
def folder(tmp_path, record):
    """Return the folder of a run with a checked cell and two blocks."""
    path = tmp_path / "run"
    create_folder(path, record)
    rows = {AGREEMENT: [agreement_row(), agreement_row(step=1)], LEARNING: [EPOCH]}
    store_rows(path, record, rows)
    store_rows(path, record, {SAMPLES: [sample()]})
    store_rows(path, record, {SAMPLES: [sample(round=1)]})
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def cut_last_line(path: Path) -> None:
    """Cut a table at the end of a line, which leaves a valid table."""
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))


def cut_last_member(path: Path) -> None:
    """Cut a compressed table at the end of an append, which leaves a valid table."""
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(gzip.compress(b"")[:4])])


def test_rows_that_the_record_counts_are_read_and_kept(folder, record):
    assert read_record(folder).row_counts["agreement.csv"] == 2
    drop_unfinished_rows(folder, record)
    run = compare.load_run(folder)
    assert (len(run.agreement), len(run.learning), len(run.samples)) == (2, 1, 2)
    assert read_keys(folder, record, AGREEMENT) == {
        ("w", "torch", "eager", "cpu", "float32")
    }


def test_rows_of_an_unfinished_append_are_ignored_and_dropped_on_resume(folder, record):
    append_rows(folder, AGREEMENT, [agreement_row(step=2)])
    append_rows(folder, SAMPLES, [sample(launch=1)])
    (folder / "learning.csv.partial").write_bytes(b"workl")
    assert len(compare.load_run(folder).agreement) == 2
    kept = drop_unfinished_rows(folder, record)
    assert list(kept["launch"]) == [0, 0]
    assert len(read_table(folder, AGREEMENT)) == len(read_table(folder, SAMPLES)) == 2
    assert not list(folder.glob("*.partial"))


@pytest.mark.parametrize(
    ("table", "cut", "received"),
    [
        (AGREEMENT, cut_last_line, "expected 2 rows.*received 1 row"),
        (SAMPLES, cut_last_member, "expected 2 rows.*received 1 row"),
        (LEARNING, Path.unlink, "expected 1 row.*received no file"),
        (SAMPLES, Path.unlink, "expected 2 rows.*received no file"),
    ],
)
def test_a_cut_table_is_an_error_and_never_written_over(folder, table, cut, received):
    cut(folder / table.file)
    before = contents(folder)
    expected = rf"{table.file}: {received}.*Restore the file from a copy"
    for read in (
        lambda: compare.load_run(folder),
        lambda: drop_unfinished_rows(folder, read_record(folder)),
        lambda: finish(folder),
    ):
        with pytest.raises(RunError, match=expected):
            read()
    assert contents(folder) == before


def test_a_finished_run_has_no_rows_beyond_the_count(folder, record):
    record.finished = True
    save_record(folder, record)
    append_rows(folder, LEARNING, [EPOCH])
    with pytest.raises(RunError, match=r"learning\.csv: expected 1 row.*received 2"):
        compare.load_run(folder)


@pytest.mark.parametrize("table", [CELLS, TIMING], ids=lambda table: table.name)
def test_a_cut_derived_table_is_an_error_until_it_is_computed_again(tmp_path, table):
    folder = write_timed_run(synthetic(), tmp_path / "run")
    finish(folder)
    whole = (folder / table.file).read_bytes()
    (folder / table.file).write_text(
        "".join(whole.decode().splitlines(keepends=True)[:1])
    )
    with pytest.raises(RunError, match=rf"{table.file}.*graph-compare report"):
        compare.load_run(folder)
    finish(folder)
    assert (folder / table.file).read_bytes() == whole
    compare.load_run(folder)


def test_a_derived_table_that_is_being_replaced_during_a_run_can_be_read(tmp_path):
    folder = write_timed_run(synthetic(), tmp_path / "run")
    run = finish(folder)
    run.record.finished, rows = False, len(run.timing)
    for counted in (rows - 1, rows + 1):  # in the record before it is replaced as well
        run.record.row_counts[TIMING.file] = counted
        save_record(folder, run.record)
        assert len(compare.load_run(folder).timing) == min(rows, counted)
    run.record.finished = True
    save_record(folder, run.record)
    with pytest.raises(RunError, match=r"timing\.csv.*graph-compare report"):
        compare.load_run(folder)


def test_a_run_that_is_written_has_the_cells_of_its_record(folder, record):
    record.cells[0].reason = "newer"
    older = (folder / "cells.csv").read_bytes()
    save_record(folder, record)
    (folder / "cells.csv").write_bytes(older)
    assert list(compare.load_run(folder).cells["reason"]) == ["newer"]


@pytest.mark.parametrize("failing", ["agreement.csv", "learning.csv", "run.json"])
def test_on_a_full_disk_all_rows_of_a_result_are_stored_or_none(
    folder, record, monkeypatch, failing
):
    def full(path, content):
        if path.name.startswith(failing):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, content)

    write_bytes = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", full)
    rows = {AGREEMENT: [agreement_row(step=2)], LEARNING: [EPOCH]}
    with pytest.raises(StorageError, match=rf"{failing}.*No space left on device"):
        store_rows(folder, record, rows)
    monkeypatch.undo()
    assert not list(folder.glob("*.partial"))
    found = read_record(folder)
    drop_unfinished_rows(folder, found)
    assert len(read_stored(folder, found, AGREEMENT)) == 2
    assert len(read_table(folder, LEARNING)) == 1


def test_every_table_of_a_run_is_counted(tmp_path):
    folder = write_timed_run(synthetic(), tmp_path / "run")
    finish(folder)
    counts = read_record(folder).row_counts
    for table in tables.TABLES:
        assert counts.get(table.file, 0) == len(read_table(folder, table)), table.file
