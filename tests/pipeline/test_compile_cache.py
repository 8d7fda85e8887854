"""The shared compile cache: only a private one is used, and its size is bounded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from compare.errors import RunError
from compare.pipeline.compile_cache import find_cache_folder, trim_cache

AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can change owners")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return an empty home folder of this user."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return folder


def test_the_cache_is_created_below_home_for_this_user_only(home):
    folder = find_cache_folder()
    assert folder == home / ".cache" / "graph-compare"
    assert folder.stat().st_mode & 0o077 == 0
    assert find_cache_folder() == folder


@pytest.mark.parametrize("name", [".", ".cache", ".cache/graph-compare"])
@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
def test_a_cache_that_others_can_write_to_or_replace_is_not_used(home, name, mode):
    find_cache_folder()
    (home / name).chmod(mode)
    with pytest.raises(RunError, match=r"others can write to .*chmod go-w"):
        find_cache_folder()


@AS_ROOT
def test_a_cache_of_another_user_is_not_used(home):
    os.chown(find_cache_folder(), 12345, 12345)
    with pytest.raises(RunError, match="belongs to user 12345"):
        find_cache_folder()


def test_a_link_to_a_folder_that_others_can_write_to_is_not_used(home, tmp_path):
    elsewhere = tmp_path / "open" / "cache"
    elsewhere.mkdir(parents=True)
    elsewhere.parent.chmod(0o777)
    (home / ".cache").symlink_to(elsewhere)
    with pytest.raises(RunError, match="others can write to"):
        find_cache_folder()


def test_a_folder_below_a_sticky_one_is_used(tmp_path, monkeypatch):
    tmp_path.chmod(0o1777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    assert find_cache_folder() == tmp_path / "mine" / "graph-compare"


def test_without_a_home_folder_there_is_no_cache(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(RunError, match=r"no home folder.*XDG_CACHE_HOME"):
        find_cache_folder()


def test_a_home_folder_that_is_a_file_gives_no_cache(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RunError, match="file"):
        find_cache_folder()


def test_the_oldest_entries_are_removed_until_the_rest_is_small_enough(tmp_path):
    for number, name in enumerate(("torch/old", "tf/middle", "torch/new")):
        entry = tmp_path / name / "code"
        entry.mkdir(parents=True)
        (entry / "kernel.so").write_bytes(bytes(100_000))
        for path in (entry / "kernel.so", entry, entry.parent):
            os.utime(path, (number, number))
    trim_cache(tmp_path, max_bytes=250_000)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*")}
    assert left == {"tf/middle", "torch/new"}
    trim_cache(tmp_path, max_bytes=0)
    assert not list(tmp_path.glob("*/*"))
