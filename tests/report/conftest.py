"""Fixtures: runs to render, and their rendered reports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from compare import report
from compare.render.charts import Drawing, draw_charts
from compare.report.run import page
from compare.report.run.outline import Outline, build_outline
from compare.report.run.summary import list_answers
from compare.results.joining import group_cells
from compare.runs.folder import Run, load_run
from tests.support.synthetic import Synthetic, synthetic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


EMPTY = Drawing(svg="<svg></svg>")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A run on disk, with the contents of its two report files."""

    run: Run
    html: str
    markdown: str

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers, three where steps were timed."""
        compared = group_cells(self.run)
        return tuple(answer.text for answer in list_answers(self.run, compared))


def rendered_in(folder: Path, made: Synthetic) -> Rendered:
    path = report.write(report.render(load_run(made.write(folder))))
    return Rendered(
        run=load_run(folder),
        html=path.read_text(encoding="utf-8"),
        markdown=(folder / "report.md").read_text(encoding="utf-8"),
    )


@pytest.fixture(scope="session", autouse=True)
def each_chart_is_drawn_once():
    """Draw each chart once: most tests render the same charts, and drawing is slow."""
    drawn: dict[str, Drawing] = {}

    def draw_once(charts):
        keyed = {json.dumps([each.spec, each.ident]): each for each in charts}
        missing = [key for key in keyed if key not in drawn]
        found = draw_charts([keyed[key] for key in missing])
        drawn.update(zip(missing, found, strict=True))
        return [drawn[key] for key in keyed]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "draw_charts", draw_once)
        yield


@pytest.fixture(autouse=True)
def charts_are_empty(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draw nothing for tests of other parts of a report: it takes seconds."""
    if not request.node.get_closest_marker("charts"):
        monkeypatch.setattr(page, "draw_charts", lambda charts: [EMPTY for _ in charts])


@pytest.fixture
def made() -> Synthetic:
    """A run in which everything succeeded; tests change what they need."""
    return synthetic()


@pytest.fixture
def render(tmp_path: Path) -> Callable[[Synthetic], Rendered]:
    """Write a run and both files of its report."""
    return lambda made: rendered_in(tmp_path / "run", made)


@pytest.fixture
def answered(tmp_path: Path) -> Callable[[Synthetic], tuple[str, ...]]:
    """Write a run and return its answers, without drawing charts."""

    def answer(made: Synthetic) -> tuple[str, ...]:
        run = load_run(made.write(tmp_path / "run"))
        return Rendered(run=run, html="", markdown="").answers

    return answer


@pytest.fixture
def outlined(tmp_path: Path) -> Callable[[Synthetic], Outline]:
    """Write a run and return the outline of its report."""
    return lambda made: build_outline(load_run(made.write(tmp_path / "run")))


@pytest.fixture(scope="session")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """The report of the run in which everything succeeded."""
    return rendered_in(tmp_path_factory.mktemp("report") / "run", synthetic())
