"""Crawls that are killed, or whose disk fails, at a counted call: the whole process group, as in a power cut."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import pytest

from archive.layout import DataFolder
from archive.salvage import Lost, walk_kept
from archive.verify import verify
from scrapers.registry import EXTRACTOR
from tests.conftest import ROOT, read_rows
from tests.replica.server import ReplicaServer

HERE = Path(__file__).resolve().parent
PORTAL = "hdnd_caobang"
KILLED = -9

Mode = Literal["count", "before", "half", "full", "eio"]


@dataclass(frozen=True)
class Strike:
    """Where and how a run is struck: ``at`` counts calls that change files of the archive."""

    mode: Mode
    at: int = 0

    def __str__(self) -> str:
        return f"{self.mode}-{self.at}"


UNDISTURBED = Strike("count")


@dataclass
class Struck:
    """A run that has ended: its exit code (``KILLED``), what it printed, and the calls that were counted."""

    code: int
    output: str
    calls: list[str] = field(default_factory=list)


class Killer:
    """Runs crawls of one replica portal and strikes them; use it in ``with``."""

    def __init__(self, scratch: Path, server: ReplicaServer) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None or sys.platform != "linux":
            pytest.skip("needs a C compiler and Linux: the calls are counted by a preloaded library")
        self._scratch = scratch
        self._server = server
        library = scratch / "killer.so"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, HERE / "killer.c", "-ldl"], check=True)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
        self._zygote = subprocess.Popen(
            [sys.executable, HERE / "zygote.py"],
            cwd=ROOT,
            env=environment | {"LD_PRELOAD": str(library)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Killer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._zygote:
            assert self._zygote.stdin is not None
            self._zygote.stdin.close()

    def crawl(self, data: Path, strike: Strike = UNDISTURBED, argument: str = "") -> Struck:
        """Harvest the portal into ``data``, struck at ``strike``, with the spider's ``argument``."""
        quick = ("DOWNLOAD_DELAY=0", "RETRY_TIMES=0", "ARCHIVE_WORKERS=1", "ARCHIVE_DISK_RESERVE=0")
        settings = [part for setting in quick for part in ("-s", setting)]
        given = ["-a", argument] if argument else []
        return self.run(["scrapy", "harvest", PORTAL, *settings, *given], data, strike)

    def run(self, arguments: list[str], data: Path, strike: Strike = UNDISTURBED) -> Struck:
        """Run ``scrapy …`` or ``baotinh …`` on the archive in ``data``."""
        count, trace, output = (self._scratch / name for name in ("count", "trace", "output"))
        count.write_bytes(bytes(8))
        trace.unlink(missing_ok=True)
        environment = self.environment(data) | {
            "KILL_DIR": f"{data}/",
            "KILL_COUNT": str(count),
            "KILL_TRACE": str(trace),
            "KILL_MODE": strike.mode,
            "KILL_AT": str(strike.at),
        }
        task = {"arguments": arguments, "environment": environment, "output": str(output)}
        code = int(self._ask(json.dumps(task)))
        calls = trace.read_text().splitlines() if trace.exists() else []
        return Struck(code, output.read_text(), [call.replace(f"{data}/", "") for call in calls])

    def environment(self, data: Path) -> dict[str, str]:
        """The variables that lead a crawl into ``data`` and to the replica."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "ARCHIVE_DIR": str(data),
            "ARCHIVE_CONNECT_TO": self._server.connect_to,
        }

    def _ask(self, line: str) -> str:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(line + "\n")
        self._zygote.stdin.flush()
        return self._zygote.stdout.readline()


def whole_records(data: Path) -> set[str]:
    """The ids of all records that are wholly in some WARC file, closed or not."""
    lost: list[Lost] = []
    paths = [*(data / "warc").glob("*.warc.gz"), *(data / "warc").glob("*.open")]
    return {record.record_id for path in paths for _, _, record in walk_kept(path, lost)}


def understood(data: Path) -> list[tuple[Any, ...]]:
    """What the articles table says of each page, all versions, sorted."""
    names = ("url", "version", "title", "text_sha256", "published_at")
    return sorted(tuple(row[name] for name in names) for row in read_rows(data, "articles"))


def captured(data: Path) -> set[tuple[str, int]]:
    """The last part of the address and the status of all answers.

    Sections link an expired notice under their own paths, and whichever is read first leads to it.
    """
    rows = [row for row in read_rows(data, "captures") if row["record_type"] != "request"]
    return {(row["url"].rpartition("/")[2] or row["url"], row["fetch_status"]) for row in rows}


def assert_sound(data: Path) -> None:
    """Every record has its one row, every row its record, and nothing half-done lies about."""
    report = verify(DataFolder(data), EXTRACTOR, jobs=1)
    assert report.clean, report.findings
    assert not report.notes
    left = [*(data / "warc").glob("*.open"), *data.glob("corpus/**/*.part"), *data.glob("cdx/*.part")]
    left += [*data.glob("cdx/*.open"), *data.glob("state/runs/*"), *data.glob("state/recovery/*")]
    left += [path for path in data.glob("state/staging/**/*") if path.is_file()]
    assert not left
