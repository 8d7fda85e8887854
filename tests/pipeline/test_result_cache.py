"""Stored results are read as they were written, or refused with the file's name."""

from __future__ import annotations

import os
import pickle
import shutil

import msgspec
import numpy as np
import pytest

from compare.errors import RunError
from compare.numerics.arrays import load_arrays, save_arrays
from compare.pipeline import result_cache
from compare.pipeline.result_cache import (
    DESCRIPTION,
    DamagedResultError,
    Kind,
    Result,
    ResultCache,
    trim_results,
)

KEY, OTHER = "a" * 64, "b" * 64
ARRAYS = {
    "state-0/hidden.weight": np.arange(6.0).reshape(2, 3),
    "step-0/loss": np.array(0.5, np.float32),
    "step-0/gradient:x": np.asfortranarray(np.ones((2, 2))),
}
RESULT = Result(description=b'{"run_id":"r"}', arrays=ARRAYS)
KIND = Kind.REFERENCE


@pytest.fixture
def cache(tmp_path):
    """Return a cache with one result."""
    made = ResultCache(tmp_path)
    made.prepare()
    made.write(KIND, KEY, RESULT)
    return made


def rewrite(path, change):
    """Write the arrays of a file again after a change."""
    arrays = dict(load_arrays(path))
    change(arrays)
    save_arrays(path, arrays)


def test_a_result_is_read_bit_for_bit_and_in_its_order(cache):
    found = cache.read(KIND, KEY)
    assert found.description == RESULT.description
    assert list(found.arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found.arrays[name], array, strict=True)


def test_there_is_no_result_for_another_key_or_kind(cache):
    assert cache.read(KIND, OTHER) is None
    assert cache.read(Kind.FINDINGS, KEY) is None


def test_a_result_replaces_an_earlier_one_and_leaves_nothing_else(cache):
    cache.write(KIND, KEY, Result(description=b"2"))
    assert cache.read(KIND, KEY) == Result(description=b"2")
    assert [path.name for path in cache.path_of(KIND, KEY).parent.iterdir()] == [
        f"{KEY}.npz"
    ]


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edit_the_description(path):
    def change(arrays):
        text = arrays[DESCRIPTION].tobytes().replace(b'"r"', b'"s"')
        arrays[DESCRIPTION] = np.frombuffer(text, np.uint8)

    rewrite(path, change)


def change_a_value(path):
    rewrite(path, lambda arrays: arrays["state-0/hidden.weight"].__setitem__(0, 7))


def truncate_an_array(path):
    name = "state-0/hidden.weight"
    rewrite(path, lambda arrays: arrays.update({name: arrays[name][:1]}))


def leave_out_an_array(path):
    rewrite(path, lambda arrays: arrays.pop("step-0/loss"))


def add_an_array(path):
    rewrite(path, lambda arrays: arrays.update(more=np.ones(1)))


def change_a_dtype(path):
    name = "step-0/loss"
    rewrite(path, lambda arrays: arrays.update({name: arrays[name].astype("float64")}))


def leave_out_the_description(path):
    rewrite(path, lambda arrays: arrays.pop(DESCRIPTION))


def add_a_field(path):
    def change(arrays):
        header = msgspec.json.decode(arrays[DESCRIPTION].tobytes())
        text = msgspec.json.encode(header | {"more": 1})
        arrays[DESCRIPTION] = np.frombuffer(text, np.uint8)

    rewrite(path, change)


def pickle_an_array(path):
    np.savez(path, **{DESCRIPTION: np.array([{"a": 1}], dtype=object)})


def write_a_pickle(path):
    path.write_bytes(pickle.dumps({"a": 1}))


def empty(path):
    path.write_bytes(b"")


def make_a_folder(path):
    path.unlink()
    path.mkdir()


def make_a_pipe(path):
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "damage",
    [
        *(cut, flip_a_bit, edit_the_description, change_a_value, truncate_an_array),
        *(leave_out_an_array, add_an_array, change_a_dtype, leave_out_the_description),
        *(add_a_field, pickle_an_array, write_a_pickle, empty),
        *(make_a_folder, make_a_pipe),
    ],
)
def test_a_damaged_file_is_refused_with_its_name(cache, damage):
    path = cache.path_of(KIND, KEY)
    damage(path)
    with pytest.raises(DamagedResultError, match=str(path)):
        cache.read(KIND, KEY)


def test_the_result_of_another_key_is_refused(cache):
    shutil.copy(cache.path_of(KIND, KEY), cache.path_of(KIND, OTHER))
    with pytest.raises(DamagedResultError, match="its content was changed"):
        cache.read(KIND, OTHER)


def test_a_large_file_is_refused_and_a_large_result_is_not_kept(cache, monkeypatch):
    monkeypatch.setattr(result_cache, "MAX_BYTES", 100)
    with pytest.raises(DamagedResultError, match="expected at most 100 bytes"):
        cache.read(KIND, KEY)
    cache.write(KIND, OTHER, RESULT)
    assert not cache.path_of(KIND, OTHER).exists()


def test_a_failed_write_keeps_the_earlier_result(cache, monkeypatch):
    def fail(path, arrays):
        path.write_bytes(b"cut")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(result_cache, "save_arrays", fail)
    with pytest.raises(OSError, match="No space left"):
        cache.write(KIND, KEY, Result(description=b"2"))
    assert cache.read(KIND, KEY).description == RESULT.description
    assert len(list(cache.path_of(KIND, KEY).parent.iterdir())) == 1


def test_a_folder_that_others_can_write_to_is_not_used(cache):
    (cache.folder / KIND).chmod(0o777)
    with pytest.raises(RunError, match="others can write to"):
        cache.prepare()


def test_results_that_were_not_used_for_the_longest_time_are_removed_first(
    cache, tmp_path, monkeypatch
):
    cache.write(KIND, OTHER, RESULT)
    compiled = tmp_path / "torch" / "kernel"
    compiled.parent.mkdir()
    compiled.write_bytes(bytes(5_000))
    for number, path in enumerate((compiled, *(tmp_path / KIND).iterdir())):
        os.utime(path, (number, number))
    cache.read(KIND, KEY)
    size = cache.path_of(KIND, KEY).stat().st_size
    monkeypatch.setattr(result_cache, "MAX_TOTAL_BYTES", size)
    trim_results(tmp_path)
    assert cache.read(KIND, OTHER) is None
    assert cache.read(KIND, KEY) is not None
    assert compiled.exists(), "compiled code is not counted here"
