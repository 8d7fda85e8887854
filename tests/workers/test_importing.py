"""A worker hides other frameworks, and adds the models that a workload brings."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from compare import workloads
from compare.frameworks import find_framework
from compare.workers.importing import add_brought_model, other_frameworks
from tests.support.plugins import FRAMEWORK, installed, write_distribution


class Model:
    """A network."""


class AnotherModel:
    """A network of the same name."""


SMALL = SimpleNamespace(name="small", package="impl_small")


@pytest.fixture
def models(monkeypatch):
    """Return the models of a package ``impl_small`` of the framework ``small``."""
    package = ModuleType("impl_small")
    module = ModuleType("impl_small.models")
    module.MODELS = {"known": AnotherModel}
    brought = ModuleType("small_models")
    brought.Model = Model
    for each in (package, module, brought):
        monkeypatch.setitem(sys.modules, each.__name__, each)
    return module.MODELS


def workload_with(model, **models):
    return SimpleNamespace(model=model, models=models)


def test_the_model_that_a_workload_brings_is_added_once(models):
    for _ in range(2):
        add_brought_model(
            workload_with("new", small="small_models:Model"), framework=SMALL
        )
    assert models == {"known": AnotherModel, "new": Model}


def test_a_brought_model_replaces_no_model_of_the_package(models):
    workload = workload_with("known", small="small_models:Model")
    with pytest.raises(NotImplementedError, match="free in impl_small; received known"):
        add_brought_model(workload, framework=SMALL)
    assert models == {"known": AnotherModel}


def test_a_framework_without_the_model_cannot_run_the_workload(models):
    workload = workload_with("new", torch="m:A", tf="m:B")
    reason = (
        "the workload has no model in small: SimpleNamespace.models has torch and tf"
    )
    with pytest.raises(NotImplementedError, match=reason):
        add_brought_model(workload, framework=SMALL)
    assert models == {"known": AnotherModel}


def test_a_package_may_have_the_model_that_a_workload_brings_for_others(models):
    add_brought_model(workload_with("known", torch="m:A"), framework=SMALL)
    assert models == {"known": AnotherModel}


def test_a_workload_that_brings_no_model_needs_no_package_of_models():
    add_brought_model(workloads.build("two_layer"), framework=SMALL)


@pytest.mark.parametrize("module", ["numpy", "no_such_module"])
def test_a_module_that_the_harness_has_imported_is_not_hidden(tmp_path, module):
    text = FRAMEWORK.format(name="plugged", rank=60, module=module)
    package = f"plug_{module}"
    write_distribution(
        tmp_path,
        "plug-hidden",
        frameworks={"plugged": package},
        files={f"{package}/__init__.py": text},
    )
    with installed(tmp_path):
        hidden = other_frameworks(find_framework("torch"))
    assert (module in hidden) == (module == "no_such_module")
