"""Every lesson: two programs of the same steps, explained, and in agreement."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from compare.frameworks import frameworks
from compare.study import program
from compare.study.agreement import agreement
from compare.study.ladder import names
from compare.study.lesson import find
from compare.study.prose import filled
from tests.support.programs import each
from tests.support.rules import numbers_from_nowhere

SHORTEST, LONGEST, WIDEST = 20, 100, 79
LEAST_LESSONS = 25

each_lesson = pytest.mark.parametrize("name", names())
each_program = pytest.mark.parametrize(
    ("name", "framework"), [(n, f) for n in names() for f in frameworks()]
)
each_run = each(names())


def prose_of(entry):
    exercise = entry.lesson.exercise
    captions = [picture.caption for picture in entry.lesson.pictures]
    steps = entry.lesson.steps.values()
    return [*steps, exercise.task, exercise.answer, *captions, entry.introduction]


def public_names(source):
    """Functions, classes and constants of a program, in order."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [ast.unparse(target) for target in node.targets]
    return found


def markers_inside(source):
    """Whether every marker stands in ``main`` or outside all functions and classes."""
    tree = ast.parse(source)
    closed = [
        range(node.lineno, node.end_lineno + 1)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name != "main"
    ]
    main = next(n for n in tree.body if getattr(n, "name", "") == "main")
    closed += [
        range(node.lineno, node.end_lineno + 1)
        for node in ast.walk(main)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node is not main
    ]
    lines = [
        source.count("\n", 0, found.start()) + 1
        for found in program.MARKER.finditer(source)
    ]
    return not any(line in part for line in lines for part in closed)


def test_there_are_enough_lessons():
    assert len(names()) >= LEAST_LESSONS
    assert len(set(names())) == len(names())


def test_the_readme_counts_them():
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"\n{len(names())} problems, " in readme


def test_every_program_stands_on_the_ladder():
    for framework in frameworks():
        folder = program.path_of("any", framework=framework).parent
        there = {path.stem for path in folder.glob("[!_]*.py")}
        assert there == set(names()), framework


@each_lesson
def test_both_programs_have_the_same_steps_in_the_same_order(name):
    sources = [program.source_of(name, framework=f) for f in frameworks()]
    steps = [list(program.steps_of(source)) for source in sources]
    assert steps[0] == steps[1]
    assert [step for step in steps[0] if step] == list(find(name).lesson.steps)
    for source in sources:
        markers = [match[1] for match in program.MARKER.findall(source)]
        assert len(markers) == len(set(markers))


@each_lesson
def test_both_programs_have_the_same_names_in_the_same_order(name):
    found = [
        public_names(program.source_of(name, framework=framework))
        for framework in frameworks()
    ]
    assert found[0] == found[1]


@each_lesson
def test_both_programs_have_the_same_title(name):
    titles = {
        ast.get_docstring(ast.parse(program.source_of(name, framework=f)))
        for f in frameworks()
    }
    assert len(titles) == 1


@each_program
def test_a_program_can_be_taken_in_at_a_glance(name, framework):
    source = program.source_of(name, framework=framework)
    lines = source.splitlines()
    assert SHORTEST <= len(lines) <= LONGEST
    assert max(map(len, lines)) <= WIDEST
    assert source.count(program.FOOTER) == 1
    assert markers_inside(source)
    assert "compare" not in {
        word for line in lines if "import" in line for word in line.split()
    }


@each_lesson
def test_a_lesson_is_explained(name):
    entry = find(name)
    assert 10 < len(entry.title) < 90
    assert len(entry.introduction) > 100
    assert "{{" not in entry.introduction  # it is read before anything is run
    assert all(len(text) > 60 for text in entry.lesson.steps.values())
    assert set(entry.lesson.apis) == set(frameworks())
    assert all(entry.lesson.apis.values())
    assert {p.step for p in entry.lesson.pictures} <= set(entry.lesson.steps)


@each_lesson
def test_prose_states_no_number_of_its_own(name):
    entry = find(name)
    programs = "".join(
        [
            *(program.source_of(name, framework=f) for f in frameworks()),
            *entry.lesson.exercise.change.values(),
        ]
    )
    for prose in prose_of(entry):
        assert not numbers_from_nowhere(prose, programs=programs), prose


@each_run
def test_a_program_runs_and_repeats_itself(name, framework, studied):
    produced = studied.of(name)[framework]
    assert not produced.reason
    assert produced.repeats or find(name).lesson.own
    steps = program.steps_of(program.source_of(name, framework=framework))
    assert [time.step for time in produced.times if time.step] == [
        step for step, code in steps.items() if step and not program.only_defines(code)
    ]


@each_run
def test_no_array_has_a_name_that_prose_needs_for_itself(name, framework, studied):
    reserved = {"before", "after", *frameworks()}
    assert not reserved & set(studied.arrays(name, framework))


@pytest.mark.torch
@pytest.mark.tf
@each_lesson
def test_the_programs_agree(name, studied):
    compared = agreement(find(name), studied)
    assert compared
    assert not [each for each in compared if each.reason]


@pytest.mark.torch
@pytest.mark.tf
@each_lesson
def test_every_gap_in_the_prose_is_filled(name, studied):
    entry = find(name)
    for prose in prose_of(entry):
        text = filled(prose, entry, studied)
        assert "{{" not in text
        assert "(not run)" not in text


@each_run
def test_the_answer_of_the_exercise_is_true(name, framework, studied):
    assert not studied.of(name)[framework].changed_reason
    before = studied.arrays(name, framework)
    after = studied.changed_arrays(name, framework)
    assert find(name).lesson.exercise.holds(before, after)
