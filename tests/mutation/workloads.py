"""The workloads that mutants of the implementation packages are judged on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

TORCHSCRIPT = ("script", "trace")  # modes that do not run every quirk
SLOW = ("compile", "compile-step", "xla")  # modes that compile for seconds


@dataclass(frozen=True, kw_only=True)
class JudgedWorkload:
    """A small workload, and what it is used for."""

    name: str
    workload: str
    settings: tuple[tuple[str, Any], ...]
    models: tuple[str, ...]  # files in models/ that it runs

    @property
    def config(self) -> dict[str, Any]:
        """The values that differ from the workload's defaults."""
        return dict(self.settings)

    def covers(self, file: str, *, mode: str, dtype: str) -> bool:
        """Return whether a cell of this workload is used for the mutants of a file.

        Every workload is used in float64 and eager mode, a few in other dtypes, and
        those without quirks in other modes.
        """
        _, _, model = file.removesuffix(".py").partition("/models/")
        if model not in {"", "__init__"} and model not in self.models:
            return False
        if mode in SLOW:
            return dtype == "float64" and self.name in {"two_layer", "optimizer"}
        if mode in TORCHSCRIPT:
            return dtype == "float64" and self.workload != "quirk"
        if mode != "eager":
            return dtype == "float64"
        return dtype == "float64" or self.name in {"two_layer", "cnn"}


def _make(name: str, workload: str, *models: str, **config: Any) -> JudgedWorkload:
    return JudgedWorkload(
        name=name,
        workload=workload,
        settings=tuple(config.items()),
        models=(workload, *models),
    )


def _spelled(name: str, quirk: str) -> JudgedWorkload:
    return _make(name, "quirk", quirk=quirk)


@cache
def judged_workloads() -> tuple[JudgedWorkload, ...]:
    """Return the workloads, the quickest first."""
    return (
        _make(
            "two_layer", "two_layer", "layers", batch=7, inputs=5, hidden=6, outputs=3
        ),
        _make("mlp", "mlp", "layers", batch=5, widths=(4, 6, 5, 3)),
        _make("stack", "stack", "layers", batch=3, side=9, widths=(2, 4, 3)),
        _make("cnn", "cnn", "layers", data="synthetic", image_size=32, batch=8),
        _spelled("layer", "same_padding"),
        _spelled("loss", "label_smoothing"),
        _spelled("optimizer", "adam_epsilon"),
        _spelled("table", "embedding_padding"),
    )
