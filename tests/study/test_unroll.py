"""A program's statements, unrolled and split into notebook cells."""

from __future__ import annotations

from compare.study.unroll import CodeCell, split_cells, unroll_main

PROGRAM = '''"""A title."""

import numpy as np


# [step: a function]
def double(x: float) -> float:
    """Twice as much."""
    return 2 * x


# [step: data]
def main() -> dict[str, object]:
    """Return some numbers."""
    numbers = np.arange(3)

    def half(x: float) -> float:
        return x / 2

    # back and forth
    for number in numbers:
        # [step: there]
        number = double(number)

        # [step: back]
        number = half(number)

    # [step: results]
    with np.errstate(all="raise"):
        return {
            "numbers": numbers,
        }


if __name__ == "__main__":
    print(main())
'''


def test_a_program_is_split_into_cells_at_its_steps():
    assert [cell.steps for cell in split_cells(PROGRAM)] == [
        (),
        ("a function",),
        ("data",),
        ("there", "back"),
        ("results",),
    ]


def test_code_before_the_first_step_belongs_to_no_step():
    assert split_cells(PROGRAM)[0] == CodeCell(steps=(), code="import numpy as np")


def test_the_body_of_main_is_dedented():
    assert split_cells(PROGRAM)[2].code.splitlines() == [
        "numbers = np.arange(3)",
        "",
        "def half(x: float) -> float:",
        "    return x / 2",
    ]


def test_steps_inside_a_loop_share_a_cell_with_the_comment_above_it():
    assert split_cells(PROGRAM)[3].code.splitlines() == [
        "# back and forth",
        "for number in numbers:",
        "    # [step: there]",
        "    number = double(number)",
        "",
        "    # [step: back]",
        "    number = half(number)",
    ]


def test_the_return_value_of_main_is_named_and_shown():
    assert split_cells(PROGRAM)[-1].code.splitlines() == [
        'with np.errstate(all="raise"):',
        "    arrays = {",
        '        "numbers": numbers,',
        "    }",
        "arrays",
    ]


def test_main_and_the_code_that_prints_its_arrays_are_removed():
    code = "\n".join(unroll_main(PROGRAM))
    assert "main" not in code
    assert "A title" not in code
    assert "Return some numbers" not in code


def test_a_marker_above_a_loop_begins_the_cell_of_the_loop():
    program = PROGRAM.replace("    # back and forth", "    # [step: loop]")
    assert split_cells(program)[3].steps == ("loop", "there", "back")
