"""Graphs of real sessions, stored so that tests need no framework.

``python -m tests.support.real_graphs FRAMEWORK MODE WORKLOAD …`` takes them again.
Paths are relative to the repository.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from compare import workloads
from compare.runs.captured import encode_graphs, load_graphs

FOLDER = Path(__file__).parent / "graphs"
ROOT = Path(__file__).parents[2]


def stored_graphs(workload, variant):
    """Return the stored graphs of a variant, such as ``torch/eager``."""
    return load_graphs(FOLDER / f"{workload}-{variant.replace('/', '-')}.json")


def take_again(framework, mode, workload):
    """Replace the stored graphs of a variant by those of a new session."""
    session = import_module(f"impl_{framework}.session").Session(
        workloads.build(workload, {}), mode=mode, device="cpu", dtype="float32"
    )
    content = encode_graphs(session.graphs()).replace(f"{ROOT}/".encode(), b"")
    (FOLDER / f"{workload}-{framework}-{mode}.json").write_bytes(content + b"\n")


if __name__ == "__main__":
    name, mode, *labels = sys.argv[1:]
    for label in labels:
        take_again(name, mode, label)
