"""Run a model with a mistake in one mode, and record how the mistake shows.

Used in workers only, because the model imports a framework.
"""

from __future__ import annotations

import io
import re
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    redirect_stderr,
    redirect_stdout,
)
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.contract import PACKAGE_PREFIX, Naming
from compare.targets.loading import HARNESS
from compare.wording import shorten
from compare.workers.importing import importing_file
from compare.workers.messages import Observed, RemedyTimed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from compare.contract import Array, MistakenModule
    from compare.workers.messages import TimeRemedy

MARK = "# mistake"  # ends the line of the mistake
STEPS = 5
WARM_UP_STEPS = 20  # before steps are timed
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


MakeModel = Callable[[], Any]
ApplyRemedy = Callable[[MakeModel], AbstractContextManager[MakeModel]]


def apply_nothing(make_model: MakeModel) -> AbstractContextManager[MakeModel]:
    """Return a context that changes nothing."""
    return nullcontext(make_model)


def observe(
    path: Path,
    *,
    own: MistakenModule,
    mode: str,
    remedy: ApplyRemedy = apply_nothing,
) -> Observed:
    """Return how the mistake of a model shows in a mode.

    Args:
        path: the file with the model ``Net`` and one line that ends with ``# mistake``.
        own: prepares the step of a model in a mode.
        mode: the mode's name.
        remedy: the context in which the step is defined and run.

    Raises:
        NotImplementedError: the mode cannot run such a model.
        ValueError: no line of the file is marked.
    """
    name = f"mistake_{path.stem}"
    with watching() as watch, importing_file(path, name=name) as module:
        losses: list[float] = []
        step_number = 0
        error: Exception | None = None
        try:
            with remedy(module.Net) as make_model:
                step = own.prepare_step(make_model, mode=mode, example=make_batch(1))
                for step_number in range(1, STEPS + 1):
                    losses.append(step(make_batch(step_number)))
        except NotImplementedError:
            raise
        except Exception as raised:  # noqa: BLE001 - any of them is a result
            error = raised
        printed = watch.output.getvalue()
        return Observed(
            step=None if error is None else step_number,
            error="" if error is None else shorten_paths(quote_error(error)),
            naming=find_naming(error, printed, path=path),
            frames=0 if error is None else count_frames(error),
            losses=[loss if np.isfinite(loss) else None for loss in losses],
            effects=count_effects(module, printed) + watch.stops,
            printed=shorten_paths(shorten(printed, limit=PRINTED_CHARACTERS)),
        )


def time_remedy(
    request: TimeRemedy, *, own: MistakenModule, remedy: ApplyRemedy
) -> RemedyTimed:
    """Return the duration of steps, plainly and with a remedy, in the same rounds."""
    batch = make_batch(1)
    timed: dict[bool, list[float]] = {False: [], True: []}
    steps: dict[bool, Callable[[Any], float]] = {}
    counts: dict[bool, int] = {}
    path = Path(request.path)
    with watching(), importing_file(path, name="remedy_cost") as module:
        for number in range(request.rounds):
            for is_remedied in (False, True) if number % 2 else (True, False):
                apply = remedy if is_remedied else apply_nothing
                with apply(module.Net) as make_model:
                    if is_remedied not in steps:
                        step = own.prepare_step(
                            make_model, mode=request.mode, example=batch
                        )
                        steps[is_remedied] = step
                        counts[is_remedied] = choose_step_count(
                            step, batch, seconds=request.seconds
                        )
                    step, count = steps[is_remedied], counts[is_remedied]
                    start = perf_counter_ns()
                    for _ in range(count):
                        step(batch)
                    elapsed_ns = perf_counter_ns() - start
                timed[is_remedied].append(elapsed_ns / count)
    return RemedyTimed(plain_ns=timed[False], remedied_ns=timed[True])


def choose_step_count(
    step: Callable[[Any], float], batch: tuple[Array, Array], *, seconds: float
) -> int:
    """Return how many steps take about this time, after a few that warm up."""
    for _ in range(WARM_UP_STEPS):
        step(batch)
    start = perf_counter()
    for _ in range(WARM_UP_STEPS):
        step(batch)
    return max(1, int(seconds * WARM_UP_STEPS / (perf_counter() - start)))


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


def shorten_paths(text: str) -> str:
    """Return a text with paths relative to the toolkit's, or to the user's folder."""
    text = text.replace(f"{HARNESS.parent}/", "")
    return text.replace(str(Path.home()), "~")


def find_naming(error: Exception | None, printed: str, *, path: Path) -> Naming:
    """Return where the line of the mistake is named: the first of the places.

    Raises:
        ValueError: no line of the file is marked.
    """
    lines = path.read_text("utf-8").splitlines()
    marked = [n for n, text in enumerate(lines, 1) if text.endswith(MARK)]
    if not marked:
        raise ValueError(f'{path}: expected a line that ends with "{MARK}"; found none')
    line = marked[0]
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
