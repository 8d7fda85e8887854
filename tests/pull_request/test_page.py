"""The comment, the summary and the annotations."""

from __future__ import annotations

import msgspec
import pytest
from markdown_it import MarkdownIt

from compare.pull_request.page import (
    MAX_LINES,
    format_marker,
    render_annotations,
    render_comment,
    render_summary,
)
from compare.pull_request.record import (
    ChangeKind,
    PullRequestResult,
    SideChange,
    SideInterval,
    SideTiming,
)
from compare.stats.two_sides import Doubt, SideVerdict

NONE = SideInterval(estimate=1.0, low=0.99, high=1.01)
TIMING = SideTiming(
    kind=ChangeKind.STEP_TIME,
    variant="torch/eager",
    base_s=1e-3,
    head_s=1e-3,
    ratio=NONE,
    base_control=NONE,
    head_control=NONE,
    p=1.0,
    margin=0.01,
    detectable=0.021,
    verdict=SideVerdict.NO_CHANGE,
    doubt=Doubt.NONE,
    launches=6,
)
BREAK = SideChange(
    kind=ChangeKind.BREAKS,
    variant="torch/compile",
    before="none",
    after="net.py:7: print",
    is_worse=True,
    file="net.py",
    line=7,
)


def result_of(*changes, timings=(TIMING,), subject="net.py:Net"):
    return PullRequestResult(
        subject=subject,
        base="main (0123456789)",
        head="the working tree at 9876543210, with uncommitted changes",
        changes=list(changes),
        timings=list(timings),
        notes=["a note"],
        seconds=1.0,
    )


def test_a_comment_on_nothing_states_what_might_have_been_missed():
    lines = render_comment(result_of()).splitlines()
    assert lines[0] == format_marker("net.py:Net")
    assert lines[3] == "Nothing changed."
    assert "minimum detectable effect (80% power) 2.1%" in lines[5]
    assert len(lines) == 6


def test_a_comment_leaves_out_what_did_not_change():
    text = render_comment(result_of(BREAK))
    assert "| worse | torch/compile | graph break | none | net.py:7: print |" in text
    assert "torch/eager" not in text
    assert "Nothing changed" not in text


@pytest.mark.parametrize("count", [1, 15, 16, 17, 18, 40])
def test_a_comment_has_at_most_25_lines_and_counts_what_is_left_out(count):
    changes = [msgspec.structs.replace(BREAK, line=line) for line in range(count)]
    undecided = msgspec.structs.replace(
        TIMING, verdict=SideVerdict.CANNOT_TELL, doubt=Doubt.DISTURBED
    )
    text = render_comment(result_of(*changes, timings=[TIMING, undecided]))
    rows = text.count("| worse |")
    assert len(text.splitlines()) <= MAX_LINES
    left = count - rows
    assert (f"{left} further change" in text) is (left > 0)
    assert render_summary(result_of(*changes)).count("| worse |") == count


def test_the_marker_is_the_same_in_every_comment_and_cannot_be_left():
    first, second = render_comment(result_of()), render_comment(result_of(BREAK))
    assert first.splitlines()[0] == second.splitlines()[0]
    marker = format_marker("net.py:Net --> <b>")
    assert marker.count("-->") == 1
    assert marker.endswith("-->")


def test_an_undecided_step_time_is_not_called_unchanged():
    doubtful = msgspec.structs.replace(
        TIMING, verdict=SideVerdict.CANNOT_TELL, doubt=Doubt.BASE_CONTROL
    )
    text = render_comment(result_of(timings=[doubtful]))
    assert "Nothing changed." not in text
    assert "cannot tell, because two workers of base differ" in text
    assert "minimum detectable" not in text
    assert "Step time: not measured." in render_comment(result_of(timings=[]))


def test_a_variant_that_could_not_be_timed_is_not_called_unchanged():
    result = msgspec.structs.replace(result_of(), not_timed=["torch/compile"])
    text = render_comment(result)
    assert "Nothing changed." not in text
    assert "Step time of torch/compile: cannot tell, because a worker failed" in text
    assert not result.is_decided


def test_a_measurement_that_finds_only_large_changes_claims_no_absence():
    coarse = msgspec.structs.replace(TIMING, detectable=0.2)
    assert "Nothing changed." not in render_comment(result_of(timings=[coarse]))


def test_a_coarse_measurement_is_not_given_digits():
    coarse = msgspec.structs.replace(TIMING, detectable=52_000.0)
    assert "(80% power) over 100%" in render_comment(result_of(timings=[coarse]))
    text = render_comment(result_of(timings=[TIMING, coarse]))
    assert "2.1% to over 100%, by variant" in text


@pytest.mark.parametrize(
    "text", ["<img src=x>", "[a](http://x.y)", "@everyone", "a | b", "`x`\n# title"]
)
def test_a_message_of_a_model_is_shown_as_text(text):
    page = render_comment(result_of(msgspec.structs.replace(BREAK, after=text)))
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(page)
    assert "<img" not in html
    assert "<a " not in html
    assert "<h1" not in html
    assert html.count("<td>") == 5
    assert "@everyone" not in html


def test_the_summary_has_every_duration_its_controls_and_notes():
    text = render_summary(result_of()).replace("\N{NO-BREAK SPACE}", " ")
    row = "| torch/eager | step time | 1.00 ms | 1.00 ms | +0.0% (-1.0 to 1.0) |"
    assert f"{row} no change found | +0.0% (-1.0 to 1.0) | " in text
    assert "- a note" in text
    assert "Changes have intervals of 99.2%" in text


def test_annotations_mark_lines_of_what_is_worse_and_escape_their_text():
    other = msgspec.structs.replace(BREAK, file="a,b:c.py", after="50%\nof it")
    unplaced = msgspec.structs.replace(BREAK, file="", line=0)
    better = msgspec.structs.replace(BREAK, is_worse=False)
    assert render_annotations(result_of(BREAK, other, unplaced, better)) == [
        "::warning file=net.py,line=7,title=graph-compare%3A new graph break"
        "::torch/compile: net.py:7: print",
        "::warning file=a%2Cb%3Ac.py,line=7,title=graph-compare%3A new graph break"
        "::torch/compile: 50%25%0Aof it",
    ]


def test_the_result_is_read_back_from_its_json():
    result = result_of(BREAK)
    encoded = msgspec.json.encode(result)
    assert msgspec.json.decode(encoded, type=PullRequestResult) == result
    assert result.is_worse
    assert not result_of().is_worse
