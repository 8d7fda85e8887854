"""One framework a pytest process, hosted as a worker hosts it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from compare import machine, workloads
from compare.agreement.expectation import expectations
from compare.errors import CompareError
from compare.frameworks import frameworks, why_not
from compare.machine import available_cores
from compare.pipeline.suites import load_suite
from compare.pytest_benchmark.document import Circumstances
from compare.workers import messages
from compare.workers.worker import RequestHandler

if TYPE_CHECKING:
    from compare.agreement.expectation import Expected

SUITE = {each.label: each for each in load_suite("quick").workload}
CIRCUMSTANCES = pytest.StashKey[Circumstances]()
DEVICE, DTYPE = "cpu", "float32"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Staged:
    """A workload with its data read, and what its first step should give."""

    name: str
    config: dict[str, Any]
    expected: Expected | None  # nothing where it leaves the range of the dtype


def pytest_addoption(parser):
    parser.addoption("--framework", help="Whose modes are timed; bench.py gives it.")


def pytest_generate_tests(metafunc):
    """Every workload in every variant; what cannot run here is skipped, and why."""
    if "variant" not in metafunc.fixturenames:  # a test beside the benchmarks
        return
    name = metafunc.config.getoption("--framework")
    if name not in frameworks():
        raise pytest.UsageError(
            f"--framework: expected {' or '.join(frameworks())}; received {name}. This "
            "suite is started by: make bench"
        )
    framework = frameworks()[name]
    reasons = {
        f"{name}/{mode.name}": why_not(framework, mode)
        for mode in framework.modes
        if DEVICE in mode.devices
    }
    metafunc.parametrize("label", SUITE)
    metafunc.parametrize(
        "variant",
        [
            pytest.param(variant, marks=[pytest.mark.skip(reason=why)] * bool(why))
            for variant, why in reasons.items()
        ],
    )


def pytest_benchmark_update_json(config, output_json):
    """Say of what machine, versions and settings the figures are."""
    told = config.stash.get(CIRCUMSTANCES, Circumstances())
    output_json["graph_compare"] = msgspec.to_builtins(told)


@pytest.fixture(scope="session")
def staged(tmp_path_factory):
    """Every workload, made ready before a framework changes how NumPy rounds."""
    return {
        label: _staged(request, folder=tmp_path_factory.mktemp(label))
        for label, request in SUITE.items()
    }


def _staged(request, *, folder):
    workload = workloads.build(request.name, request.config)
    workload = workloads.stage(workload, folder=folder)
    try:
        expected, _ = expectations(workload, dtype=DTYPE, steps=1, folder=folder)
    except CompareError:
        expected = None
    return Staged(
        name=request.name, config=dataclasses.asdict(workload), expected=expected
    )


@pytest.fixture(scope="session")
def host(staged, pytestconfig):
    """This process as a worker of the framework, on one processor."""
    framework = frameworks()[pytestconfig.getoption("--framework")]
    here = machine.machine()
    del here["workers started at a time"]  # there is but this one
    hosting = RequestHandler()
    hello = messages.Hello(
        package=framework.package, threads=1, cores=available_cores()[-1:]
    )
    ready = hosting.handle(hello)
    pytestconfig.stash[CIRCUMSTANCES] = Circumstances(
        environment={**here, **ready.versions},
        settings={framework.name: ready.settings},
    )
    return hosting
