"""Workloads: what can be trained. One module per workload, listed here by name.

To add one, write ``compare/workloads/NAME.py`` with a frozen dataclass, add it to
`WORKLOADS`, and write its model as ``models/MODEL.py`` in each implementation package.
Other distributions add theirs by entry points (`plugged`).

May import `compare.quirks`, `compare.numerics` and lower layers.

Public names: `WORKLOADS`, `names`, `load_plugins`, `list_packages`, `build`,
`list_keys`, `sizes`, `size_types`, `describe`, `stream`, `stage`, `has_reference`,
`defines_reference`, `is_dynamic`, `is_trainable`, `counts_elements`.
"""

from __future__ import annotations

import inspect
from dataclasses import fields
from functools import cache
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any, TypeGuard, cast, get_type_hints

from compare.errors import UsageError, unknown_name
from compare.plugins import OWN, PluginError
from compare.workloads import plugged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from compare.contract import (
        Batch,
        Dtype,
        ElementwiseWorkload,
        ReferencedWorkload,
        StagedWorkload,
        TrainableWorkload,
        Workload,
    )

SAMPLED = ("inputs", "targets")  # arrays of a batch with one row per sample
PROBE = "is_probe"  # a field that the harness sets, and no user
# name -> (its class, one sentence for users)
WORKLOADS = {
    "two_layer": ("TwoLayer", "two-layer ReLU net, squared error, gradient descent"),
    "cnn": ("Cnn", "four convolutions on images, cross-entropy, SGD, several epochs"),
    "resnet": ("Resnet", "residual blocks with batch normalization, SGD with momentum"),
    "gru": ("Gru", "a recurrent network on padded tokens, Adam"),
    "transformer": ("Transformer", "an encoder of two blocks on tokens, AdamW"),
    "unet": ("Unet", "convolutions and transposed ones on images, RMSprop"),
    "rnn": ("Rnn", "a tanh cell over sequences of changing length, SGD"),
    "mlp": ("Mlp", "a chain of dense layers of any depth, for checks"),
    "chain": ("Chain", "element-wise operations one after another, SGD, for sweeps"),
    "layers": ("Layers", "equal dense layers, gradient descent, for sweeps"),
    "stack": ("Stack", "a chain of convolutions of any depth and kernel, for checks"),
    "tree": ("Tree", "a recursive net over expressions, squared error, SGD"),
    "modular": ("Modular", "each batch has an order of modules, squared error, SGD"),
    "control_flow": (
        "ControlFlow",
        "the previous losses choose a layer, squared error, gradient descent",
    ),
    "net": ("Net", "any net that a text describes layer by layer, for checks"),
    "quirk": (
        "QuirkWorkload",
        "a step around one known difference; see graph-compare quirks",
    ),
}
# Those that commands build from other input than a name.
TARGET, FOLDER = "target", "folder"
INTERNAL = {TARGET: "TargetWorkload", FOLDER: "FolderWorkload"}


@cache
def _find_plugins() -> plugged.PluginWorkloads:
    return plugged.find_workloads(dict.fromkeys((*WORKLOADS, *INTERNAL), OWN))


def names() -> list[str]:
    """Return the names of the built-in workloads and of those of other distributions.

    The latter are not loaded yet: one may turn out to be unusable.
    """
    return [*WORKLOADS, *_find_plugins().plugins]


def load_plugins() -> tuple[dict[str, str], list[PluginError]]:
    """Load the workloads of other distributions.

    Returns:
        The distribution of each that can be used, by name, and why others cannot.
    """
    found = _find_plugins()
    origins, refused = dict[str, str](), [*found.refused]
    for name, plugin in found.plugins.items():
        try:
            plugged.load_class(plugin)
        except PluginError as error:
            refused.append(error)
        else:
            origins[name] = plugin.origin
    return origins, refused


def list_packages(name: str) -> list[str]:
    """Return the packages of other distributions that contain a workload's code.

    Raises:
        UsageError: An unknown workload.
    """
    return plugged.collect_packages(_workload_class(name))


def describe(name: str) -> str:
    """Return one sentence that describes a workload.

    Raises:
        UsageError: An unknown workload.
    """
    if name in WORKLOADS:
        return WORKLOADS[name][1]
    return (inspect.getdoc(_workload_class(name)) or "").partition("\n")[0]


def build(name: str, config: Mapping[str, Any] = {}) -> Workload:
    """Return a workload, with the values that its configuration changes.

    Raises:
        UsageError: An unknown workload or key, or a value of the wrong type.
    """
    import msgspec  # noqa: PLC0415 - the command `list` does not need it

    expected = list_keys(name)
    for key in config:
        if key not in expected:
            raise unknown_name(f"key of workload {name}", key, expected=expected)
    try:
        workload: Workload = msgspec.convert(dict(config), _workload_class(name))
    except msgspec.ValidationError as error:
        raise UsageError(f"workload {name}: {error}") from error
    return workload


def list_keys(name: str) -> list[str]:
    """Return the keys that a workload's configuration may contain.

    Raises:
        UsageError: An unknown workload.
    """
    return [field.name for field in fields(_workload_class(name))]


def sizes(name: str) -> dict[str, Any]:
    """Return the default of each size of a workload that a user may set.

    Raises:
        UsageError: An unknown workload.
    """
    return {
        field.name: field.default
        for field in fields(_workload_class(name))
        if field.name != PROBE
    }


def size_types(name: str) -> dict[str, Any]:
    """Return the type of each size of a workload that a user may set.

    Raises:
        UsageError: An unknown workload.
    """
    types = get_type_hints(_workload_class(name))
    return {key: types[key] for key in sizes(name)}


def has_reference(workload: Workload) -> TypeGuard[ReferencedWorkload]:
    """Return whether a workload has a NumPy reference, which its results should match.

    The others are compared with an eager float64 session.
    """
    return hasattr(workload, "reference")


def defines_reference(name: str) -> bool:
    """Return whether the workloads of this name have a NumPy reference.

    Raises:
        UsageError: An unknown workload.
    """
    return hasattr(_workload_class(name), "reference")


def is_dynamic(name: str) -> bool:
    """Return whether a step's loops or branches depend on its data.

    False for names that are unknown here.
    """
    try:
        return bool(getattr(_workload_class(name), "is_dynamic", False))
    except UsageError:
        return False


def is_trainable(workload: Workload) -> TypeGuard[TrainableWorkload]:
    """Return whether a workload can be trained for several epochs and validated."""
    return hasattr(workload, "epochs")


def counts_elements(workload: Workload) -> TypeGuard[ElementwiseWorkload]:
    """Return whether a workload counts the elements that its step computes."""
    return hasattr(workload, "elements_per_step")


def stage(workload: Workload, *, folder: Path) -> Workload:
    """Return the workload with its data in one file of `folder`.

    A workload that reads no data is returned unchanged.

    Raises:
        DataError: The data cannot be read.
    """
    if not hasattr(workload, "staged"):
        return workload
    return cast("StagedWorkload", workload).staged(folder)


def stream(workload: Workload, *, dtype: Dtype) -> Iterator[Batch]:
    """Return the batches of one epoch after another, without end."""
    for epoch in count():
        yield from workload.batches(dtype, epoch=epoch)


def take_samples(batch: Batch, samples: slice) -> Batch:
    """Return some samples of a batch; what belongs to the whole batch is unchanged."""
    return {
        name: array[samples] if name in SAMPLED else array
        for name, array in batch.items()
    }


def _workload_class(name: str) -> Any:  # noqa: ANN401 - each workload's own class
    classes = {name: found for name, (found, _) in WORKLOADS.items()} | INTERNAL
    if name in classes:
        return getattr(import_module(f"{__name__}.{name}"), classes[name])
    found = _find_plugins()
    if name in found.plugins:
        return plugged.load_class(found.plugins[name])
    for refused in found.refused:
        if name == refused.plugin.name:
            raise refused
    raise unknown_name("workload", name, expected=names())
