"""A slow model is compared and measured less often, and the card states it."""

from __future__ import annotations

import pytest

from compare.pipeline.check.request import CheckOptions, build_check_request
from compare.pipeline.check.target import shorten_request

pytestmark = pytest.mark.torch


def new_request():
    return build_check_request(CheckOptions(targets=("torch.nn:LSTM",)))


def test_a_slow_model_is_compared_in_fewer_steps_and_rounds():
    request = new_request()
    sentence = shorten_request(request, forward_s=0.25)
    assert (request.trajectory_steps, request.rounds) == (5, 6)
    assert sentence == (
        "A forward pass takes 0.25 s: 5 instead of 10 consecutive steps are compared, "
        "and 6 instead of 12 rounds of a launch are measured."
    )
    assert shorten_request(request, forward_s=0.25) == ""


def test_the_request_of_a_fast_model_is_unchanged():
    request = new_request()
    assert shorten_request(request, forward_s=0.01) == ""
    assert request == new_request()
