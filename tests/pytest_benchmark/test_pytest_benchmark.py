"""pytest-benchmark's files: read into a run, written from one, and damage named."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import compare
from compare import report
from compare.errors import RunError, UsageError
from compare.pipeline.finish import finish
from compare.pytest_benchmark import document, reading, writing
from compare.runs.record import KEY
from compare.runs.tables import CELLS, SAMPLES, append_rows, read_table, write_table
from tests.support.reading import plain
from tests.support.synthetic import agreement_only, synthetic, with_difference, without

ROOT = Path(__file__).parents[2]
SUITE = """
import pytest

@pytest.mark.parametrize("n", [10, 100])
def test_sum(benchmark, n):
    benchmark.extra_info["loss"] = float("nan")
    benchmark(sum, range(n))

class TestSorting:
    @pytest.mark.benchmark(group="sorting")
    def test_a_list(self, benchmark):
        benchmark(sorted, list(range(50)))

class TestSortingAgain:
    @pytest.mark.benchmark(group="sorting")
    def test_a_list(self, benchmark):
        benchmark.pedantic(sorted, (list(range(50)),), rounds=3, iterations=5)

def test_that_fails(benchmark):
    benchmark(lambda: 1 / 0)
"""
VARIANTS = ("torch/eager", "torch/compile", "tf/function")
# A pytest started by one that tests on several processors is none of its workers.
OWN_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if "XDIST" not in name
}


@pytest.fixture(scope="session")
def genuine(tmp_path_factory) -> Path:
    """A folder in which pytest-benchmark wrote files of its own."""
    folder = tmp_path_factory.mktemp("genuine")
    (folder / "test_of_others.py").write_text(SUITE)
    options = ["--benchmark-json=all.json", "--benchmark-autosave", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--benchmark-max-time=0.002"],
        cwd=folder,
        env=OWN_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 4 passed" in done.stdout, done.stdout
    return folder


@pytest.fixture
def of_others(genuine, tmp_path):
    """A genuine file made into a run."""
    reading.write(genuine / "all.json", folder=tmp_path / "run")
    render(tmp_path / "run")
    return compare.load_run(tmp_path / "run")


@pytest.fixture
def ours(tmp_path):
    """A file as `make bench` writes it, to be spoiled as a test likes."""
    content = {"benchmarks": [benchmark(variant) for variant in VARIANTS]}

    def write(change=lambda content: None):
        spoiled = copy.deepcopy(content)
        change(spoiled)
        (tmp_path / "ours.json").write_text(json.dumps(spoiled))
        return tmp_path / "ours.json"

    return write


def benchmark(variant, **extra):
    facts = {"workload": "cnn", "variant": variant, "device": "cpu"}
    facts |= {"dtype": "float32", "captures": "none", "agreement": "agrees"}
    stats = {"min": 1e-3, "max": 3e-3, "mean": 2e-3, "median": 2e-3, "stddev": 1e-3}
    stats |= {"rounds": 3, "iterations": 1, "data": [1e-3, 3e-3, 2e-3]}
    name = f"test_training_step[{variant}]"
    return {"name": name, "extra_info": facts | extra, "stats": stats}


def render(folder):
    """Write the timing tables and the report of a run; return the page."""
    return report.write(report.render(finish(folder)))


def made_of(path, folder, **options):
    reading.write(path, folder=folder, **options)
    render(folder)
    return compare.load_run(folder)


class TestAFileOfSomebodyElse:
    def test_a_benchmark_is_a_variant_of_its_group_or_file(self, of_others):
        cells = of_others.cells
        named = list(zip(cells["workload"], cells["mode"], strict=True))
        assert named[:2] == [
            ("test_of_others.py", "test_sum[10]"),
            ("test_of_others.py", "test_sum[100]"),
        ]
        assert {workload for workload, _ in named[2:]} == {"sorting"}

    def test_benchmarks_of_one_name_are_told_apart_by_their_full_one(self, of_others):
        sorting = of_others.cells["workload"] == "sorting"
        assert list(of_others.cells["mode"][sorting]) == [
            "test_of_others.py::TestSorting::test_a_list",
            "test_of_others.py::TestSortingAgain::test_a_list",
        ]

    def test_nothing_is_claimed_that_the_file_does_not_say(self, of_others):
        cells = of_others.cells
        assert set(cells["device"]) == set(cells["dtype"]) == {"unknown"}
        assert set(cells["framework"]) == set(cells["captures"]) == {""}
        assert of_others.agreement.empty

    def test_each_group_has_its_first_as_the_baseline(self, of_others):
        timing = of_others.timing
        assert list(timing["verdict"]) == ["baseline", "inconclusive"] * 2
        assert list(timing["ratio"][timing["verdict"] == "baseline"]) == [1.0, 1.0]

    def test_no_ratio_has_an_interval(self, of_others):
        assert of_others.timing[["ratio_low", "ratio_high"]].isna().all().all()

    def test_times_are_the_medians_in_nanoseconds(self, genuine, of_others):
        written = json.loads((genuine / "all.json").read_bytes())["benchmarks"]
        medians = [each["stats"]["median"] * 1e9 for each in written]
        assert list(of_others.timing["step_time_ns"]) == pytest.approx(medians)

    def test_every_round_becomes_a_sample(self, genuine, of_others):
        written = json.loads((genuine / "all.json").read_bytes())["benchmarks"]
        last = of_others.samples.tail(3)
        durations = [each * 5e9 for each in written[-1]["stats"]["data"]]
        assert list(last["duration_ns"]) == pytest.approx(durations, abs=1)
        assert set(last["steps"]) == {5}

    def test_a_file_saved_without_raw_data_has_times_and_no_samples(
        self, genuine, tmp_path
    ):
        (saved,) = (genuine / ".benchmarks").rglob("0001_*.json")
        run = made_of(saved, tmp_path / "run")
        assert (run.timing["step_time_ns"] > 0).all()
        assert run.samples.empty

    def test_the_name_of_the_machine_is_not_taken_over(self, genuine, of_others):
        info = json.loads((genuine / "all.json").read_bytes())["machine_info"]
        told = of_others.record.environment
        assert told["python_version"] == info["python_version"]
        assert "node" not in told

    def test_the_report_says_first_that_the_design_is_sequential(self, of_others):
        for name in ("index.html", "report.md"):
            text = (of_others.folder / name).read_text()
            assert "0.82%" in text
            assert text.index("Sequential design") < text.index("Do they agree?")
            for word in (">faster<", ">slower<", "| faster |", "break-even, steps"):
                assert word not in text

    def test_its_times_are_shown_with_what_is_behind_them(self, of_others):
        text = plain((of_others.folder / "report.md").read_text())
        assert "median of 3 rounds of 5 calls; least" in text
        assert "(no interval)" in text

    def test_ratios_are_to_the_chosen_baseline_where_a_group_has_it(
        self, genuine, tmp_path
    ):
        chosen = "test_sum[100]"
        run = made_of(genuine / "all.json", tmp_path / "run", baseline=chosen)
        timing = run.timing.set_index("mode")
        assert timing.loc[chosen, "verdict"] == "baseline"
        assert timing.loc[chosen, "ratio"] == 1
        times = timing["step_time_ns"]
        expected = times["test_sum[10]"] / times[chosen]
        assert timing.loc["test_sum[10]", "ratio"] == pytest.approx(expected)
        first = "test_of_others.py::TestSorting::test_a_list"
        assert timing.loc[first, "verdict"] == "baseline", "its group has no test_sum"
        text = (run.folder / "report.md").read_text().replace("\\", "")
        assert f"every benchmark against {chosen}" in text

    def test_an_unknown_baseline_is_refused_with_the_nearest_names(
        self, genuine, tmp_path
    ):
        with pytest.raises(UsageError) as caught:
            made_of(genuine / "all.json", tmp_path / "run", baseline="test_sum[1000]")
        assert str(caught.value).startswith("--baseline: expected test_sum[10], ")
        assert "did you mean test_sum[100] or test_sum[10]" in str(caught.value)
        assert not (tmp_path / "run").exists()

    def test_it_renders_again_to_the_same(self, of_others):
        before = (of_others.folder / "index.html").read_text()
        assert render(of_others.folder).read_text() == before


class TestAFileOfOurs:
    def test_a_benchmark_is_the_cell_that_it_says(self, ours, tmp_path):
        run = made_of(ours(), tmp_path / "run")
        assert list(run.cells["framework"]) == ["torch", "torch", "tf"]
        assert list(run.cells["mode"]) == ["eager", "compile", "function"]
        assert set(run.cells["dtype"]) == {"float32"}
        assert set(run.agreement["verdict"]) == {"agrees"}
        assert "All 3 cells agree" in (run.folder / "index.html").read_text()

    def test_what_disagrees_is_named(self, ours, tmp_path):
        where = "gradient:head.bias at step 0 (step) is off by 3"

        def spoil(content):
            extra = content["benchmarks"][1]["extra_info"]
            extra |= {"agreement": "disagrees", "difference": where}

        page = made_of(ours(spoil), tmp_path / "run").folder / "report.md"
        text = page.read_text().replace("\\", "")
        assert "2 of 3 cells agree with the NumPy reference; 1 disagrees." in text
        assert "different computation: torch/compile on cnn." in text
        assert f"disagrees: {where}" in text

    def test_what_was_not_checked_does_not_agree(self, ours, tmp_path):
        def spoil(content):
            for each in content["benchmarks"]:
                each["extra_info"]["agreement"] = "not checked"

        run = made_of(ours(spoil), tmp_path / "run")
        assert run.agreement.empty
        assert "No cell was compared" in (run.folder / "report.md").read_text()

    def test_without_its_baseline_a_device_has_no_ratios(self, ours, tmp_path):
        def spoil(content):
            content["benchmarks"][2]["extra_info"]["device"] = "cuda"

        timing = made_of(ours(spoil), tmp_path / "run").timing
        assert list(timing["ratio"].isna()) == [False, False, True]

    def test_one_cell_twice_is_an_error(self, ours, tmp_path):
        path = ours(
            lambda content: content["benchmarks"].append(benchmark("tf/function"))
        )
        with pytest.raises(
            RunError, match=r"benchmarks\[3\].*tf/function of cnn again"
        ):
            reading.write(path, folder=tmp_path / "run")


@pytest.mark.torch
def test_our_own_suite_says_of_each_benchmark_what_cell_it_is(tmp_path):
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
    run = made_of(to, tmp_path / "run")
    (cell,) = run.record.cells
    assert cell.variant == "torch/eager"
    assert (cell.workload, cell.device, cell.dtype) == ("two_layer", "cpu", "float32")
    assert cell.captures == "none"
    assert list(run.agreement["verdict"]) == ["agrees"]
    assert run.record.settings["torch"]["threads within an operation"] == "1"
    assert "torch" in run.record.environment


def stats(**values):
    return lambda content: content["benchmarks"][1]["stats"].update(values)


def extra(**values):
    return lambda content: content["benchmarks"][1]["extra_info"].update(values)


@pytest.mark.parametrize(
    ("change", "told"),
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
        (extra(workload=7), r"benchmarks\[1\]\.extra_info.*workload"),
        (extra(agreement="mostly"), r"benchmarks\[1\]\.extra_info.*'mostly'"),
    ],
)
def test_a_damaged_file_is_told_by_its_field(ours, tmp_path, change, told):
    with pytest.raises(RunError, match=f"ours.json: .*{told}"):
        reading.write(ours(change), folder=tmp_path / "run")
    assert not (tmp_path / "run").exists(), "nothing is left of it"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": 1}']
)
def test_a_file_that_is_none_of_theirs_says_what_makes_one(tmp_path, content):
    path = tmp_path / "strange.json"
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"strange\.json: .*--benchmark-json"):
        document.read(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(data=st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_stands_in_a_field_it_is_read_or_named(data, tmp_path_factory):
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
        reading.write(folder / "file.json", folder=folder / "run")
    except RunError:
        return
    run = compare.load_run(folder / "run")
    assert run.record.is_sequential
    assert (run.timing["step_time_ns"] > 0).all()


def timed(made, folder, *, rounds=4, seed=0):
    """A synthetic run with samples."""
    random = np.random.default_rng(seed)
    made.write(folder)
    rows = [
        {
            **cell.key,
            "launch": launch,
            "round": number,
            "position": 0,
            "steps": 10,
            "duration_ns": int(random.integers(1, 10**9)),
            "started_ns": 0,
        }
        for cell in made.record.cells
        if cell.status == "ok"
        for launch in range(2)
        for number in range(rounds)
    ]
    append_rows(folder, SAMPLES, rows)
    return folder


def compared(path: Path) -> str:
    """What pytest-benchmark itself makes of a file."""
    tool = Path(sys.executable).with_name("pytest-benchmark")
    done = subprocess.run(
        [tool, "compare", path, "--columns=median,rounds,iterations", "--time-unit=ns"],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "PATH": ""},
    )
    return done.stdout + done.stderr


class TestExporting:
    def test_pytest_benchmark_compares_what_is_exported(self, tmp_path):
        folder = timed(synthetic(), tmp_path / "run")
        writing.export(folder, to=tmp_path / "out.json")
        shown = compared(tmp_path / "out.json")
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

    def test_extra_info_has_what_the_cells_know(self, tmp_path):
        writing.export(timed(synthetic(), tmp_path / "run"), to=tmp_path / "out.json")
        written = json.loads((tmp_path / "out.json").read_bytes())
        known = {each["name"]: each["extra_info"] for each in written["benchmarks"]}
        row = compare.load_run(tmp_path / "run").timing.query(
            "workload == 'cnn' and mode == 'compile'"
        )
        facts = known["cnn[torch/compile]"]
        assert facts["agreement"] == "agrees"
        assert facts["captures"] == "forward+backward"
        assert facts["verdict"] == "faster"
        for name in ("ratio", "ratio_low", "ratio_high", "step_time_ns"):
            assert facts[name] == pytest.approx(row[name].iloc[0])

    def test_what_disagrees_is_exported_as_such(self, tmp_path):
        made = with_difference(synthetic(), "cnn", "tf/xla")
        writing.export(timed(made, tmp_path / "run"), to=tmp_path / "out.json")
        written = json.loads((tmp_path / "out.json").read_bytes())
        verdicts = [e["extra_info"]["agreement"] for e in written["benchmarks"]]
        assert verdicts.count("disagrees") == 1

    def test_cells_without_a_result_are_told(self, tmp_path):
        made = without(synthetic(), "cnn", "tf/xla", reason="no device")
        exported = writing.export(
            timed(made, tmp_path / "run"), to=tmp_path / "out.json"
        )
        assert exported.count == 15
        assert exported.left_out == ("tf/xla on cnn: no device",)

    def test_an_existing_file_is_never_overwritten(self, tmp_path):
        (tmp_path / "mine.json").write_text("precious")
        folder = timed(synthetic(), tmp_path / "run")
        with pytest.raises(RunError, match="Nothing was overwritten"):
            writing.export(folder, to=tmp_path / "mine.json")
        assert (tmp_path / "mine.json").read_text() == "precious"

    def test_a_file_that_cannot_be_written_is_an_error(self, tmp_path):
        folder = timed(synthetic(), tmp_path / "run")
        with pytest.raises(RunError, match="can be written"):
            writing.export(folder, to=tmp_path / "no" / "such" / "out.json")

    def test_a_run_without_timing_has_nothing_to_export(self, tmp_path):
        folder = agreement_only(synthetic()).write(tmp_path / "run")
        with pytest.raises(RunError, match="expected a run with timed steps"):
            writing.export(folder, to=tmp_path / "out.json")

    def test_a_run_made_of_such_a_file_is_not_exported_again(self, of_others, tmp_path):
        with pytest.raises(
            RunError, match=r"made of the pytest-benchmark file all\.json"
        ):
            writing.export(of_others.folder, to=tmp_path / "out.json")

    def test_a_block_that_did_not_last_is_named(self, tmp_path):
        folder = timed(synthetic(), tmp_path / "run")
        samples = read_table(folder, SAMPLES)
        samples.loc[0, "duration_ns"] = 0
        write_table(folder, SAMPLES, samples)
        with pytest.raises(RunError, match=r"samples\.csv\.gz: .*min: expected"):
            writing.export(folder, to=tmp_path / "out.json")

    def test_read_back_it_says_where_the_intervals_are(self, tmp_path):
        writing.export(timed(synthetic(), tmp_path / "run"), to=tmp_path / "out.json")
        run = made_of(tmp_path / "out.json", tmp_path / "back")
        assert "exported from the run 2026-01-31-235959" in run.record.notes[0].reason
        assert run.record.settings["tf"]["XLA devices"] == "cpu"


@given(seed=st.integers(0, 2**32 - 1), rounds=st.integers(1, 6))
@settings(max_examples=10, deadline=None)
def test_cells_and_samples_survive_the_way_there_and_back(
    seed, rounds, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("there")
    timed(synthetic(), folder / "run", rounds=rounds, seed=seed)
    writing.export(folder / "run", to=folder / "out.json")
    reading.write(folder / "out.json", folder=folder / "back")
    there, back = (compare.load_run(folder / name) for name in ("run", "back"))
    pd.testing.assert_frame_equal(
        there.cells.sort_values(list(CELLS.columns), ignore_index=True),
        back.cells.sort_values(list(CELLS.columns), ignore_index=True),
    )
    blocks = [*KEY, "steps", "duration_ns"]
    pd.testing.assert_frame_equal(
        there.samples[blocks].astype("string").sort_values(blocks, ignore_index=True),
        back.samples[blocks].astype("string").sort_values(blocks, ignore_index=True),
    )


class TestTheCommandLine:
    def test_a_file_is_reported_beside_nobody_s_files(self, cli, genuine, tmp_path):
        for name in ("all", "all-2"):
            done = cli("report", genuine / "all.json", cwd=tmp_path)
            assert done.code == 0, done.err
            page = tmp_path / "reports" / name / "index.html"
            assert done.out.rstrip().endswith(page.as_uri())
            assert page.exists()
        assert "Sequential design" in done.out

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["report", "nothing.json"], "nothing.json"),
            (["report", "empty"], "which has none"),
            (["report", "broken.json"], "broken.json: no JSON"),
            (["report", "empty", "--out", "x"], "--out: expected a pytest-benchmark"),
            (["report", "good.json", "--out", "empty"], "Nothing was overwritten"),
            (["export", "empty", "--pytest-benchmark"], "run.json"),
            (["export", "empty"], "--pytest-benchmark"),
        ],
    )
    def test_wrong_use_is_told_in_a_sentence_and_exits_with_2(
        self, cli, genuine, tmp_path, arguments, told
    ):
        (tmp_path / "empty").mkdir()
        (tmp_path / "broken.json").write_text("{")
        (tmp_path / "good.json").write_bytes((genuine / "all.json").read_bytes())
        done = cli(*arguments, cwd=tmp_path)
        assert done.code == 2, done.err
        assert told in done.err
        assert "Traceback" not in done.err
        assert not list((tmp_path / "empty").iterdir())

    def test_a_run_is_exported_into_its_folder(self, cli, tmp_path):
        made = without(synthetic(), "cnn", "tf/xla", reason="no device")
        folder = timed(made, tmp_path / "run")
        done = cli("export", folder, "--pytest-benchmark")
        assert done.code == 0, done.err
        assert "left out: tf/xla on cnn: no device" in done.err
        assert "15 benchmarks written to" in done.out
        assert "cnn[torch/eager]" in compared(folder / "pytest-benchmark.json")
