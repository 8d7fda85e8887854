"""Fixtures that host one framework per pytest process, as in a worker."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from compare import machine, workloads
from compare.errors import CompareError
from compare.frameworks import find_missing_requirement, frameworks
from compare.machine import available_cores
from compare.pipeline.suites.suite import load_suite
from compare.pytest_benchmark.document import Circumstances
from compare.reference.expectation import expectations
from compare.workers import messages
from compare.workers.worker import RequestHandler

if TYPE_CHECKING:
    from compare.reference.expectation import Expected

SUITE = {each.label: each for each in load_suite("quick").workload}
CIRCUMSTANCES = pytest.StashKey[Circumstances]()
DEVICE, DTYPE = "cpu", "float32"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Staged:
    """A workload with staged data, and the expected result of its first step."""

    name: str
    config: dict[str, Any]
    expected: Expected | None  # None if it exceeds the range of the dtype


def pytest_addoption(parser):
    parser.addoption(
        "--framework", help="The framework whose modes are timed; set by bench.py."
    )


def pytest_generate_tests(metafunc):
    """Parametrize with every workload and variant; skip those that cannot run here."""
    if "variant" not in metafunc.fixturenames:  # an ordinary test in this folder
        return
    name = metafunc.config.getoption("--framework")
    if name not in frameworks():
        raise pytest.UsageError(
            f"--framework: expected {' or '.join(frameworks())}; received {name}. "
            "Start this suite with: make bench"
        )
    framework = frameworks()[name]
    missing_by_variant = {
        f"{name}/{mode.name}": find_missing_requirement(framework, mode)
        for mode in framework.modes
        if DEVICE in mode.devices
    }
    metafunc.parametrize("label", SUITE)
    metafunc.parametrize(
        "variant",
        [
            pytest.param(
                variant,
                marks=[pytest.mark.skip(reason=str(missing))] if missing else [],
            )
            for variant, missing in missing_by_variant.items()
        ],
    )


def pytest_benchmark_update_json(config, output_json):
    """Store the machine, the versions and the settings in the file."""
    circumstances = config.stash.get(CIRCUMSTANCES, Circumstances())
    output_json["graph_compare"] = msgspec.to_builtins(circumstances)


@pytest.fixture(scope="session")
def staged(tmp_path_factory):
    """Return every workload, staged before a framework changes how NumPy rounds."""
    return {
        label: _stage(request, folder=tmp_path_factory.mktemp(label))
        for label, request in SUITE.items()
    }


def _stage(request, *, folder):
    workload = workloads.build(request.name, request.config)
    workload = workloads.stage(workload, folder=folder)
    try:
        expected, *_ = expectations(workload, dtype=DTYPE, steps=1, folder=folder)
    except CompareError:
        expected = None
    return Staged(
        name=request.name, config=dataclasses.asdict(workload), expected=expected
    )


@pytest.fixture(scope="session")
def host(staged, pytestconfig):
    """Return this process as a worker of the framework, on one processor."""
    framework = frameworks()[pytestconfig.getoption("--framework")]
    here = machine.machine()
    del here["workers started at a time"]  # there is only this one
    hosting = RequestHandler()
    hello = messages.Hello(
        package=framework.package,
        framework=framework.name,
        threads=1,
        cores=available_cores()[-1:],
    )
    ready = hosting.handle(hello)
    pytestconfig.stash[CIRCUMSTANCES] = Circumstances(
        environment={**here, **ready.versions},
        settings={framework.name: ready.settings},
    )
    return hosting
