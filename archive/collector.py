"""How often Python's garbage collector looks for cycles, in processes that read or crawl for long."""

from __future__ import annotations

import atexit
import gc
from typing import Final

# Pages and rows are freed by reference counts; what cycles there are may wait. By Python's own thresholds a worker
# that re-reads pages walks its rows for a fifth of its time.
_NEW_OBJECTS: Final = 10_000


def collect_seldom() -> None:
    """Let the collector pass over what start-up has made, which lives as long as the process, and come seldom."""
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        # Extension modules complain of leaks when the interpreter ends without having collected them.
        atexit.register(gc.unfreeze)
