"""One crawl of the six replicas for all tests that look at its result."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from archive.members import Record, walk_members
from tests.replica.wire import Sent, read_log

# How long an example takes says more about the machine than about the code.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

ROOT = Path(__file__).resolve().parents[1]

# Files that share a dear fixture, and the name they go under: one worker runs them all. Marks do not reach the process
# that deals out the tests, and xdist's loadgroup, which hides them in the names, groups nothing under pytest 9.2.
TOGETHER = {
    "tests/acceptance/test_demo.py": "demo",
    "tests/acceptance/test_drift.py": "drift",
    "tests/acceptance/test_families.py": "families",
    "tests/acceptance/test_images.py": "images",
    "tests/acceptance/test_real.py": "real",
    "tests/acceptance/test_two_weeks.py": "fortnight",
    "tests/archive/test_import.py": "real",
    "tests/archive/test_replay.py": "replay",
    "tests/docs/test_archive.py": "demo",
    "tests/docs/test_manners.py": "demo",
    "tests/docs/test_operate.py": "operate",
    "tests/docs/test_readme.py": "demo",
    "tests/pipelines/capture/test_handler.py": "wire",
    "tests/scrapers/test_expect.py": "demo",
}


class _Together(LoadScopeScheduling):
    """Deals out tests one by one, but for the files of ``TOGETHER``."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER.get(nodeid.partition("::")[0], nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Called by xdist in the process that deals out the tests."""
    return _Together(config, log)


@dataclass(frozen=True)
class Demo:
    """A finished ``make demo``: its folder, what it printed, and the servers' own log."""

    data: Path
    code: int
    output: str
    wire: list[Sent]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, read the way a researcher would: a plain glob."""
        rows: list[dict[str, Any]] = (
            ds.dataset(self.data / "corpus" / table, partitioning="hive").to_table().to_pylist()
        )
        return rows

    def warc_files(self) -> list[Path]:
        """The WARC files of the crawl."""
        return sorted((self.data / "warc").glob("*.warc.gz"))

    def records(self) -> Iterator[Record]:
        """Every record of every WARC file."""
        for path in self.warc_files():
            for member in walk_members(path):
                yield member[2]


def read_rows(data: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table of the data folder ``data``."""
    folder = data / "corpus" / table
    if not folder.exists():
        return []
    rows: list[dict[str, Any]] = ds.dataset(folder, partitioning="hive").to_table().to_pylist()
    return rows


def read_runs(data: Path) -> list[dict[str, Any]]:
    """The run reports of the data folder ``data``, oldest first; none before the first run has ended."""
    logs = sorted((data / "reports" / "runs").glob("*.jsonl"))
    return [json.loads(line) for log in logs for line in log.read_bytes().splitlines()]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """``make demo``'s program, run as a user runs it, into a folder of the tests."""
    folder = tmp_path_factory.mktemp("demo")
    data, log = folder / "data", folder / "wire.log"
    command = [sys.executable, "-m", "tests.replica.demo", "--data", str(data), "--wire-log", str(log)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    return Demo(data, done.returncode, done.stdout + done.stderr, list(read_log(log)))
