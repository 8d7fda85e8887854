"""Draw charts in a child process, so that a failure costs one chart, not the report.

The converter is a large program in another language: a control character in a text, or
a limit on address space, ends its process without an exception.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from compare.render.visible import make_all_visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.render.svg import Spec

TIME_LIMIT_S = 60  # of one chart
MAX_FAILURES = 3  # in succession; then no other chart is tried
NOT_TRIED = f"not tried, because {MAX_FAILURES} charts in succession failed"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart to draw; the identifiers in its SVG begin with `ident`."""

    spec: Spec
    ident: str


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart as SVG; without SVG, the reason why it is missing."""

    svg: str = ""
    reason: str = ""


def draw_charts(
    charts: Sequence[Chart], *, time_limit_s: int = TIME_LIMIT_S
) -> list[Drawing]:
    """Return every chart as SVG, or the reason why it could not be drawn.

    One process draws all of them. If a chart ends it, another one draws the rest.
    """
    if not charts:
        return []
    with _Drawer(time_limit_s) as drawer:
        return list(_draw_each(charts, drawer))


def _draw_each(charts: Sequence[Chart], drawer: _Drawer) -> Iterator[Drawing]:
    failures = 0
    for chart in charts:
        if failures < MAX_FAILURES:
            drawing = drawer.draw(chart)
            failures = failures + 1 if drawing.reason else 0
            yield drawing
        else:
            yield Drawing(reason=NOT_TRIED)


class _Drawer:
    """The child process that draws; use it as a context manager."""

    def __init__(self, time_limit_s: int) -> None:
        self._time_limit_s = time_limit_s
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Return the drawer; the first chart starts its process."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the process: everything that it drew was received."""
        if self._process:
            self._process.kill()
            self._process.communicate()

    def draw(self, chart: Chart) -> Drawing:
        """Draw one chart; the next one gets a new process if this one ends it."""
        request = {"spec": make_all_visible(chart.spec), "ident": chart.ident}
        try:
            self._process = self._process or self._spawn()
            reply = _ask(self._process, json.dumps(request))
        except OSError as error:
            return Drawing(reason=f"no process could be started: {error.strerror}")
        if reply.endswith("\n"):
            return Drawing(**json.loads(reply))
        self._process.communicate()  # it has ended
        code, self._process = self._process.returncode, None
        return Drawing(reason=self._describe_exit(code))

    def _spawn(self) -> subprocess.Popen[str]:
        module = "compare.render.drawing"
        return subprocess.Popen(
            [sys.executable, "-m", module, f"{self._time_limit_s}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="ascii",
            start_new_session=True,  # Ctrl-C reaches the parent only
        )

    def _describe_exit(self, code: int) -> str:
        if code == -signal.SIGALRM:
            return f"it took longer than {self._time_limit_s} s to draw"
        names = {-each: each.name for each in signal.Signals}
        how = names.get(code, f"exit code {code}")
        return (
            f"the process that draws ended with {how}, for example because memory is "
            "limited"
        )


def _ask(process: subprocess.Popen[str], request: str) -> str:
    """Return the line that answers a line; without its end if the process ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # reading then returns what is left
        process.stdin.write(f"{request}\n")
        process.stdin.flush()
    return process.stdout.readline()
