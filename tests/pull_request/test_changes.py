"""What differs between two checks, each difference planted."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from compare.contract import BreakKind, Captures
from compare.pull_request.changes import CheckedSide, find_changes
from compare.pull_request.record import ChangeKind
from compare.pull_request.sides import SideName, TreeSide
from compare.results.cells import CellResult
from compare.runs.record import BreakFacts, Cell, Examined, SizeFacts
from compare.runs.words import Status
from tests.support.repositories import write_files

BEFORE = "def forward(x):\n    print(x)\n    return x\n"
AFTER = "def forward(x):\n    # Another line.\n    print(x)\n    return x.item()\n"


def cell(side, **changed):
    known = {
        "workload": "Net",
        "framework": f"torch@{side}",
        "mode": "compile",
        "device": "cpu",
        "dtype": "float32",
        "family": "static",
        "captures": Captures.FORWARD_BACKWARD,
        "status": Status.OK,
    }
    return Cell(**{**known, **changed})


def losses(*values):
    return pd.DataFrame(
        {
            "quantity": "loss",
            "dtype": "float64",
            "inputs": "workload",
            "against": "reference",
            "check": "step",
            "step": range(len(values)),
            "expected": values,
        }
    )


def checked(tmp_path, name, *, breaks=(), sizes=(), loss=(1.0, 0.5), agrees=True, **of):
    side = TreeSide(
        name=name, repository=tmp_path / "head", tree=tmp_path / name, text=name
    )
    examined = Examined(
        workload="Net",
        framework=f"torch@{name}",
        mode="compile",
        breaks=[
            BreakFacts(
                reason=f"reason in {side.tree}/net.py",
                file=str(side.tree / "net.py"),
                line=line,
                kind=kind,
            )
            for line, kind in breaks
        ],
        sizes=[SizeFacts(**each) for each in sizes],
    )
    run = SimpleNamespace(
        record=SimpleNamespace(examined=[examined]), agreement=losses(*loss)
    )
    found = CheckedSide(side=side, run=run)
    agreement = SimpleNamespace(agrees=agrees, undecided_dtypes=(), counts={})
    result = CellResult(cell=cell(name, **of), agreement=agreement, timing=None)
    found.__dict__["cells"] = {"torch/compile": result}
    return found


@pytest.fixture
def compare_sides(tmp_path, monkeypatch):
    """Return a function that compares two sides whose files differ."""
    write_files(tmp_path, {"base/net.py": BEFORE, "head/net.py": AFTER})
    monkeypatch.setattr(
        "compare.history.cell_changes.describe_agreement",
        lambda found: "agrees" if found.agrees else "disagrees",
    )

    def compare(base=None, head=None):
        return find_changes(
            checked(tmp_path, SideName.BASE, **(base or {})),
            checked(tmp_path, SideName.HEAD, **(head or {})),
        )

    return compare


def test_equal_checks_have_no_changes(compare_sides):
    same = {"breaks": [(2, BreakKind.BREAK)], "sizes": [{"size": 4, "captures": 1}]}
    moved = {**same, "breaks": [(3, BreakKind.BREAK)]}  # the same line of text
    assert compare_sides(same, moved) == []


def test_a_new_break_is_worse_and_has_its_line_in_head(compare_sides):
    breaks = [(3, BreakKind.BREAK), (4, BreakKind.BREAK)]
    (found,) = compare_sides({"breaks": [(2, BreakKind.BREAK)]}, {"breaks": breaks})
    assert (found.kind, found.is_worse) == (ChangeKind.BREAKS, True)
    assert (found.file, found.line) == ("net.py", 4)
    assert found.after == "net.py:4: reason in net.py"


def test_a_break_on_an_equal_line_further_down_is_counted(compare_sides):
    twice = {"breaks": [(3, BreakKind.BREAK), (3, BreakKind.BREAK)]}
    (found,) = compare_sides({"breaks": [(2, BreakKind.BREAK)]}, twice)
    assert (found.line, found.is_worse) == (3, True)


def test_a_break_that_is_gone_is_reported_and_not_worse(compare_sides):
    (found,) = compare_sides({"breaks": [(2, BreakKind.BREAK)]})
    assert (found.kind, found.is_worse) == (ChangeKind.BREAKS, False)
    assert (found.before, found.after) == ("net.py: print(x)", "gone")


def test_what_is_fixed_at_capture_is_reported_and_not_worse(compare_sides):
    (found,) = compare_sides(head={"breaks": [(4, BreakKind.FROZEN)]})
    assert not found.is_worse


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"agrees": False}, ChangeKind.AGREEMENT),
        ({"status": Status.FAILED, "reason": "crash"}, ChangeKind.OUTCOME),
        ({"status": Status.NOT_RUN, "reason": "refused"}, ChangeKind.OUTCOME),
        ({"captures": Captures.NONE}, ChangeKind.GRAPH),
        ({"breaks": [(4, BreakKind.RETRACE)]}, ChangeKind.RETRACES),
    ],
)
def test_each_planted_worsening_is_found_and_its_opposite_is_no_worsening(
    compare_sides, change, kind
):
    (found,) = compare_sides(head=change)
    assert (found.kind, found.is_worse) == (kind, True)
    (better,) = compare_sides(base=change)
    assert (better.kind, better.is_worse) == (kind, False)


def test_more_breaks_count_where_no_place_is_known(compare_sides):
    (found,) = compare_sides({"graph_breaks": 0}, {"graph_breaks": 2})
    assert (found.before, found.after, found.is_worse) == ("0", "2", True)


def test_captures_are_compared_at_sizes_that_both_sides_reached(compare_sides):
    base = [{"size": 4, "captures": 1}, {"size": 8, "captures": 1}]
    late = [{"size": 4, "captures": 1}, {"size": 8, "reason": "no time left"}]
    assert compare_sides({"sizes": base}, {"sizes": late}) == []
    more = [{"size": 4, "captures": 1}, {"size": 8, "captures": 2}]
    (found,) = compare_sides({"sizes": base}, {"sizes": more})
    assert (found.kind, found.is_worse) == (ChangeKind.RETRACES, True)
    assert (found.before, found.after[:10]) == ("2 captures", "3 captures")


def test_a_loss_that_is_wrong_at_another_size_is_a_disagreement(compare_sides):
    right, wrong = ([{"size": 4, "agrees": each}] for each in (True, False))
    (found,) = compare_sides({"sizes": right}, {"sizes": wrong})
    assert (found.kind, found.is_worse) == (ChangeKind.AGREEMENT, True)
    assert found.after == "disagrees on batches of 4"


def test_other_losses_of_the_reference_are_reported_with_their_first_step(
    compare_sides,
):
    (found,) = compare_sides(head={"loss": (1.0, 0.5001)})
    assert (found.kind, found.is_worse) == (ChangeKind.RESULTS, False)
    assert (found.before, found.after[:11]) == ("loss 0.5", "loss 0.5001")
    assert "in step 2" in found.after
    assert compare_sides(head={"loss": (1.0, 0.5 + 1e-13)}) == []
    assert compare_sides(head={"loss": (1.0,)}) == []  # of a shorter trajectory


def test_worse_things_come_first(compare_sides):
    found = compare_sides(head={"loss": (2.0, 1.0), "agrees": False})
    assert [each.is_worse for each in found] == [True, False]
