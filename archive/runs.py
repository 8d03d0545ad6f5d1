"""Run reports: one JSON line a run and portal, appended to ``reports/runs.jsonl``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from archive.errors import StorageError
from archive.files import append_line, json_line, read_json_lines
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
    """Append ``report`` as one line and force it to the disk; raises ``StorageError`` when that fails."""
    path = folder.reports / "runs.jsonl"
    try:
        append_line(path, json_line(asdict(report)))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}: the report of {report.portal} could not be written") from error


def read_reports(folder: DataFolder, portal: str) -> Iterator[dict[str, Any]]:
    """The reports of all runs of ``portal``, oldest first; raises ``DamagedFile`` as ``read_json_lines`` does."""
    said = json_line({"portal": portal}).strip(b"{}\n")
    reports = read_json_lines(folder.reports / "runs.jsonl", "remove the line", said)
    return (report for report in reports if report.get("portal") == portal)
