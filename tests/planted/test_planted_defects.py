"""A defect planted in either framework is caught; the same code without it is not."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from compare import agreement, messages, workloads
from compare.expectation import expectations
from compare.frameworks import frameworks
from compare.launcher import COMMAND, Launcher

sys.path.insert(0, str(Path(__file__).parent))
from defects import DEFECTS

WORKER = str(Path(__file__).with_name("worker.py"))
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

# (framework, defect or none, workload): each is one worker's work.
PLANTED = [
    (framework, name, defect.workload)
    for framework, defects in DEFECTS.items()
    for name, defect in defects.items()
]
SOUND = [(framework, "", workload) for framework in DEFECTS for workload in SIZES]


def marked(cases):
    """The cases as parameters, each skipped where its framework is missing."""
    return [
        pytest.param(case, marks=getattr(pytest.mark, case[0]), id="-".join(case))
        for case in cases
    ]


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What the check finds in every case's eager mode, by dtype; two cases at once."""
    folder = tmp_path_factory.mktemp("planted")
    staged = {
        name: workloads.build(name, sizes).staged(folder)
        for name, sizes in SIZES.items()
    }
    expected = {
        (name, dtype): expectations(
            workload, dtype=dtype, steps=STEPS, folder=folder / f"{name}-{dtype}"
        )
        for name, workload in staged.items()
        for dtype in DTYPES
    }

    def check(case, cores):
        framework, defect, name = case
        case_folder = folder / "-".join(case)
        planted = (sys.executable, WORKER, framework, defect)
        launcher = launcher_of(case_folder, planted if defect else COMMAND)
        with launcher.start(
            framework, cores=cores, cache=case_folder, log="log"
        ) as worker:
            worker.hello()
            return {
                dtype: checked(
                    worker, staged[name], expected[name, dtype], dtype, case_folder
                )
                for dtype in DTYPES
            }

    installed = {n for n, f in frameworks().items() if find_spec(f.module)}
    cases = [case for case in [*PLANTED, *SOUND] if case[0] in installed]
    found = launcher_of(folder, COMMAND).in_parallel(check, cases)
    return dict(zip(cases, found, strict=True))


def launcher_of(folder, command):
    return Launcher(
        frameworks=frameworks(),
        threads=1,
        device="cpu",
        logs=folder,
        command=command,
    )


def checked(worker, workload, expected, dtype, folder):
    name = workload.model
    config = {key: getattr(workload, key) for key in workloads.keys(name)}
    prepare = messages.Prepare(
        workload=name, config=config, mode="eager", device="cpu", dtype=dtype
    )
    worker.ask(prepare, messages.Prepared)
    return agreement.check(worker, expected=expected, dtype=dtype, folder=folder)


@pytest.mark.parametrize("case", marked(PLANTED))
def test_a_planted_defect_is_caught_in_either_dtype(findings, case):
    for dtype, found in findings[case].items():
        forced = [f for f in found if f.check == "step"]
        assert not agreement.agrees(forced), f"{case} passed the step check in {dtype}"


@pytest.mark.parametrize("case", marked(SOUND))
def test_the_same_code_without_a_defect_agrees(findings, case):
    for dtype, found in findings[case].items():
        difference = agreement.first_difference(found)
        assert agreement.agrees(found), f"{dtype}: {difference}"


def test_both_frameworks_have_the_same_defects():
    torch, tf = DEFECTS.values()
    assert list(torch) == list(tf)
