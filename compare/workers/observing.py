"""Run a model with a mistake in one mode, and record how the mistake shows.

Used in workers only, because the model imports a framework.
"""

from __future__ import annotations

import io
import re
import sys
import traceback
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compare.contract import PACKAGE_PREFIX, Naming
from compare.targets.loading import HARNESS
from compare.wording import shorten
from compare.workers.importing import importing_file
from compare.workers.messages import Observed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from compare.contract import Array, MistakenModule

MARK = "# mistake"  # ends the line of the mistake
STEPS = 5
TURN = 3  # the number of the first step whose inputs are negative
BATCH, INPUTS, OUTPUTS = 8, 4, 3
MESSAGE_CHARACTERS, PRINTED_CHARACTERS = 1_500, 4_000


@dataclass
class Watch:
    """What a model printed and how often it stopped in the debugger."""

    output: io.StringIO = field(default_factory=io.StringIO)
    stops: int = 0

    def stop(self, *_: object, **__: object) -> None:
        """Count a call of ``breakpoint()`` and continue."""
        self.stops += 1


def observe(path: Path, *, own: MistakenModule, mode: str) -> Observed:
    """Return how the mistake of a model shows in a mode.

    Args:
        path: the file with the model ``Net`` and one line that ends with ``# mistake``.
        own: prepares the step of a model in a mode.
        mode: the mode's name.

    Raises:
        NotImplementedError: the mode cannot run such a model.
    """
    name = f"mistake_{path.stem}"
    with watching() as watch, importing_file(path, name=name) as module:
        losses: list[float] = []
        step_number = 0
        error: Exception | None = None
        try:
            step = own.prepare_step(module.Net, mode=mode, example=make_batch(1))
            for step_number in range(1, STEPS + 1):
                losses.append(step(make_batch(step_number)))
        except NotImplementedError:
            raise
        except Exception as raised:  # noqa: BLE001 - any of them is a result
            error = raised
        printed = watch.output.getvalue()
        return Observed(
            step=None if error is None else step_number,
            error="" if error is None else quote_error(error),
            naming=find_naming(error, printed, path=path),
            frames=0 if error is None else count_frames(error),
            losses=[loss if np.isfinite(loss) else None for loss in losses],
            effects=count_effects(module, printed) + watch.stops,
            printed=shorten(printed, limit=PRINTED_CHARACTERS),
        )


def make_batch(number: int) -> tuple[Array, Array]:
    """Return the batch of a step: positive inputs, and negative ones from `TURN` on."""
    draw = np.random.default_rng(number)
    inputs = draw.random((BATCH, INPUTS), dtype=np.float32) + np.float32(0.1)
    sign = np.float32(1 if number < TURN else -1)
    return sign * inputs, draw.random((BATCH, OUTPUTS), dtype=np.float32)


@contextmanager
def watching() -> Iterator[Watch]:
    """Collect what is printed, warnings among it, and stops in the debugger."""
    watch = Watch()
    hook, sys.breakpointhook = sys.breakpointhook, watch.stop
    try:
        with (
            redirect_stdout(watch.output),
            redirect_stderr(watch.output),
            warnings.catch_warnings(),
        ):
            # As in a program, but those of earlier mistakes are shown again.
            warnings.simplefilter("default")
            warnings.simplefilter("ignore", DeprecationWarning)
            yield watch
    finally:
        sys.breakpointhook = hook


def quote_error(error: Exception) -> str:
    """Return an exception's type and message."""
    return shorten(f"{type(error).__name__}: {error}", limit=MESSAGE_CHARACTERS)


def find_naming(error: Exception | None, printed: str, *, path: Path) -> Naming:
    """Return where the line of the mistake is named: the first of the places."""
    line = next(
        number
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1)
        if text.endswith(MARK)
    )
    named = re.compile(
        rf"{re.escape(path.name)}(\"|')?(:|, line |\((?=\d)|\", line ){line}\b"
    )
    if error is None:
        return Naming.WARNING if named.search(printed) else Naming.NOT_NAMED
    if named.search(str(error)):
        return Naming.MESSAGE
    frames = traceback.extract_tb(error.__traceback__)
    if any(each.filename == str(path) and each.lineno == line for each in frames):
        return Naming.TRACEBACK
    return Naming.WARNING if named.search(printed) else Naming.NOT_NAMED


def count_frames(error: Exception) -> int:
    """Return the number of stack frames between the call of a step and the fault.

    They are those of the traceback that the user sees, without this toolkit's own.
    """
    return sum(
        not is_own(frame.filename)
        for frame in traceback.extract_tb(error.__traceback__)
    )


def is_own(filename: str) -> bool:
    """Return whether a file belongs to this toolkit and is no model with a mistake."""
    path = Path(filename)
    return HARNESS in path.parents or path.parent.name.startswith(PACKAGE_PREFIX)


def count_effects(module: ModuleType, printed: str) -> int:
    """Return how often a side effect of the model happened: entries, or lines."""
    lists = [each for each in vars(module).values() if isinstance(each, list)]
    return sum(map(len, lists)) + printed.splitlines().count("forward")
