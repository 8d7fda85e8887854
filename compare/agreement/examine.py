"""Run every agreement check on the session in a worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compare.agreement.judge import agrees, judge, judge_repetition
from compare.contract import TensorKind, key_by_quantity
from compare.errors import WorkerError
from compare.numerics.arrays import DAMAGED, load_arrays, save_arrays
from compare.runs.words import Against, Check
from compare.workers import messages

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import Arrays, Dtype
    from compare.reference.expectation import Expected
    from compare.runs.rows import Finding
    from compare.workers.process import Worker

REAL_KINDS = "biuf"  # kinds of NumPy dtypes: logical values, integers and floats


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One check of a session: what was expected, and what was received."""

    expected: Expected
    received: Arrays
    agrees: bool
    again: Arrays | None = None  # the same step, repeated from the same state


@dataclass(frozen=True, kw_only=True)
class Examination:
    """The result of all checks of a session, in the order in which they were run."""

    findings: list[Finding]
    checked: tuple[Checked, ...]

    @property
    def first(self) -> Checked | None:
        """The first check that the session fails."""
        return next((each for each in self.checked if not each.agrees), None)


def examine_session(
    worker: Worker, *, expected: list[Expected], dtype: Dtype, folder: Path
) -> Examination:
    """Run every check on the session that `worker` has built.

    Args:
        worker: holds the session.
        expected: the reference's results, as `expectation.expectations` returns them.
        dtype: of the session.
        folder: for the arrays that the worker saves. The tensors of the first step stay
            there in ``repeated.npz``.

    Raises:
        WorkerError: the worker failed. No finding of this session is returned.
        DataError: names or shapes of tensors differ from the reference's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = [e for e in expected if e.check is Check.STEP]
    predictions = [e for e in expected if e.check is Check.PREDICTION]
    trajectory = [e for e in expected if e.check is Check.TRAJECTORY]
    found: list[Finding] = []
    checked: list[Checked] = []
    spread: dict[str, float] = {}

    def add(received: Arrays, each: Expected, again: Arrays | None = None) -> None:
        findings = judge(received, expected=each, dtype=dtype, spread=spread)
        found.extend(findings)
        checked.append(
            Checked(
                expected=each, received=received, agrees=agrees(findings), again=again
            )
        )

    for number, each in enumerate(steps):
        received, again = request_snapshot(worker, expected=each, folder=folder), None
        if number == 0:
            again = request_snapshot(worker, expected=each, folder=folder)
            repetition = [
                replace(finding, inputs=each.inputs)
                for finding in judge_repetition(
                    received, again, against=Against.ITSELF, dtype=dtype
                )
            ]
            spread = {f.quantity: f.max_abs_error for f in repetition}
            found += repetition
            save_arrays(folder / "repeated.npz", received)
        add(received, each, again)
    for each in predictions:
        add(request_prediction(worker, expected=each, folder=folder), each)
    restarts = trajectory[-1].restarts
    worker.request(
        messages.RunTrajectory(
            state=str(trajectory[0].state),
            steps=len(trajectory),
            save_in=str(folder),
            restarts={step: str(state) for step, state in restarts.items()},
        ),
        messages.Done,
    )
    for each in trajectory:
        received = read_saved_arrays(folder / f"{each.step}.npz")
        add(received, each)
    return Examination(findings=found, checked=tuple(checked))


def request_snapshot(worker: Worker, *, expected: Expected, folder: Path) -> Arrays:
    """Run one training step from the expected state and return all its tensors.

    Raises:
        WorkerError: the worker failed.
    """
    return _request(
        worker, messages.TakeSnapshot, expected=expected, path=folder / "snapshot.npz"
    )


def request_prediction(worker: Worker, *, expected: Expected, folder: Path) -> Arrays:
    """Return the model's outputs in the expected state, and the parameters after that.

    Raises:
        WorkerError: the worker failed.
    """
    return _request(
        worker, messages.Predict, expected=expected, path=folder / "prediction.npz"
    )


def request_activations(worker: Worker, *, expected: Expected, folder: Path) -> Arrays:
    """Return each layer's output in one step from the expected state.

    Raises:
        CannotRunError: the session's mode does not expose them.
        WorkerError: the worker failed.
    """
    found = _request(
        worker,
        messages.TakeActivations,
        expected=expected,
        path=folder / "activations.npz",
    )
    return key_by_quantity(found, TensorKind.ACTIVATION)


def _request(
    worker: Worker,
    kind: type[messages.TakeSnapshot | messages.Predict | messages.TakeActivations],
    *,
    expected: Expected,
    path: Path,
) -> Arrays:
    """Return the arrays that a worker computes from the state of a step."""
    request = kind(state=str(expected.state), step=expected.step, save_to=str(path))
    worker.request(request, messages.Done)
    return read_saved_arrays(path)


def read_saved_arrays(path: Path) -> Arrays:
    """Read the arrays that a worker saved, and delete the file.

    A file that a later request fails to write cannot be mistaken for its result.

    Raises:
        WorkerError: the file is missing or damaged, or an array has no real numbers.
    """
    try:
        arrays = load_arrays(path)
        path.unlink()
    except (OSError, MemoryError, *DAMAGED) as error:
        raise WorkerError(f"expected arrays in {path.name}; {error}") from error
    for name, array in arrays.items():
        if array.dtype.kind not in REAL_KINDS:
            raise WorkerError(
                f"expected real numbers in {path.name}; {name} has dtype {array.dtype}"
            )
    return arrays
