"""The sizes of workloads that a user sets: ``--set hidden=512``.

Those of a folder are the fields of its workload, whose file is not imported for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from compare import workloads
from compare.errors import UsageError, unknown_name
from compare.runs.record import REPLICAS
from compare.targets.parsing import parse_arguments
from compare.workloads.folder import FILE, list_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.runs.record import WorkloadRequest

OPTION, SWEEP = "--set", "--sweep"


def parse_sizes(texts: Iterable[str]) -> dict[str, str]:
    """Return the values by their size, as typed; the last one of a size counts.

    Raises:
        UsageError: a text is not of the form ``size=value``.
    """
    found = {}
    for text in texts:
        size, equals, value = (part.strip() for part in text.partition("="))
        if not (size and equals and value):
            raise UsageError(
                f'{OPTION}: expected size=value, such as batch=64; received "{text}"'
            )
        found[size] = value
    return found


def parse_sweep(text: str) -> tuple[str, list[str]]:
    """Return a size and its values, as typed.

    Raises:
        UsageError: the text is not of the form ``size=value,value``, or a value occurs
            twice.
    """
    size, equals, listed = (part.strip() for part in text.partition("="))
    values = [value.strip() for value in listed.split(",")]
    if not (size and equals and all(values)) or len(set(values)) < max(2, len(values)):
        raise UsageError(
            f"{SWEEP}: expected a size and at least two different values, such as "
            f'batch=1,8,64; received "{text}"'
        )
    return size, values


def list_sizes(workload: WorkloadRequest) -> list[str]:
    """Return the sizes of a workload that a user may set.

    Raises:
        DataError: it is a folder whose workload cannot be read.
    """
    if workload.name == workloads.FOLDER:
        own = list_fields(Path(workload.config["path"]) / FILE)
    else:
        own = list(workloads.sizes(workload.name))
    return [*own, *(() if REPLICAS in own else (REPLICAS,))]


def set_sizes(workload: WorkloadRequest, texts: dict[str, str]) -> WorkloadRequest:
    """Return a workload with those sizes that it has, and check them.

    Raises:
        UsageError: a value has another type or is out of range.
        DataError: the workload is a folder that cannot be read.
    """
    if REPLICAS in texts:
        workload = _set_replicas(workload, texts[REPLICAS])
    if workload.name == workloads.FOLDER:
        known = list_sizes(workload)
        given = [f"{size}={text}" for size, text in texts.items() if size in known]
        settings = {**workload.config["settings"], **parse_arguments(given)}
        config = {**workload.config, "settings": settings}
    else:
        config = {**workload.config, **convert_sizes(workload.name, texts)}
        workloads.build(workload.name, config)
    return msgspec.structs.replace(workload, config=config)


def _set_replicas(workload: WorkloadRequest, text: str) -> WorkloadRequest:
    number = _convert(REPLICAS, text, int)
    try:
        return msgspec.structs.replace(workload, replicas=number)
    except ValueError as error:
        raise UsageError(f"{OPTION} {error}") from error


def require_known(
    sizes: Iterable[str],
    *,
    selected: Iterable[WorkloadRequest],
    option: str = OPTION,
) -> None:
    """Raise unless at least one of these workloads has each size.

    Raises:
        UsageError: a size is unknown; the message lists the known ones.
        DataError: a workload is a folder that cannot be read.
    """
    expected = dict.fromkeys(size for each in selected for size in list_sizes(each))
    for size in sizes:
        if size not in expected:
            raise unknown_name(option, size, expected=expected)


def convert_sizes(name: str, texts: dict[str, str]) -> dict[str, Any]:
    """Return the sizes that a workload has, in their own types.

    Several numbers, such as the widths of layers, are separated by commas.

    Raises:
        UsageError: a value has another type.
    """
    types = workloads.size_types(name)
    return {
        size: _convert(size, text, types[size])
        for size, text in texts.items()
        if size in types
    }


def _convert(size: str, text: str, kind: Any) -> Any:  # noqa: ANN401 - any annotation
    is_sequence = getattr(kind, "__origin__", None) is tuple
    value = text.split(",") if is_sequence else text
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f'{OPTION} {size}: {error}; received "{text}"') from error
