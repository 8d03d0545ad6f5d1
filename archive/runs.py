"""Run reports: one JSON line a run and portal, appended to ``reports/runs.jsonl``."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from archive.errors import DamagedFile, StorageError
from archive.layout import DataFolder


@dataclass(slots=True)
class RunReport:
    """What a run of one portal did; counts are counts, times ISO 8601 in UTC, ``seconds`` wall clock.

    ``profile`` is what the pages gave by layout, as ``pipelines.drift.Profile`` tells it. ``images`` is empty unless
    they were asked for, else it counts ``fetched``, ``bytes`` and ``skipped/<reason>``. ``recovered`` says what was
    taken over from runs that died; ``problems`` are sentences for the archivist;
    ``exit_code`` is this portal's share in the harvest's.
    """

    run_id: str
    portal: str
    started: str
    seconds: float
    finish_reason: str
    requests: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    robots: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    not_articles: dict[str, int] = field(default_factory=dict)
    rungs: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)
    listings: int = 0
    articles_new: int = 0
    articles_changed: int = 0
    warc_bytes: int = 0
    warc_files: list[str] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)
    recovered: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    exit_code: int = 0


def append_report(folder: DataFolder, report: RunReport) -> None:
    """Append ``report`` as one line and force it to the disk; raises ``StorageError`` when that fails.

    A line that an earlier run was killed in the middle of is ended first, so that it spoils no other.
    """
    path = folder.reports / "runs.jsonl"
    line = json.dumps(asdict(report), ensure_ascii=False, sort_keys=True).encode("utf-8") + b"\n"
    try:
        folder.reports.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}: the report of {report.portal} could not be written") from error


def read_reports(folder: DataFolder) -> Iterator[dict[str, Any]]:
    """The reports of all runs, oldest first; raises ``DamagedFile`` at a line that is no JSON, unless it is torn.

    A torn line is one that a kill cut short: it does not end in a brace and is passed over.
    """
    path = folder.reports / "runs.jsonl"
    if not path.exists():
        return
    offset = 0
    with path.open("rb") as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError as error:
                if line.rstrip().endswith(b"}"):
                    raise DamagedFile(path, offset, f"not a JSON line ({error}); remove the line") from error
            offset += len(line)
