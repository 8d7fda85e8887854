"""Parallel data loading: worker processes, threads and prefetching.

A model should not wait for its data. Both frameworks can load the next batches while
the current one is in use (prefetching). PyTorch uses worker processes, because threads
that run Python code block each other. TensorFlow uses threads, because its pipeline is
a graph and runs without Python, except where it calls Python (`from_generator`,
`py_function`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "pipeline": "`num_workers` and `prefetch_factor` set the number of workers and "
        "how far ahead each one loads; without workers, the main process loads each "
        "batch itself. In TensorFlow these are `num_parallel_calls` and `prefetch`. "
        "`AUTOTUNE` lets TensorFlow choose such a number while the pipeline runs. "
        "Processes need more care than threads. `timeout` limits the wait for a worker "
        "that hangs. `persistent_workers` keeps the workers for the next epoch. "
        "`worker_init_fn` is called once in each worker, to open its own file or seed "
        "its own generator. It is defined at the top level of the file and is not a "
        "lambda: where workers are not forked, as on Windows, macOS and, from Python "
        "`3.14`, Linux, what they need is pickled. Threads share their memory, so "
        "TensorFlow has none of these options. `pin_memory` keeps batches in memory "
        "that a GPU can read directly, and has no use without a GPU.",
        "throughput": "Throughput is measured in bytes per second. It can then be "
        "compared with what the disk or the memory can deliver. Other programs disturb "
        "a measurement and never make it faster, so the fastest of `REPEATS` readings "
        "counts.",
        "file": "Random numbers as raw bytes, {{ file_bytes|figure }} of them, in a "
        "temporary folder that is deleted afterwards. The file has no header: the "
        "reader defines shape and type.",
        "raw read": "The same bytes read in one call, without any processing: "
        "{{ (torch.raw_bytes_per_s / 1e9)|figure(3) }} and "
        "{{ (tf.raw_bytes_per_s / 1e9)|figure(3) }} GB per second. Both programs use "
        "the same line of Python, so the difference shows how imprecise the "
        "measurement is. The file has just been written, so it is read from the "
        "system's memory and not from a disk.",
        "first epoch": "The first epoch starts the workers. PyTorch now has "
        "{{ torch.processes|figure }} processes in addition to this one, and "
        "{{ torch.greetings|figure }} of them have created the file that "
        "`worker_init_fn` writes. TensorFlow has {{ tf.processes|figure }}.",
        "later epochs": "PyTorch's workers are already running: "
        "{{ (torch.piped_bytes_per_s / 1e9)|figure(3) }} GB per second in PyTorch and "
        "{{ (tf.piped_bytes_per_s / 1e9)|figure(3) }} in TensorFlow. A loader also "
        "splits, copies and transfers the data. An epoch of a small file shows only "
        "the order of magnitude.",
        "results": "The batches and their order are the same, whichever worker loaded "
        "them. The measured values differ from run to run.",
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
            "tf.data.AUTOTUNE",
            "tf.io.decode_raw",
        ),
    },
    own={
        "processes": "PyTorch's workers are processes, TensorFlow's are threads",
        "greetings": "only a worker process needs an initialisation function",
        "raw_bytes_per_s": "measured in each run",
        "piped_bytes_per_s": "measured in each run",
    },
    exercise=Exercise(
        task="Let each worker deliver a batch as soon as it is ready: `in_order=False` "
        "in PyTorch, `deterministic=False` in TensorFlow. Are the batches still the "
        "same?",
        change={
            "in_order=True": "in_order=False",
            "deterministic=True": "deterministic=False",
        },
        answer="They are: all {{ after.means|length }} arrive, each once. Only their "
        "order is no longer guaranteed; a slow batch does not delay the others. Keep "
        "the order if a run must be reproducible to the last bit.",
        holds=lambda before, after: np.array_equal(
            np.sort(before["means"]), np.sort(after["means"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays without a file."""
    numbers = np.random.default_rng(0).random((32, 64, 256))
    return {
        "means": numbers.mean(axis=(1, 2)),
        "file_bytes": np.array(numbers.nbytes),
        "loaded_bytes": np.array(numbers.nbytes),
    }
