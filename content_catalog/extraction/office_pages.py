"""Office files as PDF, by LibreOffice where it is installed, so that their pages can be drawn.

The program runs in its own process group with limits on time, memory and output, without network
where the system allows it, in a folder of its own that is removed afterwards. Where it is not
installed there are no page images, and the text view stands alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from content_catalog.extraction.derived import write_whole
from content_catalog.extraction.sandbox import NOBODY
from content_catalog.extraction.types import Limits, MediaKind

CONVERTED = "converted.pdf"
PROGRAMS = ("soffice", "libreoffice")
# The program maps far more memory than it uses, so the cap is wider than for our own child.
MEMORY_FACTOR = 4
OPEN_FILES = 1024
START = """
import ctypes, os, resource, sys
memory, seconds, output, files, user = map(int, sys.argv[1:6])
for kind, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds),
                    (resource.RLIMIT_FSIZE, output), (resource.RLIMIT_NOFILE, files),
                    (resource.RLIMIT_CORE, 0)):
    resource.setrlimit(kind, (value, value))
if sys.platform.startswith("linux"):
    libc = ctypes.CDLL(None)
    if libc.unshare(0x40000000) != 0:
        libc.unshare(0x50000000)
    libc.prctl(38, 1, 0, 0, 0)
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(user); os.setuid(user)
os.execv(sys.argv[6], sys.argv[6:])
"""


def office_program() -> str | None:
    """Path of LibreOffice when it is installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def converted(derived_dir: Path) -> Path | None:
    """The PDF made of an office file earlier, if there is one."""
    path = derived_dir / CONVERTED
    return path if path.is_file() else None


def convert(path: Path, kind: MediaKind, derived_dir: Path, limits: Limits) -> str | None:
    """Make ``converted.pdf`` in ``derived_dir``. Returns None, or why it could not be made."""
    program = office_program()
    if program is None:
        return "Page images of office files need LibreOffice, which is not installed."
    with tempfile.TemporaryDirectory(prefix="office-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = folder / f"document.{kind.value}"
        shutil.copyfile(path, source)
        if os.geteuid() == 0:
            for owned in (folder, source):
                os.chown(owned, NOBODY, NOBODY)
        if not _run(program, source, folder, limits):
            return "Drawing the pages took too long and was stopped."
        made = source.with_suffix(".pdf")
        # A link here would make us read a file of somebody else's choice.
        if made.is_symlink() or not made.is_file():
            return "LibreOffice could not draw the pages of this file."
        write_whole(derived_dir / CONVERTED, made.read_bytes())
    return None


def _run(program: str, source: Path, folder: Path, limits: Limits) -> bool:
    """Run the conversion in ``folder``. False when it went over its time."""
    numbers = (
        limits.memory_bytes * MEMORY_FACTOR,
        limits.cpu_seconds,
        limits.output_bytes,
        OPEN_FILES,
        NOBODY,
    )
    command = [sys.executable, "-I", "-c", START, *map(str, numbers), program]
    command += ["--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"]
    command += [f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    command += ["--convert-to", "pdf", "--outdir", str(folder), str(source)]
    process = subprocess.Popen(
        command,
        env={"HOME": str(folder), "TMPDIR": str(folder), "PATH": os.defpath, "LANG": "C.UTF-8"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(limits.wall_seconds)
    except subprocess.TimeoutExpired:
        return False
    finally:
        # LibreOffice starts helpers of its own: the whole group goes.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return True
