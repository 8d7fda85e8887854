"""A precision that was requested and not reached is reported, with what it takes."""

from __future__ import annotations

from math import isnan, nan

import pytest

from compare.cli.exit import ExitCode
from compare.cli.run import exit_code_of
from compare.report.run.cautions import list_cautions
from compare.results.joining import group_cells
from compare.results.requested_precision import find_shortfalls
from compare.runs.folder import load_run
from tests.support.reading import words
from tests.support.synthetic import synthetic, with_timing

WIDE = {"ratio": 0.8, "ratio_low": 0.76, "ratio_high": 0.84}  # to 5%


@pytest.fixture
def asked(tmp_path):
    """Return a function: a run of three launches in 12 s, asked for a precision."""

    def write(precision, *, made=None):
        made = made or synthetic()
        made.record.request.precision = precision
        made.record.launching_s = {"two_layer": 12.0, "cnn": 12.0}
        return load_run(made.write(tmp_path / "run"))

    return write


def shortfalls_of(run):
    return find_shortfalls(run.record, group_cells(run))


def cautions_of(run):
    cautions = list_cautions(run, group_cells(run))
    return [c for c in cautions if c.text.startswith("The requested precision")]


@pytest.mark.parametrize("precision", [None, 0.4])
def test_nothing_is_missing_without_a_request_or_if_it_was_reached(asked, precision):
    run = asked(precision)
    assert shortfalls_of(run) == ()
    assert cautions_of(run) == []
    assert exit_code_of(run) is ExitCode.OK


def test_the_widest_interval_decides(asked):
    made = with_timing(synthetic(), "cnn", "tf/xla", **WIDE)
    (found,) = shortfalls_of(asked(0.04, made=made))
    assert (found.heading, found.variant) == ("cnn", "tf/xla")
    assert found.half == pytest.approx(0.05)
    assert (found.launches, found.seconds) == (3, 12.0)


def test_the_control_counts_as_well(asked):
    made = with_timing(synthetic(), "two_layer", "torch/control", **WIDE)
    assert [each.variant for each in shortfalls_of(asked(0.04, made=made))] == [
        "control"
    ]


def test_the_need_grows_with_the_square_of_the_width(asked):
    made = with_timing(synthetic(), "cnn", "tf/xla", **WIDE)
    (found,) = shortfalls_of(asked(0.025, made=made))
    assert found.needed == 12  # (5 / 2.5)² times 3
    assert found.needed_s == 48.0


def test_without_an_interval_the_need_is_unknown(asked):
    unknown = dict.fromkeys(WIDE, nan)
    run = asked(0.4, made=with_timing(synthetic(), "cnn", "tf/xla", **unknown))
    (found,) = shortfalls_of(run)
    assert isnan(found.half)
    assert found.needed is found.needed_s is None
    (caution,) = cautions_of(run)
    assert words(caution.text) == (
        "The requested precision of 40% was not reached on cnn: no interval is known "
        "for tf/xla after 3 launches in 12.0 s."
    )


def test_the_first_lines_state_what_would_reach_it(asked):
    run = asked(0.025, made=with_timing(synthetic(), "cnn", "tf/xla", **WIDE))
    (caution,) = cautions_of(run)
    assert caution.is_first
    assert words(caution.text) == (
        "The requested precision of 2.5% was not reached on cnn: tf/xla is known to "
        "5.0% after 3 launches in 12.0 s. About 12 launches, 48.0 s, would reach it."
    )


def test_a_precision_out_of_reach_is_called_that(asked):
    run = asked(0.001, made=with_timing(synthetic(), "cnn", "tf/xla", **WIDE))
    caution = cautions_of(run)[-1]
    assert "About 7,500 launches, 500 min 00 s, would reach it." in words(caution.text)
    assert caution.text.endswith(
        "A run with --precision makes at most 32: choose a wider one, or a quieter "
        "machine."
    )


def test_an_unreached_precision_has_an_exit_code_of_its_own(asked):
    run = asked(0.025, made=with_timing(synthetic(), "cnn", "tf/xla", **WIDE))
    assert exit_code_of(run) is ExitCode.IMPRECISE == 3
    run.record.cells[0].status = "failed"
    assert exit_code_of(run) is ExitCode.FAILED
