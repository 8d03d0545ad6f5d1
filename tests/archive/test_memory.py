"""Memory goes back to the system, and start-up's objects out of the collector's way."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Bodies between small things that stay, as in a crawl; one large block was freed before, which moves glibc's bound.
_BODIES = """
import os, sys
from archive.memory import give_back_large_blocks

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

if sys.argv[1] == "given back":
    give_back_large_blocks()
large = bytes(8_000_000)
del large
before = resident()
bodies, kept = [], []
for number in range(400):
    bodies.append(b"x" * 200_000)
    kept.append(b"y" * 5_000)
bodies.clear()
print(resident() - before)
"""

_COLLECTED = """
import gc
from archive.memory import collect_seldom
collect_seldom()
frozen = gc.get_freeze_count()
class Node: pass
for _ in range(50_000):
    node = Node()
    node.itself = node
collect_seldom()
print(frozen > 10_000, gc.get_freeze_count() == frozen, len(gc.get_objects()) < 50_000)
"""


def _printed(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc is told anything")
def test_large_blocks_go_back_to_the_system() -> None:
    assert int(_printed(_BODIES, "given back")) < 20_000_000 < 60_000_000 < int(_printed(_BODIES, "kept"))


def test_cycles_are_still_collected() -> None:
    assert _printed(_COLLECTED) == "True True True"
