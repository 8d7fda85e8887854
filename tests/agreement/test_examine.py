"""Arrays that a worker saved are checked before they are compared."""

from __future__ import annotations

import numpy as np
import pytest

from compare.agreement.examine import read_saved_arrays
from compare.errors import WorkerError
from compare.numerics.arrays import save_arrays


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.asarray("large"), "<U5"),
        (np.asarray(1j), "complex128"),
        (np.asarray("2026-01-31", "datetime64[D]"), r"datetime64\[D\]"),
    ],
)
def test_arrays_without_real_numbers_are_an_error_of_the_worker(tmp_path, array, dtype):
    path = tmp_path / "snapshot.npz"
    save_arrays(path, {"loss": array})
    with pytest.raises(WorkerError, match=f"snapshot.npz; loss has dtype {dtype}"):
        read_saved_arrays(path)


def test_arrays_that_are_not_finite_are_read_as_they_are(tmp_path):
    path = tmp_path / "snapshot.npz"
    save_arrays(path, {"loss": np.asarray(np.nan), "label": np.asarray(3)})
    assert np.isnan(read_saved_arrays(path)["loss"])
