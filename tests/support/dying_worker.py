"""A real worker that fails in one mode.

``dying_worker.py MODE dies|lies|profiles REQUESTS REPLIES``. In the mode MODE it exits
at its first block (``dies``), replies that it saved a snapshot without saving one
(``lies``), or exits when it is profiled (``profiles``).
"""

from __future__ import annotations

import os
import sys

from compare.workers import messages, worker

MODE, HOW = sys.argv[1:3]


class FailingHandler(worker.RequestHandler):
    """Fails at the request that HOW names, and prints a line before it exits."""

    def handle(self, request):
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
        return super().handle(request)


if __name__ == "__main__":
    sys.argv[1:3] = []
    worker.RequestHandler = FailingHandler
    worker.main()
