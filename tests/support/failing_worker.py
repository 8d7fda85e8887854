"""A real worker that fails in one mode.

``failing_worker.py MODE HOW REQUESTS REPLIES``. In the mode MODE it fails in one way:

- ``exits``: it exits at its first block;
- ``saves nothing``: it replies to a request for a snapshot without saving one;
- ``profiles``: it exits when it is profiled.
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
            if HOW == "exits" and isinstance(request, messages.Block):
                print("out of luck", flush=True)
                os._exit(3)
            if HOW == "profiles" and isinstance(request, messages.RecordProfile):
                print("nothing to see here", flush=True)
                os._exit(4)
            if HOW == "saves nothing" and isinstance(request, messages.TakeSnapshot):
                return messages.Done()
        return super().handle(request)


if __name__ == "__main__":
    sys.argv[1:3] = []
    worker.RequestHandler = FailingHandler
    worker.main()
