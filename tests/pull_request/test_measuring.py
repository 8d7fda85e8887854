"""When the launches of both sides end, and what is done about sides that fail."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from compare.errors import UsageError
from compare.pipeline.contenders import Contender, ContenderLaunch
from compare.pull_request import measuring
from compare.pull_request.judging import AGAIN
from compare.pull_request.measuring import (
    TimedSides,
    explain_failure,
    list_contenders,
    measure_launches,
    require_two_launches,
)
from compare.pull_request.sides import SideName, TreeSide
from compare.runs.record import Cell
from compare.stats.two_sides import LOOKS
from tests.support.requested import requested
from tests.support.simulated_blocks import simulate_launch


def cell(mode, side="base"):
    return Cell(
        workload="Net",
        framework=f"torch@{side}",
        mode=mode,
        device="cpu",
        dtype="float32",
        family="static",
        captures="none",
    )


def contenders_of(*modes):
    context = SimpleNamespace(
        record=SimpleNamespace(
            cells=[cell(mode) for mode in modes], request=requested()
        ),
        staged={"Net": "the workload"},
    )
    variants = [f"torch/{mode}" for mode in modes]
    return list_contenders(context, variants, name=SideName.BASE)


@pytest.fixture
def launched(monkeypatch):
    """Return the orders of launches that are simulated, each lasting a minute."""
    orders, clock = [], [0.0]

    def launch(contenders, *, number, title):
        orders.append([each.name for each in contenders])
        clock[0] += 60.0
        rows = simulate_launch(
            number, noise=launch.noise, is_busy=number in launch.busy
        )
        return ContenderLaunch(samples=rows)

    launch.noise, launch.busy = 0.001, ()
    monkeypatch.setattr(measuring, "time_contenders", launch)
    monkeypatch.setattr(measuring, "monotonic", lambda: clock[0])
    return SimpleNamespace(orders=orders, launch=launch)


def test_each_variant_of_a_side_has_two_workers_with_different_names():
    found = contenders_of("eager", "compile")
    assert all(isinstance(each, Contender) for each in found)
    assert [each.name for each in found] == [
        "base torch eager",
        f"base{AGAIN} torch eager",
        "base torch compile",
        f"base{AGAIN} torch compile",
    ]


def test_a_measurement_ends_at_the_first_look_that_is_precise_enough(launched):
    measure_launches(contenders_of("eager"), TimedSides(), budget_s=1e6)
    assert len(launched.orders) == LOOKS[0]


def test_a_noisy_measurement_continues_to_the_last_look(launched):
    launched.launch.noise = 0.3
    result = TimedSides()
    measure_launches(contenders_of("eager"), result, budget_s=1e6)
    assert len(launched.orders) == LOOKS[-1]
    assert result.samples["launch"].nunique() == LOOKS[-1]


def test_a_busy_machine_is_measured_until_enough_launches_were_quiet(launched):
    launched.launch.busy = (0, 1, 3)
    measure_launches(contenders_of("eager"), TimedSides(), budget_s=1e6)
    assert len(launched.orders) in LOOKS[1:3]


@pytest.mark.parametrize(("budget_s", "launches"), [(1.0, 2), (185.0, 3), (179.0, 2)])
def test_a_budget_ends_it_before_a_launch_that_would_exceed_it(
    launched, budget_s, launches
):
    launched.launch.noise = 0.3
    measure_launches(contenders_of("eager"), TimedSides(), budget_s=budget_s)
    assert len(launched.orders) == launches


def test_launches_start_their_workers_in_different_orders(launched):
    launched.launch.noise = 0.3
    measure_launches(contenders_of("eager", "compile"), TimedSides(), budget_s=1e6)
    assert len({tuple(order) for order in launched.orders}) > 5
    assert len({frozenset(order) for order in launched.orders}) == 1


def test_a_budget_below_two_launches_is_refused_with_a_sufficient_one():
    with pytest.raises(UsageError, match="--budget: expected at least about 20 s"):
        require_two_launches(2, requested(), budget_s=10.0)
    require_two_launches(2, requested(), budget_s=25.0)


@pytest.mark.parametrize(
    ("name", "advice"), [("base", "with --base"), ("head", "compare again")]
)
def test_a_side_that_cannot_be_built_is_named_in_one_line(tmp_path, name, advice):
    side = TreeSide(
        name=SideName(name),
        repository=tmp_path / "x",
        tree=tmp_path / "tree",
        text="main (0123456789)",
    )
    place = f"{tmp_path}/tree/net.py:3"
    reason = f"importing the file failed: no x\n  at {place}\n  state its arguments"
    message = str(explain_failure(side, reason))
    assert message.startswith(f"{name}, main (0123456789), cannot be measured: ")
    assert "no x, at net.py:3; state its arguments. " in message
    assert "\n" not in message
    assert advice in message
