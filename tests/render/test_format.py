"""The format of numbers."""

from __future__ import annotations

from math import inf, nan

import pytest

from compare.render import format as shown
from tests.support.reading import plain

UNMEASURED = (None, nan)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (491e-6, "491 us"),
        (1.443e-3, "1.44 ms"),
        (999.6e-6, "1.00 ms"),
        (21.7, "21.7 s"),
        (97.4, "1 min 37 s"),
        (3e-9, "3.00 ns"),
    ],
)
def test_a_duration_is_shown_in_a_readable_unit(value, text):
    assert plain(shown.format_seconds(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.78, "0.780"),
        (12.34, "12.3"),
        (1240, "1,240"),
        (999.9, "1,000"),
        (123_456, "123,000"),
        (2.4e-7, "2.40e-07"),
        (0, "0"),
        (inf, "inf"),
    ],
)
def test_a_number_has_three_significant_digits(value, text):
    assert plain(shown.format_number(value)) == text


@pytest.mark.parametrize("value", UNMEASURED)
@pytest.mark.parametrize(
    "show",
    [
        shown.format_number,
        shown.format_seconds,
        shown.format_nanoseconds,
        shown.format_bytes,
        shown.format_flop_rate,
        shown.format_percent,
        shown.format_integer,
        shown.format_factor,
    ],
)
def test_what_was_not_measured_is_a_dash(show, value):
    assert plain(show(value)) == "-"


def test_a_measured_zero_is_a_zero():
    assert shown.format_integer(0) == "0"


def test_memory_is_shown_in_binary_units():
    assert plain(shown.format_bytes(612 * 2**20)) == "612 MiB"


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ((0.784, 0.762, 0.801), "0.78x (0.76-0.80)"),
        ((1.031, 1.012, 1.051), "1.03x (1.01-1.05)"),
        ((12.4, 11.9, 13.1), "12.4x (11.9-13.1)"),
        ((0.784, nan, nan), "0.78x (no interval)"),
        ((nan, nan, nan), "-"),
    ],
)
def test_a_ratio_is_shown_with_its_interval(figures, text):
    assert plain(shown.format_ratio(*figures)) == text


def test_rounding_never_moves_the_end_of_an_interval_onto_one():
    assert plain(shown.format_ratio(1.02, 1.004, 1.036)) == "1.020x (1.004-1.036)"


def test_the_interval_of_a_break_even_point_may_have_no_end():
    assert plain(shown.format_step_interval(1150, inf)) == "1,150-never"


@pytest.mark.parametrize(
    ("fraction", "words"),
    [
        (0.31, "0.310 of its tolerance"),
        (14.2, "14.2 times its tolerance"),
    ],
)
def test_an_error_is_shown_relative_to_its_tolerance(fraction, words):
    assert shown.describe_tolerance_share(fraction) == words


@pytest.mark.parametrize(
    ("expected", "received", "words"),
    [
        (0.0190418, nan, "nan where 0.0190 was expected"),
        (0.25, -inf, "-infinity where 0.250 was expected"),
        (-0.2701, 1.249, "1.25 where -0.270 was expected"),
        (1.0, 1.000012, "1.000012 where 1.000000 was expected"),
        # With 9 digits they differ, with 10 they look equal again.
        (
            1.140455345,
            1.140455345000001,
            "1.1404553450000010 where 1.1404553449999999 was expected",
        ),
    ],
)
def test_two_numbers_are_shown_with_enough_digits_to_differ(expected, received, words):
    assert shown.describe_received(expected, received) == words


def test_equal_numbers_need_no_more_digits():
    assert shown.count_distinguishing_digits(0.5, 0.5) == 3
