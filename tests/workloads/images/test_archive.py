import io
import os
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compare.errors import DataError
from compare.numerics import arrays
from compare.workloads.images.loading import Images, load_images, save_images

GREY = np.linspace(0, 1, 4 * 3 * 3, dtype=np.float32).reshape(4, 3, 3, 1)
LABELS = np.array([0, 1, 1, 0])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "images.npz"


def read(path, *, image_size=None):
    return load_images(str(path), image_size=image_size, seed=0)


def refusal(path):
    with pytest.raises(DataError) as caught:
        read(path)
    message = str(caught.value)
    assert str(path) in message
    return message


@st.composite
def image_sets(draw):
    shape = (draw(st.integers(1, 5)), *draw(st.tuples(*[st.integers(1, 4)] * 3)))
    # A NumPy string ends before its last NUL characters; no folder's name has one.
    name = st.text(st.characters(exclude_characters="\0"), max_size=5)
    classes = draw(st.lists(name, min_size=2, max_size=4, unique=True))
    positions = st.integers(0, len(classes) - 1)
    return Images(
        images=draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))),
        labels=draw(hnp.arrays(np.int64, shape[0], elements=positions)),
        classes=tuple(classes),
    )


@given(images=image_sets())
def test_saved_images_are_read_back_exactly(images, tmp_path_factory):
    path = tmp_path_factory.mktemp("staged") / "images.npz"
    save_images(path, images)
    back = read(path)
    assert back.images.tobytes() == images.images.tobytes()
    assert (back.images.shape, back.images.dtype) == (images.images.shape, np.float32)
    assert back.labels.tobytes() == images.labels.tobytes()
    assert back.classes == images.classes


@pytest.mark.parametrize("data", ["digits", "synthetic"])
def test_saved_data_sets_are_read_back_unchanged(data, path):
    images = load_images(data, image_size=8, seed=0)
    save_images(path, images)
    back = read(path)
    assert np.array_equal(back.images, images.images)
    assert np.array_equal(back.labels, images.labels)
    assert back.classes == images.classes


def write_header(path, shape, *, dtype="<f4", size=64):
    """Write an archive whose images have a header, and elements of this size."""
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}\n"
    npy = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", npy + bytes(size))
        archive.writestr("labels.npy", npy + bytes(size))


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((10**9, 100, 100), "<f4"),
        ((2**62, 4), "<f4"),
        ((2**70,), "<f4"),
        ((17,), "<f4"),
        ((1,), "<U1000000000"),
        ((-1, 4), "<f4"),
    ],
)
def test_no_memory_is_reserved_for_a_shape_that_is_not_in_the_file(path, shape, dtype):
    write_header(path, shape, dtype=dtype)
    tracemalloc.start()
    refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**24


def test_an_archive_that_expands_too_far_is_refused(path, monkeypatch):
    monkeypatch.setattr(arrays, "FREE_BYTES", 2**20)
    monkeypatch.setattr(arrays, "MAX_EXPANSION", 10)
    write_header(path, (2**20,), size=2**22)
    assert "expected at most 1,048,576 bytes; received 8,38" in refusal(path)


@pytest.mark.timeout(20)
def test_a_named_pipe_is_not_read(path):
    os.mkfifo(path)
    assert "expected a file; received a named pipe" in refusal(path)


def test_images_that_cannot_be_written_name_the_path(tmp_path):
    path = tmp_path / "missing" / "images.npz"
    images = Images(images=GREY, labels=LABELS, classes=("a", "b"))
    with pytest.raises(DataError, match=r"missing.*cannot be written.*Check"):
        save_images(path, images)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, ">u2"])
def test_integer_intensities_are_scaled_by_255(path, dtype):
    levels = np.array([0, 51, 255, 102], dtype).reshape(4, 1, 1, 1)
    np.savez(path, images=levels, labels=LABELS)
    images = read(path).images
    assert images.dtype == np.float32
    assert np.array_equal(images.ravel(), np.float32([0, 0.2, 1, 0.4]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f8"])
def test_floating_point_intensities_are_unchanged(path, dtype):
    levels = np.array([0, 0.25, 1, 0.5], dtype).reshape(4, 1, 1, 1)
    np.savez(path, images=levels, labels=LABELS)
    images = read(path).images
    assert images.dtype == np.float32
    assert images.dtype.isnative
    assert images.ravel().tolist() == [0, 0.25, 1, 0.5]


def test_images_without_a_channel_axis_get_one(path):
    np.savez(path, images=GREY[..., 0], labels=LABELS)
    assert np.array_equal(read(path).images, GREY)


def test_a_compressed_archive_is_read_the_same_way(path):
    np.savez_compressed(path, images=GREY, labels=LABELS)
    assert np.array_equal(read(path).images, GREY)


def test_a_suffix_in_capitals_is_read_the_same_way(tmp_path):
    path = tmp_path / "IMAGES.NPZ"
    with path.open("wb") as file:
        np.savez(file, images=GREY, labels=LABELS)
    assert np.array_equal(read(path).images, GREY)


def test_images_are_cropped_and_resized_on_request(path):
    wide = np.zeros((4, 6, 10, 2), np.float32)
    wide[:, :, 2:8] = 1
    np.savez(path, images=wide, labels=LABELS)
    images = read(path, image_size=3).images
    assert images.shape == (4, 3, 3, 2)
    assert images == pytest.approx(1)


@pytest.mark.parametrize("image_size", [None, 3])
def test_images_of_the_requested_size_are_unchanged(path, image_size):
    np.savez(path, images=GREY, labels=LABELS)
    assert np.array_equal(read(path, image_size=image_size).images, GREY)


@pytest.mark.parametrize(
    ("labels", "expected", "classes"),
    [
        ([7, 3, 3, 10], [1, 0, 0, 2], ("3", "7", "10")),
        ([-1, 1, 1, -1], [0, 1, 1, 0], ("-1", "1")),
        (["dog", "cat", "cat", "dog"], [1, 0, 0, 1], ("cat", "dog")),
        ([b"dog", b"cat", b"cat", b"dog"], [1, 0, 0, 1], ("cat", "dog")),
        ([True, False, False, True], [1, 0, 0, 1], ("False", "True")),
        (
            np.array([2**64 - 1, 0, 0, 0], np.uint64),
            [1, 0, 0, 0],
            ("0", f"{2**64 - 1}"),
        ),
    ],
)
def test_labels_are_numbered_in_sorted_order(path, labels, expected, classes):
    np.savez(path, images=GREY, labels=labels)
    images = read(path)
    assert images.labels.tolist() == expected
    assert images.labels.dtype == np.int64
    assert images.classes == classes


@pytest.mark.parametrize(
    ("labels", "classes", "expected"),
    [
        ([0, 2, 2, 0], ["a", "b", "c"], [0, 2, 2, 0]),  # positions
        ([1, 2, 2, 1], ["a", "b"], [0, 1, 1, 0]),  # as many distinct labels as names
        ([7, 3, 3, 7], ["7", "3"], [0, 1, 1, 0]),  # numbers that are names
        (["b", "a", "a", "b"], ["b", "a"], [0, 1, 1, 0]),  # names in the given order
    ],
)
def test_labels_are_matched_to_the_names_given(path, labels, classes, expected):
    np.savez(path, images=GREY, labels=labels, classes=classes)
    images = read(path)
    assert images.labels.tolist() == expected
    assert images.classes == tuple(classes)


def swap(**arrays):
    """Return the arrays of a valid file, with some of them replaced."""
    return {"images": GREY, "labels": LABELS} | arrays


def infinite():
    damaged = GREY.copy()
    damaged[2, 0, 0, 0] = np.inf
    damaged[3, 0, 0, 0] = np.nan
    return damaged


@pytest.mark.parametrize(
    ("arrays", "problem", "remedy"),
    [
        ({"x": GREY, "labels": LABELS}, "received labels and x", "numpy.savez"),
        ({}, "expected arrays images and labels; received none", "numpy.savez"),
        (swap(images=GREY[0, 0]), "received (3, 1) and (4,)", "Reshape"),
        (swap(images=GREY[None]), "received (1, 4, 3, 3, 1) and (4,)", "Reshape"),
        (swap(labels=LABELS[:, None]), "and (4, 1)", "Reshape"),
        (swap(labels=np.int64(1)), "and ()", "Reshape"),
        (swap(labels=LABELS[:3]), "4 images and 3 labels", "numpy.savez"),
        (swap(images=GREY[:0], labels=LABELS[:0]), "at least one image", "Check"),
        (swap(images=GREY[:, :0]), "received images of shape (4, 0, 3, 1)", "Check"),
        (swap(images=np.ones((4, 3, 8, 8))), "channels first", "transpose(0, 2, 3, 1)"),
        (swap(images=infinite()), "2 values that are NaN", "the first in image 2"),
        (swap(images=GREY * 255), "between 0 and 1; received 0.0 to 255", "0..1"),
        (swap(images=GREY - 1), "received -1.0 to 0.0", "0..1"),
        (swap(images=np.full((4, 1, 1, 1), 256)), "0 and 255; received 256", "0..1"),
        (swap(images=GREY > 0), "received bool", "astype"),
        (swap(images=GREY + 0j), "received complex64", "astype"),
        (swap(images=GREY.astype(str)), "received <U32", "astype"),
        (swap(labels=LABELS / 1), "integers or strings; received float64", "astype"),
        (swap(labels=LABELS * 0), "at least 2 classes; received only 0", "Add images"),
        (swap(classes=["a"]), "at least 2 classes; received only a", "Add images"),
        (swap(classes=np.array([], str)), "received none", "Add images"),
        (swap(classes=["a", "b", "a"]), 'received "a" more than once', "leave out"),
        (swap(classes=[["a", "b"]]), "of shape (1, 2)", "leave out classes"),
        (swap(classes=[0, 1]), "strings; received int64", "leave out classes"),
        (swap(labels=[0, 1, 2, 5], classes=["a", "b"]), "received 0 to 5", "leave out"),
        (swap(labels=["a", "b", "c", "a"], classes=["a", "b"]), '"c"', "leave out"),
    ],
)
def test_arrays_without_images_are_refused_with_a_fix(path, arrays, problem, remedy):
    np.savez(path, **arrays)
    message = refusal(path)
    assert problem in message
    assert remedy in message


class Trap:
    """Fails the test when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("the file was unpickled",))


@pytest.mark.parametrize("key", ["images", "labels", "classes"])
def test_object_arrays_are_refused_and_never_unpickled(path, key):
    trap = np.array([Trap()] * 4, dtype=object)
    np.savez(path, allow_pickle=True, **swap(**{key: trap}))
    message = refusal(path)
    assert f'array "{key}" cannot be read' in message
    assert "object arrays are refused" in message


def test_arrays_that_are_not_needed_are_not_read(path):
    np.savez(path, allow_pickle=True, **swap(notes=np.array([Trap()], dtype=object)))
    assert len(read(path).images) == 4


def array_file():
    file = io.BytesIO()
    np.save(file, GREY)
    return file.getvalue()


def half_an_archive():
    file = io.BytesIO()
    np.savez(file, images=GREY, labels=LABELS)
    return file.getvalue()[: file.tell() // 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"no archive at all", "no zip file"),
        (array_file(), "no zip file"),
        (half_an_archive(), "no zip file"),
        (pickle.dumps(Trap()), "no zip file"),
    ],
)
def test_a_file_that_is_no_archive_is_refused_with_the_reason(path, content, reason):
    path.write_bytes(content)
    message = refusal(path)
    assert f"expected an .npz archive; received something else ({reason})" in message
    assert "numpy.savez" in message


def test_a_member_that_is_no_array_is_named(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", "text")
        archive.writestr("labels.npy", "text")
    assert 'array "images" cannot be read (no NumPy array)' in refusal(path)


def test_an_array_with_a_flipped_bit_is_named(path):
    np.savez(path, images=GREY, labels=LABELS)
    content = bytearray(path.read_bytes())
    content[content.index(GREY.tobytes())] ^= 1
    path.write_bytes(content)
    assert 'array "images" cannot be read (Bad CRC-32' in refusal(path)


def test_a_character_outside_unicode_is_refused(path):
    broken = np.frombuffer(np.uint32([2**31, 97]).tobytes(), "<U1")
    np.savez(path, images=GREY, labels=LABELS, classes=broken)
    assert 'array "classes" cannot be read' in refusal(path)


def test_an_archive_without_read_permission_is_named(path, monkeypatch):
    def forbidden(self, *_):
        raise PermissionError(13, "Permission denied", str(self))

    np.savez(path, images=GREY, labels=LABELS)
    # For the root user, no real file is unreadable.
    monkeypatch.setattr(type(path), "open", forbidden)
    assert "cannot be read (Permission denied)" in refusal(path)
