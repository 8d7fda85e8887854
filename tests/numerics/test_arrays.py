"""Named arrays on disk: read back unchanged; errors of the system keep their name."""

from __future__ import annotations

import errno
import zipfile

import numpy as np
import pytest

from compare.numerics.arrays import load_arrays, save_arrays


@pytest.fixture
def path(tmp_path):
    """Return the path of an archive of two arrays."""
    path = tmp_path / "arrays.npz"
    save_arrays(path, {"a": np.arange(6).reshape(2, 3), "loss": np.array(0.5)})
    return path


def test_saved_arrays_are_read_back_unchanged(path):
    found = load_arrays(path)
    assert list(found) == ["a", "loss"]
    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["loss"].shape == ()


def test_pickled_objects_are_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load_arrays(tmp_path / "x.npz")


def test_a_file_that_is_no_archive_is_refused(path):
    path.write_bytes(b"something else")
    with pytest.raises(zipfile.BadZipFile):
        load_arrays(path)


def test_an_error_of_the_system_is_not_reported_as_a_wrong_format(path, monkeypatch):
    def fail(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(zipfile, "_EndRecData", fail)
    with pytest.raises(OSError, match="Input/output error"):
        load_arrays(path)
