"""Defects planted in each framework are caught, located and explained.

All of them take long. By default one case in 60 runs; ``make long`` runs all.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from compare.frameworks import frameworks, frameworks_with

sys.path.insert(0, str(Path(__file__).parent))
import cases as planted
from defects import DEFECTS
from undeclared import UNDECLARED

from tests.support.long import part_of

ROOT = Path(__file__).parents[2]

LEAST = 60  # defects
FIRST_RIGHT, CAUSE_RIGHT = 0.95, 0.90  # required shares
SHARE = 60  # one in this many cases runs by default
NAMED = 0.80  # required share of all defects, with those without a known cause
SPELLED = frameworks_with("quirks")


def marked(cases):
    """Return the cases as parameters, each with the marker of its framework."""
    return [
        pytest.param(case, marks=getattr(pytest.mark, case.framework), id=case.name)
        for case in cases
    ]


ALL_DEFECTIVE = [
    case
    for framework in SPELLED
    for case in [*planted.from_catalogue(framework), *planted.from_source(framework)]
]
DEFECTIVE = part_of(ALL_DEFECTIVE, every=SHARE)
SOUND = part_of(
    [case for framework in SPELLED for case in planted.without_defects(framework)],
    every=SHARE,
)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, request):
    """Return what the check reports for every case, by case and dtype."""
    installed = {n for n, f in frameworks().items() if find_spec(f.module)}
    parameters = [getattr(item, "callspec", None) for item in request.session.items]
    chosen = [each.params.get("case") for each in parameters if each]
    cases = [
        case
        for case in [*DEFECTIVE, *SOUND]
        if case.framework in installed and case in chosen
    ]
    with threadpool_limits(1):  # as in a run: workers use the processors
        found = planted.check_cases(tmp_path_factory.mktemp("planted"), cases)
    request.config.stash[planted.OUTCOMES] = found
    return {(outcome.case, outcome.dtype): outcome for outcome in found}


@pytest.mark.parametrize("framework", DEFECTS)
def test_every_defect_can_be_planted(framework, tmp_path):
    """Most of them run rarely, and the files that they edit change."""
    planted_defects = {**DEFECTS[framework], **UNDECLARED[framework]}
    for number, (name, defect) in enumerate(planted_defects.items()):
        for file, edits in defect.edits.items():
            path = ROOT / (file if file.startswith("compare/") else f"impl_{framework}")
            path = path if path.is_file() else path / file
            source = path.read_text("utf-8")
            for original, defective in edits:
                assert original in source, f"{name}: {file} has no {original!r}"
                source = source.replace(original, defective)
            edited = tmp_path / f"{number}_{path.name}"
            edited.write_text(source, "utf-8")
    undefined = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--isolated",
            "--select=F821",
            tmp_path,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert undefined.returncode == 0, undefined.stdout + undefined.stderr


@pytest.mark.timeout(1500)  # the first test runs all cases
@pytest.mark.parametrize("case", marked(DEFECTIVE))
def test_a_planted_defect_is_caught(outcomes, case):
    for dtype in planted.DTYPES:
        outcome = outcomes[case, dtype]
        below = f"{outcome.effect_floors:.1f} floors in {dtype}"
        assert outcome.caught or not outcome.must_be_caught, f"passed with {below}"


@pytest.mark.parametrize("case", marked(SOUND))
def test_the_same_code_without_a_defect_agrees(outcomes, case):
    for dtype in planted.DTYPES:
        outcome = outcomes[case, dtype]
        assert not outcome.caught, f"{dtype}: {outcome.sentence}"


def test_there_are_enough_defects():
    names = {(case.workload, case.planted, case.defect) for case in ALL_DEFECTIVE}
    assert len(names) >= LEAST


def test_the_first_tensor_that_differs_is_named(outcomes):
    caught = [o for o in outcomes.values() if o.case.defect and o.caught]
    wrong = [o for o in caught if o.first != o.true_first]
    mistakes = "; ".join(
        f"{o.case.name} {o.dtype}: {o.first} instead of {o.true_first}" for o in wrong
    )
    assert len(wrong) <= (1 - FIRST_RIGHT) * len(caught), mistakes


def test_the_likely_cause_is_named_where_one_is_known(outcomes):
    known = [o for o in outcomes.values() if o.case.cause and o.caught]
    wrong = [o for o in known if o.cause != o.case.cause]
    mistakes = "; ".join(
        f"{o.case.name} {o.dtype}: {o.cause or 'none'} instead of {o.case.cause}"
        for o in wrong
    )
    assert len(wrong) <= (1 - CAUSE_RIGHT) * len(known), mistakes


def test_no_wrong_cause_is_named(outcomes):
    wrong = [o for o in outcomes.values() if o.is_cause_wrong and o.case.defect]
    mistakes = "; ".join(
        f"{o.case.name} {o.dtype}: {o.cause} instead of {o.case.cause or 'none'}"
        for o in wrong
    )
    assert not wrong, mistakes


def test_the_cause_of_most_defects_is_named(outcomes):
    caught = [o for o in outcomes.values() if o.case.defect and o.caught]
    named = sum(o.is_cause_right for o in caught)
    assert named >= NAMED * len(caught), f"{named} of {len(caught)}"


def test_no_cause_is_named_where_none_is_known(outcomes):
    unknown = [o for o in outcomes.values() if o.case.defect and not o.case.cause]
    assert unknown
    assert {o.cause for o in unknown} == {""}


def test_both_frameworks_have_the_same_defects():
    torch, tf = (
        [name for name, defect in defects.items() if defect.mode == "eager"]
        for defects in DEFECTS.values()
    )
    assert torch == tf
