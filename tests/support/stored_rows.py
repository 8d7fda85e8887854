"""Rows of the tables of a run, with default values."""

from __future__ import annotations

from typing import Any

from compare.runs.record import Cell, RunRecord, WorkloadRequest
from compare.runs.rows import AgreementRow, LearningRow, SampleRow
from compare.runs.words import Against, Check, Inputs, Verdict
from tests.support.requested import requested

KEY = {
    "workload": "w",
    "framework": "torch",
    "mode": "eager",
    "device": "cpu",
    "dtype": "float32",
}

EPOCH = LearningRow(
    workload="w",
    variant="torch/eager",
    epoch=1,
    train_loss=1.0,
    valid_loss=1.0,
    valid_accuracy=0.5,
)


def new_record() -> RunRecord:
    """Return the record of a run of one cell and two requested launches."""
    return RunRecord(
        run_id="2026-01-01-000000",
        created="2026-01-01T00:00:00+00:00",
        baseline="torch/eager",
        request=requested(
            workloads=[WorkloadRequest(label="w", name="two_layer")],
            launches=2,
            rounds=1,
        ),
        cells=[Cell(**KEY, family="dynamic", captures="none")],
    )


def sample(**changes: Any) -> SampleRow:
    """Return a sample with changed fields."""
    row = {
        **KEY,
        "launch": 0,
        "round": 0,
        "position": 0,
        "steps": 10,
        "duration_ns": 1000,
        "started_ns": 5,
        "device_ns": float("nan"),
        "void": "",
    }
    return SampleRow(**row | changes)


def agreement_row(**changes: Any) -> AgreementRow:
    """Return a compared tensor with changed fields."""
    row = {
        **KEY,
        "inputs": Inputs.WORKLOAD,
        "check": Check.STEP,
        "step": 0,
        "quantity": "loss",
        "max_abs_error": 0.5,
        "max_rel_error": 0.1,
        "max_ulp_error": 3.0,
        "floors": 1.0,
        "tolerance": 1.0,
        "verdict": Verdict.AGREES,
        "against": Against.REFERENCE,
        "worst_index": "",
        "expected": 2.0,
        "received": 2.25,
    }
    return AgreementRow(**row | changes)
