"""The program as its users meet it: answers, exit codes, and wrong input."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import compare
from compare.machine import available_cores
from compare.runs.results import TABLES

ROOT = Path(__file__).parents[2]
BOTH = [pytest.mark.torch, pytest.mark.tf]


@pytest.mark.parametrize(
    "command", ["", "run", "agree", "report", "export", "list", "doctor"]
)
def test_help_teaches(cli, command):
    done = cli(*command.split(), "--help")
    assert done.code == 0
    assert "Usage: graph-compare" in done.out


def test_list_names_workloads_and_variants(cli):
    done = cli("list")
    assert done.code == 0
    for name in ("two_layer", "cnn", "torch/compile-step", "tf/xla", "quick"):
        assert name in done.out


def test_doctor_looks_at_what_a_run_needs(cli):
    done = cli("doctor")
    assert done.code == 0
    for subject in ("torch", "tensorflow", "C++ compiler", "memory", "GPU", "load"):
        assert subject in done.out


def test_doctor_tells_the_remedy_for_a_missing_compiler(cli):
    done = cli("doctor", CXX="no-such-compiler")
    assert "no C++ compiler (no-such-compiler)" in done.out
    assert "apt-get install g++" in done.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "two_layr"], "did you mean two_layer?"),
        (["run", "-v", "torch/eagr"], "did you mean torch/eager?"),
        (["run", "--device", "gpu"], 'expected cpu or cuda; received "gpu"'),
        (["run", "--dtype", "float31"], "did you mean float32?"),
        (["run", "--threads", "0"], "--threads: expected a whole number from 1"),
        (["run", "--threads", "999"], "received 999"),
        (["run", "--threads", "two"], "'two' is not a valid integer"),
        (["run", "--suite", "quik"], "did you mean quick?"),
        (["run", "--seed", "-1"], "--seed"),
        (["run", "--sed", "1"], "No such option"),
        (["run", "cnn", "--data", "/no/such/folder"], "/no/such/folder"),
        (["run", "--resume", "/no/such/run"], "graph-compare run"),
        (["report", "/no/such/run"], "run.json"),
        (["lits"], "No such command"),
    ],
)
def test_wrong_use_is_told_in_a_sentence_and_exits_with_2(
    cli, tmp_path, arguments, told
):
    out = ["--out", tmp_path / "run"] if arguments[0] == "run" else []
    done = cli(*arguments, *out)
    assert done.code == 2, done.err
    assert told in done.err
    assert "Traceback" not in done.err


def test_data_that_cannot_be_read_leaves_nothing_in_the_way(cli, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "images" / name).mkdir(parents=True)
        (tmp_path / "images" / name / "broken.png").write_bytes(b"not an image")
    out = tmp_path / "run"
    done = cli("run", "cnn", "--data", tmp_path / "images", "--out", out)
    assert done.code == 2
    assert "broken.png" in done.err
    assert not out.exists()


def test_debug_shows_the_traceback(cli):
    done = cli("report", "/no/such/run", "--debug")
    assert "Traceback" in done.err


def test_an_existing_folder_is_refused_and_untouched(cli, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    done = cli("run", "--out", tmp_path)
    assert done.code == 2
    assert "Nothing was overwritten" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--budget", "3s"), "one launch of every variant takes at least about"),
        (("--budget", "soon"), "expected a duration from 1s to 168h"),
        (("--precision", "-1%"), "expected a percentage from 0.01% to 50%"),
        (("--margin", "1"), "expected a percentage"),
    ],
)
def test_a_budget_or_a_precision_that_cannot_be_is_refused(
    cli, tmp_path, options, said
):
    done = cli("run", "--out", tmp_path / "run", *options)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.torch
@pytest.mark.tf
class TestASmallRun:
    """One real run of all variants on both workloads, looked at from all sides."""

    def test_every_cell_ran(self, small_run):
        cells = compare.load_run(small_run).cells
        assert len(cells) == 16
        assert set(cells["status"]) == {"ok"}

    def test_every_variant_agrees_in_both_dtypes(self, small_run):
        rows = compare.load_run(small_run).agreement
        assert set(rows["dtype"]) == {"float64", "float32"}
        assert set(rows["check"]) == {"determinism", "step", "trajectory"}
        counted = rows[rows["check"] != "determinism"]
        assert set(counted["verdict"]) <= {"agrees", "undecided"}
        decided = counted["verdict"] == "agrees"
        assert decided[counted["dtype"] == "float64"].all()
        assert decided.mean() > 0.9

    def test_every_variant_is_deterministic_here(self, small_run):
        rows = compare.load_run(small_run).agreement
        gate = rows[rows["check"] == "determinism"]
        alike = gate["against"].isin(["itself", "another process"])
        assert set(gate["against"][alike]) == {"itself", "another process"}
        assert set(gate["verdict"][alike]) == {"agrees"}

    def test_a_step_is_taken_with_another_number_of_threads_too(self, small_run):
        rows = compare.load_run(small_run).agreement
        gate = rows[rows["check"] == "determinism"]
        if len(available_cores()) > 1:  # that it differs there is no fault
            assert {"2 threads for 1", "itself with 2 threads"} <= set(gate["against"])

    def test_captures_are_as_declared_and_measured(self, small_run):
        run = compare.load_run(small_run)
        captures = run.cells.groupby(["framework", "mode"])["captures"].agg(set)
        assert {f"{f}/{m}": c for (f, m), c in captures.items()} == {
            "torch/eager": {"none"},
            "torch/script": {"forward"},
            "torch/trace": {"forward"},
            "torch/compile": {"forward+backward"},
            "torch/compile-step": {"training step"},
            "tf/eager": {"none"},
            "tf/function": {"training step"},
            "tf/xla": {"training step"},
        }

    def test_a_graph_is_captured_once_and_never_again(self, small_run):
        timing = compare.load_run(small_run).timing
        static = timing[timing["captures"] != "none"]
        assert set(static["captures_count"]) == {1}
        assert set(static["recaptures"]) == {0}
        compiled = timing[timing["mode"].str.startswith("compile")]
        assert set(compiled["graph_breaks"]) == {0}

    def test_every_table_has_the_promised_columns(self, small_run):
        for name, columns in TABLES.items():
            assert (small_run / name).exists(), name
            header = (
                (small_run / name).read_text().splitlines()[0]
                if not name.endswith("gz")
                else None
            )
            if header is not None:
                assert header.split(",") == list(columns), name

    def test_every_round_measures_every_variant_and_the_control(self, small_run):
        samples = compare.load_run(small_run).samples
        counts = samples.groupby(["workload", "launch", "round"])["mode"].size()
        assert set(counts) == {9}
        assert set(counts.index.get_level_values("launch")) == {0, 1}

    def test_one_worker_is_active_at_a_time(self, small_run):
        samples = compare.load_run(small_run).samples.sort_values("started_ns")
        ends = samples["started_ns"] + samples["duration_ns"]
        assert (samples["started_ns"].iloc[1:].values >= ends.iloc[:-1].values).all()

    def test_costs_stand_apart(self, small_run):
        timing = compare.load_run(small_run).timing
        costs = ["import_s", "prepare_s", "first_call_cold_s", "first_call_warm_s"]
        assert (timing[costs] > 0).all().all()
        assert (timing["peak_rss_bytes"] > timing["import_rss_bytes"]).all()
        compiled = timing[timing["mode"] == "compile"]
        assert (compiled["first_call_cold_s"] > compiled["first_call_warm_s"]).all()

    def test_both_limits_are_measured_and_say_who_reached_them(self, small_run):
        record = compare.load_run(small_run).record
        assert record.peak_flops_per_second["float32"] > 1e9
        assert record.peak_bytes_per_second["float32"] > 1e8
        assert record.peak_frameworks["float32"].keys() == {"arithmetic", "bandwidth"}
        timing = compare.load_run(small_run).timing
        assert (timing["arithmetic_ns"] < timing["step_time_ns"]).all()

    def test_nothing_is_profiled_unasked(self, small_run):
        assert compare.load_run(small_run).profile.empty
        assert not (small_run / "profiles").exists()

    def test_all_variants_learn_alike(self, small_run):
        learning = compare.load_run(small_run).learning
        assert len(learning) == 2 * 8
        for _, epoch in learning.groupby("epoch"):
            assert epoch["train_loss"].max() - epoch["train_loss"].min() < 1e-4
            assert epoch["valid_loss"].max() - epoch["valid_loss"].min() < 1e-4

    def test_settings_are_recorded_and_alike(self, small_run):
        settings = compare.load_run(small_run).record.settings
        torch, tf = settings["torch"], settings["tf"]
        assert torch.keys() == tf.keys()
        same = ("threads within an operation", "denormals", "TF32 in matrix products")
        for name in same:
            assert torch[name] == tf[name], name

    def test_the_report_renders_again_to_the_same_page(self, cli, small_run, tmp_path):
        copy = tmp_path / "copy"
        shutil.copytree(small_run, copy)
        before = (copy / "report.md").read_text()
        (copy / "report.md").unlink()
        (copy / "index.html").unlink()
        done = cli("report", copy)
        assert done.code == 0, done.err
        assert (copy / "report.md").read_text().splitlines()[:5] == (
            before.splitlines()[:5]
        )
        assert (copy / "index.html").exists()

    def test_a_corrupt_run_is_told_by_its_field(self, cli, small_run, tmp_path):
        copy = tmp_path / "copy"
        shutil.copytree(small_run, copy)
        record = json.loads((copy / "run.json").read_text())
        record["request"]["threads"] = "many"
        (copy / "run.json").write_text(json.dumps(record))
        done = cli("report", copy)
        assert done.code == 2
        assert "request.threads" in done.err

    def test_nothing_of_this_machine_s_paths_is_in_the_tables(self, small_run):
        for name in TABLES:
            if name.endswith(".csv"):
                assert str(small_run) not in (small_run / name).read_text()


@pytest.mark.torch
def test_a_missing_compiler_makes_cells_not_run_with_a_remedy(
    cli, small_suite, tmp_path
):
    chosen = ["-v", "torch/eager", "-v", "torch/compile"]
    common = ["agree", "two_layer", "--suite", small_suite, "--out", tmp_path / "run"]
    done = cli(*common, *chosen, CXX="no-such-compiler")
    cells = compare.load_run(tmp_path / "run").cells.set_index("mode")
    assert done.code == 1, "it was asked for by name and could not run"
    assert cells.loc["eager", "status"] == "ok"
    assert cells.loc["compile", "status"] == "not run"
    assert "apt-get install g++" in cells.loc["compile", "reason"]


@pytest.mark.torch
def test_without_a_gpu_cuda_cells_are_not_run(cli, small_suite, tmp_path):
    if Path("/dev/nvidia0").exists():
        pytest.skip("this machine has a GPU")
    out = tmp_path / "run"
    options = ["--suite", small_suite, "--device", "cuda", "--out", out]
    done = cli("run", "two_layer", "-v", "torch/eager", *options)
    cell = compare.load_run(out).cells.iloc[0]
    assert cell["status"] == "not run"
    assert "finds no CUDA device" in cell["reason"]
    assert done.code == 1


def interrupted(suite: Path, out: Path, *, once) -> str:
    """Start a run, press Ctrl-C as soon as something holds; what it said."""
    options = ["--suite", suite, "-v", "torch/eager", "-v", "torch/trace", "--out", out]
    process = subprocess.Popen(
        [sys.executable, "-m", "compare", "run", "two_layer", *map(str, options)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    deadline = time.monotonic() + 60
    while not once():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert f"--resume {out}" in told
    assert "Traceback" not in told
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, "workers are ended"
    return told


def resumed(out: Path):
    """Finish an interrupted run."""
    done = subprocess.run(
        [sys.executable, "-m", "compare", "run", "--resume", str(out)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run = compare.load_run(out)
    assert run.record.finished
    assert set(run.cells["status"]) == {"ok"}
    return run


@pytest.mark.torch
def test_ctrl_c_in_the_first_check_fails_no_cell(small_suite, tmp_path):
    out = tmp_path / "run"
    logs = out / "logs"
    interrupted(small_suite, out, once=lambda: logs.exists() and any(logs.iterdir()))
    assert set(compare.load_run(out).cells["status"]) == {"pending"}
    resumed(out)


@pytest.mark.torch
def test_ctrl_c_keeps_what_is_finished_and_the_run_can_be_resumed(
    small_suite, tmp_path
):
    out = tmp_path / "run"
    interrupted(small_suite, out, once=(out / "samples.csv.gz").exists)
    kept = (out / "agreement.csv").read_text()
    first = compare.load_run(out).samples
    run = resumed(out)
    assert (out / "agreement.csv").read_text() == kept, "checked cells are kept"
    assert set(run.samples["launch"]) == {0, 1}
    again = run.samples[run.samples["launch"] == 0]
    assert again["started_ns"].tolist() == first["started_ns"].tolist()
    cold = {(s.launch, s.cold) for s in run.record.starts}
    assert cold == {(0, True), (1, True)}, "a new scratch folder has no warm cache"


def test_the_run_page_is_named_at_the_end(small_run):
    text = (small_run / "index.html").read_text()
    assert re.search(r"<title>[^<]+</title>", text)


@pytest.mark.gpu
@pytest.mark.torch
def test_on_a_gpu_eager_and_captured_steps_agree(cli, small_suite, tmp_path):
    options = ["--suite", small_suite, "--device", "cuda", "--out", tmp_path / "run"]
    captured = ["-v", "torch/compile-step", "-v", "torch/cudagraph"]
    done = cli("agree", "-v", "torch/eager", *captured, *options)
    assert done.code == 0, done.out + done.err
