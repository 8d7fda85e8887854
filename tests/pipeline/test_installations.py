"""Several installations of a framework in one run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import compare
from compare.errors import UsageError
from compare.frameworks import Remedy
from compare.pipeline import installations
from compare.pipeline.installations import (
    expand_variants,
    label_defaults,
    link_packages,
    list_search_paths,
    parse_python,
    parse_requirements,
    read_installations,
    split_requirements,
)
from compare.pipeline.plan import plan_cells
from compare.runs.record import Installation
from compare.runs.words import Status, Verdict
from tests.support.other_interpreter import make_interpreter
from tests.support.requested import requested

# Before the session's modules are imported, an operation is replaced.
DEFECT = """
import sys
from importlib.abc import MetaPathFinder


class Defect(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "impl_torch.session":
            import torch

            torch.relu = lambda x: torch.where(x > 0, x, x * 1e-5)


sys.meta_path.insert(0, Defect())
"""


def refuse(text):
    raise AssertionError(text)


@pytest.fixture(scope="module")
def correct(tmp_path_factory):
    return make_interpreter(tmp_path_factory.mktemp("correct") / "other", "torch")


def agree(*pythons, out):
    return compare.run(
        "two_layer",
        variants=["torch/eager"],
        timed=False,
        pythons=pythons,
        out=out,
        progress=False,
        fresh=True,
        sizes=("batch=8", "inputs=30", "hidden=12", "outputs=4"),
    )


@pytest.mark.torch
def test_a_worker_needs_only_its_framework_numpy_and_msgspec(correct, tmp_path):
    run = agree(f"torch={correct}", out=tmp_path / "run")
    (cell,) = run.record.cells
    assert (cell.variant, cell.status) == ("torch/eager", Status.OK)
    assert run.record.request.installations["torch"].python == str(correct)
    assert set(run.agreement["verdict"]) == {Verdict.AGREES}


@pytest.mark.torch
def test_a_defect_of_one_installation_is_found_in_that_one_only(correct, tmp_path):
    defective = make_interpreter(tmp_path / "other", "torch", startup=DEFECT)
    run = agree(f"torch@good={correct}", f"torch@bad={defective}", out=tmp_path / "run")
    rows = run.agreement.groupby("framework")["verdict"].agg(set)
    own = next(n for n in rows.index if n not in ("torch@good", "torch@bad"))
    assert rows["torch@good"] == rows[own] == {Verdict.AGREES}
    assert Verdict.DISAGREES in rows["torch@bad"]
    environment = run.record.environment
    assert environment["torch@good torch"] == environment[f"{own} torch"]


@pytest.mark.torch
def test_a_resumed_run_refuses_an_interpreter_that_has_changed(correct):
    found = read_installations([f"torch={correct}"], [], report=refuse)
    installations.require_same_installations(found)
    found["torch"].versions["numpy"] = "1.0"
    with pytest.raises(UsageError, match=r"was started with \(.*numpy 1\.0"):
        installations.require_same_installations(found)


@pytest.mark.torch
def test_a_label_that_is_another_version_is_refused():
    with pytest.raises(UsageError, match=r"expected an interpreter with torch 1\.0"):
        read_installations([f"torch@1.0={sys.executable}"], [], report=refuse)


@pytest.mark.torch
def test_a_name_may_be_given_once():
    both = [f"torch@a={sys.executable}"] * 2
    with pytest.raises(UsageError, match="received torch@a twice"):
        read_installations(both, [], report=refuse)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("torch", "expected FRAMEWORK=PATH"),
        ("torch=", "expected FRAMEWORK=PATH"),
        ("torsh=python", "did you mean torch"),
        ("torch@a/b=python", "label: expected letters"),
    ],
)
def test_a_malformed_interpreter_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_python(text)


@pytest.mark.parametrize(
    ("text", "name", "is_overlay"),
    [
        ("tensorflow-cpu==2.20", "tf@2.20", False),
        ("torch==2.12.1+cpu", "torch@2.12.1", False),
        ("torch==2.12 transformers==4.50", "torch@2.12", False),
        ("tf@old=tensorflow-cpu==2.19.1", "tf@old", False),
        ("tf-nightly", "tf@tf-nightly", False),
        ("torch=transformers==4.50", "torch@transformers-4.50", True),
    ],
)
def test_requirements_name_the_framework_and_its_label(text, name, is_overlay):
    found = parse_requirements(text)
    assert (found.name, found.is_overlay) == (name, is_overlay)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected requirements such as"),
        ("transformers==4.50", "the framework before other packages"),
        ("torch@2 $x", "expected requirements such as"),
        ("keras2=keras==3.10", "expected torch"),
    ],
)
def test_malformed_requirements_are_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_requirements(text)


def test_arguments_of_a_model_are_no_requirements():
    arguments = ("width=64", "rule='a==b'", "shape=(1,)")
    requirements = ("torch==2.12", "torch=transformers==4.50")
    found = split_requirements((*arguments, *requirements))
    assert found == (arguments, requirements)


@pytest.mark.torch
def test_what_cannot_be_installed_is_not_run_with_the_reason(monkeypatch, tmp_path):
    def fail(*_, **__):
        raise installations.InstallError("ERROR: no such version")

    monkeypatch.setattr(installations, "make_environment", fail)
    run = compare.run(
        "two_layer",
        variants=["torch/eager"],
        timed=False,
        requirements=["torch==1.0"],
        out=tmp_path / "run",
        progress=False,
    )
    own, other = run.record.cells
    assert own.status is Status.OK
    assert (other.framework, other.status) == ("torch@1.0", Status.NOT_RUN)
    assert other.reason == "torch==1.0 cannot be installed: ERROR: no such version"


@pytest.mark.torch
def test_this_process_gets_its_version_as_a_label_next_to_others():
    found = label_defaults({"torch@1.0": Installation(reason="missing")})
    own, other = found
    assert own.startswith("torch@2.")
    assert found[own].python == ""
    assert other == "torch@1.0"


def test_a_variant_runs_in_every_installation_of_its_framework():
    found = {"tf@2.21": Installation(), "tf@2.20": Installation()}
    assert expand_variants(["torch/eager", "tf/function"], found) == [
        *("torch/eager", "tf@2.21/function", "tf@2.20/function"),
    ]
    assert expand_variants(["tf@2.20/function"], found) == ["tf@2.20/function"]
    with pytest.raises(UsageError, match=r"expected tf@2\.21 or tf@2\.20"):
        expand_variants(["tf@2.19/function"], found)
    with pytest.raises(UsageError, match="one that --python or --with names"):
        expand_variants(["tf@2.19/function"], {})


def test_a_searched_folder_comes_before_the_implementation_packages_only(tmp_path):
    packages, version = tmp_path / "packages", tmp_path / "version"
    packages.mkdir()
    link_packages(packages)
    for name in ("compare", "impl_torch"):
        (version / name).mkdir(parents=True)
        (version / name / "__init__.py").write_text("other = True")
    found = Installation(search=[str(version)])
    variables = list_search_paths(found, packages=packages)
    code = (
        "import compare, impl_torch; print(hasattr(compare, 'other'), impl_torch.other)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=version,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True"]


def test_a_searched_installation_of_a_missing_framework_is_not_run(monkeypatch):
    missing = Remedy(problem="torch is not installed", fix="install it")
    monkeypatch.setattr(
        "compare.pipeline.plan.find_missing_requirement", lambda *_: missing
    )
    request = requested(
        variants=["torch@base/eager"],
        installations={"torch@base": Installation(search=["x"])},
    )
    (cell,) = plan_cells(request)
    assert (cell.status, cell.reason) == (Status.NOT_RUN, str(missing))
