"""The plugin of pytest: a marker and a fixture for modes, and where scripts are kept.

pytest imports this module in every suite, so it imports nothing but pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from compare.testing import DEFAULT_MODES, current_test

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MARKER = "graph_modes"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(*variants): the variants of the fixture graph_mode, such as "
        "torch/compile or tf/xla",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note which test runs, for the script of a failure."""
    current_test.enter(item)
    try:
        return (yield)
    finally:
        current_test.leave()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses the fixture once for each variant of its marker."""
    if "graph_mode" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker(MARKER)
        variants = marker.args if marker else DEFAULT_MODES
        metafunc.parametrize("graph_mode", variants, indirect=True)


@pytest.fixture
def graph_mode(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return a function that captures a function or model as one mode does.

    The test is skipped if the framework cannot be imported. The returned function takes
    what is captured and, for modes that trace an example, its positional arguments.
    """
    from compare.testing.modes import make_capture  # noqa: PLC0415 - heavy, on demand

    return make_capture(request.param)
