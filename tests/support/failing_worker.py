"""A real worker that fails in one mode.

``failing_worker.py MODE HOW REQUESTS REPLIES``. In the mode MODE it fails in one way:

- ``exits``: it exits at its first block;
- ``saves nothing``: it replies to a request for a snapshot without saving one;
- ``profiles``: it exits when it is profiled;
- ``steps in no time``: its steps take 0 ns;
- ``diverges``: the losses of its training are not finite.
"""

from __future__ import annotations

import os
import sys
from math import inf, nan

from compare.workers import messages, worker

MODE, HOW = sys.argv[1:3]
WARM = {"captures_count": 1, "peak_rss_bytes": 1, "peak_device_bytes": None}
REPLIES = {
    ("steps in no time", messages.WarmUp): messages.Warm(step_ns=0.0, **WARM),
    ("diverges", messages.Epoch): messages.EpochDone(
        train_loss=nan, valid_loss=inf, valid_accuracy=0.25
    ),
}


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
            if (HOW, type(request)) in REPLIES:
                super().handle(request)  # it also writes files
                return REPLIES[HOW, type(request)]
        return super().handle(request)


if __name__ == "__main__":
    sys.argv[1:3] = []
    worker.RequestHandler = FailingHandler
    worker.main()
