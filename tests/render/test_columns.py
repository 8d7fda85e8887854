"""Code of two programs in columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare.render.columns import Side, render_columns

LEFT = Side(title="left", pieces={"a": "x = 1", "b": "y = 2\nz = 3"})
RIGHT = Side(title="right", pieces={"a": "x = 10", "b": "y = 20", "c": "w = 4"})


def printed(*sides, width):
    console = Console(file=io.StringIO(), width=width)
    console.print(render_columns(sides, width=width))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_pieces_of_one_name_begin_on_the_same_line():
    lines = printed(LEFT, RIGHT, width=140)
    assert any("x = 1 " in line and "x = 10" in line for line in lines)
    assert any("y = 2 " in line and "y = 20" in line for line in lines)


def test_on_a_narrow_terminal_pieces_follow_each_other():
    lines = printed(LEFT, RIGHT, width=80)
    assert lines.index("x = 1") < lines.index("x = 10") < lines.index("y = 2")
    assert lines[lines.index("x = 1") - 1] == "left"


@pytest.mark.parametrize("width", [40, 80, 114, 140, 200])
def test_no_line_is_longer_than_the_terminal(width):
    side = Side(title="long", pieces={"a": "name = " + "a + " * 60 + "a"})
    assert max(map(len, printed(side, side, width=width))) <= width


def test_a_continued_line_is_indented_further():
    side = Side(title="one", pieces={"a": "    call(" + "argument, " * 9 + ")"})
    first, second = (line for line in printed(side, width=80) if "argument" in line)
    assert first.startswith("    call(argument, ")
    assert second.startswith("      \N{RIGHTWARDS ARROW WITH HOOK} argument")


def test_a_margin_is_to_the_left_of_its_piece():
    side = Side(
        title="one", pieces={"a": "x = 1"}, margins={"a": ["3 ms", "again 1 ms"]}
    )
    lines = printed(side, width=100)
    assert any("3 ms" in line and "x = 1" in line for line in lines)
    assert any(line.strip() == "again 1 ms" for line in lines)


def test_a_margin_is_printed_as_it_is_and_not_as_markup():
    side = Side(title="[b]", pieces={"a": "x = 1"}, margins={"a": ["[red]3[/red] ["]})
    lines = printed(side, width=100)
    assert any("[red]3[/red] [" in line and "x = 1" in line for line in lines)


def test_only_marked_lines_have_a_mark():
    side = Side(title="one", pieces={"a": "x = 1\ny = 2"}, marked={"a": {1}})
    lines = printed(side, width=100)
    assert any(line.endswith("y = 2") and not line.startswith(" ") for line in lines)
    assert any(line.endswith("x = 1") and line.startswith(" ") for line in lines)
