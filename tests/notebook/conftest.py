"""A notebook in this process, without a kernel."""

from __future__ import annotations

import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


class Notebook:
    """A shell that runs cells.

    Attributes:
        shell: of IPython.
        capture: the fixture that captures what is printed.
    """

    def __init__(self, shell, capture):
        self.shell, self.capture = shell, capture

    def run(self, cell):
        """Run a cell; return whether it succeeded, and everything it printed."""
        self.capture.readouterr()
        done = self.shell.run_cell(cell)
        shown = self.capture.readouterr()
        return done.success, shown.out + shown.err

    @property
    def value(self):
        """The last value that a cell has shown."""
        return self.shell.user_ns["_"]


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Return a shell of IPython, which replaces the main module while it exists."""
    main, hook = sys.modules["__main__"], sys.displayhook
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        made = InteractiveShell.instance(config=config)
        yield made
        InteractiveShell.clear_instance()
    sys.modules["__main__"], sys.displayhook = main, hook


@pytest.fixture
def notebook(shell, capsys):
    """Return an empty notebook that has loaded the extension and imported NumPy."""
    shell.reset(new_session=False)
    made = Notebook(shell, capsys)
    made.run("import numpy as np\n%reload_ext compare")
    return made
