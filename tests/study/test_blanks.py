"""Programs of exercises: valid Python, without the step that is to be written."""

from __future__ import annotations

import ast

import pytest

from compare.study.blanks import BLANK, blank_step, plant_mistake
from compare.study.guide import load_guide
from compare.study.ladder import lesson_names
from compare.study.program import frameworks_of, read_program, split_steps

each_program = pytest.mark.parametrize(
    ("name", "framework"),
    [(n, f) for n in lesson_names() for f in frameworks_of(n)],
)


@each_program
def test_a_program_without_a_step_is_valid_and_has_the_other_steps(name, framework):
    source, step = read_program(name, framework=framework), load_guide(name).write
    blank = blank_step(source, step)
    ast.parse(blank)
    assert BLANK in blank
    before, after = split_steps(source), split_steps(blank)
    assert list(before) == list(after)
    assert [each for each in before if before[each] != after[each]] == [step]


@each_program
def test_a_planted_mistake_is_valid_python(name, framework):
    source = read_program(name, framework=framework)
    mistaken = plant_mistake(source, load_guide(name), name=name)
    ast.parse(mistaken)
    assert mistaken != source


def test_signatures_and_docstrings_stay_where_functions_are_to_be_written():
    source = (
        '"""Title."""\n\n\n# [step: layer]\nclass Layer:\n    """A layer."""\n\n'
        "    size = 3\n\n"
        "    def __init__(self, size: int) -> None:\n        self.size = size\n\n\n"
        'def double(x):\n    """Return x twice."""\n    y = 2 * x\n    return y\n\n\n'
        "# [step: results]\ndef main():\n    return {}\n"
    )
    assert split_steps(blank_step(source, "layer"))["layer"] == (
        'class Layer:\n    """A layer."""\n\n    size = 3\n\n'
        f"    def __init__(self, size: int) -> None:\n        {BLANK}\n\n\n"
        f'def double(x):\n    """Return x twice."""\n    {BLANK}'
    )
