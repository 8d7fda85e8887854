"""The cell magic ``%%compare``. Only ``%load_ext compare`` imports this module."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments
from IPython.display import display

from compare.errors import UsageError
from compare.notebook.cell_functions import select_functions
from compare.notebook.cell_inputs import read_cell_inputs, split_words
from compare.notebook.comparing import (
    BUDGET_S,
    capture_pair,
    compare_parts,
    name_pair,
)
from compare.wording import join_words

if TYPE_CHECKING:
    from argparse import Namespace

    from IPython.core.interactiveshell import InteractiveShell

    from compare.notebook.comparing import FunctionPair
    from compare.notebook.result import FunctionComparison

# Keeps the numbers of lines as the notebook shows them.
FIRST_LINE = "# %%compare\n"


def register_magics(shell: InteractiveShell) -> None:
    """Add ``%%compare`` to a notebook."""
    shell.register_magics(CompareMagics)


@magics_class
class CompareMagics(Magics):
    """The magics of this project."""

    @magic_arguments("%compare")
    @argument(
        "words",
        nargs="*",
        metavar="INPUT",
        help="an argument of the functions: a shape such as x=(8, 10) or float32:8x10, "
        "which is filled with random numbers, or a variable of the notebook. All have "
        "names, or none",
    )
    @argument(
        "--inputs",
        nargs="+",
        default=[],
        metavar="INPUT",
        help="the same as INPUT",
    )
    @argument(
        "--calls",
        metavar="NAME",
        help="a variable: a list with the arguments of several calls, each a tuple or "
        "a dict. Other sizes show whether a graph is captured again",
    )
    @argument(
        "--mode",
        default="",
        help="of a single function: how it is captured, such as compile, trace, "
        "function, xla or jit",
    )
    @argument(
        "--time",
        type=float,
        default=BUDGET_S,
        metavar="SECONDS",
        help=f"the longest time to measure times; 0 measures none. Default: "
        f"{BUDGET_S:g}",
    )
    @argument("-h", "--help", action="store_true", help="print this text")
    @cell_magic
    def compare(self, line: str, cell: str) -> FunctionComparison | None:
        """Compare the two functions or models that this cell defines.

        They are defined in the notebook, as without this line. The result shows whether
        they agree within rounding, graph breaks, and the ratio of their times. A single
        function or model is compared with itself, captured by torch.compile,
        tf.function or jax.jit. Names that begin with an underscore are left out.
        """
        parser: Any = self.compare.parser
        options = parser.parse_args(split_words(line))
        if options.help:
            print(parser.format_help())  # noqa: T201 - in the notebook
            return None
        _require_options(options)
        self._run(cell)
        functions = select_functions(self._translate(cell), self._shell.user_ns)
        inputs = self._read_inputs(options)
        progress = Progress()
        found = compare_parts(
            _pair(functions, inputs, options),
            inputs,
            budget_s=options.time,
            on_progress=progress.show,
        )
        progress.end()
        return found

    @property
    def _shell(self) -> InteractiveShell:
        assert self.shell is not None
        return self.shell

    def _translate(self, cell: str) -> str:
        """Return a cell as Python, without the syntax of IPython."""
        return str(self._shell.transform_cell(cell))

    def _run(self, cell: str) -> None:
        """Run a cell in the notebook.

        Raises:
            UsageError: it raised an exception, whose traceback is shown.
        """
        found = self._shell.run_cell(FIRST_LINE + cell)
        error = found.error_before_exec or found.error_in_exec
        if error:
            kind = type(error).__name__
            raise UsageError(f"%%compare: nothing was compared: the cell raised {kind}")

    def _read_inputs(self, options: Namespace) -> object:
        words = [*options.words, *options.inputs]
        if not options.calls:
            return read_cell_inputs(words, self._shell.ev)
        (calls,) = read_cell_inputs([options.calls], self._shell.ev)
        if words or not isinstance(calls, list):
            raise UsageError(
                "--calls: expected a variable with a list of calls, and no other "
                f"inputs; received {' '.join([options.calls, *words])}"
            )
        return calls


def _require_options(options: Namespace) -> None:
    if not 0 <= options.time < float("inf"):
        raise UsageError(f"--time: expected seconds; received {options.time:g}")


def _pair(
    functions: dict[str, Any], inputs: object, options: Namespace
) -> FunctionPair:
    """Return what is compared: two functions, or one with its captured mode."""
    if len(functions) == 1:
        ((name, function),) = functions.items()
        return capture_pair(name, function, inputs=inputs, mode=options.mode)
    if options.mode:
        names = join_words(functions, conjunction="and")
        raise UsageError(f"--mode: expected a cell with one function; received {names}")
    return name_pair(functions.items())


class Progress:
    """One line of output that is replaced."""

    def __init__(self) -> None:
        self._started = monotonic()
        self._handle: Any = None

    def show(self, text: str) -> None:
        """Show what is done now."""
        data = {"text/plain": f"{text} …"}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def end(self) -> None:
        """Show the time that everything took."""
        seconds = monotonic() - self._started
        if self._handle is not None:
            text = f"Compared in {seconds:.1f} s"
            self._handle.update({"text/plain": text}, raw=True)
