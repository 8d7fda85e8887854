"""Keep a processor busy with matrix products until the parent process exits.

The parent kills this process. If the parent is killed itself, this process exits.
"""

from __future__ import annotations

import os
import sys

import numpy as np

SIZE = 256


def main() -> None:
    """Print a line when the work starts."""
    parent = int(sys.argv[1])
    matrix = np.random.default_rng(0).standard_normal((SIZE, SIZE))
    print("busy", flush=True)
    while os.getppid() == parent:
        matrix @ matrix


if __name__ == "__main__":
    main()
