"""Runs with two installations of a framework, made from runs of two frameworks."""

from __future__ import annotations

from dataclasses import fields, replace

import msgspec
import pandas as pd

LABELS = {"torch": "torch@2.13", "tf": "torch@2.12"}


def labelled(found):
    """Return a run whose two frameworks are installations of one."""
    frames = {}
    for field in fields(found):
        frame = getattr(found, field.name)
        if isinstance(frame, pd.DataFrame) and "framework" in frame:
            frames[field.name] = frame.assign(
                framework=frame["framework"].astype(str).replace(LABELS)
            )
    record = found.record
    cells = [
        msgspec.structs.replace(cell, framework=LABELS[cell.framework])
        for cell in record.cells
    ]
    first = f"{LABELS['torch']}/eager"
    record = msgspec.structs.replace(
        record,
        cells=cells,
        baseline=first,
        request=msgspec.structs.replace(
            record.request, variants=[cell.variant for cell in cells]
        ),
    )
    return replace(found, record=record, **frames)
