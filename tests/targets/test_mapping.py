"""Mapping files are read as they were written, and refused with the line at fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.errors import DataError
from compare.targets.mapping import format_mapping, read_mapping
from compare.workloads.target import Placement

names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1
)
axes = st.permutations(range(3)).map(tuple)


@given(
    parameters=st.dictionaries(names, st.tuples(names, axes | st.just(()))),
    inputs=st.lists(axes).map(tuple),
)
def test_a_mapping_is_read_as_it_was_written(tmp_path_factory, parameters, inputs):
    placement = Placement(parameters=parameters, inputs=inputs)
    path = tmp_path_factory.getbasetemp() / "map.toml"
    path.write_text(format_mapping(placement, first="a", second="b"), "utf-8")

    assert read_mapping(path) == placement


def test_each_parameter_is_one_line_of_its_file():
    placement = Placement(
        parameters={"d.kernel": ("fc.weight", (1, 0)), "d.bias": ("fc.bias", ())},
        inputs=((), (0, 2, 3, 1)),
    )

    text = format_mapping(placement, first="torch", second="tf")

    assert '"d.kernel" = { to = "fc.weight", axes = [1, 0] }\n' in text
    assert '"d.bias" = { to = "fc.bias" }\n' in text
    assert '"1" = { axes = [0, 2, 3, 1] }\n' in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[parameters", "expected a TOML file"),
        ("[weights]", "expected the sections"),
        ("parameters = 1", "expected the sections"),
        ('[parameters]\n"a" = "b"', '"a": expected'),
        ('[parameters]\n"a" = { axes = [0] }', '"a": expected'),
        ('[parameters]\n"a" = { to = "b", order = [0] }', '"a": expected'),
        ('[parameters]\n"a" = { to = "b", axes = [1, 1] }', "each number once"),
        ('[parameters]\n"a" = { to = "b", axes = ["x"] }', "each number once"),
        ('[inputs]\n"first" = { axes = [0] }', "the number of an input"),
    ],
)
def test_a_damaged_mapping_is_refused(tmp_path, text, message):
    path = tmp_path / "map.toml"
    path.write_text(text)

    with pytest.raises(DataError, match=message):
        read_mapping(path)


def test_a_mapping_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(DataError, match="--mapping"):
        read_mapping(tmp_path / "none.toml")
