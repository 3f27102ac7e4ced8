"""Named points at which a test may end the process, to prove that a crash there loses nothing.

Armed only when ``FINDER_TEST_FAULT`` names the point; the server refuses to start with it set
unless ``FINDER_TEST_BUILD`` is set as well.
"""

from __future__ import annotations

import os


def fault(point: str) -> None:
    """End the process at once, as a power cut would, when the test asked for this point."""
    if os.environ.get("FINDER_TEST_FAULT") == point:
        os._exit(137)
