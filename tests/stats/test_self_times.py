"""Self times of events that contain each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.contract import OperationKind
from compare.stats.self_times import Event, share_out

OUTSIDE, OTHER = OperationKind.OUTSIDE, OperationKind.OTHER


def event(name, start, end, kind=OTHER):
    return Event(name=name, kind=kind, start_ns=start, end_ns=end)


def own_times(*events):
    return {each.name: each.own_ns for each in share_out(list(events))}


def test_an_event_does_not_count_what_it_contains():
    found = own_times(event("step", 0, 10, OUTSIDE), event("add", 2, 5))
    assert found == {"step": 7, "add": 3}


def test_what_is_outside_operations_counts_for_the_operation_around_it():
    found = own_times(event("add", 0, 10), event("allocate", 2, 5, OUTSIDE))
    assert found == {"add": 10}


def test_a_thread_that_waits_for_another_one_does_not_count():
    found = own_times(event("wait", 0, 10, OUTSIDE), event("product", 1, 12))
    assert found == {"wait": 1, "product": 11}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 50), st.integers(1, 50), st.sampled_from([OUTSIDE, OTHER])
        ),
        min_size=1,
    )
)
def test_self_times_add_up_to_the_time_in_which_anything_ran(drawn):
    events = [
        event(str(number), start, start + length, kind)
        for number, (start, length, kind) in enumerate(drawn)
    ]
    covered = {t for start, length, _ in drawn for t in range(start, start + length)}
    assert sum(e.own_ns for e in share_out(events)) == pytest.approx(len(covered))
