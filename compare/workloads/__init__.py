"""What can be trained: one module a workload, found here by name.

To add one, write ``compare/workloads/NAME.py`` with a frozen dataclass, name it here,
and write its model as ``models/MODEL.py`` in each implementation package.
"""

from __future__ import annotations

from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any

from compare.errors import UsageError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Batch, Dtype, Workload

# name -> (its class, one sentence for people)
WORKLOADS = {
    "two_layer": ("TwoLayer", "two-layer ReLU net, squared error, gradient descent"),
    "cnn": ("Cnn", "four convolutions on images, cross-entropy, SGD, trained for real"),
    "mlp": ("Mlp", "a chain of dense layers of any depth, for checks"),
    "stack": ("Stack", "a chain of convolutions of any depth and kernel, for checks"),
    "quirk": ("Quirk", "a step around one known difference; see graph-compare quirks"),
}


def summary(name: str) -> str:
    """One sentence on a workload."""
    return WORKLOADS[name][1]


def build(name: str, config: Mapping[str, Any] = {}) -> Workload:
    """A workload from its name and what its configuration changes.

    Raises:
        UsageError: an unknown workload or key, or a value of the wrong type.
    """
    import msgspec  # noqa: PLC0415 - `list` answers without it

    expected = keys(name)
    for key in config:
        if key not in expected:
            raise unknown_name(f"key of workload {name}", key, expected=expected)
    try:
        workload: Workload = msgspec.convert(dict(config), _kind(name))
    except msgspec.ValidationError as error:
        raise UsageError(f"workload {name}: {error}") from error
    return workload


def keys(name: str) -> list[str]:
    """What a workload's configuration may hold.

    Raises:
        UsageError: an unknown workload.
    """
    return list(_kind(name).__dataclass_fields__)


def _kind(name: str) -> Any:  # noqa: ANN401 - a class of the workload's own
    if name not in WORKLOADS:
        raise unknown_name("workload", name, expected=WORKLOADS)
    module = import_module(f"{__name__}.{name}")
    return getattr(module, WORKLOADS[name][0])


def stream(workload: Workload, *, dtype: Dtype) -> Iterator[Batch]:
    """The batches of one epoch after another, without end."""
    for epoch in count():
        yield from workload.batches(dtype, epoch=epoch)
