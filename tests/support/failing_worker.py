"""A real worker that fails in one mode.

``failing_worker.py MODE HOW REQUESTS REPLIES``. In the mode MODE it fails in one way:

- ``exits``: it exits at its first block;
- ``saves nothing``: it replies to a request for a snapshot without saving one;
- ``saves text``: it saves a snapshot of text;
- ``profiles``: it exits when it is profiled;
- ``steps in no time``, ``steps forever``: its steps take 0 ns or 1e300 ns;
- ``starts in negative time``: its first step takes -1 s;
- ``is killed``: it ends by a signal without a name at its first block;
- ``diverges``: the losses of its training are not finite.
"""

from __future__ import annotations

import os
import sys
from math import inf, nan
from pathlib import Path

import numpy as np

from compare.numerics.arrays import save_arrays
from compare.workers import messages, worker

MODE, HOW = sys.argv[1:3]
WARM = {"captures_count": 1, "peak_rss_bytes": 1, "peak_device_bytes": None}
REPLIES = {
    ("steps in no time", messages.WarmUp): messages.Warm(step_ns=0.0, **WARM),
    ("steps forever", messages.WarmUp): messages.Warm(step_ns=1e300, **WARM),
    ("starts in negative time", messages.FirstCall): messages.Elapsed(seconds=-1.0),
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
            if HOW == "saves text" and isinstance(request, messages.TakeSnapshot):
                save_arrays(Path(request.save_to), {"loss": np.asarray("large")})
                return messages.Done()
            if HOW == "is killed" and isinstance(request, messages.Block):
                os.kill(os.getpid(), 40)
            if (HOW, type(request)) in REPLIES:
                return REPLIES[HOW, type(request)]
        return super().handle(request)


if __name__ == "__main__":
    sys.argv[1:3] = []
    worker.RequestHandler = FailingHandler
    worker.main()
