"""Named arrays in a file."""

from __future__ import annotations

import errno
import struct
import zipfile

import numpy as np
import pytest

from compare.numerics import arrays
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


def write_member(path, content):
    """Write an archive with one member of this content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("loss.npy", content)


def header(shape, *, dtype="<f8", version=(1, 0)):
    """Return the header of an array, in a version of NumPy's format."""
    described = {"descr": dtype, "fortran_order": False, "shape": shape}
    text = str(described).encode() + b"\n"
    length = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + length + text


def test_the_limits_of_an_archive_are_those_of_the_documentation():
    assert (arrays.FREE_BYTES, arrays.MAX_EXPANSION) == (2**30, 200)
    assert arrays.MAX_ITEM_BYTES == 2**20


def test_an_archive_may_expand_up_to_its_limit(tmp_path, monkeypatch):
    path = tmp_path / "zeros.npz"
    write_member(path, header((1000,)) + bytes(8000))
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    monkeypatch.setattr(arrays, "MAX_EXPANSION", 0)
    monkeypatch.setattr(arrays, "FREE_BYTES", size)
    assert load_arrays(path)["loss"].shape == (1000,)
    monkeypatch.setattr(arrays, "FREE_BYTES", size - 1)
    with pytest.raises(ValueError, match=f"at most {size - 1:,} bytes"):
        load_arrays(path)


def test_a_large_archive_may_expand_by_a_factor(tmp_path, monkeypatch):
    path = tmp_path / "zeros.npz"
    write_member(path, header((1000,)) + bytes(8000))
    factor = 8100 // path.stat().st_size + 1
    monkeypatch.setattr(arrays, "FREE_BYTES", 0)
    monkeypatch.setattr(arrays, "MAX_EXPANSION", factor)
    assert not load_arrays(path)["loss"].any()
    monkeypatch.setattr(arrays, "MAX_EXPANSION", 1)
    with pytest.raises(ValueError, match="expected at most"):
        load_arrays(path)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_an_array_that_is_longer_than_its_member_is_refused(tmp_path, version):
    path = tmp_path / "cut.npz"
    start = header((4, 25), version=version)
    write_member(path, start + bytes(8 * 100))
    assert load_arrays(path)["loss"].shape == (4, 25)
    write_member(path, start + bytes(800 - len(start) - 1))
    with pytest.raises(ValueError, match=r"received the shape \(4, 25\) of float64"):
        load_arrays(path)


def test_every_member_of_an_archive_is_measured(tmp_path):
    path = tmp_path / "two.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", header((1,)) + bytes(8))
        archive.writestr("b.npy", header((10**6,)) + bytes(8))
    with pytest.raises(ValueError, match=r"b\.npy: expected an array"):
        load_arrays(path)


def test_an_element_larger_than_a_mebibyte_is_refused(tmp_path):
    path = tmp_path / "text.npz"
    write_member(path, header((0,), dtype=f"|S{2**20}"))
    assert load_arrays(path)["loss"].size == 0
    write_member(path, header((0,), dtype=f"|S{2**20 + 1}"))
    with pytest.raises(ValueError, match="received the shape"):
        load_arrays(path)


def test_a_damaged_header_is_left_to_numpy(tmp_path):
    path = tmp_path / "damaged.npz"
    write_member(path, b"\x93NUMPY\x09\x00")
    arrays.require_sizes(path)
    with pytest.raises(ValueError):  # noqa: PT011 - NumPy's own text
        load_arrays(path)


def test_a_file_that_is_no_regular_file_is_refused(tmp_path):
    with pytest.raises(OSError):  # noqa: PT011 - of the system
        load_arrays(tmp_path)


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
