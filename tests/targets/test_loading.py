"""A user's file is imported, and what fails is explained by the user's own line."""

from __future__ import annotations

import pytest

from compare.targets.loading import (
    Stage,
    TargetError,
    describe_failure,
    load_examples,
    load_model,
)
from compare.workloads.target import Source


@pytest.fixture
def source(tmp_path, request):
    """Return a function that writes a file and returns a source in it."""

    def write(text, name="build", **arguments):
        path = tmp_path / f"net_{request.node.name.replace('[', '_').strip(']')}.py"
        path.write_text(text)
        return Source(name=name, file=str(path), arguments=arguments)

    return write


def test_a_function_is_called_with_the_arguments(source):
    assert load_model(source("def build(width):\n    return [width]", width=3)) == [3]


def test_an_instance_is_taken_as_it_is(source):
    text = "class Net:\n    def __call__(self):\n        pass\nnet = Net()"
    assert type(load_model(source(text, name="net"))).__name__ == "Net"


def test_files_next_to_it_can_be_imported(source, tmp_path):
    (tmp_path / "neighbour.py").write_text("VALUE = 7")
    assert (
        load_model(source("import neighbour\ndef build():\n    return neighbour.VALUE"))
        == 7
    )


def test_a_failing_import_names_the_users_line(source):
    with pytest.raises(TargetError) as refused:
        load_model(source("\nimport no_such_package\n"))
    assert refused.value.stage is Stage.IMPORT
    assert refused.value.line == 2
    assert "no_such_package" in refused.value.reason


def test_an_exit_is_refused_like_an_exception(source):
    with pytest.raises(TargetError) as refused:
        load_model(source("raise SystemExit(3)"))
    assert refused.value.stage is Stage.IMPORT


def test_a_missing_name_lists_those_of_the_file(source):
    with pytest.raises(TargetError) as refused:
        load_model(source("def other():\n    pass", name="build"))
    assert "other" in refused.value.advice


def test_missing_arguments_are_asked_for(source):
    with pytest.raises(TargetError) as refused:
        load_model(source("def build(width):\n    return width"))
    assert refused.value.stage is Stage.BUILD
    assert "--with" in refused.value.advice


def test_examples_are_those_of_the_file(source):
    text = "example_inputs = 5\ndef build():\n    pass"
    assert load_examples(source(text)) == 5


def test_a_long_message_is_shortened_to_the_line_that_matters():
    error = ValueError(
        "Exception encountered when calling Dense\n\nwrong shape\n" + "x" * 999
    )
    assert describe_failure(Stage.FORWARD, error).reason == "ValueError: wrong shape"


def test_the_bold_of_a_message_is_left_out():
    bold = (
        "Exception encountered when calling Dropout.call().\n\n"
        "\x1b[1mAttempt to convert a value (None).\x1b[0m"
    )
    described = describe_failure(Stage.FORWARD, ValueError(bold))
    assert described.reason == "ValueError: Attempt to convert a value (None)."
