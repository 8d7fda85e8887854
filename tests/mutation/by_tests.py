"""Judge a mutant by the tests of its module."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.mutation.mutant import ROOT, Mutant

# Folder of tests -> modules that the parent may import before it forks. None of them
# imports what is mutated.
IMPORTED = (
    "autograd",
    "hypothesis.extra.numpy",
    "ml_dtypes",
    "msgspec",
    "numpy.testing",
    "scipy.stats",
    "sklearn.datasets",
)
# Too slow for every mutant, or of no use for it; they remain part of `make test`.
TOO_SLOW = ("other_orders_of_summation_agree",)
CPU_LIMIT_S = 10  # of processor time; unchanged files take a second

OPTIONS = (
    *("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is imported
)


def load() -> None:
    """Import what every judgement needs, and let every child draw the same examples."""
    for name in IMPORTED:
        __import__(name)
    settings.register_profile(
        "mutation", derandomize=True, database=None, deadline=None
    )
    settings.load_profile("mutation")


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
        [*OPTIONS, "-k", slow, tests_of(mutant.file)],
        plugins=[found],
    )
    if code == pytest.ExitCode.OK:
        return ""
    return found.name or f"pytest ended with {code!r}"


def tests_of(file: str) -> str:
    """Return the file of tests that judges a module."""
    _, package, name = file.removesuffix(".py").split("/")
    own = f"tests/{package}/test_{name}.py"
    if not (ROOT / own).exists():
        raise SystemExit(f"expected tests of {file} in {own}")
    return own
