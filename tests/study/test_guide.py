"""Guides of lessons: complete, in reading order, and quoted from the programs."""

from __future__ import annotations

import pytest

from compare import quirks
from compare.debugging.catalogue import list_mistakes
from compare.study.differences import find_differences
from compare.study.guide import EXERCISE, FOLDER, load_guide
from compare.study.ladder import PATHS, lesson_names
from compare.study.lesson import load_lesson
from compare.study.program import frameworks_of, read_program
from compare.study.prose import fill_values
from compare.study.results import Version
from tests.support.programs import parametrize_programs
from tests.support.rules import find_unsourced_numbers

each_lesson = pytest.mark.parametrize("name", lesson_names())
each_run = parametrize_programs(lesson_names())


def test_every_lesson_has_a_guide_and_every_guide_a_lesson():
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*lesson_names()}


@each_lesson
def test_a_lesson_builds_on_earlier_ones(name):
    order = lesson_names()
    for other in load_guide(name).builds_on:
        assert order.index(other) < order.index(name), other


@each_lesson
def test_a_guide_has_goals_a_question_and_a_recap(name):
    guide = load_guide(name)
    assert 2 <= len(guide.goals) <= 4
    assert guide.questions
    assert len(guide.recap) > 80
    steps = load_lesson(name).lesson.steps
    assert {question.step for question in guide.questions} <= {*steps}
    assert guide.write in steps
    assert {*guide.quirks} <= {*quirks.quirk_names()}
    assert {*guide.mistakes} <= {mistake.name for mistake in list_mistakes()}


@each_lesson
def test_the_cheat_sheet_quotes_the_programs(name):
    for each in load_guide(name).equivalents:
        for framework, code in each.code.items():
            assert code in read_program(name, framework=framework), each.task


@each_lesson
def test_the_cheat_sheet_has_a_line_of_every_program(name):
    rows = load_guide(name).equivalents
    assert all({"torch", "tf"} <= {*each.code} for each in rows)
    assert {f for each in rows for f in each.code} == {*frameworks_of(name)}


@each_lesson
def test_what_only_one_program_shows_belongs_to_a_step_of_it(name):
    guide = load_guide(name)
    for framework, texts in guide.only_in.items():
        assert framework in frameworks_of(name)
        assert {*texts} <= {*load_lesson(name).lesson.steps, EXERCISE}
    assert not {*guide.absent} & {*frameworks_of(name)}


@each_lesson
def test_every_number_of_a_guide_has_a_source(name):
    guide = load_guide(name)
    programs = "".join(read_program(name, framework=f) for f in frameworks_of(name))
    texts = [guide.recap, guide.repair.symptom, guide.repair.hint, *guide.goals]
    texts += [text for each in guide.questions for text in (each.text, each.answer)]
    texts += [t for each in guide.only_in.values() for t in each.values()]
    texts += guide.absent.values()
    for text in texts:
        assert not find_unsourced_numbers(text, programs=programs), text


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
@each_lesson
def test_every_value_of_a_guide_is_filled_in(name, studied):
    guide, entry = load_guide(name), load_lesson(name)
    answers = [each.answer for each in guide.questions]
    only_in = [t for each in guide.only_in.values() for t in each.values()]
    for text in (*answers, *only_in):
        assert "{{" not in fill_values(text, entry, studied)
    assert "{{" not in fill_values(guide.repair.symptom, entry, studied)


@each_run
def test_the_planted_mistake_changes_the_arrays(name, framework, studied):
    before = studied.arrays(name, framework)
    after = studied.arrays(name, framework, Version.MISTAKEN)
    own = load_lesson(name).lesson.own
    wrong = [
        each.name
        for each in find_differences(before, after)
        if each.text and each.name not in own
    ]
    assert wrong


def test_a_reading_path_is_in_the_order_of_the_lessons():
    order = lesson_names()
    for title, (_, names) in PATHS.items():
        places = [order.index(name) for name in names]
        assert places == sorted(places), title
