"""A script that repeats a failed comparison outside its test."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compare.numerics.arrays import save_arrays
from compare.testing import current_test
from compare.testing.sides import find_owner
from compare.testing.trees import list_children, list_leaves

if TYPE_CHECKING:
    from compare.contract import Array

SCRIPT = '''"""Repeat the comparison of {test}."""

import importlib
import importlib.util
import sys
from pathlib import Path

import numpy as np

from compare.testing import assert_agrees

sys.path[:0] = {folders!r}
arrays = np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False)


def load(module, file, name):
    """Return what a module or a file defines under a name."""
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError:
        spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return getattr(module, name)


assert_agrees(
    {a},
    {b},
    {inputs},
)
print("a and b agree")
'''
IMPOSSIBLE = "  to repeat it: pytest {node!r} ({reason})"


def describe_reproduction(a: object, b: object, inputs: object) -> str:
    """Return a line with the command that repeats a comparison; empty outside pytest.

    A script is written if `a` and `b` can be imported from a file by their names.
    """
    node = current_test.node_id()
    if not node:
        return ""
    sources = [_source_of(each) for each in (a, b)]
    if None in sources:
        reason = "a and b are no functions of a file, so there is no script"
        return "\n" + IMPOSSIBLE.format(node=node, reason=reason)
    if any(_is_16_bit(leaf) for _, leaf in list_leaves(inputs)):
        reason = "NumPy cannot store inputs of 16 bits, so there is no script"
        return "\n" + IMPOSSIBLE.format(node=node, reason=reason)
    try:
        return _write_script(node, sources, inputs)
    except OSError as error:
        reason = f"no script was written: {error.strerror}"
        return "\n" + IMPOSSIBLE.format(node=node, reason=reason)


def _is_16_bit(leaf: object) -> bool:
    owner = find_owner(leaf)
    is_tensor = owner.is_tensor(leaf)
    return is_tensor and owner.dtype_of(leaf) in ("float16", "bfloat16")


def _write_script(node: str, sources: list[str | None], inputs: object) -> str:
    """Write the script and its arrays; return the line with the command."""
    folder = current_test.make_folder()
    if folder is None:
        return ""
    script = folder / f"{re.sub(r'[^A-Za-z0-9]+', '_', node).strip('_')}.py"
    arrays: dict[str, Array] = {}
    text = SCRIPT.format(
        test=node,
        folders=[str(Path.cwd()), str(Path(current_test.file()).parent)],
        a=sources[0],
        b=sources[1],
        inputs=_write_tree(inputs, arrays),
    )
    script.write_text(text)
    save_arrays(script.with_suffix(".npz"), arrays)
    return f"\n  to repeat it: {Path(sys.executable).name} {script}"


def _source_of(value: object) -> str | None:
    """Return the expression that loads a function or model, if there is one."""
    name = getattr(value, "__qualname__", "")
    if not name.isidentifier():
        return _source_of_global(value)
    try:
        file = inspect.getsourcefile(value)  # type: ignore[arg-type]
    except TypeError:
        return None
    module = getattr(value, "__module__", "")
    return f"load({module!r}, {file!r}, {name!r})" if file else None


def _source_of_global(value: object) -> str | None:
    """Return the expression of a variable of the file that the test is in."""
    file = current_test.file()
    module = next(
        (m for m in list(sys.modules.values()) if getattr(m, "__file__", None) == file),
        None,
    )
    names = [n for n, each in vars(module).items() if each is value] if module else []
    stem = Path(file).stem
    return f"load({stem!r}, {file!r}, {names[0]!r})" if names else None


def _write_tree(tree: Any, arrays: dict[str, Array]) -> str:  # noqa: ANN401
    """Return the expression of inputs, whose tensors are stored as arrays."""
    if isinstance(tree, dict):
        parts = (f"{k!r}: {_write_tree(v, arrays)}" for k, v in tree.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(_write_tree(each, arrays) for each in tree) + "]"
    if list_children(tree) is not None:
        children = list_children(tree) or []
        inner = ", ".join(_write_tree(each, arrays) for _, each in children)
        return f"({inner},)" if children else "()"
    owner = find_owner(tree)
    if isinstance(tree, bool | int | float | str | None) or not owner.is_tensor(tree):
        return repr(tree)
    name = f"input_{len(arrays)}"
    arrays[name] = owner.to_array(tree)
    return f"arrays[{name!r}]"
