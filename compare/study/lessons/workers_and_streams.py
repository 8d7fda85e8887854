"""Workers and streams: when several workers read the same stream.

A map-style data set can be divided among workers by its indices. A stream cannot: each
worker gets a copy of the data set and reads it from the beginning. Without further code
every element arrives once per worker, and no error is raised. An epoch then takes twice
as long with two workers, and the model sees everything twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "stream": "In PyTorch the data set itself finds out which worker it runs in: "
        "`get_worker_info` returns its number and how many there are, or `None` in the "
        "main process. In TensorFlow the program creates one stream per reader, and "
        "`shard` keeps every n-th element.",
        "loader": "PyTorch starts `num_workers` processes. TensorFlow's `interleave` "
        "reads several streams at the same time, by threads. The elements are sorted, "
        "because their order does not matter here.",
        "one reader": "Zero workers means that the main process reads the data itself. "
        "{{ alone|length }} elements arrive, each once.",
        "several readers": "Each of the workers reads the whole stream: "
        "{{ doubled|length }} elements arrive.",
        "parts": "Each worker reads its own part, and together they read "
        "{{ parts|length }} elements, each once.",
        "order": "The elements of the workers alternate: {{ order[:6]|figure }} at the "
        "beginning. Both frameworks take one element of each worker in turn, so the "
        "order does not depend on which is faster.",
        "results": "The elements that arrive are compared, sorted and in the order in "
        "which they arrive.",
    },
    apis={
        "torch": (
            "torch.utils.data.IterableDataset",
            "torch.utils.data.get_worker_info",
            "torch.utils.data.DataLoader",
        ),
        "tf": ("tf.data.Dataset.interleave", "tf.data.Dataset.shard"),
    },
    exercise=Exercise(
        task="Use three workers: `WORKERS` becomes `3`. How many elements arrive "
        "without parts, and how many with them?",
        change={"COUNT, WORKERS = 17, 2": "COUNT, WORKERS = 17, 3"},
        answer="{{ after.doubled|length }} without parts, {{ after.parts|length }} "
        "with them: the parts adapt to the number of workers, which the code reads.",
        holds=lambda before, after: (
            len(after["doubled"]) == 3 * len(after["alone"])
            and np.array_equal(after["parts"], before["parts"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays without workers."""
    numbers = np.arange(17)
    return {
        "alone": numbers,
        "doubled": np.repeat(numbers, 2),
        "parts": numbers,
    }
