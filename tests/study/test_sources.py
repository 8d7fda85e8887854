"""Python source as text."""

from __future__ import annotations

from compare.study.sources import find_differing_lines, split_functions


def test_differing_lines_are_found_on_both_sides():
    assert find_differing_lines("a\nb\nc", "a\nB\nc\nd") == ({1}, {1, 3})


def test_a_file_is_split_into_its_functions():
    source = "import os\n\n\ndef f():\n    pass\n\n\n@cache\ndef g():\n    pass\n"
    assert split_functions(source) == {
        "": "import os",
        "f": "def f():\n    pass",
        "g": "@cache\ndef g():\n    pass",
    }
