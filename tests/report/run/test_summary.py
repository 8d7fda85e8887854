"""The sentences depend on the numbers."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

from tests.support.reading import words
from tests.support.synthetic import (
    agreement_only,
    cell_of,
    rows_of,
    with_error,
    with_timing,
    without,
)

FASTER = {"ratio": 0.5, "ratio_low": 0.49, "ratio_high": 0.51, "verdict": "faster"}


def test_agreement_is_counted_in_cells(made, answered):
    agree, _, _ = answered(made)
    assert agree == "All 16 cells agree with the reference."


def test_the_largest_error_is_below_the_first_screen(made, outlined):
    (section,) = (s for s in outlined(made).sections if s.ident == "agreement")
    compared = made.agreement[made.agreement["check"] != "determinism"]
    fraction = compared["max_abs_error"] / compared["tolerance"]
    worst = compared.assign(fraction=fraction).nlargest(1, "fraction")
    assert f"{worst['fraction'].iloc[0]:.3f} of its tolerance" in section.intro
    assert f"{worst['floors'].iloc[0]:.2f} floors" in section.intro


def test_a_cell_that_disagrees_is_counted_and_named(made, answered):
    agree, _, _ = answered(with_error(made, "cnn", "tf/xla", times=14.2, step=3))
    assert "15 of 16 cells agree with the reference; 1 disagrees." in agree
    assert (
        "tf/xla on cnn: the first tensor out of tolerance is parameter:conv1.weight at "
        "step 3 of the trajectory, "
    ) in agree
    assert "14.2 times its tolerance" in agree


def test_an_error_that_is_not_a_number_is_a_disagreement(made, answered):
    spoiled = with_error(made, "cnn", "tf/xla", times=nan, step=3)
    agree, _, _ = answered(spoiled)
    assert "15 of 16 cells agree" in agree
    assert "nan where 0.500 was expected" in agree


def test_a_variant_with_a_spread_between_repetitions_still_agrees(made, answered):
    repeated = made.agreement["check"] == "determinism"
    assert (made.agreement.loc[repeated, "verdict"] == "disagrees").any()
    agree, _, _ = answered(made)
    assert "All 16 cells agree" in agree


def test_a_cell_without_a_result_does_not_count_as_agreement(made, answered):
    agree, _, _ = answered(without(made, "cnn", "torch/compile"))
    assert "15 of 16 cells agree" in agree
    assert "not run: torch/compile on cnn" in agree


def test_the_lowest_ratio_is_named_with_its_interval_and_the_baseline(made, answered):
    _, steady, _ = answered(with_timing(made, "cnn", "tf/xla", **FASTER))
    assert (
        "cnn: tf/xla takes 0.50x (0.49-0.51) the step time of torch/eager (9.12 ms), "
        "the lowest of 8 variants."
    ) in words(steady)


def test_other_numbers_make_another_sentence(made, answered):
    other = FASTER | {"ratio": 0.7, "ratio_low": 0.69, "ratio_high": 0.71}
    _, steady, _ = answered(with_timing(made, "cnn", "tf/function", **other))
    assert "cnn: tf/function takes 0.70x (0.69-0.71)" in words(steady)


def test_variants_without_a_proven_difference_are_not_ranked(made, answered):
    near = FASTER | {"ratio": 0.505}
    spoiled = with_timing(made, "cnn", "tf/xla", **FASTER)
    _, steady, _ = answered(with_timing(spoiled, "cnn", "tf/function", **near))
    assert "This run cannot rank it against tf/function." in words(steady)


def test_the_answer_states_that_no_variant_is_faster(made, answered):
    timing = made.timing.copy()
    timing.loc[timing["verdict"] == "faster", "verdict"] = "inconclusive"
    _, steady, _ = answered(replace(made, timing=timing))
    assert "cnn: no variant is faster than torch/eager" in words(steady)
    assert (
        "faster than torch/eager (9.12 ms); no clear difference for torch/compile-step"
        in words(steady)
    )


def test_inconclusive_variants_are_named(made, answered):
    _, steady, _ = answered(
        with_timing(made, "two_layer", "tf/xla", verdict="inconclusive")
    )
    assert "Inconclusive: torch/script and tf/xla." in words(steady)


def test_a_variant_that_disagrees_is_not_the_lowest(made, answered):
    spoiled = with_error(made, "cnn", "tf/xla", times=9, step=0)
    _, steady, payback = answered(with_timing(spoiled, "cnn", "tf/xla", **FASTER))
    assert "cnn: torch/compile-step takes" in words(steady)
    assert "tf/xla disagrees with the reference and is not ranked." in words(steady)
    assert "tf/xla" not in payback.partition("cnn:")[2]


def test_a_control_that_differs_from_the_baseline_makes_the_timing_unproven(
    made, answered
):
    control = {"ratio": 1.031, "ratio_low": 1.012, "ratio_high": 1.051}
    _, steady, payback = answered(with_timing(made, "cnn", "torch/control", **control))
    assert "cnn (unproven): " in words(steady)
    assert "1.03x (1.01-1.05) its step time, where 1 was expected" in words(steady)
    assert "cnn (unproven): " in words(payback)
    assert "two_layer: " in words(steady)


def test_payback_is_given_in_steps_soonest_first(made, answered):
    figures = {
        "break_even_steps": 340,
        "break_even_low": 310,
        "break_even_high": 380,
    }
    _, _, payback = answered(with_timing(made, "cnn", "torch/compile", **figures))
    assert (
        "cnn: against torch/eager, torch/compile pays back after 340 steps (310-380), "
        "tf/function after 693 steps"
    ) in words(payback)


def test_a_graph_that_never_pays_back_is_named(made, answered):
    _, _, payback = answered(
        with_timing(
            made,
            "cnn",
            "tf/function",
            break_even_steps=inf,
            break_even_low=inf,
            break_even_high=inf,
        )
    )
    assert "tf/function and tf/xla never do." in words(payback)


def test_a_graph_that_may_pay_back_is_not_called_never(made, answered):
    figures = {"break_even_steps": inf, "break_even_low": 476_000}
    _, _, payback = answered(with_timing(made, "cnn", "torch/script", **figures))
    assert "torch/script perhaps never (476,000 at the earliest)" in words(payback)


def test_the_table_shows_that_a_break_even_may_never_be_reached(made, render):
    steps = {"break_even_steps": 17_800, "break_even_low": 9_000}
    spoilt = with_timing(made, "cnn", "tf/function", **steps, break_even_high=inf)
    assert "17,800 or never" in render(spoilt).html


def test_a_graph_that_only_starts_sooner_is_cheaper_for_the_first_steps(made, answered):
    baseline = made.timing[rows_of(made.timing, "cnn", "torch/eager")].iloc[0]
    figures = {
        "import_s": baseline["import_s"],
        "prepare_s": 0.0,
        "first_call_cold_s": 0.001,
        "ratio": 1.5,
    }
    _, _, payback = answered(
        with_timing(
            made, "cnn", "tf/xla", **figures, break_even_steps=inf, break_even_low=inf
        )
    )
    assert "tf/xla costs less for the first 12 steps only" in words(payback)


def test_a_graph_may_pay_back_from_the_first_step(made, answered):
    _, _, payback = answered(
        with_timing(made, "cnn", "tf/function", break_even_steps=0)
    )
    assert "tf/function pays back from the first step" in words(payback)


def test_an_unknown_break_even_is_not_called_never(made, answered):
    _, _, payback = answered(
        with_timing(made, "cnn", "tf/function", break_even_steps=nan)
    )
    assert "not known for tf/function" in words(payback)


def test_a_static_mode_that_captured_nothing_has_no_payback(made, answered):
    cell_of(made, "cnn", "tf/function").captures = "none"
    _, _, payback = answered(made)
    assert "tf/function captured no graph" in words(payback)


def test_without_a_baseline_there_is_no_ratio(made, answered):
    _, steady, _ = answered(without(made, "cnn", "torch/eager", status="failed"))
    assert "cnn: no step time of torch/eager." in words(steady)


def test_an_agreement_only_run_states_that_nothing_was_timed(made, answered):
    agree, costs = answered(agreement_only(made))
    assert "All 16 cells agree" in agree
    assert costs == "Not measured: this run only checked agreement."


def test_without_intervals_a_graph_still_pays_back_or_never_does(made, answered):
    unknown = {"break_even_low": float("nan"), "break_even_high": float("nan")}
    for variant in ("torch/script", "torch/compile", "tf/function", "tf/xla"):
        made = with_timing(made, "cnn", variant, **unknown)
    never = {"break_even_steps": float("inf")}
    made = with_timing(made, "cnn", "tf/xla", **never)
    _, _, paid = answered(made)
    sentence = words(paid)
    assert "tf/function pays back after" in sentence or "tf/function after" in sentence
    assert "tf/xla never does" in sentence or "tf/xla never do" in sentence
    assert ", ." not in sentence
