"""Remedies in real modes: what they show, and the ratio of their cost."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from compare.contract import DebuggingRemedy, Naming
from compare.debugging import remedies, run
from compare.debugging.catalogue import list_mistakes
from compare.debugging.words import Case, Detection
from compare.errors import WorkerError
from compare.frameworks import Remedy, frameworks
from compare.workers.messages import RemedyTimed
from tests.support.long import long_test

EVERY = remedies.list_remedies()


def ident(given: tuple[object, DebuggingRemedy]) -> str:
    return f"{given[1].mode}-{given[1].name}"


@pytest.mark.parametrize("given", EVERY, ids=ident)
def test_a_remedy_names_a_mode_of_its_framework_and_a_mistake(given):
    framework, remedy = given
    assert remedies.find_mode(framework, remedy).name == remedy.mode
    assert remedy.mistake in {mistake.name for mistake in list_mistakes()}


def measure(framework: str, mode: str, name: str, folder):
    chosen = [
        (owner, remedy)
        for owner, remedy in EVERY
        if (owner.name, remedy.mode, remedy.name) == (framework, mode, name)
    ]
    (found,) = remedies.measure_remedies(chosen, cache=folder, report=lambda _: None)
    return found


@pytest.mark.tf
def test_an_operation_that_prints_in_a_graph_prints_at_every_step(tmp_path):
    found = measure("tf", "function", "tf_print", tmp_path)
    assert found.without.observed.effects == 1
    assert found.helped.observed.effects == 5
    assert found.steps_per_s > 0
    assert found.ratio.low <= found.ratio.estimate <= found.ratio.high


@pytest.mark.torch
@long_test
def test_the_eager_backend_names_no_generated_code(tmp_path):
    found = measure("torch", "compile", "backend_eager", tmp_path)
    assert found.without.observed.error.startswith("RuntimeError: kernel")
    assert found.helped.observed.error == "IndexError: index out of range in self"


@pytest.mark.tf
@long_test
def test_checking_numbers_detects_a_mistake_that_nothing_else_shows(tmp_path):
    found = measure("tf", "function", "check_numerics", tmp_path)
    assert found.without.detection is Detection.NEVER
    assert found.helped.detection is Detection.FIRST_CALL
    assert found.helped.observed.naming is Naming.MESSAGE


@pytest.mark.tf
def test_what_a_compiler_refuses_has_a_reason_and_no_cost(tmp_path):
    mode = next(m for m in frameworks()["tf"].modes if m.name == "xla")
    remedy = DebuggingRemedy(
        name="tf_print", summary="", mode=mode.name, mistake="print"
    )
    (found,) = remedies.measure_remedies(
        [(frameworks()["tf"], remedy)], cache=tmp_path, report=lambda _: None
    )
    assert "unsupported operations" in found.helped.observed.error
    assert found.ratio.estimate > 0  # a correct model prints nothing


def test_the_first_round_does_not_count():
    timed = RemedyTimed(plain_ns=[900.0, 100.0, 100.0], remedied_ns=[1.0, 200.0, 200.0])
    assert remedies.estimate_plain_ns([timed]) == pytest.approx(100)
    assert remedies.estimate_ratio([timed]).estimate == pytest.approx(2)


def test_a_remedy_of_a_framework_that_is_not_installed_is_not_run(
    monkeypatch, tmp_path
):
    missing = Remedy(problem="torch is not installed", fix="pip install torch")
    monkeypatch.setattr(run, "find_missing_requirement", lambda *_: missing)
    found = measure("torch", "compile", "backend_eager", tmp_path)
    assert found.without.detection is found.helped.detection is Detection.NOT_RUN
    assert found.reason == found.without.reason == str(missing)


class EndingRunner:
    """Has mistakes that end their worker unless a remedy helps."""

    framework = frameworks()["torch"]

    def __init__(self) -> None:
        self.ended: list[str] = []

    def find_missing(self) -> str:
        return ""

    @contextmanager
    def start_worker(self, log):
        if log.startswith("cost"):
            raise WorkerError("not timed")
        yield log

    def run_mistake(self, mistake, worker, *, remedy=""):
        detection = Detection.NEVER if remedy else Detection.ENDED
        if worker in self.ended:
            detection = Detection.ENDED
        self.ended.append(worker)
        return Case(
            mistake=mistake.name, framework="torch", mode="trace", detection=detection
        )


def test_a_mistake_that_ends_its_process_does_not_end_that_of_its_remedy():
    remedy = DebuggingRemedy(name="any", summary="", mode="trace", mistake="print")
    found = remedies.measure_remedy(EndingRunner(), remedy)
    assert found.without.detection is Detection.ENDED
    assert found.helped.detection is Detection.NEVER
