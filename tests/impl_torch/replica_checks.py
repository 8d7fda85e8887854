"""What replicas of PyTorch compute, as JSON; `test_replicas.py` judges it."""

from __future__ import annotations

import dataclasses
import json
import sys
import time

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from compare.workloads.net import Net
from compare.workloads.two_layer import TwoLayer
from impl_torch import replicas
from impl_torch.modes import MODES
from impl_torch.session import Session
from tests.impl_torch.planted_replicas import Normalized, Planted, plant
from tests.support import checked_replicas
from tests.support.small_sessions import refusal

FOUND_BY_CHECKS = (
    "",
    "gradients summed",
    "gradients not averaged",
    "same share",
    "uneven shares weigh the same",
    "parameters out of step",
)
NORMALIZED = Net(layers="conv 4 3 2, batch_norm, relu, flatten, dense 4")
ALONE = ("script", "trace", "compile-step")
KIND = {"device": "cpu", "dtype": "float64"}


def build(workload, *, mode="eager", defect=""):
    plant(defect, is_first=True)
    return replicas.ReplicatedSession(workload, mode=mode, **KIND, replicas=2)


def build_planted(defect, *, mode="eager"):
    fields = dataclasses.asdict(checked_replicas.PROBE)
    return build(Planted(**fields, defect=defect), mode=mode, defect=defect)


def compare_normalized():
    """Return how far replicas that normalize their own shares are from one process."""
    arrays = next(NORMALIZED.batches("float64"))
    alone = Session(NORMALIZED, mode="eager", **KIND)
    replicated = build(
        Normalized(**dataclasses.asdict(NORMALIZED)), defect="normalized"
    )
    one, other = (
        session.snapshot(session.place(arrays)) for session in (replicated, alone)
    )
    return checked_replicas.largest_difference(one, other)


def end_in_a_step(defect):
    """Return the message of a step in which another replica ends, and its time."""
    replicas.configure(replicas=2)
    session = build_planted(defect)
    batch = session.place(next(checked_replicas.PROBE.batches("float64")))
    start = time.perf_counter()
    try:
        session.step(batch)
    except RuntimeError as error:
        return str(error), time.perf_counter() - start
    finally:
        distributed.destroy_process_group()
    return "", 0.0


def try_alone(mode):
    """Return why a mode does not run with DDP, with a single replica; else empty."""
    distributed.init_process_group(
        "gloo", store=distributed.HashStore(), rank=0, world_size=1
    )
    workload = TwoLayer(inputs=12, hidden=7, outputs=3, batch=8)
    plain = Session(workload, mode="eager", **KIND)
    arrays = next(workload.batches("float64"))
    batch = plain.place(arrays)
    smaller = plain.place({name: array[:3] for name, array in arrays.items()})
    objective = plain._step.graph
    wrapped = DistributedDataParallel(objective)
    object.__setattr__(wrapped, "model", objective.model)
    try:
        step = MODES[mode](wrapped, optimizer=workload.optimizer, example=batch)
        step.run(*batch)
        step.admit(smaller)
    except Exception as error:  # noqa: BLE001 - whatever the framework raises
        return type(error).__name__
    finally:
        distributed.destroy_process_group()
    return ""


if __name__ == "__main__":
    torch.set_num_threads(1)
    replicas.configure(replicas=2)
    expected = checked_replicas.expect()

    def list_disagreements(defect, *, mode="eager"):
        session = build_planted(defect, mode=mode)
        return checked_replicas.list_disagreements(session, expected)

    found = {each: list_disagreements(each) for each in FOUND_BY_CHECKS}
    compiled, captured = [], ""
    if sys.argv[1:]:
        session = build_planted("", mode="compile")
        compiled = checked_replicas.list_disagreements(session, expected)
        captured = session.graph().captures

    def build_two(workload, *, mode, device, dtype):
        return build(workload, mode=mode)

    refused = refusal(build_two, "eager", NORMALIZED)
    normalized = compare_normalized()
    distributed.destroy_process_group()
    ends = {
        each: end_in_a_step(each) for each in ("killed in a step", "error in a step")
    }
    print(
        json.dumps(
            {
                "disagreements": found,
                "compiled": compiled,
                "captured": captured,
                "refused": refused,
                "normalized": normalized,
                "ends": ends,
                "alone": {mode: try_alone(mode) for mode in ALONE},
            }
        )
    )
