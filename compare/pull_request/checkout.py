"""The commit to compare with, and the state of the working tree, from git."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compare.errors import UsageError
from compare.scratch import open_scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

TIME_LIMIT_S = 300.0
SHORT = 10  # characters of a commit
REMOTE = "origin"
# Git sets them for its hooks; they would name another repository than the folder's.
OF_A_HOOK = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}


class GitError(Exception):
    """A git command failed; the message is what it printed, in one line."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit, and how it was named.

    Attributes:
        ref: as typed.
        number: its full hash.
        is_merge_base: it is where the working tree's branch left `ref`, and not the
            newest commit of `ref`.
    """

    ref: str
    number: str
    is_merge_base: bool = False

    @property
    def text(self) -> str:
        """The name and the start of the hash."""
        origin = "the merge base with " if self.is_merge_base else ""
        return f"{origin}{self.ref} ({self.number[:SHORT]})"


def run_git(folder: Path, *arguments: str) -> str:
    """Return what a git command prints.

    Raises:
        GitError: it failed.
        UsageError: git is not installed, or takes too long.
    """
    try:
        done = subprocess.run(
            ["git", "-c", "core.hooksPath=/dev/null", *arguments],  # noqa: S607
            cwd=folder,
            env={n: value for n, value in os.environ.items() if n not in OF_A_HOOK},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIME_LIMIT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise UsageError("expected git on the PATH; it is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"git {arguments[0]}: no answer within {TIME_LIMIT_S:g} s"
        ) from error
    if done.returncode:
        message = " ".join(done.stderr.split())
        raise GitError(message or f"exit code {done.returncode}")
    return done.stdout.strip()


def find_repository(folder: Path) -> Path:
    """Return the top folder of the repository that contains a folder.

    Raises:
        UsageError: it is in no repository.
    """
    try:
        return Path(run_git(folder, "rev-parse", "--show-toplevel")).resolve()
    except GitError as error:
        raise UsageError(
            f"ci: expected a folder in a git repository; {folder} is none that git "
            f"can use: {error}"
        ) from error


def resolve_base(repository: Path, ref: str) -> Commit:
    """Return the commit to compare with: where the branch of HEAD left a reference.

    Without a common ancestor, as in a shallow clone, it is the reference itself.

    Raises:
        UsageError: there is no such reference.
    """
    number = _find_commit(repository, ref) or _find_commit(
        repository, f"{REMOTE}/{ref}"
    )
    if not number:
        raise UsageError(
            f"--base: expected a branch, tag or commit of {repository}; received "
            f'"{ref}". Fetch it first: git fetch {REMOTE} {ref}; in a workflow, set '
            "fetch-depth: 0 for actions/checkout"
        )
    try:
        common = run_git(repository, "merge-base", "HEAD", number)
    except GitError:
        common = number
    return Commit(ref=ref, number=common, is_merge_base=common != number)


def _find_commit(repository: Path, ref: str) -> str:
    """Return the hash of a reference; empty without one."""
    # A reference that starts with a dash would be an option.
    with suppress(GitError):
        return run_git(
            repository,
            *("rev-parse", "--verify", "--quiet", "--end-of-options"),
            f"{ref}^{{commit}}",
        )
    return ""


def describe_head(repository: Path) -> str:
    """Return the commit of the working tree, and that it has changes if it has any.

    Raises:
        UsageError: the repository has no commit.
    """
    try:
        number = run_git(repository, "rev-parse", "--verify", "HEAD")
    except GitError as error:
        raise UsageError(
            f"ci: expected a repository with commits; {repository} has none"
        ) from error
    lines = run_git(repository, "status", "--porcelain", "-uall").splitlines()
    # Of new files, only Python can change what is measured; others may be results.
    is_changed = any(
        not each.startswith("??") or each.endswith(".py") for each in lines
    )
    state = ", with uncommitted changes" if is_changed else ""
    return f"the working tree at {number[:SHORT]}{state}"


@contextmanager
def check_out(repository: Path, commit: Commit) -> Iterator[Path]:
    """Yield a temporary folder with the files of a commit.

    It is a worktree of the repository, which is removed afterwards.

    Raises:
        UsageError: git cannot make it.
    """
    with open_scratch() as scratch:
        folder = scratch.resolve() / "base"
        try:
            run_git(
                repository,
                *("worktree", "add", "--detach", "--force", str(folder)),
                commit.number,
            )
        except GitError as error:
            raise UsageError(f"--base: cannot check out {commit.text}: {error}") from (
                error
            )
        try:
            yield folder
        finally:
            with suppress(GitError, UsageError):
                run_git(repository, "worktree", "remove", "--force", str(folder))
            with suppress(GitError, UsageError):
                run_git(repository, "worktree", "prune")
