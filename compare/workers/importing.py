"""Import a framework, without the modules that it should not find, and users' files."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pkgutil import resolve_name
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from compare import workloads
from compare.frameworks import frameworks
from compare.wording import join_words
from compare.workers.memory import peak_rss_bytes
from compare.workloads.plugged import list_models

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import ModuleType

    from compare.contract import (
        Framework,
        ImplementationPackage,
        ModelsModule,
        Runtime,
        Workload,
    )


@dataclass(frozen=True, kw_only=True)
class ImportedPackage:
    """An implementation package that this process has imported, and what that cost.

    Attributes:
        framework: what it declares of the imported framework.
        runtime: its module.
        hidden: the modules that its framework does not find.
        import_s: duration of the import.
        peak_rss_bytes: peak resident memory after it.
    """

    framework: Framework
    runtime: Runtime
    hidden: HiddenModules
    import_s: float
    peak_rss_bytes: int

    @property
    def name(self) -> str:
        """The name of the package."""
        return self.framework.package


def import_package(name: str, *, framework: str) -> ImportedPackage:
    """Import an implementation package and a framework of it; measure the cost."""
    package = cast("ImplementationPackage", import_module(name))
    (declared,) = [each for each in package.FRAMEWORKS if each.name == framework]
    hidden = HiddenModules({*declared.unwanted, *other_frameworks(declared)})
    sys.meta_path[:] = [
        hidden if finder is PathFinder else finder for finder in sys.meta_path
    ]
    start = perf_counter()
    runtime = cast("Runtime", import_module(f"{name}.runtime"))
    import_module(f"{name}.session")
    import_s = perf_counter() - start
    # Imported objects stay alive. Without freezing them, Keras, which collects
    # garbage before each session, would traverse all of them every time.
    gc.collect()
    gc.freeze()
    return ImportedPackage(
        framework=declared,
        runtime=runtime,
        hidden=hidden,
        import_s=import_s,
        peak_rss_bytes=peak_rss_bytes(),
    )


@contextmanager
def importing_file(
    path: Path, *, name: str, given: Mapping[str, object] | None = None
) -> Iterator[ModuleType]:
    """Execute a file as a new module, which other code finds by its name meanwhile.

    Unpickling a class of the module and reading its source, as TorchScript and
    AutoGraph do, look the module up.

    Args:
        path: of the file.
        name: of the module.
        given: names that the module has before the file is executed.

    Raises:
        ImportError: it is no Python file.
    """
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"expected a Python file; received {path}")
    module = module_from_spec(spec)
    vars(module).update(given or {})
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[name]


class HiddenModules(PathFinder):
    """Finds every module except some, as if those were not installed.

    ``None`` in ``sys.modules`` would also hide them. But once SciPy is imported, it
    takes every value in ``sys.modules`` for a module.
    """

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def find_spec(  # type: ignore[override]  # an instance's method, not a class's
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return where a module is; ``None`` for a hidden one."""
        if fullname in self.names:
            return None
        return super().find_spec(fullname, path, target)


def other_frameworks(framework: Framework) -> list[str]:
    """Return the modules of other frameworks, which some library might import.

    A framework with a backend is not among them: it imports no other one, and the
    backend may need it. What this process has imported already, such as NumPy, belongs
    to the harness.
    """
    own = {framework.name, framework.backend}
    others = [f for name, f in frameworks().items() if name not in own]
    return [
        each.module
        for each in others
        if not each.backend and each.module not in sys.modules
    ]


def describe_missing_workload(name: str) -> str:
    """Return why this interpreter has no such workload; empty if it has."""
    if name in {*workloads.names(), *workloads.INTERNAL}:
        return ""
    return (
        f"the workload {name} is not installed for {sys.executable}: install its "
        "distribution there"
    )


def add_brought_model(workload: Workload, *, framework: Framework) -> None:
    """Add the model that a workload brings for a framework to those of its package.

    A workload that brings none uses a model of the package.

    Args:
        workload: the workload.
        framework: whose package has the other models.

    Raises:
        NotImplementedError: neither has the model, or it has the name of another one.
    """
    brought, name = list_models(workload), workload.model
    if not brought:
        return
    package = framework.package
    module = cast("ModelsModule", import_module(f"{package}.models"))
    models = cast("dict[str, Any]", module.MODELS)
    if framework.name in brought:
        model = resolve_name(brought[framework.name])
        if models.setdefault(name, model) is not model:
            raise NotImplementedError(
                f"expected a model whose name is free in {package}; received {name}: "
                f"rename the model that {type(workload).__name__} brings"
            )
    elif name not in models:
        raise NotImplementedError(
            f"the workload has no model in {framework.name}: "
            f"{type(workload).__name__}.models has "
            f"{join_words(brought, conjunction='and')}"
        )
