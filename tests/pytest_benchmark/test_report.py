"""The report of a pytest-benchmark file: page, Markdown and terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare.pytest_benchmark import writing
from compare.pytest_benchmark.reading import read_benchmarks
from compare.report.benchmarks import print_benchmark_report
from compare.report.benchmarks.tables import format_call_ratio
from tests.support.benchmark_files import report_file, write_timed_run
from tests.support.reading import plain, words
from tests.support.synthetic import synthetic


def read_markdown(folder):
    """Return ``report.md`` without typography and escapes."""
    return plain((folder / "report.md").read_text()).replace("\\", "")


def printed(file, *, width=80):
    """Return what the terminal shows."""
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    print_benchmark_report(file, console)
    return plain(console.file.getvalue())


@pytest.fixture
def foreign(genuine, tmp_path):
    """Return the folder of the report of another project's file."""
    report_file(genuine / "all.json", tmp_path / "report")
    return tmp_path / "report"


class TestAFileOfAnotherProject:
    def test_the_report_states_first_that_the_design_is_sequential(self, foreign):
        for name in ("index.html", "report.md"):
            text = (foreign / name).read_text()
            assert text.index("Sequential design") < text.index("Do they agree?")
            for word in (">faster<", ">slower<", "| faster |", "break-even, steps"):
                assert word not in text

    def test_the_report_contains_no_figure_that_is_not_in_the_file(self, foreign):
        for name in ("index.html", "report.md"):
            assert "0.82%" not in (foreign / name).read_text()

    def test_the_warning_in_the_terminal_is_one_short_paragraph(self, genuine):
        text = printed(read_benchmarks(genuine / "all.json"))
        warning = text[: text.index("Do they agree?")].splitlines()
        assert warning[0].startswith("! Sequential design")
        assert warning[-1] == "  graph-compare run"
        assert len(warning) <= 4

    def test_times_are_shown_with_how_they_were_measured(self, foreign):
        text = read_markdown(foreign)
        assert "median of 3 rounds of 5 calls; minimum" in text
        assert "(no interval)" in text

    def test_the_table_names_the_chosen_baseline(self, genuine, tmp_path):
        chosen = "test_sum[100]"
        report_file(genuine / "all.json", tmp_path / "report", baseline=chosen)
        text = read_markdown(tmp_path / "report")
        assert f"every benchmark against {chosen}" in text

    def test_nothing_was_compared_with_a_reference(self, foreign):
        text = read_markdown(foreign)
        assert "No benchmark was compared with the reference." in text

    def test_the_report_of_a_file_is_always_the_same(self, genuine, foreign, tmp_path):
        before = (foreign / "index.html").read_text()
        report_file(genuine / "all.json", tmp_path / "again")
        assert (tmp_path / "again" / "index.html").read_text() == before

    def test_the_terminal_shows_one_table_per_group(self, genuine):
        text = printed(read_benchmarks(genuine / "all.json"))
        assert max(map(len, text.splitlines())) <= 80
        assert "test_of_others.py: every benchmark against test_sum[10]" in words(text)
        assert "sorting: every benchmark against" in words(text)

    def test_a_name_in_the_file_is_never_markup(self, ours, tmp_path):
        def change(content):
            content["benchmarks"][0]["extra_info"]["variant"] = "<script>alert(1)"

        report_file(ours(change), tmp_path / "report")
        page = (tmp_path / "report" / "index.html").read_text()
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestAFileOfGraphCompare:
    def test_benchmarks_that_agree_are_counted(self, ours, tmp_path):
        report_file(ours(), tmp_path / "report")
        page = (tmp_path / "report" / "index.html").read_text()
        assert "All 3 benchmarks agree" in page

    def test_a_benchmark_that_disagrees_is_named_with_its_difference(
        self, ours, tmp_path
    ):
        where = "gradient:head.bias at step 0 (step) is off by 3"

        def change(content):
            extra = content["benchmarks"][1]["extra_info"]
            extra |= {"agreement": "disagrees", "difference": where}

        file = report_file(ours(change), tmp_path / "report")
        text = read_markdown(tmp_path / "report")
        counted = "2 of 3 benchmarks agree with the reference; 1 disagrees."
        assert counted in text
        assert "different computation: torch/compile on cnn." in text
        assert f"disagrees: {where}" in text
        assert f"torch/compile on cnn: {where}." in printed(file, width=200)

    def test_benchmarks_that_were_not_checked_do_not_agree(self, ours, tmp_path):
        def change(content):
            for each in content["benchmarks"]:
                each["extra_info"]["agreement"] = "not checked"

        report_file(ours(change), tmp_path / "report")
        assert "No benchmark was compared" in read_markdown(tmp_path / "report")

    def test_a_benchmark_without_a_verdict_is_named(self, ours, tmp_path):
        def change(content):
            content["benchmarks"][1]["extra_info"]["agreement"] = "undecided"
            content["benchmarks"][2]["extra_info"]["agreement"] = "not checked"

        report_file(ours(change), tmp_path / "report")
        assert (
            "1 of 3 benchmarks agree with the reference; undecided: "
            "torch/compile on cnn; not checked: tf/function on cnn."
        ) in read_markdown(tmp_path / "report")

    def test_a_step_that_was_not_captured_is_named(self, ours, tmp_path):
        def change(content):
            content["benchmarks"][2]["extra_info"]["captures"] = "not captured"

        report_file(ours(change), tmp_path / "report")
        text = read_markdown(tmp_path / "report")
        sentence = "No graph was captured; the step ran eagerly: tf/function on cnn."
        assert sentence in text

    def test_a_group_without_the_baseline_states_why_it_has_no_ratios(
        self, ours, tmp_path
    ):
        def change(content):
            content["benchmarks"][2]["extra_info"]["device"] = "cuda"

        report_file(ours(change), tmp_path / "report")
        text = read_markdown(tmp_path / "report")
        missing = "No ratios: the baseline torch/eager is not in this group."
        assert text.count(missing) == 1
        assert text.index("cnn, cuda: every benchmark") < text.index(missing)

    def test_an_exported_file_names_the_run_that_contains_the_intervals(self, tmp_path):
        run = write_timed_run(synthetic(), tmp_path / "run")
        writing.export_run(run, to=tmp_path / "out.json")
        file = report_file(tmp_path / "out.json", tmp_path / "back")
        text = read_markdown(tmp_path / "back")
        assert file.exported_from == "2026-01-31-235959"
        assert "exported from the run 2026-01-31-235959" in text
        assert "Sequential design" not in text
        assert file.settings["tf"]["XLA devices"] == "cpu"
        assert "XLA devices" in text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (float("nan"), "-"),
        (0.000045, "0.000045x"),
        (0.00424, "0.0042x"),
        (0.0999, "0.100x"),
        (0.1, "0.10x"),
        (0.78, "0.78x"),
        (42_000, "42,000x"),
        (1.2e-9, "1.2e-09x"),
    ],
)
def test_a_small_ratio_keeps_two_significant_digits(ratio, text):
    assert plain(format_call_ratio(ratio)) == text
