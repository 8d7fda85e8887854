"""Judge mutants in forked processes, several at a time, each with a time limit.

The parent has imported everything except what is mutated, so that a child only imports
the mutated package and what imports it.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.machinery import SourceFileLoader
from multiprocessing import connection, get_context
from pathlib import Path
from time import monotonic
from typing import Any

from _pytest.assertion.rewrite import AssertionRewritingHook

from tests.mutation.mutant import ROOT, Mutant

Judge = Callable[[Mutant], str]  # returns what noticed the mutant; empty: nothing did
# A child that waits for something uses no processor time. It ends after this time.
LONGEST_S = 600.0
FORK = get_context("fork")


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMEOUT = "timeout"  # counts as killed: the original ends in time
    SURVIVED = "survived"
    NOT_JUDGED = "not judged"  # its code does not run on this machine


class NotJudgedError(Exception):
    """The mutated code does not run on this machine; the message states why."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A mutant and its outcome."""

    mutant: Mutant
    outcome: Outcome
    evidence: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Child:
    """A process that judges one mutant."""

    mutant: Mutant
    process: Any
    began: float


def judge_all(
    mutants: Iterable[Mutant], *, judge: Judge, jobs: int, cpu_limit_s: int
) -> Iterator[Judged]:
    """Yield the outcome of each mutant, in the order in which they end."""
    waiting, running = iter(mutants), {}
    while True:
        while len(running) < jobs and (mutant := next(waiting, None)):
            receiver, child = _start(mutant, judge=judge, cpu_limit_s=cpu_limit_s)
            running[receiver] = child
        if not running:
            return
        ended = connection.wait(running, timeout=0.2)
        for receiver, child in list(running.items()):
            seconds = monotonic() - child.began
            if receiver in ended or seconds > LONGEST_S:
                del running[receiver]
                yield _finish(receiver, child, seconds=seconds)


def _start(
    mutant: Mutant, *, judge: Judge, cpu_limit_s: int
) -> tuple[connection.Connection, Child]:
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_run, args=(mutant, judge, cpu_limit_s, sender))
    process.start()
    sender.close()
    return receiver, Child(mutant=mutant, process=process, began=monotonic())


def _run(
    mutant: Mutant, judge: Judge, cpu_limit_s: int, sender: connection.Connection
) -> None:
    """Judge a mutant in this process, a child without output, and end."""
    os.setpgrp()  # so that the parent also ends what this process starts
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_limit_s, cpu_limit_s + 1))
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    plant(mutant)
    try:
        evidence = judge(mutant)
        outcome = Outcome.KILLED if evidence else Outcome.SURVIVED
    except NotJudgedError as reason:
        outcome, evidence = Outcome.NOT_JUDGED, str(reason)
    except BaseException as error:  # noqa: BLE001 - any failure reveals the mutant
        outcome, evidence = Outcome.KILLED, f"{type(error).__name__}: {error}"
    sender.send((outcome, evidence))
    os._exit(0)  # no clean-up of what the parent imported


def _finish(receiver: connection.Connection, child: Child, *, seconds: float) -> Judged:
    """Receive a child's result, or end it; a child that crashed reveals its mutant."""
    outcome, evidence = Outcome.TIMEOUT, "no result within the time limit"
    if receiver.poll():
        try:
            outcome, evidence = receiver.recv()
        except EOFError:
            child.process.join()
            if child.process.exitcode != -signal.SIGXCPU:
                outcome, evidence = Outcome.KILLED, "the process crashed"
    try:
        os.killpg(child.process.pid, signal.SIGKILL)
    except ProcessLookupError:
        child.process.kill()
    child.process.join()
    receiver.close()
    return Judged(
        mutant=child.mutant,
        outcome=outcome,
        evidence=" ".join(evidence.split())[:200],
        seconds=seconds,
    )


def plant(mutant: Mutant) -> None:
    """Have this process import the mutated file in place of the original."""
    path = ROOT / mutant.file
    mutated = mutant.apply(path.read_bytes())
    loaded = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> Any:
        if Path(loader.path) == path:
            return compile(mutated, str(path), "exec", dont_inherit=True)
        return loaded(loader, name)

    # pytest loads the modules of distributions with a plugin by itself, to rewrite
    # their assertions.
    sys.meta_path[:] = [
        each for each in sys.meta_path if not isinstance(each, AssertionRewritingHook)
    ]
    SourceFileLoader.get_code = get_code
