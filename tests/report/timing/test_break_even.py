"""A break-even has the same words in the answer, in the tables and in the chart."""

from __future__ import annotations

from math import inf, nan

import pytest

from compare.report.timing.break_even import Outcome, describe_break_even
from compare.report.timing.break_even_chart import draw_break_even_chart
from compare.report.timing.cost_tables import tabulate_cumulative_time
from compare.report.timing.figures import make_start_figure
from compare.report.timing.sentences import describe_payback
from compare.report.timing.verdict_tables import tabulate_verdicts
from compare.results.joining import group_cells
from compare.runs.rows import TimingRow
from compare.stats.estimates import TimingVerdict
from tests.support.reading import plain, words
from tests.support.synthetic import replace_timing

# (estimate, low, high) -> cell of a table, words of a sentence
CASES = [
    ((13_284, 12_000, 14_100), "13,300", "after 13,300 steps (12,000-14,100)"),
    ((79, 40, 120), "79", "after 79 steps (40-120)"),
    ((2920, 0, 37_100), "2,920", "after 2,920 steps (0-37,100)"),
    ((340, nan, nan), "340", "after 340 steps (no interval)"),
    ((0, 0, 0), "from the first step", "from the first step"),
    ((0, 0, 370), "from the first step", "from the first step (0-370)"),
    ((107_000, nan, inf), "107,000 or never", "after 107,000 steps or never"),
    (
        (17_800, 9_000, inf),
        "17,800 or never",
        "after 17,800 steps or never (9,000 at the earliest)",
    ),
    ((3790, 0, inf), "no clear difference", "no clear difference"),
    ((0, 0, inf), "no clear difference", "no clear difference"),
    ((0, nan, inf), "no clear difference", "no clear difference"),
    ((inf, 0, inf), "no clear difference", "no clear difference"),
    (
        (inf, 476_000, inf),
        "perhaps never",
        "perhaps never (476,000 at the earliest)",
    ),
    ((inf, nan, inf), "perhaps never", "perhaps never"),
    ((inf, inf, inf), "never", "never"),
    ((inf, nan, nan), "never", "never (no interval)"),
    ((nan, nan, nan), "-", "not known"),
    ((nan, nan, inf), "-", "not known"),
]


def break_even(point, low, high):
    return {"break_even_steps": point, "break_even_low": low, "break_even_high": high}


def timing(**values):
    key = dict.fromkeys(("workload", "framework", "mode", "device", "dtype"), "")
    verdict = TimingVerdict.INCONCLUSIVE
    return TimingRow(**key, captures="", step_time_ns=1e6, verdict=verdict, **values)


@pytest.mark.parametrize(("interval", "cell", "clause"), CASES)
def test_the_estimate_and_its_interval_decide_the_words(interval, cell, clause):
    found = describe_break_even(timing(**break_even(*interval)))
    assert plain(found.cell) == cell
    assert plain(found.clause) == clause
    assert "nan" not in found.label + found.evidence


def test_a_variant_that_only_starts_sooner_is_cheaper_for_the_first_steps():
    baseline = timing(import_s=1.0, prepare_s=0.5, first_call_cold_s=0.5)
    early = timing(
        import_s=1.0,
        prepare_s=0.0,
        first_call_cold_s=0.0,
        ratio=1.5,
        **break_even(inf, inf, inf),
    )
    found = describe_break_even(early, baseline=baseline)
    assert found.outcome is Outcome.ONLY_AT_FIRST
    assert found.label == "first 2,000 steps only"
    assert found.cell == "first 2,000 only"


@pytest.fixture(scope="module")
def cnn(ordinary):
    """The cells of one workload."""
    return group_cells(ordinary.run)[1]


@pytest.mark.parametrize(("interval", "cell", "clause"), CASES)
def test_answer_tables_and_chart_do_not_contradict_each_other(
    cnn, interval, cell, clause
):
    group = replace_timing(cnn, "tf/function", **break_even(*interval))
    for table in (tabulate_verdicts(group), tabulate_cumulative_time(group)):
        titles = [column.title for column in table.columns]
        row = next(row for row in table.rows if row[0].text == "tf/function")
        assert plain(row[titles.index("break-even, steps")].text) == cell
    in_chart = text_of_panel(group)["text"].replace(" steps", "")
    assert plain(in_chart) == ("not known" if cell == "-" else cell)
    sentence = words(describe_payback(group))
    assert clause.removesuffix(")").removeprefix("never (") in sentence
    assert "from the first step or never" not in sentence


def text_of_panel(group):
    """Return the row of a chart with the text of the panel of tf/function."""
    rows = draw_break_even_chart(group)["datasets"]["rows"]
    return next(r for r in rows if r["panel"] == "tf/function" and "text" in r)


def test_an_interval_from_the_first_step_to_never_draws_no_crossing(cnn):
    unclear = replace_timing(cnn, "tf/function", **break_even(3790, 0, inf))
    assert text_of_panel(unclear)["role"] != "crossing"
    clear = replace_timing(cnn, "tf/function", **break_even(3790, 90, 9000))
    assert text_of_panel(clear)["role"] == "crossing"


def test_the_label_of_the_start_chart_counts_the_import_once(cnn):
    timing = next(t for cell, t in cnn.timed if cell.variant == "tf/xla")
    total = timing.import_s + timing.prepare_s + timing.first_call_cold_s
    assert f"tf/xla {total:.2f} s" in plain(make_start_figure(cnn).label)
