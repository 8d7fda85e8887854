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
from compare.contract import DTYPES
from compare.errors import DataError, OutOfRangeError
from compare.numerics.arrays import load_arrays, save_arrays
from compare.numerics.einsum import perturbed_einsum
from compare.reference.expectation import Expected, expectations
from compare.reference.moved import is_moved
from compare.runs.words import Against, Check, Inputs
from tests.support.long import long_test

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
    # Zeros are not where the parameters were: how many of them moved is as expected.
    values = [f for f in findings if not is_moved(f.quantity)]
    assert "agrees" not in {f.verdict for f in values}
    assert not judge.agrees(values)


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


@pytest.mark.parametrize("name", ["two_layer", pytest.param("cnn", marks=long_test)])
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


def expect_by_hand(folder, arrays, *, check="step", tolerance=0.5, floor=0.25):
    """Return an expected result with these arrays, and the same bounds for each."""
    path = folder / "expected.npz"
    save_arrays(path, arrays)
    return Expected(
        check=Check(check),
        step=3,
        state=path,
        arrays=path,
        tolerance=dict.fromkeys(arrays, tolerance),
        floor=dict.fromkeys(arrays, floor),
        inputs=Inputs.PROBE,
    )


def judge_one(folder, expected, received, *, dtype="float32", **bounds):
    """Return the finding on one gradient."""
    wanted = expect_by_hand(folder, {"gradient:w": np.array(expected)}, **bounds)
    (finding,) = judge.judge(
        {"gradient:w": np.array(received)}, expected=wanted, dtype=dtype
    )
    return finding


def test_every_field_of_a_finding_follows_from_its_worst_element(tmp_path):
    finding = judge_one(
        tmp_path,
        [[1.0, -8.0, 2.0], [4.0, 0.0, 3.0]],
        [[1.5, -8.0, 2.0], [4.0, 1.0, 3.0]],
    )
    assert dataclasses.asdict(finding) == {
        "check": "step",
        "inputs": "probe",
        "against": "reference",
        "threads": None,
        "earlier_run": "",
        "step": 3,
        "quantity": "gradient:w",
        "max_abs_error": 1.0,
        "max_rel_error": 0.125,
        "max_ulp_error": 2.0**20,
        "floors": 4.0,
        "tolerance": 0.5,
        "verdict": "disagrees",
        "worst_index": "1, 1",
        "expected": 0.0,
        "received": 1.0,
    }


def test_the_numbers_of_a_finding_are_plain_numbers(tmp_path):
    found = dataclasses.asdict(judge_one(tmp_path, [4.0], [4.5]))
    numbers = [v for v in found.values() if not isinstance(v, str | None)]
    assert {type(number) for number in numbers} == {float, int}


def test_an_error_equal_to_the_tolerance_agrees(tmp_path):
    assert judge_one(tmp_path, [4.0], [4.5]).verdict == "agrees"
    assert judge_one(tmp_path, [4.0], [4.5 + 2.0**-40]).verdict == "disagrees"


def test_a_tolerance_equal_to_the_largest_magnitude_is_undecided(tmp_path):
    assert judge_one(tmp_path, [-0.5, 0.25], [-0.5, 0.25]).verdict == "undecided"
    assert judge_one(tmp_path, [-0.51, 0.25], [-0.51, 0.25]).verdict == "agrees"


def test_a_tensor_of_zeros_is_judged_by_its_tolerance(tmp_path):
    agreed = judge_one(tmp_path, [0.0, 0.0], [0.0, 0.5])
    assert (agreed.verdict, agreed.max_rel_error) == ("agrees", np.inf)
    assert agreed.max_ulp_error == np.inf
    assert judge_one(tmp_path, [0.0], [0.75]).verdict == "disagrees"


def test_an_infinite_tolerance_is_undecided_whatever_is_received(tmp_path):
    for received in ([2.0], [np.nan]):
        found = judge_one(tmp_path, [2.0], received, tolerance=np.inf)
        assert found.verdict == "undecided"


def test_one_value_that_is_not_finite_disagrees(tmp_path):
    for wrong in (np.nan, np.inf, -np.inf):
        found = judge_one(tmp_path, [4.0, 2.0], [4.0, wrong], tolerance=1e300)
        assert found.verdict == "disagrees"
        assert found.worst_index == "1"


def test_a_value_out_of_range_is_compared_by_whether_both_sides_are_finite(tmp_path):
    beyond = [2.0**129, 1.0]  # above the largest float32
    found = [
        judge_one(tmp_path, beyond, received).verdict
        for received in ([np.inf, 1.0], [1.0, np.nan], [3.0, 1.0])
    ]
    assert found == ["both diverged", "both diverged", "disagrees"]
    in_float64 = judge_one(tmp_path, beyond, beyond, dtype="float64")
    assert in_float64.verdict == "agrees"


def test_a_floor_of_zero_counts_an_error_as_infinitely_many_floors(tmp_path):
    assert judge_one(tmp_path, [4.0], [4.0], floor=0.0).floors == 0.0
    assert judge_one(tmp_path, [4.0], [4.25], floor=0.0).floors == np.inf


def test_an_infinite_reference_has_no_unit_in_the_last_place(tmp_path):
    found = judge_one(tmp_path, [np.inf], [1.0])
    assert (found.max_ulp_error, found.verdict) == (np.inf, "disagrees")


def test_an_activation_on_both_sides_is_compared(tmp_path):
    arrays = {
        "activation:a": np.ones(2),
        "activation:b": np.ones(2),
        "loss": np.ones(()),
    }
    expected = expect_by_hand(tmp_path, arrays)
    received = {"activation:b": np.full(2, 9.0), "loss": np.ones(())}
    found = judge.judge(received, expected=expected, dtype="float32")
    assert [(f.quantity, f.verdict) for f in found] == [
        ("activation:b", "disagrees"),
        ("loss", "agrees"),
    ]


@pytest.mark.parametrize(
    ("spread", "expected"), [(0.0, 2.0), (0.5, 2.5), (2.0, 4.0), (9.0, 4.0)]
)
def test_a_spread_widens_a_tolerance_up_to_its_double(spread, expected):
    assert judge.widen_tolerance(2.0, spread=spread) == expected


def test_a_spread_widens_the_tolerance_of_its_own_tensor_only(tmp_path):
    expected = expect_by_hand(tmp_path, {"loss": np.ones(1), "gradient:w": np.ones(1)})
    found = judge.judge(
        {"loss": np.ones(1), "gradient:w": np.ones(1)},
        expected=expected,
        dtype="float32",
        spread={"loss": 0.125},
    )
    assert [f.tolerance for f in found] == [0.625, 0.5]


def test_every_field_of_a_repetition_is_of_the_repeated_step():
    once = {"gradient:w": np.array([2.0, -16.0]), "loss": np.array(3.0)}
    again = {"gradient:w": np.array([2.0, -15.0]), "loss": np.array(3.0)}
    found = judge.judge_repetition(
        once, again, against=Against.OTHER_THREADS, dtype="float32", threads=4
    )
    assert dataclasses.asdict(found[0]) == {
        "check": "determinism",
        "inputs": "workload",
        "against": "other threads",
        "threads": 4,
        "earlier_run": "",
        "step": 0,
        "quantity": "gradient:w",
        "max_abs_error": 1.0,
        "max_rel_error": 1 / 16,
        "max_ulp_error": 2.0**19,
        "floors": 2.0**21,
        "tolerance": 0.0,
        "verdict": "disagrees",
        "worst_index": "1",
        "expected": -16.0,
        "received": -15.0,
    }
    assert (found[1].verdict, found[1].worst_index) == ("agrees", "")
    assert {type(f.floors) for f in found} == {float}
    (without,) = judge.judge_repetition(
        {"loss": once["loss"]}, again, against=Against.ITSELF, dtype="float32"
    )
    assert without.threads is None


def test_the_floor_of_a_repetition_is_proportional_to_small_tensors():
    (found,) = judge.judge_repetition(
        {"loss": np.array([2.0**-10])},
        {"loss": np.array([2.0**-10 + 2.0**-34])},
        against=Against.ITSELF,
        dtype="float32",
    )
    assert found.floors == 2.0


def test_the_first_disagreement_is_described(tmp_path):
    wrong = judge_one(tmp_path, [4.0], [5.0])
    right = judge_one(tmp_path, [4.0], [4.0])
    again = judge.judge_repetition(
        {"loss": np.ones(1)},
        {"loss": np.zeros(1)},
        against=Against.ITSELF,
        dtype="float32",
    )
    infinite = judge_one(tmp_path, [4.123456789], [-np.inf])
    assert judge.describe_first_difference([*again, right]) == ""
    assert judge.describe_first_difference([*again, right, wrong, infinite]) == (
        "gradient:w at step 3 (step of the probe) differs by 1 "
        "(tolerance 0.5, 4 floors)"
    )
    own = dataclasses.replace(wrong, inputs=Inputs.WORKLOAD)
    assert judge.describe_first_difference([own]) == (
        "gradient:w at step 3 (step) differs by 1 (tolerance 0.5, 4 floors)"
    )
    assert judge.describe_first_difference(iter([infinite])) == (
        "gradient:w at step 3 (step of the probe) is -inf; expected 4.12346"
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (np.inf, np.inf, 0.0),
        (np.inf, -np.inf, np.inf),
        (np.nan, np.nan, 0.0),
        (np.nan, 1.0, np.inf),
        (1.0, np.nan, np.inf),
        (np.inf, 1.0, np.inf),
        (1.5, -1.0, 2.5),
    ],
)
def test_the_error_of_one_number(one, other, expected):
    assert judge.absolute_error(np.array([one]), np.array([other])) == [expected]


def test_an_error_of_float32_arrays_is_computed_in_float64():
    one = np.array([3e38, 1.0], "float32")
    other = np.array([-3e38, 1 + 2.0**-23], "float32")
    error = judge.absolute_error(one, other)
    assert error.dtype == "float64"
    np.testing.assert_allclose(error, [6e38, 2.0**-23], rtol=1e-7)


def test_an_error_of_float64_arrays_keeps_its_digits():
    one, other = np.array([1 + 2.0**-50]), np.array([1.0])
    assert judge.absolute_error(one, other) == [2.0**-50]
    assert judge.absolute_error(other, one) == [2.0**-50]


def test_an_error_too_large_for_float64_is_infinite_without_a_warning():
    assert judge.absolute_error(np.array([1e308]), np.array([-1e308])) == [np.inf]


def test_the_error_of_arrays_of_different_shape_is_refused():
    with pytest.raises(DataError, match=r"the shape \(1, 2\); received \(2,\)"):
        judge.absolute_error(np.ones(2), np.ones((1, 2)))


def test_an_error_is_divided_by_its_unit():
    assert judge.divide_by_unit(3.0, unit=2.0) == 1.5
    assert judge.divide_by_unit(0.0, unit=0.0) == 0.0
    assert judge.divide_by_unit(0.5, unit=0.0) == np.inf


def test_the_message_on_missing_tensors_lists_both_sides():
    one = np.ones(1)
    with pytest.raises(DataError) as error:
        judge.require_same_tensors({"a": one, "b": one}, {"b": one, "c": one})
    assert str(error.value) == (
        "expected the tensors b and c; received a and b (missing: c; not expected: a)"
    )
    with pytest.raises(DataError) as error:
        judge.require_same_tensors({}, {"b": one})
    assert str(error.value) == "expected the tensors b; received none (missing: b)"
    with pytest.raises(DataError, match=r"received a and b \(not expected: a\)"):
        judge.require_same_tensors({"a": one, "b": one}, {"b": one})


def test_the_message_on_shapes_lists_only_those_that_differ():
    with pytest.raises(DataError) as error:
        judge.require_same_tensors(
            {"a": np.ones(1), "b": np.ones(2)}, {"a": np.ones(1), "b": np.ones((2, 1))}
        )
    assert str(error.value) == "expected the shapes b (2, 1); received b (2,)"
