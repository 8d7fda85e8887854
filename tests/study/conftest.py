"""Session fixtures: the lessons run once in both frameworks, and their site."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from compare.study.ladder import lesson_names
from compare.study.results import RECORD_FILE, LessonResults, read_results
from compare.study.run import run_lessons
from compare.study.site import build_site

ALWAYS_RUN = "autograd"  # the lesson of tests that need any one


@pytest.fixture(scope="session")
def studied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> LessonResults:
    """Results of the lessons that the selected tests have as a parameter ``name``.

    All lessons take about half a minute, so a session runs only those that it needs,
    and its processes share the results.
    """
    callspecs = (getattr(item, "callspec", None) for item in request.session.items)
    wanted = {spec.params.get("name") for spec in callspecs if spec is not None}
    wanted.add(ALWAYS_RUN)
    folder = _shared_folder(request, tmp_path_factory) / "studied"
    with FileLock(f"{folder}.lock"):
        if (folder / RECORD_FILE).exists():
            return read_results(folder)
        return run_lessons(
            [name for name in lesson_names() if name in wanted],
            folder=folder,
            report=lambda _: None,
        )


@pytest.fixture(scope="session")
def site(
    studied: LessonResults,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The site of the lessons in `studied`."""
    folder = _shared_folder(request, tmp_path_factory) / "site"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            build_site(studied, folder=folder)
    return folder


def _shared_folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a folder that all processes of this test session share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if hasattr(request.config, "workerinput") else folder
