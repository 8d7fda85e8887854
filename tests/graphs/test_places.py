"""The line of a node is in the model's code, not in a library."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import compare
from compare.graphs.naming import UniqueNames
from compare.graphs.places import NO_PLACE, find_own_place, parse_frames

STANDARD = str(Path(sysconfig.get_path("stdlib")) / "runpy.py")
LIBRARY = "/env/lib/python3.11/site-packages/torch/nn/modules/linear.py"
HARNESS = str(Path(compare.__file__).parent / "workers" / "worker.py")
READER = "/src/impl_tf/grappler_graph.py"


def test_the_innermost_own_line_is_found():
    frames = [("/me/train.py", 3), ("/me/model.py", 7), (LIBRARY, 134)]
    assert find_own_place(frames) == ("/me/model.py", 7)


def test_code_of_others_has_no_place():
    frames = [(STANDARD, 1), (LIBRARY, 2), ("<frozen runpy>", 3), ("", 4)]
    assert find_own_place([*frames, (HARNESS, 5), (READER, 6)]) == NO_PLACE


def test_a_model_of_a_package_that_is_like_ours_in_name_is_its_own_place():
    assert find_own_place([("/me/graphs.py", 2)]) == ("/me/graphs.py", 2)


def test_a_traceback_is_read_outermost_first():
    text = '  File "/me/a.py", line 1, in f\n    g()\n  File "/me/b.py", line 22\n'
    assert parse_frames(text) == [("/me/a.py", 1), ("/me/b.py", 22)]


def test_names_are_unique_even_if_a_wanted_name_is_a_made_one():
    names = UniqueNames()
    taken = [names.take(wanted) for wanted in ("mm", "mm", "mm~2", "mm")]
    assert taken[:2] == ["mm", "mm~2"]
    assert len(set(taken)) == 4
