"""Every lesson run once in both frameworks, and the site of them, for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from compare.study import results
from compare.study.ladder import names
from compare.study.results import Results
from compare.study.run import run
from compare.study.site import build

ALWAYS = "autograd"  # what those tests look at that need any lesson


@pytest.fixture(scope="session")
def studied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Results:
    """What the programs of the lessons that are tested now produced here."""
    callspecs = (getattr(item, "callspec", None) for item in request.session.items)
    wanted = {spec.params.get("name") for spec in callspecs if spec is not None}
    wanted.add(ALWAYS)
    folder = _shared(request, tmp_path_factory) / "studied"
    with FileLock(f"{folder}.lock"):
        if (folder / results.FILE).exists():
            return results.read(folder)
        return run(
            [name for name in names() if name in wanted],
            folder=folder,
            report=lambda _: None,
        )


@pytest.fixture(scope="session")
def site(
    studied: Results,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The site of the lessons that are tested now."""
    folder = _shared(request, tmp_path_factory) / "site"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            build(studied, folder=folder)
    return folder


def _shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder that all processes of this test run see."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if hasattr(request.config, "workerinput") else folder
