"""``graph-compare study``: the list, a lesson, a workload, and wrong use."""

from __future__ import annotations

import pytest

from compare import workloads
from compare.frameworks import frameworks
from compare.study.ladder import CHAPTERS, lesson_names
from tests.support.documents import read_result
from tests.support.plugins import FRAMEWORK, WORKLOAD, installed, write_distribution

WIDE = {"COLUMNS": "180"}


def test_the_list_names_every_lesson_in_its_chapter(cli):
    done = cli("study")
    assert done.code == 0
    order = [done.out.index(f"\n  {name} ") for name in lesson_names()]
    assert order == sorted(order)
    assert all(chapter in done.out for chapter in CHAPTERS)


def test_a_lesson_is_printed_side_by_side_with_its_steps(invoke):
    done = invoke("study", "autograd", **WIDE)
    assert done.code == 0
    rows = [line for line in done.out.splitlines() if "x = torch.tensor" in line]
    assert "x = tf.constant" in rows[0]
    for step in ("data", "parameters", "forward", "backward", "update"):
        assert f"\n{step} " in done.out


def test_on_a_narrow_terminal_the_programs_are_printed_one_after_the_other(invoke):
    done = invoke("study", "autograd", COLUMNS="80")
    lines = done.out.splitlines()
    assert not any("x = torch" in line and "x = tf" in line for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
def test_running_a_lesson_shows_agreement_times_and_numbers(cli, tmp_path):
    path = tmp_path / "found.json"
    done = cli("study", "autograd", "--run", "--json", path, **WIDE)
    assert done.code == 0
    (lesson,) = read_result("study", path.read_bytes())["lessons"]
    assert lesson["has_passed"]
    assert {each["framework"] for each in lesson["programs"]} >= {"torch", "tf", "jax"}
    assert all(not each["reason"] for each in lesson["arrays"])
    assert "torch, NumPy" in done.out
    assert "grad1" in done.out
    assert "disagree" not in done.out
    assert "again" in done.out
    assert "{{" not in done.out
    assert "\N{HORIZONTAL ELLIPSIS}" not in done.out, "every number is filled in"
    assert "slope goes on" in done.out, "the exercise is answered"


def test_a_lesson_that_was_not_run_is_explained_without_its_numbers(invoke):
    done = invoke("study", "autograd", **WIDE)
    assert "while a tape is open. [\N{HORIZONTAL ELLIPSIS}]" in done.out
    assert "The loss starts at" not in done.out
    assert "{{" not in done.out
    assert "+ STEPS, RATE = 100, 1e-3" in done.out, "the exercise is set"
    assert "Next lesson: graph-compare study leaves" in done.out


def test_a_workload_is_shown_in_both_frameworks_side_by_side(invoke):
    done = invoke("study", "two_layer", **WIDE)
    assert done.code == 0
    assert "torch/eager" in done.out
    assert "tf/eager" in done.out
    assert "models/two_layer.py" in done.out


def test_differing_lines_of_two_variants_of_one_framework_are_marked(invoke):
    done = invoke("study", "cnn", "--variants", "torch/eager", "torch/script", **WIDE)
    assert done.code == 0
    lines = done.out.splitlines()
    marked = [line for line in lines if line.startswith("\N{RIGHT ONE EIGHTH BLOCK}")]
    assert any("def eager(" in line and "def script(" in line for line in marked)
    assert not any("import" in line for line in marked)
    assert "optimizers.py: make_optimizer (the same in all)" in done.out
    assert done.out.count("def make_optimizer(") == 1, "what is the same is shown once"


def test_every_mode_of_a_workload_can_be_shown(invoke):
    done = invoke(
        "study", "two_layer", "--variants", "tf/xla", "torch/compile-step", **WIDE
    )
    assert done.code == 0
    assert "def capture(" in done.out, "functions that the mode calls are shown too"


def test_files_that_only_a_mode_needs_are_shown_with_it(invoke):
    done = invoke("study", "two_layer", "--variants", "tf/keras", "tf/function", **WIDE)
    assert done.code == 0
    assert "keras_modes.py: keras_step" in done.out
    assert "keras_model.py: Trained" in done.out


@pytest.mark.parametrize("framework", ["torch", "tf"])
def test_every_variant_of_a_framework_can_be_shown(invoke, framework):
    eager, *others = frameworks()[framework].modes
    for mode in others:
        pair = (f"{framework}/{eager.name}", f"{framework}/{mode.name}")
        done = invoke("study", "two_layer", "--variants", *pair, **WIDE)
        assert done.code == 0, done.err


def test_variants_without_a_workload_use_the_first_workload(invoke):
    done = invoke("study", "--variants", "tf/eager", "tf/function", **WIDE)
    assert done.code == 0
    assert "models/two_layer.py" in done.out


def test_the_model_that_a_workload_of_another_distribution_brings_is_shown(
    invoke, tmp_path
):
    model = "class Model:\n    IS_BROUGHT = True\n"
    files = {"plug_studied.py": WORKLOAD, "foreign_models.py": model}
    entry = {"foreign": "plug_studied:Foreign", "autograd": "plug_studied:Foreign"}
    write_distribution(tmp_path, "plug-studied", workloads=entry, files=files)
    with installed(tmp_path):
        done = invoke("study", "foreign", **WIDE)
        lesson = invoke("study", "autograd", **WIDE)
    assert done.code == 0
    assert "foreign_models.py: Model" in done.out
    assert "IS_BROUGHT = True" in done.out
    assert "two_layer.py: TwoLayer" in done.out, "the model of TensorFlow is its own"
    assert "x = torch.tensor" in lesson.out, "a lesson of the same name is shown"


def test_a_framework_without_the_files_of_a_variant_is_refused(invoke, tmp_path):
    text = FRAMEWORK.format(name="bare", rank=60, module="numpy")
    files, entry = {"plug_bare/__init__.py": text}, {"bare": "plug_bare"}
    write_distribution(tmp_path, "plug-bare", frameworks=entry, files=files)
    with installed(tmp_path):
        variants = ("--variants", "torch/eager", "bare/eager")
        done = invoke("study", "two_layer", *variants)
    assert done.code == 2
    assert f"expected the file modes.py in {tmp_path / 'plug_bare'}; rec" in done.err


def test_lessons_and_workloads_have_different_names():
    assert not set(lesson_names()) & set(workloads.WORKLOADS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["autogard"], "did you mean autograd"),
        (["shape"], "did you mean shapes"),
        (["qqq"], "a name that graph-compare study lists"),
        (["autograd", "--variants", "torch/eager", "tf/eager"], "autograd is a lesson"),
        (["two_layer", "--variants", "torch/eagr", "tf/eager"], "torch/eager?"),
        (["two_layer", "--variants", "torch/eager"], "requires 2 arguments"),
        (["two_layer", "--run"], "--run: expected a lesson"),
        (["--variants", "tf/xla", "tf/xla"], "received tf/xla twice"),
        ([""], "a name that graph-compare study lists"),
        (["--results", "here"], "expected together with --html DIR"),
        (
            ["autograd", "--html", "there"],
            "expected no other argument except --results",
        ),
    ],
)
def test_wrong_use_prints_a_message_and_exits_with_2(invoke, arguments, message):
    done = invoke("study", *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
