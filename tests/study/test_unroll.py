"""A program's statements, unrolled and cut into cells."""

from __future__ import annotations

from compare.study.unroll import Piece, pieces, unrolled

PROGRAM = '''"""A title."""

import numpy as np


# [step: a function]
def double(x: float) -> float:
    """Twice as much."""
    return 2 * x


# [step: data]
def main() -> dict[str, object]:
    """What it is about."""
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


def test_a_program_falls_into_cells_at_its_steps():
    assert [piece.steps for piece in pieces(PROGRAM)] == [
        (),
        ("a function",),
        ("data",),
        ("there", "back"),
        ("results",),
    ]


def test_what_stands_before_the_first_step_has_none():
    assert pieces(PROGRAM)[0] == Piece(steps=(), code="import numpy as np")


def test_the_body_of_main_moves_to_the_left():
    assert pieces(PROGRAM)[2].code.splitlines() == [
        "numbers = np.arange(3)",
        "",
        "def half(x: float) -> float:",
        "    return x / 2",
    ]


def test_steps_inside_a_loop_share_a_cell_that_begins_with_its_comment():
    assert pieces(PROGRAM)[3].code.splitlines() == [
        "# back and forth",
        "for number in numbers:",
        "    # [step: there]",
        "    number = double(number)",
        "",
        "    # [step: back]",
        "    number = half(number)",
    ]


def test_what_main_returned_is_named_and_shown():
    assert pieces(PROGRAM)[-1].code.splitlines() == [
        'with np.errstate(all="raise"):',
        "    arrays = {",
        '        "numbers": numbers,',
        "    }",
        "arrays",
    ]


def test_nothing_is_left_of_main_and_of_what_prints_its_arrays():
    code = "\n".join(unrolled(PROGRAM))
    assert "main" not in code
    assert "A title" not in code
    assert "What it is about" not in code


def test_a_marker_above_a_loop_begins_the_cell_of_the_loop():
    program = PROGRAM.replace("    # back and forth", "    # [step: loop]")
    assert pieces(program)[3].steps == ("loop", "there", "back")
