"""Mistakes in real modes: what each mode detects, and modes that end their process."""

from __future__ import annotations

import pytest

from compare.debugging import run
from compare.debugging.catalogue import UserMistake, find_mistake
from compare.debugging.words import Detection
from compare.frameworks import frameworks_with
from tests.support.long import long_test

ENDING = """
import os
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 3)

    def forward(self, x):
        {body}  # mistake
"""


def run_in(variants, mistakes, folder):
    """Return the detection of each mistake in each variant."""
    modes = {
        f"{framework.name}/{mode.name}": (framework, mode)
        for framework in frameworks_with("mistakes").values()
        for mode in framework.modes
    }
    cases = run.run_mistakes(
        mistakes,
        variants=[modes[name] for name in variants],
        cache=folder,
        report=lambda _: None,
    )
    return {(case.mistake, case.variant): case for case in cases}


@pytest.mark.torch
@pytest.mark.tf
def test_a_graph_keeps_what_eager_code_does_in_each_call(tmp_path):
    chosen = ("torch/eager", "torch/trace", "tf/eager", "tf/function")
    names = ("shape_mismatch", "side_effect", "undefined_attribute")
    found = run_in(chosen, [find_mistake(name) for name in names], tmp_path)
    detected = {
        variant: [found[name, variant].detection for name in names]
        for variant in chosen
    }
    first, later, never = (
        Detection.FIRST_CALL,
        Detection.LATER_CALL,
        Detection.NEVER,
    )
    assert detected == {
        "torch/eager": [first, never, later],
        "torch/trace": [Detection.DEFINITION, never, never],
        "tf/eager": [first, never, later],
        "tf/function": [first, never, first],  # both branches are in its graph
    }
    effects = {
        variant: found["side_effect", variant].observed.effects for variant in chosen
    }
    assert effects["torch/eager"] == effects["tf/eager"] == 5
    assert effects["tf/function"] == 1


@pytest.mark.torch
@pytest.mark.parametrize(
    "body", ["os._exit(3)", pytest.param("while True: pass", marks=long_test)]
)
def test_a_mistake_that_ends_the_process_does_not_end_the_others(tmp_path, body):
    path = tmp_path / "ending.py"
    path.write_text(ENDING.format(body=body))
    ending = UserMistake(name="ending", title="", files={"torch": path})
    other = find_mistake("shape_mismatch")
    found = run_in(["torch/eager"], [ending, other], tmp_path)
    assert found["ending", "torch/eager"].detection is Detection.ENDED
    assert found["ending", "torch/eager"].reason
    assert found["shape_mismatch", "torch/eager"].detection is Detection.FIRST_CALL
