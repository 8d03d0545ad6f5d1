"""The tables of runs, ``reports/runs/YYYY-MM.parquet``: each is made from the log of its month and grows with it.

A table's footer says of which bytes of the log it was made. So the end of a harvest costs what the month that goes on
costs, however long the archive has been at work.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from archive.errors import DamagedFile, StorageError
from archive.files import placed_json_lines, writing_whole
from archive.layout import DataFolder
from archive.runlogs import REMEDY, month_logs, runs_folder
from archive.runtable import RUNS, run_row
from archive.schema import TIME

_TABLES: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9].parquet"
# Rows are copied so many at a time. Of smaller groups the footers, which each harvest reads, would be the larger part.
_GROUP: Final = 4096
_BATCH: Final = 128
_BLOCK: Final = 1 << 20
_LATELY: Final = timedelta(days=30)
# Two years and the month that has begun: a portal that has not run since is none any more.
_SHOWN: Final = 25
_STAMP: Final = b"log"
_OPTIONS: Final[dict[str, Any]] = {
    "compression": "zstd",
    "compression_level": 3,
    "write_statistics": ["portal", "started"],
}
# What a line of JSON with fields of other kinds, or without its time, makes of the attempt to read it as a report.
_NO_REPORT: Final = (LookupError, TypeError, ValueError, AttributeError, OverflowError, pa.ArrowException)
_COLUMNS: Final = hashlib.sha256("".join(f"{one}\n" for one in RUNS).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class MonthTable:
    """The table of the runs that began in ``month`` (UTC): ``rows`` of them, which wrote ``warc_bytes`` of WARC."""

    path: Path
    rows: int
    warc_bytes: int
    portals: frozenset[str]

    @property
    def month(self) -> str:
        """The month as ``2026-11``."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a table was made from: the first ``size`` bytes of its log, their SHA-256 ``digest``, in ``columns``.

    ``changed`` is when the log had been changed, in nanoseconds since 1970. The rest is what ``MonthTable`` says.
    """

    size: int
    changed: int
    digest: str
    columns: str
    warc_bytes: int = 0
    portals: list[str] = field(default_factory=list)


def write_runs(folder: DataFolder) -> list[MonthTable]:
    """Bring the tables of all months up to their logs, and give them, oldest first; those of old months stay untouched.

    Raises ``DamagedFile`` for a report that is no JSON or a table that has no log and is damaged, ``StorageError``
    when the disk refuses.
    """
    try:
        for log in month_logs(folder):
            _bring_up(log)
        # Earlier versions had one table of all months.
        (folder.reports / "runs.parquet").unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{error.filename or runs_folder(folder)}: {error.strerror or error}.") from error
    tables = []
    for path in _tables(folder):
        with _reading(path) as file:
            tables.append(_month_table(path, file))
    return tables


def last_runs(folder: DataFolder) -> list[dict[str, Any]]:
    """The last run of every portal by the newest 25 tables, sorted by portal; empty without a table.

    Raises ``StorageError`` when one cannot be read, ``DamagedFile`` when it is damaged.
    """
    last: dict[str, dict[str, Any]] = {}
    for path in reversed(_tables(folder)[-_SHOWN:]):
        with _reading(path) as file:
            if _month_table(path, file).portals <= last.keys():
                continue
            runs = file.read(columns=["portal", "started"])
            by_time = pc.sort_indices(runs, sort_keys=[("started", "ascending")])
            rows = dict(zip(runs["portal"].take(by_time).to_pylist(), by_time.to_pylist(), strict=True))
            last |= _rows_at(file, [row for portal, row in rows.items() if portal not in last])
    return [last[portal] for portal in sorted(last)]


def daily_bytes(folder: DataFolder) -> float:
    """The bytes of WARC that the last 30 days brought a day; 0 with less than a week of runs.

    Raises ``StorageError`` when a table cannot be read, ``DamagedFile`` when it is damaged.
    """
    now = datetime.now(UTC)
    runs = [pa.table({"started": pa.array([], TIME), "warc_bytes": pa.array([], pa.int64())})]
    for path in _tables(folder):
        if path.stem >= f"{now - _LATELY:%Y-%m}":
            with _reading(path) as file:
                runs.append(file.read(columns=["started", "warc_bytes"]))
    everything = pa.concat_tables(runs, promote_options="permissive")
    lately = everything.filter(pc.greater(everything["started"], pa.scalar(now - _LATELY, TIME)))
    if not len(lately):
        return 0.0
    days = (now - pc.min(lately["started"]).as_py()) / timedelta(days=1)
    return float(pc.sum(lately["warc_bytes"]).as_py() / days) if days >= 7 else 0.0


def _tables(folder: DataFolder) -> list[Path]:
    """The tables of all months, oldest first."""
    return sorted(runs_folder(folder).glob(_TABLES))


def _month_table(path: Path, file: pq.ParquetFile) -> MonthTable:
    stamp = _stamp(file.metadata)
    if stamp is None:
        raise pa.ArrowInvalid("the footer does not say of what it was made")
    return MonthTable(path, file.metadata.num_rows, stamp.warc_bytes, frozenset(stamp.portals))


@contextmanager
def _reading(path: Path) -> Iterator[pq.ParquetFile]:
    """The table at ``path``, open; what fails in reading it becomes a ``StorageError`` or a ``DamagedFile``."""
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        # What the kernel says has a number; what Arrow says of the bytes it calls OSError as well.
        if getattr(error, "errno", None):
            raise StorageError(f"{path}: {error}") from error
        raise DamagedFile(path, 0, f"{error}. Delete it: `baotinh report` makes it anew.") from error


def _rows_at(file: pq.ParquetFile, places: Iterable[int]) -> dict[str, dict[str, Any]]:
    """The rows of ``file`` with the numbers ``places``, by portal; of its groups of rows, only those that hold them."""
    rows: dict[str, dict[str, Any]] = {}
    wanted, first = set(places), 0
    for number in range(file.num_row_groups):
        count = file.metadata.row_group(number).num_rows
        here = sorted(wanted & set(range(first, first + count)))
        if here:
            found = file.read_row_group(number, use_threads=False).take([place - first for place in here])
            rows |= {row["portal"]: row for row in found.to_pylist()}
        first += count
    return rows


def _bring_up(log: Path) -> None:
    """Make the table of ``log`` hold all that the log says, from the rows that it has if those are still true."""
    table = log.with_suffix(".parquet")
    with log.open("rb") as file:
        # Another process may be at the same table, or appending half a line.
        fcntl.flock(file, fcntl.LOCK_EX)
        stat, had = os.fstat(file.fileno()), _stamp_of(table)
        if (had.size, had.changed) == (stat.st_size, stat.st_mtime_ns) if had else not stat.st_size:
            return
        before, digest = _digests(file, had.size if had else 0)
        stamp = _Stamp(stat.st_size, stat.st_mtime_ns, digest, _COLUMNS)
        if had is None or before != had.digest:
            _write(table, stamp, _new_rows(log))
            return
        try:
            _write(table, stamp, chain(_old_rows(table), _new_rows(log, had.size)))
        except DamagedFile as damage:
            if damage.path != table:
                raise
            _write(table, stamp, _new_rows(log))


def _digests(file: BinaryIO, size: int) -> tuple[str, str]:
    """The SHA-256 of the first ``size`` bytes of ``file``, and that of all."""
    digest = hashlib.sha256()
    while size and (block := file.read(min(size, _BLOCK))):
        digest.update(block)
        size -= len(block)
    # A log that is shorter than it was has no such bytes.
    before = "" if size else digest.hexdigest()
    while block := file.read(_BLOCK):
        digest.update(block)
    return before, digest.hexdigest()


def _stamp_of(table: Path) -> _Stamp | None:
    """What ``table`` was made from; ``None`` if it has to be made whole."""
    try:
        stamp = _stamp(pq.read_metadata(table))
    except (OSError, pa.ArrowException):
        return None
    return stamp if stamp and stamp.columns == _COLUMNS else None


def _stamp(footer: pq.FileMetaData) -> _Stamp | None:
    said = (footer.metadata or {}).get(_STAMP)
    return _Stamp(**json.loads(said)) if said else None


def _write(table: Path, stamp: _Stamp, rows: Iterable[pa.Table]) -> None:
    """Write ``rows`` as the new ``table``; the same rows make the same bytes, in however many tables they come."""
    written, portals = 0, set[str]()
    with writing_whole(table) as out, pq.ParquetWriter(out, RUNS, **_OPTIONS) as writer:
        for group in _groups(rows):
            writer.write_table(group, row_group_size=_GROUP)
            written += pc.sum(group["warc_bytes"]).as_py()
            portals.update(group["portal"].to_pylist())
        said = replace(stamp, warc_bytes=written, portals=sorted(portals))
        writer.add_key_value_metadata({_STAMP.decode(): json.dumps(asdict(said))})


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of ``tables`` in groups of ``_GROUP``, the last of as many as are left."""
    rest = RUNS.empty_table()
    for table in tables:
        rest = pa.concat_tables([rest, table])
        while len(rest) >= _GROUP:
            yield rest.slice(0, _GROUP).combine_chunks()
            rest = rest.slice(_GROUP)
    if len(rest):
        yield rest.combine_chunks()


def _old_rows(table: Path) -> Iterator[pa.Table]:
    """The rows of ``table``; raises ``DamagedFile`` if they cannot be read."""
    try:
        with pq.ParquetFile(table) as file:
            for number in range(file.num_row_groups):
                yield file.read_row_group(number, use_threads=False).cast(RUNS)
    except (OSError, pa.ArrowException) as error:
        raise DamagedFile(table, 0, str(error)) from error


def _new_rows(log: Path, start: int = 0) -> Iterator[pa.Table]:
    """The rows of what ``log`` says from byte ``start`` on.

    Raises ``DamagedFile`` for a line that is no JSON, or JSON that is no report of a run.
    """
    reports = placed_json_lines(log, REMEDY, start)
    while batch := list(islice(reports, _BATCH)):
        try:
            table = _table_of(report for _, report in batch)
        except _NO_REPORT:
            for place, report in batch:
                _must_be_a_report(log, place, report)
            raise
        yield table


def _table_of(reports: Iterable[dict[str, Any]]) -> pa.Table:
    table = pa.Table.from_pylist(list(map(run_row, reports)), schema=RUNS)
    for column in RUNS:
        if not column.nullable and table[column.name].null_count:
            raise ValueError(f"no {column.name}")
    return table


def _must_be_a_report(log: Path, place: int, report: dict[str, Any]) -> None:
    try:
        _table_of([report])
    except _NO_REPORT as error:
        raise DamagedFile(log, place, f"not the report of a run ({error!r}); {REMEDY}") from error
