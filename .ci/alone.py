"""Run a command while nobody else does so here: `alone.py COMMAND...`. However it ends, its lock ends with it."""

import fcntl
import os
import sys

lock = os.open("requirements.txt", os.O_RDONLY)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Another make installs here; waiting for it ...", flush=True)
    fcntl.flock(lock, fcntl.LOCK_EX)
os.set_inheritable(lock, True)
os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 (make's own command)
