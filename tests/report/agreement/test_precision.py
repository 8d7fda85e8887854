"""In 16 bits: what is summed in the format, what wider, what nobody can see."""

from __future__ import annotations

import pytest

from compare.report.agreement.precision_tables import precisions
from compare.runs.folder import load_run
from tests.support.synthetic import agreement_only, synthetic


@pytest.fixture
def tabulated(tmp_path):
    """Write a run and give its tables of what was computed in 16 bits."""

    def tables(made):
        return precisions(load_run(made.write(tmp_path / "run")))

    return tables


def narrow():
    return agreement_only(synthetic(dtypes=("float32", "bfloat16")))


def test_a_share_is_told_in_words(tabulated):
    (table,) = tabulated(narrow())
    rows = {row[0].text: [value.text for value in row[1:]] for row in table.rows}
    assert rows["torch/eager"] == ["sums wider (100%)", "sums wider (100%)"]
    assert rows["tf/eager"] == ["sums wider (100%)", "sums in bfloat16 (22.0%)"]


def test_a_mode_that_shows_nothing_says_so(tabulated):
    (table,) = tabulated(narrow())
    (script,) = (row for row in table.rows if row[0].text == "torch/script")
    assert {value.text for value in script[1:]} == {"not visible in this mode"}


def test_who_sums_in_the_format_itself_is_named(tabulated):
    (table,) = tabulated(narrow())
    assert (
        "Matrix product: summed in a wider format everywhere, rounded to bfloat16 once."
    ) in table.note
    assert (
        "Sum: summed in bfloat16 itself by tf/eager, tf/function and tf/xla, in a "
        "wider format elsewhere."
    ) in table.note


def test_workloads_that_differ_are_not_told_as_one(tabulated):
    made = narrow()
    of_cnn = (made.precision["workload"] == "cnn") & (made.precision["mode"] == "trace")
    made.precision.loc[of_cnn, "rounded_once"] = 0.5
    (table,) = tabulated(made)
    (trace,) = (row for row in table.rows if row[0].text == "torch/trace")
    assert {value.text for value in trace[1:]} == {"sums in bfloat16 (50.0% to 100%)"}


def test_a_run_of_wider_formats_has_no_such_table(made, tabulated):
    assert tabulated(made) == ()
