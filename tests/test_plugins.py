"""What other distributions add is found; what cannot be used is left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from compare.cli import doctor
from compare.errors import UsageError
from compare.frameworks import (
    find_plugins,
    find_variant,
    frameworks,
    package_folder,
    variants,
)
from compare.plugins import PluginError
from tests.support.plugins import FRAMEWORK, WORKLOAD, installed, write_distribution

ROOT = Path(__file__).parents[1]

# Those of this repository, which nothing in the tests adds to.
BUILT_IN = ("torch", "tf", "jax", "keras[torch]", "keras[tf]", "keras[jax]")


def declare(name, *, rank, module="numpy"):
    return FRAMEWORK.format(name=name, rank=rank, module=module)


# case -> (name of the entry point, its package, text of the package, what is reported)
BROKEN = {
    "an import that fails": (
        *("broken", "plug_import", "import no_such_module"),
        "expected plug_import to be importable; received ModuleNotFoundError: No "
        "module named 'no_such_module'; reinstall or uninstall plug-broken",
    ),
    "any other exception": (
        *("broken", "plug_raises", "1 / 0"),
        "received ZeroDivisionError: division by zero; reinstall or uninstall",
    ),
    "no declaration": (
        *("broken", "plug_empty", ""),
        "expected compare.contract.Framework in a tuple, plug_empty.FRAMEWORKS; "
        "received nothing; update plug-broken, or uninstall it",
    ),
    "a declaration of another type": (
        *("broken", "plug_type", "FRAMEWORKS = {}"),
        "plug_type.FRAMEWORKS; received {}; update plug-broken",
    ),
    "another name in the declaration": (
        *("broken", "plug_other", declare("other", rank=70)),
        "expected a framework with name broken and package plug_other, as the entry "
        "point states; received other and plug_other",
    ),
    "a name that is taken": (
        *("torch", "plug_taken", declare("torch", rank=70)),
        'expected a name that is not taken; received "torch", which is also a name in '
        "graph-compare; rename the entry point in plug-broken, or uninstall it",
    ),
    "a slash in the name": (
        *("a/b", "plug_slash", declare("a/b", rank=70)),
        'expected a name of letters, digits and underscores; received "a/b"',
    ),
    "an at sign in the name": (
        *("a@2", "plug_at", declare("a@2", rank=70)),
        'expected a name of letters, digits and underscores; received "a@2"',
    ),
    "a rank that is taken": (
        *("broken", "plug_rank", declare("broken", rank=2)),
        "expected a rank that no other framework has; received 2, the rank of tf in "
        "graph-compare; change the rank in plug-broken, or uninstall it",
    ),
}


@pytest.fixture
def sound(tmp_path):
    """Yield a folder on the path, with a distribution that adds a framework."""
    package = {"plug_sound/__init__.py": declare("sound", rank=60)}
    entry = {"sound": "plug_sound"}
    write_distribution(tmp_path, "plug-sound", frameworks=entry, files=package)
    with installed(tmp_path):
        yield tmp_path
    for name in [each for each in sys.modules if each.startswith("plug_")]:
        del sys.modules[name]


@pytest.fixture(params=BROKEN)
def broken(request, sound):
    """Return a broken case, whose distribution is on the path as well."""
    name, package, text, expected = BROKEN[request.param]
    entry, files = {name: package}, {f"{package}/__init__.py": text}
    write_distribution(sound, "plug-broken", frameworks=entry, files=files)
    return name, expected


def test_a_framework_of_another_distribution_is_found_with_its_origin(sound):
    found = frameworks()
    assert [*found][-1] == "sound"
    assert "sound/eager" in variants(found.values())
    assert find_plugins().origins["sound"] == "plug-sound 1.5"
    assert package_folder(found["sound"]) == sound / "plug_sound"


def test_a_broken_framework_is_left_out_with_one_sentence_on_why(broken):
    name, expected = broken
    (error,) = find_plugins().refused
    assert str(error).startswith(f"framework {name} of plug-broken 1.5: expected ")
    assert expected in str(error)
    assert str(error) == f"{error.problem}; {error.fix}"
    assert list(frameworks()) == [*BUILT_IN, "sound"]


def test_the_doctor_warns_of_a_broken_framework_and_names_every_origin(broken):
    checks = doctor._check_frameworks()
    (warning,) = [each for each in checks if not each.is_ok]
    assert warning.state.startswith(f"framework {broken[0]} of plug-broken 1.5: ")
    states = [each.state for each in checks]
    assert "found; 1 mode in plug_sound of plug-sound 1.5" in states
    assert any("impl_torch of graph-compare 0." in state for state in states)


@pytest.mark.usefixtures("sound")
def test_a_variant_of_a_broken_framework_is_refused_with_the_reason(sound):
    entry = {"gone": "plug_gone"}
    write_distribution(sound, "plug-broken", frameworks=entry)
    with pytest.raises(PluginError, match="No module named 'plug_gone'"):
        find_variant("gone/eager")
    with pytest.raises(UsageError, match="did you mean sound/eager"):
        find_variant("soun/eager")


def test_of_two_distributions_with_one_name_the_first_is_used(sound):
    files = {"plug_again/__init__.py": declare("sound", rank=61)}
    entry = {"sound": "plug_again"}
    write_distribution(sound, "plug-then", frameworks=entry, files=files)
    assert frameworks()["sound"].package == "plug_sound"
    (error,) = find_plugins().refused
    assert "also a name in plug-sound 1.5; rename the entry point in plug-then" in str(
        error
    )


def test_a_framework_in_a_single_module_is_left_out(sound):
    files = {"plug_module.py": declare("alone", rank=61)}
    entry = {"alone": "plug_module"}
    write_distribution(sound, "plug-broken", frameworks=entry, files=files)
    (error,) = find_plugins().refused
    assert "expected a package; received <module 'plug_module' from " in str(error)
    assert list(frameworks()) == [*BUILT_IN, "sound"]


def test_a_package_that_its_prefix_identifies_may_have_an_entry_point_too(sound):
    entry = {"torch": "impl_torch"}
    write_distribution(sound, "plug-torch", frameworks=entry)
    assert not find_plugins().refused
    assert list(frameworks()) == [*BUILT_IN, "sound"]


def test_a_declaration_that_imports_its_framework_is_reported(sound, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{sound}")
    assert all(each.is_ok for each in doctor._check_frameworks())
    package = sound / "plug_sound" / "__init__.py"
    package.write_text("import numpy\n" + package.read_text())
    (warning,) = [each for each in doctor._check_frameworks() if not each.is_ok]
    assert warning.subject == "plug_sound"
    assert warning.state == "its __init__.py imports numpy, so every worker does"


def test_the_command_line_works_next_to_a_broken_framework_and_workload(tmp_path):
    write_distribution(
        tmp_path,
        "plug-broken",
        frameworks={"broken": "plug_missing"},
        workloads={"cnn": "plug_missing:Cnn", "lost": "plug_missing:Lost"},
    )
    files = {"foreign.py": WORKLOAD}
    entry = {"foreign": "foreign:Foreign"}
    write_distribution(tmp_path, "plug-sound", workloads=entry, files=files)
    done = subprocess.run(
        [sys.executable, "-m", "compare", "list"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        check=True,
    )
    lines = [line.strip() for line in done.stdout.splitlines()]
    left_out = [line for line in lines if line.startswith("left out: ")]
    assert [line.partition(" of ")[0] for line in left_out] == [
        *("left out: workload cnn", "left out: workload lost"),
        "left out: framework broken",
    ]
    assert any(
        line.startswith("foreign ") and "(of plug-sound 1.5; in no suite" in line
        for line in lines
    )
    assert any(line.startswith("torch/eager ") for line in lines)


def test_help_looks_up_no_entry_points(sound):
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from compare.cli.main import cli\n"
        "assert 'Usage' in CliRunner().invoke(cli, ['run', '--help']).output\n"
        "print('importlib.metadata' in sys.modules, 'plug_sound' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT}{os.pathsep}{sound}"},
        check=True,
    )
    assert done.stdout.split() == ["False", "False"]
