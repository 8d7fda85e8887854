"""Messages of errors name what was expected and what was received."""

from __future__ import annotations

from compare.errors import unknown_name


def test_an_unknown_name_is_reported_with_the_expected_and_the_nearest_names():
    error = unknown_name("variant", "torch/eagr", expected=["torch/eager", "tf/eager"])
    assert str(error) == (
        "variant: expected torch/eager or tf/eager; "
        'received "torch/eagr" (did you mean torch/eager?)'
    )


def test_no_name_is_suggested_if_none_is_similar():
    assert "did you mean" not in str(unknown_name("x", "zzzz", expected=["abc"]))
