"""The newest version of every article of a publishing desk, on the disk: what a run holds its pages against.

An SQLite file a desk, ``state/newest/<desk>.sqlite3``, so that neither the memory of a run nor its start grows with
what was published before. It says what the articles table says: runs that have another number of rows there than here
are read again when it is opened. Whoever changes the rows of a run, or takes an article away, calls ``discard``.
"""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from archive.articles import COMPARED, Previous, packed, previous_of, unpacked
from archive.claims import live_runs
from archive.corpus import is_empty, reading_corpus
from archive.database import connect, remove
from archive.errors import StorageError
from archive.gone import addresses_of
from archive.layout import DataFolder
from archive.model import PortalFacts

logger = logging.getLogger(__name__)

Row = dict[str, Any]

_BATCH: Final = 1024
_VERSION: Final = 1
_DROP: Final = "DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS versions; DROP TABLE IF EXISTS addresses;"
_TABLES: Final = """
CREATE TABLE runs (id INTEGER PRIMARY KEY, run_id TEXT UNIQUE NOT NULL, whole INTEGER NOT NULL DEFAULT 0);
CREATE TABLE versions (
    article BLOB, version INTEGER, run INTEGER, newest TEXT NOT NULL, PRIMARY KEY (article, version, run)
) WITHOUT ROWID;
CREATE INDEX versions_by_run ON versions (run);
CREATE TABLE addresses (
    url TEXT, fetched INTEGER, article BLOB, run INTEGER, PRIMARY KEY (url, fetched, article)
) WITHOUT ROWID;
CREATE INDEX addresses_by_run ON addresses (run);
"""
_COLUMNS: Final = (
    "article_id", "run_id", "version", "status", "text_sha256", *COMPARED,
    "url", "canonical_url", "aliases", "fetch_time",
)  # fmt: skip
# Rows of the portal under an earlier name of its desk belong to it too.
_OF_DESK: Final = "(desk = $desk OR desk IN (SELECT desk FROM articles_files WHERE portal = $portal))"
_COUNTS: Final = f"SELECT run_id, count(*) FROM articles_files WHERE {_OF_DESK} GROUP BY ALL"  # noqa: S608
_ROWS: Final = f"SELECT {', '.join(_COLUMNS)} FROM articles_files WHERE {_OF_DESK} AND list_contains($runs, run_id)"  # noqa: S608

_NOTED: Final = """
SELECT run_id, whole, (SELECT count(*) FROM versions WHERE run = runs.id) FROM runs
"""
_WHOLE: Final = "UPDATE runs SET whole = 1 WHERE run_id = ?"


class Newest:
    """The newest versions of a desk's articles in ``database``, as ``archive.articles`` asks for them.

    ``note`` makes a row of the run ``run_id`` the newest version of its article. Raises ``StorageError`` when the disk
    refuses.
    """

    def __init__(self, database: sqlite3.Connection, path: Path, run_id: str) -> None:
        self._database = database
        self._path = path
        self._run_id = run_id
        self._failure: StorageError | None = None

    def __bool__(self) -> bool:
        """Whether any article is known."""
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM versions)")[0])

    def get(self, article: str, /) -> Previous | None:
        """The newest version of the article with id ``article``, ``None`` if it was never seen."""
        query = "SELECT newest FROM versions WHERE article = ? ORDER BY version DESC LIMIT 1"
        found = self._one(query, uuid.UUID(article).bytes)
        return unpacked(found[0]) if found else None

    def article_at(self, url: str) -> str | None:
        """The id of the article that was captured last at ``url``, ``None`` if none was."""
        found = self._one("SELECT article FROM addresses WHERE url = ? ORDER BY fetched DESC LIMIT 1", url)
        return str(uuid.UUID(bytes=found[0])) if found else None

    def note(self, row: Row) -> None:
        """Make the articles row ``row`` of this run the newest version of its article."""
        with self._storing(), self._database:
            _insert(self._database, _number(self._database, self._run_id), row)

    def close(self, whole: bool = False) -> None:
        """Close the file; with ``whole`` all rows of this run are in the articles table.

        That cannot be said of a run for which the file failed once: it raises that error, for the next start to take
        over what is missing.
        """
        if whole and self._failure is not None:
            raise self._failure
        if whole:
            with self._storing(), self._database:
                self._database.execute(_WHOLE, (self._run_id,))
        self._database.close()

    def _one(self, query: str, *values: Any) -> Any:
        with self._storing():
            return self._database.execute(query, values).fetchone()

    @contextmanager
    def _storing(self) -> Iterator[None]:
        try:
            with _naming_the_remedy(self._path):
                yield
        except StorageError as error:
            self._failure = error
            raise


@contextmanager
def _naming_the_remedy(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageError(
            f"{path}: {error}. Free space or mend the disk, then start again; the file may be deleted, it is made anew "
            "from the tables."
        ) from error


def open_newest(folder: DataFolder, facts: PortalFacts, run_id: str) -> Newest:
    """The newest versions of the articles of the desk of ``facts``, for the run ``run_id``.

    What a run that died has noted is forgotten, a damaged file made anew. Raises ``StorageError``.
    """
    path = _path(folder, facts.desk)
    with _naming_the_remedy(path):
        try:
            database = _opened(path, folder, facts, run_id)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            logger.warning("%s: %s; it is made anew from the tables", path, error)
            remove(path)
            database = _opened(path, folder, facts, run_id)
    return Newest(database, path, run_id)


def nothing_known() -> Newest:
    """The newest versions of no article, for a run that may not begin."""
    database = sqlite3.connect(":memory:")
    database.executescript(_TABLES)
    return Newest(database, Path(":memory:"), "")


def discard(folder: DataFolder, desk: str | None = None) -> None:
    """Delete what is held of ``desk``, or of all: the next run makes it anew from the articles table."""
    for path in [_path(folder, desk)] if desk is not None else (folder.state / "newest").glob("*.sqlite3"):
        remove(path)


def _path(folder: DataFolder, desk: str) -> Path:
    return folder.state / "newest" / f"{quote(desk, safe='')}.sqlite3"


def _opened(path: Path, folder: DataFolder, facts: PortalFacts, run_id: str) -> sqlite3.Connection:
    database = connect(path)
    try:
        if database.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            database.executescript(f"BEGIN; {_DROP}{_TABLES} PRAGMA user_version = {_VERSION}; COMMIT")
        with database:
            database.execute("BEGIN IMMEDIATE")
            _catch_up(database, folder, facts, run_id)
    except BaseException:
        database.close()
        raise
    return database


def _catch_up(database: sqlite3.Connection, folder: DataFolder, facts: PortalFacts, run_id: str) -> None:
    """Read the runs again whose rows here are not those of the articles table; runs at work are left alone."""
    # In this order: a run that ends meanwhile is seen at work, or with all its rows.
    noted = {run: (whole, count) for run, whole, count in database.execute(_NOTED).fetchall()}
    living = set(live_runs(folder)) - {run_id}
    published = _published(folder, facts)
    stale = {run for run in {*published, *noted} - living if noted.get(run) != (1, published.get(run, 0))}
    for run in stale & noted.keys():
        _forget(database, run)
    again = sorted(stale & published.keys())
    for row in _rows_of(again, folder, facts):
        _insert(database, _number(database, row["run_id"]), row)
    database.executemany(_WHOLE, [(run,) for run in again])


def _published(folder: DataFolder, facts: PortalFacts) -> dict[str, int]:
    """How many rows the articles table has of each run of the desk."""
    if is_empty(folder, "articles"):
        return {}
    with reading_corpus(folder) as corpus:
        return dict(corpus.execute(_COUNTS, _values(facts)).fetchall())


def _rows_of(runs: list[str], folder: DataFolder, facts: PortalFacts) -> Iterator[Row]:
    if not runs:
        return
    with reading_corpus(folder) as corpus:
        found = corpus.execute(_ROWS, {**_values(facts), "runs": runs})
        while batch := found.fetchmany(_BATCH):
            yield from (dict(zip(_COLUMNS, values, strict=True)) for values in batch)


def _values(facts: PortalFacts) -> dict[str, str]:
    return {"desk": facts.desk, "portal": facts.name}


def _number(database: sqlite3.Connection, run_id: str) -> int:
    """The number of the run ``run_id``, given to it now if it has none."""
    database.execute("INSERT OR IGNORE INTO runs (run_id) VALUES (?)", (run_id,))
    return int(database.execute("SELECT id FROM runs WHERE run_id = ?", (run_id,)).fetchone()[0])


def _forget(database: sqlite3.Connection, run_id: str) -> None:
    run = _number(database, run_id)
    for table in ("versions", "addresses"):
        database.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608
    database.execute("DELETE FROM runs WHERE id = ?", (run,))


def _insert(database: sqlite3.Connection, run: int, row: Row) -> None:
    article = uuid.UUID(row["article_id"]).bytes
    values = (article, row["version"], run, packed(previous_of(row)))
    database.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?)", values)
    if row["status"] == "live":
        fetched = _microseconds(row["fetch_time"])
        places = [(url, fetched, article, run) for url in sorted(addresses_of(row))]
        database.executemany("INSERT OR REPLACE INTO addresses VALUES (?, ?, ?, ?)", places)


def _microseconds(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1_000_000)
