"""Exporting a run as a pytest-benchmark file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compare
from compare.errors import RunError
from compare.pytest_benchmark.reading import read_benchmarks
from compare.pytest_benchmark.writing import export_run
from compare.runs.tables import SAMPLES, read_table, write_table
from tests.support.benchmark_files import (
    compare_with_their_tool,
    report_file,
    write_timed_run,
)
from tests.support.synthetic import agreement_only, synthetic, with_difference, without


def test_pytest_benchmark_compares_an_exported_file(tmp_path):
    folder = write_timed_run(synthetic(), tmp_path / "run")
    export_run(folder, to=tmp_path / "out.json")
    shown = compare_with_their_tool(tmp_path / "out.json")
    assert "benchmark 'two_layer': 8 tests" in shown
    assert "benchmark 'cnn': 8 tests" in shown
    assert "cnn[torch/compile-step]" in shown
    row = next(line for line in shown.splitlines() if "cnn[tf/xla]" in line)
    samples = compare.load_run(folder).samples.query(
        "workload == 'cnn' and mode == 'xla'"
    )
    median = (samples["duration_ns"] / samples["steps"]).median()
    assert f"{median:,.4f}" in row
    assert row.split()[-2:] == ["8", "10"], "rounds, and steps in each"


def test_extra_info_contains_the_results_of_the_cell(tmp_path):
    export_run(write_timed_run(synthetic(), tmp_path / "run"), to=tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_bytes())
    by_name = {each["name"]: each["extra_info"] for each in written["benchmarks"]}
    row = compare.load_run(tmp_path / "run").timing.query(
        "workload == 'cnn' and mode == 'compile'"
    )
    facts = by_name["cnn[torch/compile]"]
    assert facts["agreement"] == "agrees"
    assert facts["captures"] == "forward+backward"
    assert facts["verdict"] == "faster"
    for name in ("ratio", "ratio_low", "ratio_high", "step_time_ns"):
        assert facts[name] == pytest.approx(row[name].iloc[0])


def test_a_disagreement_is_exported(tmp_path):
    made = with_difference(synthetic(), "cnn", "tf/xla")
    export_run(write_timed_run(made, tmp_path / "run"), to=tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_bytes())
    verdicts = [each["extra_info"]["agreement"] for each in written["benchmarks"]]
    assert verdicts.count("disagrees") == 1


def test_cells_without_a_result_are_listed(tmp_path):
    made = without(synthetic(), "cnn", "tf/xla", reason="no device")
    exported = export_run(
        write_timed_run(made, tmp_path / "run"), to=tmp_path / "out.json"
    )
    assert exported.count == 15
    assert exported.left_out == ("tf/xla on cnn: no device",)


def test_an_existing_file_is_never_overwritten(tmp_path):
    (tmp_path / "mine.json").write_text("precious")
    folder = write_timed_run(synthetic(), tmp_path / "run")
    with pytest.raises(RunError, match="Nothing was overwritten"):
        export_run(folder, to=tmp_path / "mine.json")
    assert (tmp_path / "mine.json").read_text() == "precious"


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    folder = write_timed_run(synthetic(), tmp_path / "run")
    with pytest.raises(RunError, match="can be written"):
        export_run(folder, to=tmp_path / "no" / "such" / "out.json")


def test_a_run_without_timing_is_refused(tmp_path):
    folder = agreement_only(synthetic()).write(tmp_path / "run")
    with pytest.raises(RunError, match="expected a run with timed steps"):
        export_run(folder, to=tmp_path / "out.json")


def test_the_report_of_such_a_file_is_not_exported_again(genuine, tmp_path):
    report_file(genuine / "all.json", tmp_path / "report")
    with pytest.raises(RunError, match=r"expected a run folder with a run\.json"):
        export_run(tmp_path / "report", to=tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_a_block_without_a_duration_is_named(tmp_path):
    folder = write_timed_run(synthetic(), tmp_path / "run")
    samples = read_table(folder, SAMPLES)
    samples.loc[0, "duration_ns"] = 0
    write_table(folder, SAMPLES, samples)
    with pytest.raises(RunError, match=r"samples\.csv\.gz: .*min: expected"):
        export_run(folder, to=tmp_path / "out.json")


@given(seed=st.integers(0, 2**32 - 1), rounds=st.integers(1, 6))
@settings(max_examples=10, deadline=None)
def test_an_exported_file_contains_the_cells_and_blocks_of_the_run(
    seed, rounds, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("there")
    write_timed_run(synthetic(), folder / "run", rounds=rounds, seed=seed)
    export_run(folder / "run", to=folder / "out.json")
    run = compare.load_run(folder / "run")
    file = read_benchmarks(folder / "out.json")
    cells = [
        (c.workload, c.variant, c.device, c.dtype, c.family, c.captures, c.disagreement)
        for c in run.record.cells
    ]
    assert cells == [
        (f.workload, f.variant, f.device, f.dtype, f.family, f.captures, f.difference)
        for f in (each.facts for each in file.benchmarks)
    ]
    samples = run.samples
    variants = (
        samples["framework"].astype("string") + "/" + samples["mode"].astype("string")
    )
    blocks = zip(
        samples["workload"],
        variants,
        samples["steps"],
        samples["duration_ns"],
        strict=True,
    )
    assert sorted(blocks) == sorted(
        (
            group.label,
            each.name,
            each.stats.iterations,
            round(duration * each.stats.iterations * 1e9),
        )
        for group in file.groups
        for each in group.benchmarks
        for duration in each.stats.data
    )
