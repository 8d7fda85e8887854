"""Keys of results that later runs may reuse: digests of everything they depend on.

A result is reused only if all of it is unchanged: the source files that compute it, the
workload with the content of its data, the versions, the settings and the machine. For a
workload of another distribution, the files are those of its package and of its models.
What no key contains is a package that was edited without changing its version, and what
such a workload imports from further packages.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compare import IMPORTED_NS, machine, workloads
from compare.frameworks import name_compiler

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from compare.pipeline.context import CheckPart
    from compare.runs.record import Cell, WorkloadRequest
    from compare.workers.messages import Ready

HARNESS = "compare"
# Workloads that import files of a user, which may import others.
USERS = tuple(workloads.INTERNAL)
# The layers above the pipeline. It does not import them (import-linter).
ABOVE = (
    "cli",
    "api",
    "scaffold",
    "study",
    "report",
    "history",
    "pytest_benchmark",
    "results",
)
# Facts about the machine that a NumPy reference depends on.
FACTS = (
    *("graph-compare", "Python", *machine.PACKAGES),
    *(machine.OPERATING_SYSTEM, "processor"),
)
# In addition, what the results of a variant depend on.
VARIANT_FACTS = ("processors usable", "GPU")
# Variables with these prefixes choose kernels, compilers or libraries.
VARIABLES = (
    *("ATEN_", "CUBLAS_", "CUDA", "CUDNN_", "CXX", "CPATH", "CPLUS_", "DNNL_"),
    *("GLIBC_", "GOMP_", "GOTO_", "KERAS_", "KMP_", "LD_", "LIBRARY_", "MKL_", "NPY_"),
    *("NVIDIA_", "OMP_", "ONEDNN_", "OPENBLAS_", "PYTHONHASHSEED", "PYTORCH_", "TF_"),
    *("TORCH", "TRITON_", "XLA_"),
)

Stamps = tuple[tuple[str, int, int], ...]  # path, size, time of the last change


class ChangedSourceError(Exception):
    """A source file was changed after a process may have imported it."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The source files of the harness, of implementation packages and of workloads."""

    digests: Mapping[str, str]  # by package
    stamps: Mapping[str, Stamps]  # by package; change when a file is written to

    def are_unchanged(self, *packages: str) -> bool:
        """Return whether no file of the harness or of these packages was changed."""
        return all(
            _read_stamps(name) == self.stamps[name] for name in (HARNESS, *packages)
        )


def read_sources(
    packages: Iterable[str], *, began_ns: int, of_workloads: Iterable[str] = ()
) -> Sources:
    """Read the source files of the harness, of implementation packages and workloads.

    Args:
        packages: the implementation packages.
        began_ns: before the first process of the run that imported one of them.
        of_workloads: packages of workloads. This process has imported them.

    Raises:
        ChangedSourceError: a file was changed after a process may have imported it. The
            process may execute the old one.
        OSError: a file cannot be read.
    """
    imported_here = {HARNESS, *of_workloads}
    names = (*imported_here, *packages)
    stamps = {name: _read_stamps(name) for name in names}
    for name in names:
        for path, _, changed_ns in stamps[name]:
            if changed_ns > (IMPORTED_NS if name in imported_here else began_ns):
                raise ChangedSourceError(path)
    digests = {name: digest_package(name) for name in names}
    return Sources(digests=digests, stamps=stamps)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where results come from: the sources, and digests of the machine."""

    sources: Sources
    machine: str  # what a NumPy reference depends on
    variant: str  # in addition, what the results of a variant depend on


def describe_origin(
    sources: Sources, *, facts: Mapping[str, str], threads: int
) -> Origin:
    """Return the origin of the results that this process computes.

    Args:
        sources: of the harness and of the implementation packages.
        facts: about this machine (`machine.machine`).
        threads: of a worker.
    """
    features, variables = machine.processor_features(), _list_variables()
    return Origin(
        sources=sources,
        machine=_digest(_select(facts, FACTS), features, variables),
        variant=_digest(_select(facts, VARIANT_FACTS), threads, _find_compiler()),
    )


def key_of_reference(
    request: WorkloadRequest, part: CheckPart, *, steps: int, origin: Origin
) -> str:
    """Return the key of a NumPy reference; empty if it may depend on more.

    A reference that a session computes depends on its framework too.

    Args:
        request: the workload, with its data in one file.
        part: the dtype, and whether the workload is a probe.
        steps: length of the trajectory.
        origin: of the reference.
    """
    if request.name in USERS or not workloads.defines_reference(request.name):
        return ""
    config: dict[str, Any] = {}
    for name, value in request.config.items():
        # `os.path` accepts every text. `Path.is_file` raises an error for some.
        is_text = isinstance(value, str)
        if is_text and os.path.isdir(value):  # noqa: PTH112
            return ""
        is_file = is_text and os.path.isfile(value)  # noqa: PTH113
        config[name] = {"content": _digest_file(value)} if is_file else value
    own = {n: origin.sources.digests[n] for n in workloads.list_packages(request.name)}
    return _digest(
        *(request.name, config, part.dtype, part.inputs, steps, own),
        *(origin.sources.digests[HARNESS], origin.machine),
    )


def key_of_findings(
    cell: Cell, *, reference: str, package: str, ready: Ready, origin: Origin
) -> str:
    """Return the key of the findings on a cell; empty if the reference has none.

    Args:
        cell: its framework, mode and device count; its dtype is that of the reference.
        reference: the key of the reference that it is compared with.
        package: the implementation package of the framework.
        ready: the versions and settings that the worker reported.
        origin: of the findings.
    """
    if not reference:
        return ""
    return _digest(
        *(reference, cell.framework, cell.mode, cell.device),
        *(origin.sources.digests[package], origin.variant),
        *(ready.versions, ready.settings),
    )


def _digest(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _digest_file(path: str) -> str:
    """Return the digest of a file's content. The data of a run do not change."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _select(facts: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return facts that change only if results may; builds of a kernel are left out."""
    return machine.select_identity({name: facts.get(name, "") for name in names})


def _list_variables() -> dict[str, str]:
    return {n: value for n, value in os.environ.items() if n.startswith(VARIABLES)}


def _find_compiler() -> list[str]:
    """Return what identifies the C++ compiler, which some modes use."""
    found = shutil.which(name_compiler())
    if found is None:
        return []
    path = Path(found).resolve()
    status = path.stat()
    return [str(path), str(status.st_size), str(status.st_mtime_ns)]


def _list_files(package: str) -> Iterator[tuple[Path, Path]]:
    """Yield the files of a package in a fixed order, each with its path inside it.

    A package in another one may use all of that. Hidden files and bytecode, which tools
    write, and documents are left out.
    """
    found = find_spec(package.partition(".")[0])
    if found and found.origin and not found.submodule_search_locations:
        yield Path(found.origin), Path(found.name)  # a module in one file
    for folder in sorted(found.submodule_search_locations or () if found else ()):
        for path in sorted(Path(folder).rglob("*")):
            inside = path.relative_to(folder)
            is_above = package == HARNESS and inside.parts[0] in ABOVE
            is_no_source = path.suffix == ".md" or any(
                part.startswith(".") or part == "__pycache__" for part in inside.parts
            )
            if not is_above and not is_no_source and path.is_file():
                yield path, inside


def _read_stamps(package: str) -> Stamps:
    # The time of the last change of a file's status cannot be set back.
    statuses = [(path, path.stat()) for path, _ in _list_files(package)]
    return tuple((str(path), s.st_size, s.st_ctime_ns) for path, s in statuses)


def digest_package(package: str) -> str:
    """Return a digest of the source files of a package that results depend on."""
    contents = [
        (str(inside), hashlib.sha256(path.read_bytes()).hexdigest())
        for path, inside in _list_files(package)
    ]
    return _digest(contents)
