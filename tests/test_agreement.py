"""What counts as agreement: judged on arrays alone, no framework needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compare import agreement, workloads
from compare.arrays import load_arrays
from compare.errors import DataError
from compare.expectation import expectations
from compare.tolerance import UNIT_ROUNDOFF

SMALL = {"batch": 8, "inputs": 30, "hidden": 12, "outputs": 4, "learning_rate": 1e-4}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The first forced step of a small two-layer net in float32."""
    workload = workloads.build("two_layer", SMALL)
    folder = tmp_path_factory.mktemp("expected")
    found = expectations(workload, dtype="float32", steps=10, folder=folder)
    return found[0]


def judge(expected, changes):
    received = dict(load_arrays(expected.arrays)) | changes
    return agreement.judge(received, expected=expected, dtype="float32")


def test_the_reference_agrees_with_itself(expected):
    findings = judge(expected, {})
    assert agreement.agrees(findings)
    assert {f.max_abs_error for f in findings} == {0.0}
    assert agreement.first_difference(findings) == ""


def test_all_zeros_disagree(expected):
    zeros = {n: np.zeros_like(a) for n, a in load_arrays(expected.arrays).items()}
    verdicts = {f.verdict for f in judge(expected, zeros)}
    assert verdicts == {"disagrees"}


@pytest.mark.parametrize("quantity", ["loss", "gradient:hidden.weight"])
def test_an_error_is_rounding_below_its_tolerance_and_a_difference_above(
    expected, quantity
):
    array = load_arrays(expected.arrays)[quantity]
    tolerance = expected.tolerance[quantity]
    below, above = (
        judge(expected, {quantity: array + f * tolerance}) for f in (0.9, 2)
    )
    assert agreement.agrees(below)
    assert not agreement.agrees(above)
    assert agreement.first_difference(above).startswith(f"{quantity} at step 0")


def test_a_tolerance_is_a_small_part_of_what_it_judges(expected):
    for quantity, array in load_arrays(expected.arrays).items():
        assert expected.tolerance[quantity] < 1e-4 * np.abs(array).max()


def test_one_sided_nan_disagrees(expected):
    loss = {"loss": np.asarray(np.nan)}
    finding = next(f for f in judge(expected, loss) if f.quantity == "loss")
    assert finding.verdict == "disagrees"
    assert finding.max_abs_error == np.inf


def test_missing_quantities_are_named(expected):
    received = dict(load_arrays(expected.arrays))
    del received["gradient:output.weight"]
    with pytest.raises(DataError, match=r"expected the quantities .*output\.weight"):
        agreement.judge(received, expected=expected, dtype="float32")


def test_another_shape_is_an_error_that_names_both(expected):
    with pytest.raises(DataError, match=r"expected the shape \(30, 12\); received"):
        judge(expected, {"gradient:hidden.weight": np.zeros((12, 30))})


def test_a_variant_s_own_spread_widens_its_tolerance(expected):
    array = load_arrays(expected.arrays)["loss"]
    tolerance = expected.tolerance["loss"]
    spread = {"loss": 0.9 * tolerance}
    verdicts = [
        agreement.agrees(
            agreement.judge(
                dict(load_arrays(expected.arrays)) | {"loss": array + off * tolerance},
                expected=expected,
                dtype="float32",
                spread=spread,
            )
        )
        for off in (1.8, 2.0)
    ]
    assert verdicts == [True, False]


def test_no_spread_however_large_hides_a_difference(expected):
    array = load_arrays(expected.arrays)["loss"]
    off = array + 5 * expected.tolerance["loss"]
    findings = agreement.judge(
        dict(load_arrays(expected.arrays)) | {"loss": off},
        expected=expected,
        dtype="float32",
        spread={"loss": float("inf")},
    )
    assert not agreement.agrees(findings)


def test_a_step_that_differs_from_its_repetition_is_not_deterministic(expected):
    once = load_arrays(expected.arrays)
    again = dict(once) | {"loss": np.nextafter(once["loss"], np.inf)}
    found = agreement.determinism(once, again, dtype="float64")
    assert [f.quantity for f in found if f.verdict == "disagrees"] == ["loss"]
    assert agreement.agrees(found), "being unlike oneself is not disagreement"


def test_a_reference_that_overflows_is_the_workload_s_error(tmp_path):
    workload = workloads.build("two_layer", SMALL | {"learning_rate": 1e30})
    with np.errstate(all="ignore"), pytest.raises(DataError, match="not finite"):
        expectations(workload, dtype="float32", steps=10, folder=tmp_path)


FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@given(arrays.arrays("float32", (3, 2), elements=FLOATS))
def test_an_array_has_no_error_against_itself(array):
    assert agreement.absolute_error(array, array).max() == 0.0


@given(
    arrays.arrays("float32", (4,), elements=FLOATS),
    arrays.arrays("float32", (4,), elements=FLOATS),
)
def test_an_error_is_symmetric_and_never_nan(one, other):
    error = agreement.absolute_error(one, other)
    assert not np.isnan(error).any()
    np.testing.assert_array_equal(error, agreement.absolute_error(other, one))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_unit_roundoff_is_half_the_spacing_at_one(dtype):
    assert UNIT_ROUNDOFF[dtype] == np.finfo(dtype).eps / 2


@pytest.mark.parametrize("name", ["two_layer", "cnn"])
def test_correct_arithmetic_of_other_orders_raises_no_alarm(name, tmp_path):
    """A hundred random workloads, computed by NumPy's two ways of summing."""
    rng = np.random.default_rng(5)
    for trial in range(50):
        config = random_config(name, rng=rng)
        workload = workloads.build(name, config)
        folder = tmp_path / str(trial)
        found = expectations(workload, dtype="float32", steps=1, folder=folder)[0]
        batch = next(iter(workload.batches("float32")))
        mine = workload.reference(workload.parameters("float32"), batch)
        findings = agreement.judge(mine.quantities(), expected=found, dtype="float32")
        assert agreement.agrees(findings), (
            config,
            agreement.first_difference(findings),
        )


def random_config(name: str, *, rng: np.random.Generator) -> dict[str, object]:
    """A workload of random sizes."""
    config: dict[str, object] = {
        "batch": int(rng.integers(1, 40)),
        "learning_rate": float(10.0 ** rng.uniform(-6, -1)),
        "seed": int(rng.integers(1000)),
    }
    if name == "two_layer":
        sizes = {k: int(rng.integers(1, 200)) for k in ("inputs", "hidden", "outputs")}
        return config | sizes | {"learning_rate": 1e-7}
    return config
