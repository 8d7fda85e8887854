"""Small git repositories with planted commits."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@example.org")

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 8)
        self.output = nn.Linear(8, 4)

    def forward(self, x):
        hidden = torch.tanh(self.hidden(x))
        return self.output(hidden)
"""


def git(folder: Path, *arguments: str) -> str:
    """Run a git command and return what it prints."""
    done = subprocess.run(
        ["git", *IDENTITY, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files and their folders."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit(folder: Path, files: Mapping[str, str]) -> str:
    """Commit files on the current branch; return the hash."""
    write_files(folder, files)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "planted")
    return git(folder, "rev-parse", "HEAD")


def make_repository(folder: Path, files: Mapping[str, str]) -> Path:
    """Return a new repository whose branch ``main`` has one commit with these files."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, {".gitignore": "reports/\n", **files})
    return folder.resolve()
