"""Real programs under a moved clock: a preloaded library adds seconds to what the kernel says."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("clock.c")


class MovedClock:
    """The environment that lets a program believe it is another moment; skips where no library can be built."""

    def __init__(self, scratch: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None or not sys.platform.startswith("linux"):
            pytest.skip("needs a C compiler and Linux: the clock is moved by a preloaded library")
        self._library = scratch / "clock.so"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", self._library, SOURCE, "-ldl"], check=True)

    def at(self, moment: datetime) -> dict[str, str]:
        """The variables for a program that is to begin at ``moment`` (aware)."""
        return {
            "LD_PRELOAD": str(self._library),
            "CLOCK_OFFSET": str(round(moment.timestamp() - time.time())),
        }
