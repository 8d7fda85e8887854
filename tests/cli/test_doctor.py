"""What the doctor reports as disturbing, and what it recommends."""

from __future__ import annotations

import sys

import msgspec
import pytest

from compare import machine
from compare.cli import doctor
from compare.interpreters.environments import MARKER, Made
from compare.pipeline.installations import ENVIRONMENTS
from tests.support.other_interpreter import make_interpreter

QUIET = {
    "frequency governor": "performance",
    "turbo frequencies": "off",
    "threads of a core": "one each",
    "processor quota": "none",
    "processors isolated": "1",
}


@pytest.fixture
def checks_on(monkeypatch):
    """Return the doctor's checks, by subject, on a machine with some facts replaced."""

    def run(**facts: str) -> dict[str, doctor.HealthCheck]:
        reported = machine.machine() | QUIET | facts
        monkeypatch.setattr(machine, "machine", lambda: reported)
        monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
        return {check.subject: check for check in doctor.run_health_checks()}

    return run


def test_a_quiet_machine_has_no_problem(checks_on):
    checks = checks_on()
    assert all(checks[name].is_ok for name in (*QUIET, "load"))


@pytest.mark.parametrize(
    ("fact", "state", "advice"),
    [
        ("frequency governor", "powersave", "set it to performance"),
        ("turbo frequencies", "on", "turn them off"),
        ("threads of a core", "0-1", "idle"),
        ("processor quota", "1.5 processors", "remove the container's limit"),
        ("processors isolated", "none", "keep other work off"),
    ],
)
def test_a_setting_that_disturbs_timings_is_shown_with_its_fix(
    checks_on, fact, state, advice
):
    check = checks_on(**{fact: state})[fact]
    assert check.state == state
    assert advice in check.fix


def test_a_fact_that_the_machine_does_not_expose_is_no_problem(checks_on):
    unknown = machine.UNKNOWN
    check = checks_on(**{"frequency governor": unknown})["frequency governor"]
    assert check.is_ok


def test_a_missing_compiler_is_reported_with_its_problem_and_its_fix(
    checks_on, monkeypatch
):
    monkeypatch.setenv("CXX", "no-such-compiler")
    check = checks_on()["C++ compiler"]
    assert check.state == "no C++ compiler (no-such-compiler) on the PATH"
    assert check.fix.startswith("install one")


def test_an_environment_that_was_made_is_listed_with_what_it_has(
    checks_on, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    python = make_interpreter(tmp_path / ENVIRONMENTS / "planted", "")
    made = Made(requirements=["planted==1.0"], base=sys.executable, is_overlay=True)
    (python.parents[1] / MARKER).write_bytes(msgspec.json.encode(made))
    check = checks_on()["interpreter"]
    assert check.is_ok
    assert "with planted==1.0, above the packages of this interpreter" in check.state
    python.unlink()
    assert "it is made again when it is needed" in checks_on()["interpreter"].fix
