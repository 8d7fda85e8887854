"""Sizes of workloads that are set on the command line."""

from __future__ import annotations

import pytest

from compare import workloads
from compare.errors import UsageError
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.sizes import convert_sizes, parse_sizes


def configure(*names, sizes):
    """Return the configurations of the workloads of a request."""
    options = RunOptions(workloads=names, sizes=sizes)
    request = build_request(options, timed=False)
    return {each.name: each.config for each in request.workloads}


def test_sizes_are_read_as_typed_and_the_last_one_counts():
    assert parse_sizes(["batch=8", " hidden = 3 ", "batch=16"]) == {
        "batch": "16",
        "hidden": "3",
    }


@pytest.mark.parametrize("text", ["batch", "=3", "batch=", "", "="])
def test_a_text_that_is_no_size_is_refused(text):
    with pytest.raises(UsageError, match="expected size=value, such as batch=64"):
        parse_sizes([text])


def test_every_size_of_every_workload_can_be_set_to_its_default():
    for name in workloads.WORKLOADS:
        given = {
            size: ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            for size, value in workloads.sizes(name).items()
            if value is not None
        }
        assert convert_sizes(name, given) == {
            size: workloads.sizes(name)[size] for size in given
        }


def test_a_size_changes_the_workloads_that_have_it():
    configs = configure(sizes=("batch=16", "hidden=7", "learning_rate=0.5"))
    assert configs["two_layer"]["batch"] == configs["cnn"]["batch"] == 16
    assert configs["two_layer"]["hidden"] == 7
    assert "hidden" not in configs["cnn"]
    assert configs["cnn"]["learning_rate"] == 0.5


def test_an_unknown_size_lists_the_sizes_of_the_selected_workloads():
    with pytest.raises(UsageError, match=r"did you mean hidden\?") as error:
        configure("two_layer", sizes=("hiden=3",))
    assert "expected batch, inputs, hidden, outputs" in str(error.value)
    with pytest.raises(UsageError, match="expected data, image_size, batch"):
        configure("cnn", sizes=("hidden=3",))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ("hidden=x", 'hidden: Expected `int`, got `str`; received "x"'),
        ("hidden=1.5", 'hidden: Expected `int`, got `str`; received "1.5"'),
        ("hidden=0", "hidden: expected at least 1; received 0"),
        ("is_probe=true", "--set: expected batch"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(size, message):
    with pytest.raises(UsageError) as error:
        configure("two_layer", sizes=(size,))
    assert message in str(error.value)


def test_numbers_are_separated_by_commas():
    assert convert_sizes("mlp", {"widths": "4,8,2"}) == {"widths": (4, 8, 2)}


def test_the_request_keeps_what_was_typed():
    options = RunOptions(sizes=("hidden=512", "batch=8"))
    request = build_request(options, timed=True)
    assert request.sizes == {"hidden": "512", "batch": "8"}
