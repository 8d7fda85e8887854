"""Where the time goes: kinds of operations, and pairs of variants."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.render.format import format_signed_nanoseconds, shorten_middle
from compare.report.timing.profile_tables import tabulate_profiles
from compare.results.joining import group_cells
from compare.runs.folder import load_run
from tests.support.reading import plain, words
from tests.support.synthetic import with_profiles

PROFILED = ("torch/eager", "tf/eager", "tf/function")


@pytest.fixture
def tabulated(tmp_path):
    """Return the tables of the first workload of a run."""

    def tables(made):
        run = load_run(made.write(tmp_path / "run"))
        return tabulate_profiles(run, group_cells(run)[0])

    return tables


@pytest.fixture
def profiled(made):
    """A run in which three variants of a workload were profiled."""
    return with_profiles(made, "two_layer", *PROFILED)


def texts(table):
    return [[plain(value.text) for value in row] for row in table.rows]


def test_times_by_kind_are_shown_with_their_difference(tabulated, profiled):
    kinds, *_ = tabulated(profiled)
    assert [column.title for column in kinds.columns] == [
        "variant",
        "matrix product",
        "fused kernel",
        "other operation",
        "outside operations",
        "profiled step",
        "timed step",
    ]
    assert texts(kinds)[0] == [
        *("torch/eager", "344 us", "0 ns", "98.2 us", "147 us", "589 us", "491 us")
    ]
    assert texts(kinds)[2] == [
        "tf/function",
        "215 us (\N{MINUS SIGN}129 us)",
        "43.0 us (+43.0 us)",
        "0 ns (\N{MINUS SIGN}98.2 us)",
        "172 us (+24.7 us)",
        "430 us",
        "430 us",
    ]


def test_the_fastest_other_variant_is_the_first_next_to_the_baseline(
    tabulated, profiled
):
    _, *pairs = tabulated(profiled)
    assert [table.caption for table in pairs] == [
        "two_layer: top operations of torch/eager and tf/function",
        "two_layer: top operations of torch/eager and tf/eager",
    ]
    first = texts(pairs[0])[0]
    assert first[:5] == ["1", "aten::mm", "5", "344 us", "58.3%"]
    assert first[5:] == ["_MklMatMul", "5", "215 us", "50.0%"]


def test_a_side_with_fewer_operations_ends_in_dashes(tabulated, profiled):
    two = profiled.profile[profiled.profile["operation"] != "aten::sub_"]
    _, pair, *_ = tabulated(replace(profiled, profile=two))
    assert texts(pair)[2][1:5] == ["-"] * 4
    assert texts(pair)[2][6] == "2"


def test_without_a_profile_of_the_baseline_no_difference_is_shown(tabulated, made):
    (kinds,) = tabulated(with_profiles(made, "two_layer", "tf/eager", "tf/function"))
    assert not any("(" in text for row in texts(kinds) for text in row)


def test_kernels_of_a_device_have_separate_tables(tabulated, profiled):
    tables = tabulated(
        with_profiles(profiled, "two_layer", *PROFILED, processor="device")
    )
    captions = [table.caption for table in tables]
    assert len(captions) == 6
    assert sum(each.endswith(", kernels on the device") for each in captions) == 3


def test_a_long_name_keeps_both_ends():
    assert (
        shorten_middle("graph_0_cpp_fused_relu_1", width=24)
        == "graph_0_cpp_fused_relu_1"
    )
    short = shorten_middle("graph_0_cpp_fused_copy__mul_sub_threshold_3", width=24)
    assert len(short) == 24
    assert short.startswith("graph_0_cpp")
    assert short.endswith("threshold_3")


def test_a_difference_has_its_sign():
    assert plain(format_signed_nanoseconds(1500.0)) == "+1.50 us"
    assert plain(format_signed_nanoseconds(-2.0)) == "\N{MINUS SIGN}2.00 ns"


def test_the_section_shows_one_pair_and_folds_the_others(render, profiled):
    text = render(profiled).markdown
    section = text.split("## Where the time goes")[1].split("\n## ")[0]
    shown, folded = section.split("<details>", maxsplit=1)
    assert "torch/eager and tf/function" in shown
    assert "Profiling takes time itself" in shown
    assert "torch/eager and tf/eager" in folded


def test_a_run_without_profiles_has_no_such_section(ordinary):
    assert "Where the time goes" not in ordinary.markdown


def test_limits_are_shown_with_the_step_times_and_the_environment(ordinary):
    text = words(ordinary.markdown)
    assert (
        "Limits of this machine, with 1 thread in float32 on cpu: "
        "98.9 GFLOP/s (arithmetic) and 12.3 GB/s (memory traffic)." in text
    )
    assert "| memory traffic | 12.3 GB/s | torch | y += x on arrays" in text
    assert "| compute bound |" in text


def test_limits_that_were_not_measured_are_not_shown(render, made):
    made.record.peak_flops_per_second.clear()
    made.record.peak_bytes_per_second.clear()
    text = render(made).markdown
    assert "Limits of this machine, with" not in text
    assert "Limits of this machine" not in text
