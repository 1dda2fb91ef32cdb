"""Limits that the operating system keeps, even inside a parser written in C."""

from __future__ import annotations

import re
import signal
import sys

MEMORY_EXIT = 71
"""How a process ends that could not get the memory it wanted."""


class Clock:
    """Ends the process where an item takes more processor time than it may.

    Windows has no such timer; there the parent alone watches the time.

    Args:
        seconds: Of processor time for each item, all threads together.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        if sys.platform != "win32":
            signal.signal(signal.SIGPROF, signal.SIG_DFL)

    def start(self) -> None:
        """Begin to count from zero."""
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_PROF, self._seconds)

    def stop(self) -> None:
        """Count nothing until the next start."""
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_PROF, 0)


def limit_memory(size: int) -> None:
    """Let this process have no more memory of its own than ``size`` bytes.

    What counts is what can be written to: mapped libraries are shared, and an allocator may
    reserve more addresses than it ever uses. Linux keeps this limit; elsewhere it may do nothing.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


_LIMITED = re.compile(r"(?:crashed, or )?(needed|took) more than ([\d.]+) (?:MB|s of processor)")
KILLED = "something else ended the reader"
SILENT = "gave no sign of life"
_OF_THE_MOMENT = (KILLED, SILENT, "needs ")  # the last where a program was not installed


def overcome(reason: str, seconds: float, memory: int) -> bool:
    """Whether a failure may not come again: limits were narrower, or the machine was to blame.

    Args:
        reason: As `reason_of` gives it.
        seconds: The present limit of processor time.
        memory: The present limit in bytes.
    """
    if reason.startswith(_OF_THE_MOMENT):
        return True
    found = _LIMITED.match(reason)
    if found is None:
        return False
    return float(found[2]) < (seconds if found[1] == "took" else memory >> 20)


def reason_of(code: int, seconds: float, memory: int) -> str:
    """Why a process ended, from its exit code (a signal's number, negated), for people."""
    if code == MEMORY_EXIT:
        return f"needed more than {memory >> 20} MB"
    if sys.platform != "win32" and code == -signal.SIGPROF:
        return f"took more than {seconds:g} s of processor time"
    if sys.platform != "win32" and code == -signal.SIGABRT:  # how C++ and Rust end for want of it
        return f"crashed, or needed more than {memory >> 20} MB"
    if sys.platform != "win32" and code == -signal.SIGKILL:  # a machine that lacks memory does so
        return KILLED
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"the reader crashed ({how})"
