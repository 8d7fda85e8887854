import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compare.errors import DataError, UsageError
from compare.workloads.images import loading as module
from compare.workloads.images.loading import load_images, split_positions

LABELS = hnp.arrays(
    np.int64, st.integers(0, 60), elements=st.integers(0, 5), fill=st.nothing()
)
SEEDS = st.integers(0, 2**32 - 1)


def test_importing_needs_neither_pillow_nor_scikit_learn():
    code = (
        "import sys, compare.workloads.images.loading;"
        "print(sorted({'PIL', 'sklearn', 'scipy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_digits_have_their_natural_size_and_ten_classes():
    digits = load_images("digits", image_size=None, seed=0)
    assert digits.images.shape == (1797, 8, 8, 1)
    assert digits.images.dtype == np.float32
    assert (digits.images.min(), digits.images.max()) == (0, 1)
    assert digits.labels.dtype == np.int64
    assert digits.classes == tuple("0123456789")


def test_resized_digits_stay_between_0_and_1():
    digits = load_images("digits", image_size=12, seed=0)
    assert digits.images.shape == (1797, 12, 12, 1)
    assert digits.images.min() >= 0
    assert digits.images.max() <= 1


def test_enlarged_digits_still_show_the_same_digits():
    natural = load_images("digits", image_size=None, seed=0).images
    large = load_images("digits", image_size=16, seed=0).images
    blocks = large.reshape(-1, 8, 2, 8, 2, 1).mean(axis=(2, 4))
    assert np.corrcoef(natural.ravel(), blocks.ravel())[0, 1] > 0.95


def test_synthetic_images_have_a_default_size_and_equally_many_per_class():
    synthetic = load_images("synthetic", image_size=None, seed=0)
    assert synthetic.images.shape == (2560, 64, 64, 3)
    assert synthetic.images.dtype == np.float32
    assert synthetic.images.min() >= 0
    assert synthetic.images.max() <= 1
    assert np.bincount(synthetic.labels).tolist() == [256] * 10
    assert len(synthetic.classes) == 10


@pytest.mark.parametrize("size", [1, 5, 32])
def test_synthetic_images_have_the_requested_size(size):
    synthetic = load_images("synthetic", image_size=size, seed=0)
    assert synthetic.images.shape == (2560, size, size, 3)


def test_synthetic_images_follow_from_the_seed():
    first, again, other = (
        load_images("synthetic", image_size=4, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.images, other.images)


def test_the_class_of_a_synthetic_image_can_be_learned_from_other_images():
    synthetic = load_images("synthetic", image_size=8, seed=3)
    sides = split_positions(synthetic.labels, seed=3)
    flat = synthetic.images.reshape(len(synthetic.labels), -1)
    train, labels = flat[sides.train], synthetic.labels[sides.train]
    centres = np.stack([train[labels == label].mean(axis=0) for label in range(10)])
    distances = ((flat[sides.valid][:, np.newaxis] - centres) ** 2).sum(axis=-1)
    accuracy = (distances.argmin(axis=1) == synthetic.labels[sides.valid]).mean()
    assert accuracy > 0.9


@pytest.mark.parametrize("size", [-1, 0, 1025])
@pytest.mark.parametrize("data", ["digits", "synthetic", "somewhere"])
def test_an_image_size_out_of_range_is_a_usage_error(data, size):
    with pytest.raises(UsageError, match=rf"expected 1 to 1024; received {size}$"):
        load_images(data, image_size=size, seed=0)


@pytest.mark.parametrize(
    "data", ["", "no/such/place", "images.npz", "a\0b", "x" * 5000]
)
def test_a_missing_path_is_refused_with_the_accepted_forms(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        load_images(data, image_size=None, seed=0)
    message = str(caught.value)
    assert f'received "{data}"' in message
    assert "expected digits, synthetic, a folder" in message
    assert "an .npz file with arrays images and labels" in message


def test_for_a_misspelt_data_set_the_nearest_name_is_suggested():
    with pytest.raises(DataError, match="did you mean digits"):
        load_images("digit", image_size=None, seed=0)


def test_a_file_of_another_type_is_refused_with_the_accepted_forms(tmp_path):
    file = tmp_path / "images.csv"
    file.write_text("1,2,3")
    with pytest.raises(DataError, match=r"images\.csv.*a file of another kind"):
        load_images(str(file), image_size=None, seed=0)


def test_images_that_exceed_the_memory_are_refused_with_a_fix(monkeypatch):
    def exhausted(**_: int):
        raise MemoryError

    monkeypatch.setattr(module, "_synthetic", exhausted)
    with pytest.raises(DataError, match=r"synthetic: .*smaller --image-size"):
        load_images("synthetic", image_size=1024, seed=0)


@given(labels=LABELS, seed=SEEDS)
def test_a_split_has_every_index_exactly_once(labels, seed):
    sides = split_positions(labels, seed=seed)
    together = np.concatenate([sides.train, sides.valid])
    assert sorted(together.tolist()) == list(range(len(labels)))


@given(labels=LABELS, seed=SEEDS, fraction=st.floats(0.01, 0.99))
def test_a_class_of_two_or_more_is_on_both_sides_of_a_split(labels, seed, fraction):
    sides = split_positions(labels, seed=seed, fraction=fraction)
    for label in np.unique(labels):
        if (labels == label).sum() >= 2:
            assert label in labels[sides.train]
            assert label in labels[sides.valid]
        else:
            assert label in labels[sides.train]


@given(labels=LABELS, seed=SEEDS)
def test_a_split_follows_from_the_seed(labels, seed):
    first, again = (
        split_positions(labels, seed=seed),
        split_positions(labels, seed=seed),
    )
    assert np.array_equal(first.train, again.train)
    assert np.array_equal(first.valid, again.valid)


@given(labels=LABELS, seed=SEEDS)
def test_a_split_does_not_change_the_labels(labels, seed):
    before = labels.copy()
    split_positions(labels, seed=seed)
    assert np.array_equal(before, labels)


def test_a_split_validates_with_the_same_share_of_every_class():
    labels = np.repeat([0, 1], [100, 50])
    sides = split_positions(labels, seed=0, fraction=0.2)
    assert np.bincount(labels[sides.valid]).tolist() == [20, 10]


def test_both_sides_of_a_split_are_shuffled_across_classes():
    labels = np.repeat([0, 1], 100)
    sides = split_positions(labels, seed=0)
    for side in (sides.train, sides.valid):
        assert (np.diff(labels[side]) != 0).sum() > 5, "classes are in blocks"


def test_another_seed_gives_another_split():
    labels = np.repeat([0, 1], 100)
    first, other = split_positions(labels, seed=0), split_positions(labels, seed=1)
    assert set(first.valid.tolist()) != set(other.valid.tolist())
