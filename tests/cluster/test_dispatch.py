"""Parts are placed on free machines, and again elsewhere if a machine is lost."""

from __future__ import annotations

from collections import Counter, deque

import pytest

from compare.cluster import dispatch
from tests.support.fake_cluster import FakeCluster

LABELS = ["a", "b", "c", "d"]


def make_dispatch(cluster, *, labels=LABELS, is_exclusive=True):
    lines = []
    made = dispatch.Dispatch(
        cluster=cluster,
        pending=deque(labels),
        encode=str.encode,
        is_exclusive=is_exclusive,
        show=lines.append,
        advance=lambda _: None,
    )
    return made, lines


def test_every_part_arrives_once_from_the_machine_that_ran_it():
    cluster = FakeCluster(workers={"1": "one", "2": "two"})
    made, lines = make_dispatch(cluster)
    arrivals = list(made.list_arrivals())
    assert Counter(each.label for each in arrivals) == Counter(LABELS)
    assert {(each.label, each.machine) for each in arrivals} == {*cluster.started}
    assert all(each.reply == each.label.encode() for each in arrivals)
    assert {machine for _, machine in cluster.started} == {"one", "two"}
    assert lines == [f"{label}: runs on {on}" for label, on in cluster.started]


@pytest.mark.parametrize(("is_exclusive", "at_once"), [(True, 1), (False, 2)])
def test_a_machine_with_two_workers_times_one_part_at_a_time(is_exclusive, at_once):
    cluster = FakeCluster(workers={"1": "one", "2": "one"})
    made, _ = make_dispatch(cluster, is_exclusive=is_exclusive)
    assert len(list(made.list_arrivals())) == len(LABELS)
    assert cluster.busiest == at_once


def test_a_part_of_a_lost_worker_runs_again_elsewhere_and_arrives_once():
    cluster = FakeCluster(workers={"1": "one", "2": "two"})
    cluster.before_look = lambda look: cluster.workers.pop("1", None) if look else None
    made, lines = make_dispatch(cluster)
    arrivals = list(made.list_arrivals())
    assert Counter(each.label for each in arrivals) == Counter(LABELS)
    assert {each.machine for each in arrivals} == {"two"}
    assert cluster.started.count(("a", "one")) == 1
    assert cluster.started.count(("a", "two")) == 1
    assert cluster.tasks[0].is_cancelled, "it may still run if only the network failed"
    assert "a: one was lost; it runs again elsewhere" in lines


def test_a_result_that_is_lost_with_its_worker_is_computed_again():
    cluster = FakeCluster(workers={"1": "one"})
    made, _ = make_dispatch(cluster, labels=["a"])

    def lose_first(look):
        if look == 1:
            cluster.tasks[0].is_lost = True

    cluster.before_look = lose_first
    (arrival,) = made.list_arrivals()
    assert arrival.reply == b"a"
    assert len(cluster.started) == 2


def test_a_part_that_is_lost_three_times_fails_and_the_others_go_on():
    cluster = FakeCluster(workers={"1": "one"})

    def lose_parts_of_a(_):
        for (label, _), task in zip(cluster.started, cluster.tasks, strict=True):
            task.is_lost = label == "a"

    cluster.before_look = lose_parts_of_a
    made, _ = make_dispatch(cluster, labels=["a", "b"])
    by_label = {each.label: each for each in made.list_arrivals()}
    assert by_label["a"].error.startswith("its machine was lost 3 times")
    assert by_label["b"].reply == b"b"
    assert [label for label, _ in cluster.started].count("a") == 3


def test_a_worker_that_joins_later_gets_a_part():
    cluster = FakeCluster(workers={"1": "one"})
    cluster.before_look = lambda look: cluster.workers.update({"2": "two"})
    made, _ = make_dispatch(cluster)
    assert {each.machine for each in made.list_arrivals()} == {"one", "two"}


def test_without_workers_the_parts_that_are_left_are_not_run(monkeypatch):
    monkeypatch.setattr(dispatch, "WAIT_FOR_WORKERS_S", 0.0)
    cluster = FakeCluster(workers={})
    made, _ = make_dispatch(cluster)
    assert list(made.list_arrivals()) == []
    assert [*made.pending] == LABELS


def test_an_interrupt_cancels_what_runs():
    cluster = FakeCluster(workers={"1": "one", "2": "two"})
    made, _ = make_dispatch(cluster)
    arrivals = made.list_arrivals()
    next(arrivals)
    running = {id(each.task) for each in made.running.values()}
    arrivals.close()
    cancelled = {id(task) for task in cluster.tasks if task.is_cancelled}
    assert cancelled == running != set()
