"""The rows of both tables after records were taken out, moved or changed: staged as whole Parquet files.

An article that loses a version is numbered anew; a page that was called unchanged because of it is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from archive.access import Target
from archive.articles import article_row
from archive.assemble import Versions
from archive.corpus import reading_corpus
from archive.errors import BaotinhError
from archive.layout import DataFolder, TableName
from archive.members import Record, read_member
from archive.model import Extractor
from archive.records import Original
from archive.revisit import restore_block
from archive.tables import TableStage, sort_rows, write_parquet

Row = dict[str, Any]
Key = tuple[str, int]
Place = tuple[str, int, int]

TABLES: Final[tuple[TableName, ...]] = ("captures", "articles")
_PLACE: Final = ["warc_filename", "warc_record_offset", "warc_record_length", "warc_record_id"]
_EDITED: Final[dict[TableName, list[str]]] = {
    "captures": [*_PLACE, "record_type", "revisit_of", "fidelity", "content_digest", "outcome_reason"],
    "articles": _PLACE,
}


@dataclass(slots=True)
class RowEdits:
    """What happens to rows: those of ``target`` go; records in ``files`` are now elsewhere, some are others now.

    ``records`` are ids of other records whose rows go. ``files`` maps old file names to the new name and to new offset
    and length by old offset. ``promoted`` holds ids of revisits that are responses now, with the fidelity they have;
    ``repointed`` new originals of other revisits.
    """

    target: Target
    records: frozenset[str] = frozenset()
    files: dict[str, tuple[str, dict[int, tuple[int, int]]]] = field(default_factory=dict)
    promoted: dict[str, str] = field(default_factory=dict)
    repointed: dict[str, Original | None] = field(default_factory=dict)
    reasons: dict[Key, str | None] = field(default_factory=dict)

    def takes(self, row: Row) -> bool:
        """Whether ``row`` goes."""
        return self.target.matches(row["url_surtkey"]) or row["warc_record_id"] in self.records

    def apply(self, row: Row) -> Row:
        """``row`` as it is now."""
        moved = self.files.get(row["warc_filename"])
        if moved is not None:
            name, places = moved
            place = row["warc_record_offset"], row["warc_record_length"]
            # A row that points into damage points at nothing before and after.
            offset, length = places.get(place[0], place)
            row = {**row, "warc_filename": name, "warc_record_offset": offset, "warc_record_length": length}
        identity = row["warc_record_id"]
        if "record_type" not in row:
            return row
        if identity in self.promoted:
            row |= {"record_type": "response", "revisit_of": None, "fidelity": self.promoted[identity]}
        if identity in self.repointed:
            original = self.repointed[identity]
            digest = original.digest.partition(":")[2] if original else None
            row |= {"revisit_of": original.record_id if original else None, "content_digest": digest}
        key = row["warc_filename"], row["warc_record_offset"]
        return {**row, "outcome_reason": self.reasons[key]} if key in self.reasons else row


@dataclass(slots=True)
class StagedRows:
    """Whole new Parquet files by the path they take, paths that are left without a row, and rows that went by table."""

    files: dict[Path, Path] = field(default_factory=dict)
    emptied: list[Path] = field(default_factory=list)
    gone: dict[TableName, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))


class _Chain(NamedTuple):
    """Articles that lose a version: their ids, and the rows that are left of them as they are now."""

    ids: set[str]
    rows: list[Row]


def stage_rows(
    folder: DataFolder, stage: DataFolder, extractor: Extractor, edits: RowEdits, identity: str
) -> StagedRows:
    """Stage what both tables are to be; ``identity`` names the files of articles that were numbered anew.

    Raises ``OSError`` or ``pa.ArrowException`` when a file cannot be read or written.
    """
    staged = StagedRows()
    chain = _chain(folder, edits)
    if chain.ids:
        chain.rows.extend(_read_again(folder, extractor, edits, chain.ids))
        _number(folder, stage, chain.rows, edits, identity, staged)
    for table in TABLES:
        ids = chain.ids if table == "articles" else set()
        for path in _affected(folder, table, edits, ids):
            _stage_file(table, path, stage, edits, ids, staged)
    return staged


def _affected(folder: DataFolder, table: TableName, edits: RowEdits, ids: set[str]) -> list[Path]:
    """The published files of ``table`` in which some row goes or changes."""
    paths = [str(path) for path in sorted(folder.table(table).glob("month=*/*.parquet"))]
    if not paths:
        return []
    either = [edits.target.sql, "warc_filename IN (SELECT unnest($names))"]
    values = {"paths": paths, "key": edits.target.key, "names": [*edits.files, *(name for name, _ in edits.reasons)]}
    if ids:
        either.append("article_id IN (SELECT unnest($ids))")
        values["ids"] = sorted(ids)
    query = (
        "SELECT DISTINCT filename FROM read_parquet($paths, hive_partitioning = false, filename = true) "  # noqa: S608
        f"WHERE {' OR '.join(either)} ORDER BY 1"
    )
    with duckdb.connect() as database:
        return [Path(name) for (name,) in database.execute(query, values).fetchall()]


def _stage_file(
    table: TableName, path: Path, stage: DataFolder, edits: RowEdits, renumbered: set[str], staged: StagedRows
) -> None:
    """Write the file that takes the place of ``path``."""
    whole = pq.read_table(path, partitioning=None, page_checksum_verification=True)
    covered = [edits.takes(row) for row in whole.select(["url_surtkey", "warc_record_id"]).to_pylist()]
    staged.gone[table] += sum(covered)
    elsewhere = [one in renumbered for one in whole["article_id"].to_pylist()] if renumbered else [False] * len(whole)
    rest = whole.filter(pa.array([not (gone or moved) for gone, moved in zip(covered, elsewhere, strict=True)]))
    if not len(rest):
        staged.emptied.append(path)
        return
    edited = [edits.apply(row) for row in rest.select(_EDITED[table]).to_pylist()]
    for name in _EDITED[table]:
        field_ = rest.schema.field(name)
        values = pa.array([row[name] for row in edited], field_.type)
        rest = rest.set_column(rest.schema.get_field_index(name), field_, values)
    target = stage.table(table) / path.parent.name / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(table, sort_rows(table, rest), target)
    staged.files[path] = target


def _chain(folder: DataFolder, edits: RowEdits) -> _Chain:
    """The articles that lose a version, and the rows that are left of them."""
    with reading_corpus(folder) as database:
        query = f"SELECT DISTINCT article_id FROM articles_files WHERE {edits.target.sql}"  # noqa: S608
        ids = {identity for (identity,) in database.execute(query, {"key": edits.target.key}).fetchall()}
    rows = [
        edits.apply(row)
        for path in (_articles(folder) if ids else [])
        for row in pq.read_table(path, partitioning=None, filters=[("article_id", "in", list(ids))]).to_pylist()
        if not edits.target.matches(row["url_surtkey"])
    ]
    return _Chain(ids, rows)


def _articles(folder: DataFolder) -> list[Path]:
    return sorted(folder.table("articles").glob("month=*/*.parquet"))


def _number(
    folder: DataFolder, stage: DataFolder, rows: list[Row], edits: RowEdits, identity: str, staged: StagedRows
) -> None:
    """Number the versions that are left, and stage them in files of their own."""
    portals = sorted({row["portal"] for row in rows})
    for portal in portals:
        versions = Versions()
        out = TableStage(stage, "articles", identity, portal)
        for row in sorted((row for row in rows if row["portal"] == portal), key=_age):
            if row["status"] == "gone" and row["article_id"] not in versions.latest:
                continue
            numbered = versions.add(row)
            out.add([numbered] if numbered else [])
            if numbered and numbered["status"] == "live":
                edits.reasons[row["warc_filename"], row["warc_record_offset"]] = None
        edits.reasons.update(dict.fromkeys(versions.unchanged, "unchanged"))
        for path in out.flush():
            staged.files[folder.table("articles") / path.parent.name / path.name] = path


def _age(row: Row) -> tuple[Any, ...]:
    return row["fetch_time"], row["warc_filename"], row["warc_record_offset"]


def _read_again(folder: DataFolder, extractor: Extractor, edits: RowEdits, ids: set[str]) -> Iterator[Row]:
    """Article rows of captures that were called unchanged, whose article is one of ``ids``."""
    with reading_corpus(folder) as database:
        found = database.execute(_UNCHANGED, {"ids": sorted(ids)})
        names = [column[0] for column in found.description or ()]
        captures = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    for capture in captures:
        if edits.target.matches(capture["url_surtkey"]):
            continue
        block = _block(folder, capture)
        extraction = extractor(capture["portal"], capture["url"], block, capture["fetch_time"]) if block else None
        if extraction is None or extraction.article is None:
            continue
        capture.pop("original")
        row = article_row(extraction, extractor.facts(capture["portal"]), edits.apply(capture), {})
        if row is not None and row["article_id"] in ids:
            yield row


# Only pages that can be another address of such an article are read again: those with its number in their address,
# or with the same last part of the path.
_UNCHANGED: Final = """
WITH lost AS (
    SELECT DISTINCT portal, native_id, regexp_extract(coalesce(canonical_url, url), '([^/?#]+)[/]?$', 1) AS tail
    FROM articles_files WHERE article_id IN (SELECT unnest($ids))
)
SELECT captures_files.* EXCLUDE (month), (
    SELECT struct_pack(held.warc_filename, held.warc_record_offset, held.warc_record_length)
    FROM captures_files AS held
    WHERE held.warc_record_id = captures_files.revisit_of AND held.record_type = 'response' LIMIT 1
) AS original
FROM captures_files
WHERE outcome = 'article' AND outcome_reason = 'unchanged' AND EXISTS (
    SELECT 1 FROM lost WHERE lost.portal = captures_files.portal
        AND (contains(url, native_id) OR (native_id IS NULL AND contains(url, tail)))
)
"""


def _block(folder: DataFolder, capture: Row) -> bytes | None:
    """The response block of ``capture``, a revisit's with its payload; ``None`` when it cannot be read."""
    try:
        record = _member(
            folder, [capture["warc_filename"], capture["warc_record_offset"], capture["warc_record_length"]]
        )
        if record.type != "revisit":
            return record.block
        held = capture["original"]
        return restore_block(record, _member(folder, held.values())) if held else None
    except BaotinhError:
        return None


def _member(folder: DataFolder, place: Iterable[Any]) -> Record:
    name, offset, length = place
    return read_member(folder.find_warc(name), offset, length)
