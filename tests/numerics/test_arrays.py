"""Named arrays in a file."""

from __future__ import annotations

import numpy as np
import pytest

from compare.numerics.arrays import load_arrays, save_arrays


def test_arrays_are_read_as_they_were_written(tmp_path):
    written = {
        "hidden.weight": np.arange(6, dtype="float32").reshape(2, 3),
        "labels": np.array([3, 1], "int64"),
        "loss": np.asarray(-0.0),
    }
    save_arrays(tmp_path / "state.npz", written)
    read = load_arrays(tmp_path / "state.npz")
    assert list(read) == list(written)
    for name, array in written.items():
        assert read[name].dtype == array.dtype
        assert read[name].tobytes() == array.tobytes()


def test_an_array_of_objects_is_refused(tmp_path):
    path = tmp_path / "objects.npz"
    np.savez(path, loss=np.array([{"pickled": True}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load_arrays(path)
