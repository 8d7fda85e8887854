"""Compiling a runner, or why it cannot be compiled."""

from __future__ import annotations

import subprocess
import sys

import pytest

from compare.contract import ONNX_RUNTIME, Framework, Runner
from compare.frameworks import check_need
from compare.runners import building
from compare.runners.building import RunnerError, prepare_runner


def framework_of(folder, *, module="numpy"):
    return Framework(
        name="small",
        package=folder.name,
        module=module,
        install=f"pip install {module}",
        rank=1,
        modes=(),
        environment={},
    )


def runner_of(program="small.cpp", **fields):
    return Runner(name="small", program=program, **fields)


@pytest.fixture
def prepare(tmp_path, monkeypatch):
    """Return a function that prepares a runner with a given source text."""
    monkeypatch.syspath_prepend(tmp_path.parent)

    def prepare_source(source, *, module="numpy", **fields):
        (tmp_path / "small.cpp").write_text(source)
        return prepare_runner(
            runner_of(**fields),
            framework_of(tmp_path, module=module),
            cache=tmp_path / "cache",
        )

    return prepare_source


@pytest.fixture
def compiled(monkeypatch):
    """Return the commands of the compiler that are run."""
    commands, run = [], subprocess.run

    def count(command, **options):
        commands.append(command)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", count)
    return commands


def exit_code(command):
    return subprocess.run(command, check=False).returncode


def test_a_source_is_compiled_to_a_program(prepare, tmp_path):
    command = prepare("int main() { return 5; }")
    assert exit_code(command) == 5
    assert [path.parent for path in map(type(tmp_path), command)] == [
        tmp_path / "cache" / "runners"
    ]


def test_a_source_that_did_not_change_is_not_compiled_again(prepare, compiled):
    first = prepare("int main() { return 5; }")
    assert prepare("int main() { return 5; }") == first
    assert len(compiled) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"source": "int main() { return 6; }"},
        {"options": ("-DNUMBER=6",)},
    ],
    ids=["source", "options"],
)
def test_a_change_of_the_source_or_its_options_is_compiled(prepare, compiled, change):
    before = {"source": "#define N 5\nint main() { return N; }", "options": ()}
    first = prepare(**before)
    assert prepare(**before | change) != first
    assert len(compiled) == 2


def test_a_change_of_a_header_next_to_the_source_is_compiled(
    prepare, compiled, tmp_path
):
    source = '#include "number.hpp"\nint main() { return NUMBER; }'
    codes = []
    for number in (5, 6):
        (tmp_path / "number.hpp").write_text(f"#define NUMBER {number}\n")
        codes.append(exit_code(prepare(source)))
    assert codes == [5, 6]


def test_a_change_of_the_framework_s_version_is_compiled(
    prepare, compiled, tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path / "site")
    package = tmp_path / "site" / "fakeframework"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for version in (1, 2):
        for old in package.parent.glob("*.dist-info"):
            old.rmdir()
        (package.parent / f"fakeframework-{version}.dist-info").mkdir()
        prepare("int main() {}", module="fakeframework")
    assert len(compiled) == 2


def test_options_may_name_the_folder_of_the_framework(prepare, compiled):
    prepare("int main() {}", options=("-I{module}/include",))
    (option,) = [each for each in compiled[0] if each.endswith("numpy/include")]
    assert option.startswith("-I/")


def test_a_source_that_does_not_compile_has_the_error_of_the_compiler(
    prepare, tmp_path
):
    with pytest.raises(RunnerError) as caught:
        prepare("int main() { return missing; }")
    message = str(caught.value)
    assert message.startswith("the runner does not compile: ")
    assert "missing" in message
    assert "install an official wheel" in message
    assert list((tmp_path / "cache" / "runners").iterdir()) == []


def test_a_compiler_that_does_not_end_is_given_up_at_the_limit(
    prepare, monkeypatch, tmp_path
):
    compiler = tmp_path / "slow"
    compiler.write_text(f"#!{sys.executable}\nimport time; time.sleep(600)\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    monkeypatch.setattr(building, "BUILD_LIMIT_S", 0.2)
    with pytest.raises(RunnerError, match=r"did not end within 0\.2 s"):
        prepare("int main() {}")


def test_without_a_compiler_the_message_states_how_to_install_one(
    prepare, monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CXX", "missing-compiler")
    with pytest.raises(RunnerError, match=r"no C\+\+ compiler \(missing-c"):
        prepare("int main() {}")


def test_a_compiler_that_exporters_do_not_use_compiles_no_runner(
    prepare, monkeypatch, tmp_path
):
    (tmp_path / "clang++").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert check_need("C++ compiler") is not None
    with pytest.raises(RunnerError, match=r"no C\+\+ compiler \(g\+\+\)"):
        prepare("int main() {}")


def test_a_framework_that_is_missing_is_named_with_its_installation(prepare):
    with pytest.raises(RunnerError) as caught:
        prepare("int main() {}", module="no_such_framework")
    assert str(caught.value) == (
        "no_such_framework is not installed; pip install no_such_framework"
    )


def test_a_runner_in_python_is_started_as_a_module(tmp_path):
    found = prepare_runner(
        runner_of("tests.support.numpy_runner"),
        framework_of(tmp_path),
        cache=tmp_path,
    )
    assert found == [sys.executable, "-m", "tests.support.numpy_runner"]


def test_a_runner_in_python_needs_the_framework(tmp_path):
    framework = framework_of(tmp_path, module="no_such_framework")
    with pytest.raises(RunnerError) as caught:
        prepare_runner(runner_of("program"), framework, cache=tmp_path)
    assert str(caught.value) == (
        "no_such_framework is not installed; pip install no_such_framework"
    )


def test_a_runner_with_a_library_of_its_own_needs_that(tmp_path):
    runner = runner_of("program", module="no_such_library", install="pip install it")
    with pytest.raises(RunnerError) as caught:
        prepare_runner(runner, framework_of(tmp_path), cache=tmp_path)
    assert str(caught.value) == "no_such_library is not installed; pip install it"


def test_onnx_runtime_needs_no_framework(tmp_path):
    framework = framework_of(tmp_path, module="no_such_framework")
    assert prepare_runner(ONNX_RUNTIME, framework, cache=tmp_path)[1:] == [
        "-m",
        "compare.runners.onnx_runtime",
    ]
