"""The documented workflows: their permissions, and their scripts with fake programs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from compare.cli.main import cli as program
from compare.pull_request.page import format_marker

DOCS = Path(__file__).parents[2] / "docs"
MEASURING = DOCS / "examples" / "graph-compare.yml"
COMMENTING = DOCS / "examples" / "graph-compare-comment.yml"
ON = True  # YAML 1.1 reads the key "on" as a boolean
MARKER = format_marker("net.py:Net")
CHANGED = f"{MARKER}\ntitle\n\n| | variant |\n|---|---|\n| worse | torch/eager |\n"
FAKE_GH = """\
#!/bin/bash
printf '%s\\n' "$*" >> "$LOG"
case "$*" in
  *"/pulls "*) printf '%s' "$NUMBER" ;;
  *--paginate*) printf '%s' "$COMMENT" ;;
esac
"""


def read(path):
    return yaml.safe_load(path.read_text())


def steps_of(path):
    (job,) = read(path)["jobs"].values()
    return job["steps"]


def script_of(path):
    return [each["run"] for each in steps_of(path) if "\n" in each.get("run", "")][-1]


def run_script(script, folder, **environment):
    """Run a script as GitHub does; programs in the folder come first."""
    bash = shutil.which("bash")
    return subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": f"{folder}:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def install_fake(folder, name, source):
    path = folder / name
    path.write_text(source)
    path.chmod(0o755)


def post(folder, comment, **environment):
    """Run the script that posts a comment; return its outcome and what gh was asked."""
    (folder / "comparison").mkdir()
    if comment is not None:
        (folder / "comparison" / "comment.md").write_text(comment)
    install_fake(folder, "gh", FAKE_GH)
    known = {"REPOSITORY": "o/r", "OWNER": "fork", "BRANCH": "b", "SHA": "0" * 40}
    log = folder / "log"
    found = {"NUMBER": "7", "COMMENT": "", "LOG": str(log), **known, **environment}
    done = run_script(script_of(COMMENTING), folder, **found)
    asked = log.read_text().splitlines() if log.exists() else []
    return done, [line for line in asked if "--method P" in line]


def test_the_page_shows_both_workflows_as_they_are():
    text = (DOCS / "pull_requests.md").read_text()
    shown = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert shown == [MEASURING.read_text(), COMMENTING.read_text()]


def test_the_workflow_that_runs_a_fork_s_code_has_no_secrets_and_only_reads():
    workflow, text = read(MEASURING), MEASURING.read_text()
    assert workflow[ON] == "pull_request"  # not pull_request_target
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())
    assert "secrets." not in text
    assert "github.token" not in text
    checkout = next(e for e in steps_of(MEASURING) if "checkout" in e.get("uses", ""))
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_the_workflow_that_writes_neither_checks_out_nor_runs_a_fork_s_code():
    workflow, steps = read(COMMENTING), steps_of(COMMENTING)
    assert [*workflow[ON]] == ["workflow_run"]
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    used = [each["uses"].partition("@")[0] for each in steps if "uses" in each]
    assert used == ["actions/download-artifact"]
    script = script_of(COMMENTING)
    assert not re.search(r"checkout|git |pip|python|source |bash|\./", script)
    assert workflow[ON]["workflow_run"]["workflows"] == [read(MEASURING)["name"]]


@pytest.mark.parametrize("path", [MEASURING, COMMENTING])
def test_no_script_contains_an_expression_that_a_fork_controls(path):
    assert all("${{" not in step.get("run", "") for step in steps_of(path))


def test_the_documented_command_has_only_options_that_exist():
    (command,) = re.findall(
        r"graph-compare ci .*?\|\|", script_of(MEASURING), re.DOTALL
    )
    known = {o for each in program.commands["ci"].params for o in each.opts}
    assert set(re.findall(r"(?<= )--?[a-z]+", command)) <= known


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (2, 2), (3, 0)])
def test_the_job_fails_unless_nothing_is_worse(tmp_path, code, expected):
    install_fake(tmp_path, "graph-compare", f'#!/bin/sh\necho "$@"\nexit {code}\n')
    done = run_script(script_of(MEASURING), tmp_path, GITHUB_BASE_REF="main")
    assert done.returncode == expected
    assert "ci net.py:Net --base origin/main -v torch/eager" in done.stdout


def test_a_comment_is_posted_once_and_then_updated(tmp_path):
    done, asked = post(tmp_path, CHANGED)
    assert done.returncode == 0, done.stderr
    assert asked == [
        "api --method POST repos/o/r/issues/7/comments -F body=@comment.md"
    ]
    (tmp_path / "again").mkdir()
    done, asked = post(tmp_path / "again", CHANGED, COMMENT="42")
    assert asked == [
        "api --method PATCH repos/o/r/issues/comments/42 -F body=@comment.md"
    ]


def test_nothing_is_posted_while_nothing_changed(tmp_path):
    done, asked = post(tmp_path, f"{MARKER}\ntitle\n\nNothing changed.\n")
    assert (done.returncode, asked) == (0, [])


@pytest.mark.parametrize(
    ("comment", "number", "code"),
    [(None, "7", 0), (CHANGED, "", 0), ("buy this\n| a |\n", "7", 1)],
)
def test_nothing_is_posted_without_comment_pull_request_or_marker(
    tmp_path, comment, number, code
):
    done, asked = post(tmp_path, comment, NUMBER=number)
    assert (done.returncode, asked) == (code, [])


def test_a_long_comment_of_a_fork_is_cut_off(tmp_path):
    post(tmp_path, CHANGED + "| more |\n" * 100)
    assert len((tmp_path / "comment.md").read_text().splitlines()) == 25
