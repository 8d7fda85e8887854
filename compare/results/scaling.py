"""How the step time scales with the number of replicas, at a fixed batch.

The numbers of replicas are timed in launches of their own, so that a speed-up compares
independent launches: its interval is that of Welch's t test on their logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.runs.record import REPLICAS
from compare.stats.change import estimate_change
from compare.stats.estimates import Interval
from compare.timing.launch_figures import collect_launch_figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compare.results.sweep import Sweep, SweptVariant
    from compare.runs.folder import Run
    from compare.runs.record import Key


@dataclass(frozen=True, kw_only=True)
class ScaledStep:
    """A variant with a number of replicas, against the smallest number of the run.

    Attributes:
        variant: ``framework/mode``.
        framework: of the variant.
        replicas: that share each batch.
        step_time_ns: of a step of all replicas on the whole batch.
        speedup: over the smallest number; exactly 1 there.
        efficiency: the speed-up by the factor of replicas.
    """

    variant: str
    framework: str
    replicas: int
    step_time_ns: float
    speedup: Interval
    efficiency: float


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """The steps of all variants of a workload, by variant and number of replicas."""

    heading: str
    numbers: tuple[int, ...]  # of replicas
    steps: tuple[ScaledStep, ...]


def find_scaling(run: Run, sweeps: Sequence[Sweep]) -> tuple[Scaling, ...]:
    """Return the scaling of each workload; none if no number of replicas was swept.

    Raises:
        RunError: a sample is invalid.
    """
    if run.record.request.swept_size != REPLICAS:
        return ()
    by_launch = collect_launch_figures(run).steps
    return tuple(
        Scaling(
            heading=sweep.heading,
            numbers=tuple(map(int, sweep.values)),
            steps=tuple(
                step
                for swept in sweep.variants
                for step in _scale_steps(swept, by_launch)
            ),
        )
        for sweep in sweeps
    )


def _scale_steps(
    swept: SweptVariant, by_launch: Mapping[Key, Sequence[float]]
) -> Iterator[ScaledStep]:
    """Yield the timed steps of a variant; none without one of the fewest replicas."""
    fewest, first = swept.cells[0]
    for number, cell in swept.cells:
        launches = [by_launch.get(each.cell.key_values, ()) for each in (first, cell)]
        if cell.timing is None or not all(launches):
            continue
        speedup = Interval(estimate=1)
        if cell is not first:
            speedup = invert_factor(estimate_change(*launches).factor)
        yield ScaledStep(
            variant=swept.variant,
            framework=swept.framework,
            replicas=int(number),
            step_time_ns=cell.timing.step_time_ns,
            speedup=speedup,
            efficiency=speedup.estimate * fewest / number,
        )


def invert_factor(factor: Interval) -> Interval:
    """Return the interval of the inverse of a positive factor."""
    return Interval(
        estimate=1 / factor.estimate, low=1 / factor.high, high=1 / factor.low
    )
