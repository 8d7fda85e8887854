"""Machines work on one run only if the versions that results depend on are equal."""

from __future__ import annotations

import pytest

from compare.cluster.machines import (
    HARNESS_VERSION,
    SOURCES,
    ClusterMachine,
    describe_machine,
    require_equal_versions,
)
from compare.errors import UsageError


def machines(**changes):
    """Return two machines like this one; the second has other versions."""
    here = describe_machine().versions
    one = ClusterMachine(name="one", versions=here)
    return [one, ClusterMachine(name="two", versions={**here, **changes})]


def test_equal_machines_are_accepted():
    assert require_equal_versions(machines(), force=False) == []


@pytest.mark.parametrize("name", ["torch", "Python", "numpy", HARNESS_VERSION, SOURCES])
def test_each_version_that_differs_is_named_with_its_machines(name):
    differing = machines(**{name: "0.1.planted"})
    with pytest.raises(UsageError) as raised:
        require_equal_versions(differing, force=False)
    message = str(raised.value)
    assert f"{name} " in message
    assert "0.1.planted (two)" in message
    assert "--force" in message
    (text,) = require_equal_versions(differing, force=True)
    assert text in message


def test_the_starting_process_needs_no_framework_but_the_same_sources():
    here = describe_machine().versions
    both = [
        ClusterMachine(name=name, versions={**here, "torch": "99"})
        for name in ("one", "two")
    ]
    assert require_equal_versions(both, force=False) == []
    old = [
        ClusterMachine(name=name, versions={**here, SOURCES: "older"})
        for name in ("one", "two")
    ]
    with pytest.raises(UsageError, match=r"\(here\) and older \(one, two\)"):
        require_equal_versions(old, force=False)


def test_two_workers_of_one_machine_with_other_versions_are_refused():
    one, other = machines(numpy="0.1.planted")
    other.name = one.name
    with pytest.raises(UsageError, match=r"0\.1\.planted \(one\)"):
        require_equal_versions([one, other], force=False)
