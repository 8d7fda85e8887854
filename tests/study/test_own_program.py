"""A reader's program is compared with the lesson's; failures name its own lines."""

from __future__ import annotations

import pytest

from compare.errors import UsageError
from compare.frameworks import frameworks_with
from compare.study.blanks import blank_step, plant_mistake
from compare.study.guide import load_guide
from compare.study.lesson import load_lesson
from compare.study.own_program import check_program
from compare.study.program import read_program
from tests.support.programs import parametrize_programs

LESSON = "tensors"

each_framework = parametrize_programs([LESSON])


@each_framework
def test_the_lessons_own_program_passes(name, framework, cli, tmp_path):
    path = tmp_path / "my.py"
    path.write_text(read_program(name, framework=framework))
    done = cli("study", name, "--check", path)
    assert done.code == 0, done.err
    assert "arrays, all agree" in done.out


@each_framework
def test_a_program_with_the_planted_mistake_is_refused_with_its_array(
    name, framework, cli, tmp_path
):
    path = tmp_path / "my.py"
    source = read_program(name, framework=framework)
    path.write_text(plant_mistake(source, load_guide(name), name=name))
    done = cli("study", name, "--check", path)
    assert done.code == 1
    (line,) = (each for each in done.out.splitlines() if each.startswith("large"))
    assert "instead of" in line


@pytest.mark.torch
def test_a_program_that_fails_names_its_own_line(cli, tmp_path):
    path = tmp_path / "my.py"
    source = read_program(LESSON, framework="torch")
    path.write_text(blank_step(source, "types"))
    done = cli("study", LESSON, "--check", path)
    assert done.code == 1
    assert "my.py failed: NameError" in done.out
    assert '"gap": gap,' in done.out
    assert "site-packages" not in done.out + done.err


@pytest.mark.torch
def test_a_framework_without_a_program_of_the_lesson_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("compare.study.program.read_program", lambda *_, **__: "")
    path = tmp_path / "my.py"
    path.write_text("import torch\ndef main():\n    return {}\n")
    with pytest.raises(UsageError, match="tensors: this lesson has no torch program"):
        check_program(load_lesson(LESSON), path)


@pytest.mark.torch
def test_something_that_a_lesson_needs_and_that_is_missing_is_named(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "compare.study.own_program.find_missing_need", lambda _: "no C++ compiler"
    )
    path = tmp_path / "my.py"
    path.write_text("import torch\ndef main():\n    return {}\n")
    with pytest.raises(UsageError, match=r"my\.py: no C\+\+ compiler"):
        check_program(load_lesson(LESSON), path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def main(:\n", "line 1: not valid Python"),
        ("import torch\n", "expected a program with a function `main`"),
        ("def main():\n    return {}\n", "torch, tensorflow or jax; received none"),
        ("import numpy\ndef main():\n    return {}\n", "received none of them"),
        (
            "import torch, tensorflow\ndef main():\n    return {}\n",
            "received torch and tensorflow",
        ),
        (b"\xff", "received other bytes"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_program_is_refused(invoke, tmp_path, text, message):
    path = tmp_path / "my.py"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = invoke("study", LESSON, "--check", path, COLUMNS="200")
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("kind", ["repair", "write"])
def test_an_exercise_is_printed_as_a_program(invoke, kind):
    framework = next(iter(frameworks_with("lessons")))
    done = invoke("study", LESSON, "--exercise", kind, "--framework", framework)
    assert done.code == 0
    source = read_program(LESSON, framework=framework)
    guide = load_guide(LESSON)
    expected = {
        "repair": plant_mistake(source, guide, name=LESSON),
        "write": blank_step(source, guide.write),
    }
    assert done.out == expected[kind]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--check", "my.py"], "expected a lesson"),
        ([LESSON, "--exercise", "write"], "expected both"),
        ([LESSON, "--exercise", "write", "--framework", "mxnet"], "--framework"),
        (["leaves", "--exercise", "write", "--framework", "jax"], "has no jax program"),
        (["qqq", "--exercise", "write", "--framework", "tf"], "qqq"),
        ([LESSON, "--check", "my.py", "--run"], "remove"),
        ([LESSON, "--check", "my.py", "--framework", "tf"], "remove"),
    ],
)
def test_wrong_use_is_explained(invoke, arguments, message):
    done = invoke("study", *arguments, COLUMNS="200")
    assert done.code == 2
    assert message in done.err
