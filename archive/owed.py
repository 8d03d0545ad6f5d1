"""Rows that closed WARC files owe: numbered behind the versions there are, staged whole, then published together.

An import makes the rows of its file so, and the next start those of a run that died. All rows are sealed before the
first is published: killed in between, the next start publishes the rest, and none is numbered twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow.parquet as pq

from archive.articles import load_latest
from archive.assemble import Versions, by_desk
from archive.corpus import reading_corpus
from archive.gone import article_at
from archive.layout import DataFolder, TableName
from archive.model import Extractor
from archive.staging import Staged, staged_paths
from archive.tables import TableStage, discard_staged, publish_sealed, seal_staged

Row = dict[str, Any]
Key = tuple[str, int]


@dataclass(slots=True)
class RowCounts:
    """How many rows there are, and of what kind.

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

    @classmethod
    def of_file(cls, folder: DataFolder, warc_name: str) -> RowCounts:
        """The rows that are published of one WARC file."""
        counts = cls()
        with reading_corpus(folder) as database:
            query = "SELECT outcome, portal, fidelity FROM captures_files WHERE warc_filename = ?"
            for outcome, portal, fidelity in database.execute(query, [warc_name]).fetchall():
                counts.count_capture({"outcome": outcome, "portal": portal, "fidelity": fidelity})
            query = "SELECT version FROM articles_files WHERE warc_filename = ?"
            for (version,) in database.execute(query, [warc_name]).fetchall():
                counts.count_article({"version": version})
        return counts

    @property
    def articles(self) -> int:
        """Article versions, first ones and later ones."""
        return self.articles_new + self.articles_changed

    def count_capture(self, row: Row) -> None:
        """Count a captures row."""
        self.captures += 1
        for counts, name in ((self.outcomes, "outcome"), (self.portals, "portal"), (self.fidelity, "fidelity")):
            counts[row[name]] = counts.get(row[name], 0) + 1

    def count_article(self, row: Row) -> None:
        """Count an articles row."""
        self.articles_new += row["version"] == 1
        self.articles_changed += row["version"] > 1

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


def publish_rows(
    folder: DataFolder,
    stage: DataFolder,
    files: Sequence[Staged],
    run_id: str,
    extractor: Extractor,
    written: Collection[Key] = frozenset(),
) -> RowCounts:
    """Publish as those of ``run_id`` the rows of ``files`` that are staged in ``stage``; call it behind the ``door``.

    ``written`` names article rows, by file and offset, that the run had published itself; ``extractor`` knows the
    desk of a portal. Raises ``StorageError`` when the disk refuses; called again, it goes on.
    """
    discard_staged(folder, run_id)
    counts = RowCounts(unreadable=sum(one.unknown for one in files), unlisted=sum(one.unlisted for one in files))
    found = {portal for one in files for portal in one.portals}
    for desk, portals in by_desk(found, lambda portal: extractor.facts(portal).desk).items():
        _Desk(folder, stage, run_id, desk, portals, counts).stage_rows(files, written)
    seal_staged(folder, run_id, [one.name for one in files])
    publish_sealed(folder, run_id)
    return counts


class _Desk:
    """Numbers and stages the rows of one publishing desk: its portals share the ids of articles."""

    def __init__(
        self, folder: DataFolder, stage: DataFolder, run_id: str, desk: str, portals: Sequence[str], counts: RowCounts
    ) -> None:
        self._stage = stage
        self._portals = portals
        self._counts = counts
        latest = load_latest(folder, portals[0], desk)
        self._versions = Versions(latest, article_at=partial(article_at, folder, desk))
        self._captures = {portal: TableStage(folder, "captures", run_id, portal) for portal in portals}
        self._articles = {portal: TableStage(folder, "articles", run_id, portal) for portal in portals}

    def stage_rows(self, files: Sequence[Staged], written: Collection[Key]) -> None:
        """Stage the rows of ``files``, oldest first; texts are held of one file at a time."""
        for one in files:
            for row in sorted(self._rows(one, "articles"), key=_by_time):
                numbered = None if (one.name, row["warc_record_offset"]) in written else self._versions.add(row)
                if numbered is not None:
                    self._articles[row["portal"]].add([numbered])
                    self._counts.count_article(numbered)
            for row in self._rows(one, "captures"):
                if (one.name, row["warc_record_offset"]) in self._versions.unchanged:
                    row["outcome_reason"] = "unchanged"
                self._captures[row["portal"]].add([row])
                self._counts.count_capture(row)
            for table in (*self._articles.values(), *self._captures.values()):
                table.flush()

    def _rows(self, one: Staged, table: TableName) -> Iterator[Row]:
        for path in staged_paths(self._stage, one.name, table):
            yield from pq.read_table(path, partitioning=None, filters=[("portal", "in", self._portals)]).to_pylist()


def _by_time(row: Row) -> tuple[Any, int]:
    return row["fetch_time"], row["warc_record_offset"]
