"""From staged rows to tables: versions numbered in order of time, one sorted file a portal and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import product
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from archive.articles import Latest, next_version, remember
from archive.errors import StorageError
from archive.files import link, sync_folder
from archive.gone import addresses_of
from archive.layout import DataFolder, TableName
from archive.schema import SCHEMAS
from archive.staging import Staged, staged_paths
from archive.tables import sort_rows, write_parquet

Row = dict[str, Any]
Key = tuple[str, int]

TABLES: Final[tuple[TableName, ...]] = ("captures", "articles")
_BATCH = 1024
_CHAIN: Final = (
    "article_id", "status", "title", "lead", "text", "text_sha256", "authors", "section", "published_at",
    "url", "canonical_url", "aliases", "warc_filename", "warc_record_offset",
)  # fmt: skip


@dataclass(slots=True)
class Versions:
    """The versions of articles, numbered as their rows come, oldest first.

    ``latest`` is that of ``article_row``. ``numbered`` has the article's id, version and changed fields of each row
    kept, by file name and offset; ``unchanged`` are the rows of articles that say nothing new. ``article_at`` finds
    the article at an address that no row taken so far has.
    """

    latest: Latest = field(default_factory=Latest)
    numbered: dict[Key, tuple[str, int, list[str]]] = field(default_factory=dict)
    unchanged: set[Key] = field(default_factory=set)
    article_at: Callable[[str], str | None] = lambda url: None
    _articles: dict[str, str] = field(default_factory=dict)

    def add(self, row: Row) -> Row | None:
        """Take the next row; give it back with its version, or ``None`` if it says nothing new.

        A tombstone without an id is that of the article at its address.
        """
        key = row["warc_filename"], row["warc_record_offset"]
        if not row["article_id"]:
            row = row | {"article_id": self._articles.get(row["url"]) or self.article_at(row["url"]) or ""}
        numbered = next_version(row, self.latest)
        if numbered is None:
            self.unchanged.update([key] if row["status"] == "live" else [])
            return None
        remember(self.latest, numbered)
        if row["status"] == "live":
            self._articles |= dict.fromkeys(addresses_of(row), str(row["article_id"]))
        self.numbered[key] = row["article_id"], numbered["version"], numbered["changed_fields"]
        return numbered


@dataclass(frozen=True)
class Selection:
    """The rows of which tables are made: staged ones, and those of ``corpus`` that stay.

    ``desk_of`` tells the publishing desk of a portal: versions are numbered over all portals of a desk. ``portal``
    limits it to the desk of one portal. Without ``corpus`` nothing stays. With it, rows of other desks stay; ``file``
    says that only this WARC file was staged, so that the other rows of its desks stay too.
    """

    stage: DataFolder
    staged: list[Staged]
    desk_of: Callable[[str], str]
    portal: str | None = None
    corpus: DataFolder | None = None
    file: str | None = None

    @cached_property
    def portals(self) -> list[str]:
        """The portals whose rows are made, sorted."""
        found = {name for one in self.staged for name in one.portals}
        if self.portal is not None:
            return sorted(of_desks(found, {self.desk_of(self.portal)}, self.desk_of)) if self.portal in found else []
        if self.file is not None:
            # Rows of the file that are in the present corpus go.
            found |= self._present_portals([("warc_filename", "==", self.file)])
            found |= of_desks(self._present_portals(None), set(map(self.desk_of, found)), self.desk_of)
        return sorted(found)

    def _present_portals(self, filters: list[tuple[str, str, str]] | None) -> set[str]:
        tables = (
            pq.read_table(path, columns=["portal"], filters=filters, partitioning=None)
            for path in self.present("captures")
        )
        return {name for table in tables for name in table["portal"].unique().to_pylist()}

    @property
    def partial(self) -> bool:
        """Whether rows of the present corpus stay."""
        return self.corpus is not None and (self.portal is not None or self.file is not None)

    def files(self, table: TableName, portal: str) -> list[Path]:
        """Parquet files with rows of ``portal``: staged ones, then those of the corpus that may have some that stay."""
        names = sorted(one.name for one in self.staged if portal in one.portals)
        staged = [path for name in names for path in staged_paths(self.stage, name, table)]
        return staged + (self.present(table) if self.file is not None else [])

    def present(self, table: TableName) -> list[Path]:
        """The files of ``table`` in the corpus that there is."""
        return sorted(self.corpus.table(table).glob("month=*/*.parquet")) if self.corpus is not None else []

    def rows(self, path: Path, table: TableName, portal: str) -> pa.Table:
        """The rows of ``portal`` in ``path`` that belong to the new table."""
        rows = pq.read_table(path, schema=SCHEMAS[table], partitioning=None, page_checksum_verification=True)
        chosen = pc.equal(rows["portal"], portal)
        if self.stage.path not in path.parents:
            chosen = pc.and_(chosen, pc.not_equal(rows["warc_filename"], self.file))
        return rows.filter(chosen)


def of_desks(portals: Iterable[str], desks: Collection[str], desk_of: Callable[[str], str]) -> set[str]:
    """Those of ``portals`` that belong to ``desks``."""
    return {portal for portal in portals if desk_of(portal) in desks}


def by_desk(portals: Iterable[str], desk_of: Callable[[str], str]) -> dict[str, list[str]]:
    """The portals of each publishing desk, all sorted."""
    desks: defaultdict[str, list[str]] = defaultdict(list)
    for portal in sorted(portals):
        desks[desk_of(portal)].append(portal)
    return dict(sorted(desks.items()))


def assemble(selection: Selection, target: Path, jobs: int = 1) -> tuple[int, int]:
    """Write the tables of ``selection`` into the new folder ``target``; give the numbers of captures and articles made.

    As many files at once as ``jobs``, in threads: what they do is Arrow's work, which Python does not hold up.

    Raises ``StorageError`` when the disk refuses or a table there is cannot be read.
    """
    counts: dict[TableName, int] = {"captures": 0, "articles": 0}
    try:
        for table in TABLES:
            (target / table).mkdir(parents=True)
            if selection.partial:
                _keep_others(selection, table, target)
        for portals in by_desk(selection.portals, selection.desk_of).values():
            write = partial(_write, selection, _number(selection, portals), target)
            with ThreadPoolExecutor(max(jobs, 1)) as threads:
                written = [(place[0], threads.submit(write, *place)) for place in _places(selection, portals)]
            for table, count in written:
                counts[table] += count.result()
        for path in sorted(target.rglob("*/"), reverse=True):
            sync_folder(path)
        sync_folder(target)
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        raise StorageError(f"{target}: assembling the tables failed: {error}; run it again to go on") from error
    return counts["captures"], counts["articles"]


def _by_month(paths: list[Path]) -> dict[str, list[Path]]:
    months: defaultdict[str, list[Path]] = defaultdict(list)
    for path in paths:
        months[path.parent.name].append(path)
    return dict(sorted(months.items()))


def _places(selection: Selection, portals: Sequence[str]) -> Iterator[tuple[TableName, str, str, list[Path]]]:
    """Table, portal and month of each file to write, and where its rows are."""
    for portal, table in product(portals, TABLES):
        for month, paths in _by_month(selection.files(table, portal)).items():
            yield table, portal, month, paths


def _write(
    selection: Selection,
    versions: Versions,
    target: Path,
    table: TableName,
    portal: str,
    month: str,
    paths: Sequence[Path],
) -> int:
    rows = pa.concat_tables(selection.rows(path, table, portal) for path in paths)
    partition = target / table / month
    rows = _numbered(rows, versions) if table == "articles" else _told(rows, versions)
    if len(rows):
        partition.mkdir(exist_ok=True)
        rows = sort_rows(table, rows).combine_chunks()
        write_parquet(table, rows, partition / f"{portal}-rebuilt-00000.parquet")
    return len(rows)


def _keys(rows: pa.Table) -> Iterator[Key]:
    return zip(rows["warc_filename"].to_pylist(), rows["warc_record_offset"].to_pylist(), strict=True)


def _numbered(rows: pa.Table, versions: Versions) -> pa.Table:
    """The article rows that are versions, with their numbers and what changed."""
    known = [versions.numbered.get(key) for key in _keys(rows)]
    rows = rows.filter(pa.array([one is not None for one in known], pa.bool_()))
    numbers = [one for one in known if one is not None]
    for name, values in zip(("article_id", "version", "changed_fields"), zip(*numbers, strict=True), strict=False):
        column = SCHEMAS["articles"].field(name)
        rows = rows.set_column(rows.schema.get_field_index(name), column, pa.array(values, column.type))
    return rows


def _told(rows: pa.Table, versions: Versions) -> pa.Table:
    """The captures rows, each article that gave no row saying so."""
    reasons = rows["outcome_reason"].to_pylist()
    for number, key in enumerate(_keys(rows)):
        if key in versions.unchanged:
            reasons[number] = "unchanged"
    column = SCHEMAS["captures"].field("outcome_reason")
    return rows.set_column(rows.schema.get_field_index(column.name), column, pa.array(reasons, column.type))


def _number(selection: Selection, portals: Sequence[str]) -> Versions:
    """Number the versions of all articles of ``portals``, one desk's, in order of time; texts pass by one at a time."""
    versions = Versions()
    paths = sorted({str(path) for portal in portals for path in selection.files("articles", portal)})
    if not paths:
        return versions
    stays = "warc_filename <> $file OR starts_with(filename, $stage)" if selection.file is not None else "true"
    query = (
        f"SELECT {', '.join(_CHAIN)} FROM read_parquet($paths, hive_partitioning = false, filename = true) "  # noqa: S608
        f"WHERE portal IN (SELECT unnest($portals)) AND ({stays}) "
        "ORDER BY fetch_time, warc_filename, warc_record_offset"
    )
    values: Row = {"paths": paths, "portals": list(portals)}
    if selection.file is not None:
        values |= {"file": selection.file, "stage": f"{selection.stage.path}/"}
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute("SET temp_directory = ?", [str(selection.stage.path / "sort")])
        found = database.execute(query, values)
        while rows := found.fetchmany(_BATCH):
            for row in rows:
                versions.add(dict(zip(_CHAIN, row, strict=True)))
    return versions


def _keep_others(selection: Selection, table: TableName, target: Path) -> None:
    """Put the rows of all other portals into ``target``: whole files by a second name, of mixed ones the rest."""
    for path in selection.present(table):
        mine = pc.is_in(
            pq.read_table(path, columns=["portal"], partitioning=None)["portal"], pa.array(selection.portals)
        )
        if pc.all(mine).as_py():
            continue
        place = target / table / path.parent.name / path.name
        place.parent.mkdir(exist_ok=True)
        if not pc.any(mine).as_py():
            link(path, place)
            continue
        rows = pq.read_table(path, schema=SCHEMAS[table], partitioning=None, page_checksum_verification=True)
        write_parquet(table, rows.filter(pc.invert(mine)), place)
