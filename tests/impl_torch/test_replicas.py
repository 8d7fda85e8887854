"""Replicas of PyTorch compute what one process computes, or are refused."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from compare.frameworks import find_framework
from tests.impl_torch.test_rounding import ROOT, run_module
from tests.support.long import RUNS_LONG, long_test

pytestmark = pytest.mark.torch

DEFECTS = (
    "gradients summed",
    "gradients not averaged",
    "same share",
    "uneven shares weigh the same",
    "parameters out of step",
)


@pytest.fixture(scope="module")
def found():
    """Return what `replica_checks` prints; this process imports no framework."""
    chosen = ["compiled"] if RUNS_LONG else []
    return run_module("tests.impl_torch.replica_checks", *chosen)


def test_replicas_agree_with_one_process_on_uneven_shares(found):
    assert found["disagreements"][""] == []


@long_test
def test_compiled_replicas_agree_and_capture_forward_and_backward(found):
    assert found["compiled"] == []
    assert found["captured"] == "forward+backward"


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_of_replicas_disagrees(found, defect):
    assert found["disagreements"][defect]


def test_a_replica_that_is_killed_in_a_step_is_named_at_once(found):
    message, seconds = found["ends"]["killed in a step"]
    assert message.startswith("replica 1, numbered from 0, was ended by SIGKILL: ")
    assert seconds < 30


def test_a_replica_that_raises_in_a_step_is_named_at_once(found):
    message, seconds = found["ends"]["error in a step"]
    assert message.startswith("replica 1, numbered from 0, exited with code 1: ")
    assert seconds < 30


LEADER = """
import os, time
import torch
from impl_torch import replica_process, replicas

replicas.configure(replicas=2)
group = replica_process.GROUPS[2]
group.join()
print(group._others[0][0].pid, flush=True)
torch.distributed.all_reduce(torch.zeros(1))  # the other never takes part
"""


def test_a_replica_ends_with_the_first_one():
    with subprocess.Popen(
        [sys.executable, "-c", LEADER], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as leader:
        other = psutil.Process(int(leader.stdout.readline()))
        leader.kill()
    other.wait(30)
    assert not other.is_running()


def test_batch_normalization_of_shares_is_not_that_of_the_batch(found):
    assert found["normalized"] > 0.01
    assert found["refused"].startswith("the model keeps statistics of its batch in ")


@pytest.mark.parametrize("mode", ["script", "trace", "compile-step"])
def test_a_mode_that_is_refused_for_replicas_fails_with_them(found, mode):
    assert find_framework("torch").replication.refused[mode]
    assert found["alone"][mode]
