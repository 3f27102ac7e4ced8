"""Ending a process in the middle: a child does the work and is not there any more."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

HANG_SECONDS = 60
KILLED_AT_POINT = 137


def in_child(work: Callable[[], object], *, fault: str = "", kill_after: float = 0) -> int:
    """The child's exit status: 0 when it came to the end, 137 at the named point, -9 when killed.

    The child opens everything itself: nothing that is open here may be used there.
    """
    child = os.fork()
    if not child:
        status = 1
        try:
            if fault:
                os.environ["FINDER_TEST_FAULT"] = fault
            work()
            status = 0
        finally:
            os._exit(status)
    if kill_after:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the child hangs")
