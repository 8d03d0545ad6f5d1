"""Writing the Parquet tables of the corpus.

Files are written outside the corpus and renamed in whole: a reader's glob never meets half a file, whatever
kills the writer.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar, Final, cast

import pyarrow as pa
import pyarrow.parquet as pq

from archive.access import PurgeList, unlisted
from archive.errors import StorageError, UsageError
from archive.files import sync_folder, write_whole
from archive.layout import DataFolder, TableName
from archive.schema import SCHEMAS

Row = dict[str, Any]

UNKNOWN_MONTH: Final = "unknown"
_SEAL: Final = "sealed"
# An article is found by one row group, so they are small there (8k rows, some 8 MB of text); captures are mostly
# counted and summed, where fewer, larger groups read faster.
ROW_GROUP: Final[dict[TableName, int]] = {"captures": 65_536, "articles": 8_192}
TIME_COLUMN: Final[dict[TableName, str]] = {"captures": "fetch_time", "articles": "published_at"}
# Rows wait as dictionaries until there are so many, then as Arrow, which takes a tenth of the memory.
_PACK: Final = 256
# Of all stages of the process together, when many portals are crawled side by side.
_PACK_ALL: Final = 1024
_PACK_LEAST: Final = 16
# Files of fewer rows than this are put together before they are published.
_SMALL: Final = 2048
_VIETNAM = timezone(timedelta(hours=7))


class TableStage:
    """Collects the rows of one run for one table, writes them aside, and publishes them when told.

    ``add`` keeps rows in memory, ``flush`` writes them as whole, synced Parquet files under
    ``state/staging/<run_id>/<table>/``, ``publish`` renames those into the corpus. Raises ``StorageError``
    when the disk refuses; rows not yet flushed stay in memory, flushed files stay staged.
    """

    _unpacked: ClassVar[int] = 0

    def __init__(self, folder: DataFolder, table: TableName, run_id: str, portal: str) -> None:
        self._folder = folder
        self._table = table
        self._prefix = f"{portal}-{run_id}"
        self._stage = folder.staging / run_id / table
        self._rows: list[Row] = []
        self._packed: defaultdict[str, list[pa.Table]] = defaultdict(list)
        self._serial = 0

    def __len__(self) -> int:
        """The number of rows that wait to be flushed."""
        return len(self._rows) + sum(len(table) for tables in self._packed.values() for table in tables)

    def add(self, rows: Iterable[Row]) -> None:
        """Take ``rows``, dicts with the columns of the table; a column left out is null."""
        before = len(self._rows)
        self._rows.extend(rows)
        TableStage._unpacked += len(self._rows) - before
        least = _PACK_LEAST if TableStage._unpacked >= _PACK_ALL else _PACK
        if len(self._rows) >= least:
            self._pack()

    def flush(self) -> list[Path]:
        """Write the waiting rows, one file a month, sorted by portal and time; give the staged paths."""
        self._pack()
        written: list[Path] = []
        try:
            for month, tables in sorted(self._packed.items()):
                table = sort_rows(self._table, pa.concat_tables(tables)).combine_chunks()
                written.append(self._write(table, month))
        except OSError as error:
            for path in written:
                path.unlink(missing_ok=True)
            raise _storage_error("writing", self._stage, error) from error
        self._packed.clear()
        return written

    def _pack(self) -> None:
        months: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self._rows:
            months[month_of(self._table, row)].append(row)
        packed = {month: _arrow_table(self._table, rows) for month, rows in months.items()}
        for month, table in packed.items():
            self._packed[month].append(table)
        TableStage._unpacked -= len(self._rows)
        self._rows.clear()

    def publish(self) -> list[Path]:
        """Move what this run flushed into the corpus, small files of a month put together; give the new paths."""
        try:
            for partition in sorted(self._stage.glob("month=*")):
                self._unite(partition)
        except (OSError, pa.ArrowException) as error:
            raise StorageError(f"{self._stage}: putting small files together failed: {error}") from error
        return publish_staged(
            self._folder, [path for path in staged_files(self._folder) if self._stage in path.parents]
        )

    def _unite(self, partition: Path) -> None:
        """Put neighbouring small files of ``partition`` together, as many as make no small one any more."""
        waiting: list[Path] = []
        rows = 0
        for path in [*sorted(partition.glob("*.parquet")), None]:
            count = pq.read_metadata(path).num_rows if path is not None else 0
            if path is not None and rows + count <= _SMALL:
                waiting.append(path)
                rows += count
                continue
            if len(waiting) > 1:
                parts = [pq.read_table(one, schema=SCHEMAS[self._table], partitioning=None) for one in waiting]
                united = sort_rows(self._table, pa.concat_tables(parts)).combine_chunks()
                self._write(united, partition.name.removeprefix("month="))
                # Killed before they are gone, the run is a dead one, whose staged files are thrown away.
                for one in waiting:
                    one.unlink()
            waiting, rows = ([path], count) if path is not None else ([], 0)

    def _write(self, table: pa.Table, month: str) -> Path:
        partition = self._stage / f"month={month}"
        partition.mkdir(parents=True, exist_ok=True)
        target = self._next_path(partition)
        part = target.with_suffix(".part")
        try:
            write_parquet(self._table, table, part)
            part.rename(target)
            sync_folder(partition)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        return target

    def _next_path(self, partition: Path) -> Path:
        while True:
            name = f"{self._prefix}-{self._serial:05d}.parquet"
            self._serial += 1
            published = self._folder.table(self._table) / partition.name / name
            if not (partition / name).exists() and not published.exists():
                return partition / name


def write_parquet(name: TableName, table: pa.Table, path: Path) -> None:
    """Write ``table`` as the new file ``path`` and force it to the disk; equal tables give equal bytes.

    Raises ``OSError`` when the disk refuses.
    """
    with path.open("xb") as file:
        pq.write_table(
            table,
            file,
            compression="zstd",
            compression_level=3,
            row_group_size=ROW_GROUP[name],
            write_page_index=True,
            write_page_checksum=True,
        )
        file.flush()
        os.fsync(file.fileno())


def month_of(table: TableName, row: Row) -> str:
    """The partition of ``row``: articles by month of publication in Vietnam, captures by month of the fetch in UTC."""
    moment: datetime | None = row.get(TIME_COLUMN[table])
    if moment is None:
        return UNKNOWN_MONTH
    local = moment.astimezone(_VIETNAM) if table == "articles" else moment
    return f"{local.year:04d}-{local.month:02d}"


def _arrow_table(name: TableName, rows: Sequence[Row]) -> pa.Table:
    schema = SCHEMAS[name]
    unknown = {key for row in rows for key in row} - set(schema.names)
    if unknown:
        raise UsageError(f"the table {name} has no column {', '.join(sorted(unknown))}")
    table = pa.Table.from_pylist(rows, schema=schema)
    for field in schema:
        if not field.nullable and table[field.name].null_count:
            raise UsageError(f"the column {field.name} of the table {name} must not be null")
    return table


def sort_rows(name: TableName, table: pa.Table) -> pa.Table:
    """``table`` in the order that files of the table ``name`` have: by portal, time and record."""
    keys = ("portal", TIME_COLUMN[name], "warc_filename", "warc_record_offset")
    return table.sort_by([(key, "ascending") for key in keys])


def staged_files(folder: DataFolder, run_id: str | None = None) -> list[Path]:
    """Whole Parquet files that were flushed and never published, of one run or of all, sorted."""
    return sorted(folder.staging.glob(f"{run_id or '*'}/*/month=*/*.parquet"))


def seal_staged(folder: DataFolder, run_id: str, warc_names: Iterable[str]) -> None:
    """Say on the disk that ``run_id`` has staged all rows of the files ``warc_names``: they are published together."""
    write_whole(_seal(folder, run_id), (f"{name}\n".encode() for name in warc_names))


def sealed_runs(folder: DataFolder) -> list[str]:
    """Runs whose staged rows were sealed and are not all published, sorted."""
    return sorted(path.parent.name for path in folder.staging.glob(f"*/{_SEAL}"))


def publish_sealed(folder: DataFolder, run_id: str) -> list[str]:
    """Publish what is left of the sealed rows of ``run_id``, and give the names of the WARC files that they are of.

    Killed, it can be called again. Raises ``StorageError`` when the disk refuses.
    """
    seal = _seal(folder, run_id)
    try:
        names = seal.read_text().splitlines()
        publish_staged(folder, staged_files(folder, run_id))
        seal.unlink()
    except OSError as error:
        raise _storage_error("publishing", seal, error) from error
    # Nothing is left there but folders that a kill kept from being removed.
    discard_staged(folder, run_id)
    return names


def _seal(folder: DataFolder, run_id: str) -> Path:
    return folder.staging / run_id / _SEAL


def discard_staged(folder: DataFolder, run_id: str) -> None:
    """Delete what ``run_id`` staged, torn files included, for rows that will be made again."""
    for path in (*folder.staging.glob(f"{run_id}/{_SEAL}*"), *folder.staging.glob(f"{run_id}/*/month=*/*")):
        path.unlink()
    _remove_empty(folder, folder.staging / run_id)


def publish_staged(folder: DataFolder, staged: Sequence[Path]) -> list[Path]:
    """Rename ``staged`` files into the corpus and sync its folders; killed in between, it can be called again.

    Rows of addresses that were unlisted since they were staged are left out. Raises ``StorageError`` when the disk
    refuses or a file of that name is already published.
    """
    published: list[Path] = []
    left_out = unlisted(folder)
    try:
        for path in staged:
            if left_out.purges and not _leave_out(path, left_out):
                continue
            target = folder.corpus / path.relative_to(folder.staging / path.relative_to(folder.staging).parts[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                raise FileExistsError(17, "a file of that name is already published", str(target))
            path.rename(target)
            published.append(target)
        _sync_all(folder, published)
    except OSError as error:
        raise _storage_error("publishing", folder.corpus, error) from error
    for run in {path.relative_to(folder.staging).parts[0] for path in staged}:
        _remove_empty(folder, folder.staging / run)
    return published


def _leave_out(path: Path, left_out: PurgeList) -> bool:
    """Take the rows of ``left_out`` out of the staged file ``path``; whether any row is left."""
    rows = pq.read_table(path, partitioning=None)
    kept = [not left_out.covers_key(key) for key in rows["url_surtkey"].to_pylist()]
    if not any(kept):
        path.unlink()
    elif not all(kept):
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        write_parquet(cast("TableName", path.parent.parent.name), rows.filter(pa.array(kept)), part)
        part.replace(path)
    return any(kept)


def _sync_all(folder: DataFolder, published: Iterable[Path]) -> None:
    partitions = {path.parent for path in published}
    parents = {partition.parent for partition in partitions} | ({folder.corpus, folder.path} if partitions else set())
    for path in sorted(partitions | parents, reverse=True):
        sync_folder(path)


def _remove_empty(folder: DataFolder, run: Path) -> None:
    """Remove the emptied folders of a run; one that still holds a file stays."""
    for path in sorted(run.glob("**/"), reverse=True):
        if path != folder.staging and not any(path.iterdir()):
            path.rmdir()


def _storage_error(doing: str, path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{error.filename or path}: {doing} the table failed: {error.strerror or error}. "
        "Free space or mend the disk, then run again; nothing half-written is in the corpus."
    )
