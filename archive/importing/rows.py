"""Rows of a WARC file that came from outside: made as ``rebuild`` makes them, then published together.

Pages are read in a process of their own, so that one that crashes or hangs costs that page only. All rows are
staged before the first is published, and a mark says so: killed in between, the next call publishes the rest.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from archive.access import unlisted
from archive.articles import load_latest
from archive.assemble import Versions
from archive.cdx import index_path, index_warc, merge_index
from archive.errors import DamagedFile
from archive.files import write_whole
from archive.layout import DataFolder, TableName
from archive.model import Extractor
from archive.staging import Staged, StageTask, stage_files, staged_paths
from archive.tables import TableStage, discard_staged, publish_staged, staged_files

Row = dict[str, Any]
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class RowCounts:
    """How many rows a file gave, and of what kind.

    ``unreadable`` responses have an address that nobody can parse, ``unlisted`` ones are of addresses taken down.
    """

    captures: int = 0
    articles_new: int = 0
    articles_changed: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    portals: dict[str, int] = field(default_factory=dict)
    fidelity: dict[str, int] = field(default_factory=dict)
    unreadable: int = 0
    unlisted: int = 0

    def count(self, capture: Row) -> None:
        """Count a captures row."""
        self.captures += 1
        for counts, name in ((self.outcomes, "outcome"), (self.portals, "portal"), (self.fidelity, "fidelity")):
            counts[capture[name]] = counts.get(capture[name], 0) + 1

    def add(self, other: RowCounts) -> None:
        """Count what ``other`` counted."""
        self.captures += other.captures
        self.articles_new += other.articles_new
        self.articles_changed += other.articles_changed
        self.unreadable += other.unreadable
        self.unlisted += other.unlisted
        for mine, more in (
            (self.outcomes, other.outcomes),
            (self.portals, other.portals),
            (self.fidelity, other.fidelity),
        ):
            for name, count in more.items():
                mine[name] = mine.get(name, 0) + count


def make_rows(
    folder: DataFolder, extractor: Extractor, path: Path, run_id: str, progress: Progress | None = None
) -> RowCounts:
    """Index the closed WARC file ``path``, make its rows, publish them under ``run_id``.

    ``progress`` is told bytes done and bytes in all. Raises ``DamagedFile`` when the file is not whole and
    ``StorageError`` when the disk refuses; called again, it goes on where it stopped.
    """
    if not index_path(folder, path.name).exists():
        index_warc(folder, path)
    merge_index(folder)
    discard_staged(folder, run_id)
    workshop = DataFolder(folder.state / "import" / "rows")
    (staged,) = stage_files([StageTask(path, workshop, folder, unlisted(folder))], extractor, 1, progress)
    if staged.lost:
        raise DamagedFile(path, 0, "; ".join(staged.lost))
    counts = RowCounts(unreadable=staged.unknown, unlisted=staged.unlisted)
    for portal in staged.portals:
        _number(folder, workshop, staged, portal, run_id, counts)
    shutil.rmtree(workshop.path, ignore_errors=True)
    write_whole(_mark(folder, run_id), [path.name.encode()])
    finish_publishing(folder, run_id)
    return counts


def finish_publishing(folder: DataFolder, run_id: str) -> bool:
    """Publish what ``run_id`` staged in whole; whether there was such a run."""
    mark = _mark(folder, run_id)
    if not mark.exists():
        return False
    publish_staged(folder, staged_files(folder, run_id))
    # Nothing is left there but folders that a kill kept from being removed.
    discard_staged(folder, run_id)
    mark.unlink()
    return True


def _mark(folder: DataFolder, run_id: str) -> Path:
    """The file that says: all rows of this run are staged, none is missing."""
    return folder.state / "import" / f"{run_id}.staged"


def _number(
    folder: DataFolder, workshop: DataFolder, staged: Staged, portal: str, run_id: str, counts: RowCounts
) -> None:
    """Stage the rows of one portal, its articles numbered behind the versions that are known."""
    captures = TableStage(folder, "captures", run_id, portal)
    articles = TableStage(folder, "articles", run_id, portal)
    versions = Versions(load_latest(folder, portal))
    for row in sorted(_rows(workshop, staged.name, "articles", portal), key=_by_time):
        numbered = versions.add(row)
        if numbered is not None:
            articles.add([numbered])
            counts.articles_new += numbered["version"] == 1
            counts.articles_changed += numbered["version"] > 1
    articles.flush()
    for row in _rows(workshop, staged.name, "captures", portal):
        if (row["warc_filename"], row["warc_record_offset"]) in versions.unchanged:
            row["outcome_reason"] = "unchanged"
        captures.add([row])
        counts.count(row)
    captures.flush()


def _rows(workshop: DataFolder, name: str, table: TableName, portal: str) -> Iterator[Row]:
    for path in staged_paths(workshop, name, table):
        yield from pq.read_table(path, partitioning=None, filters=[("portal", "==", portal)]).to_pylist()


def _by_time(row: Row) -> tuple[Any, int]:
    return row["fetch_time"], row["warc_record_offset"]
