"""The Python interface: run workloads and check models, and get the results as tables.

May import everything but `compare.cli`. `compare.run` and `compare.check` are these
functions.

Public names: `run`, `check`, `CheckResult`; `produce`, which the command line shares.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from compare import report
from compare.errors import UsageError
from compare.pipeline import plan
from compare.pipeline.check.request import CheckOptions, build_check_request
from compare.pipeline.estimate import estimate_run_s, require_affordable
from compare.pipeline.finish import finish
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.run import execute
from compare.render.console import VisibleConsole
from compare.results.card import Card, build_cards, encode_card
from compare.runs.folder import choose_folder, create_folder
from compare.runs.lock import lock_folder
from compare.runs.progress import Reporter
from compare.runs.record import RunRecord, new_run_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console

    from compare.results.card import ModeCard
    from compare.runs.folder import Run
    from compare.runs.record import Request


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """The result of checking a model: its card, and all tables of the run.

    In a notebook it is shown as the card.
    """

    run: Run
    card: Card

    @property
    def frame(self) -> pd.DataFrame:
        """One row per mode: captured, agreement, ratio with interval, break-even."""
        return pd.DataFrame([_flatten_mode(mode) for mode in self.card.modes])

    @property
    def page(self) -> Path:
        """The page with everything."""
        return self.run.folder / report.PAGE_FILE

    def to_json(self) -> str:
        """Return the card as JSON; ``graph-compare schema card`` describes it."""
        return encode_card(self.card).decode()

    def __repr__(self) -> str:
        """Return the card as text."""
        return report.card_text(self.run)

    def _repr_html_(self) -> str:
        """Return the card for a notebook."""
        return report.card_html(self.run)


def check(
    *targets: str | type | Callable[..., Any],
    inputs: str | Sequence[str] = (),
    arguments: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    progress: bool = True,
    **options: Any,  # noqa: ANN401 - the other fields of CheckOptions
) -> CheckResult:
    """Check a model, or the same model in two frameworks, and return its card.

    Args:
        targets: ``path/to/file.py:Name``, ``package.module:Name``, or a class or
            function that is defined in a file.
        inputs: types and shapes, such as ``float32:8x3x64x64``; found if not given.
        arguments: of the model's class or function.
        out: the folder to write to; a new one in ``reports`` by default.
        progress: show the progress on stderr.
        options: ``loss``, ``optimizer``, ``learning_rate``, ``inference``,
            ``variants``, ``dtype``, ``device``, ``threads``, ``seed``, ``timed``,
            ``budget`` and ``time_limit``, as of ``graph-compare check``.

    Raises:
        CompareError: the model cannot be used, or an option is wrong. The message
            states where and what to do.
    """
    given = CheckOptions(
        targets=tuple(map(name_target, targets)),
        inputs=(inputs,) if isinstance(inputs, str) else tuple(inputs),
        arguments=tuple(f"{n}={value!r}" for n, value in (arguments or {}).items()),
        **options,
    )
    result = _run_request(build_check_request(given), out=out, progress=progress)
    (card,) = build_cards(result)
    return CheckResult(run=result, card=card)


def run(
    *workloads: str,
    variants: Sequence[str] = (),
    timed: bool = True,
    out: str | Path | None = None,
    progress: bool = True,
    **options: Any,  # noqa: ANN401 - the other fields of RunOptions
) -> Run:
    """Run workloads as ``graph-compare run`` does, and return all tables.

    Args:
        workloads: their names; all of the suite by default.
        variants: ``framework/mode``, the baseline first; all by default.
        timed: measure step times after the agreement check.
        out: the folder to write to; a new one in ``reports`` by default.
        progress: show the progress on stderr.
        options: the other fields of `compare.pipeline.request.RunOptions`.

    Raises:
        CompareError: a name is unknown or an option wrong.
    """
    given = RunOptions(workloads=workloads, variants=tuple(variants), **options)
    return _run_request(build_request(given, timed=timed), out=out, progress=progress)


def name_target(target: str | type | Callable[..., Any]) -> str:
    """Return a target as text: a class or function by its file and name.

    Raises:
        UsageError: it is not defined at the top level of a file.
    """
    if isinstance(target, str):
        return target
    name = getattr(target, "__qualname__", "")
    try:
        file = inspect.getsourcefile(target)
    except TypeError:
        file = None
    if not name.isidentifier() or file is None or not Path(file).is_file():
        raise UsageError(
            "expected a class or function that is defined in a file, because worker "
            f"processes import it; received {target!r}. Write it to a file, and pass "
            '"file.py:Name"'
        )
    return f"{file}:{name}"


def produce(
    folder: Path,
    record: RunRecord,
    *,
    console: Console,
    after_launch: Callable[[Run], None] | None = None,
) -> tuple[Run, Reporter]:
    """Execute a run in its folder, and return it with what shows its progress."""
    reporter = Reporter(
        console=console, expected_s=estimate_run_s(record), record=record
    )
    with reporter:
        samples = execute(folder, record, reporter=reporter, after_launch=after_launch)
        reporter.phase("report")
        return finish(folder, record=record, samples=samples), reporter


def plan_run(request: Request) -> RunRecord:
    """Return the record of a new run: its request and its planned cells."""
    cells = plan.plan_cells(request)
    return RunRecord(
        run_id=new_run_id(),
        created=utc_now(),
        request=request,
        baseline=plan.choose_baseline(cells),
        cells=cells,
    )


def run_request(request: Request, *, out: Path) -> Run:
    """Execute a request in a new folder, write its report, and return its tables.

    Raises:
        CompareError: the folder exists, or the request cannot be executed.
    """
    return _run_request(request, out=out, progress=True)


def _run_request(request: Request, *, out: str | Path | None, progress: bool) -> Run:
    record = plan_run(request)
    require_affordable(record)
    folder = choose_folder(record, out=Path(out) if out else None)
    create_folder(folder, record)
    console = VisibleConsole(stderr=True, quiet=not progress)
    with lock_folder(folder):
        result, _ = produce(folder, record, console=console)
        report.write(report.render(result))
    return result


def _flatten_mode(mode: ModeCard) -> dict[str, Any]:
    speed = mode.speed
    return {
        "variant": mode.variant,
        "status": str(mode.status),
        "captured": mode.capture.captured,
        "graph_breaks": mode.capture.graph_breaks,
        "judgement": str(mode.agreement.judgement),
        "largest_share": mode.agreement.largest_share,
        "ratio": speed.ratio if speed else None,
        "ratio_low": speed.low if speed else None,
        "ratio_high": speed.high if speed else None,
        "step_s": speed.step_s if speed else None,
        "pays_back_steps": speed.pays_back_steps if speed else None,
        "reason": mode.reason,
    }
