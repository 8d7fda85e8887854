"""The tables of 16-bit formats: sums in the format, in a wider one, or not visible."""

from __future__ import annotations

import pytest

from compare.report.agreement.precision_tables import tabulate_precision
from compare.runs.folder import load_run
from tests.support.synthetic import agreement_only, synthetic


@pytest.fixture
def tabulated(tmp_path):
    """Write a run and return its tables of 16-bit formats."""

    def tables(made):
        return tabulate_precision(load_run(made.write(tmp_path / "run")))

    return tables


def run_in_bfloat16():
    return agreement_only(synthetic(dtypes=("float32", "bfloat16")))


def test_a_share_is_described_in_words(tabulated):
    (table,) = tabulated(run_in_bfloat16())
    rows = {row[0].text: [value.text for value in row[1:]] for row in table.rows}
    assert rows["torch/eager"] == ["sums wider (100%)", "sums wider (100%)"]
    assert rows["tf/eager"] == ["sums wider (100%)", "sums in bfloat16 (22.0%)"]


def test_a_mode_without_visible_operations_is_reported_as_such(tabulated):
    (table,) = tabulated(run_in_bfloat16())
    (script,) = (row for row in table.rows if row[0].text == "torch/script")
    assert {value.text for value in script[1:]} == {"not visible in this mode"}


def test_the_note_names_variants_that_sum_in_the_format(tabulated):
    (table,) = tabulated(run_in_bfloat16())
    assert (
        "Matrix product: summed in a wider format everywhere, rounded to bfloat16 once."
    ) in table.note
    assert (
        "Sum: summed in bfloat16 itself by tf/eager, tf/function and tf/xla, in a "
        "wider format elsewhere."
    ) in table.note


def test_workloads_with_different_shares_give_a_range(tabulated):
    made = run_in_bfloat16()
    of_cnn = (made.precision["workload"] == "cnn") & (made.precision["mode"] == "trace")
    made.precision.loc[of_cnn, "rounded_once"] = 0.5
    (table,) = tabulated(made)
    (trace,) = (row for row in table.rows if row[0].text == "torch/trace")
    assert {value.text for value in trace[1:]} == {"sums in bfloat16 (50.0% to 100%)"}


def test_a_run_without_16_bit_formats_has_no_table(made, tabulated):
    assert tabulated(made) == ()
