"""The request of a check, and the command that repeats it."""

from __future__ import annotations

import shlex

from compare.cli.check import check
from compare.pipeline.check.request import CheckOptions, build_check_request


def test_a_command_line_is_repeated_by_the_command_of_its_request():
    typed = (
        "torch.nn:LSTM --inputs float32:4x6x8 --loss mean_square --optimizer adam "
        "--learning-rate 0.5 --with input_size=8 --with hidden_size=3 --inference "
        "--variant torch/trace --dtype float64 --seed 3 --not-timed --time-limit 90s"
    )
    command = build_check_request(read_options(typed)).command
    assert command.startswith("graph-compare check torch.nn:LSTM ")
    assert read_options(command.removeprefix("graph-compare check ")) == read_options(
        typed
    )


def test_the_command_without_options_has_none():
    request = build_check_request(CheckOptions(targets=("torch.nn:LSTM",)))
    assert request.command == "graph-compare check torch.nn:LSTM"


def read_options(typed):
    """Return the options that a command line means."""
    context = check.make_context("check", shlex.split(typed))
    given = {
        name: value
        for name, value in context.params.items()
        if name not in ("out", "debug", "write_mapping", "json_file")
    }
    return CheckOptions(**given)
