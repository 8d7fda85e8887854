"""Sessions whose mistakes are searched for, one for all tests."""

from __future__ import annotations

import pytest

from compare import workloads
from tests.agreement.causes.planting import CNN, MLP, STACK, Session, Uneven


@pytest.fixture(scope="session")
def mlp(tmp_path_factory):
    """A chain of dense layers, whose checks take milliseconds."""
    return Session(workloads.build("mlp", MLP), tmp_path_factory.mktemp("mlp"))


@pytest.fixture(scope="session")
def cnn(tmp_path_factory):
    """A small image classifier with weight decay."""
    return Session(workloads.build("cnn", CNN), tmp_path_factory.mktemp("cnn"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """A chain of convolutions."""
    return Session(workloads.build("stack", STACK), tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="session")
def square(tmp_path_factory):
    """A chain of convolutions, one with as many inputs as outputs."""
    workload = workloads.build("stack", {**STACK, "widths": (2, 4, 4)})
    return Session(workload, tmp_path_factory.mktemp("square"))


@pytest.fixture(scope="session")
def wide_cnn(tmp_path_factory):
    """An image classifier whose last maps have more than one pixel."""
    workload = workloads.build("cnn", {**CNN, "image_size": 40, "batch": 2})
    return Session(workload, tmp_path_factory.mktemp("wide"), steps=1)


@pytest.fixture(scope="session")
def uneven(tmp_path_factory):
    """A workload with a smaller last batch."""
    return Session(Uneven(**MLP), tmp_path_factory.mktemp("uneven"), steps=10)


@pytest.fixture(scope="session")
def adam(tmp_path_factory):
    """A workload whose optimizer has a state."""
    config = {"quirk": "adam_epsilon", "spelling": "after_correction"}
    return Session(workloads.build("quirk", config), tmp_path_factory.mktemp("adam"))
