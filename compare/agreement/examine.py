"""Driving a worker's session through every agreement check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from compare.agreement.judge import agrees, judge, judge_repetition
from compare.errors import WorkerError
from compare.numerics.arrays import load_arrays, save_arrays
from compare.runs.words import Against, Check
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from compare.agreement.expectation import Expected
    from compare.contract import Arrays, Dtype
    from compare.runs.rows import Finding
    from compare.workers.process import Worker


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """The first check of a variant that it does not pass."""

    expected: Expected
    received: Arrays
    before: tuple[Expected, ...]  # the checks of its kind that it passed


@dataclass(frozen=True, kw_only=True)
class Examination:
    """Everything found about a session."""

    findings: list[Finding]
    first: Disagreement | None


def examine(
    worker: Worker, *, expected: list[Expected], dtype: Dtype, folder: Path
) -> Examination:
    """Drive the session that `worker` holds through every check.

    Raises:
        WorkerError: the worker failed; nothing of this session is returned.
        DataError: it has other tensors than the reference, or of other shapes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forced = [e for e in expected if e.check is Check.STEP]
    free = [e for e in expected if e.check is Check.TRAJECTORY]
    found: list[Finding] = []
    first: Disagreement | None = None
    spread: dict[str, float] = {}

    def judged(received: Arrays, each: Expected, before: Iterable[Expected]) -> None:
        nonlocal first
        findings = judge(received, expected=each, dtype=dtype, spread=spread)
        found.extend(findings)
        if first is None and not agrees(findings):
            first = Disagreement(expected=each, received=received, before=tuple(before))

    for number, each in enumerate(forced):
        taken = request_snapshot(worker, expected=each, folder=folder)
        if number == 0:
            again = request_snapshot(worker, expected=each, folder=folder)
            gate = judge_repetition(taken, again, against=Against.ITSELF, dtype=dtype)
            spread = {f.quantity: f.max_abs_error for f in gate}
            found += gate
            save_arrays(folder / "repeated.npz", taken)
        judged(taken, each, forced[:number])
    worker.request(
        messages.Trajectory(
            state=str(free[0].state), steps=len(free), save_in=str(folder)
        ),
        messages.Done,
    )
    for number, each in enumerate(free):
        judged(take_saved(folder / f"{each.step}.npz"), each, free[:number])
    return Examination(findings=found, first=first)


def request_snapshot(worker: Worker, *, expected: Expected, folder: Path) -> Arrays:
    """One training step from a forced state.

    Raises:
        WorkerError: the worker failed.
    """
    path = folder / "snapshot.npz"
    request = messages.TakeSnapshot(
        state=str(expected.state), step=expected.step, save_to=str(path)
    )
    worker.request(request, messages.Done)
    return take_saved(path)


def request_activations(worker: Worker, *, expected: Expected, folder: Path) -> Arrays:
    """Each layer's output on the way to a step from a forced state.

    Raises:
        CannotRunError: the session's mode lets nobody see them.
        WorkerError: the worker failed.
    """
    path = folder / "activations.npz"
    request = messages.TakeActivations(
        state=str(expected.state), step=expected.step, save_to=str(path)
    )
    worker.request(request, messages.Done)
    return {f"activation:{n}": array for n, array in take_saved(path).items()}


def take_saved(path: Path) -> Arrays:
    """The arrays that a worker says it saved; each file is read once.

    Raises:
        WorkerError: there is no such file, or it is damaged.
    """
    try:
        arrays = load_arrays(path)
        path.unlink()
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise WorkerError(f"expected arrays in {path.name}; {error}") from error
    return arrays
