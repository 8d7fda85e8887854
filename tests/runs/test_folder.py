"""A run folder: created, resumed and read back; damaged records are refused."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest

import compare
from compare import report
from compare.errors import RunError, StorageError
from compare.pipeline.finish import finish
from compare.runs import parsing, tables
from compare.runs.folder import create_folder, read_record
from compare.runs.store import store_rows
from compare.runs.tables import AGREEMENT, SAMPLES
from tests.support.stored_rows import agreement_row, new_record, sample

SAMPLE_RUN = Path(__file__).parents[2] / "reports" / "sample"
WORKLOAD = {"label": "w", "name": "two_layer", "config": {}}
SHORT_HTML = 6_000  # characters


@pytest.fixture
def record():
    """Return the record of a run of one cell and two requested launches."""
    return new_record()


@pytest.fixture
def folder(tmp_path, record):
    """Return a run folder that was just created."""
    path = tmp_path / "run"
    create_folder(path, record)
    return path


@pytest.fixture
def files_read(monkeypatch):
    """Return the list of tables that are read from now on."""
    paths = []
    open_table = parsing.open_table

    def open_and_note(path):
        paths.append(Path(path).name)
        return open_table(path)

    monkeypatch.setattr(parsing, "open_table", open_and_note)
    return paths


def test_a_record_is_read_as_it_was_written(folder, record):
    assert read_record(folder) == record


def test_an_existing_folder_is_never_overwritten(folder, record):
    before = (folder / "run.json").read_bytes()
    with pytest.raises(RunError, match="--resume"):
        create_folder(folder, record)
    assert (folder / "run.json").read_bytes() == before


def test_a_folder_whose_record_cannot_be_written_can_be_used_again(
    tmp_path, record, monkeypatch
):
    def fail(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(StorageError, match="No space left"):
        create_folder(tmp_path / "run", record)
    monkeypatch.undo()
    create_folder(tmp_path / "run", record)


def test_load_run_returns_data_frames(folder, record):
    store_rows(folder, record, {AGREEMENT: [agreement_row()]})
    run = compare.load_run(folder)
    assert run.agreement["max_abs_error"].sum() == 0.5
    assert str(run.agreement["step"].dtype) == "Int64"
    assert list(run.cells["status"]) == ["pending"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda run: run.pop("request"), "request"),
        (lambda run: run["cells"][0].update(status="excellent"), "excellent"),
        (lambda run: run["cells"][0].update(captures="half"), "half"),
        (lambda run: run["cells"][0].update(family="mixed"), "mixed"),
        (lambda run: run["request"].update(threads="one"), "threads"),
        (lambda run: run["request"].update(threads=0), "threads: expected at least 1"),
        (lambda run: run["request"].update(threads=10**9), "threads: expected at le"),
        (lambda run: run["request"].update(rounds=-1), "rounds: expected at least 1"),
        (lambda run: run["request"].update(launches=10**9), "at most 1000"),
        (lambda run: run["request"].update(time_limit_s=1e300), "at most 604800"),
        (lambda run: run["request"].update(block_s=None), r"request\.block_s"),
        (lambda run: run["request"].update(devices=["gpu"]), "gpu"),
        (lambda run: run["request"].update(variants=[]), "variants: expected at least"),
        (lambda run: run["request"].update(variants=["eager"]), "variants: mode"),
        (lambda run: run["request"]["workloads"].append(WORKLOAD), "different label"),
        (lambda run: run["cells"][0].update(mode="../x"), "expected torch/eager"),
        (lambda run: run["cells"][0].update(workload="v"), "workload: expected w; "),
        (
            lambda run: run["cells"][0].update(dtype="float16"),
            "dtype: expected fl",
        ),
        (lambda run: run["cells"].append(run["cells"][0]), "different key for each"),
        (lambda run: run.update(baseline="tf/xla"), "baseline: expected torch/eager"),
        (lambda run: run.update(launches_done={"w": 3}), "launches_done: expected"),
        (lambda run: run.update(launches_done={"v": 1}), "launches_done: expected w"),
        (lambda run: run.update(row_counts={"samples.csv.gz": -1}), "row_counts"),
        (lambda run: run.update(surprise=1), "surprise"),
        (lambda run: run.update(schema_version=99), "schema_version: expected 7"),
    ],
)
def test_the_error_for_a_damaged_record_names_the_field(folder, change, message):
    run = json.loads((folder / "run.json").read_text())
    change(run)
    (folder / "run.json").write_text(json.dumps(run))
    with pytest.raises(RunError, match=message):
        compare.load_run(folder)


@pytest.mark.parametrize(
    "label", ["../../../x", "..", ".", "", "/x", "a/b", "a\n", "a\0", "w" * 51]
)
def test_a_label_that_is_no_part_of_a_file_name_is_refused(folder, label):
    run = json.loads((folder / "run.json").read_text())
    run["request"]["workloads"][0]["label"] = run["cells"][0]["workload"] = label
    (folder / "run.json").write_text(json.dumps(run))
    with pytest.raises(RunError, match=r"label: expected letters.*workloads\[0\]"):
        compare.load_run(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_file_that_is_not_a_record_is_an_error(folder, content):
    (folder / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json"):
        read_record(folder)


def test_the_error_for_a_folder_without_a_run_names_the_command(tmp_path):
    with pytest.raises(RunError, match="graph-compare run"):
        read_record(tmp_path)


def test_finishing_and_reporting_a_run_reads_its_samples_once(tmp_path, files_read):
    folder = shutil.copytree(SAMPLE_RUN, tmp_path / "run")
    report.write(report.render(finish(folder)))
    assert files_read.count("samples.csv.gz") == 1


def test_finishing_a_run_does_not_read_samples_that_are_in_memory(
    folder, record, files_read
):
    store_rows(folder, record, {SAMPLES: [sample(), sample(round=1)]})
    samples = SAMPLES.frame([sample(), sample(round=1)])
    run = finish(folder, samples=samples)
    assert run.samples is samples
    assert "samples.csv.gz" not in files_read


def test_a_run_is_displayed_in_a_notebook_as_a_short_summary():
    html = compare.load_run(SAMPLE_RUN)._repr_html_()
    assert len(html) < SHORT_HTML
    assert "torch" in html
    assert "run.samples" in html


def test_the_summary_for_a_notebook_escapes_the_data_of_a_run(folder, record):
    record.run_id = "<script>alert(1)</script>"
    record.created = "<b>now</b>"
    timing = {"workload": "<i>w</i>", "framework": "torch", "mode": "eager"}
    timing |= {"device": "cpu", "dtype": "float32", "captures": "none"}
    row = tables.TIMING.row(**timing, step_time_ns=1.0, verdict="baseline")
    store_rows(folder, record, {tables.TIMING: [row]})
    html = compare.load_run(folder)._repr_html_()
    for tag in ("<script>", "<b>", "<i>"):
        assert tag not in html
    assert "&lt;script&gt;" in html
    assert "&lt;i&gt;w" in html


def test_the_text_form_of_a_run_has_one_line_per_table():
    text = repr(compare.load_run(SAMPLE_RUN))
    assert len(text.splitlines()) == 1 + len(tables.TABLES)
    assert max(map(len, text.splitlines())) < 200
