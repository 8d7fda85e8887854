"""A program as text: split at its markers, with timers, with a change."""

from __future__ import annotations

import pytest

from compare.errors import DataError
from compare.study.program import apply_change, insert_timers, split_steps

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


def test_a_program_is_split_at_its_markers():
    assert split_steps(PROGRAM) == {
        "": "import math\n\nRATE = 1",
        "begin": "def main():\n    total = 0\n    for _ in range(2):",
        "add up": "        total += RATE",
        "results": '    return {"total": total}',
    }


def test_a_framework_without_a_program_has_no_steps():
    assert split_steps("") == {}


def test_timers_keep_the_line_numbers():
    lines, timed = PROGRAM.splitlines(), insert_timers(PROGRAM).splitlines()
    differing = [
        (a, b) for a, b in zip(lines, timed, strict=True) if a.strip() != b.strip()
    ]
    assert differing == [
        ("# [step: begin]", 'mark_step("begin")'),
        ("        # [step: add up]", '        mark_step("add up")'),
        ("    # [step: results]", '    mark_step("results")'),
    ]


def test_a_change_replaces_text_that_occurs_once():
    assert "RATE = 2" in apply_change(PROGRAM, {"RATE = 1": "RATE = 2"}, what="it")


def test_a_change_for_the_other_program_is_ignored():
    change = {"RATE = 1": "RATE = 2", "tf.zeros": "tf.ones"}
    assert apply_change(PROGRAM, change, what="it").count("RATE = 2") == 1


@pytest.mark.parametrize("old", ["RATE = 9", "total"])
def test_a_change_of_text_that_does_not_occur_once_is_an_error(old):
    with pytest.raises(DataError, match="exercise of it"):
        apply_change(PROGRAM, {old: "x"}, what="exercise of it")
