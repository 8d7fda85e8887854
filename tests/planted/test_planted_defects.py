"""A defect planted in either framework is caught; the same code without it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from compare import agreement, messages, workloads
from compare.expectation import expectations
from compare.frameworks import frameworks
from compare.launcher import COMMAND, Launcher, available_cores

sys.path.insert(0, str(Path(__file__).parent))
from defects import DEFECTS

SIZES = {
    "two_layer": {
        "batch": 16,
        "inputs": 40,
        "hidden": 20,
        "outputs": 5,
        "learning_rate": 1e-4,
    },
    "cnn": {"data": "synthetic", "image_size": 16, "batch": 32},
}
DTYPES = ("float64", "float32")
STEPS = 9

PLANTED = [
    pytest.param(
        framework, name, marks=getattr(pytest.mark, framework), id=f"{framework}-{name}"
    )
    for framework, defects in DEFECTS.items()
    for name in defects
]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The staged workloads' configurations and what each should compute."""
    folder = tmp_path_factory.mktemp("expected")
    configs, wanted = {}, {}
    for name, sizes in SIZES.items():
        staged = workloads.build(name, sizes).staged(folder)
        configs[name] = {key: getattr(staged, key) for key in workloads.keys(name)}
        for dtype in DTYPES:
            wanted[name, dtype] = expectations(
                staged, dtype=dtype, steps=STEPS, folder=folder / f"{name}-{dtype}"
            )
    return configs, wanted


@pytest.fixture
def check(expected, tmp_path):
    """Findings of a framework's eager mode, run by any worker, by dtype."""
    configs, wanted = expected

    def findings(framework: str, workload: str, *, command):
        launcher = Launcher(
            frameworks=frameworks(),
            threads=1,
            device="cpu",
            logs=tmp_path / "logs",
            command=command,
        )
        found = {}
        with launcher.start(
            framework, cores=available_cores(), cache=tmp_path / "cache", log="log"
        ) as worker:
            worker.hello()
            for dtype in DTYPES:
                worker.ask(
                    messages.Prepare(
                        workload=workload,
                        config=configs[workload],
                        mode="eager",
                        device="cpu",
                        dtype=dtype,
                    ),
                    messages.Prepared,
                )
                found[dtype] = agreement.check(
                    worker,
                    expected=wanted[workload, dtype],
                    dtype=dtype,
                    folder=tmp_path / dtype,
                )
        return found

    return findings


@pytest.mark.parametrize(("framework", "name"), PLANTED)
def test_a_planted_defect_is_caught_in_either_dtype(check, framework, name):
    defect = DEFECTS[framework][name]
    worker = str(Path(__file__).with_name("worker.py"))
    found = check(
        framework, defect.workload, command=(sys.executable, worker, framework, name)
    )
    for dtype, findings in found.items():
        forced = [f for f in findings if f.check == "step"]
        assert not agreement.agrees(forced), f"{name} passed the step check in {dtype}"


@pytest.mark.parametrize("workload", SIZES)
@pytest.mark.parametrize(
    "framework",
    [pytest.param(f, marks=getattr(pytest.mark, f)) for f in DEFECTS],
)
def test_the_same_code_without_a_defect_agrees(check, framework, workload):
    found = check(framework, workload, command=COMMAND)
    for dtype, findings in found.items():
        assert agreement.agrees(findings), (
            dtype + ": " + agreement.first_difference(findings)
        )


def test_both_frameworks_have_the_same_defects():
    torch, tf = DEFECTS.values()
    assert list(torch) == list(tf)
