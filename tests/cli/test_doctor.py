"""What the doctor finds disturbing, and what it advises."""

from __future__ import annotations

import pytest

from compare import machine
from compare.cli import doctor

QUIET = {
    "frequency governor": "performance",
    "turbo frequencies": "off",
    "threads of a core": "one each",
    "processor quota": "none",
    "processors isolated": "1",
}


@pytest.fixture
def found(monkeypatch):
    """The doctor's findings on a machine that says this of itself, by subject."""

    def on(**facts: str) -> dict[str, doctor.HealthCheck]:
        told = machine.machine() | QUIET | facts
        monkeypatch.setattr(machine, "machine", lambda: told)
        monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
        return {finding.subject: finding for finding in doctor.run_health_checks()}

    return on


def test_a_quiet_machine_gives_nothing_to_look_at(found):
    findings = found()
    assert all(findings[name].fine for name in (*QUIET, "load"))


@pytest.mark.parametrize(
    ("fact", "told", "advice"),
    [
        ("frequency governor", "powersave", "set it to performance"),
        ("turbo frequencies", "on", "turn them off"),
        ("threads of a core", "0-1", "idle"),
        ("processor quota", "1.5 processors", "lift the container's limit"),
        ("processors isolated", "none", "keep other work off"),
    ],
)
def test_what_moves_timings_is_shown_with_what_to_do(found, fact, told, advice):
    finding = found(**{fact: told})[fact]
    assert finding.found == told
    assert advice in finding.remedy


def test_what_a_machine_does_not_tell_is_no_alarm(found):
    unknown = machine.UNKNOWN
    finding = found(**{"frequency governor": unknown})["frequency governor"]
    assert finding.fine
