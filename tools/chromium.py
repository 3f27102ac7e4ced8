"""Find the Chromium that the browser tests drive; install it where that is ours to do.

``python tools/chromium.py`` prints the path of the browser, or says in one sentence on standard
error what to install and exits with 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-liberation")
ADVICE = (
    "The browser tests need Chromium: install it (on Debian: apt install chromium), "
    "or name one with CHROME=/path/to/chrome make test."
)


class NoChromium(Exception):
    """There is no browser to drive; the message says what to do."""


def main() -> int:
    """Print the browser's path. Returns the exit status."""
    try:
        print(find(os.environ) or installed(os.environ))
    except NoChromium as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def find(environment: Mapping[str, str]) -> str | None:
    """The browser named by ``CHROME``, else the first known name on ``PATH``, else None.

    Raises NoChromium when ``CHROME`` names something that cannot be started.
    """
    path = environment.get("PATH")
    chosen = environment.get("CHROME")
    if chosen:
        found = shutil.which(chosen, path=path)
        if found is None:
            raise NoChromium(f"CHROME is set to {chosen}, which cannot be started.")
        return found
    return next((found for name in NAMES if (found := shutil.which(name, path=path))), None)


def installed(environment: Mapping[str, str]) -> str:
    """Install Chromium with apt and return its path.

    Only as root on Debian: elsewhere it would be somebody else's machine, and Ubuntu's package of
    that name needs snap. Raises NoChromium otherwise, or when apt fails.
    """
    if os.geteuid() != 0 or not is_debian(Path("/etc/os-release")):
        raise NoChromium(ADVICE)
    print("Installing Chromium with apt", file=sys.stderr, flush=True)
    quiet = {**environment, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(
            command, env=quiet, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(), check=False
        )
        if done.returncode:
            raise NoChromium(f"apt could not install Chromium ({' '.join(command[:2])}). {ADVICE}")
    found = find(environment)
    if found is None:
        raise NoChromium(ADVICE)
    return found


def is_debian(os_release: Path) -> bool:
    """Whether the file, in the form of ``/etc/os-release``, describes Debian itself."""
    try:
        lines = os_release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return any(line.strip().replace('"', "") == "ID=debian" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
