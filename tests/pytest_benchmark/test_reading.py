"""Reading pytest-benchmark files: names, groups, ratios and damaged fields."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from math import isnan
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compare.errors import RunError, UsageError
from compare.pytest_benchmark.document import read_document
from compare.pytest_benchmark.reading import read_benchmarks
from tests.support.benchmark_files import OWN_ENVIRONMENT, benchmark, report_file

ROOT = Path(__file__).parents[2]


@pytest.fixture
def foreign(genuine):
    """Return the file of a project that does not use graph-compare."""
    return read_benchmarks(genuine / "all.json")


class TestAFileOfAnotherProject:
    def test_a_benchmark_belongs_to_its_group_or_test_file(self, foreign):
        names = [
            (group.label, each.name)
            for group in foreign.groups
            for each in group.benchmarks
        ]
        assert names[:2] == [
            ("test_of_others.py", "test_sum[10]"),
            ("test_of_others.py", "test_sum[100]"),
        ]
        assert {label for label, _ in names[2:]} == {"sorting"}
        assert [group.heading for group in foreign.groups] == [
            "test_of_others.py",
            "sorting",
        ]

    def test_benchmarks_with_the_same_name_get_their_full_name(self, foreign):
        assert [each.name for each in foreign.groups[1].benchmarks] == [
            "test_of_others.py::TestSorting::test_a_list",
            "test_of_others.py::TestSortingAgain::test_a_list",
        ]

    def test_facts_that_the_file_does_not_contain_are_not_invented(self, foreign):
        assert {each.facts for each in foreign.benchmarks} == {None}
        assert {each.agreement for each in foreign.benchmarks} == {"not checked"}
        assert {(group.device, group.dtype) for group in foreign.groups} == {("", "")}

    def test_the_first_benchmark_of_each_group_is_the_baseline(self, foreign):
        verdicts = [each.verdict for each in foreign.benchmarks]
        assert verdicts == ["baseline", "inconclusive"] * 2
        baselines = [each for each in foreign.benchmarks if each.is_baseline]
        assert [each.ratio for each in baselines] == [1.0, 1.0]
        assert all(group.has_baseline for group in foreign.groups)

    def test_times_are_the_medians_of_the_file(self, entries, foreign):
        medians = [each["stats"]["median"] for each in entries]
        assert [each.stats.median for each in foreign.benchmarks] == medians

    def test_the_time_of_every_round_is_read(self, entries, foreign):
        last = foreign.benchmarks[-1].stats
        assert last.data == entries[-1]["stats"]["data"]
        assert len(last.data) == last.rounds == 3
        assert last.iterations == 5

    def test_a_file_saved_without_raw_data_has_medians_and_no_rounds(
        self, genuine, tmp_path
    ):
        (saved,) = (genuine / ".benchmarks").rglob("0001_*.json")
        file = report_file(saved, tmp_path / "report")
        assert all(each.stats.median > 0 for each in file.benchmarks)
        assert not any(each.stats.data for each in file.benchmarks)

    def test_the_network_name_of_the_machine_is_not_read(self, genuine, foreign):
        info = json.loads((genuine / "all.json").read_bytes())["machine_info"]
        assert foreign.environment["python_version"] == info["python_version"]
        assert "node" not in foreign.environment

    def test_ratios_are_to_the_chosen_baseline_in_groups_that_contain_it(self, genuine):
        chosen = "test_sum[100]"
        file = read_benchmarks(genuine / "all.json", baseline=chosen)
        by_name = {each.name: each for each in file.benchmarks}
        assert by_name[chosen].verdict == "baseline"
        assert by_name[chosen].ratio == 1
        other = by_name["test_sum[10]"]
        expected = other.stats.median / by_name[chosen].stats.median
        assert other.ratio == pytest.approx(expected)
        first = "test_of_others.py::TestSorting::test_a_list"
        assert by_name[first].verdict == "baseline", "its group has no test_sum"

    def test_an_unknown_baseline_is_refused_with_the_nearest_names(
        self, genuine, tmp_path
    ):
        with pytest.raises(UsageError) as caught:
            report_file(
                genuine / "all.json", tmp_path / "report", baseline="test_sum[1000]"
            )
        assert str(caught.value).startswith("--baseline: expected test_sum[10], ")
        assert "did you mean test_sum[100] or test_sum[10]" in str(caught.value)
        assert not (tmp_path / "report").exists()


class TestAFileOfGraphCompare:
    def test_a_benchmark_has_the_facts_of_its_cell(self, ours):
        file = read_benchmarks(ours())
        (group,) = file.groups
        assert group.heading == "cnn"
        assert [each.name for each in group.benchmarks] == [
            "torch/eager",
            "torch/compile",
            "tf/function",
        ]
        assert {each.facts.dtype for each in file.benchmarks} == {"float32"}
        assert {each.agreement for each in file.benchmarks} == {"agrees"}

    def test_a_benchmark_that_was_not_checked_does_not_agree(self, ours):
        def change(content):
            for each in content["benchmarks"]:
                each["extra_info"]["agreement"] = "not checked"

        file = read_benchmarks(ours(change))
        assert {each.agreement for each in file.benchmarks} == {"not checked"}

    def test_a_device_without_the_baseline_has_no_ratios(self, ours):
        def change(content):
            content["benchmarks"][2]["extra_info"]["device"] = "cuda"

        file = read_benchmarks(ours(change))
        ratios = [each.ratio for each in file.benchmarks]
        assert list(map(isnan, ratios)) == [False, False, True]
        assert [group.heading for group in file.groups] == ["cnn, cpu", "cnn, cuda"]
        assert [group.has_baseline for group in file.groups] == [True, False]

    def test_a_cell_that_occurs_twice_is_an_error(self, ours):
        path = ours(
            lambda content: content["benchmarks"].append(benchmark("tf/function"))
        )
        with pytest.raises(
            RunError, match=r"benchmarks\[3\].*tf/function of cnn again"
        ):
            read_benchmarks(path)


@pytest.mark.torch
def test_make_bench_stores_the_cell_of_each_benchmark(tmp_path):
    to = tmp_path / "torch.json"
    suite = ["tests/benchmarks/bench_step.py", "--framework=torch", "-W", "ignore"]
    chosen = ["-k", "two_layer and eager", "--benchmark-max-time=0.01"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *suite, *chosen, f"--benchmark-json={to}"],
        cwd=ROOT,
        env=OWN_ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    file = report_file(to, tmp_path / "report")
    (each,) = file.benchmarks
    assert each.name == each.facts.variant == "torch/eager"
    cell = (each.facts.workload, each.facts.device, each.facts.dtype)
    assert cell == ("two_layer", "cpu", "float32")
    assert each.facts.captures == "none"
    assert each.agreement == "agrees"
    assert file.settings["torch"]["threads within an operation"] == "1"
    assert "torch" in file.environment


def stats(**values):
    return lambda content: content["benchmarks"][1]["stats"].update(values)


def extra(**values):
    return lambda content: content["benchmarks"][1]["extra_info"].update(values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("benchmarks"), "`benchmarks`"),
        (lambda content: content.update(benchmarks=[]), "length >= 1 .*benchmarks"),
        (lambda content: content.update(benchmarks={}), "Expected `array`"),
        (lambda content: content["benchmarks"][1].pop("stats"), r"`stats` .*\[1\]"),
        (lambda content: content["benchmarks"][1].pop("name"), r"`name` .*\[1\]"),
        (lambda content: content["benchmarks"][1].update(name=""), r"\[1\]\.name"),
        (lambda content: content["benchmarks"][1].update(name="\ud800"), "ud800"),
        (lambda content: content.update(datetime=5), r"\$\.datetime"),
        (stats(median="fast"), r"got `str` .*\[1\]\.stats\.median"),
        (stats(median=None), r"got `null` .*\[1\]\.stats\.median"),
        (stats(median=True), r"got `bool` .*\[1\]\.stats\.median"),
        (stats(min=-1.0), r"min: expected a number of seconds above 0; received -1"),
        (stats(mean=0), "mean: expected a number of seconds above 0; received 0"),
        (stats(max=float("nan")), "max: expected .* received nan"),
        (stats(median=float("inf")), "median: expected .* received inf"),
        (stats(median=10**400), r"out of range .*\[1\]\.stats\.median"),
        (stats(stddev=-1e-9), "stddev: expected .* at least 0; received -1e-09"),
        (stats(data=[1e-3, -2e-3, 1e-3]), r"data\[1\]: expected .* received -0.002"),
        (stats(data=[1e-3]), "data: expected a time for each of 3 rounds; received 1"),
        (stats(rounds=0), r">= 1 .*rounds"),
        (stats(iterations=10**15), "iterations: expected a round of less than"),
        (extra(device="tpu"), r"benchmarks\[1\]\.extra_info.*'tpu'.*device"),
        (extra(device="unknown"), r"benchmarks\[1\]\.extra_info.*'unknown'.*device"),
        (extra(workload=7), r"benchmarks\[1\]\.extra_info.*workload"),
        (extra(agreement="mostly"), r"benchmarks\[1\]\.extra_info.*'mostly'"),
    ],
)
def test_the_message_for_a_damaged_file_names_the_field(
    ours, tmp_path, change, message
):
    with pytest.raises(RunError, match=f"ours.json: .*{message}"):
        report_file(ours(change), tmp_path / "report")
    assert not (tmp_path / "report").exists(), "no folder is left"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": 1}']
)
def test_the_message_for_another_kind_of_file_names_the_expected_kind(
    tmp_path, content
):
    path = tmp_path / "strange.json"
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"strange\.json: .*--benchmark-json"):
        read_document(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"version": "1", "version": "2"}', "expected each name once .* 'version'"),
        (b'{"datetime": 1e999}', "numbers that fit into 64 bits; received 1e999"),
        (b'{"datetime": ' + b"9" * 5000 + b"}", "integer string conversion"),
        (b'{"datetime": "\xff"}', "can't decode byte 0xff"),
        (b'{"a": ' * 200_000, "recursion"),
    ],
)
def test_json_that_another_program_would_read_differently_is_refused(
    tmp_path, content, message
):
    path = tmp_path / "strange.json"
    path.write_bytes(content)
    with pytest.raises(RunError, match=rf"strange\.json: .*{message}"):
        read_document(path)


@pytest.mark.timeout(20)
def test_a_named_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(RunError, match="expected a file; received a named pipe"):
        read_document(tmp_path / "pipe.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(data=st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_file_with_any_value_in_a_field_is_reported_or_refused(
    data, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("fuzz")
    content = {
        "benchmarks": [benchmark("torch/eager")],
        "machine_info": {"cpu": {"brand_raw": "a", "count": 2}, "system": "b"},
        "datetime": "now",
        "graph_compare": {"settings": {"torch": {"threads": "1"}}},
    }
    place = content
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(json_values)
            break
        place = place[key]
    (folder / "file.json").write_text(json.dumps(content))
    try:
        file = report_file(folder / "file.json", folder / "report")
    except RunError:
        return
    names = {"benchmarks.csv", "index.html", "report.md"}
    assert {path.name for path in (folder / "report").iterdir()} == names
    assert all(each.stats.median > 0 for each in file.benchmarks)
