"""Python source as text."""

from __future__ import annotations

from compare.study.sources import differing, functions


def test_lines_that_differ_are_found_on_both_sides():
    assert differing("a\nb\nc", "a\nB\nc\nd") == ({1}, {1, 3})


def test_a_file_is_cut_into_its_functions():
    source = "import os\n\n\ndef f():\n    pass\n\n\n@cache\ndef g():\n    pass\n"
    assert functions(source) == {
        "": "import os",
        "f": "def f():\n    pass",
        "g": "@cache\ndef g():\n    pass",
    }
