"""The scripts of faults run, and the list shows what they printed."""

from __future__ import annotations

import pytest

from tests.benchmarks.list_framework_faults import (
    FrameworkFault,
    list_scripts,
    render_faults,
    show_fault,
)
from tests.support.long import long_test


@pytest.mark.parametrize("script", list_scripts(), ids=lambda path: path.stem)
@long_test
def test_a_fault_is_still_there(script):
    found = show_fault(script)
    assert found.is_there, found.printed


@pytest.mark.parametrize(
    ("body", "is_there"),
    [("print('seen'); raise SystemExit(0)", True), ("raise SystemExit(1)", False)],
)
def test_the_exit_code_of_a_script_decides(tmp_path, body, is_there):
    script = tmp_path / "fault.py"
    script.write_text(f'"""A title."""\n{body}\n')
    found = show_fault(script)
    assert (found.title, found.is_there) == ("A title.", is_there)


def test_a_script_that_fails_shows_no_fault_but_its_error(tmp_path):
    script = tmp_path / "fault.py"
    script.write_text('"""A title."""\nimport no_such_module\n')
    found = show_fault(script)
    assert not found.is_there


def test_the_list_has_every_fault_with_its_output():
    fault = FrameworkFault(name="one", title="A title.", is_there=True, printed="7 = 8")
    text = render_faults([fault])
    assert "| A title. | yes | [one]" in text
    assert "7 = 8" in text
