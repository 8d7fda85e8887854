"""Where the files of a side are, and what its workers import."""

from __future__ import annotations

import sys

import pytest

from compare.errors import UsageError
from compare.pull_request.requests import (
    SideOptions,
    build_side_request,
    place_target,
    use_found_inputs,
)
from compare.pull_request.sides import SideName, TreeSide, remove_label
from tests.support.repositories import NET, write_files

FILES = {"net.py": NET, "src/pkg/__init__.py": "", "tools/x.py": ""}


@pytest.fixture
def sides(tmp_path, monkeypatch):
    """Return base and head, of which head has one file more."""
    repository, tree = (tmp_path.resolve() / name for name in ("repository", "tree"))
    write_files(repository, {**FILES, "new.py": NET})
    write_files(tree, FILES)
    monkeypatch.chdir(repository)
    return tuple(
        TreeSide(name=name, repository=repository, tree=folder, text=f"the {name}")
        for name, folder in zip(SideName, (tree, repository), strict=True)
    )


def test_a_file_of_the_working_tree_is_found_in_the_other_side(sides):
    base, head = sides
    assert base.place(head.tree / "net.py") == base.tree / "net.py"
    assert base.relative(str(base.tree / "net.py")) == "net.py"
    assert base.clean(f"at {base.tree}/net.py:3") == "at net.py:3"


def test_a_target_that_only_head_has_is_refused_with_what_to_do(sides):
    base, head = sides
    with pytest.raises(UsageError, match=r"new\.py does not exist in base, the base"):
        build_side_request(SideOptions(subject="new.py:Net"), base)
    build_side_request(SideOptions(subject="new.py:Net"), head)


def test_a_target_outside_the_repository_is_refused(sides, tmp_path):
    write_files(tmp_path, {"outside.py": NET})
    with pytest.raises(UsageError, match="expected a file in the repository"):
        build_side_request(SideOptions(subject=f"{tmp_path}/outside.py:Net"), sides[0])


@pytest.mark.parametrize("prefix", ["", "torch="])
def test_a_target_is_placed_with_its_framework_and_name(sides, prefix):
    base, _ = sides
    placed = place_target(f"{prefix}net.py:Net", base)
    assert placed == f"{prefix}{base.tree}/net.py:Net"


@pytest.mark.parametrize("text", ["pkg.net:Net", "missing.py:Net", "net.py"])
def test_other_texts_are_left_to_the_parser_of_targets(sides, text):
    assert place_target(text, sides[0]) == text


def test_workers_search_the_folders_of_their_side_first(sides, monkeypatch, tmp_path):
    head = sides[1]
    outside = str(tmp_path.resolve() / "outside")
    monkeypatch.setattr(sys, "path", [str(head.tree / "tools"), outside])
    monkeypatch.setenv("PYTHONPATH", f"{head.tree / 'tools'}:{outside}")
    for side in sides:
        assert side.list_search(head.tree) == [
            str(side.tree),
            str(side.tree / "src"),
            str(side.tree / "tools"),
            outside,
        ]


def test_both_sides_run_the_same_modes_as_installations_of_their_own(sides):
    options = SideOptions(subject="net.py:Net", variants=("torch/script",))
    base, head = (build_side_request(options, side) for side in sides)
    assert base.variants == ["torch@base/eager", "torch@base/script"]
    assert head.variants == ["torch@head/eager", "torch@head/script"]
    assert base.installations["torch@base"].search[0] == str(sides[0].tree)
    assert (base.launches, base.fresh) == (0, True)
    assert [*map(remove_label, base.variants)] == ["torch/eager", "torch/script"]


def test_a_workload_needs_the_variants_to_measure(sides):
    with pytest.raises(UsageError, match="--variant: expected the variants of two_l"):
        build_side_request(SideOptions(subject="two_layer"), sides[0])
    options = SideOptions(subject="two_layer", variants=("torch/eager",))
    assert build_side_request(options, sides[0]).variants == ["torch@base/eager"]


def test_head_gets_the_inputs_that_were_found_for_base():
    options = SideOptions(subject="net.py:Net")
    assert use_found_inputs(options, ["float32:8x6"]).inputs == ("float32:8x6",)
    stated = SideOptions(subject="net.py:Net", inputs=("float32:2x6",))
    assert use_found_inputs(stated, ["float32:8x6"]) is stated
    workload = SideOptions(subject="two_layer")
    assert use_found_inputs(workload, ["float32:8x6"]) is workload
