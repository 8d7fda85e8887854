"""A wheel that lacks something, or has too much, is reported."""

from __future__ import annotations

import io
import tarfile
from zipfile import ZipFile

import pytest

from compare import __version__
from tests.checks.distribution import find_problems

INFO = f"graph_compare-{__version__}.dist-info"
SCHEMA = "compare/schemas/run.schema.json"
TRACKED = ["compare/__init__.py", SCHEMA, "compare/py.typed"]
METADATA = f"{INFO}/METADATA"
DESCRIBING = [
    METADATA,
    *(f"{INFO}/{n}" for n in ("RECORD", "WHEEL", "entry_points.txt")),
]
COMPLETE = [*TRACKED, *DESCRIBING, f"{INFO}/licenses/LICENSE"]


def problems_of(folder, *, wheel=COMPLETE, sdist=TRACKED, version=__version__):
    with ZipFile(folder / "own.whl", "w") as archive:
        for name in wheel:
            archive.writestr(
                name, f"Version: {version}\n\n" if name == METADATA else ""
            )
    with tarfile.open(folder / "own.tar.gz", "w:gz") as archive:
        for name in sdist:
            archive.addfile(tarfile.TarInfo(f"graph_compare/{name}"), io.BytesIO())
    return find_problems(
        tracked=set(TRACKED), wheel=folder / "own.whl", sdist=folder / "own.tar.gz"
    )


def test_complete_distributions_have_no_problem(tmp_path):
    assert problems_of(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"wheel": COMPLETE[1:]}, "the wheel lacks compare/__init__.py"),
        ({"wheel": [*COMPLETE, "compare/x.log"]}, "the wheel has compare/x.log"),
        ({"wheel": COMPLETE[:-1]}, "the wheel lacks */LICENSE"),
        ({"sdist": TRACKED[1:]}, "the sdist lacks compare/__init__.py"),
        (
            {"wheel": [n for n in COMPLETE if n != SCHEMA]},
            "the wheel lacks compare/schemas/*.schema.json",
        ),
        ({"version": "9.9"}, "the wheel has version 9.9"),
        (
            {"wheel": [n for n in COMPLETE if "typed" not in n]},
            "compare has no py.typed",
        ),
    ],
)
def test_a_distribution_with_a_problem_is_reported(tmp_path, change, problem):
    assert any(found.startswith(problem) for found in problems_of(tmp_path, **change))
