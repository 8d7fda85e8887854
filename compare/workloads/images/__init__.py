"""Labelled images: read, generate, resize, split and save them.

The package imports `compare.contract`, `compare.errors`, `compare.files`,
`compare.numerics.arrays` and `compare.wording`.

- `loading`: images by the name of a data set or a path, and the split for validation.
- `archive`: images in one ``.npz`` file.
- `folder`: images in a folder with one sub-folder per class.
- `labels`: labels as numbers, with the names of their classes.
- `image_set`: the images of a workload, and how their size is changed.
"""
