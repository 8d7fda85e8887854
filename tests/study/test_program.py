"""A program as text: cut at its markers, timed, changed."""

from __future__ import annotations

import pytest

from compare.errors import DataError
from compare.study.program import changed, steps_of, timed

PROGRAM = '''"""Title."""

import math

RATE = 1


# [step: begin]
def main():
    total = 0
    for _ in range(2):
        # [step: add up]
        total += RATE
    # [step: results]
    return {"total": total}


if __name__ == "__main__":
    print(main())
'''


def test_a_program_is_cut_at_its_markers():
    assert steps_of(PROGRAM) == {
        "": "import math\n\nRATE = 1",
        "begin": "def main():\n    total = 0\n    for _ in range(2):",
        "add up": "        total += RATE",
        "results": '    return {"total": total}',
    }


def test_a_framework_without_a_program_has_no_steps():
    assert steps_of("") == {}


def test_timing_a_program_moves_no_line():
    lines, clocked = PROGRAM.splitlines(), timed(PROGRAM).splitlines()
    unlike = [
        (a, b) for a, b in zip(lines, clocked, strict=True) if a.strip() != b.strip()
    ]
    assert unlike == [
        ("# [step: begin]", 'mark_step("begin")'),
        ("        # [step: add up]", '        mark_step("add up")'),
        ("    # [step: results]", '    mark_step("results")'),
    ]


def test_a_change_replaces_what_stands_once():
    assert "RATE = 2" in changed(PROGRAM, {"RATE = 1": "RATE = 2"}, what="it")


def test_a_change_for_the_other_program_is_left_out():
    change = {"RATE = 1": "RATE = 2", "tf.zeros": "tf.ones"}
    assert changed(PROGRAM, change, what="it").count("RATE = 2") == 1


@pytest.mark.parametrize("old", ["RATE = 9", "total"])
def test_a_change_of_what_stands_not_once_is_an_error(old):
    with pytest.raises(DataError, match="exercise of it"):
        changed(PROGRAM, {old: "x"}, what="exercise of it")
