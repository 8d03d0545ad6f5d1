"""Run reports: one JSON line a run and portal, appended to the log of the month in which the run began."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final

from archive.errors import DamagedFile, StorageError
from archive.files import append_line, json_line
from archive.layout import DataFolder
from archive.runlogs import Places, log_path, month_logs, month_of

# How far back a portal's past is looked for: a year and the month that has begun. An archive of 63 portals that runs
# every hour writes 190 MB a month, of which 400 runs of each are 17 days.
_MONTHS: Final = 13
_BYTES: Final = 256_000_000


@dataclass(slots=True)
class RunReport:
    """What a run of one portal did; counts are counts, times ISO 8601 in UTC, ``seconds`` wall clock, sizes bytes.

    ``kind`` says what was asked for, the same for runs that can be compared. ``found`` counts the articles asked for
    because a listing named them, ``found_by`` the same by source, ``known`` those listed that the archive had,
    ``sources`` all that each source listed. ``fetched`` are answers at articles' addresses, ``unchanged`` answers that
    brought nothing new, ``missed`` articles that some listing named and no run has fetched yet (``None`` without a
    ledger). ``errors`` counts failed requests by kind, ``failures`` every attempt by the exception; ``guards`` are
    requests that were refused before they went out, ``robots`` what robots.txt answered and forbade.

    ``latency_p50`` and ``latency_p95`` are seconds to the first byte; ``memory`` is the peak of this process,
    ``memory_workers`` of its largest worker. ``clock_skew`` gives for each host by how many seconds its clock is ahead
    of ours. ``profile`` is what the pages gave by layout, as ``pipelines.drift.Profile`` tells it. ``images`` is empty
    unless they were asked for, else it counts ``fetched``, ``bytes`` and ``skipped/<reason>``. ``config`` is a SHA-256
    of the settings that decide what a run does, ``warc_sha256`` that of each WARC file as the run left it.
    ``recovered`` says what was taken over from runs that died; ``problems`` are sentences for the archivist;
    ``exit_code`` is this portal's share in the harvest's.
    """

    run_id: str
    portal: str
    started: str
    seconds: float
    finish_reason: str
    kind: str = ""
    requests: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    robots: dict[str, int] = field(default_factory=dict)
    guards: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, int] = field(default_factory=dict)
    reservations: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    not_articles: dict[str, int] = field(default_factory=dict)
    rungs: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    found_by: dict[str, int] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)
    listings: int = 0
    listings_unchanged: int = 0
    listings_not_due: int = 0
    found: int = 0
    known: int = 0
    fetched: int = 0
    missed: int | None = None
    articles_new: int = 0
    articles_changed: int = 0
    articles_gone: int = 0
    unchanged: int = 0
    truncated: int = 0
    purged: int = 0
    bytes_received: int = 0
    latency_p50: float | None = None
    latency_p95: float | None = None
    memory: int = 0
    memory_workers: int = 0
    disk_free: int | None = None
    clock_skew: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    config: str = ""
    warc_bytes: int = 0
    warc_files: list[str] = field(default_factory=list)
    warc_sha256: dict[str, str] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    recovered: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    exit_code: int = 0


def append_report(folder: DataFolder, report: RunReport) -> None:
    """Append ``report`` as one line and force it to the disk; raises ``StorageError`` when that fails."""
    path = log_path(folder, month_of(report.started))
    try:
        append_line(path, json_line(asdict(report)))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}: the report of {report.portal} could not be written") from error


def read_reports(folder: DataFolder, portal: str, most: int) -> list[dict[str, Any]]:
    """The reports of the last ``most`` runs of ``portal``, oldest first; lines of earlier versions have fewer fields.

    Months are read from the newest on until there are enough, but no more than 13 and, once 256 MB are read, no
    further: the past of a portal that seldom runs is shorter then. Raises ``DamagedFile`` for a line of this portal
    that is no JSON, ``StorageError`` when a log cannot be read or as ``month_logs`` does.
    """
    logs = month_logs(folder)[-_MONTHS:]
    with _reading:
        try:
            return _read(logs, portal, most)
        except DamagedFile:
            # Somebody may have mended a log in its place since we read where its lines begin.
            for path in logs:
                _places.pop(path, None)
            return _read(logs, portal, most)
        except OSError as error:
            raise StorageError(f"{error.filename}: {error.strerror}: earlier runs could not be read") from error


def _read(logs: list[Path], portal: str, most: int) -> list[dict[str, Any]]:
    newest: list[dict[str, Any]] = []
    read = 0
    for path in reversed(logs):
        if len(newest) >= most or read >= _BYTES:
            break
        places = _places.setdefault(path, Places(path))
        newest += places.newest(portal, most - len(newest))
        read += places.end
    return newest[::-1]


# What a process has read of the logs: a harvest asks for the past of each of its portals.
_places: Final[dict[Path, Places]] = {}
_reading: Final = Lock()
