"""Verdicts on arrays. No framework is needed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compare import workloads
from compare.agreement import judge
from compare.agreement.expectation import expectations
from compare.contract import DTYPES
from compare.errors import DataError, OutOfRangeError
from compare.numerics.arrays import load_arrays
from compare.numerics.einsum import perturbed_einsum
from compare.runs.words import Against

SMALL = {"batch": 8, "inputs": 30, "hidden": 12, "outputs": 4, "learning_rate": 1e-4}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Return the first single step of a small two-layer network in float32."""
    workload = workloads.build("two_layer", SMALL)
    folder = tmp_path_factory.mktemp("expected")
    found = expectations(workload, dtype="float32", steps=10, folder=folder)
    return found[0]


def judge_with(expected, changes):
    received = dict(load_arrays(expected.arrays)) | changes
    return judge.judge(received, expected=expected, dtype="float32")


def test_the_reference_agrees_with_itself(expected):
    findings = judge_with(expected, {})
    assert judge.agrees(findings)
    assert {f.max_abs_error for f in findings} == {0.0}
    assert judge.describe_first_difference(findings) == ""


def test_zeros_disagree(expected):
    zeros = {n: np.zeros_like(a) for n, a in load_arrays(expected.arrays).items()}
    verdicts = {f.verdict for f in judge_with(expected, zeros)}
    assert verdicts == {"disagrees"}


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_do_not_agree_in_any_dtype(dtype, tmp_path):
    workload = workloads.build("two_layer", SMALL)
    first = expectations(workload, dtype=dtype, steps=1, folder=tmp_path)[0]
    zeros = {n: np.zeros_like(a) for n, a in arrays_of(first).items()}
    findings = judge.judge(zeros, expected=first, dtype=dtype)
    assert "agrees" not in {f.verdict for f in findings}
    assert not judge.agrees(findings)


def test_a_sum_of_zeros_has_no_rounding_error():
    rng = np.random.default_rng(0)
    einsum = perturbed_einsum(unit=2.0**-53, underflow=2.0**-1022, rng=rng)
    assert not einsum("ij,jk->ik", np.zeros((3, 4)), np.ones((4, 2))).any()


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_perturbations_are_proportional_to_the_scale_of_the_data(scale):
    a, b = np.full((1, 4), scale), np.ones((4, 1))
    rng = np.random.default_rng(0)
    perturbed = perturbed_einsum(unit=2.0**-53, underflow=0.0, rng=rng)(
        "ij,jk->ik", a, b
    )
    expected = 4 * scale * 2.0**-52
    assert abs(perturbed - 4 * scale).item() == pytest.approx(expected, rel=0.3)


def test_findings_are_in_the_order_of_computation(expected):
    found = [f.quantity for f in judge_with(expected, {})]
    assert found == [
        "activation:hidden",
        "activation:output",
        "loss",
        "gradient:output.weight",
        "gradient:hidden.weight",
        "parameter:hidden.weight",
        "parameter:output.weight",
    ]


def test_a_finding_contains_the_worst_element(expected):
    wrong = np.array(load_arrays(expected.arrays)["gradient:output.weight"])
    wrong[3, 1] += 1.0
    finding = next(
        f
        for f in judge_with(expected, {"gradient:output.weight": wrong})
        if f.verdict == "disagrees"
    )
    assert finding.worst_index == "3, 1"
    assert finding.received - finding.expected == pytest.approx(1.0)


@pytest.mark.parametrize("quantity", ["loss", "gradient:hidden.weight"])
def test_an_error_agrees_below_the_tolerance_and_disagrees_above(expected, quantity):
    array = load_arrays(expected.arrays)[quantity]
    tolerance = expected.tolerance[quantity]
    below, above = (
        judge_with(expected, {quantity: array + f * tolerance}) for f in (0.9, 2)
    )
    assert judge.agrees(below)
    assert not judge.agrees(above)
    sentence = judge.describe_first_difference(above)
    assert sentence.startswith(f"{quantity} at step 0 (step) differs by ")
    assert f"(tolerance {tolerance:.3g}, " in sentence
    assert sentence.endswith(" floors)")


def test_tolerances_are_small_compared_with_the_tensors(expected):
    for quantity, array in load_arrays(expected.arrays).items():
        assert expected.tolerance[quantity] < 1e-4 * np.abs(array).max()


def test_nan_on_one_side_disagrees(expected):
    loss = {"loss": np.asarray(np.nan)}
    findings = judge_with(expected, loss)
    finding = next(f for f in findings if f.quantity == "loss")
    assert finding.verdict == "disagrees"
    assert finding.max_abs_error == np.inf
    assert "is nan; expected" in judge.describe_first_difference(findings)


def test_missing_and_surplus_quantities_are_named(expected):
    received = dict(load_arrays(expected.arrays))
    del received["gradient:output.weight"]
    received["gradient:extra"] = np.zeros(1)
    with pytest.raises(DataError) as error:
        judge.judge(received, expected=expected, dtype="float32")
    assert "missing: gradient:output.weight" in str(error.value)
    assert "not expected: gradient:extra" in str(error.value)


def test_activations_that_the_reference_does_not_have_are_not_compared(expected):
    findings = judge_with(expected, {"activation:dropout": np.zeros(3)})
    assert judge.agrees(findings)


def test_the_error_for_another_shape_names_both_shapes(expected):
    shapes = r"expected the shapes gradient:hidden.weight \(30, 12\); received"
    with pytest.raises(DataError, match=shapes):
        judge_with(expected, {"gradient:hidden.weight": np.zeros((12, 30))})


def test_the_spread_of_a_variant_widens_its_tolerance(expected):
    array = load_arrays(expected.arrays)["loss"]
    tolerance = expected.tolerance["loss"]
    spread = {"loss": 0.9 * tolerance}
    verdicts = [
        judge.agrees(
            judge.judge(
                dict(load_arrays(expected.arrays)) | {"loss": array + off * tolerance},
                expected=expected,
                dtype="float32",
                spread=spread,
            )
        )
        for off in (1.8, 2.0)
    ]
    assert verdicts == [True, False]


def test_a_large_spread_does_not_hide_a_difference(expected):
    array = load_arrays(expected.arrays)["loss"]
    off = array + 5 * expected.tolerance["loss"]
    findings = judge.judge(
        dict(load_arrays(expected.arrays)) | {"loss": off},
        expected=expected,
        dtype="float32",
        spread={"loss": float("inf")},
    )
    assert not judge.agrees(findings)


def test_a_step_that_differs_from_its_repetition_is_not_deterministic(expected):
    once = load_arrays(expected.arrays)
    again = dict(once) | {"loss": np.nextafter(once["loss"], np.inf)}
    found = judge.judge_repetition(once, again, against=Against.ITSELF, dtype="float64")
    assert [f.quantity for f in found if f.verdict == "disagrees"] == ["loss"]
    assert judge.agrees(found), "a difference from its repetition is not a disagreement"


def test_repeated_nan_counts_as_repeatable():
    once = {"loss": np.asarray(np.nan)}
    found = judge.judge_repetition(once, once, against=Against.ITSELF, dtype="float64")
    assert [f.verdict for f in found] == ["agrees"]


def diverging(folder):
    """Return the last of ten float32 steps with a far too large learning rate."""
    workload = workloads.build("two_layer", SMALL | {"learning_rate": 1.0})
    found = expectations(workload, dtype="float32", steps=10, folder=folder)
    return found[-1]


def test_two_diverged_sides_do_not_disagree(tmp_path):
    last = diverging(tmp_path)
    received = {
        n: np.full(a.shape, np.inf) for n, a in load_arrays(last.arrays).items()
    }
    findings = judge.judge(received, expected=last, dtype="float32")
    assert {f.verdict for f in findings} == {"both diverged"}
    assert judge.agrees(findings)


def test_finite_values_disagree_where_the_reference_diverged(tmp_path):
    last = diverging(tmp_path)
    received = {n: np.ones(a.shape) for n, a in load_arrays(last.arrays).items()}
    findings = judge.judge(received, expected=last, dtype="float32")
    assert {f.verdict for f in findings} == {"disagrees"}


def test_a_tolerance_as_large_as_the_tensor_is_undecided(expected):
    undecided = dataclasses.replace(
        expected,
        check="trajectory",
        tolerance={n: 2 * np.abs(a).max() for n, a in arrays_of(expected).items()},
    )
    findings = judge.judge(arrays_of(expected), expected=undecided, dtype="float32")
    assert {f.verdict for f in findings} == {"undecided"}
    assert judge.agrees(findings)


def test_nan_is_never_undecided(expected):
    undecided = dataclasses.replace(
        expected,
        check="trajectory",
        tolerance={n: 2 * np.abs(a).max() for n, a in arrays_of(expected).items()},
    )
    received = arrays_of(expected) | {"loss": np.asarray(np.nan)}
    findings = judge.judge(received, expected=undecided, dtype="float32")
    assert not judge.agrees(findings)


def arrays_of(expected):
    return dict(load_arrays(expected.arrays))


def test_a_reference_that_overflows_at_its_first_step_is_an_error_of_the_workload(
    tmp_path,
):
    workload = workloads.build("two_layer", SMALL | {"learning_rate": 1e308})
    with pytest.raises(DataError, match="own reference is not finite at step 0"):
        expectations(workload, dtype="float64", steps=10, folder=tmp_path)


def test_quantities_too_large_for_a_dtype_are_named(tmp_path):
    workload = workloads.build("two_layer", SMALL | {"inputs": 900, "hidden": 400})
    with pytest.raises(
        OutOfRangeError, match=r"loss reaches .* the largest float16, 6\.55e\+04"
    ):
        expectations(workload, dtype="float16", steps=10, folder=tmp_path)


FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@given(arrays.arrays("float32", (3, 2), elements=FLOATS))
def test_an_array_has_no_error_compared_with_itself(array):
    assert judge.absolute_error(array, array).max() == 0.0


@given(
    arrays.arrays("float32", (4,), elements=FLOATS),
    arrays.arrays("float32", (4,), elements=FLOATS),
)
def test_an_error_is_symmetric_and_never_nan(one, other):
    error = judge.absolute_error(one, other)
    assert not np.isnan(error).any()
    np.testing.assert_array_equal(error, judge.absolute_error(other, one))


@pytest.mark.parametrize("name", ["two_layer", "cnn"])
def test_other_orders_of_summation_agree(name, tmp_path):
    """A hundred random workloads, computed with both summation orders of NumPy."""
    rng = np.random.default_rng(5)
    for trial in range(50):
        config = random_config(name, rng=rng)
        workload = workloads.build(name, config)
        folder = tmp_path / str(trial)
        found = expectations(workload, dtype="float32", steps=1, folder=folder)[0]
        batch = next(iter(workload.batches("float32")))
        mine = workload.reference(workload.parameters("float32"), batch)
        findings = judge.judge(mine.quantities(), expected=found, dtype="float32")
        assert judge.agrees(findings), (
            config,
            judge.describe_first_difference(findings),
        )


def random_config(name: str, *, rng: np.random.Generator) -> dict[str, object]:
    """Return the configuration of a workload with random sizes."""
    config: dict[str, object] = {
        "batch": int(rng.integers(1, 40)),
        "learning_rate": float(10.0 ** rng.uniform(-6, -1)),
        "seed": int(rng.integers(1000)),
    }
    if name == "two_layer":
        sizes = {k: int(rng.integers(1, 200)) for k in ("inputs", "hidden", "outputs")}
        return config | sizes | {"learning_rate": 1e-7}
    return config
