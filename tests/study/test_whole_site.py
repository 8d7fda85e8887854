"""The site of all lessons: complete, reproducible, and the same from stored results."""

from __future__ import annotations

import pytest

from compare.study.ladder import lesson_names
from compare.study.program import frameworks_of
from compare.study.site import RESULTS, build_site

pytestmark = [pytest.mark.torch, pytest.mark.tf, pytest.mark.jax]

OTHERS = ("index", "notes", "quirks", "cheat")
# As a parameter, so that the fixture `studied` runs every lesson.
each_lesson = pytest.mark.parametrize("name", lesson_names())


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != RESULTS
    }


@each_lesson
def test_every_lesson_has_results_in_every_framework(name, studied):
    programs = studied.programs_of(name)
    assert list(programs) == list(frameworks_of(name))
    for program in programs.values():
        assert not program.reason
        assert not program.changed_reason
        assert not program.mistaken_reason


@each_lesson
def test_every_lesson_has_a_page(name, site):
    assert (site / f"{name}.html").is_file()


def test_results_are_in_reading_order(studied):
    lessons = [each.lesson for each in studied.record.programs]
    assert list(dict.fromkeys(lessons)) == [n for n in lesson_names() if n in lessons]


def test_a_site_has_no_other_pages(studied, site):
    lessons = {each.lesson for each in studied.record.programs}
    assert {page.stem for page in site.glob("*.html")} == {*OTHERS, *lessons}


def test_a_second_build_gives_the_same_bytes(studied, site, tmp_path):
    build_site(studied, folder=tmp_path)
    first, second = files(site), files(tmp_path)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_stored_results_give_the_same_pages(cli, studied, site, tmp_path):
    done = cli("study", "--html", tmp_path, "--results", studied.folder)
    assert done.code == 0, done.err
    run, stored = files(site), files(tmp_path)
    assert run.keys() == stored.keys()
    assert [name for name in run if run[name] != stored[name]] == []
