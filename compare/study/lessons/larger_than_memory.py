"""Data larger than memory: mean and standard deviation in one pass.

Inputs are normalised with the mean and standard deviation of the whole data set, which
may be larger than the memory. One pass over its batches is enough if the statistics so
far can be combined with those of the next batch. The file here is small, so that the
result can be checked against the whole data set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "read in batches": "In PyTorch a generator is enough: NumPy continues to read "
        "where it stopped, and `from_numpy` makes a tensor that shares the array's "
        "memory. In TensorFlow a record is a fixed number of bytes. `batch` joins "
        "records, and `decode_raw` reads the bytes as numbers. The last batch is "
        "smaller in both.",
        "running statistics": "The mean moves towards the batch's mean by the batch's "
        "share of all rows. The two sums of squared deviations are added. They were "
        "taken around different means, so a correction is needed: it contains `apart`, "
        "the difference of the means. This is the formula of Chan, Golub and LeVeque; "
        "it squares only differences.",
        "file": "The file is written in pieces, too, so that the whole data set is "
        "never in memory: {{ file_bytes|figure }} bytes, {{ rows[-1]|figure }} rows.",
        "one pass": "Each batch is added and then released. The largest has "
        "{{ largest_held_bytes|figure }} bytes, and only a few exist at any time, "
        "however long the file is. After all {{ rows|length }} batches the standard "
        "deviation of the first column is {{ deviations[-1]|figure(6) }}. The picture "
        "shows how it converges.",
        "short formula": "The short textbook formula for the variance needs only two "
        "sums: the mean of the squares minus the square of the mean. For this file it "
        "gives a standard deviation of {{ short_deviation[0]|figure(6) }}, the same. "
        "The exercise shows where it fails.",
        "whole file": "This file does fit into memory, so it can be read in one "
        "piece: {{ whole_deviation[0]|figure(6) }}. Note the defaults. `torch.std` "
        "divides by the count minus one unless it gets `correction=0`; TensorFlow "
        "divides by the count.",
        "results": "The streamed statistics and those of the whole data set must agree "
        "between the frameworks. They must also agree with NumPy, which computes them "
        "from the whole data set.",
    },
    apis={
        "torch": ("torch.from_numpy", "torch.std"),
        "tf": (
            "tf.data.FixedLengthRecordDataset",
            "tf.io.decode_raw",
            "tf.math.reduce_std",
        ),
    },
    pictures=(
        Picture(
            step="one pass",
            caption="Standard deviation of the first column, after each batch.",
            arrays={"deviations": "standard deviation so far"},
            x="rows",
            x_title="rows read",
            y_title="standard deviation",
        ),
    ),
    exercise=Exercise(
        task="Move the numbers far away from zero: `CENTRE = 1e8`. This does not "
        "change their standard deviation. Which formula still gives the right value?",
        change={"CENTRE = 0.5": "CENTRE = 1e8"},
        answer="The combined one: {{ after.deviation[0]|figure(6) }}, as before. The "
        "short formula gives {{ after.short_deviation[0]|figure }}. It subtracts two "
        "numbers that are equal in almost all their digits (catastrophic "
        "cancellation). What is left is rounding error: other columns give other "
        "numbers.",
        holds=lambda before, after: (
            np.allclose(before["deviation"], after["deviation"], rtol=1e-6, atol=0)
            and not np.allclose(before["deviation"], after["short_deviation"], rtol=0.1)
            and np.unique(after["short_deviation"]).size > 1
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, computed from the whole data set."""
    rng = np.random.default_rng(0)
    pieces = [
        0.5 + rng.random((min(1024, 20_000 - n), 16)) for n in range(0, 20_000, 1024)
    ]
    table = np.concatenate(pieces)
    mean, deviation = table.mean(axis=0), table.std(axis=0)
    rows = np.cumsum([len(piece) for piece in pieces])
    return {
        "mean": mean,
        "deviation": deviation,
        "short_deviation": deviation,
        "whole_mean": mean,
        "whole_deviation": deviation,
        "rows": rows,
        "deviations": np.array([table[:seen, 0].std() for seen in rows]),
    }
