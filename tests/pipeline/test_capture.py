"""A mode that captures or compiles less than it declares is found."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from compare.cli.run import exit_code_of
from compare.contract import Captures, Idiom, Mode
from compare.frameworks import find_variant, frameworks
from compare.pipeline.capture import judge_capture, store_capture
from compare.pipeline.request import RunOptions
from compare.runs.record import Cell
from compare.runs.words import CaptureVerdict
from compare.workers import messages
from compare.workers.pool import WorkerPool
from tests.support.long import RUNS_LONG, long_test
from tests.support.running import run

sys.path.insert(0, str(Path(__file__).parents[1] / "planted"))
from undeclared import UNDECLARED

WORKER = str(Path(__file__).parents[1].joinpath("planted") / "worker.py")
SIZE = {"batch": 8, "inputs": 30, "hidden": 12, "outputs": 4}
STEPS = 4  # of a session before it is described


def described(**changes):
    facts = {
        "captures": Captures.TRAINING_STEP,
        "captures_count": 1,
        "graph_breaks": 0,
        "nodes": None,
        "nodes_optimized": None,
        "kernels": 3,
        "peak_rss_bytes": 0,
        "peak_device_bytes": None,
        "reserved_device_bytes": None,
    }
    return messages.Description(**{**facts, **changes})


def declaring(captures, *, compiles=False):
    return Mode(
        name="m", family="static", captures=captures, summary="", compiles=compiles
    )


def make_cell(*, framework="tf", mode="xla", captures=Captures.TRAINING_STEP):
    return Cell(
        workload="w",
        framework=framework,
        mode=mode,
        device="cpu",
        dtype="float32",
        family="static",
        captures=captures,
        declared=captures,
    )


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        ({}, CaptureVerdict.AS_DECLARED),
        ({"kernels": None, "graph_breaks": None}, CaptureVerdict.AS_DECLARED),
        ({"captures": Captures.NONE, "kernels": 0}, CaptureVerdict.NOTHING),
        ({"kernels": 0}, CaptureVerdict.NO_COMPILER),
        ({"captures": Captures.FORWARD, "kernels": 0}, CaptureVerdict.NO_COMPILER),
        ({"captures": Captures.FORWARD_BACKWARD}, CaptureVerdict.LESS),
        ({"graph_breaks": 1}, CaptureVerdict.LESS),
        ({"graph_breaks": 1, "fell_back": True}, CaptureVerdict.FELL_BACK),
    ],
)
def test_a_compiled_training_step_is_judged_by_what_was_measured(measured, verdict):
    mode = declaring(Captures.TRAINING_STEP, compiles=True)
    assert judge_capture(mode, described(**measured)) == verdict


def test_a_mode_that_does_not_compile_needs_no_kernels():
    mode = declaring(Captures.TRAINING_STEP)
    assert judge_capture(mode, described(kernels=0)) == CaptureVerdict.AS_DECLARED


def test_an_eager_mode_that_captures_a_graph_does_not_do_what_it_declares():
    mode = declaring(Captures.NONE)
    nothing = described(captures=Captures.NONE, kernels=None, graph_breaks=None)
    assert judge_capture(mode, nothing) == CaptureVerdict.AS_DECLARED
    found = described(captures=Captures.FORWARD)
    assert judge_capture(mode, found) == CaptureVerdict.MORE


def test_a_graph_of_a_step_without_a_backward_pass_has_the_forward_pass_alone():
    """Such as that of ``check --inference`` in TorchScript."""
    whole = described(captures=Captures.FORWARD_BACKWARD)
    for forward_only, verdict in ((True, "AS_DECLARED"), (False, "MORE")):
        cell = make_cell(framework="torch", mode="script", captures=Captures.FORWARD)
        store_capture(cell, whole, forward_only=forward_only)
        assert cell.capture_verdict == CaptureVerdict[verdict]


@pytest.mark.parametrize(
    ("framework", "mode", "replicas", "verdict"),
    [
        ("torch", "compile", 1, CaptureVerdict.LESS),
        ("torch", "compile", 2, CaptureVerdict.AS_DECLARED),
        ("tf", "function", 2, CaptureVerdict.LESS),
    ],
)
def test_breaks_of_what_combines_replicas_are_none_of_the_mode(
    framework, mode, replicas, verdict
):
    captures = find_variant(f"{framework}/{mode}")[1].captures
    cell = make_cell(framework=framework, mode=mode, captures=captures)
    broken = described(captures=captures, graph_breaks=3)
    store_capture(cell, broken, replicas=replicas)
    assert cell.capture_verdict == verdict


def test_a_mode_that_falls_back_later_is_never_shown_as_compiled():
    cell = make_cell()
    store_capture(cell, described(graph_breaks=1))
    store_capture(cell, described(graph_breaks=1, fell_back=True))
    assert cell.capture_verdict == CaptureVerdict.FELL_BACK
    assert cell.captures == Captures.NOT_CAPTURED


def test_a_later_session_does_not_hide_a_problem_of_an_earlier_one():
    cell = make_cell()
    store_capture(cell, described())
    assert cell.capture_verdict == CaptureVerdict.AS_DECLARED
    store_capture(cell, described(captures=Captures.NONE, kernels=0))
    store_capture(cell, described())
    assert cell.capture_verdict == CaptureVerdict.NOTHING
    assert (cell.captures, cell.kernels) == (Captures.NOT_CAPTURED, 0)


def test_a_cell_has_the_control_flow_of_all_of_its_sessions():
    cell = Cell(
        workload="w",
        framework="tf",
        mode="function",
        device="cpu",
        dtype="float32",
        family="static",
        captures=Captures.TRAINING_STEP,
    )
    store_capture(cell, described(control_flow=[Idiom.LOOP]))
    store_capture(cell, described(control_flow=[Idiom.UNROLLED]))
    assert cell.control_flow == [Idiom.UNROLLED, Idiom.LOOP]


PART = (  # `make long` runs all
    "an exception of the trace is swallowed",
)
CHOSEN = {
    framework: {
        name: defect for name, defect in defects.items() if RUNS_LONG or name in PART
    }
    for framework, defects in UNDECLARED.items()
}
CASES = [
    pytest.param(
        framework, name, marks=getattr(pytest.mark, framework), id=f"{framework} {name}"
    )
    for framework, defects in CHOSEN.items()
    for name in defects
]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Return the verdict on every planted defect, by framework and name."""
    folder = tmp_path_factory.mktemp("undeclared")
    pool = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=folder / "logs"
    )
    found = {}
    for framework, defects in CHOSEN.items():
        if find_spec(frameworks()[framework].module) is None:
            continue
        groups = {}
        for name, defect in defects.items():
            groups.setdefault(name if defect.own_process else "", []).append(name)
        for number, names in enumerate(groups.values()):
            command = (sys.executable, WORKER, framework, "")
            with replace(pool, command=command).start(
                framework,
                cores=pool.measured_cores,
                cache=folder,
                log=f"{framework}-{number}",
            ) as worker:
                worker.hello()
                for name in names:
                    mode = defects[name].mode
                    seen = describe_planted(worker, name, mode=mode)
                    _, declared = find_variant(f"{framework}/{mode}")
                    found[framework, name] = judge_capture(declared, seen)
    return found


def describe_planted(worker, defect, *, mode):
    """Return what a session with a defect captured."""
    worker.request(
        messages.Prepare(
            workload="two_layer",
            config={**SIZE, "defect": defect},
            mode=mode,
            device="cpu",
            dtype="float32",
        ),
        messages.Prepared,
    )
    worker.request(messages.WarmUp(steps=STEPS, seconds=0.0), messages.Warm)
    return worker.request(messages.Describe(), messages.Description)


@pytest.mark.parametrize(("framework", "name"), CASES)
def test_a_planted_mode_that_breaks_its_declaration_is_found(verdicts, framework, name):
    assert verdicts[framework, name] == UNDECLARED[framework][name].verdict


@long_test
@pytest.mark.torch
def test_a_mode_that_captures_nothing_ends_a_check_with_exit_code_1(
    small_suite, tmp_path
):
    options = RunOptions(
        workloads=("two_layer",),
        variants=("torch/script",),
        suite_name=str(small_suite),
    )
    command = (sys.executable, WORKER, "torch", "script runs the plain module")
    found = run(options, tmp_path / "run", command=command, timed=False)
    assert set(found.agreement.query("check == 'step'")["verdict"]) == {"agrees"}
    cell = found.cells.iloc[0]
    assert cell["capture_verdict"] == "captured nothing"
    assert (cell["declared"], cell["captures"]) == ("forward", "not captured")
    assert exit_code_of(found) == 1
    text = (tmp_path / "run" / "report.md").read_text().replace("\\_", "_")
    assert "torch/script on two_layer: no graph was captured" in text
    assert text.index("no graph was captured") < text.index("Do they agree?")
