"""More data than fits: mean and deviation of a file, a piece at a time.

Inputs are normalised by mean and deviation of the whole data set, and the whole data
set may be larger than the memory. One pass is enough, a batch at a time, if the
statistics of what was seen can be combined with those of what comes next. The file here
is small, so that the result can be proved against the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "piece by piece": "A generator is all that PyTorch needs: NumPy reads on where "
        "it stopped, and `from_numpy` makes a tensor of the same memory. In TensorFlow "
        "a record is a fixed number of bytes; `batch` joins records and `decode_raw` "
        "reads the bytes as numbers. The last piece is shorter in both.",
        "combining": "The mean moves towards the batch's mean by the batch's share of "
        "all rows. The squared deviations of both add up, and something is owed "
        "besides: both were taken around means of their own, which lie `apart`. This "
        "is the formula of Chan, Golub and LeVeque; only differences are ever squared.",
        "file": "The file is written in pieces too, so that the whole of it never "
        "stands in memory: {{ file_bytes|figure }} bytes, {{ rows[-1]|figure }} rows.",
        "one pass": "Each batch is taken in and given up: the largest has "
        "{{ largest_held_bytes|figure }} bytes, and only a few exist at any time, "
        "however long the file. After all {{ rows|length }} of them the first "
        "column's deviation is {{ deviations[-1]|figure(6) }}; the picture shows it "
        "settling.",
        "short formula": "The textbook's short formula needs only two sums: the mean "
        "of the squares less the square of the mean. For this file it gives {{ "
        "short_deviation[0]|figure(6) }}, the same. The exercise shows what it cannot "
        "do.",
        "all at once": "The file fits after all, so it can be read in one piece: "
        "{{ whole_deviation[0]|figure(6) }}. Mind the defaults: `torch.std` divides by "
        "one less than the count unless told `correction=0`; TensorFlow divides by the "
        "count.",
        "results": "Streamed and whole statistics must agree between the frameworks, "
        "and with those of NumPy, which are computed from the whole.",
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
            caption="The deviation of the first column, after each batch.",
            arrays={"deviations": "deviation so far"},
            x="rows",
            x_title="rows read",
            y_title="deviation",
        ),
    ),
    exercise=Exercise(
        task="Move the numbers far away from zero: `CENTRE = 1e8`. Their deviation "
        "does not change by that. Which formula knows?",
        change={"CENTRE = 0.5": "CENTRE = 1e8"},
        answer="The combined one: {{ after.deviation[0]|figure(6) }}, as before. The "
        "short formula gives {{ after.short_deviation[0]|figure }}. It subtracts two "
        "numbers that are equal in almost all their digits, and what is left is "
        "rounding: other columns give other numbers.",
        holds=lambda before, after: (
            np.allclose(before["deviation"], after["deviation"], rtol=1e-6, atol=0)
            and not np.allclose(before["deviation"], after["short_deviation"], rtol=0.1)
            and np.unique(after["short_deviation"]).size > 1
        ),
    ),
)


def expected() -> Arrays:
    """The whole at once."""
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
