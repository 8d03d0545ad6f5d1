"""Putting small files of the tables together: every run publishes its own, and whoever reads opens all of them.

The files of a partition are merged beside the corpus, those that stay get a second name there, and the whole folder
takes the place of the old one in one step. So a reader finds each row once, in the old folder or in the new. Rows stay
as they are and in their partition. Killed at any point, the next start removes what is half-done.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, cast

import pyarrow as pa
import pyarrow.parquet as pq

from archive.claims import Busy, live_runs, unread
from archive.errors import StorageError
from archive.files import link, sync_folder, write_whole
from archive.layout import DataFolder, TableName
from archive.schema import SCHEMAS, is_known
from archive.staging import Progress
from archive.swap import OLD_SUFFIX, swap, undo_swap
from archive.tables import ROW_GROUP, sort_rows, write_parquet

logger = logging.getLogger(__name__)

# So many small files of a partition are put together at once; fewer when the newest has been there for so many seconds.
_ENOUGH: Final = 16
_REST: Final = 7 * 86_400
# What was replaced stays for so many seconds, under a name with this end.
_LINGER: Final = 60.0
_GONE: Final = ".gone"
# Tables of a few rows wait as one table when there are so many: each takes some kilobytes beside its rows.
_PACK: Final = 128


@dataclass(slots=True)
class Compacted:
    """What was put together: files before, files after, their rows by table; and damaged files, a sentence each."""

    before: int = 0
    after: int = 0
    rows: dict[TableName, int] = field(default_factory=lambda: dict.fromkeys(SCHEMAS, 0))
    damaged: list[str] = field(default_factory=list)


class _Due(NamedTuple):
    """A partition and those of its files that are to be put together."""

    table: TableName
    partition: Path
    small: list[Path]


def compact_if_idle(folder: DataFolder) -> None:
    """``compact`` unless a run is at work; a failure is only logged, for nothing depends on it.

    What every start does, behind the ``door``.
    """
    if live_runs(folder):
        return
    try:
        done = compact(folder)
    except Busy as busy:
        logger.info("%s", busy)
        return
    except StorageError as error:
        logger.warning("%s", error)
        return
    for line in done.damaged:
        logger.warning("%s", line)


def compact(folder: DataFolder, everything: bool = False, progress: Progress | None = None) -> Compacted:
    """Put the small files of each partition together where there are enough of them; call it behind the ``door``.

    Small is a file of fewer rows than a row group has. With ``everything`` two are enough. ``progress`` is called with
    files done and files in all. A damaged file stays as it is. Raises ``StorageError`` when a run is at work or the
    disk refuses, and ``Busy`` when somebody reads the tables for longer: the partition at hand is as it was then.
    """
    working = live_runs(folder)
    if working:
        raise StorageError(
            f"{', '.join(working)}: a run is at work, so the tables are left alone. Run this again when it has ended."
        )
    work = _Compaction(folder, progress)
    try:
        clear_compaction(folder)
        due = work.plan(everything)
        if due:
            # What takes long is not begun in vain.
            with unread(folder):
                pass
            logger.info("putting %d small files of the tables together", sum(len(one.small) for one in due))
        for one in due:
            work.unite(one)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(
            f"{getattr(error, 'filename', None) or folder.corpus}: putting small files together failed: {error}. "
            "Free space or mend the disk, then run it again; the tables are whole."
        ) from error
    return work.done


def clear_compaction(folder: DataFolder, linger: float = _LINGER) -> None:
    """Undo or remove what a compaction has left, whole or killed; call it behind the ``door``.

    Folders that were replaced less than ``linger`` seconds ago stay: a reader that is just listing one must not find
    half of its files. Raises ``StorageError`` when the disk refuses.
    """
    workshop = _workshop(folder)
    for old in workshop.glob(f"*/*{OLD_SUFFIX}"):
        place = folder.corpus / old.parent.name / old.name.removesuffix(OLD_SUFFIX)
        try:
            undo_swap(old, place)
        except OSError as error:
            raise StorageError(f"{place}: {old} could not be put back: {error.strerror}") from error
    for path in workshop.glob("*/*"):
        if path.suffix != _GONE or path.stat().st_mtime + linger <= time.time():
            shutil.rmtree(path, ignore_errors=True)
    for path in (*workshop.glob("*"), workshop):
        with suppress(OSError):
            path.rmdir()


def retire(folder: DataFolder, made: Path, place: Path) -> None:
    """Keep what ``made`` has replaced at ``place`` until ``clear_compaction`` removes it; raises ``OSError``."""
    old = made if made.exists() else made.with_name(place.name + OLD_SUFFIX)
    gone = _workshop(folder) / made.parent.name / f"{place.name}-{time.time_ns()}{_GONE}"
    gone.parent.mkdir(parents=True, exist_ok=True)
    old.rename(gone)
    os.utime(gone)


def _workshop(folder: DataFolder) -> Path:
    return folder.state / "compact"


class _Compaction:
    """One compaction of ``folder``; ``done`` says what came of it."""

    def __init__(self, folder: DataFolder, progress: Progress | None) -> None:
        self._folder = folder
        self._progress = progress
        self._read = 0
        self._in_all = 0
        self.done = Compacted()

    def plan(self, everything: bool) -> list[_Due]:
        """The partitions that have enough small files.

        Those with fewer than two are remembered by the time of their folder's last change, and not looked into again
        but for ``everything``.
        """
        known = {} if everything else _settled(self._folder)
        settled: dict[str, int] = {}
        due: list[_Due] = []
        for table in SCHEMAS:
            for partition in sorted(self._folder.table(table).glob("month=*")):
                key, changed = f"{table}/{partition.name}", partition.stat().st_mtime_ns
                small = [] if known.get(key) == changed else self._small_files(table, partition, everything)
                if small is None:
                    continue
                if len(small) < 2:
                    settled[key] = changed
                elif everything or _enough(small):
                    due.append(_Due(table, partition, small))
        if settled != known:
            write_whole(_memory(self._folder), [json.dumps(settled, sort_keys=True).encode()])
        self._in_all = sum(len(one.small) for one in due)
        return due

    def _small_files(self, table: TableName, partition: Path, everything: bool) -> list[Path] | None:
        """The files of few rows, by name; ``None`` when they cannot be enough, whatever they hold."""
        if partition.is_symlink() or not partition.is_dir():
            return None
        with os.scandir(partition) as found:
            entries = list(found)
        if not all(entry.is_file(follow_symlinks=False) for entry in entries):
            return None
        paths = sorted(partition / entry.name for entry in entries if entry.name.endswith(".parquet"))
        if len(paths) > 1 and not everything and len(paths) < _ENOUGH and sum(map(_is_old, paths)) < 2:
            return None
        return [path for path in paths if self._is_small(table, path)] if len(paths) > 1 else []

    def _is_small(self, table: TableName, path: Path) -> bool:
        try:
            return bool(pq.read_metadata(path).num_rows < ROW_GROUP[table])
        except (OSError, pa.ArrowException) as error:
            self.done.damaged.append(str(_damaged(path, error)))
            return False

    def unite(self, due: _Due) -> None:
        """Put the files of a partition together. Raises ``OSError``, ``StorageError``, ``Busy``."""
        made = _workshop(self._folder) / due.table / due.partition.name
        used: list[Path] = []
        try:
            made.mkdir(parents=True)
            written = self._write(due, made, used)
            # Of a pair of which one is damaged the other stays.
            if len(used) < 2:
                return
            for path in set(due.partition.iterdir()) - set(used):
                link(path, made / path.name)
            sync_folder(made)
            with unread(self._folder):
                swap(made, due.partition)
            retire(self._folder, made, due.partition)
        finally:
            clear_compaction(self._folder)
        self.done.before += len(used)
        self.done.after += len(written)
        self.done.rows[due.table] += sum(written)

    def _write(self, due: _Due, made: Path, used: list[Path]) -> list[int]:
        """Write the rows of the files that can be read, which come into ``used``; the number of rows of each file."""
        written: list[int] = []
        names = _new_names(due.partition)
        for rows in _tables_of(ROW_GROUP[due.table], self._readable(due, used)):
            write_parquet(due.table, sort_rows(due.table, rows).combine_chunks(), made / next(names))
            written.append(len(rows))
        return written

    def _readable(self, due: _Due, used: list[Path]) -> Iterator[pa.Table]:
        for path in due.small:
            try:
                rows = _read(due.table, path)
            except StorageError as error:
                self.done.damaged.append(str(error))
            else:
                used.append(path)
                yield rows
            self._read += 1
            if self._progress is not None:
                self._progress(self._read, self._in_all)


def _enough(small: list[Path]) -> bool:
    return len(small) >= _ENOUGH or all(map(_is_old, small))


def _is_old(path: Path) -> bool:
    return path.stat().st_mtime <= time.time() - _REST


def _read(table: TableName, path: Path) -> pa.Table:
    """The rows of ``path`` with all columns of the present schema; raises ``StorageError`` when it is damaged."""
    try:
        # Reading a file of ten rows as a dataset takes twice as long.
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if not is_known(file.schema_arrow, table):
                raise _damaged(path, "not the columns of this table")
            rows = file.read(use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path, error) from error
    schema = SCHEMAS[table]
    columns = [rows[one.name] if one.name in rows.schema.names else pa.nulls(len(rows), one.type) for one in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _damaged(path: Path, problem: object) -> StorageError:
    said = str(problem).partition("\n")[0]
    return StorageError(
        f"{path}: {said}. The file stays as it is: `baotinh verify` says what is damaged, `baotinh rebuild` makes the "
        "tables anew from the WARC files."
    )


def _tables_of(limit: int, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of ``tables``, each smaller than ``limit``, in tables of ``limit`` rows and one of the rest."""
    waiting: list[pa.Table] = []
    count = 0
    for table in tables:
        room = limit - count
        waiting.append(table.slice(0, room))
        count += len(waiting[-1])
        if count == limit:
            yield pa.concat_tables(waiting)
            waiting, count = [table.slice(room)], len(table) - room
        elif len(waiting) == _PACK:
            waiting = [pa.concat_tables(waiting).combine_chunks()]
    if count:
        yield pa.concat_tables(waiting)


def _new_names(partition: Path) -> Iterator[str]:
    """Names that no file of ``partition`` has."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    serial = 0
    while True:
        name = f"compacted-{stamp}-{serial:05d}.parquet"
        serial += 1
        if not (partition / name).exists():
            yield name


def _memory(folder: DataFolder) -> Path:
    return folder.state / "compacted.json"


def _settled(folder: DataFolder) -> dict[str, int]:
    """Partitions of which it is known that there is nothing to put together, and when their folders last changed."""
    try:
        return cast("dict[str, int]", dict(json.loads(_memory(folder).read_bytes())))
    except (OSError, ValueError, TypeError):
        return {}
