"""Draw charts in this process: specifications in, SVG out, one line of JSON each.

`compare.render.charts` starts it, so that a chart that ends the converter ends only
this process. Run as ``python -m compare.render.drawing TIME_LIMIT_S``.
"""

from __future__ import annotations

import json
import signal
import sys

from compare.render.svg import render_svg

MAX_REASON = 300  # characters


def main() -> None:
    """Draw each chart of standard input; the system ends one that takes too long."""
    time_limit_s = int(sys.argv[1])
    for line in sys.stdin:
        signal.alarm(time_limit_s)  # without a handler: it ends the process
        request = json.loads(line)
        try:
            reply = {"svg": render_svg(request["spec"], ident=request["ident"])}
        except Exception as error:  # noqa: BLE001 - reported; costs one chart
            words = f"{type(error).__name__}: {error}".split()
            reply = {"reason": " ".join(words)[:MAX_REASON]}
        signal.alarm(0)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
