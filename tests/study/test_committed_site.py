"""The site in the repository is what the code makes of the results beside it."""

from __future__ import annotations

from pathlib import Path

from compare.study import results
from compare.study.ladder import names
from compare.study.site import RESULTS, build

SITE = Path(__file__).parents[2] / "reports" / "site"


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != RESULTS
    }


def test_the_committed_pages_are_those_that_the_code_writes(tmp_path):
    build(results.read(SITE / RESULTS), folder=tmp_path)
    committed, made = files(SITE), files(tmp_path)
    assert committed.keys() == made.keys()
    differing = [name for name in made if committed[name] != made[name]]
    assert not differing, "write them anew: make site"


def test_the_committed_results_are_of_every_lesson_and_framework():
    record = results.read(SITE / RESULTS).record
    assert list(dict.fromkeys(each.lesson for each in record.produced)) == names()
    assert not [each for each in record.produced if each.reason or each.changed_reason]
