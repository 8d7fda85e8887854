"""A runner for tests: the text of a model's file states what it does with arrays.

``doubling.cpp`` does the same in C++.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from compare.runners.serving import serve_model


class NumpyModel:
    """Doubles floating-point arrays, if the file states nothing else."""

    def __init__(self, path, inputs, outputs):
        self.path = Path(path)
        self.does = self.path.read_text()
        self.names = len(inputs) + len(outputs)
        if self.does == "cannot be loaded":
            raise ValueError("not a model\nof any kind")
        if self.does == "prints":
            print("loading", flush=True)

    def set_inputs(self, inputs):
        self.inputs = list(inputs)

    def run(self):
        if self.does == "takes four rows" and len(self.inputs[0]) != 4:
            raise ValueError("expected 4 rows")
        if self.does == "exits":
            print("out of memory", file=sys.stderr, flush=True)
            os._exit(3)
        if self.does == "counts calls":
            with self.path.with_suffix(".calls").open("a") as log:
                log.write("call\n")
        factor = 3 if self.does == "triples" else 2
        self.found = [factor * a for a in self.inputs if a.dtype.kind == "f"]
        if self.does == "counts names":
            self.found = [np.full_like(a, self.names) for a in self.found]
        if self.does == "flattens":
            self.found = [array.reshape(-1) for array in self.found]
        if (
            self.does == "has no finite output for half batches"
            and len(self.inputs[0]) < 4
        ):
            self.found = [a * np.nan for a in self.found]
        if self.does == "triples half batches":
            self.found = [a * (1.5 if len(a) < 4 else 1) for a in self.found]

    def outputs(self):
        return self.found


if __name__ == "__main__":
    serve_model(NumpyModel)
