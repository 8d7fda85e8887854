"""Figures that the prose quotes are those of the sample run in the repository."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from compare.study.sample import load_sample

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"


@pytest.fixture
def two_layer():
    """The timing rows of the small network, by variant."""
    with (SAMPLE / "timing.csv").open() as file:
        return {
            f"{row['framework']}/{row['mode']}": row
            for row in csv.DictReader(file)
            if row["workload"] == "two_layer"
        }


def test_ratios_are_relative_to_the_eager_mode_of_the_framework(two_layer):
    for variant, ratio in load_sample().two_layer.items():
        eager = two_layer[f"{variant.partition('/')[0]}/eager"]
        measured = float(two_layer[variant]["ratio"]) / float(eager["ratio"])
        assert ratio == pytest.approx(measured, rel=1e-6), variant


def test_the_first_call_and_the_machine_are_those_of_the_run(two_layer):
    sample = load_sample()
    cold = float(two_layer["torch/compile-step"]["first_call_cold_s"])
    assert sample.first_call_s == pytest.approx(cold, rel=1e-6)
    run = json.loads((SAMPLE / "run.json").read_text("utf-8"))
    assert sample.machine in run["environment"]["processor"]
