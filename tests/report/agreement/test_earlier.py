"""A report states which of its results an earlier run computed."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from compare.report.agreement.earlier import describe_earlier_results
from compare.report.run.console import show_outline
from compare.report.run.outline import build_outline
from compare.runs.folder import load_run
from tests.support.synthetic import agreement_only, synthetic

FIRST, LAST = "2026-01-01-000000", "2026-01-02-000000"


def with_earlier_results(made, *, references=(), **runs):
    """Return the run with float64 rows of some modes of torch from other runs."""
    rows = made.agreement.copy()
    earlier = rows["earlier_run"].astype("string").fillna("")
    for mode, run in runs.items():
        of_mode = (rows["framework"] == "torch") & (rows["mode"] == mode)
        earlier = earlier.mask(of_mode & (rows["dtype"] == "float64"), run)
    made.record.earlier_references.update(dict.fromkeys(references, FIRST))
    return replace(made, agreement=rows.assign(earlier_run=earlier.astype("category")))


@pytest.fixture
def reused(made):
    """Return a run with the float64 rows of two variants from two earlier runs."""
    return with_earlier_results(made, eager=FIRST, script=LAST)


def test_a_run_that_computed_everything_states_nothing(made, render):
    assert describe_earlier_results(render(made).run) == ""


def test_the_cells_and_the_last_of_several_runs_are_stated_in_each_report(
    reused, render
):
    rendered = render(reused)
    sentence = (
        "The float64 checks of 4 cells are those of 2 earlier runs, the last of them "
        f"{LAST}, because code, data, versions and machine are unchanged. To compute "
        "them again:"
    )
    assert describe_earlier_results(rendered.run) == sentence
    assert sentence in rendered.html
    assert sentence in rendered.markdown
    assert "graph-compare run --fresh" in rendered.markdown
    console = Console(file=StringIO(), width=400)
    show_outline(build_outline(rendered.run), console)
    assert sentence in console.file.getvalue()


def test_references_are_stated_alone_if_every_cell_was_checked(tmp_path):
    made = with_earlier_results(
        agreement_only(synthetic()), references=["cnn float32", "cnn float64"]
    )
    run = load_run(made.write(tmp_path / "run"))
    text = describe_earlier_results(run)
    assert text.startswith(f"2 NumPy references are those of run {FIRST}, because")
    commands = [each.command for each in build_outline(run).cautions]
    assert "graph-compare agree --fresh" in commands
