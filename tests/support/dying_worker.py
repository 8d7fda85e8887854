"""A real worker that dies or lies if it runs the mode named first.

``dying_worker.py MODE dies|lies|profiles REQUESTS REPLIES``: dies at its first block,
says that it saved a snapshot and saves none, or dies when it is profiled.
"""

from __future__ import annotations

import os
import sys

from compare.workers import messages, worker

MODE, HOW = sys.argv[1:3]


class DyingHost(worker.Host):
    """Does so where it is told to, and says so in its log."""

    def answer(self, request):
        if isinstance(request, messages.Prepare):
            self.mode = request.mode
        if getattr(self, "mode", None) == MODE:
            if HOW == "dies" and isinstance(request, messages.Block):
                print("out of luck", flush=True)
                os._exit(3)
            if HOW == "profiles" and isinstance(request, messages.Profile):
                print("nothing to see here", flush=True)
                os._exit(4)
            if HOW == "lies" and isinstance(request, messages.TakeSnapshot):
                return messages.Done()
        return super().answer(request)


if __name__ == "__main__":
    sys.argv[1:3] = []
    worker.Host = DyingHost
    worker.main()
