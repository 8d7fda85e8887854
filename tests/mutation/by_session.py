"""What a run uses of a session besides its training steps."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from compare import workloads
from compare.agreement import examine, precision
from compare.contract import (
    LOSS,
    Captures,
    Dtype,
    Mode,
    TensorKind,
    key_by_quantity,
    tensor_kind,
)
from compare.numerics.arrays import load_arrays
from compare.reference.expectation import Expected
from compare.runs.words import Check
from compare.workers import messages
from compare.workers.process import CannotRunError
from tests.mutation.unused import check_unused_parameter

EXPOSED = ("eager",)  # modes that must expose intermediate results


def check_session(
    worker: Any, *, mode: Mode, dtype: Dtype, expected: list[Expected], folder: Path
) -> str:
    """Return what is wrong with a session that trains correctly; empty if nothing."""
    package = worker.handler._imported.name
    is_checked = (mode.name, dtype) == ("eager", "float64")
    has_layers = worker.handler._workload.model == "two_layer"
    checks = (
        check_activations(worker, mode=mode, first=expected[0], folder=folder),
        check_operations(worker, mode=mode, dtype=dtype, folder=folder),
        check_blocks(worker),
        check_registration(package, mode=mode),
        check_captures(worker, mode=mode),
        check_gradients(worker, mode=mode, first=expected[0], folder=folder),
        check_reading_the_graph(worker.handler),
        check_profile(worker, folder=folder) if is_checked and has_layers else "",
        check_unused_parameter(package) if is_checked and has_layers else "",
    )
    return "; ".join(filter(None, checks))


def check_first_call(handler: Any, *, dtype: Dtype, expected: list[Expected]) -> str:
    """Run a step of a session as it was built, without loading any state before it."""
    first = next(each for each in expected if each.check is Check.TRAJECTORY)
    batch = next(workloads.stream(handler._workload, dtype=dtype))
    session = handler._session
    loss = session.read_loss(session.step(session.place(batch)))
    received = {
        LOSS: loss,
        **key_by_quantity(session.parameters(), TensorKind.PARAMETER),
    }
    wrong = compare(received, load_arrays(first.arrays), tolerance=first.tolerance)
    return wrong and f"first call: {wrong}"


def check_activations(worker: Any, *, mode: Mode, first: Expected, folder: Path) -> str:
    """Compare each layer's output with the reference's."""
    try:
        received = examine.request_activations(worker, expected=first, folder=folder)
    except CannotRunError as reason:
        return str(reason) if mode.name in EXPOSED else ""
    expected = activations_of(first)
    # A scale without factors is a layer in a session, and nothing in the reference.
    if [name for name in received if name in expected] != list(expected):
        return f"layers {list(received)}; expected {list(expected)}"
    return compare(received, expected, tolerance=first.tolerance)


def check_operations(worker: Any, *, mode: Mode, dtype: Dtype, folder: Path) -> str:
    """Compare the results of single operations in float64 with exact ones."""
    operands = precision.draw_operands()
    try:
        received = precision.request_operations(worker, operands, folder=folder)
    except CannotRunError as reason:
        return str(reason) if mode.name in EXPOSED else ""
    exact = precision.compute_exactly(operands)
    rounding = {"float64": 1e-9, "float32": 1e-3, "bfloat16": 2.0}[dtype]
    return compare(received, exact, tolerance=dict.fromkeys(exact, rounding))


def check_blocks(worker: Any) -> str:
    """Run timed blocks: their loss is new each time, and nothing is captured again."""
    worker.request(messages.Block(lead_in=1, steps=2), messages.Sample)
    sample = worker.request(messages.Block(lead_in=1, steps=2), messages.Sample)
    return f"{sample.recaptures} further captures" if sample.recaptures else ""


def check_registration(package: str, *, mode: Mode) -> str:
    """Require that a mode is the function of its name: script, not trace."""
    function = import_module(f"{package}.modes").MODES[mode.name].__name__
    expected = mode.name.replace("-", "_")
    return "" if function == expected else f"{mode.name} is {function}"


def check_captures(worker: Any, *, mode: Mode) -> str:
    """Compare what was captured with what the mode declares."""
    found = worker.request(messages.Describe(), messages.Description)
    if found.captures is not mode.captures:
        return f"captured: {found.captures}; the mode declares: {mode.captures}"
    if mode.compiles and found.kernels == 0:
        return "no compiler generated any kernel"
    if bool(found.captures_count) != (mode.captures is not Captures.NONE):
        return f"{found.captures_count} captures in a mode with {mode.captures}"
    return ""


def check_gradients(worker: Any, *, mode: Mode, first: Expected, folder: Path) -> str:
    """Require that gradients come from what was captured, not from Python."""
    if mode.captures is Captures.NONE:
        return ""
    called = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and "/models/" in code.co_filename:
            called.add(code.co_qualname)

    examine.request_snapshot(worker, expected=first, folder=folder)
    sys.setprofile(note)
    try:
        examine.request_snapshot(worker, expected=first, folder=folder)
    finally:
        sys.setprofile(None)
    return f"gradients: Python calls {sorted(called)}" if called else ""


def check_reading_the_graph(handler: Any) -> str:
    """Require that describing a graph changes no parameter."""
    before = handler._session.parameters()
    handler._session.graph()
    if not same(before, handler._session.parameters()):
        return "describing the graph changed the parameters"
    return ""


def check_profile(worker: Any, *, folder: Path) -> str:
    """Require operations in a profile."""
    saved = folder / "trace.json.gz"
    request = messages.RecordProfile(steps=1, save_to=str(saved))
    found = worker.request(request, messages.Profiled).operations
    return "" if found and saved.exists() else "profile: no operations"


def activations_of(expected: Expected) -> dict[str, Any]:
    """Return the reference's outputs of each layer."""
    return {
        name: array
        for name, array in load_arrays(expected.arrays).items()
        if tensor_kind(name) == TensorKind.ACTIVATION
    }


def same(one: Any, other: Any) -> bool:
    """Return whether two sets of arrays have the same names and values."""
    return set(one) == set(other) and all(
        np.array_equal(one[name], other[name]) for name in one
    )


def compare(received: Any, expected: Any, *, tolerance: Any) -> str:
    """Return the first array with an error above its tolerance; empty if none."""
    for name, array in expected.items():
        if name not in received:
            return f"no {name}"
        if received[name].shape != array.shape:
            return f"{name}: shape {received[name].shape}; expected {array.shape}"
        error = float(np.abs(received[name] - array).max(initial=0.0))
        if not error <= tolerance[name]:
            return f"{name} differs by {error:.3g}"
    return ""
