"""Workloads of other distributions are built as others are; broken ones are refused."""

from __future__ import annotations

import sys

import pytest

from compare import workloads
from compare.cli import doctor
from compare.errors import UsageError
from compare.plugins import PluginError
from tests.support.plugins import WORKLOAD, installed, write_distribution

SOUND = {"foreign": "plug_workload:Foreign"}
FIELD = "    width: int = 3"
MODELS = '{"torch": "foreign_models:Model"}'

# case -> (entry point, text of its module, what is reported)
BROKEN = {
    "an import that fails": (
        {"broken": "plug_broken:Foreign"},
        "import no_such_module",
        "expected plug_broken:Foreign to be importable; received ModuleNotFoundError: "
        "No module named 'no_such_module'; reinstall or uninstall plug-broken",
    ),
    "no such class": (
        {"broken": "plug_broken:Other"},
        WORKLOAD,
        "received AttributeError: module 'plug_broken' has no attribute 'Other'",
    ),
    "a module": (
        {"broken": "plug_broken"},
        WORKLOAD,
        "expected a dataclass with the members of compare.contract.Workload; received "
        "<module 'plug_broken'",
    ),
    "a class without members": (
        {"broken": "plug_broken:Foreign"},
        WORKLOAD.replace("(TwoLayer)", ""),
        "received one without model, loss, optimizer, sizes, flops_per_step, seed, "
        "parameters, batches; update plug-broken, or uninstall it",
    ),
    "a field without default": (
        {"broken": "plug_broken:Foreign"},
        WORKLOAD.replace(FIELD, "    width: int"),
        "received one whose field width has no default",
    ),
    "models that are no names": (
        {"broken": "plug_broken:Foreign"},
        WORKLOAD.replace(MODELS, '{"torch": "foreign_models"}'),
        "received one whose models are {'torch': 'foreign_models'}, not names such as "
        "module:Class",
    ),
    "a name that is taken": (
        {"cnn": "plug_broken:Foreign"},
        WORKLOAD,
        'received "cnn", which is also a name in graph-compare; rename the entry point '
        "in plug-broken, or uninstall it",
    ),
    "a name that a folder has": (
        {"folder": "plug_broken:Foreign"},
        WORKLOAD,
        'received "folder", which is also a name in graph-compare',
    ),
    "a name with a slash": (
        {"a/b": "plug_broken:Foreign"},
        WORKLOAD,
        'expected a name of letters, digits and underscores; received "a/b"',
    ),
}


@pytest.fixture
def sound(tmp_path):
    """Yield a folder on the path, with a distribution that adds a workload."""
    files = {"plug_workload.py": WORKLOAD}
    write_distribution(tmp_path, "plug-sound", workloads=SOUND, files=files)
    with installed(tmp_path):
        yield tmp_path
    for name in [each for each in sys.modules if each.startswith("plug_")]:
        del sys.modules[name]


@pytest.fixture(params=BROKEN)
def broken(request, sound):
    """Return the name of a broken workload next to a sound one, and the expectation."""
    entry, text, expected = BROKEN[request.param]
    files = {"plug_broken.py": text}
    write_distribution(sound, "plug-broken", workloads=entry, files=files)
    return next(iter(entry)), expected


@pytest.mark.usefixtures("sound")
def test_a_workload_of_another_distribution_is_built_by_its_name():
    assert workloads.names() == [*workloads.WORKLOADS, "foreign"]
    assert "plug_workload" not in sys.modules, "names are listed without an import"
    built = workloads.build("foreign", {"width": 4, "batch": 2})
    assert (built.width, built.batch, built.model) == (4, 2, "two_layer")
    assert workloads.sizes("foreign")["width"] == 3
    assert workloads.describe("foreign") == "Two layers, from elsewhere."
    assert workloads.load_plugins() == ({"foreign": "plug-sound 1.5"}, [])


@pytest.mark.usefixtures("sound")
def test_the_packages_of_a_workload_are_its_own_and_those_of_its_models():
    assert workloads.list_packages("foreign") == ["foreign_models", "plug_workload"]
    assert workloads.list_packages("two_layer") == []


def test_of_two_workloads_with_one_name_the_first_is_used(sound):
    files = {"plug_second.py": WORKLOAD.replace("Two layers", "Others")}
    entry = {"foreign": "plug_second:Foreign"}
    write_distribution(sound, "plug-then", workloads=entry, files=files)
    assert workloads.describe("foreign") == "Two layers, from elsewhere."
    _, (error,) = workloads.load_plugins()
    assert str(error).startswith("workload foreign of plug-then 1.5: expected a name")
    assert 'received "foreign", which is also a name in plug-sound 1.5' in str(error)


@pytest.mark.usefixtures("sound")
def test_an_unknown_workload_names_the_nearest_of_another_distribution():
    with pytest.raises(UsageError, match="did you mean foreign"):
        workloads.build("foreing")


def test_a_broken_workload_is_refused_with_one_sentence_and_others_work(broken):
    name, expected = broken
    origins, (error,) = workloads.load_plugins()
    assert origins == {"foreign": "plug-sound 1.5"}
    assert str(error).startswith(f"workload {name} of plug-broken 1.5: expected ")
    assert expected in str(error)
    if name not in {*workloads.WORKLOADS, *workloads.INTERNAL}:
        with pytest.raises(PluginError) as raised:
            workloads.build(name)
        assert str(raised.value) == str(error)
        assert not workloads.is_dynamic(name)


def test_the_doctor_warns_of_a_broken_workload_and_names_origins(broken):
    foreign, warning = doctor._check_workloads()
    assert (foreign.subject, foreign.state) == ("foreign", "workload of plug-sound 1.5")
    assert not warning.is_ok
    assert warning.state.startswith(f"workload {broken[0]} of plug-broken 1.5: ")
