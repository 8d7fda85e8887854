"""Every lesson: programs with the same steps and explanations that agree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from compare.frameworks import frameworks_with
from compare.study import program
from compare.study.comparison import compare_programs
from compare.study.guide import load_guide
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.prose import fill_values
from compare.study.results import Version
from tests.support.programs import parametrize_programs
from tests.support.rules import find_unsourced_numbers

SHORTEST, LONGEST, WIDEST = 20, 110, 79
LONGEST_OF = {
    "whole_learner": 310,  # it assembles the parts of seven lessons
    "tracing": 125,  # each rule of tracing has an example
}
LEAST_LESSONS = 25
OTHER_NAMES = {  # program -> why it defines other names than PyTorch's
    ("functional_api", "tf"): "a network is a function call in Keras",
    ("custom_gradient", "tf"): "an operation is a function in TensorFlow",
    ("loading", "tf"): "only PyTorch has worker processes, which are initialised",
}
EVERY_LESSON = ("torch", "tf")  # their programs are what a lesson explains

each_lesson = pytest.mark.parametrize("name", lesson_names())
each_program = pytest.mark.parametrize(
    ("name", "framework"),
    [(n, f) for n in lesson_names() for f in program.frameworks_of(n)],
)
each_run = parametrize_programs(lesson_names())


def collect_prose(entry):
    exercise = entry.lesson.exercise
    captions = [picture.caption for picture in entry.lesson.pictures]
    steps = entry.lesson.steps.values()
    return [*steps, exercise.task, exercise.answer, *captions, entry.introduction]


def public_names(source):
    """Return the functions, classes and constants of a program, in order."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [ast.unparse(target) for target in node.targets]
    return found


def module_aliases(source):
    """Return the names under which a program imports modules, such as ``tf``."""
    return {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for alias in node.names
    }


def has_valid_markers(source):
    """Return whether all markers are directly in ``main`` or at the top level."""
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
    assert len(lesson_names()) >= LEAST_LESSONS
    assert len(set(lesson_names())) == len(lesson_names())


def test_the_readme_states_the_number_of_lessons():
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"\n{len(lesson_names())} problems, " in readme


def test_every_program_belongs_to_a_listed_lesson():
    for framework in frameworks_with("lessons"):
        folder = program.program_path("any", framework=framework).parent
        present = {path.stem for path in folder.glob("[!_]*.py")}
        assert present <= set(lesson_names()), framework


@each_lesson
def test_a_lesson_has_a_program_in_pytorch_and_in_tensorflow(name):
    assert {*EVERY_LESSON} <= {*program.frameworks_of(name)}


def test_a_framework_without_a_program_of_a_lesson_is_left_out(monkeypatch):
    absent = "tf"
    monkeypatch.setattr(
        program, "read_program", lambda _, *, framework: framework.strip(absent)
    )
    expected = [n for n in frameworks_with("lessons") if n != absent]
    assert list(program.frameworks_of("tensors")) == expected


@each_program
def test_a_program_has_the_steps_of_its_lesson_in_order(name, framework):
    source = program.read_program(name, framework=framework)
    steps = [step for step in program.split_steps(source) if step]
    assert steps == list(load_lesson(name).lesson.steps)
    markers = [match[1] for match in program.MARKER.findall(source)]
    assert len(markers) == len(set(markers))


@each_program
def test_programs_have_the_same_names_in_the_same_order(name, framework):
    own, first = (
        public_names(program.read_program(name, framework=each))
        for each in (framework, EVERY_LESSON[0])
    )
    assert (own == first) == ((name, framework) not in OTHER_NAMES)


@each_lesson
def test_all_programs_have_the_same_title(name):
    titles = {
        ast.get_docstring(ast.parse(program.read_program(name, framework=f)))
        for f in program.frameworks_of(name)
    }
    assert len(titles) == 1


@each_program
def test_a_program_is_short_and_independent_of_the_harness(name, framework):
    source = program.read_program(name, framework=framework)
    lines = source.splitlines()
    assert SHORTEST <= len(lines) <= LONGEST_OF.get(name, LONGEST)
    assert max(map(len, lines)) <= WIDEST
    assert source.count(program.FOOTER) == 1
    assert has_valid_markers(source)
    assert "compare" not in {
        word for line in lines if "import" in line for word in line.split()
    }


@each_program
def test_a_changed_program_uses_only_modules_that_it_imports(name, framework):
    """A text to replace may be in the program of another framework, too."""
    source = program.read_program(name, framework=framework)
    imported = module_aliases(source)
    others = {
        alias
        for other in frameworks_with("lessons")
        for alias in module_aliases(program.read_program(name, framework=other))
    }
    changes = load_lesson(name).lesson.exercise.change, load_guide(name).repair.mistake
    for change in changes:
        changed = ast.parse(program.apply_change(source, change, what=name))
        used = {each.id for each in ast.walk(changed) if isinstance(each, ast.Name)}
        assert not used & (others - imported), change


@each_lesson
def test_a_lesson_is_explained(name):
    entry = load_lesson(name)
    assert 10 < len(entry.title) < 90
    assert len(entry.introduction) > 100
    assert "{{" not in entry.introduction  # it is also shown before a run
    assert all(len(text) > 60 for text in entry.lesson.steps.values())
    assert set(entry.lesson.apis) == set(program.frameworks_of(name))
    assert all(entry.lesson.apis.values())
    assert {p.step for p in entry.lesson.pictures} <= set(entry.lesson.steps)


@each_lesson
def test_every_number_in_prose_has_a_source(name):
    entry = load_lesson(name)
    programs = "".join(
        [
            *(
                program.read_program(name, framework=f)
                for f in program.frameworks_of(name)
            ),
            *entry.lesson.exercise.change.values(),
        ]
    )
    for prose in collect_prose(entry):
        assert not find_unsourced_numbers(prose, programs=programs), prose


@each_run
def test_a_program_runs_and_is_reproducible(name, framework, studied):
    result = studied.programs_of(name)[framework]
    assert not result.reason
    assert result.repeats or load_lesson(name).lesson.own
    steps = program.split_steps(program.read_program(name, framework=framework))
    assert [time.step for time in result.times if time.step] == [
        step for step, code in steps.items() if step and not program.only_defines(code)
    ]


@each_run
def test_no_array_has_a_reserved_name(name, framework, studied):
    reserved = {"before", "after", "sample", *frameworks_with("lessons")}
    assert not reserved & set(studied.arrays(name, framework))


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
@each_lesson
def test_the_programs_agree(name, studied):
    compared = compare_programs(load_lesson(name), studied)
    assert compared
    assert not [each for each in compared if each.reason]


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
@each_lesson
def test_every_value_in_the_prose_is_filled_in(name, studied):
    entry = load_lesson(name)
    for prose in collect_prose(entry):
        text = fill_values(prose, entry, studied)
        assert "{{" not in text
        assert "(not run)" not in text


@each_run
def test_the_answer_of_the_exercise_is_correct(name, framework, studied):
    assert not studied.programs_of(name)[framework].changed_reason
    before = studied.arrays(name, framework)
    after = studied.arrays(name, framework, Version.CHANGED)
    assert load_lesson(name).lesson.exercise.holds(before, after)
