"""A bisection from its command line to its result, over planted releases."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from compare.bisect.criteria import Until, judge_speed
from compare.bisect.record import (
    Asked,
    Bisection,
    MeasuredVersion,
    read_bisection,
    save_bisection,
)
from compare.bisect.run import (
    choose_variant,
    measure_versions,
    name_variant,
    plan_request,
)
from compare.bisect.search import VersionOutcome
from compare.bisect.tables import conclude
from compare.errors import RunError
from compare.stats.estimates import ratio_interval
from tests.support.long import RUNS_LONG
from tests.support.planted_releases import PACKAGE, release
from tests.support.requested import requested

MODEL = f"""
import {PACKAGE}
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(6, 4)

    def forward(self, x):
        return {PACKAGE}.change(torch.tanh(self.layer(x)))
"""
CORRECT = "def change(x):\n    return x\n"
VERSIONS = ["1.0", "1.1", "1.2"]
WRONG = "def change(x):\n    return x * 1.001\n"


def asked(**changed):
    return Asked(
        **{
            "package": "tensorflow-cpu",
            "versions": ["2.19.0", "2.20.0", "2.21.0"],
            "until": Until.SLOWER,
            "subject": "two_layer",
            "variant": "tf/function",
            "budget": "2min",
            **changed,
        }
    )


@pytest.mark.torch
def test_the_release_that_changed_the_results_is_found_and_can_be_resumed(
    tmp_path, monkeypatch, invoke
):
    sources = {"1.0": CORRECT, "1.1": WRONG, "1.2": WRONG}
    released = VERSIONS[: len(VERSIONS) if RUNS_LONG else 2]
    release(tmp_path / "released", {each: sources[each] for each in released})
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "released"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (tmp_path / "net.py").write_text(MODEL)
    out = tmp_path / "out"
    done = invoke(
        *("bisect", PACKAGE, f"1.0..{released[-1]}", f"{tmp_path}/net.py:Net"),
        *("--until", "disagrees", "-v", "torch/script", "-i", "float32:4x6"),
        *("--out", out),
    )
    assert done.code == 0, done.err
    assert "changed by planted 1.1. 1.0 is as the oldest." in done.out
    found = read_bisection(out)
    assert [m.version for m in found.measured] == [*reversed(released[1:])]
    assert all((out / m.run / "index.html").is_file() for m in found.measured)
    again = invoke("bisect", "--resume", out)
    assert again.code == 0
    assert "changed by planted 1.1" in again.out
    assert "measuring" not in again.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected a package and two of its versions"),
        (("torch", "2.13"), "expected an older and a newer version"),
        (("torch", "2.12..2.13", "--until", "slow"), "did you mean slower"),
        (("torch", "2.12..2.13", "no_layer"), "expected"),
        (("torch", "2.12..2.13", "-v", "torch/compil"), "did you mean torch/compile"),
        (("numpy", "2.0..2.3"), "numpy contains no framework; name the variant"),
        (("torch", "2.12..2.13", "--budget", "soon"), "--budget: expected"),
        (("torch", "2.12..2.13", "--budget", "1s"), "--budget: expected at least"),
    ],
)
def test_wrong_use_of_bisect_is_refused_before_anything_is_installed(
    invoke, arguments, message
):
    done = invoke("bisect", *arguments)
    assert done.code == 2
    assert message in done.err


def test_a_folder_without_a_bisection_cannot_be_resumed(tmp_path):
    with pytest.raises(RunError, match="graph-compare bisect writes such folders"):
        read_bisection(tmp_path)
    (tmp_path / "bisection.json").write_text("{")
    with pytest.raises(RunError, match="damaged or no bisection"):
        read_bisection(tmp_path)


def test_a_default_variant_captures_whole_steps():
    assert choose_variant("tensorflow-cpu", "two_layer", "") == "tf/function"
    assert choose_variant("torch", "two_layer", "") == "torch/compile-step"
    assert choose_variant("jax", "two_layer", "") == "jax/jit"


def test_a_version_is_measured_next_to_the_oldest_one(monkeypatch):
    planned = []

    def build(options, **_):
        planned.append(options)
        return requested(budget_s=120.0)

    monkeypatch.setattr("compare.bisect.run.build_request", build)
    request = plan_request(asked(), "2.20.0", goal=1.1, report=print)
    assert request.budget_s == 120.0
    request = plan_request(
        asked(until=Until.RETRACES), "2.20.0", goal=1.0, report=print
    )
    assert (request.launches, request.budget_s) == (1, None)
    options, _ = planned
    assert options.variants == ("tf@2.19.0/function", "tf@2.20.0/function")
    assert options.requirements == (
        "tf@2.19.0=tensorflow-cpu==2.19.0",
        "tf@2.20.0=tensorflow-cpu==2.20.0",
    )
    assert (options.budget, options.precision) == ("2min", "3.905%")


def test_a_version_of_a_library_has_the_library_in_its_label():
    of_library = asked(package="keras", variant="tf/function")
    assert name_variant(of_library, "3.10.0") == "tf@keras-3.10.0/function"


@pytest.mark.parametrize(
    ("outcomes", "sentence", "is_decided"),
    [
        ({}, "Nothing was measured.", False),
        ({"2.21.0": VersionOutcome.UNCHANGED}, "There is no change to look for.", True),
        (
            {"2.21.0": VersionOutcome.CANNOT_TELL},
            "There is no change to look for.",
            False,
        ),
        (
            {"2.21.0": VersionOutcome.CHANGED, "2.20.0": VersionOutcome.UNCHANGED},
            "changed by tensorflow-cpu 2.21.0. 2.20.0 is as the oldest.",
            True,
        ),
        (
            {"2.21.0": VersionOutcome.CHANGED, "2.20.0": VersionOutcome.NOT_RUN},
            "cannot tell which version changed it, 2.21.0 or one after 2.19.0. "
            "Not decided: 2.20.0 (not run).",
            False,
        ),
    ],
)
def test_the_conclusion_names_what_is_known(tmp_path, outcomes, sentence, is_decided):
    found = Bisection(
        asked=asked(),
        measured=[
            MeasuredVersion(version=version, outcome=outcome, evidence="")
            for version, outcome in outcomes.items()
        ],
    )
    assert sentence in conclude(found)
    assert found.is_decided is is_decided
    save_bisection(tmp_path, found)
    assert read_bisection(tmp_path) == found


def simulate_bisection(monkeypatch, rng, *, effect, noise, launches):
    """Return a bisection over six versions whose step times are drawn."""
    versions = [f"1.{number}" for number in range(6)]
    first_slow = rng.integers(1, 6)

    def measure(until, run, *, before, after, goal):
        number = versions.index(after.partition("@")[2].partition("/")[0])
        true = np.log1p(effect) * (number >= first_slow)
        ratio = ratio_interval(rng.normal(true, noise, size=launches))
        return judge_speed(ratio, goal=goal)

    monkeypatch.setattr("compare.bisect.run.judge_version", measure)
    found = Bisection(
        asked=asked(package="torch", versions=versions, variant="torch/eager")
    )
    return found, versions[first_slow]


@pytest.mark.parametrize(
    ("effect", "noise"), [(0.02, 0.004), (0.05, 0.01), (0.3, 0.05)]
)
def test_a_planted_slowdown_is_found_in_nineteen_of_twenty_simulated_bisections(
    tmp_path, monkeypatch, effect, noise
):
    planned = SimpleNamespace(installations={})
    monkeypatch.setattr("compare.bisect.run.plan_request", lambda *_, **__: planned)
    monkeypatch.setattr(
        "compare.bisect.run.api.run_request", lambda *_, **__: SimpleNamespace()
    )
    rng, right, measured = np.random.default_rng(0), 0, []
    for _ in range(200):
        found, slow = simulate_bisection(
            monkeypatch, rng, effect=effect, noise=noise, launches=8
        )
        measure_versions(tmp_path, found, report=lambda _: None)
        right += found.is_decided and found.search.changed == slow
        measured.append(len(found.measured) - 1)
    assert right >= 190
    assert max(measured) <= 3
