"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., None]

with_debug = click.option("--debug", is_flag=True, help="Show tracebacks.")

with_pythons = click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="FRAMEWORK[@LABEL]=PATH",
    help="Interpreter, or folder of an environment, for the workers of a "
    "framework, such as torch=venv or tf@2.20=old/bin/python. With a label it is a "
    "further installation: each variant of the framework runs in all of them.",
)

SELECTION = (
    click.argument("workloads", nargs=-1, metavar="[WORKLOAD]..."),
    click.option(
        "-v",
        "--variant",
        "variants",
        multiple=True,
        metavar="FRAMEWORK/MODE",
        help="Variant to run; repeat the option for several. The first is the "
        "baseline. Default: all variants.",
    ),
    click.option(
        "--device",
        "devices",
        multiple=True,
        default=["cpu"],
        show_default=True,
        metavar="DEVICE",
        help="cpu or cuda. The agree command accepts several.",
    ),
    click.option(
        "--dtype",
        "dtypes",
        multiple=True,
        default=["float32"],
        show_default=True,
        metavar="DTYPE",
        help="float64, float32, bfloat16 or float16. The agree command accepts "
        "several. Agreement is always checked in float64 as well.",
    ),
    click.option(
        "--suite",
        "suite_name",
        default="quick",
        show_default=True,
        metavar="NAME|FILE",
        help="quick, full, dynamic, fusion, keras, or the path of a .toml file.",
    ),
    click.option(
        "--threads",
        default=1,
        show_default=True,
        help="Number of threads of each worker, and of processors that it may use.",
    ),
    click.option(
        "--data",
        metavar="PATH",
        help="Images for cnn: a folder with one subfolder per class, an .npz file with "
        "images and labels, digits, or synthetic. Default: digits.",
    ),
    click.option(
        "--image-size",
        type=int,
        metavar="PIXELS",
        help="Resize images to this width and height.",
    ),
    click.option(
        "--set",
        "sizes",
        multiple=True,
        metavar="SIZE=VALUE",
        help="Set a size of the workloads that have it, such as batch=64; repeat the "
        "option for several. Sizes: graph-compare list WORKLOAD.",
    ),
    click.option(
        "--sweep",
        multiple=True,
        metavar="SIZE=VALUE,VALUE",
        help="Run the workloads that have this size once for each value, such as "
        "batch=1,8,64, and report how ratios depend on it. Use the option twice to run "
        "every combination of two sizes, and report the costs of a step and the "
        "fastest variant of each.",
    ),
    click.option(
        "--replicas",
        metavar="NUMBER[,NUMBER]",
        help="Train data-parallel: replicas of the model share each batch and average "
        "their gradients, each with its own threads and processors. Several numbers, "
        "such as 1,2, report how the step time scales with a fixed batch.",
    ),
    click.option(
        "--seed",
        default=0,
        show_default=True,
        help="Random seed for data, initial parameters and measurement order.",
    ),
    with_pythons,
    click.option(
        "--with",
        "requirements",
        multiple=True,
        metavar="REQUIREMENT",
        help="Install another version of a framework, such as tensorflow-cpu==2.20, in "
        "an environment that is kept, and run its variants next to the others. Before "
        'other packages, name the framework: "torch=transformers==4.50".',
    ),
    click.option(
        "--fresh",
        is_flag=True,
        help="Ignore stored results and replace them. Without it, NumPy references "
        "and float64 checks that agreed are taken from earlier runs if neither code, "
        "versions, data nor machine changed.",
    ),
    click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Spread the workloads over the machines of a Dask scheduler, such as "
        "tcp://host:8786. A machine runs one workload at a time. local or local:2: "
        "worker processes on this machine, which take turns if steps are timed.",
    ),
    click.option(
        "--force",
        is_flag=True,
        help="With --cluster: accept machines with different versions; the report then "
        "names the difference.",
    ),
    click.option(
        "--out",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder to write the run to; must not exist yet. "
        "Default: reports/DATE-TIME.",
    ),
)


def with_selection(command: Command) -> Command:
    """Add the options of ``run`` and ``agree`` that select cells and the run folder."""
    for option in reversed(SELECTION):
        command = option(command)
    return command


OF_TARGET = (
    click.option(
        "--set",
        "sizes",
        multiple=True,
        metavar="SIZE=VALUE",
        help="Set a size of a workload; repeat the option for several.",
    ),
    click.option(
        "-i",
        "--inputs",
        multiple=True,
        metavar="[NAME=]TYPE:SHAPE",
        help="Type and shape of an input of a TARGET, as for graph-compare check.",
    ),
    click.option(
        "--with",
        "arguments",
        multiple=True,
        metavar="NAME=VALUE",
        help="An argument of a TARGET's class or function, as for graph-compare check.",
    ),
)


def with_target(command: Command) -> Command:
    """Add the options that build a workload or a model: a TARGET."""
    for option in reversed(OF_TARGET):
        command = option(command)
    return command


def path_option(*names: str, **attributes: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - click's
    """Return an option that takes a path; see `click.option`."""
    return click.option(*names, type=click.Path(path_type=Path), **attributes)
