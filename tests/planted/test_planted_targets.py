"""A defect in a mode of a user's model is found, and its first layer is named."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.planted.targets.reading import find_detection, list_alarms, name_first
from tests.planted.targets.running import (
    describe_defect,
    find_defects,
    read_results,
    start_checking,
)
from tests.support.long import RUNS_LONG

SAMPLE = {  # `make long` checks all
    "torch": ("float32 constant",),
    "tf": ("running statistics not updated",),
}
# A later step of a trajectory differs first; layers are compared at single steps only.
UNNAMED = ("branch on a tensor frozen", "random number frozen")
MODULES = {"torch": "torch", "tf": "tensorflow"}
CASES = [
    pytest.param(
        defect, marks=getattr(pytest.mark, framework), id=f"{framework} {defect.name}"
    )
    for framework, names in SAMPLE.items()
    for defect in find_defects(framework, () if RUNS_LONG else names)
]


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """Return what the check finds of every chosen defect, by framework and name."""
    folder = tmp_path_factory.mktemp("planted")
    started = {}
    for framework, names in SAMPLE.items():
        if find_spec(MODULES[framework]) is None:
            continue
        chosen = find_defects(framework, () if RUNS_LONG else names)
        results = folder / f"{framework}.jsonl"
        started[framework] = (
            results,
            start_checking(
                framework,
                [describe_defect(defect) for defect in chosen],
                results=results,
                log=folder / f"{framework}.log",
            ),
        )
    for _, process in started.values():
        process.wait()
    return {name: read_results(results) for name, (results, _) in started.items()}


@pytest.mark.parametrize("defect", CASES)
def test_a_defect_in_a_mode_of_a_users_model_is_found_and_located(checked, defect):
    rows = checked[defect.framework][defect.name]
    assert find_detection(defect, rows), rows
    if defect.name not in UNNAMED:
        assert name_first(defect, rows) == defect.first


@pytest.mark.parametrize("defect", CASES)
def test_the_eager_mode_of_a_planted_model_raises_no_alarm(checked, defect):
    eager = checked[defect.framework][defect.name][0]
    assert eager["mode"] == "eager"
    assert list_alarms(eager) == []
