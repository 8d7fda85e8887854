"""Running and comparing the spellings of quirks, on workers without a framework."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from compare import quirks, workloads
from compare.agreement import parity
from compare.agreement.parity import SpellingResult
from compare.errors import UsageError
from compare.frameworks import frameworks_with
from compare.numerics.arrays import load_arrays
from compare.quirks.entry import Part
from tests.support.reference_worker import ReferenceWorker

LAYER = quirks.find_quirk("same_padding")
OPTIMIZER = quirks.find_quirk("adam_epsilon")


def result(framework, spelling, **arrays):
    """Return the arrays of a spelling; names have underscores in place of colons."""
    named = {n.replace("__", ":"): np.array(a, "float64") for n, a in arrays.items()}
    return SpellingResult(framework=framework, spelling=spelling, arrays=named)


def not_run(framework, spelling):
    return SpellingResult(
        framework=framework, spelling=spelling, arrays={}, reason="missing"
    )


class FakePool:
    """Runs one function per framework in this thread, with workers of its own."""

    def __init__(self, names=("torch", "tf"), **workers):
        available = frameworks_with("quirks")
        self.frameworks = {name: available[name] for name in names}
        self.workers = workers
        self.started = []

    def in_parallel(self, function, items):
        assert isinstance(items, list)
        return [function(item, [number]) for number, item in enumerate(items)]

    @contextmanager
    def start(self, name, *, cores, cache, log):
        self.started.append((name, cores, cache, log))
        yield self.workers[name]


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """Have every framework installed, except those in the returned dict."""
    missing: dict[str, Exception] = {}
    monkeypatch.setattr(
        parity, "find_missing_framework", lambda framework: missing.get(framework.name)
    )
    return missing


def test_every_spelling_runs_in_every_framework(tmp_path):
    pool = FakePool(torch=ReferenceWorker(), tf=ReferenceWorker())
    run = parity.run_with_workers([LAYER, OPTIMIZER], pool=pool, folder=tmp_path)
    assert run.versions == {"numpy": "1.2.3"}
    assert list(run.results) == ["same_padding", "adam_epsilon"]
    for entry in (LAYER, OPTIMIZER):
        found = [(r.framework, r.spelling) for r in run.results[entry.name]]
        assert found == [(f, s) for f in ("torch", "tf") for s in entry.spellings]
        assert {r.reason for r in run.results[entry.name]} == {""}
    assert pool.started == [
        ("torch", [0], tmp_path, "torch"),
        ("tf", [1], tmp_path, "tf"),
    ]


def test_a_spelling_is_run_in_float64_and_eager_mode_from_its_own_configuration(
    tmp_path,
):
    worker = ReferenceWorker()
    pool = FakePool(names=("torch",), torch=worker)
    parity.run_with_workers([LAYER], pool=pool, folder=tmp_path)
    prepared = [r for r in worker.requests if type(r).__name__ == "Prepare"]
    assert [
        (r.workload, r.mode, r.device, r.dtype, r.config["quirk"]) for r in prepared
    ] == [("quirk", "eager", "cpu", "float64", "same_padding")] * 2
    assert [r.config["spelling"] for r in prepared] == list(LAYER.spellings)
    trajectories = [r for r in worker.requests if type(r).__name__ == "RunTrajectory"]
    assert [r.steps for r in trajectories] == [parity.STEPS] * 2 == [4, 4]


def test_a_result_has_activations_the_first_loss_and_the_last_parameters(tmp_path):
    pool = FakePool(names=("torch",), torch=ReferenceWorker())
    run = parity.run_with_workers([OPTIMIZER], pool=pool, folder=tmp_path)
    spelling = next(iter(OPTIMIZER.spellings))
    found = run.results["adam_epsilon"][0].arrays
    workload = workloads.build("quirk", {"quirk": "adam_epsilon", "spelling": spelling})
    stream = workloads.stream(workload, dtype="float64")
    parameters, memory = workload.parameters("float64"), {}
    steps = []
    for _ in range(4):
        steps.append(workload.reference(parameters, next(stream), memory=memory))
        parameters, memory = steps[-1].parameters, steps[-1].memory
    assert list(found) == [
        "activation:layer",
        "loss",
        "parameter:layer.weight",
        "parameter:layer.bias",
    ]
    np.testing.assert_array_equal(found["loss"], steps[0].loss)
    np.testing.assert_array_equal(
        found["activation:layer"], steps[0].activations["layer"]
    )
    for name, array in steps[3].parameters.items():
        np.testing.assert_array_equal(found[f"parameter:{name}"], array)


def test_a_missing_framework_has_a_result_with_the_reason(tmp_path, installed):
    installed["tf"] = UsageError("tensorflow is not installed")
    pool = FakePool(torch=ReferenceWorker())
    run = parity.run_with_workers([LAYER], pool=pool, folder=tmp_path)
    found = [
        (r.framework, r.spelling, r.reason, bool(r.arrays))
        for r in run.results["same_padding"]
    ]
    reason = "tensorflow is not installed"
    assert found == [
        *(("torch", spelling, "", True) for spelling in LAYER.spellings),
        *(("tf", spelling, reason, False) for spelling in LAYER.spellings),
    ]


def test_a_framework_that_lacks_a_quirk_has_no_result_of_it(tmp_path):
    lacked = quirks.find_quirk("probability_clipping")
    pool = FakePool(
        names=("torch", "jax"), torch=ReferenceWorker(), jax=ReferenceWorker()
    )
    run = parity.run_with_workers([lacked, LAYER], pool=pool, folder=tmp_path)
    found = {
        name: [result.framework for result in results]
        for name, results in run.results.items()
    }
    assert found == {
        lacked.name: ["torch", "torch"],
        LAYER.name: ["torch", "torch", "jax", "jax"],
    }
    assert not parity.pair_results(lacked, run.results[lacked.name])


def test_no_worker_starts_for_quirks_that_a_framework_lacks(tmp_path, installed):
    lacked = quirks.find_quirk("probability_clipping")
    pool = FakePool(names=("jax",))
    run = parity.run_with_workers([lacked], pool=pool, folder=tmp_path)
    assert run.results == {lacked.name: []}
    assert pool.started == []
    installed["jax"] = UsageError("jax is not installed")
    run = parity.run_with_workers([lacked], pool=pool, folder=tmp_path)
    assert run.results == {lacked.name: []}


def test_an_impossible_spelling_is_not_run(tmp_path):
    (name, framework) = next(
        (name, next(iter(quirks.find_quirk(name).quirk.impossible)))
        for name in quirks.quirk_names()
        if quirks.find_quirk(name).quirk.impossible
    )
    entry = quirks.find_quirk(name)
    worker = ReferenceWorker()
    pool = FakePool(names=(framework,), **{framework: worker})
    run = parity.run_with_workers([entry], pool=pool, folder=tmp_path)
    impossible = entry.quirk.impossible[framework]
    for found in run.results[name]:
        assert found.reason == impossible.get(found.spelling, "")
        assert bool(found.arrays) == (found.spelling not in impossible)


def test_a_spelling_that_fails_has_the_reason_and_the_next_one_runs(tmp_path):
    worker = ReferenceWorker(exposes=False)
    pool = FakePool(names=("torch",), torch=worker)
    run = parity.run_with_workers([LAYER], pool=pool, folder=tmp_path)
    for found in run.results["same_padding"]:
        assert found.reason == "this mode does not expose its intermediate results"
        assert found.arrays == {}


def test_the_catalogue_runs_with_one_thread_on_the_processor(monkeypatch):
    made = []

    def make(**options):
        made.append(options)
        return SimpleNamespace(frameworks={}, in_parallel=lambda *_: [])

    monkeypatch.setattr(parity, "WorkerPool", make)
    run = parity.run_catalogue([])
    assert run == parity.CatalogueRun(results={}, versions={})
    (options,) = made
    folder = options.pop("logs")
    assert options == {
        "frameworks": frameworks_with("quirks"),
        "threads": 1,
        "device": "cpu",
    }
    assert folder.name == "logs"
    assert folder.parent.name.startswith("graph-compare-")
    assert not folder.parent.exists()


def test_spellings_are_compared_in_the_first_quantity_in_which_they_differ():
    one = {"activation__layer": [1.0, 2.0], "loss": 3.0}
    other = {"activation__layer": [1.0, 2.0], "loss": 4.0}
    results = [
        result("torch", "a", **one),
        result("torch", "b", **other),
        result("tf", "a", **one),
        result("tf", "b", **other),
    ]
    pairs = parity.pair_results(LAYER, iter(results))
    assert {pair.quantity for pair in pairs} == {"loss"}
    assert [
        (p.one.spelling, p.other.framework, p.other.spelling, p.relative, p.values)
        for p in pairs
    ] == [
        ("a", "tf", "a", 0.0, (3.0, 3.0)),
        ("a", "tf", "b", 1 / 3, (3.0, 4.0)),
        ("b", "tf", "a", 0.25, (4.0, 3.0)),
        ("b", "tf", "b", 0.0, (4.0, 4.0)),
    ]


def test_a_pair_shows_the_element_with_the_largest_difference():
    results = [
        result("torch", "a", loss=[[1.0, -8.0], [2.0, 4.0]]),
        result("torch", "b", loss=[[1.0, 0.0], [2.0, 4.0]]),
        result("tf", "a", loss=[[1.5, -8.0], [2.0, 2.0]]),
    ]
    first, second = parity.pair_results(LAYER, results)
    assert (first.relative, first.values) == (0.25, (4.0, 2.0))
    assert (second.relative, second.values) == (2.0, (0.0, -8.0))


def test_frameworks_are_compared_with_the_first_one_in_order_of_their_names():
    results = [result(name, "a", loss=1.0) for name in ("torch", "tf", "jax")]
    pairs = parity.pair_results(OPTIMIZER, results)
    assert [(p.one.framework, p.other.framework) for p in pairs] == [
        ("torch", "jax"),
        ("torch", "tf"),
    ]


def test_a_difference_below_a_millionth_is_rounding():
    def quantity_of(difference):
        results = [
            result("torch", "a", activation__layer=[1.0], loss=1.0),
            result("torch", "b", activation__layer=[1.0 + difference], loss=2.0),
            result("tf", "a", activation__layer=[1.0], loss=1.0),
        ]
        return parity.pair_results(LAYER, results)[0].quantity

    assert parity.DIFFERENT == 1e-6
    assert quantity_of(0.9e-6) == "loss"
    assert quantity_of(1.1e-6) == "activation:layer"


def test_spellings_of_different_frameworks_do_not_choose_the_quantity():
    results = [
        result("torch", "a", activation__layer=[1.0], loss=1.0),
        result("tf", "b", activation__layer=[9.0], loss=1.0),
        result("tf", "a", activation__layer=[9.0], loss=5.0),
    ]
    assert parity.pair_results(LAYER, results)[0].quantity == "loss"


@pytest.mark.parametrize(
    ("entry", "quantity"), [(LAYER, "activation:layer"), (OPTIMIZER, "loss")]
)
def test_without_a_difference_a_quirk_is_compared_where_it_changes_first(
    entry, quantity
):
    assert (entry.quirk.part is Part.LAYER) == (quantity != "loss")
    same = {"activation__layer": [1.0], "loss": 1.0}
    results = [
        result("torch", "a", **same),
        result("torch", "b", **same),
        result("tf", "a", **same),
    ]
    pairs = parity.pair_results(entry, results)
    assert [pair.quantity for pair in pairs] == [quantity, quantity]
    assert {pair.relative for pair in pairs} == {0.0}


def test_a_spelling_that_did_not_run_is_compared_without_a_number():
    results = [
        not_run("torch", "a"),
        result("torch", "b", loss=1.0),
        result("tf", "a", loss=2.0),
        not_run("tf", "b"),
    ]
    pairs = parity.pair_results(OPTIMIZER, results)
    found = [(p.one.spelling, p.other.spelling, p.relative) for p in pairs]
    np.testing.assert_equal(
        found,
        [
            ("a", "a", np.nan),
            ("a", "b", np.nan),
            ("b", "a", 1.0),
            ("b", "b", np.nan),
        ],
    )
    assert np.isnan(pairs[0].values).all()
    assert pairs[0].quantity == "loss"


def test_the_catalogue_is_sorted_by_topic_and_name():
    entries = parity.sorted_catalogue()
    assert len(entries) == len(quirks.quirk_names())
    keys = [(entry.quirk.topic, entry.name) for entry in entries]
    assert keys == sorted(keys)


def test_the_state_of_each_spelling_has_a_folder_of_its_own(tmp_path):
    pool = FakePool(names=("torch",), torch=ReferenceWorker())
    parity.run_with_workers([LAYER], pool=pool, folder=tmp_path)
    folders = sorted(path.name for path in tmp_path.iterdir())
    assert folders == sorted(f"torch-same_padding-{s}" for s in LAYER.spellings)


def test_a_spelling_starts_from_the_initial_parameters_of_its_own_workload(tmp_path):
    worker = ReferenceWorker()
    pool = FakePool(names=("torch",), torch=worker)
    parity.run_with_workers([LAYER], pool=pool, folder=tmp_path)
    asked = [r for r in worker.requests if type(r).__name__ == "TakeActivations"]
    assert [request.step for request in asked] == [0, 0]
    for spelling, request in zip(LAYER.spellings, asked, strict=True):
        config = {"quirk": "same_padding", "spelling": spelling}
        expected = workloads.build("quirk", config).parameters("float64")
        saved = load_arrays(Path(request.state))
        assert list(saved) == list(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(saved[name], array)
