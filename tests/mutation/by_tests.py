"""Judge a mutant by the tests of its module."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import settings

from tests.mutation.forking import Judge
from tests.mutation.mutant import ROOT, Mutant, unchanged

# Modules that the parent imports before it forks. None of them imports what is mutated.
IMPORTED = (
    "autograd",
    "hypothesis.extra.numpy",
    "ml_dtypes",
    "msgspec",
    "numpy.testing",
    "scipy.stats",
    "sklearn.datasets",
)
BELOW_AGREEMENT = (
    "compare.numerics.convolution",
    "compare.numerics.differentiation",
    "compare.numerics.tolerance",
    "compare.runs.rows",
    "compare.workers.pool",
    "compare.workloads.cnn",
    "compare.workloads.quirk",
    "compare.workloads.two_layer",
)
# Too slow for every mutant, or of no use for it; they remain part of `make test`.
TOO_SLOW = ("other_orders_of_summation_agree",)
CPU_LIMIT_S = 240  # of processor time
CONTROL_CPU_LIMIT_S = CPU_LIMIT_S // 2  # unchanged files must pass in half of it
# Modules that the tests of other modules check as well, or alone.
ALSO_TESTED_BY = {
    "evidence": ("causes", "batches"),
    "fitting": ("gradients", "updates", "decay"),
    "network": ("layers", "losses", "causes"),
    "simulation": ("accumulation", "updates", "causes"),
    "expectation": ("training", "judge"),
    "judge": ("moved",),
    "examine": ("expectation", "training"),
}

OPTIONS = (
    *("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is imported
)


def load(mutants: Sequence[Mutant]) -> Judge:
    """Import what every judgement needs; return the judge.

    Every child draws the same examples of a property.
    """
    above = ("compare/agreement/", "compare/reference/")
    is_above = all(mutant.file.startswith(above) for mutant in mutants)
    for name in (*IMPORTED, *(BELOW_AGREEMENT if is_above else ())):
        import_module(name)
    settings.register_profile(
        "mutation", derandomize=True, database=None, deadline=None, max_examples=30
    )
    settings.load_profile("mutation")
    return judge


def controls(_: Judge, mutants: Sequence[Mutant]) -> list[Mutant]:
    """Return every file unchanged."""
    return [unchanged(file) for file in dict.fromkeys(m.file for m in mutants)]


class FirstFailure:
    """A plugin of pytest that keeps the name of the first test that fails."""

    def __init__(self) -> None:
        self.name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the name of a test that failed."""
        if report.failed:
            self.name = self.name or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the name of a file that cannot be imported."""
        if report.failed:
            self.name = self.name or report.nodeid


def judge(mutant: Mutant) -> str:
    """Return the first test that fails with this mutant; empty if none does."""
    os.chdir(ROOT)
    found = FirstFailure()
    slow = " and ".join(f"not {name}" for name in TOO_SLOW)
    code = pytest.main(
        [*OPTIONS, "-k", slow, *tests_of(mutant.file)],
        plugins=[found],
    )
    if code == pytest.ExitCode.OK:
        return ""
    return found.name or f"pytest ended with {code!r}"


def tests_of(file: str) -> list[str]:
    """Return the files of tests that judge a module; its own come first."""
    module = Path(file).relative_to("compare")
    folder = Path("tests") / module.parent
    name = module.parent.name if module.stem == "__init__" else module.stem
    names = (name, *ALSO_TESTED_BY.get(name, ()))
    files = [str(folder / f"test_{each}.py") for each in names]
    found = [file for file in files if (ROOT / file).exists()]
    if not found:
        raise SystemExit(f"expected tests of {file} in {files[0]}")
    return found
