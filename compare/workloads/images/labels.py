"""Convert labels of any kind to numbers from 0, and name their classes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from compare.errors import DataError
from compare.workloads.images.image_set import MIN_CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import Array


def number_labels(
    labels: Array, *, names: Array | None, path: Path
) -> tuple[Array, tuple[str, ...]]:
    """Return labels as indices of their classes, and the names of the classes.

    Without `names`, the classes are the labels that occur, in sorted order. With
    `names`, a label is the index of a name or a name itself. If there are as many
    distinct integers as names, the n-th smallest integer means the n-th name.

    Shape:
        (N,) of integers or strings -> (N,) int64.

    Raises:
        DataError: the labels or names have another type, there are fewer than two
            classes, or a label has no name. The message begins with `path`.
    """
    plain = _plain_labels(labels, path=path)
    values, of_value = np.unique(plain, return_inverse=True)
    classes = _class_names(values, names=names, path=path)
    return _positions(values, classes, path=path)[of_value], classes


def _plain_labels(labels: Array, *, path: Path) -> Array:
    if labels.dtype.kind in "biuU":
        return labels
    if labels.dtype.kind == "S":
        return np.char.decode(labels, "utf-8", "replace")
    raise DataError(
        f"{path}: expected labels that are integers or strings; received "
        f"{labels.dtype}. Use labels.astype(int)"
    )


def _class_names(values: Array, *, names: Array | None, path: Path) -> tuple[str, ...]:
    """Return the given names, or else the labels themselves in sorted order."""
    classes = tuple(str(value) for value in values)
    if names is not None:
        classes = _given_names(names, path=path)
    if len(classes) < MIN_CLASSES:
        raise DataError(
            f"{path}: expected at least {MIN_CLASSES} classes; received "
            f"{f'only {classes[0]}' if classes else 'none'}. "
            "Add images of another class"
        )
    return classes


def _given_names(classes: Array, *, path: Path) -> tuple[str, ...]:
    if classes.dtype.kind not in "SU" or classes.ndim != 1:
        raise DataError(
            f"{path}: expected classes of shape (K,) that are strings; received "
            f"{classes.dtype} of shape {classes.shape}. Correct or leave out classes"
        )
    names: list[str] = _plain_labels(classes, path=path).tolist()
    if len(set(names)) < len(names):
        (twice, _), *_ = Counter(names).most_common(1)
        raise DataError(
            f'{path}: expected distinct classes; received "{twice}" more than once. '
            "Rename or leave out classes"
        )
    return tuple(names)


def _positions(values: Array, classes: tuple[str, ...], *, path: Path) -> Array:
    """Return the index in `classes` of each distinct label in `values`."""
    integers = values.dtype.kind != "U"
    if integers and values[0] >= 0 and values[-1] < len(classes):
        return values.astype(np.int64)
    by_name = {name: position for position, name in enumerate(classes)}
    names = [str(value) for value in values]
    if by_name.keys() >= set(names):
        return np.array([by_name[name] for name in names], dtype=np.int64)
    if integers and len(values) == len(classes):
        return np.arange(len(values), dtype=np.int64)
    foreign = next(name for name in names if name not in by_name)
    received = f"{names[0]} to {names[-1]}" if integers else f'"{foreign}"'
    raise DataError(
        f"{path}: expected each label to be one of the {len(classes)} classes or its "
        f"position from 0; received {received}. Correct or leave out classes"
    )
