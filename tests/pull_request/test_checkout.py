"""The commit that is compared with, and what is left of it afterwards."""

from __future__ import annotations

import subprocess

import pytest

from compare.errors import UsageError
from compare.pull_request.checkout import (
    Commit,
    check_out,
    describe_head,
    find_repository,
    resolve_base,
    run_git,
)
from tests.support.repositories import commit, git, make_repository, write_files


@pytest.fixture
def repository(tmp_path):
    """Return a repository with a branch whose base has moved on since."""
    folder = make_repository(tmp_path / "repository", {"net.py": "old"})
    git(folder, "checkout", "--quiet", "-b", "feature")
    commit(folder, {"net.py": "new"})
    git(folder, "checkout", "--quiet", "main")
    commit(folder, {"other.py": "main moved on"})
    git(folder, "checkout", "--quiet", "feature")
    return folder


def test_base_is_where_the_branch_left_it(repository):
    found = resolve_base(repository, "main")
    assert found.number == git(repository, "rev-parse", "main~1")
    assert found.is_merge_base
    assert found.text == f"the merge base with main ({found.number[:10]})"


def test_a_branch_that_contains_base_is_compared_with_its_newest_commit(repository):
    git(repository, "merge", "--quiet", "main", "-m", "merged")
    found = resolve_base(repository, "main")
    assert found.number == git(repository, "rev-parse", "main")
    assert found.text == f"main ({found.number[:10]})"


def test_a_branch_that_only_the_remote_has_is_found(repository, tmp_path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "-b", "feature", str(repository), str(clone))
    assert resolve_base(clone, "main").number == git(repository, "rev-parse", "main~1")


@pytest.mark.parametrize("ref", ["missing", "--all", "main:net.py", ""])
def test_a_reference_that_does_not_exist_is_refused_with_what_to_fetch(repository, ref):
    with pytest.raises(UsageError, match="fetch-depth: 0") as caught:
        resolve_base(repository, ref)
    assert f'received "{ref}"' in str(caught.value)


def test_without_a_common_ancestor_the_reference_itself_is_base(repository):
    git(repository, "checkout", "--quiet", "--orphan", "other")
    commit(repository, {"net.py": "unrelated"})
    found = resolve_base(repository, "main")
    assert (found.ref, found.is_merge_base) == ("main", False)
    assert found.number == git(repository, "rev-parse", "main")


def test_a_folder_outside_any_repository_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not a git repository"):
        find_repository(tmp_path)


def test_a_repository_without_commits_is_refused(tmp_path):
    git(tmp_path, "init", "--quiet")
    with pytest.raises(UsageError, match="expected a repository with commits"):
        describe_head(tmp_path)


@pytest.mark.parametrize(
    ("files", "is_changed"),
    [
        ({}, False),
        ({"net.py": "edited"}, True),
        ({"new.py": "imported"}, True),
        ({"comment.md": "a result"}, False),
    ],
)
def test_uncommitted_changes_are_stated(repository, files, is_changed):
    write_files(repository, files)
    text = describe_head(repository)
    assert text.endswith(", with uncommitted changes") is is_changed
    assert git(repository, "rev-parse", "HEAD")[:10] in text


def test_a_checkout_has_the_files_of_base_and_is_removed(repository):
    write_files(repository, {"net.py": "edited"})
    with check_out(repository, resolve_base(repository, "main")) as tree:
        assert (tree / "net.py").read_text() == "old"
        assert not (tree / "other.py").exists()
    assert not tree.exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1
    assert (repository / "net.py").read_text() == "edited"


def test_a_commit_that_cannot_be_checked_out_is_refused(repository):
    with (
        pytest.raises(UsageError, match=r"cannot check out main \(0000000000\)"),
        check_out(repository, Commit(ref="main", number="0" * 40)),
    ):
        pass


def test_missing_git_and_a_hanging_one_are_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git on the PATH"):
        run_git(tmp_path, "status")

    def hang(*_, **__):
        raise subprocess.TimeoutExpired("git", 1.0)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(UsageError, match="git status: no answer within"):
        run_git(tmp_path, "status")


def test_the_hooks_of_a_repository_are_not_run(repository, tmp_path):
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    with check_out(repository, resolve_base(repository, "main")):
        pass
    assert not (tmp_path / "ran").exists()


def test_the_folder_decides_also_where_a_hook_names_another_repository(
    repository, tmp_path, monkeypatch
):
    other = make_repository(tmp_path / "other", {"net.py": "other"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert find_repository(repository) == repository
