"""A plugin for asv: an environment that is the current interpreter for every commit.

asv has an environment for the current interpreter, ``existing``, but refuses
``--interleave-rounds`` in it, because it cannot install the commits there. Here nothing
has to be installed: all commits time the same code.
"""

from __future__ import annotations

import sys

from asv import util
from asv.environment import Environment


class SameCode(Environment):
    """The current interpreter, in which every commit counts as installed."""

    tool_name = "same-code"

    def __init__(self, conf, python, requirements, tagged_env_vars):
        self._python = python
        self._requirements = requirements
        super().__init__(conf, python, requirements, tagged_env_vars)

    @classmethod
    def matches(cls, python):
        """Return whether asv may choose this environment: only by its name."""
        return False

    def check_presence(self):
        return True

    def create(self):
        """Do nothing: the interpreter exists."""

    def install_project(self, conf, repo, commit_hash=None):
        self._set_commit_hash(commit_hash)

    def run(self, args, **options):
        return util.check_output([sys.executable, *args], **options)
