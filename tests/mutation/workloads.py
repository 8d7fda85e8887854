"""The workloads that mutants of the implementation packages are judged on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from compare import workloads

# Other modes than eager do not run every quirk, and need not.
RUN_OPTIMIZERS = ("function", "xla", "keras-eager", "keras", "keras-xla")
RUNS_QUIRK = {(mode, "optimizer") for mode in RUN_OPTIMIZERS}
SMALL = {"batch": 8, "inputs": 6, "hidden": 5, "outputs": 3, "learning_rate": 1e-3}
SMALL_CNN = {
    "data": "synthetic",
    "image_size": 16,
    "batch": 32,
    "learning_rate": 0.1,
    "weight_decay": 2.0**-7,  # Keras would round 0.01 to float32
}
BY_HAND = ("manual", "script-step")  # they run two_layer only
# Modes that compile for seconds.
SLOW = ("compile", "compile-dynamic", "compile-step", "xla", "keras-xla")


@dataclass(frozen=True, kw_only=True)
class JudgedWorkload:
    """A workload whose probe, or which itself, is checked with every mutant."""

    name: str
    workload: str
    settings: tuple[tuple[str, Any], ...]
    models: tuple[str, ...]  # files in models/ that it runs
    is_own: bool = False  # checked itself although it has a probe

    @property
    def config(self) -> dict[str, Any]:
        """The configuration of the probe; a quirk has none and is checked itself."""
        workload = workloads.build(self.workload, dict(self.settings))
        probe = None if self.is_own else workload.probe()
        return asdict(probe or workload)

    def covers(self, file: str, *, mode: str, dtype: str) -> bool:
        """Return whether a cell of this workload is used for the mutants of a file.

        Every workload is used in float64 and eager mode, a few in other dtypes, and
        those without quirks in other modes.
        """
        if mode in BY_HAND and self.workload != "two_layer":
            return False
        _, _, model = file.removesuffix(".py").partition("/models/")
        if model not in {"", "__init__"} and model not in self.models:
            return False
        if mode in SLOW:
            used = {"two_layer", "optimizer"}
            used |= {"decay"} if mode == "compile-step" else set()
            return dtype == "float64" and self.name in used
        if mode != "eager":
            runs = self.workload != "quirk" or (mode, self.name) in RUNS_QUIRK
            return dtype == "float64" and runs
        # As in a run, the probe is checked in float64, and own data in every dtype.
        return dtype == "float64" or self.is_own


def _make(
    name: str, workload: str, *models: str, is_own: bool = False, **config: Any
) -> JudgedWorkload:
    return JudgedWorkload(
        is_own=is_own,
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
        _make("two_layer", "two_layer", "layers"),
        _make("mlp", "mlp", "layers", widths=(4, 6, 5, 3)),
        _make("stack", "stack", "layers", widths=(2, 4, 3)),
        _make("wide", "stack", "layers", widths=(2, 3), kernel=5, stride=1),
        _make("cnn", "cnn", "layers"),
        _make("own", "two_layer", "layers", is_own=True, **SMALL),
        # A learning rate that float32 would round, and decay.
        _make("decay", "cnn", "layers", is_own=True, **SMALL_CNN),
        _spelled("layer", "same_padding"),
        _spelled("rows", "layer_norm_epsilon"),
        _spelled("loss", "label_smoothing"),
        _spelled("optimizer", "adam_epsilon"),
        _spelled("clipping", "gradient_clipping_norm"),
        # TensorFlow returns the gradient of this table as a sparse tensor.
        _make("table", "quirk", quirk="embedding_padding", spelling="row_learns"),
    )
