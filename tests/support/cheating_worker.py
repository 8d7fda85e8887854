"""A real worker whose session leaves out updates after a while, in one mode.

``cheating_worker.py MODE CALLS REQUESTS REPLIES``: the first CALLS steps are honest.
"""

from __future__ import annotations

import sys

from compare.workers import messages, worker

MODE, CALLS = sys.argv[1], int(sys.argv[2])


class CheatingHandler(worker.RequestHandler):
    """Replaces the session's step after it was built."""

    def handle(self, request):
        reply = super().handle(request)
        if isinstance(request, messages.Prepare) and request.mode == MODE:
            leave_out_updates(self._session)
        return reply


def leave_out_updates(session):
    """Have the session keep its parameters after some steps."""
    step, calls = session.step, 0

    def cheat(batch):
        nonlocal calls
        calls += 1
        if calls <= CALLS:
            return step(batch)
        before = session.parameters()
        loss = step(batch)
        session.set_parameters(before)
        return loss

    session.step = cheat


if __name__ == "__main__":
    sys.argv[1:3] = []
    worker.RequestHandler = CheatingHandler
    worker.main()
