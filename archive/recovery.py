"""Taking over what a run that died has left: its open file is closed, rows it had not published are made.

A run that is killed, a crawl or an import, leaves its mark (``archive.claims``), perhaps a WARC file that still ends
in ``.open``, and rows that were staged or not even that. What counts is the WARC files: every whole record in them gets
its row, once. All of it can be killed at any point and done again.
"""

from __future__ import annotations

import logging
import shutil
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from archive.access import unlisted
from archive.cdx import index_path, merge_index
from archive.claims import RunClaim, dead_runs, door, forget, is_locked, live_runs
from archive.compact import clear_compaction, compact_if_idle
from archive.corpus import is_empty, reading_corpus
from archive.dedupe import discard
from archive.errors import StorageError, UsageError
from archive.files import write_whole
from archive.importing.files import workshop as import_workshop
from archive.layout import OPEN_SUFFIX, DataFolder
from archive.model import Extractor
from archive.owed import publish_rows
from archive.purge.steps import finish_interrupted
from archive.rebuild import index_or_warn, undo_rebuild
from archive.reread import exchanges_in, origin_of
from archive.salvage import Salvage, salvage_open
from archive.staging import Readers, Staged, StageTask, stage_files
from archive.tables import discard_staged, publish_sealed, sealed_runs, staged_files

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Recovery:
    """What was taken over: files closed, rows made by table, files whose rows they are, and runs that had died."""

    salvaged: list[Salvage] = field(default_factory=list)
    captures: int = 0
    articles: int = 0
    files: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """What happened, a sentence each; none when nothing was left behind."""
        return [_salvage_line(one) for one in self.salvaged] + self.row_lines()

    def row_lines(self) -> list[str]:
        """What was made of the tables, in a sentence; none when nothing was."""
        if not self.files:
            return []
        return [f"made {self.captures} captures and {self.articles} articles rows of {', '.join(self.files)}"]


def _salvage_line(one: Salvage) -> str:
    name = one.path.name.removesuffix(OPEN_SUFFIX)
    line = f"recovered {name}: {one.records} records kept"
    if one.lost:
        line += "; lost " + "; ".join(map(str, one.lost))
    return line + (f"; what was cut off is in {one.remains}" if one.remains else "")


def begin_run(
    folder: DataFolder, run_id: str, extractor: Extractor, jobs: int = 1, looked: bool = False
) -> tuple[RunClaim, Recovery]:
    """Recover what dead runs left, re-reading pages in ``jobs`` processes, then mark ``run_id`` as living.

    Where many small files of the tables have gathered they are put together before, if no other run lives. ``looked``
    says that this process has begun a run here before: then only what died since is recovered. Raises ``UsageError``
    when it lives already, ``StorageError`` when the disk refuses; the next start tries again.
    """
    with door(folder):
        if run_id in live_runs(folder):
            raise UsageError(f"{run_id} is at work in {folder.path} already; wait until it has ended.")
        recovery = Recovery()
        if not looked or dead_runs(folder):
            recovery = recover(folder, extractor, jobs)
            compact_if_idle(folder)
        return RunClaim(folder, run_id), recovery


def recover(folder: DataFolder, extractor: Extractor, jobs: int = 1) -> Recovery:
    """Close the WARC files of dead runs and publish all rows they owe; call it behind the ``door``.

    Files of runs at work are left alone. Raises ``StorageError`` when the disk refuses.
    """
    undo_rebuild(folder)
    clear_compaction(folder)
    finish_interrupted(folder, extractor)
    living, dead = live_runs(folder), dead_runs(folder)
    alive = {_token(run) for run in living}
    recovery = Recovery(runs=dead)
    for run in sealed_runs(folder):
        if run not in living:
            _publish_rest(folder, run, recovery)
    for path in folder.open_files():
        # Asking for the lock of a run that is just about to take it would take it away.
        if _file_token(path) not in alive and not is_locked(path):
            recovery.salvaged.append(salvage_open(path))
            if recovery.salvaged[-1].lost:
                # Payloads that are no more must not be referred to.
                discard(folder)
    stage = DataFolder(folder.state / "recovery")
    now = _disk_time(folder)
    try:
        closed = {one.result for one in recovery.salvaged}
        owing = _owing(folder, closed, {_token(run) for run in dead}, alive, now)
        if dead or closed or owing:
            _index(folder, {path for path in closed if path}, owing)
        if owing:
            _make_rows(folder, stage, extractor, owing, recovery, jobs)
        for run in dead:
            discard_staged(folder, run)
            shutil.rmtree(import_workshop(folder, run), ignore_errors=True)
        shutil.rmtree(stage.path, ignore_errors=True)
        _note_look(folder, now)
        for run in dead:
            forget(folder, run)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"{folder.path}: recovering the run before failed: {error}") from error
    for line in recovery.lines():
        logger.warning("%s", line)
    return recovery


def _publish_rest(folder: DataFolder, run_id: str, recovery: Recovery) -> None:
    """Publish what a run had made whole and not published yet."""
    for path in staged_files(folder, run_id):
        count = pq.read_metadata(path).num_rows
        recovery.captures += count if path.parent.parent.name == "captures" else 0
        recovery.articles += count if path.parent.parent.name == "articles" else 0
    recovery.files += publish_sealed(folder, run_id)


def _token(run_id: str) -> str:
    return run_id.rpartition("-")[2]


def _file_token(path: Path) -> str:
    return _token(path.name.partition(".warc.gz")[0])


def _owing(
    folder: DataFolder, closed: Collection[Path | None], dead: Collection[str], alive: Collection[str], now: int
) -> dict[Path, frozenset[int]]:
    """Closed WARC files with records that should have a row and have none, and the offsets of those that have one.

    Looked at are files of dead runs, and files that came here since the last look and that no row names at all.
    """
    files = [path for path in folder.warc_files() if _file_token(path) not in alive]
    new = _since_last_look(folder, files, now)
    named = _rows_of(folder, [path.name for path in new])
    ours = [path for path in files if path in closed or _file_token(path) in dead]
    suspects = sorted({*ours, *(path for path in new if path.name not in named)})
    published = _rows_of(folder, [path.name for path in suspects])
    owing: dict[Path, frozenset[int]] = {}
    left_out = unlisted(folder)
    for path in suspects:
        have = published.get(path.name, frozenset())
        if exchanges_in(path, left_out) - have:
            owing[path] = have
    return owing


def _since_last_look(folder: DataFolder, files: list[Path], now: int) -> list[Path]:
    """Those of ``files`` that have come, or were changed, since rows were missed the last time.

    When that was stands beside the tables: what puts older tables in their place, or takes them away, brings it back.
    """
    try:
        last = int((folder.corpus / _LOOKED).read_bytes())
    except (OSError, ValueError):
        return files
    # A clock that was set back says nothing of what came meanwhile.
    if last > now or is_empty(folder, "captures"):
        return files
    return [path for path in files if path.stat().st_ctime_ns >= last - _SLACK]


def _disk_time(folder: DataFolder) -> int:
    """The present by the clock of the disk, which dates the files there."""
    path = folder.state / "door.lock"
    path.touch()
    return path.stat().st_ctime_ns


def _note_look(folder: DataFolder, moment: int) -> None:
    if not is_empty(folder, "captures"):
        write_whole(folder.corpus / _LOOKED, [b"%d\n" % moment])


def _rows_of(folder: DataFolder, names: list[str]) -> dict[str, frozenset[int]]:
    """Offsets that captures has rows for, by WARC file."""
    if not names:
        return {}
    with reading_corpus(folder) as database:
        rows = database.execute(_OFFSETS.format(table="captures"), [names]).fetchall()
    return {name: frozenset(offsets) for name, offsets in rows}


# The moment of the last look for WARC files without rows, nanoseconds since 1970 UTC; hidden, as no reader needs it.
_LOOKED: Final = ".looked"
_SLACK: Final = 2 * 10**9
_OFFSETS = """
SELECT warc_filename, list(warc_record_offset) FROM {table}_files
WHERE warc_filename IN (SELECT unnest(?::VARCHAR[])) GROUP BY ALL
"""


def _make_rows(
    folder: DataFolder,
    stage: DataFolder,
    extractor: Extractor,
    owing: dict[Path, frozenset[int]],
    recovery: Recovery,
    jobs: int,
) -> None:
    """Re-read the records that have no row and publish their rows; articles that are published stay as they are."""
    shutil.rmtree(stage.path, ignore_errors=True)
    left_out = unlisted(folder)
    tasks = [StageTask(path, stage, folder, left_out, have) for path, have in owing.items()]
    with Readers(extractor, jobs, len(tasks)) as readers:
        staged = stage_files(tasks, readers)
    runs: defaultdict[str, list[Staged]] = defaultdict(list)
    for one in staged:
        runs[f"{origin_of(folder.warc / one.name).run_id}"].append(one)
        recovery.files.append(one.name)
    with reading_corpus(folder) as database:
        rows = database.execute(_OFFSETS.format(table="articles"), [[path.name for path in owing]]).fetchall()
    written = {(name, offset) for name, offsets in rows for offset in offsets}
    for run_id, files in runs.items():
        made = publish_rows(folder, stage, files, run_id, extractor, written)
        recovery.captures += made.captures
        recovery.articles += made.articles


def _index(folder: DataFolder, closed: Collection[Path], others: Collection[Path]) -> None:
    """The CDXJ of files closed here and of others that have none, and the merged index."""
    for path in sorted({*closed, *others}):
        index = index_path(folder, path.name)
        index.with_name(index.name + OPEN_SUFFIX).unlink(missing_ok=True)
        if path in closed or not index.exists():
            index_or_warn(folder, path)
    merge_index(folder)
