"""``benchmarks.csv``: its rows, and folders that exist."""

from __future__ import annotations

import pytest

from compare.errors import RunError
from compare.pytest_benchmark.reading import read_benchmarks
from compare.pytest_benchmark.table import BENCHMARKS, write_folder
from compare.runs.tables import read_table


def read_rows(path, folder):
    """Write the folder of a file, and read its table back."""
    write_folder(folder, read_benchmarks(path))
    return read_table(folder, BENCHMARKS)


def test_each_benchmark_is_a_row_with_its_times_in_nanoseconds(
    genuine, entries, tmp_path
):
    rows = read_rows(genuine / "all.json", tmp_path / "report")
    assert len(rows) == len(entries) == 4
    for column, name in (
        ("median_ns", "median"),
        ("min_ns", "min"),
        ("mean_ns", "mean"),
        ("max_ns", "max"),
        ("standard_deviation_ns", "stddev"),
    ):
        expected = [each["stats"][name] * 1e9 for each in entries]
        assert list(rows[column]) == pytest.approx(expected)
    assert list(rows["rounds"]) == [each["stats"]["rounds"] for each in entries]
    assert list(rows["calls_per_round"])[-1] == 5


def test_facts_that_the_file_does_not_contain_are_empty(genuine, tmp_path):
    rows = read_rows(genuine / "all.json", tmp_path / "report")
    for column in ("device", "dtype", "family", "captures", "difference"):
        assert set(rows[column]) == {""}
    assert set(rows["agreement"]) == {"not checked"}


def test_a_row_has_a_ratio_and_no_interval(genuine, tmp_path):
    rows = read_rows(genuine / "all.json", tmp_path / "report")
    assert list(rows["verdict"]) == ["baseline", "inconclusive"] * 2
    assert list(rows["ratio"][rows["verdict"] == "baseline"]) == [1.0, 1.0]
    assert [name for name in rows if name.startswith("ratio")] == ["ratio"]


def test_the_row_of_a_cell_contains_its_facts(ours, tmp_path):
    where = "gradient:head.bias at step 0 (step) is off by 3"

    def change(content):
        extra = content["benchmarks"][1]["extra_info"]
        extra |= {"agreement": "disagrees", "difference": where}

    rows = read_rows(ours(change), tmp_path / "report")
    assert set(rows["group"]) == {"cnn"}
    assert list(rows["benchmark"]) == ["torch/eager", "torch/compile", "tf/function"]
    assert set(rows["device"]) == {"cpu"}
    assert set(rows["dtype"]) == {"float32"}
    assert set(rows["captures"]) == {"none"}
    assert list(rows["agreement"]) == ["agrees", "disagrees", "agrees"]
    assert list(rows["difference"]) == ["", where, ""]


def test_an_existing_folder_is_never_overwritten(genuine, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(RunError, match="Nothing was overwritten"):
        write_folder(tmp_path, read_benchmarks(genuine / "all.json"))
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]
