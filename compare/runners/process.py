"""Start a runner process, send requests, enforce time limits, clean up."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Self

from compare.runners.building import RunnerError
from compare.runners.serving import REASON_CHARACTERS
from compare.wording import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READY_LIMIT_S = 120.0
BLOCK_LIMIT_S = 60.0
EXIT_S = 2.0  # for a runner that closed its output to exit, so that its code is known
READY = re.compile(r"ready (\d+)")  # with nanoseconds, as all durations
ELAPSED = re.compile(r"(\d+)")
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class RunnerProcess:
    """A runner with a loaded model; use it as a context manager.

    Attributes:
        start_s: from the start of the process until every case has run once.
        load_s: of that, loading the model.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cores: Sequence[int],
        log: Path,
    ) -> None:
        """Start a process on some processors; wait until its cases have run.

        Args:
            command: the runner, the model, names of inputs and outputs, and the cases.
            environment: of the process.
            cores: that it may use.
            log: file for what it prints on stderr.

        Raises:
            RunnerError: it failed or took too long.
        """
        self._log = log
        start = perf_counter()
        with log.open("wb") as errors:
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=dict(environment),
                    bufsize=0,
                )
            except OSError as error:
                raise RunnerError(
                    f"the runner {command[0]} cannot be started: {error.strerror}. "
                    "Check that this file exists and that its file system permits "
                    "programs to be run"
                ) from error
        self._received = b""
        try:
            self._pin(cores)
            self.load_s = self._read_seconds(READY, limit_s=READY_LIMIT_S)
        except BaseException:
            self.close()
            raise
        self.start_s = perf_counter() - start

    def __enter__(self) -> Self:
        """Return the runner, which is ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def time_calls(self, calls: int) -> float:
        """Run the first case `calls` times; return the seconds of all.

        Raises:
            RunnerError: the runner failed or took too long.
        """
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the reason is found by reading
            self._process.stdin.write(f"{calls}\n".encode())
        return self._read_seconds(ELAPSED, limit_s=BLOCK_LIMIT_S)

    def peak_rss_bytes(self) -> int | None:
        """Return the peak of resident memory so far; None if it cannot be read."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        except OSError:
            return None
        found = PEAK.search(status)
        return int(found.group(1)) * 1024 if found else None

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _pin(self, cores: Sequence[int]) -> None:
        """Move the process to some processors.

        It has just started: its later threads inherit them.
        """
        if hasattr(os, "sched_setaffinity"):
            with suppress(ProcessLookupError):  # it has ended
                os.sched_setaffinity(self._process.pid, cores)

    def _read_seconds(self, reply: re.Pattern[str], *, limit_s: float) -> float:
        """Return the duration in the next line that the runner prints.

        Raises:
            RunnerError: it ended, took too long, or printed something else.
        """
        line = self._read_line(limit_s)
        if (found := reply.fullmatch(line)) is None:
            raise RunnerError(
                "the runner sent an invalid reply: "
                f"{shorten(line, limit=REASON_CHARACTERS)}"
            )
        return int(found.group(1)) / 1e9

    def _read_line(self, limit_s: float) -> str:
        """Return the next line that the runner prints.

        Raises:
            RunnerError: it ended, or took too long.
        """
        assert self._process.stdout is not None
        end = monotonic() + limit_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._received:
                if not selector.select(max(0.0, end - monotonic())):
                    raise RunnerError(f"the runner did not answer within {limit_s:g} s")
                piece = os.read(self._process.stdout.fileno(), 2**16)
                if not piece:
                    raise RunnerError(self._describe_end())
                self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        return line.decode(errors="replace")

    def _describe_end(self) -> str:
        """Return why the runner ended: the last line that it printed on stderr."""
        try:
            code = self._process.wait(EXIT_S)
        except subprocess.TimeoutExpired:
            return "the runner closed its output"
        lines = self._log.read_text("utf-8", errors="replace").splitlines()
        message = next((line.strip() for line in reversed(lines) if line.strip()), "")
        ended = f"ended by signal {-code}" if code < 0 else f"exited with code {code}"
        return shorten(f"the runner {ended}: {message}", limit=REASON_CHARACTERS)
