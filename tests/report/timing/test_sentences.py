"""The answer about step times: the fact first, then its evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.report.timing.sentences import describe_steady_state
from compare.results.joining import group_cells
from compare.stats.estimates import TimingVerdict
from tests.support.reading import words
from tests.support.synthetic import replace_timing


@pytest.fixture(scope="module")
def cnn(ordinary):
    """The cells of one workload."""
    return group_cells(ordinary.run)[1]


def only(group, *variants):
    """Return a group with some of its cells."""
    cells = tuple(cell for cell in group.lines if cell.variant in variants)
    return replace(group, lines=cells)


def judged(group, variant, verdict, figures):
    """Return a group with another verdict and (ratio, low, high) of a variant."""
    names = ("ratio", "ratio_low", "ratio_high")
    values = dict(zip(names, figures, strict=True))
    return replace_timing(group, variant, verdict=verdict, **values)


PAIR = ("torch/eager", "torch/compile")


@pytest.mark.parametrize(
    ("verdict", "figures", "sentence"),
    [
        (
            TimingVerdict.SLOWER,
            (1.27, 1.25, 1.29),
            "torch/compile is 27% slower than torch/eager (9.12 ms): "
            "1.27x (1.25-1.29).",
        ),
        (
            TimingVerdict.SLOWER,
            (5.3, 5.2, 5.4),
            "torch/compile takes 5.30x (5.20-5.40) the step time of torch/eager "
            "(9.12 ms).",
        ),
        (
            TimingVerdict.FASTER,
            (0.78, 0.77, 0.8),
            "torch/compile takes 0.78x (0.77-0.80) the step time of torch/eager "
            "(9.12 ms).",
        ),
        (
            TimingVerdict.EQUIVALENT,
            (1.001, 0.996, 1.006),
            "torch/compile is equivalent to torch/eager (9.12 ms): 1.00x (1.00-1.01).",
        ),
        (
            TimingVerdict.INCONCLUSIVE,
            (1.03, 0.95, 1.1),
            "no clear difference between torch/compile and torch/eager (9.12 ms): "
            "1.03x (0.95-1.10).",
        ),
    ],
)
def test_the_verdict_on_one_variant_comes_first(cnn, verdict, figures, sentence):
    group = judged(only(cnn, *PAIR), "torch/compile", verdict, figures)
    assert words(describe_steady_state(group)) == f"cnn: {sentence}"


def test_a_baseline_that_is_faster_than_all_others_is_named_as_the_fastest(cnn):
    group = only(cnn, *PAIR, "tf/xla")
    slower = TimingVerdict.SLOWER
    group = judged(group, "torch/compile", slower, (1.27, 1.25, 1.29))
    group = judged(group, "tf/xla", slower, (2.4, 2.3, 2.5))
    assert words(describe_steady_state(group)) == (
        "cnn: torch/eager (9.12 ms) is the fastest of 3 variants; torch/compile is "
        "27% slower, 1.27x (1.25-1.29)."
    )


def test_a_variant_is_called_inconclusive_once(cnn):
    group = only(cnn, *PAIR, "tf/xla", "tf/function")
    open_ = TimingVerdict.INCONCLUSIVE
    group = judged(group, "torch/compile", open_, (0.98, 0.9, 1.1))
    group = judged(group, "tf/function", open_, (1.02, 0.9, 1.2))
    group = judged(group, "tf/xla", TimingVerdict.SLOWER, (1.4, 1.3, 1.5))
    sentence = words(describe_steady_state(group))
    assert sentence == (
        "cnn: no variant is faster than torch/eager (9.12 ms); no clear difference for "
        "torch/compile, 0.98x (0.90-1.10). Also inconclusive: tf/function."
    )
    assert "inconclusive. Inconclusive" not in sentence


def test_an_unproven_run_names_no_fastest_variant(cnn):
    group = only(cnn, *PAIR, "tf/xla")
    for variant in ("torch/compile", "tf/xla"):
        group = judged(group, variant, TimingVerdict.SLOWER, (1.27, 1.25, 1.29))
    unproven = replace(group, control=replace(cnn.control, is_unproven=True))
    assert "is the fastest of" in describe_steady_state(group)
    assert "is the fastest of" not in describe_steady_state(unproven)
    assert describe_steady_state(unproven).startswith("cnn (unproven): ")
