"""Packages are found by name and contract only; missing requirements are reported."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from compare.errors import UsageError
from compare.frameworks import (
    Remedy,
    find_missing_framework,
    find_missing_requirement,
    find_variant,
    frameworks,
    frameworks_with,
    variants,
)
from compare.runs.ranges import require_variant

ROOT = Path(__file__).parents[1]

THIRD = """
from compare.contract import Framework, Mode
FRAMEWORKS = (Framework(
    name="third", package=__name__, module="no_such_module", install="pip install it",
    rank=3, environment={},
    modes=(Mode(name="eager", family="dynamic", captures="none", summary="a third"),),
),)
"""


def test_the_first_variant_is_the_default_baseline():
    assert variants(frameworks().values())[0] == "torch/eager"


def test_the_quick_suite_leaves_out_modes_that_must_be_named():
    every = variants(frameworks().values())
    quick = variants(frameworks().values(), occasion="quick")
    assert set(every) - set(quick) == {
        *("torch/compile-dynamic", "torch/manual", "torch/script-step"),
        *("tf/function-relaxed", "tf/manual", "tf/graph"),
        *("tf/keras-eager", "tf/keras", "tf/keras-xla"),
        *("jax/eager", "jax/jit", "jax/jit-donate"),
        *(name for name in every if name.startswith("keras[")),
    }


def test_a_check_trains_with_keras_but_leaves_out_other_modes_that_must_be_named():
    checked = variants(frameworks().values(), occasion="check")
    assert "tf/keras" in checked
    assert "torch/compile-dynamic" not in checked
    assert "tf/function-relaxed" not in checked


def test_a_third_package_appears_without_a_change_to_the_harness(tmp_path):
    (tmp_path / "impl_third").mkdir()
    (tmp_path / "impl_third" / "__init__.py").write_text(THIRD)
    done = subprocess.run(
        [sys.executable, "-m", "compare", "list"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        check=True,
    )
    assert "third/eager" in done.stdout
    assert "no_such_module is not installed; pip install it" in done.stdout


def test_an_unknown_variant_names_the_nearest():
    with pytest.raises(UsageError, match="did you mean tf/function"):
        find_variant("tf/functin")


def test_a_missing_framework_is_reported_with_its_remedy():
    framework, mode = find_variant("torch/eager")
    absent = replace(framework, module="no_such_module")
    missing = find_missing_requirement(absent, mode)
    assert missing == Remedy(
        problem="no_such_module is not installed",
        fix="pip install 'graph-compare[torch]'",
    )
    assert str(missing) == (
        "no_such_module is not installed; pip install 'graph-compare[torch]'"
    )


def test_a_mode_that_needs_a_compiler_reports_that_there_is_none(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    missing = find_missing_requirement(*find_variant("torch/compile"))
    assert missing.problem == "no C++ compiler (no-such-compiler) on the PATH"
    assert missing.fix.startswith("install one")
    assert str(missing) == f"{missing.problem}; {missing.fix}"
    assert find_missing_requirement(*find_variant("torch/eager")) is None


def test_a_library_without_its_backend_is_missing_as_a_whole(monkeypatch):
    declared = frameworks()["keras[jax]"]
    assert find_missing_framework(declared) is None
    monkeypatch.setattr(
        "compare.frameworks.find_spec", lambda name: None if name == "jax" else name
    )
    missing = find_missing_framework(declared)
    assert missing.problem == "jax is not installed"
    assert missing.fix == "pip install 'graph-compare[keras,jax]'"
    assert find_missing_framework(frameworks()["keras[torch]"]) is None


@pytest.mark.parametrize("name", ["keras[torch]/eager", "torch/eager"])
def test_the_name_of_a_variant_may_contain_a_backend(name):
    require_variant("variants", name)


@pytest.mark.parametrize(
    "name", ["keras[../x]/eager", "keras[]/eager", "[torch]/eager", "keras[a]b/eager"]
)
def test_a_backend_in_the_name_of_a_variant_is_a_name_itself(name):
    with pytest.raises(ValueError, match="framework"):
        require_variant("variants", name)


def test_a_framework_may_lack_an_entry_of_a_part_that_it_has():
    everywhere = list(frameworks_with("quirks"))
    assert list(frameworks_with("quirks", entry="same_padding")) == everywhere
    assert list(frameworks_with("quirks", entry="channel_order")) == ["torch", "tf"]
    assert not frameworks_with("quirks", entry="no_such_entry")
