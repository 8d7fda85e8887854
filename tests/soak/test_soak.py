"""A short soak test, and its parts: drawing, resuming and the summary."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import drawing
import soak

CONFIGURATIONS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with staged images, shared by the tests of this module."""
    found = tmp_path_factory.mktemp("soak")
    drawing.stage_images(found / "images")
    return found


@pytest.mark.torch
@pytest.mark.tf
def test_correct_configurations_agree(folder):
    out = folder / "soak.jsonl"
    modes = list(drawing.EAGER)
    found = soak.run_soak(configurations=CONFIGURATIONS, seed=1, out=out, modes=modes)
    assert len(found) == CONFIGURATIONS
    assert {row["status"] for row in found} == {"agrees"}, soak.format_summary(found)

    lines = out.read_text().splitlines()
    out.write_text(
        "\n".join([*lines[:-1], lines[-1][:20]])
    )  # interrupted while writing
    again = soak.run_soak(configurations=CONFIGURATIONS, seed=1, out=out, modes=modes)
    assert [row["number"] for row in again] == [row["number"] for row in found]
    assert len(out.read_text().splitlines()) == CONFIGURATIONS + 1


def test_a_configuration_follows_from_seed_and_number(folder):
    images = folder / "images"
    for number in range(60):
        once, again, other = (
            drawing.draw_configuration(seed, number, folder=images)
            for seed in (0, 0, 1)
        )
        assert once == again
        assert once.variant == other.variant
        assert json.loads(json.dumps(once.asdict())) == once.asdict()


def test_every_variant_has_its_share():
    turns = [drawing.variant_of(number) for number in range(10_000)]
    shares = {name: turns.count(name) for name in drawing.VARIANTS}
    assert {shares[name] for name in drawing.COMPILING} == {200}
    assert {shares[name] for name in drawing.PLAIN} == {1880}


def test_a_learning_rate_follows_the_scale(folder):
    drawn = drawing.Configuration(
        number=0,
        variant="torch/eager",
        dtype="float64",
        workload="two_layer",
        config={"batch": 8, "inputs": 20, "hidden": 10, "outputs": 3, "seed": 0},
    )
    rates = []
    for scale in (1.0, 2.0**10):
        scaled = drawing.Configuration(
            **{**drawn.asdict(), "config": {**drawn.config, "scale": scale}}
        )
        stable = drawing.set_stable_rate(scaled, fraction=0.1, folder=folder)
        rates.append(stable.config["learning_rate"])
    assert rates[0] / rates[1] == 2.0**20


def test_a_configuration_that_may_overflow_is_rejected(folder):
    drawn = drawing.Configuration(
        number=0,
        variant="torch/eager",
        dtype="float16",
        workload="two_layer",
        config={"inputs": 1000, "scale": 2.0**12, "seed": 0},
    )
    assert drawing.set_stable_rate(drawn, fraction=0.1, folder=folder) is None


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "expected"),
    [(1, 1, 1, False), (1, 3, 1, True), (2, 3, 2, True), (4, 3, 2, False)],
)
def test_planted_padding_is_invisible_where_only_padding_is_seen(
    side, kernel, stride, expected
):
    drawn = drawing.Configuration(
        number=0,
        variant="torch/eager",
        dtype="bfloat16",
        workload="stack",
        config={"side": side, "kernel": kernel, "stride": stride, "widths": [1, 1]},
    )
    assert drawing.has_elements_on_padding_only(drawn) == expected


def test_the_summary_names_every_alarm_and_failure():
    row = {"variant": "tf/eager", "dtype": "float32", "workload": "mlp", "config": {}}
    alarm = {
        "check": "step",
        "step": 0,
        "quantity": "loss",
        "error": 3.0,
        "tolerance": 2.0,
        "ratio": 1.5,
    }
    text = soak.format_summary(
        [
            {**row, "number": 0, "status": "disagrees", "alarms": [alarm]},
            {**row, "number": 1, "status": "failed", "reason": "it crashed"},
        ]
    )
    assert "false alarm: 0 tf/eager float32 mlp" in text
    assert "step 0 loss: error 3, tolerance 2, ratio 1.5" in text
    assert "it crashed" in text
