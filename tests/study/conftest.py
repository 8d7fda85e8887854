"""Session fixtures: the lessons run once in both frameworks, and their site."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from compare.study.ladder import lesson_names
from compare.study.results import RECORD_FILE, LessonResults, read_results
from compare.study.run import run_lessons
from compare.study.site import build_site
from tests.support.long import long_test, part_of

# Those that tests name, and one in twelve. CI runs all of them with `make site`.
RUN = {"autograd", "scripting", "whole_step", *part_of(lesson_names(), every=12)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests with the results of most lessons to ``make long``."""
    for item in items:
        name = _lesson_of(item)
        if "studied" in getattr(item, "fixturenames", ()) and name not in RUN:
            item.add_marker(long_test)


def _lesson_of(item: pytest.Item) -> str:
    """Return the lesson that is the parameter ``name`` of a test, or one in `RUN`."""
    callspec = getattr(item, "callspec", None)
    name = callspec.params.get("name") if callspec else None
    return name if name in lesson_names() else "autograd"


@pytest.fixture(scope="session")
def studied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> LessonResults:
    """Results of the lessons that the selected tests have as a parameter ``name``.

    All lessons take minutes, so a session runs only those that it needs, and its
    processes share the results.
    """
    wanted = RUN & {_lesson_of(item) for item in request.session.items}
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
