"""How processes that crawl or read for long treat their memory."""

from __future__ import annotations

import atexit
import ctypes
import gc
import sys
from typing import Final

import pyarrow as pa

# Pages and rows are freed by reference counts; what cycles there are may wait. By Python's own thresholds a worker
# that re-reads pages walks its rows for a fifth of its time.
_NEW_OBJECTS: Final = 10_000
# mallopt(3): larger blocks get pages of their own, which go back to the system when freed. Left alone, glibc raises
# the bound to the largest block that was freed, and after a few pages every body leaves a hole in the heap.
_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 128 * 1024


def collect_seldom() -> None:
    """Let the collector pass over what start-up has made, which lives as long as the process, and come seldom.

    What garbage is in it stays: some sixty objects, for which a collection would walk a hundred thousand.
    """
    # Python 3.12 has frozen some objects of its own by then.
    if gc.get_threshold()[0] != _NEW_OBJECTS:
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        # Extension modules complain of leaks when the interpreter ends without having collected them.
        atexit.register(gc.unfreeze)


def give_back_large_blocks() -> None:
    """Have the C library and Arrow give large blocks back to the system at once; elsewhere than on glibc, Arrow alone.

    Arrow's own pool keeps what it once had, which in a process that writes a table now and then lies idle.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt"):
            library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
