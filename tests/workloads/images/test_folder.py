import io
import os
import sys

import numpy as np
import pytest
from PIL import Image

from compare.errors import DataError
from compare.workloads.images.folder import SUFFIXES
from compare.workloads.images.loading import load_images

RED = (255, 0, 0)
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}


def paint(file, *, mode="RGB", size=(6, 6), colour=RED):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(file)


def read(root, *, image_size=4):
    return load_images(str(root), image_size=image_size, seed=0)


def refusal(root):
    with pytest.raises(DataError) as caught:
        read(root)
    return str(caught.value)


@pytest.fixture
def root(tmp_path):
    """Return a folder of two classes with two red images each."""
    for name in ("dog/1.png", "dog/2.png", "cat/1.png", "cat/2.png"):
        paint(tmp_path / name)
    return tmp_path


def test_classes_are_the_sub_folders_in_sorted_order(root):
    images = read(root)
    assert images.classes == ("cat", "dog")
    assert images.labels.tolist() == [0, 0, 1, 1]
    assert images.labels.dtype == np.int64


def test_colour_images_have_three_channels_between_0_and_1(root):
    images = read(root).images
    assert images.shape == (4, 4, 4, 3)
    assert images.dtype == np.float32
    assert np.array_equal(images[0, 0, 0], [1, 0, 0])


def test_images_are_64_pixels_wide_by_default(root):
    assert read(root, image_size=None).images.shape == (4, 64, 64, 3)


def test_files_are_read_in_sorted_order(tmp_path):
    for intensity in (30, 10, 20):
        paint(tmp_path / f"a/{intensity}.png", mode="L", colour=intensity)
    paint(tmp_path / "b/1.png", mode="L", colour=40)
    levels = read(tmp_path).images[:, 0, 0, 0] * 255
    assert levels.round().tolist() == [10, 20, 30, 40]


def test_images_are_greyscale_if_every_file_is(tmp_path):
    paint(tmp_path / "a/1.png", mode="L", colour=255)
    paint(tmp_path / "a/2.png", mode="1", colour=1)
    paint(tmp_path / "b/1.png", mode="LA", colour=(255, 0))
    images = read(tmp_path).images
    assert images.shape == (3, 4, 4, 1)
    assert (images == 1).all()


def test_with_one_colour_file_all_images_have_three_channels(tmp_path):
    paint(tmp_path / "a/1.png", mode="L", colour=51)
    paint(tmp_path / "b/1.png")
    images = read(tmp_path).images
    assert images.shape == (2, 4, 4, 3)
    assert images[0, 0, 0] == pytest.approx([0.2, 0.2, 0.2])


def test_sixteen_bit_greyscale_keeps_its_range(tmp_path):
    paint(tmp_path / "a/1.png", mode="I;16", colour=65535)
    paint(tmp_path / "b/1.png", mode="I;16", colour=65535 // 5)
    images = read(tmp_path).images
    assert images[:, 0, 0, 0] == pytest.approx([1, 0.2], abs=1 / 255)


@pytest.mark.parametrize("mode", ["RGBA", "P", "CMYK"])
def test_other_colour_modes_are_converted_to_rgb(tmp_path, mode):
    file = tmp_path / ("a/1.tiff" if mode == "CMYK" else "a/1.png")
    file.parent.mkdir()
    Image.new("RGB", (6, 6), RED).convert(mode).save(file)
    paint(tmp_path / "b/1.png")
    assert np.array_equal(read(tmp_path).images[0, 0, 0], [1, 0, 0])


def test_a_palette_with_transparent_colours_is_read_without_a_warning(tmp_path):
    file = tmp_path / "a/1.png"
    file.parent.mkdir()
    palette = Image.new("RGB", (6, 6), RED).convert("P")
    palette.save(file, transparency=bytes([0, 128, 255]))
    paint(tmp_path / "b/1.png")
    assert read(tmp_path).images.shape == (2, 4, 4, 3)


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".PNG", ".JpEg"])
def test_every_listed_suffix_is_read(tmp_path, suffix):
    paint(tmp_path / f"a/1{suffix}")
    paint(tmp_path / f"b/1{suffix}")
    assert len(read(tmp_path).images) == 2


def test_images_are_cropped_to_the_centre(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        wide = np.zeros((8, 24, 3), np.uint8)
        wide[:, 8:16] = 255
        Image.fromarray(wide).save(tmp_path / name / "1.png")
    assert (read(tmp_path).images == 1).all()


def test_large_images_are_scaled_down_smoothly(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (400, 400), dtype=np.uint8)
    for name in ("a/1.png", "b/1.jpg"):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(noise).save(tmp_path / name)
    assert read(tmp_path).images == pytest.approx(0.5, abs=0.1)


def test_hidden_and_other_files_are_ignored(root):
    paint(root / ".thumbnails/1.png")
    paint(root / "cat/.1.png")
    (root / "cat/notes.txt").write_text("not an image")
    (root / "README.md").write_text("not a class")
    images = read(root)
    assert images.classes == ("cat", "dog")
    assert len(images.images) == 4


def test_a_train_folder_is_read_if_there_is_one(root, tmp_path_factory):
    parent = tmp_path_factory.mktemp("imagenette")
    root.rename(parent / "train")
    paint(parent / "val/cat/1.png")
    assert len(read(parent).images) == 4


def test_a_class_may_be_called_train(root):
    paint(root / "train/1.png")
    assert read(root).classes == ("cat", "dog", "train")


def test_split_folders_without_classes_are_not_read_as_classes(tmp_path):
    paint(tmp_path / "train/1.png")
    paint(tmp_path / "val/1.png")
    message = refusal(tmp_path)
    assert str(tmp_path / "train") in message
    assert "one per class; found none" in message


@pytest.mark.parametrize("files", [(), ("1.png",), ("only/1.png",)])
def test_a_folder_without_classes_is_refused_with_a_fix(tmp_path, files):
    for name in files:
        paint(tmp_path / name)
    message = refusal(tmp_path)
    assert f"{tmp_path}: expected at least 2 sub-folders, one per class" in message
    assert f"Sort the images into {tmp_path}/CLASS/" in message


def test_the_only_class_is_named(tmp_path):
    paint(tmp_path / "only/1.png")
    assert "found only only" in refusal(tmp_path)


def test_a_class_without_images_is_named(root):
    (root / "newt").mkdir()
    (root / "newt/notes.txt").write_text("not an image")
    message = refusal(root)
    assert f"{root / 'newt'}: expected images (.png" in message
    assert 'class "newt"; found none. Add some or remove the folder' in message


def half_a_png():
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (50, 50), dtype=np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()[: file.tell() // 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"no image at all", "no image format recognised"),
        (b"\x89PNG\r\n\x1a\n", "no image format recognised"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "no image format recognised"),
        (half_a_png(), "truncated"),
    ],
)
def test_a_damaged_image_is_named_with_the_reason(root, content, reason):
    (root / "dog/3.png").write_bytes(content)
    message = refusal(root)
    assert str(root / "dog/3.png") in message
    assert reason in message
    assert "Replace or remove it" in message


@pytest.mark.timeout(20)
def test_a_named_pipe_is_not_read(root):
    os.mkfifo(root / "dog" / "pipe.png")
    assert "expected a file; received a named pipe" in refusal(root)


def test_a_broken_link_is_named(root):
    (root / "dog/3.png").symlink_to(root / "missing.png")
    message = refusal(root)
    assert str(root / "dog/3.png") in message
    assert "No such file" in message


@pytest.mark.parametrize("limit", [20, 10])  # pillow warns above it, raises above 2x
def test_a_decompression_bomb_is_refused(root, monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    message = refusal(root)
    assert f"{root / 'cat/1.png'}: expected at most {limit} pixels" in message
    assert "Shrink or remove" in message


@pytest.mark.parametrize(("mode", "kind"), [("F", "floating-point"), ("I", "32-bit")])
def test_intensities_of_unknown_range_are_refused(root, mode, kind):
    paint(root / "dog/3.tiff", mode=mode, colour=70_000)
    message = refusal(root)
    assert f"{root / 'dog/3.tiff'}: expected 8 or 16 bits" in message
    assert f"received {kind}" in message


def test_a_folder_without_read_permission_is_named(root, monkeypatch):
    def forbidden(self):
        raise PermissionError(13, "Permission denied", str(self))

    # For the root user, no real folder is unreadable.
    monkeypatch.setattr(type(root), "iterdir", forbidden)
    message = refusal(root)
    assert f"{root}: the folder cannot be listed (Permission denied)" in message
    assert "Check its permissions" in message


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_names_that_are_not_unicode_are_read(root):
    (root / "cat").rename(root / b"c\xe4t".decode(errors="surrogateescape"))
    assert read(root).classes == ("c\udce4t", "dog")
