"""Sessions of `two_layer` on small layers, for the checks of both packages' modes."""

from __future__ import annotations

from compare.workloads.two_layer import TwoLayer

SMALL = {"inputs": 12, "hidden": 7, "outputs": 3}


def build(session_class, mode, *, batch):
    """Return a session of a mode in float64."""
    small = TwoLayer(**SMALL, batch=batch)
    return session_class(small, mode=mode, device="cpu", dtype="float64")


def run_step(session, *, batch):
    """Run a step on a batch of this size; return what the session returns."""
    (arrays,) = TwoLayer(**SMALL, batch=batch).batches("float64")
    return session.step(session.place(arrays))


def count_captures(session_class, mode, *, sizes):
    """Return the number of captures after a step with each size of batches."""
    session = build(session_class, mode, batch=sizes[0])
    for size in sizes:
        run_step(session, batch=size)
    return session.captures_count()


def are_changed(before, after):
    """Return whether every parameter was changed."""
    return all((before[name] != after[name]).any() for name in before)


def refusal(session_class, mode, workload):
    """Return why a mode cannot run a workload; empty if it can."""
    try:
        session_class(workload, mode=mode, device="cpu", dtype="float64")
    except NotImplementedError as error:
        return str(error)
    return ""
