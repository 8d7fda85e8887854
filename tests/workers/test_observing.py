"""When a mistake is detected, where its line is named, and what is counted."""

from __future__ import annotations

from contextlib import contextmanager
from operator import lt
from pathlib import Path
from time import sleep

import pytest

from compare.contract import Naming
from compare.targets.loading import HARNESS
from compare.workers.messages import TimeRemedy
from compare.workers.observing import (
    STEPS,
    TURN,
    make_batch,
    observe,
    shorten_paths,
    time_remedy,
)

MODEL = """
CALLS = []


class Net:
    def __call__(self, x):
        CALLS.append(1)
        {body}  # mistake
        return float(x.sum())
"""


class Eager:
    """Runs a model without a framework, in place of an implementation package."""

    def prepare_step(self, make_model, *, mode, example):
        model = make_model()
        if mode == "defined":
            model(example[0])
        if mode == "refused":
            raise NotImplementedError("not for such models")
        return lambda batch: model(batch[0])


@pytest.fixture
def observed(tmp_path):
    """Return a function that observes a model with one line."""

    def observe_line(body, mode="eager"):
        path = tmp_path / "model.py"
        path.write_text(MODEL.format(body=body))
        return observe(path, own=Eager(), mode=mode)

    return observe_line


def test_a_model_without_a_fault_runs_every_step(observed):
    found = observed("pass")
    assert (found.step, found.error, found.naming) == (None, "", Naming.NOT_NAMED)
    assert len(found.losses) == found.effects == STEPS


@pytest.mark.parametrize(
    ("body", "mode", "step"),
    [
        ("raise ValueError(x)", "defined", 0),
        ("raise ValueError(x)", "eager", 1),
        ("assert x.sum() > 0", "eager", TURN),
    ],
)
def test_the_step_that_raises_is_recorded(observed, body, mode, step):
    found = observed(body, mode)
    assert found.step == step
    assert found.naming is Naming.TRACEBACK
    assert found.frames == 2, "this file's and the model's, not the toolkit's"


@pytest.mark.parametrize("form", ['model.py", line 8', "model.py:8", "model.py(8)"])
def test_a_message_that_names_the_line_is_found(observed, form):
    found = observed(f"raise ValueError({form!r})")
    assert found.naming is Naming.MESSAGE


@pytest.mark.parametrize("form", ["model.py:80", "other_model.py.py:8", "line 8"])
def test_a_message_that_names_another_place_is_not_taken_for_it(observed, form):
    found = observed(f"raise ValueError({form!r})")
    assert found.naming is Naming.TRACEBACK


def test_a_warning_that_names_the_line_is_found_although_nothing_is_raised(observed):
    # pytest collects warnings; Python prints them like this.
    found = observed("import sys; print('model.py:8: careful', file=sys.stderr)")
    assert found.naming is Naming.WARNING
    assert "careful" in found.printed


def test_stops_in_the_debugger_are_counted_and_do_not_stop(observed):
    assert observed("breakpoint()").effects == 2 * STEPS  # and entries of CALLS


def test_a_loss_that_is_not_finite_is_recorded_as_none(observed):
    assert observed("x = x * float('nan')").losses == [None] * STEPS


def test_a_mode_that_cannot_run_the_model_is_no_mistake(observed):
    with pytest.raises(NotImplementedError):
        observed("pass", "refused")


def test_inputs_are_positive_and_then_negative():
    signs = [make_batch(number)[0].min() > 0 for number in range(1, STEPS + 1)]
    assert signs == [number < TURN for number in range(1, STEPS + 1)]


@contextmanager
def printing(make_model):
    """Print at every definition of a step, in place of a framework's remedy."""
    print("forward")
    yield make_model


def test_a_remedy_is_applied_while_the_step_is_defined_and_run(observed, tmp_path):
    path = tmp_path / "remedied.py"
    path.write_text(MODEL.format(body="pass"))
    found = observe(path, own=Eager(), mode="eager", remedy=printing)
    assert found.effects == STEPS + 1


def test_steps_with_and_without_a_remedy_are_timed_in_the_same_rounds(tmp_path):
    path = tmp_path / "timed.py"
    path.write_text(MODEL.format(body="pass"))
    request = TimeRemedy(
        path=str(path), mode="eager", remedy="", rounds=4, seconds=1e-4
    )
    found = time_remedy(request, own=Eager(), remedy=slowed)
    assert len(found.plain_ns) == len(found.remedied_ns) == 4
    assert all(map(lt, found.plain_ns, found.remedied_ns))


@contextmanager
def slowed(make_model):
    """Make every step a millisecond longer."""

    def make():
        model = make_model()

        def step(x):
            sleep(1e-3)
            return model(x)

        return step

    yield make


def test_messages_have_paths_relative_to_the_toolkit_and_the_home():
    text = f'File "{HARNESS.parent}/impl/step.py" and {Path.home()}/.cache/x.cpp'
    assert shorten_paths(text) == 'File "impl/step.py" and ~/.cache/x.cpp'


def test_a_file_without_a_marked_line_is_named(tmp_path):
    path = tmp_path / "unmarked.py"
    path.write_text(MODEL.format(body="pass").replace("# mistake", ""))
    with pytest.raises(ValueError, match=r"unmarked\.py: expected a line that ends"):
        observe(path, own=Eager(), mode="eager")
