"""Fixtures shared by several folders of tests, and the reasons for skips."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from contextlib import chdir
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy  # noqa: F401, ICN001 - loads the library whose threads are limited
import pytest
from click.testing import CliRunner
from threadpoolctl import threadpool_limits

from compare.cli import main
from tests.support.commands import choose_variants
from tests.support.own_cache import own_cache

ROOT = Path(__file__).parents[1]
MODULES = {"torch": "torch", "tf": "tensorflow", "jax": "jax"}

CHROMIUM_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--window-size=1280,1000",
)

SMALL_VARIANTS = (
    *("torch/eager", "torch/script", "torch/compile"),
    *("tf/eager", "tf/function", "tf/xla"),
)
SMALL_SUITE = """
launches = 2
repeats = 0
rounds = 3
block_ms = 2.0
trajectory_steps = 10
every_mode = false

[[workload]]
name = "two_layer"
batch = 8
inputs = 30
hidden = 12
outputs = 4
learning_rate = 1e-4

[[workload]]
name = "cnn"
data = "synthetic"
image_size = 16
batch = 32
epochs = 2
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests whose framework or device is missing, with the reason."""
    for item in items:
        for marker, module in MODULES.items():
            if item.get_closest_marker(marker) and find_spec(module) is None:
                item.add_marker(pytest.mark.skip(reason=f"{module} not installed"))
        if item.get_closest_marker("gpu") and not Path("/dev/nvidia0").exists():
            item.add_marker(pytest.mark.skip(reason="no CUDA device on this machine"))


@pytest.fixture(scope="module", autouse=True)
def _older_objects_are_not_traversed():
    """Keep what earlier modules left out of garbage collections.

    statsmodels collects garbage at each correction for several comparisons.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _one_thread_per_product():
    """Compute matrix products in one thread: test processes share the processors."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session", autouse=True)
def _vector_instructions_are_not_probed():
    """Let Inductor use the processor's instructions at once.

    With each empty cache, it compiles a program for every set of them: ten seconds.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("TORCHINDUCTOR_VEC_ISA_OK", "1")
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_results_of_earlier_runs():
    """Let no run of a test in this process find results that the user's runs stored."""
    with own_cache() as cache, pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        yield


@dataclass(frozen=True)
class Outcome:
    """Exit code and output of a command line."""

    code: int
    out: str
    err: str


def graph_compare(*arguments: object, cwd: Path = ROOT, **env: str) -> Outcome:
    """Run the program in a process of its own and return its outcome."""
    with own_cache() as cache:
        fixed = {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "XDG_CACHE_HOME": cache}
        done = subprocess.run(
            [sys.executable, "-m", "compare", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=cwd,
            env={**os.environ, **fixed, **env},
            check=False,
            timeout=1200,  # against a hang: a busy machine takes minutes
        )
    return Outcome(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture(scope="session")
def cli():
    """Return the program as a function of its arguments."""
    return graph_compare


@pytest.fixture(scope="session")
def invoke():
    """Return the program as a function of its arguments, in this process.

    It is for commands that end at once: starting a process takes longer than they do.
    """

    def invoke_here(*arguments: object, cwd: Path = ROOT, **env: str) -> Outcome:
        runner = CliRunner(env={"COLUMNS": "100", **env})
        with chdir(cwd):
            done = runner.invoke(
                main.cli, list(map(str, arguments)), prog_name="graph-compare"
            )
        return Outcome(code=done.exit_code, out=done.stdout, err=done.stderr)

    return invoke_here


@pytest.fixture(scope="session")
def small_suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a suite of both workloads at very small sizes."""
    path = tmp_path_factory.mktemp("suite") / "small.toml"
    path.write_text(SMALL_SUITE)
    return path


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory, small_suite: Path) -> Path:
    """Return one real run on this machine, shared by all tests.

    Next to its folder is what ``--json`` wrote.

    The variants are those of both frameworks with and without a graph and a compiler.
    """
    folder = tmp_path_factory.mktemp("runs") / "small"
    chosen = choose_variants(SMALL_VARIANTS)
    options = ["--suite", small_suite, "--out", folder]
    options += ["--json", folder.with_suffix(".json")]
    done = graph_compare("run", "two_layer", *chosen, *options)
    assert done.code == 0, done.out + done.err
    return folder


def found(*names):
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser():
    """Yield a headless Chromium that logs what it loads."""
    chromium = found("chromium", "chromium-browser", "google-chrome")
    driver = found("chromedriver")
    if chromium is None or driver is None:
        missing = "Chromium" if chromium is None else "chromedriver"
        pytest.skip(f"no {missing} on PATH: apt install chromium chromium-driver")
    from selenium import webdriver  # noqa: PLC0415 - only where there is a browser
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in CHROMIUM_ARGUMENTS:
        options.add_argument(argument)
    options.set_capability(
        "goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"}
    )
    service = Service(driver, log_output=os.devnull)
    opened = webdriver.Chrome(options=options, service=service)
    yield opened
    opened.quit()
