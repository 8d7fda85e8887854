"""Batches from a file, fetched ahead by helpers while the model works.

A model should not wait for its data. Both frameworks let helpers fetch the next batches
while the current one is in use. PyTorch's are processes, since Python code in threads
would hold each other up; TensorFlow's are threads, since its pipeline is a graph and
runs without Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "pipeline": "`num_workers` and `prefetch_factor` say how many helpers there "
        "are and how far ahead each works; in TensorFlow `num_parallel_calls` and "
        "`prefetch`. Processes need more care than threads: `worker_init_fn` runs "
        "once in each, to open its own file or seed its own generator; `timeout` ends "
        "the wait for one that hangs; `persistent_workers` keeps them for the next "
        "epoch. The `fork` context starts each as a copy of this process; any other "
        "way would have to pickle what a helper needs. Threads share everything, so "
        "TensorFlow has none of these. `pin_memory` keeps batches where a GPU can "
        "fetch them by itself, and is of no use without one.",
        "throughput": "The figure to ask for is bytes per second, since it can be set "
        "beside what the disk, or the memory, can deliver at all.",
        "file": "Random numbers as raw bytes, {{ file_bytes|figure }} of them, in a "
        "folder that is deleted afterwards. There is no header: shape and type are "
        "what the reader says.",
        "raw read": "The same bytes read in one go, with nothing done to them: "
        "{{ (torch.raw_bytes_per_s / 1e9)|figure(3) }} and "
        "{{ (tf.raw_bytes_per_s / 1e9)|figure(3) }} GB per second, once in "
        "each program. Both are the same line of Python, so whatever lies between "
        "them shows how rough one reading is. The file has just been written, so this "
        "is the system's memory and not a disk; it is what a loader is measured "
        "against here.",
        "first epoch": "The first epoch starts the helpers. PyTorch now has "
        "{{ torch.processes|figure }} processes beside this one, and "
        "{{ torch.greetings|figure }} of them have left the file that `worker_init_fn` "
        "makes. TensorFlow has {{ tf.processes|figure }}.",
        "second epoch": "Timed with the helpers at hand: "
        "{{ (torch.piped_bytes_per_s / 1e9)|figure(3) }} GB per second in "
        "PyTorch and {{ (tf.piped_bytes_per_s / 1e9)|figure(3) }} in TensorFlow. That "
        "is {{ (torch.piped_bytes_per_s / torch.raw_bytes_per_s)|figure(2) }} and "
        "{{ (tf.piped_bytes_per_s / tf.raw_bytes_per_s)|figure(2) }} of the raw read; "
        "the rest is what cutting, copying and handing over cost. One epoch of a small "
        "file says no more than the order of magnitude.",
        "results": "Whoever fetched them, the batches are the same, and in the same "
        "order. What was measured differs from run to run.",
    },
    apis={
        "torch": (
            "torch.utils.data.DataLoader",
            "torch.cuda.is_available",
        ),
        "tf": (
            "tf.data.FixedLengthRecordDataset",
            "tf.data.Dataset.map",
            "tf.data.Dataset.prefetch",
            "tf.io.decode_raw",
        ),
    },
    own={
        "processes": "PyTorch's helpers are processes, TensorFlow's are threads",
        "greetings": "only a process needs a function to begin with",
        "raw_bytes_per_s": "measured",
        "piped_bytes_per_s": "measured",
    },
    exercise=Exercise(
        task="Let each helper hand over what is ready: `in_order=False` in PyTorch, "
        "`deterministic=False` in TensorFlow. Are the batches still the same?",
        change={
            "in_order=True": "in_order=False",
            "deterministic=True": "deterministic=False",
        },
        answer="They are: all {{ after.means|length }} come, each once. Only their "
        "order is no longer promised; a slow batch holds nobody up. Whoever needs to "
        "repeat a run to the last bit keeps the order.",
        holds=lambda before, after: np.array_equal(
            np.sort(before["means"]), np.sort(after["means"])
        ),
    ),
)


def expected() -> Arrays:
    """The means without a file."""
    numbers = np.random.default_rng(0).random((32, 64, 256))
    return {
        "means": numbers.mean(axis=(1, 2)),
        "file_bytes": np.array(numbers.nbytes),
        "loaded_bytes": np.array(numbers.nbytes),
    }
