"""Load a user's model in a worker, and explain what went wrong in the user's terms."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from compare.contract import PACKAGE_PREFIX
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from compare.workloads.target import Source

HARNESS = Path(__file__).parents[1]
STYLE = re.compile("\x1b\\[[0-9;]*m")  # Keras prints messages in bold
LONGEST_LINE = 400  # of a message that is quoted


class Stage(StrEnum):
    """The stages of inspecting a user's model; a refusal names the one that failed."""

    IMPORT = "importing the file"
    WORKLOAD = "reading workload.py"
    BUILD = "building the model"
    INPUTS = "finding its inputs"
    FORWARD = "running it on its inputs"
    LOSS = "computing the loss"
    PARAMETERS = "reading its parameters"
    CAPTURE = "capturing its training step"


@dataclass(kw_only=True)
class TargetError(Exception):
    """A user's model cannot be used: at which stage, why, where, and what to do."""

    stage: Stage
    reason: str
    file: str = ""
    line: int = 0
    advice: str = ""

    @property
    def sentence(self) -> str:
        """The reason, and the user's line."""
        place = f", at {self.file}:{self.line}" if self.file else ""
        return f"{self.reason}{place}"


@contextmanager
def at_stage(name: Stage, *, advice: str = "") -> Iterator[None]:
    """Turn every exception of a stage into a `TargetError`.

    Code of a model may raise anything; ``sys.exit`` is refused like an exception.
    """
    try:
        yield
    except TargetError:
        raise
    except (Exception, SystemExit) as error:
        raise describe_failure(name, error, advice=advice) from error


def describe_failure(
    name: Stage, error: BaseException, *, advice: str = ""
) -> TargetError:
    """Return the line of an exception that matters, and the user's own line."""
    file, line = find_user_line(error)
    return TargetError(
        stage=name,
        reason=f"{type(error).__name__}: {shorten_message(error)}",
        file=file,
        line=line,
        advice=advice,
    )


def shorten_message(error: BaseException) -> str:
    """Return the line of an exception's message that states what is wrong.

    Frameworks put it first, and tracebacks, hints and addresses after it; Keras puts
    it behind a heading.
    """
    text = STYLE.sub("", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Exception encountered")]
    found = lines[:1] or ["no message"]
    # Dynamo states the kind of the problem first, and what it met on another line.
    found += [line for line in lines[1:] if line.startswith("Explanation:")][:1]
    message = ". ".join(found)
    is_long = len(message) > LONGEST_LINE
    return f"{message[:LONGEST_LINE]} …" if is_long else message


def find_user_line(error: BaseException) -> tuple[str, int]:
    """Return the innermost line of an exception that is the user's; empty if none is.

    Installed packages, Python itself and this toolkit are not.
    """
    found = ("", 0)
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.lineno and is_users_file(frame.filename):
            found = (frame.filename, frame.lineno)
    if isinstance(error, SyntaxError) and error.filename:
        found = (error.filename, error.lineno or 0)
    return found


def is_users_file(name: str) -> bool:
    """Return whether a source file is neither installed nor part of this toolkit."""
    path = Path(name)
    if not path.is_file() or HARNESS in path.parents:
        return False
    if {"site-packages", "dist-packages"} & set(path.parts):
        return False
    is_package = any(
        part.startswith(PACKAGE_PREFIX) for part in path.relative_to(path.anchor).parts
    )
    return not is_package and not path.is_relative_to(
        Path(importlib.__file__).parents[1]
    )


def load_model(source: Source, *, dtype: Any = None) -> Any:  # noqa: ANN401 - a model
    """Return the model of a source: import its file, and call what it names.

    Args:
        source: of the model.
        dtype: of the framework; passed to models that take it.

    Raises:
        TargetError: the import or the call fails, or the name does not exist.
    """
    made = load_named(source)
    arguments = {**source.arguments, **({"dtype": dtype} if source.takes_dtype else {})}
    advice = "give its arguments: --with NAME=VALUE"
    with at_stage(Stage.BUILD, advice=advice):
        return made(**arguments) if _is_factory(made) else made


def load_named(source: Source) -> Any:  # noqa: ANN401 - the user's
    """Return what a source names, such as a class: import its file.

    Raises:
        TargetError: the import fails, or the name does not exist.
    """
    with at_stage(Stage.IMPORT):
        module = _import(source)
    if not hasattr(module, source.name):
        public = [name for name in vars(module) if not name.startswith("_")]
        own = [name for name in public if _is_defined_in(module, name)]
        raise TargetError(
            stage=Stage.IMPORT,
            reason=f'no name "{source.name}" in {source.file or source.module}',
            advice=f"use one of {join_words(own[:12])}" if own else "",
        )
    return getattr(module, source.name)


def load_examples(source: Source) -> Any:  # noqa: ANN401 - the user's
    """Return what ``example_inputs`` of the source's module gives; None without it."""
    with at_stage(Stage.INPUTS):
        example = getattr(_import(source), "example_inputs", None)
        return example() if callable(example) else example


def _is_factory(made: Any) -> bool:  # noqa: ANN401
    """Return whether an object must be called to give a model."""
    return (
        isinstance(made, type)
        or not callable(made)
        or (
            type(made).__name__ in ("function", "builtin_function_or_method", "partial")
        )
    )


def _is_defined_in(module: ModuleType, name: str) -> bool:
    return getattr(getattr(module, name), "__module__", "") == module.__name__


def _import(source: Source) -> ModuleType:
    """Import a source's module once; a file's folder is searched for its imports."""
    if not source.file:
        if not sys.flags.safe_path:  # else only the given folders are searched
            _search(Path.cwd())
        return importlib.import_module(source.module)
    path = Path(source.file)
    # Models of several folders may have files of the same name.
    name = f"checked_{path.stem}_{crc32(str(path).encode()):08x}"
    if name in sys.modules:
        return sys.modules[name]
    _search(path.parent)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"expected a Python file; received {path.name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _search(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
