"""The command line: output, exit codes and invalid input."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

import compare
from compare.machine import available_cores
from compare.runs.tables import TABLES
from compare.runs.words import Against, Check, Inputs
from tests.support.commands import choose_variants
from tests.support.documents import read_result
from tests.support.long import long_test, part_of
from tests.support.resuming import python_path

ROOT = Path(__file__).parents[2]
BOTH = [pytest.mark.torch, pytest.mark.tf]
# Workers without a framework start faster, and are stopped as all others are.
WITH_NUMPY = {"PYTHONPATH": python_path()}


@pytest.mark.parametrize(
    "command", ["", "run", "agree", "report", "export", "list", "doctor"]
)
def test_every_command_has_help(cli, command):
    done = cli(*command.split(), "--help")
    assert done.code == 0
    assert "Usage: graph-compare" in done.out


def test_help_lists_the_commands_in_the_order_of_a_workflow(invoke):
    text = invoke("--help").out.partition("Commands:")[2]
    commands = re.findall(r"^  (\w+)  ", text, re.MULTILINE)
    assert commands == [
        *("doctor", "list", "new", "run", "check", "graph", "agree", "deploy"),
        *("report", "export", "diff", "history", "ci", "bisect", "quirks"),
        *("debugging", "dossier", "study", "schema"),
    ]


def test_list_names_workloads_and_variants(invoke):
    done = invoke("list")
    assert done.code == 0
    for name in ("two_layer", "cnn", "torch/compile-step", "tf/xla", "quick"):
        assert name in done.out


def test_list_marks_modes_that_run_only_if_they_are_named(invoke):
    lines = invoke("list").out.splitlines()
    marked = {
        line.split()[0]: after.partition("; in ")[2]
        for line, after in pairwise(lines)
        if line.lstrip().startswith(("torch/", "tf/"))
    }
    assert marked["torch/compile"] == ""
    assert marked["torch/compile-dynamic"] == "quick and check if named"
    assert marked["tf/keras"] == "quick if named"


def test_doctor_reports_the_requirements_of_a_run(cli):
    done = cli("doctor")
    assert done.code == 0
    for subject in ("torch", "tensorflow", "C++ compiler", "memory", "GPU", "load"):
        assert subject in done.out


def test_doctor_names_the_remedy_for_a_missing_compiler(invoke):
    done = invoke("doctor", CXX="no-such-compiler")
    assert "no C++ compiler (no-such-compiler)" in done.out
    assert "apt-get install g++" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
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
        (["report", "/no/such/run", "--out", "x"], "expected a pytest-benchmark file"),
        (
            ["report", "/no/such/run", "--baseline", "x"],
            "--baseline: expected a pytest-benchmark",
        ),
        (["export", "/no/such/run"], "Add --pytest-benchmark"),
        (["quirks", "--markdown", "/no/such/x.md"], "in an existing folder"),
        (["lits"], "No such command"),
    ],
)
def test_wrong_use_prints_a_message_and_exits_with_2(
    invoke, tmp_path, arguments, message
):
    out = ["--out", tmp_path / "run"] if arguments[0] == "run" else []
    done = invoke(*arguments, *out)
    assert done.code == 2, done.err
    assert message in done.err
    assert "Traceback" not in done.err


def test_unreadable_data_leaves_no_run_folder(invoke, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "images" / name).mkdir(parents=True)
        (tmp_path / "images" / name / "broken.png").write_bytes(b"not an image")
    out = tmp_path / "run"
    done = invoke("run", "cnn", "--data", tmp_path / "images", "--out", out)
    assert done.code == 2
    assert "broken.png" in done.err
    assert not out.exists()


def test_debug_shows_the_traceback(cli):
    done = cli("report", "/no/such/run", "--debug")
    assert "Traceback" in done.err


def test_an_existing_folder_is_refused_and_not_changed(invoke, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    done = invoke("run", "--out", tmp_path)
    assert done.code == 2
    assert "Nothing was overwritten" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--budget", "3s"), "expected at least about"),
        (("--budget", "soon"), "expected a duration from 1s to 168h"),
        (("--precision", "-1%"), "expected a percentage from 0.01% to 50%"),
        (("--margin", "1"), "expected a percentage"),
    ],
)
def test_an_impossible_budget_or_precision_is_refused(
    invoke, tmp_path, options, message
):
    done = invoke("run", "--out", tmp_path / "run", *options)
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.torch
@pytest.mark.tf
class TestASmallRun:
    """One real run, checked by many tests."""

    def test_every_cell_ran(self, small_run):
        cells = compare.load_run(small_run).cells
        assert len(cells) == 6
        assert set(cells["status"]) == {"ok"}

    def test_its_document_has_what_its_folder_has(self, small_run):
        written = small_run.with_suffix(".json").read_bytes()
        found, run = read_result("run", written), compare.load_run(small_run)
        assert found["folder"] == str(small_run)
        assert found["is_finished"]
        for name in ("cells", "timing", "ranking", "breaks", "differences"):
            assert len(found[name]) == len(getattr(run, name))
        (eager, *_), (row, *_) = found["timing"], run.timing.to_dict("records")
        assert eager["step_time_ns"] == row["step_time_ns"]
        assert all(each["agrees"] for each in found["agreement"])

    def test_every_variant_agrees_in_both_dtypes(self, small_run):
        rows = compare.load_run(small_run).agreement
        assert set(rows["dtype"]) == {"float64", "float32"}
        assert set(rows["check"]) == {*Check} - {Check.TRAINING, Check.VALIDATION}
        assert set(rows["inputs"]) == set(Inputs)
        counted = rows[rows["check"] != "determinism"]
        assert set(counted["verdict"]) <= {"agrees", "undecided"}
        decided = counted["verdict"] == "agrees"
        assert decided[counted["dtype"] == "float64"].all()
        assert decided.mean() > 0.9

    def test_every_variant_is_deterministic_on_this_machine(self, small_run):
        rows = compare.load_run(small_run).agreement
        # TorchScript's first calls of a shape, as on a probe, run another graph.
        own = rows[rows["inputs"] == Inputs.WORKLOAD]
        repeats = own[own["check"] == "determinism"]
        same_setup = repeats["against"].isin(["itself", "another process"])
        assert set(repeats["against"][same_setup]) == {"itself", "another process"}
        assert set(repeats["verdict"][same_setup]) == {"agrees"}

    def test_a_step_is_repeated_with_another_number_of_threads(self, small_run):
        rows = compare.load_run(small_run).agreement
        repeats = rows[rows["check"] == "determinism"]
        if len(available_cores()) > 1:  # a difference there is allowed
            other = repeats[repeats["threads"] == 2]
            assert set(other["against"]) == {
                Against.OTHER_THREADS,
                Against.ITSELF_WITH_THREADS,
            }

    def test_every_mode_captures_and_compiles_what_it_declares(self, small_run):
        ran = compare.load_run(small_run).cells.query("status == 'ok'")
        assert set(ran["capture_verdict"]) == {"as declared"}
        assert (ran["captures"] == ran["declared"]).all()
        kernels = ran[ran["mode"] == "compile"]["kernels"]
        assert (kernels > 0).all()

    def test_measured_captures_are_the_declared_ones(self, small_run):
        run = compare.load_run(small_run)
        captures = run.cells.groupby(["framework", "mode"])["captures"].agg(set)
        assert {f"{f}/{m}": c for (f, m), c in captures.items()} == {
            "torch/eager": {"none"},
            "torch/script": {"forward"},
            "torch/compile": {"forward+backward"},
            "tf/eager": {"none"},
            "tf/function": {"training step"},
            "tf/xla": {"training step"},
        }

    def test_a_graph_is_captured_once(self, small_run):
        timing = compare.load_run(small_run).timing
        static = timing[timing["captures"] != "none"]
        assert set(static["captures_count"]) == {1}
        assert set(static["recaptures"]) == {0}
        compiled = timing[timing["mode"] == "compile"]
        assert set(compiled["graph_breaks"]) == {0}

    def test_every_table_has_the_documented_columns(self, small_run):
        for table in TABLES:
            path = small_run / table.file
            assert path.exists(), table.file
            if not table.is_compressed:
                header = path.read_text().splitlines()[0]
                assert header.split(",") == list(table.columns), table.file

    def test_every_round_measures_every_variant_and_the_control(self, small_run):
        samples = compare.load_run(small_run).samples
        counts = samples.groupby(["workload", "launch", "round"])["mode"].size()
        by_launch = counts.groupby(level="launch").unique().map(sorted)
        # The first launch has two parts, each with the baseline and the control: five
        # variants without a compiler, then one with one.
        assert dict(by_launch) == {0: [3, 6], 1: [7]}

    def test_one_worker_is_active_at_a_time(self, small_run):
        samples = compare.load_run(small_run).samples.sort_values("started_ns")
        ends = samples["started_ns"] + samples["duration_ns"]
        assert (samples["started_ns"].iloc[1:].values >= ends.iloc[:-1].values).all()

    def test_costs_are_measured_separately(self, small_run):
        timing = compare.load_run(small_run).timing
        costs = ["import_s", "prepare_s", "first_call_cold_s", "first_call_warm_s"]
        assert (timing[costs] > 0).all().all()
        assert (timing["peak_rss_bytes"] > timing["import_rss_bytes"]).all()
        compiled = timing[timing["mode"] == "compile"]
        assert (compiled["first_call_cold_s"] > compiled["first_call_warm_s"]).all()

    def test_both_limits_are_measured_with_the_framework_that_reached_them(
        self, small_run
    ):
        record = compare.load_run(small_run).record
        assert record.peak_flops_per_second["float32"] > 1e9
        assert record.peak_bytes_per_second["float32"] > 1e8
        assert record.peak_frameworks["float32"].keys() == {"arithmetic", "bandwidth"}
        timing = compare.load_run(small_run).timing
        assert (timing["arithmetic_ns"] < timing["step_time_ns"]).all()

    def test_nothing_is_profiled_by_default(self, small_run):
        assert compare.load_run(small_run).profile.empty
        assert not (small_run / "profiles").exists()

    def test_settings_are_recorded_and_equal(self, small_run):
        settings = compare.load_run(small_run).record.settings
        torch, tf = settings["torch"], settings["tf"]
        assert torch.keys() == tf.keys()
        same = ("threads within an operation", "denormals", "TF32 in matrix products")
        for name in same:
            assert torch[name] == tf[name], name

    def test_a_run_can_be_rendered_again(self, cli, small_run, tmp_path):
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

    def test_the_message_for_a_corrupt_run_names_the_field(
        self, cli, small_run, tmp_path
    ):
        copy = tmp_path / "copy"
        shutil.copytree(small_run, copy)
        record = json.loads((copy / "run.json").read_text())
        record["request"]["threads"] = "many"
        (copy / "run.json").write_text(json.dumps(record))
        done = cli("report", copy)
        assert done.code == 2
        assert "request.threads" in done.err

    def test_tables_contain_no_paths_of_this_machine(self, small_run):
        for table in TABLES:
            if not table.is_compressed:
                assert str(small_run) not in (small_run / table.file).read_text()


@long_test
@pytest.mark.torch
@pytest.mark.tf
def test_variants_of_both_frameworks_have_the_same_learning_curves(
    cli, small_suite, tmp_path
):
    names = ("torch/script", "tf/function")
    chosen = choose_variants(names)
    folder = tmp_path / "run"
    done = cli("agree", "cnn", *chosen, "--suite", small_suite, "--out", folder)
    assert done.code == 0, done.out + done.err
    done = compare.load_run(folder)
    assert set(done.agreement["check"]) >= {Check.TRAINING, Check.VALIDATION}
    learning = done.learning
    assert len(learning) == 2 * len(names)
    for _, epoch in learning.groupby("epoch"):
        assert epoch["train_loss"].max() - epoch["train_loss"].min() < 1e-4
        assert epoch["valid_loss"].max() - epoch["valid_loss"].min() < 1e-4


@pytest.mark.torch
def test_without_a_compiler_cells_are_not_run_and_the_remedy_is_named(
    cli, small_suite, tmp_path
):
    chosen = ["-v", "torch/eager", "-v", "torch/compile"]
    common = ["agree", "two_layer", "--suite", small_suite, "--out", tmp_path / "run"]
    done = cli(*common, *chosen, CXX="no-such-compiler")
    cells = compare.load_run(tmp_path / "run").cells.set_index("mode")
    assert done.code == 1, "a variant selected by name could not run"
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


@contextmanager
def started(suite: Path, out: Path, *, once):
    """Start a run in the background; yield it and its workers when it has begun."""
    chosen = ["-v", "numpy/eager", "-v", "numpy/again"]
    options = ["--suite", suite, *chosen, "--out", out]
    temporary = out.with_name("temporary")
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "compare", "run", "two_layer", *map(str, options)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **WITH_NUMPY, "TMPDIR": str(temporary)},
    )
    deadline = time.monotonic() + 60
    while not once():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.05)
    with process:
        try:
            yield process, psutil.Process(process.pid).children(recursive=True)
        finally:
            process.kill()


def interrupted(suite: Path, out: Path, *, once, number=signal.SIGINT) -> str:
    """Start a run, interrupt it once a condition holds, return what it printed."""
    with started(suite, out, once=once) as (process, children):
        process.send_signal(number)
        _, printed = process.communicate(timeout=60)
        assert process.returncode == 128 + number, printed
        assert f"--resume {out}" in printed
        assert "Traceback" not in printed
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, "all workers were stopped"
    assert not list(out.with_name("temporary").iterdir())
    return printed


def resumed(out: Path):
    """Finish an interrupted run."""
    done = subprocess.run(
        [sys.executable, "-m", "compare", "run", "--resume", str(out)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **WITH_NUMPY},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run = compare.load_run(out)
    assert run.record.finished
    assert set(run.cells["status"]) == {"ok"}
    return run


@long_test
def test_ctrl_c_in_the_first_check_fails_no_cell(small_suite, tmp_path):
    out = tmp_path / "run"
    logs = out / "logs"
    interrupted(small_suite, out, once=lambda: logs.exists() and any(logs.iterdir()))
    assert set(compare.load_run(out).cells["status"]) == {"pending"}
    assert not (out / "index.html").exists(), "there is nothing to report"
    resumed(out)


@pytest.mark.parametrize("number", part_of([signal.SIGTERM, signal.SIGHUP], every=2))
def test_other_signals_end_a_run_as_ctrl_c_does(small_suite, tmp_path, number):
    out = tmp_path / "run"
    once = (out / "agreement.csv").exists
    interrupted(small_suite, out, once=once, number=number)
    assert not (out / "index.html").exists(), "no user waits for a report"
    resumed(out)


@long_test
def test_the_workers_of_a_killed_run_end_and_its_folders_are_swept(
    small_suite, tmp_path, monkeypatch
):
    out, temporary = tmp_path / "run", tmp_path / "temporary"
    once = (out / "agreement.csv").exists
    with started(small_suite, out, once=once) as (process, children):
        assert children
        process.kill()
        _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, "all workers ended with their parent"
    assert list(temporary.iterdir()), "a killed process removes nothing"
    monkeypatch.setenv("TMPDIR", str(temporary))
    resumed(out)
    assert not list(temporary.iterdir())


def test_ctrl_c_keeps_finished_results_and_the_run_can_be_resumed(
    small_suite, tmp_path
):
    out = tmp_path / "run"

    def is_launch_counted() -> bool:
        record = out / "run.json"
        return record.exists() and json.loads(record.read_text())["launches_done"]

    interrupted(small_suite, out, once=is_launch_counted)
    page = (out / "index.html").read_text("utf-8")
    assert "This run was stopped before it finished" in page
    assert set(compare.load_run(out).timing["mode"]) == {"eager", "again", "control"}
    kept = (out / "agreement.csv").read_text()
    first = compare.load_run(out).samples
    run = resumed(out)
    after = (out / "agreement.csv").read_text()
    assert after.startswith(kept), "checked cells are kept"
    added = compare.load_run(out).agreement.iloc[kept.count("\n") - 1 :]
    is_repetition = added["against"].isin({Against.ANOTHER_PROCESS})
    is_repetition |= added["threads"].notna()
    checks = {*added["check"][~is_repetition]}
    assert checks == {Check.TIMED}, "nothing is checked twice"
    assert set(run.samples["launch"]) == {0, 1}
    again = run.samples[run.samples["launch"] == 0]
    assert again["started_ns"].tolist() == first["started_ns"].tolist()
    cold = {(s.launch, s.cold) for s in run.record.starts}
    assert cold == {(0, True), (1, True)}, "a new scratch folder has no warm cache"


def test_the_page_has_a_title(small_run):
    text = (small_run / "index.html").read_text()
    assert re.search(r"<title>[^<]+</title>", text)


@pytest.mark.gpu
@pytest.mark.torch
def test_on_a_gpu_eager_and_captured_steps_agree(cli, small_suite, tmp_path):
    options = ["--suite", small_suite, "--device", "cuda", "--out", tmp_path / "run"]
    captured = ["-v", "torch/compile-step", "-v", "torch/cudagraph"]
    done = cli("agree", "-v", "torch/eager", *captured, *options)
    assert done.code == 0, done.out + done.err
