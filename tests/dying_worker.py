"""A real worker that dies at its first block if it runs the mode named first."""

from __future__ import annotations

import os
import sys

from compare import messages, worker


class DyingHost(worker.Host):
    """Dies where it is told to, and says so in its log."""

    def answer(self, request):
        if isinstance(request, messages.Prepare):
            self.mode = request.mode
        if isinstance(request, messages.Block) and self.mode == sys.argv[3]:
            print("out of luck", flush=True)
            os._exit(3)
        return super().answer(request)


if __name__ == "__main__":
    sys.argv = [sys.argv[0], *sys.argv[2:], sys.argv[1]]
    worker.Host = DyingHost
    worker.main()
