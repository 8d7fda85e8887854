"""A worker that does one thing wrong, which its first argument names."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

how, requests, replies = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
MARK = b"GCM1"


def write_slowly() -> None:
    """Announce a message and send it so slowly that it never ends."""
    os.write(replies, MARK + struct.pack(">I", 2**23))
    while True:
        os.write(replies, bytes(1))
        time.sleep(0.05)


def print_without_end() -> None:
    """Print one line again and again."""
    while True:
        os.write(1, b"a line that is printed again and again\n" * 1000)


if how == "does not read":
    time.sleep(600)
os.read(requests, 1 << 16)
if how == "leaves a file":
    tempfile.mkstemp(prefix="left")
    raise SystemExit(0)
print("the last line of output", flush=True)
if how == "crashes":
    raise SystemExit(7)
if how == "is killed":
    os.kill(os.getpid(), signal.SIGKILL)
if how == "is killed by a signal without a name":
    os.kill(os.getpid(), 40)
if how == "hangs":
    time.sleep(600)
if how == "prints garbage":
    os.write(replies, b"\x00Segmentation soup\n")
if how == "sends another reply":
    # An Elapsed of one second, in MessagePack.
    body = b"\x82\xa4type\xa7Elapsed\xa7seconds\xcb" + struct.pack(">d", 1.0)
    os.write(replies, MARK + struct.pack(">I", len(body)) + body)
if how == "hangs after it is prepared":
    # A Prepared with a cycle of three batches.
    body = b"\x83\xa4type\xa8Prepared\xa9prepare_s\xcb" + struct.pack(">d", 1.0)
    body += b"\xa5cycle\x03"
    os.write(replies, MARK + struct.pack(">I", len(body)) + body)
if how == "announces a large reply":
    os.write(replies, MARK + struct.pack(">I", 2**31))
if how == "sends a reply without end":
    while True:
        os.write(replies, bytes(2**16))
if how == "writes slowly":
    write_slowly()
if how == "prints without end":
    print_without_end()
if how == "prints a long line":
    print("x" * 10_000_000, flush=True)
    raise SystemExit(7)
if how == "never returns to Python":
    subprocess.Popen(["sleep", "600"])
    print("started", flush=True)
    ctypes.PyDLL(None).sleep(600)  # keeps the lock of the interpreter
time.sleep(600)
