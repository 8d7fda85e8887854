"""Both implementation packages provide everything that `compare.contract` requires.

Signatures are read from source, so that this process imports no framework. mypy checks
the types (see the ``TYPE_CHECKING`` block of each package).
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from compare import contract, quirks, workloads
from compare.contract import (
    LOSS,
    Captures,
    Framework,
    LessonModule,
    Quantity,
    Runtime,
    Session,
    SessionFactory,
    Snapshot,
    TensorKind,
)
from compare.frameworks import frameworks, frameworks_with
from compare.workloads import WORKLOADS

ROOT = Path(__file__).parents[1]
PACKAGES = [
    ROOT / name for name in dict.fromkeys(f.package for f in frameworks().values())
]
PACKAGES_WITH_LESSONS = [
    ROOT / framework.package for framework in frameworks_with("lessons").values()
]
each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)

# Parts that only some packages have: the commands that use one leave out the others.
OPTIONAL = {
    *("targets", "breaks", "rounding", "lesson_graph", "lesson_capture", "mistaken"),
    *("exporting", "quirks", "callables", "replicas"),
}
IN_PART = {
    contract.CallablesModule: "callables",
    contract.ExportingModule: "exporting",
    contract.QuirksModule: "quirks",
    contract.ReplicasModule: "replicas",
}


def declared_by(package: Path) -> list[Framework]:
    """Return the frameworks of a package."""
    return [f for f in frameworks().values() if f.package == package.name]


def lacks(package: Path, part: str) -> bool:
    """Return whether a package of `compare` is without an optional part."""
    is_partial = package.name in {"impl_jax", "impl_keras"}
    return is_partial and not definitions(package, "__init__.py").get(part)


# Where a package provides the members of each protocol: a file, a class in it.
PLACES = {
    contract.ImplementationPackage: ("__init__.py", ""),
    contract.SessionModule: ("session.py", ""),
    contract.Session: ("session.py", "Session"),
    contract.Runtime: ("runtime.py", ""),
    contract.ModelsModule: ("models/__init__.py", ""),
    contract.QuirksModule: ("quirks/__init__.py", ""),
    contract.ReplicasModule: ("replicas.py", ""),
    contract.ExportingModule: ("exporting.py", ""),
    contract.CallablesModule: ("callables.py", ""),
}
VALUE = "a value"  # a constant, a class or a submodule: it has no parameters to compare

Shape = list[tuple[str, str]] | str


def members_of(protocol: type) -> dict[str, Shape]:
    """Return the members of a protocol, with names and kinds of their parameters."""
    found: dict[str, Shape] = {}
    for cls in protocol.__mro__:
        if not getattr(cls, "_is_protocol", False) or cls is Protocol:
            continue
        for name, member in vars(cls).items():
            if isinstance(member, property):
                found[name] = VALUE
            elif inspect.isfunction(member) and not name.startswith("_"):
                found[name] = shape_of(member)
    return found


def shape_of(function: object) -> Shape:
    """Return names and kinds of a function's parameters, without `self`."""
    parameters = inspect.signature(function).parameters.values()
    return [(p.name, p.kind.name) for p in parameters if p.name != "self"]


def provided(body: list[ast.stmt]) -> dict[str, Shape]:
    """Return what a module or a class defines, as `members_of` does."""
    found: dict[str, Shape] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = written_shape(node.args)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = VALUE
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {ast.unparse(target): VALUE for target in targets}
    return found


def written_shape(arguments: ast.arguments) -> Shape:
    """Return names and kinds of parameters, from source."""
    kinds = {
        "POSITIONAL_ONLY": arguments.posonlyargs,
        "POSITIONAL_OR_KEYWORD": arguments.args,
        "VAR_POSITIONAL": [arguments.vararg] if arguments.vararg else [],
        "KEYWORD_ONLY": arguments.kwonlyargs,
        "VAR_KEYWORD": [arguments.kwarg] if arguments.kwarg else [],
    }
    return [
        (argument.arg, kind)
        for kind, group in kinds.items()
        for argument in group
        if argument.arg != "self"
    ]


def definitions(package: Path, file: str, name: str = "") -> dict[str, Shape]:
    """Return what a file of a package defines, or a class in it."""
    path = package / file
    if not path.exists():
        return {}
    body = ast.parse(path.read_text("utf-8")).body
    if name:
        classes = [n for n in body if isinstance(n, ast.ClassDef) and n.name == name]
        body = classes[0].body if classes else []
    found = provided(body)
    if path.name == "__init__.py":
        modules = [*path.parent.glob("*.py"), *path.parent.glob("*/__init__.py")]
        for module in modules:
            is_package = module.name == "__init__.py"
            found[module.parent.name if is_package else module.stem] = VALUE
    return found


def violations(package: Path, protocol: type, place: tuple[str, str]) -> list[str]:
    """Return how a package deviates from a protocol; empty if it conforms."""
    there = definitions(package, *place)
    return [
        f"{package.name}: {'.'.join(filter(None, place))}: {name}: "
        f"expected {shape}; found {there.get(name, 'nothing')}"
        for name, shape in members_of(protocol).items()
        if there.get(name) != shape
    ]


@each_package
@pytest.mark.parametrize("protocol", PLACES, ids=lambda p: p.__name__)
def test_a_package_provides_every_member_of_a_protocol(package, protocol):
    assert members_of(protocol)
    if lacks(package, IN_PART.get(protocol, "session")):
        return
    found = violations(package, protocol, PLACES[protocol])
    missing = {name for name in OPTIONAL if lacks(package, name)}
    assert not [each for each in found if each.split(": ")[2] not in missing]


@each_package
def test_the_session_class_takes_the_arguments_of_a_session_factory(package):
    constructor = definitions(package, "session.py", "Session")["__init__"]
    assert constructor == shape_of(SessionFactory.__call__)


@each_package
def test_every_limit_of_the_machine_has_a_kernel_with_the_required_arguments(package):
    tree = ast.parse((package / "runtime.py").read_text("utf-8"))
    (table,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "LIMITS"
    ]
    kernels = {
        key.value: value.id for key, value in zip(table.keys, table.values, strict=True)
    }
    assert set(kernels) == set(contract.LIMITS)
    defined = definitions(package, "runtime.py")
    for kernel in kernels.values():
        assert defined[kernel] == shape_of(contract.LimitKernel.__call__)


@each_package
def test_every_declared_mode_has_a_function_with_the_same_arguments(package):
    defined = definitions(package, "modes.py")
    expected = [
        ("objective", "POSITIONAL_OR_KEYWORD"),
        ("optimizer", "KEYWORD_ONLY"),
        ("example", "KEYWORD_ONLY"),
    ]
    for mode in [each for f in declared_by(package) for each in f.modes]:
        assert defined.get(mode.name.replace("-", "_")) == expected, mode.name
        assert mode.captures in set(Captures) - {Captures.NOT_CAPTURED}
        assert (mode.family == "dynamic") == (mode.captures is Captures.NONE)
        assert not mode.compiles or mode.captures is not Captures.NONE


@each_package
def test_every_declared_export_has_an_exporter_and_a_runner(package):
    if lacks(package, "exporting"):
        assert not [each for f in declared_by(package) for each in f.exports]
        return
    (framework,) = declared_by(package)
    tree = ast.parse((package / "exporting.py").read_text("utf-8"))
    (table,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "EXPORTERS"
    ]
    assert [key.value for key in table.keys] == [f.name for f in framework.exports]
    for form in framework.exports:
        program = form.runner.program
        in_python = ROOT / f"{program.replace('.', '/')}.py"
        assert (in_python if form.runner.needs_python else package / program).exists()


@each_package
def test_every_workload_has_its_model(package):
    tree = ast.parse((package / "models" / "__init__.py").read_text("utf-8"))
    (table,) = [
        node.value for node in tree.body if ast.unparse(node).startswith("MODELS")
    ]
    models = {workloads.build(name).model for name in WORKLOADS}
    models -= {"quirk"} if lacks(package, "quirks") else set()
    assert {key.value for key in table.keys} == models
    assert all((package / "models" / f"{name}.py").exists() for name in models)


@pytest.mark.parametrize("package", PACKAGES_WITH_LESSONS, ids=lambda p: p.name)
def test_every_lesson_is_a_program_with_a_main_function(package):
    for path in (package / "lessons").glob("[!_]*.py"):
        place = (f"lessons/{path.name}", "")
        assert not violations(package, LessonModule, place), path.name


@pytest.mark.parametrize("package", PACKAGES_WITH_LESSONS, ids=lambda p: p.name)
def test_a_package_with_lessons_records_and_captures_them(package):
    (framework,) = [f for f in frameworks().values() if f.package == package.name]
    assert not lacks(package, "lesson_graph")
    assert not lacks(package, "lesson_capture")
    assert framework.captures_functions_with


@each_package
def test_every_spelling_of_a_quirk_is_a_function(package):
    framework, *_ = declared_by(package)
    for path in (package / "quirks").glob("[!_]*.py"):
        name = path.stem
        entry = quirks.find_quirk(name)
        impossible = entry.quirk.impossible.get(framework.name, {})
        defined = definitions(package, f"quirks/{name}.py")
        missing = set(entry.spellings) - set(impossible) - set(defined)
        assert not missing, f"{package.name}: {name}: {missing}"


# Incomplete packages: the check above must reject them.
INCOMPLETE = {
    "a missing function": (
        "def mark(*, device): ...",
        "",
        "mark: expected [('device', 'KEYWORD_ONLY')]; found nothing",
    ),
    "another name of a parameter": (
        "def configure(*, threads): ...",
        "def configure(*, count): ...",
        "configure: expected [('threads', 'KEYWORD_ONLY')]; "
        "found [('count', 'KEYWORD_ONLY')]",
    ),
    "another kind of a parameter": (
        "def missing(*, device): ...",
        "def missing(device): ...",
        "found [('device', 'POSITIONAL_OR_KEYWORD')]",
    ),
    "a missing constant": (
        "LIMITS = {}",
        "",
        "LIMITS: expected a value; found nothing",
    ),
}
RUNTIME = """
LIMITS = {}
def configure(*, threads): ...
def missing(*, device): ...
def versions(): ...
def settings(): ...
def mark(*, device): ...
def between_ns(start, end): ...
def peak_device_bytes(*, device): ...
def reserved_bytes(*, device): ...
def forget_peak(*, device): ...
"""


def planted_package(folder: Path, runtime: str) -> Path:
    """Return a package that has only a runtime."""
    package = folder / "impl_planted"
    package.mkdir()
    (package / "runtime.py").write_text(runtime)
    return package


def test_a_complete_runtime_is_accepted(tmp_path):
    package = planted_package(tmp_path, RUNTIME)
    assert not violations(package, Runtime, PLACES[Runtime])


@pytest.mark.parametrize("case", INCOMPLETE)
def test_an_incomplete_runtime_is_rejected(tmp_path, case):
    original, replacement, expected = INCOMPLETE[case]
    assert original in RUNTIME
    package = planted_package(tmp_path, RUNTIME.replace(original, replacement))
    (found,) = violations(package, Runtime, PLACES[Runtime])
    assert expected in found


def test_a_missing_module_is_rejected(tmp_path):
    package = planted_package(tmp_path, RUNTIME)
    found = violations(package, Session, PLACES[Session])
    assert len(found) == len(members_of(Session))


def test_the_example_of_another_distribution_conforms_to_the_contract():
    package = ROOT / "docs" / "examples" / "plugin" / "example_numpy"
    for protocol in (contract.SessionModule, contract.Session, contract.Runtime):
        assert not violations(package, protocol, PLACES[protocol])
    constructor = definitions(package, "session.py", "Session")["__init__"]
    assert constructor == shape_of(SessionFactory.__call__)


class LargerRuntime(Runtime, Protocol):
    """A future version of the protocol, with one more member."""

    def temperature(self, *, device: str) -> float:
        """Return a member that no package has yet."""


@each_package
def test_a_new_member_of_a_protocol_is_found_missing(package):
    (found,) = violations(package, LargerRuntime, PLACES[Runtime])
    assert "temperature: expected [('device', 'KEYWORD_ONLY')]; found nothing" in found


def test_every_attribute_of_the_runtime_that_the_worker_uses_is_in_the_contract():
    tree = ast.parse((ROOT / "compare" / "workers" / "worker.py").read_text("utf-8"))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) in {"self._runtime", "runtime"}
    }
    assert used
    assert used <= set(members_of(Runtime))


def test_the_quantities_of_a_snapshot_are_in_the_order_of_computation():
    one = np.ones(1)
    weights = {"a.weight": one, "b.weight": one}
    snapshot = Snapshot(
        loss=one, gradients=weights, parameters=weights, activations={"a": one}
    )
    found = [Quantity.parse(text) for text in snapshot.quantities()]
    assert found == [
        Quantity(TensorKind.ACTIVATION, "a"),
        Quantity(TensorKind.LOSS),
        Quantity(TensorKind.GRADIENT, "b.weight"),
        Quantity(TensorKind.GRADIENT, "a.weight"),
        Quantity(TensorKind.PARAMETER, "a.weight"),
        Quantity(TensorKind.PARAMETER, "b.weight"),
    ]
    assert [str(quantity) for quantity in found] == list(snapshot.quantities())


def test_the_text_form_of_a_quantity_is_its_kind_and_name():
    assert str(Quantity(TensorKind.GRADIENT, "head.bias")) == "gradient:head.bias"
    assert LOSS == "loss"
    with pytest.raises(ValueError, match="moment"):
        Quantity.parse("moment:head.bias")
