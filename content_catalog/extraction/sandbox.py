"""What the child process may do: read what it was handed, think, answer. Nothing else.

Each wall is put up where the system has it, and ``enter`` returns the names of those that stand:

* ``limits``: memory, processor time, open files, and no file can be written (POSIX rlimits);
* ``files``: only the program's own folders and the system's fonts can be opened (Landlock);
* ``calls``: no sockets, no programs, no signals, no looking into other processes (seccomp);
* ``network``: an empty network of its own (namespaces);
* ``user``: when started by root, the user "nobody".
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

NOBODY = 65534
PR_SET_NO_NEW_PRIVS = 38
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
OPEN_FILES = 64

# The same numbers on every architecture.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_READ = 0b1100  # read a file, list a folder
# How many kinds of access to files each version of Landlock knows.
LANDLOCK_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
LANDLOCK_NETWORK_SINCE, LANDLOCK_SCOPES_SINCE = 4, 6

# socket socketpair connect bind listen accept accept4 ptrace process_vm_readv process_vm_writev
# execve execveat kill tkill mount unshare setns bpf perf_event_open open_by_handle_at
# io_uring_setup pidfd_open pidfd_getfd pidfd_send_signal userfaultfd keyctl add_key
FORBIDDEN_CALLS = {
    "x86_64": (
        0xC000003E,
        "41 53 42 49 50 43 288 101 310 311 59 322 62 200 165 272 308 321 298 "
        "304 425 434 438 424 323 250 248 57 58",
    ),
    "aarch64": (
        0xC00000B7,
        "198 199 203 200 201 202 242 117 270 271 221 281 129 130 40 97 268 280 "
        "241 265 425 434 438 424 282 219 217",
    ),
}
X32_CALLS = 0x40000000


def limit_memory(memory_bytes: int) -> None:
    """Cap the address space at ``memory_bytes`` and the open files; forbid writing any file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_processor(seconds: int) -> None:
    """Let this process use ``seconds`` more of processor time from now on, then it is ended."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = used + seconds
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))


def enter(readable: Iterable[Path]) -> list[str]:
    """Put up every wall this system has; only ``readable`` folders can be opened afterwards."""
    walls = ["limits"]
    libc = ctypes.CDLL(None, use_errno=True)
    if not sys.platform.startswith("linux"):
        return walls
    if libc.unshare(CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
        walls.append("network")
    if os.geteuid() == 0 and _become_nobody():
        walls.append("user")
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _close_files(libc, readable):
        walls.append("files")
    if _forbid_calls(libc):
        walls.append("calls")
    return walls


def _become_nobody() -> bool:
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except OSError:
        return False
    return True


def _close_files(libc: ctypes.CDLL, readable: Iterable[Path]) -> bool:
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    rights = (1 << LANDLOCK_FILE_RIGHTS[min(version, 5)]) - 1
    network = 0b11 if version >= LANDLOCK_NETWORK_SINCE else 0
    scopes = 0b11 if version >= LANDLOCK_SCOPES_SINCE else 0
    fields = [rights] + [network] * (version >= 4) + [scopes] * (version >= 6)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    rules = libc.syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    for folder in readable:
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            rule = struct.pack("=Qi", LANDLOCK_READ, descriptor)
            libc.syscall(LANDLOCK_ADD_RULE, rules, 1, rule, 0)
            os.close(descriptor)
    done = libc.syscall(LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)
    return bool(done == 0)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _forbid_calls(libc: ctypes.CDLL) -> bool:
    if platform.machine() not in FORBIDDEN_CALLS:
        return False
    architecture, numbers = FORBIDDEN_CALLS[platform.machine()]
    calls = [int(number) for number in numbers.split()]
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    allow, refuse = 0x7FFF0000, 0x00050001  # go on; "operation not permitted"
    # A jump counts the steps to skip. After the four steps below come one test for each call, then
    # "allow", then "refuse", which is what every hit must reach.
    tests = len(calls)
    steps = [
        (load, 0, 0, 4),  # the architecture the call was made for
        (equal, 0, tests + 3, architecture),
        (load, 0, 0, 0),  # the number of the call
        (at_least, tests + 1, 0, X32_CALLS),
    ]
    steps += [(equal, tests - place, 0, call) for place, call in enumerate(calls)]
    steps += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    done = libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return bool(done == 0)
