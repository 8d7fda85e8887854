"""Expected results are the same after they were packed and unpacked."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import msgspec
import numpy as np
import pytest

from compare import workloads
from compare.agreement.packing import Packed, PackedExpected, pack, unpack
from compare.numerics.arrays import load_arrays
from compare.reference.expectation import expectations
from compare.runs.words import Inputs

SIZES = {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3, "learning_rate": 1e-4}


@pytest.fixture
def computed(tmp_path):
    """Return the expected results of a small workload."""
    return expectations(
        workloads.build("two_layer", SIZES),
        dtype="float32",
        steps=10,
        folder=tmp_path / "computed",
        inputs=Inputs.PROBE,
    )


def read_again(packed):
    """Return what is left of packed results in a file."""
    text = msgspec.json.encode(packed.expected)
    return Packed(
        expected=msgspec.json.decode(text, type=list[PackedExpected]),
        arrays=packed.arrays,
    )


def test_unpacked_results_equal_the_computed_ones_in_another_folder(computed, tmp_path):
    folder = tmp_path / "unpacked"
    unpacked = unpack(read_again(pack(computed)), folder=folder)
    assert len(unpacked) == len(computed)
    for one, other in zip(computed, unpacked, strict=True):
        for path in (one.state, one.arrays, *one.restarts.values()):
            before, after = load_arrays(path), load_arrays(folder / path.name)
            assert list(before) == list(after)
            for name, array in before.items():
                np.testing.assert_array_equal(after[name], array, strict=True)
        moved = replace(
            one,
            state=folder / one.state.name,
            arrays=folder / one.arrays.name,
            restarts={k: folder / path.name for k, path in one.restarts.items()},
        )
        assert moved == other


def test_a_tolerance_without_a_limit_is_kept(computed, tmp_path):
    first = replace(computed[0], tolerance=dict.fromkeys(computed[0].tolerance, inf))
    (unpacked,) = unpack(read_again(pack([first])), folder=tmp_path / "unpacked")
    assert set(unpacked.tolerance.values()) == {inf}


def test_a_tolerance_that_is_not_a_number_is_not_packed(computed):
    assert pack([replace(computed[0], floor={"loss": nan})]) is None


def test_results_without_one_of_their_files_are_refused(computed, tmp_path):
    packed = pack(computed)
    arrays = {n: a for n, a in packed.arrays.items() if not n.startswith("state-0/")}
    with pytest.raises(LookupError):
        unpack(replace(packed, arrays=arrays), folder=tmp_path / "unpacked")
