"""``graph-compare ci``: compare the working tree with another commit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compare.cli.console import echo, make_console
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug, with_target
from compare.errors import UsageError

if TYPE_CHECKING:
    from compare.pull_request.record import PullRequestResult
    from compare.pull_request.requests import SideOptions

# Variables that GitHub sets in a job.
SUMMARY_FILE, IN_ACTIONS = "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS"


@click.command(cls=JsonCommand)
@click.argument("subject", metavar="TARGET|WORKLOAD")
@click.option(
    "--base",
    required=True,
    metavar="REF",
    help="Branch, tag or commit to compare with: the commit where HEAD left it.",
)
@click.option(
    "-v",
    "--variant",
    "variants",
    multiple=True,
    metavar="FRAMEWORK/MODE",
    help="Mode to compare; repeat the option for several. Default: as for "
    "graph-compare check; a workload has none.",
)
@with_target
@click.option("--threads", default=1, show_default=True, help="Threads of each worker.")
@click.option(
    "--seed", default=0, show_default=True, help="Of data, parameters and order."
)
@click.option(
    "--budget",
    default="4min",
    show_default=True,
    metavar="TIME",
    help="Longest timing. It ends earlier if a change of 3% would be found. Checking "
    "agreement comes before it.",
)
@path_option(
    "--summary",
    metavar="FILE",
    help="Append everything that was compared, as Markdown. Default: "
    "$GITHUB_STEP_SUMMARY, if set.",
)
@path_option(
    "--comment",
    metavar="FILE",
    help="Write what changed, as at most 25 lines of Markdown.",
)
@with_json
@path_option(
    "--out",
    metavar="DIR",
    help="Folder for the checks of both sides; must not exist yet. "
    "Default: reports/ci-DATE-TIME.",
)
@with_debug
def ci(
    *,
    base: str,
    budget: str,
    summary: Path | None,
    comment: Path | None,
    json_file: Path | None,
    out: Path | None,
    debug: bool,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Compare the working tree with another commit, for a pull request.

    \b
    graph-compare ci net.py:Net --base main
    graph-compare ci net.py:Net --base main -v torch/compile --comment comment.md
    graph-compare ci two_layer --base main -v torch/eager    in a clone of this project

    Checks the agreement of base and head, then times both in the same rounds, with a
    second worker of each side as control. Reports only what changed: outcome,
    agreement, results, graph breaks, captures, step time, first call. Uncommitted
    changes belong to head. In GitHub Actions, new graph breaks are annotated.

    Exit codes: 0: nothing is worse. 1: something is worse: it fails, disagrees, has a
    new graph break or recapture, or its step takes longer. 2: wrong use, or a side that
    cannot be built. 3: nothing is worse, but the measurement cannot tell whether a step
    time changed.
    """

    def work() -> CommandOutcome:
        from compare.pull_request.requests import SideOptions  # noqa: PLC0415 - heavy

        for option, path in (("--summary", summary), ("--comment", comment)):
            require_writable(option, path)
        chosen = SideOptions(**options)
        result = compare_commits(chosen, base=base, budget=budget, out=out)
        show_result(result, summary=summary, comment=comment)
        return CommandOutcome(code=choose_exit_code(result), describe=lambda: result)

    run_guarded(work, debug=debug, json_file=json_file)


def require_writable(option: str, path: Path | None) -> None:
    """Raise if a file cannot be created, before anything is measured.

    Raises:
        UsageError: its folder does not exist, or it is a folder itself.
    """
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise UsageError(
            f"{option}: expected a file in a folder that exists; received {path}"
        )


def compare_commits(
    options: SideOptions, *, base: str, budget: str, out: Path | None
) -> PullRequestResult:
    """Measure both sides, and return what differs.

    Raises:
        CompareError: an option is wrong, or a side cannot be built.
    """
    from compare.pipeline.amounts import parse_duration  # noqa: PLC0415 - heavy
    from compare.pull_request.comparing import compare_trees  # noqa: PLC0415 - heavy
    from compare.runs.folder import unused_folder  # noqa: PLC0415
    from compare.runs.record import new_run_id  # noqa: PLC0415 - heavy

    return compare_trees(
        options,
        ref=base,
        budget_s=parse_duration("--budget", budget),
        out=out or unused_folder(Path("reports") / f"ci-{new_run_id()}"),
        console=make_console(stderr=True),
    )


def show_result(
    result: PullRequestResult, *, summary: Path | None, comment: Path | None
) -> None:
    """Print the comment, and write what was asked for.

    Raises:
        UsageError: a file cannot be written.
    """
    from compare.pull_request.page import (  # noqa: PLC0415 - heavy
        render_annotations,
        render_comment,
        render_summary,
    )

    text = render_comment(result)
    echo(text.partition("\n")[2].rstrip())  # without its marker
    if os.environ.get(IN_ACTIONS) == "true":
        for line in render_annotations(result):
            echo(line)
    if comment is not None:
        write_text("--comment", comment, text)
    if summary is None and os.environ.get(SUMMARY_FILE):
        summary = Path(os.environ[SUMMARY_FILE])
    if summary is not None:
        write_text("--summary", summary, render_summary(result), mode="a")


def write_text(option: str, path: Path, text: str, *, mode: str = "w") -> None:
    """Write a text, or append it.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{option}: cannot write {path}: {error.strerror}") from error


def choose_exit_code(result: PullRequestResult) -> ExitCode:
    """Return FAILED if something is worse, IMPRECISE if a step time is not decided."""
    if result.is_worse:
        return ExitCode.FAILED
    return ExitCode.OK if result.is_decided else ExitCode.IMPRECISE
