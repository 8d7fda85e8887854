"""A worker that does one thing wrong, which its first argument names."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time

how, requests, replies = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.read(requests, 1 << 16)
if how == "leaves a file":
    tempfile.mkstemp(prefix="left")
    raise SystemExit(0)
print("the last line of output", flush=True)
if how == "crashes":
    raise SystemExit(7)
if how == "is killed":
    os.kill(os.getpid(), signal.SIGKILL)
if how == "hangs":
    time.sleep(600)
if how == "prints garbage":
    os.write(replies, b"\x00Segmentation soup\n")
if how == "sends another reply":
    os.write(replies, b'{"type":"Elapsed","seconds":1.0}\n')
time.sleep(600)
