"""What a function uses: the objects that it refers to, without calling it."""

from __future__ import annotations

import functools
import inspect
import sys
from collections import deque
from dataclasses import dataclass, field
from dis import get_instructions
from itertools import islice
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from compare.testing.trees import list_children

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

ATTRIBUTE_LOADS = ("LOAD_ATTR", "LOAD_METHOD")
MAX_DEPTH = 8
MAX_OBJECTS = 10_000  # a list of a million numbers holds no model


@dataclass(kw_only=True)
class Reached:
    """The objects that a function refers to.

    Attributes:
        objects: those that were searched for, by their names in the function.
        packages: the names of the packages whose modules, classes or functions it uses.
    """

    objects: dict[str, Any] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)


def reach(
    function: object,
    *,
    is_wanted: Callable[[object], bool],
    libraries: Container[str] = (),
) -> Reached:
    """Return what a function or another callable refers to.

    Closures, globals that its code names, default arguments, attributes of instances,
    `functools.partial` and wrapped functions are followed; objects that are wanted,
    modules and classes are not.

    Args:
        function: where the search starts.
        is_wanted: whether an object is searched for.
        libraries: packages whose wrappers, such as those of ``torch.compile``, are
            followed to what they wrap only. Their own objects belong to no user.
    """
    found, seen = Reached(), set[int]()
    left = deque([("", function, 0)])
    while left and len(seen) < MAX_OBJECTS:
        name, value, depth = left.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if is_wanted(value):
            found.objects[name or type(value).__name__] = value
        package = _package_of(value)
        if package:
            found.packages.add(package)
        if not is_wanted(value) and depth < MAX_DEPTH and _is_followed(value, package):
            followed = islice(_list_followed(value, libraries), MAX_OBJECTS)
            left.extend(
                (f"{name}.{each}" if name else each, inner, depth + 1)
                for each, inner in followed
            )
    return found


def _package_of(value: object) -> str:
    """Return the top-level package of a module, class or function."""
    if isinstance(value, ModuleType):
        name = value.__name__
    elif isinstance(value, type | FunctionType | BuiltinFunctionType):
        # A built-in method of a class in C has no module, but an instance that has.
        name = value.__module__ or type(getattr(value, "__self__", "")).__module__
    else:
        name = type(value).__module__
    return (name or "").partition(".")[0]


def _is_followed(value: object, package: str) -> bool:
    if isinstance(value, ModuleType | type | BuiltinFunctionType | str | bytes):
        return False
    is_standard = package in sys.stdlib_module_names
    return not (is_standard and isinstance(value, FunctionType))


def _list_followed(
    value: Any,  # noqa: ANN401
    libraries: Container[str],
) -> Iterator[tuple[str, Any]]:
    """Yield what an object refers to; of a library's wrapper, what it wraps."""
    wrapped = getattr(value, "__wrapped__", None)
    if wrapped is not None and _defining_package(value) in libraries:
        yield "", wrapped
    else:
        yield from _list_references(value)


def _defining_package(value: object) -> str:
    """Return the package of a function's code, also if it wraps another."""
    name = type(value).__module__
    if isinstance(value, FunctionType):
        name = value.__globals__.get("__name__", "")
    return name.partition(".")[0]


def _list_references(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield what an object refers to, by name."""
    wrapped = getattr(value, "__wrapped__", None)
    if wrapped is not None:
        yield "", wrapped
        if not isinstance(value, FunctionType):
            return  # a captured function: the rest is the graph's, not the user's
    if isinstance(value, functools.partial):
        yield "", value.func
        yield "", value.args
        yield "", value.keywords
    elif isinstance(value, MethodType):
        yield "", value.__self__
        yield "", value.__func__
    elif isinstance(value, FunctionType):
        yield from _list_used_names(value)
    elif (children := list_children(value)) is not None:
        yield from children
    else:
        yield from getattr(value, "__dict__", {}).items()
        method = inspect.getattr_static(type(value), "__call__", None)
        if isinstance(method, FunctionType):
            yield "", method


def _list_used_names(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the closure, the globals that the code names, and the default arguments."""
    cells = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    for name, attribute in _list_globals(function.__code__):
        if name in function.__globals__:
            found = function.__globals__[name]
            yield name, found
            # What a function uses of a module: its model, for example.
            if _is_own_module(found) and attribute in vars(found):
                yield attribute, vars(found)[attribute]
    yield "", function.__defaults__ or ()
    yield "", function.__kwdefaults__ or {}


def _is_own_module(value: object) -> bool:
    """Return whether a value is a module that is not installed: one of the user."""
    if not isinstance(value, ModuleType) or value.__name__ in sys.stdlib_module_names:
        return False
    return "site-packages" not in str(getattr(value, "__file__", ""))


def _list_globals(code: CodeType) -> Iterator[tuple[str, str]]:
    """Yield each global that a function reads, with the attribute that it reads of it.

    The attribute is empty if none follows.
    """
    # `co_names` also has attributes, which may be called like a global.
    steps = list(get_instructions(code))
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if step.opname == "LOAD_GLOBAL":
            reads = following is not None and following.opname in ATTRIBUTE_LOADS
            yield str(step.argval), str(following.argval) if following and reads else ""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _list_globals(constant)
